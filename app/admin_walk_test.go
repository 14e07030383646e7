package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/web"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/invite"
	"github.com/truecount/truecount/ent/user"
)

// oddities are what nobody's id, name or number looks like, as they stand in an address.
var oddities = map[string]string{
	"unknown":       "01a2107f-090e-7ace-926d-2d26abffca8f",
	"a word":        "nothing",
	"long":          strings.Repeat("x", 10_000),
	"not UTF-8":     "%ff%fe",
	"half a letter": strings.Repeat("a", 499) + "%c3%a9",
	"NUL":           "a%00b",
	"a quote":       "'%20OR%201=1%20--",
	"markup":        "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
	"a line end":    "a%0d%0aSet-Cookie:%20a=b",
}

// Every page and every action of the console, asked with what is nobody's: a clear answer, never a fault of ours, and
// nothing is changed. // S8, W7
func TestAdminRoutesTakeOddInput(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, ada := h.admin("ada@example.com", "Ada")
	before := len(trail(t, h.Store.Client))
	for _, r := range h.Web.Table() {
		if r.Policy != web.Admin {
			continue
		}
		for name, odd := range oddities {
			named := strings.NewReplacer(":id", odd, ":platform", odd).Replace(r.Path)
			if named != r.Path {
				got := ada.do(r.Method, named, url.Values{"reason": {"seen"}, "hours": {"2"}, "how": {"revoke"}})
				if got.status != http.StatusNotFound && got.status != http.StatusUnprocessableEntity {
					t.Errorf("%s %s, %s: got %d to %q, want 404 or 422", r.Method, r.Path, name, got.status, got.location)
				}
				checkAnswer(t, r.Path+", "+name, got)
			}
			if r.Method != http.MethodGet || named != r.Path {
				continue
			}
			for _, q := range []string{"page", "state", "rule", "platform", "status", "code", "q", "from", "to", "before", "action", "actor", "target", "show", "next"} {
				got := ada.get(r.Path + "?" + q + "=" + odd)
				checkAnswer(t, r.Path+"?"+q+", "+name, got)
			}
		}
	}
	for path, want := range map[string]int{
		"/admin/alerts?page=0": 422, "/admin/alerts?page=-1": 422, "/admin/alerts?page=1.5": 422, "/admin/alerts?page=99999999999999999999": 422, "/admin/alerts?page=9999": 200,
		"/admin/alerts?state=odd": 422, "/admin/alerts?rule=odd": 422, "/admin/alerts?platform=odd": 422,
		"/admin/runs?page=0": 422, "/admin/runs?page=9999": 200, "/admin/runs?state=odd": 422, "/admin/runs?platform=odd": 422, "/admin/runs?from=yesterday": 422, "/admin/runs?to=2026-02-30": 422,
		"/admin/runs?from=0000-01-01": 200, "/admin/runs?to=9999-12-31": 200, "/admin/runs?q=%ff": 422, "/admin/runs?code=%00": 422,
		"/admin/users?page=0": 422, "/admin/users?page=9999": 200, "/admin/users?q=%ff": 422,
		"/admin/audit?before=0": 422, "/admin/audit?before=x": 422, "/admin/audit?from=2026-13-01": 422, "/admin/audit?to=9999-12-31": 200, "/admin/audit?actor=%ff": 422,
		"/admin/audit/export?from=2026-13-01": 422, "/admin/audit/export?before=-1": 422, "/admin/audit/export?target=%00": 422,
	} {
		if got := ada.get(path); got.status != want {
			t.Errorf("%s: got %d, want %d", path, got.status, want)
		}
	}
	for _, e := range trail(t, h.Store.Client)[before:] { // what was refused may be noted, what was done may not have been
		if e.Result == "ok" && e.Action != "audit_export" && e.Action != "check_setup" && e.Action != "lift_fault" {
			t.Errorf("got %s of %s in the audit log, want nothing done", e.Action, e.Target)
		}
		if len(e.Action) > 40 || len(e.Target) > 500 || strings.ContainsAny(e.Action, "<\r\n\x00") {
			t.Errorf("got the action %q, want only ours", e.Action)
		}
	}
	intact(t, h.Auth)
}

// checkAnswer wants an answer that is no fault of ours and gives nothing back that a browser would run.
func checkAnswer(t *testing.T, what string, got answer) {
	t.Helper()
	if got.status >= http.StatusInternalServerError || strings.Contains(got.body, "<script>alert") ||
		strings.Contains(got.location, "\n") {
		t.Errorf("%s: got %d, want no fault of ours and nothing echoed: %.200s", what, got.status, got.body)
	}
}

