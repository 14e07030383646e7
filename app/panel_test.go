package app_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/auditevent"
	"github.com/truecount/truecount/ent/run"
)

// enter signs somebody in and gives their browser.
func enter(t *testing.T, base, email, word string) *browser {
	t.Helper()
	b := stranger(t, base)
	if got := b.post("/login", url.Values{"email": {email}, "password": {word}}); got.status != http.StatusSeeOther {
		t.Fatalf("sign in: got %d to %q, want 303", got.status, got.location)
	}
	return b
}

// stranger is a browser that nobody is signed in with.
func stranger(t *testing.T, base string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, base: base, seen: &transcript{}, http: &http.Client{
		Jar: jar, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

const panel = "/admin/sandbox"

// says sends a form of the panel and gives the page it leads to, which must hold words.
func (b *browser) says(path string, form url.Values, words string) string {
	b.t.Helper()
	b.sends(path, form)
	page := b.get(panel).body
	if !strings.Contains(page, words) {
		b.t.Errorf("%s %v: got no %q on the page", path, form, words)
	}
	return page
}

func (b *browser) sends(path string, form url.Values) {
	b.t.Helper()
	if a := b.post(path, form); a.status != http.StatusSeeOther || a.location != panel {
		b.t.Fatalf("%s %v: got %d to %q, want 303 to the panel", path, form, a.status, a.location)
	}
}

// newestRun is a platform's newest.
func newestRun(t *testing.T, s *app.Server, platform string) *ent.Run {
	t.Helper()
	r, err := s.Store.Client.Run.Query().
		Where(run.Platform(platform), run.KindEQ(run.KindSync)).
		Order(ent.Desc(run.FieldCreatedAt)).
		First(viewer.System(t.Context(), viewer.ReasonTest))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// An admin plants a limit on one account from the page and syncs: the run waits, and the page says so.
// The fault is lifted, and the account is synced; all of it is in the audit log. // P5, N5
func TestFaultPanel(t *testing.T) {
	t.Parallel()
	s, word := demo(t)
	b := enter(t, s.URL, auth.DemoAdmin, word)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	account := s.World.Accounts("instagram")[0]
	if page := b.get("/admin").body; !strings.Contains(page, `href="`+panel+`"`) ||
		strings.Contains(page, "Waiting until") {
		t.Error("got no link to the panel, or something deferred, want the link and nothing deferred")
	}

	plant := url.Values{"kind": {string(sandbox.FaultRateLimit)}, "platform": {"tiktok"}, "account": {"instagram/" + account.ID}}
	page := b.says(panel+"/faults", plant, " added: ")
	for _, words := range []string{"The account is rate limited", "@" + account.Handle, "until removed"} {
		if !strings.Contains(page, words) {
			t.Errorf("got no %q on the page of the fault", words)
		}
	}
	faults := s.World.Faults()
	if len(faults) != 1 || faults[0].Platform != "instagram" || faults[0].Account != account.ID {
		t.Fatalf("got %+v, want one on the account's own platform", faults)
	}
	s.World.ResetCalls()
	if a := b.post("/admin/platforms/instagram/sync", url.Values{}); a.status >= 400 {
		t.Fatalf("sync: got %d %s", a.status, a.body)
	}
	until(t, "the run to be deferred", func() bool { return newestRun(t, s, "instagram").State == run.StateDeferred })
	if page := b.get("/admin").body; !strings.Contains(page, "Waiting until") {
		t.Error("got no deferred run on Sync health, want it shown")
	}
	if hits := s.World.Faults()[0].Hits; hits == 0 {
		t.Error("got a fault that never struck, want it counted")
	}
	if page := b.get(panel).body; !strings.Contains(page, "Calls to Instagram") ||
		!strings.Contains(page, "<code>/{version}/me") {
		t.Error("got no calls by endpoint, want those of the sync")
	}

	b.says(panel+"/faults/"+strconv.Itoa(faults[0].ID)+"/lift", url.Values{}, "No active faults")

	// A failure that passes: the run would be repeated in a while. Without the fault the admin need not wait.
	b.says(
		panel+"/faults",
		url.Values{
			"kind":    {string(sandbox.FaultStatus)},
			"account": {"youtube/" + s.World.Accounts("youtube")[0].ID},
			"status":  {"500"},
		},
		" added: ",
	)
	b.post("/admin/platforms/youtube/sync", url.Values{})
	var waiting *ent.Run
	until(t, "a run to be repeated", func() bool {
		waiting, _ = s.Store.Client.Run.Query().Where(run.Platform("youtube"), run.StateEQ(run.StateRetrying)).First(ctx)
		return waiting != nil
	})
	b.says(panel+"/faults/"+strconv.Itoa(s.World.Faults()[0].ID)+"/lift", url.Values{}, "No active faults")
	until(t, "it to succeed", func() bool { // the queue may still be putting the job away: then asking again helps
		b.post("/admin/connections/"+waiting.ConnectionID+"/sync", url.Values{})
		return s.Store.Client.Run.GetX(ctx, waiting.ID).State == run.StateSuccess
	})

	b.says(
		panel+"/faults",
		url.Values{"kind": {string(sandbox.FaultStatus)}, "platform": {""}, "status": {"503"}, "times": {"2"}},
		"all platforms",
	)
	b.says(panel+"/faults", url.Values{"kind": {string(sandbox.FaultDelay)}, "platform": {"youtube"}, "delay": {"3"}}, "3s")
	b.says(panel+"/lift-all", url.Values{}, "No active faults")
	var done []string
	for _, e := range s.Store.Client.AuditEvent.Query().Where(auditevent.ActionIn("plant_fault", "lift_fault", "end_access")).Order(ent.Asc(auditevent.FieldID)).AllX(ctx) {
		done = append(done, e.Action)
	}
	if got := strings.Join(done, " "); strings.Count(got, "plant_fault") != 4 || strings.Count(got, "lift_fault") != 3 {
		t.Errorf("got the audit log %s, want four planted and three lifted", got)
	}
}

// An account's access ends from the page: its token alone, which is renewed, or the whole grant. // T13
func TestFaultPanelEndsAccess(t *testing.T) {
	t.Parallel()
	s, word := demo(t)
	b := enter(t, s.URL, auth.DemoAdmin, word)
	account := "youtube/" + s.World.Accounts("youtube")[0].ID
	settled := func(how, words string) *ent.Run {
		before := newestRun(t, s, "youtube").ID
		b.says(panel+"/access", url.Values{"account": {account}, "how": {how}}, words)
		b.post("/admin/platforms/youtube/sync", url.Values{})
		var r *ent.Run
		until(t, "a run after "+how, func() bool {
			r = newestRun(t, s, "youtube")
			return r.ID != before && r.CompletedAt != nil
		})
		return r
	}
	if r := settled("expire", "has expired"); r.State != run.StateSuccess {
		t.Errorf("an expired token: got %s %s, want it renewed", r.State, r.ErrorCode)
	}
	if r := settled("revoke", "has revoked access"); r.State != run.StateFailed ||
		r.ErrorCode != string(fault.AuthRevoked) {
		t.Errorf("a revoked grant: got %s %s, want AUTH_REVOKED", r.State, r.ErrorCode)
	}
	ctx := viewer.System(t.Context(), viewer.ReasonTest) // D8: the log outlives whose account it was
	_, external, _ := strings.Cut(account, "/")
	events := s.Store.Client.AuditEvent.Query().Where(auditevent.Action("end_access")).AllX(ctx)
	if len(events) != 2 {
		t.Errorf("got %d events, want 2", len(events))
	}
	for _, e := range events {
		if strings.Contains(e.Target, external) || !strings.HasPrefix(e.Target, "youtube account:") {
			t.Errorf("got the target %q, want what stands for the account and not its id", e.Target)
		}
	}
	if a := b.post(panel+"/access", url.Values{"account": {account}, "how": {"revoke"}}); a.status != http.StatusConflict {
		t.Errorf("again: got %d, want 409", a.status)
	}
}

// What is not on the lists is refused, creators find no such page, and without the sandbox nobody does.
func TestFaultPanelRefuses(t *testing.T) {
	t.Parallel()
	s, word := demo(t)
	b := enter(t, s.URL, auth.DemoAdmin, word)
	for name, form := range map[string]url.Values{
		"no kind":                {"platform": {"tiktok"}},
		"unknown kind":           {"kind": {"earthquake"}, "platform": {"tiktok"}},
		"unknown platform":       {"kind": {string(sandbox.FaultHang)}, "platform": {"myspace"}},
		"unknown account":        {"kind": {string(sandbox.FaultHang)}, "platform": {"tiktok"}, "account": {"tiktok/nobody"}},
		"account of no platform": {"kind": {string(sandbox.FaultHang)}, "account": {"nobody"}},
		"status of a success":    {"kind": {string(sandbox.FaultStatus)}, "platform": {"tiktok"}, "status": {"200"}},
		"status of a word":       {"kind": {string(sandbox.FaultStatus)}, "platform": {"tiktok"}, "status": {"many"}},
		"long delay":             {"kind": {string(sandbox.FaultDelay)}, "platform": {"tiktok"}, "delay": {"3600"}},
		"negative times":         {"kind": {string(sandbox.FaultHang)}, "platform": {"tiktok"}, "times": {"-1"}},
		"metric of nobody":       {"kind": {string(sandbox.FaultRefuseMetric)}, "platform": {"instagram"}, "metric": {"<script>"}},
	} {
		if a := b.post(panel+"/faults", form); a.status != http.StatusUnprocessableEntity ||
			strings.Contains(a.body, "<script>") {
			t.Errorf("%s: got %d, want 422", name, a.status)
		}
	}
	if n := len(s.World.Faults()); n != 0 {
		t.Errorf("got %d faults in place, want none", n)
	}
	for _, id := range []string{"99", "x", "-1"} {
		b.says(panel+"/faults/"+id+"/lift", url.Values{}, "already removed")
	}
	creator := enter(t, s.URL, auth.DemoCreator, word)
	for path, method := range map[string]string{panel: http.MethodGet, panel + "/faults": http.MethodPost, panel + "/lift-all": http.MethodPost, panel + "/access": http.MethodPost} {
		if a := creator.do(method, path, url.Values{"kind": {string(sandbox.FaultHang)}}); a.status != http.StatusNotFound {
			t.Errorf("a creator at %s: got %d, want 404", path, a.status)
		}
	}

	h := newHouse(t)
	if _, err := h.Auth.Create(viewer.System(t.Context(), viewer.ReasonTest), auth.NewUser{Email: "ada@example.com", Name: "Ada", Role: "admin", Password: fault.Secret(password)}); err != nil {
		t.Fatal(err)
	}
	ada := enter(t, h.URL, "ada@example.com", password)
	if a := ada.get(panel); a.status != http.StatusNotFound {
		t.Errorf("without the sandbox: got %d, want 404", a.status)
	}
	if a := ada.post(panel+"/faults", url.Values{"kind": {string(sandbox.FaultHang)}}); a.status != http.StatusNotFound {
		t.Errorf("planting without the sandbox: got %d, want 404", a.status)
	}
	if page := ada.get("/admin").body; strings.Contains(page, panel) {
		t.Error("got a link to the panel without the sandbox, want none")
	}
}