// Forms with what they do not take are refused, and say why. // S10
func TestAdminFormsRefuse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	adaID, ada := h.admin("ada@example.com", "Ada")
	minaID := h.person("mina@example.com", "Mina", "creator")
	ctx, now := viewer.System(t.Context(), viewer.ReasonTest), time.Now().UTC()
	a := h.Store.Client.Alert.Create().
		SetRule("DEAD_LETTER").
		SetPlatform("tiktok").
		SetMessage("1 sync gave up.").
		SetOpenedAt(now).
		SetLastSeenAt(now).
		SaveX(ctx)
	over := h.Store.Client.Alert.Create().
		SetRule("FAILURE_RATE").
		SetPlatform("tiktok").
		SetMessage("Over.").
		SetOpenedAt(now).
		SetLastSeenAt(now).
		SetResolvedAt(now).
		SaveX(ctx)
	at := "/admin/alerts/" + a.ID
	before := len(trail(t, h.Store.Client))
	for _, tc := range []struct {
		name, path string
		form       url.Values
		want       int
	}{
		{"no hours", at + "/mute", url.Values{"reason": {"known"}}, 422},
		{"hours below none", at + "/mute", url.Values{"reason": {"known"}, "hours": {"-1"}}, 422},
		{"no time at all", at + "/mute", url.Values{"reason": {"known"}, "hours": {"0"}}, 422},
		{"hours beyond 90 days", at + "/mute", url.Values{"reason": {"known"}, "hours": {"2161"}}, 422},
		{"hours beyond numbers", at + "/mute", url.Values{"reason": {"known"}, "hours": {"99999999999999999999"}}, 422},
		{"no reason", at + "/mute", url.Values{"hours": {"2"}, "reason": {"  "}}, 422},
		{"a long reason", at + "/acknowledge", url.Values{"reason": {strings.Repeat("é", 301)}}, 422},
		{"a reason that is no text", at + "/acknowledge", url.Values{"reason": {"\xff\x00"}}, 422},
		{"an alert that is over", "/admin/alerts/" + over.ID + "/acknowledge", nil, 409},
		{"a mute of one that is over", "/admin/alerts/" + over.ID + "/mute", url.Values{"hours": {"2"}, "reason": {"known"}}, 409},
		{"an unmute of one that is over", "/admin/alerts/" + over.ID + "/unmute", nil, 409},
		{"settings of nothing", "/admin/alerts/settings", nil, 422},
		{"a test without a channel", "/admin/alerts/test", nil, 409},
		{"an invitation of nobody", "/admin/users/invite", nil, 422},
		{"an odd address", "/admin/users/invite", url.Values{"email": {"not an address"}, "role": {"creator"}}, 422},
		{"an address that is no text", "/admin/users/invite", url.Values{"email": {"\xff@example.com"}, "role": {"creator"}}, 422},
		{"an address with two lines", "/admin/users/invite", url.Values{"email": {"a@example.com\r\nBcc: b@example.com"}, "role": {"creator"}}, 422},
		{"a long address", "/admin/users/invite", url.Values{"email": {strings.Repeat("a", 10_000) + "@example.com"}, "role": {"creator"}}, 422},
		{"an odd role", "/admin/users/invite", url.Values{"email": {"kim@example.com"}, "role": {"root"}}, 422},
		{"who is there", "/admin/users/invite", url.Values{"email": {"MINA@example.com"}, "role": {"admin"}}, 422},
		{"no role", "/admin/users/" + minaID + "/role", nil, 422},
		{"a role that is none", "/admin/users/" + minaID + "/role?role=root", nil, 422},
		{"a role as a form's field", "/admin/users/" + minaID + "/role", url.Values{"role": {"admin"}}, 422},
		{"one's own role", "/admin/users/" + adaID + "/role?role=creator", nil, 409},
		{"oneself", "/admin/users/" + adaID + "/disable", nil, 409},
		{"a retry of nothing named", "/admin/failures/retry", nil, 422},
		{"a dismissal of nothing named", "/admin/failures/dismiss", url.Values{"all": {"yes"}}, 422},
		{"a retry with its filter in the form", "/admin/failures/retry", url.Values{"platform": {"tiktok"}}, 422},
		{"a retry of all with a filter in the form", "/admin/failures/retry", url.Values{"all": {"1"}, "code": {"TIMEOUT"}}, 422},
		{"a dismissal with its filter in the form", "/admin/failures/dismiss?platform=tiktok", url.Values{"state": {"dead"}}, 422},
		{"a pause with its filter in the form", "/admin/connections/bulk", url.Values{"do": {"pause"}, "platform": {"tiktok"}}, 422},
		{"a body beyond all bounds", at + "/acknowledge", url.Values{"reason": {strings.Repeat("x", 70<<10)}}, 422},
	} {
		if tc.form == nil {
			tc.form = url.Values{}
		}
		got := ada.post(tc.path, tc.form)
		if got.status != tc.want {
			t.Errorf("%s: got %d to %q, want %d: %.300s", tc.name, got.status, got.location, tc.want, got.body)
		}
	}
	numbers := url.Values{
		"failure_percent": {
			"10",
		}, "failure_runs": {"1O"}, "late_minutes": {"15"}, "quota_percent": {"80"}, "dead_letters": {" 99999999999999999999"}, "expired": {`"><b>`}, "rate_limits": {"1"},
	}
	got := ada.post("/admin/alerts/settings", numbers)
	for _, want := range []string{`value="1O"`, `value="99999999999999999999"`, `value="15"`, `value="&#34;&gt;&lt;b&gt;"`, "Enter a whole number from 1 to 1,000,000."} {
		if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, want) {
			t.Errorf("settings with a slip: got %d without %s, want what was typed", got.status, want)
		}
	}
	if strings.Contains(got.body, `value="-1"`) {
		t.Error("settings with a slip: got -1, which nobody typed")
	}
	for _, n := range []string{"failure_runs", "dead_letters", "expired"} {
		numbers.Set(n, "1")
	}
	numbers.Set("on", "NO_SUCH_RULE")
	if got := ada.post("/admin/alerts/settings", numbers); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a rule that is none: got %d to %q, want 422", got.status, got.location)
	}
	if got := h.Store.Client.Alert.GetX(ctx, a.ID); got.AcknowledgedAt != nil || got.MutedUntil != nil ||
		got.Reason != "" {
		t.Errorf("the alert: got %+v, want it as it was", got)
	}
	if n := h.Store.Client.Invite.Query().CountX(ctx); n != 1 { // the set-up link, from the start
		t.Errorf("got %d links, want none made", n)
	}
	if n := h.Store.Client.User.Query().Where(user.RoleEQ(user.RoleAdmin), user.Disabled(false)).CountX(ctx); n != 1 {
		t.Errorf("got %d admins, want one", n)
	}
	for _, e := range trail(t, h.Store.Client)[before:] {
		if e.Result == "ok" {
			t.Errorf("got %s of %s in the audit log, want nothing done", e.Action, e.Target)
		}
	}
}

// Another site's requests change nothing, whoever's browser they come from. // W1
func TestAdminActionsFromElsewhere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, ada := h.admin("ada@example.com", "Ada")
	before := len(trail(t, h.Store.Client))
	for _, r := range h.Web.Table() {
		if r.Method == http.MethodGet || r.Method == http.MethodHead ||
			(r.Policy != web.Admin && !strings.Contains(r.Path, ":token") && r.Path != "/password/forgot") {
			continue
		}
		path := strings.NewReplacer(":id", oddities["unknown"], ":platform", "tiktok", ":token", "CANARY-token").
			Replace(r.Path)
		for _, from := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}} {
			req, err := http.NewRequestWithContext(t.Context(), r.Method, h.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set(from[0], from[1])
			if got := ada.send(req); got.status != http.StatusForbidden {
				t.Errorf("%s from %s: got %d, want 403", path, from[1], got.status)
			}
		}
	}
	if got := trail(t, h.Store.Client)[before:]; len(got) != 0 {
		t.Errorf("got %d events in the audit log, want none", len(got))
	}
}

// Two admins at once, and each of them twice: what can happen once happens once, and everybody is told clearly. // S10
func TestTwoAdminsAtOnce(t *testing.T) {
	t.Parallel()
	box, address := newPostbox(t)
	h := newHouseWith(t, map[string]string{"SMTP_URL": address, "MAIL_FROM": "truecount@example.com"})
	adaID, ada := h.admin("ada@example.com", "Ada")
	benID, ben := h.admin("ben@example.com", "Ben")
	mina := h.creator("mina@example.com")
	mina.lands(mina.consent(h.world, "tiktok", sandbox.Choice{}), "/connections?success=tiktok_connected")
	mina.synced("tiktok", "")
	ctx, now := viewer.System(t.Context(), viewer.ReasonTest), time.Now().UTC()
	both := func(path string, form url.Values) []answer {
		got := make([]answer, 4)
		together(len(got), func(i int) { got[i] = []*browser{ada, ben}[i%2].post(path, form) })
		return got
	}
	count := func(got []answer, status int) int {
		n := 0
		for _, a := range got {
			if a.status == status {
				n++
			} else if a.status >= http.StatusInternalServerError {
				t.Errorf("got %d, want no fault of ours: %.200s", a.status, a.body)
			}
		}
		return n
	}

	a := h.Store.Client.Alert.Create().
		SetRule("DEAD_LETTER").
		SetPlatform("tiktok").
		SetMessage("1 sync gave up.").
		SetOpenedAt(now).
		SetLastSeenAt(now).
		SaveX(ctx)
	seen := both("/admin/alerts/"+a.ID+"/acknowledge", url.Values{"reason": {"on it"}})
	if count(seen, http.StatusSeeOther) != 1 || count(seen, http.StatusConflict) != 3 {
		t.Errorf("acknowledged at once: got %+v, want it done once and 409 for the others", seen)
	}
	if got := h.Store.Client.Alert.Query().Where(alert.ID(a.ID)).OnlyX(ctx); got.AcknowledgedAt == nil ||
		(got.ActedBy != adaID && got.ActedBy != benID) {
		t.Errorf("got %+v, want it acknowledged by one of them", got)
	}

	both("/admin/users/invite", url.Values{"email": {"kim@example.com"}, "role": {"creator"}})
	waiting := h.Store.Client.Invite.Query().Where(invite.PurposeEQ(invite.PurposeInvite), invite.UsedAtIsNil()).AllX(ctx)
	if len(waiting) != 1 {
		t.Fatalf("invited at once: got %d open invitations, want 1", len(waiting))
	}
	works := 0
	for _, m := range box.all() {
		if h.visitor().get(linkIn(m, "/invite/")).status == http.StatusOK {
			works++
		}
	}
	if works != 1 {
		t.Errorf("got %d links that work, want the last one", works)
	}
	if n := count(both("/admin/users/invites/"+waiting[0].ID+"/withdraw", nil), 303); n != 1 {
		t.Errorf("withdrawn at once: got %d done, want 1", n)
	}

	conn := h.Store.Client.Connection.Query().OnlyX(ctx)
	h.world.ResetCalls()
	ended := both("/admin/connections/"+conn.ID+"/disconnect", nil)
	if count(ended, http.StatusSeeOther) != 1 || count(ended, http.StatusConflict) != 3 {
		t.Errorf("disconnected at once: got %+v, want it done once and 409 for the others", ended)
	}
	if n := h.world.Calls("tiktok")["/v2/oauth/revoke/"]; n != 1 {
		t.Errorf("got %d calls to end access, want 1: %v", n, h.world.Calls("tiktok"))
	}
	if got := h.Store.Client.Connection.GetX(ctx, conn.ID); got.Status != connection.StatusDisconnected ||
		(got.AccessSealed != nil && len(*got.AccessSealed) > 0) {
		t.Errorf("got %s, want it disconnected and without a token", got.Status)
	}
	if got := ada.get("/admin/connections/" + conn.ID + "/disconnect"); got.status != http.StatusConflict {
		t.Errorf("asking again: got %d, want 409", got.status)
	}

	// Each takes the other's role away: one admin is left, whoever was first.
	for range 5 {
		together(2, func(i int) {
			if i == 0 {
				ada.post("/admin/users/"+benID+"/role?role=creator", nil)
			} else {
				ben.post("/admin/users/"+adaID+"/role?role=creator", nil)
			}
		})
		left := h.Store.Client.User.Query().Where(user.RoleEQ(user.RoleAdmin), user.Disabled(false)).CountX(ctx)
		if left != 1 {
			t.Fatalf("got %d admins left, want 1", left)
		}
		h.Store.Client.User.Update().Where(user.IDIn(adaID, benID)).SetRole(user.RoleAdmin).ExecX(ctx)
		ada, ben = h.enter("ada@example.com"), h.enter("ben@example.com")
	}
	intact(t, h.Auth)
	h.noCanary()
}
