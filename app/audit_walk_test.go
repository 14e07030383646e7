package app_test

import (
	"encoding/csv"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/web"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/auditevent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/delivery"
	"github.com/truecount/truecount/ent/invite"
	"github.com/truecount/truecount/ent/run"
)

// deed is one action of the console: on what it is done, with which form, and what the audit log must say of it.
type deed struct {
	route  string // as in the table
	on     func(s *stage) string
	form   url.Values
	action string
	result string // how it begins
}

// stage is what an admin's actions are done to.
type stage struct {
	*house
	conn, alert, kim string
	db               *ent.Client
}

func (s *stage) connection() string { return s.conn }
func (s *stage) opened() string     { return s.alert }
func (s *stage) somebody() string   { return s.kim }
func tiktok(*stage) string          { return "tiktok" }
func nothing(*stage) string         { return "" }

// run makes a run in a state, of the connection.
func (s *stage) run(state run.State) string {
	now := time.Now().UTC()
	q := s.db.Run.Create().
		SetConnectionID(s.conn).
		SetPlatform("tiktok").
		SetTrigger(run.TriggerSchedule).
		SetState(state).
		SetAttempt(1).
		SetErrorCode("TIMEOUT").
		SetErrorMessage("no answer in time").
		SetCreatedAt(now).
		SetStartedAt(now)
	if state == run.StateRetrying {
		q.SetNextAttemptAt(now.Add(time.Hour))
	} else {
		q.SetCompletedAt(now)
	}
	return q.SaveX(viewer.System(s.t.Context(), viewer.ReasonTest)).ID
}

// idle waits until nothing is under way.
func (s *stage) idle() {
	until(s.t, "the syncs to end", func() bool {
		return !s.db.Run.Query().Where(run.CompletedAtIsNil()).ExistX(viewer.System(s.t.Context(), viewer.ReasonTest))
	})
}

var deeds = []deed{
	{"/admin/config/probe", nothing, nil, "check_setup", ""},
	{
		"/admin/config/checklist",
		nothing,
		url.Values{"platform": {"tiktok"}, "step": {"app"}, "done": {"1"}},
		"setup_step",
		"done",
	},
	{"/admin/platforms/:platform/sync", tiktok, nil, "sync_platform", "1 queued"},
	{"/admin/connections/:id/sync", (*stage).connection, nil, "sync", "ok"},
	{"/admin/connections/bulk", nothing, url.Values{"do": {"resume"}}, "resume_all", "0 done"},
	{"/admin/connections/:id/pause", (*stage).connection, nil, "pause", "ok"},
	{"/admin/connections/:id/resume", (*stage).connection, nil, "resume", "ok"},
	{"/admin/platforms/:platform/pause", tiktok, nil, "pause_platform", "ok"},
	{"/admin/platforms/:platform/resume", tiktok, nil, "resume_platform", "ok"},
	{"/admin/runs/:id/cancel", func(s *stage) string { s.idle(); return s.run(run.StateRetrying) }, nil, "cancel", "ok"},
	{"/admin/runs/:id/dismiss", func(s *stage) string { return s.run(run.StateDead) }, nil, "dismiss", "ok"},
	{"/admin/runs/:id/retry", func(s *stage) string { s.idle(); return s.run(run.StateDead) }, nil, "retry", "ok"},
	{
		"/admin/failures/dismiss",
		func(s *stage) string { s.run(run.StateDead); return "" },
		url.Values{"all": {"1"}},
		"dismiss_all",
		"1 dismissed",
	},
	{
		"/admin/failures/retry",
		func(s *stage) string { s.idle(); s.run(run.StateDead); return "" },
		url.Values{"all": {"1"}},
		"retry_all",
		"1 queued",
	},
	{
		"/admin/connections/bulk",
		func(s *stage) string { s.idle(); return "" },
		url.Values{"do": {"pause"}},
		"pause_all",
		"1 done",
	},
	{"/admin/connections/bulk", nothing, url.Values{"do": {"resume"}}, "resume_all", "1 done"},
	{"/admin/connections/bulk", nothing, url.Values{"do": {"sync"}}, "sync_all", ""},
	{"/admin/alerts/test", nothing, nil, "alert_test", "1 of 1"},
	{"/admin/alerts/settings", nothing, url.Values{
		"failure_percent": {
			"10",
		}, "failure_runs": {"10"}, "late_minutes": {"15"}, "quota_percent": {"80"}, "dead_letters": {"1"}, "expired": {"1"}, "rate_limits": {"1"},
	}, "alert_settings", "ok"},
	{"/admin/alerts/:id/acknowledge", (*stage).opened, url.Values{"reason": {"on it"}}, "alert_acknowledge", "ok"},
	{"/admin/alerts/:id/mute", (*stage).opened, url.Values{"reason": {"known"}, "hours": {"2"}}, "alert_mute", "2 h"},
	{"/admin/alerts/:id/unmute", (*stage).opened, nil, "alert_unmute", "ok"},
	{"/admin/deliveries/:id/again", func(s *stage) string {
		return s.db.Delivery.Create().
			SetAlertID(s.alert).
			SetEvent(delivery.EventReminder).
			SetNumber(9).
			SetChannel("x").
			SetDroppedAt(time.Now()).
			SaveX(viewer.System(s.t.Context(), viewer.ReasonTest)).
			ID
	}, nil, "alert_send_again", "ok"},
	{"/admin/connections/:id/link", func(s *stage) string {
		s.idle()
		s.db.Connection.UpdateOneID(s.conn).
			SetStatus(connection.StatusNeedsReconnect).
			SetStatusSince(time.Now()).
			ExecX(viewer.System(s.t.Context(), viewer.ReasonTest))
		return s.conn
	}, nil, "reconnect_link_made", "ok"},
	{"/admin/connections/:id/disconnect", (*stage).connection, nil, "disconnect", "ok"},
	{"/admin/users/invite", nothing, url.Values{"email": {"lou@example.com"}, "role": {"creator"}}, "invite", "creator"},
	{"/admin/users/invites/:id/withdraw", func(s *stage) string {
		return s.db.Invite.Query().
			Where(invite.PurposeEQ(invite.PurposeInvite)).
			OnlyIDX(viewer.System(s.t.Context(), viewer.ReasonTest))
	}, nil, "invite_withdraw", "ok"},
	{"/admin/users/:id/password", (*stage).somebody, nil, "password_link", "ok"},
	{"/admin/users/:id/tokens/:token/revoke", (*stage).somebody, nil, "token_revoke", "ok"},
	{"/admin/users/:id/unlock", (*stage).somebody, nil, "user_unlock", "ok"},
	{"/admin/users/:id/sign-out", (*stage).somebody, nil, "sign_out_everywhere", "ok"},
	{"/admin/users/:id/role", (*stage).somebody, nil, "role_admin", "ok"},
	{"/admin/users/:id/disable", (*stage).somebody, nil, "user_disable", "ok"},
	{"/admin/users/:id/enable", (*stage).somebody, nil, "user_enable", "ok"},
	{
		"/admin/users/:id/delete",
		func(s *stage) string { return s.person("pat@example.com", "Pat", "creator") },
		url.Values{"email": {"pat@example.com"}},
		"user_delete",
		"ok",
	},
	{"/admin/confirm", nothing, url.Values{"password": {password}}, "confirm", "ok"},
}

// Every action of the console is in the audit log once, with who, what on whom, how it ended, from where and by which
// request; the log is whole at the end, holds no secret, and nothing in its export is a formula. // S11, N5, W10
func TestEveryActionIsAudited(t *testing.T) {
	t.Parallel()
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer receiver.Close()
	h := newHouseWith(t, map[string]string{"ALERT_URLS": "generic+" + receiver.URL + "/" + sandbox.Marker + "-hook"})
	adaID, ada := h.admin("ada@example.com", `=cmd|' /C calc'!A0`)
	mina := h.creator("mina@example.com")
	mina.lands(mina.consent(h.world, "tiktok", sandbox.Choice{}), "/connections?success=tiktok_connected")
	mina.synced("tiktok", "")
	ctx, now := viewer.System(t.Context(), viewer.ReasonTest), time.Now().UTC()
	db := h.Store.Client
	s := &stage{
		house: h,
		db:    db,
		conn:  db.Connection.Query().OnlyX(ctx).ID,
		kim:   h.person("kim@example.com", "Kim", "creator"),
	}
	s.alert = db.Alert.Create().
		SetRule("DEAD_LETTER").
		SetPlatform("youtube").
		SetMessage("1 sync gave up.").
		SetOpenedAt(now).
		SetLastSeenAt(now).
		SetNotifiedAt(now).
		SaveX(ctx).
		ID

	if _, err := h.Auth.Tokens.New(ctx, s.kim, auth.TokenWish{Label: "script"}); err != nil {
		t.Fatal(err)
	}
	token := db.APIToken.Query().OnlyIDX(ctx)
	for _, r := range h.Web.Table() { // an action that nobody does here would be one that nobody checks
		if r.Policy == web.Admin && r.Method != http.MethodGet && r.Path != "/admin/audit/verify" &&
			!slices.ContainsFunc(deeds, func(d deed) bool { return d.route == r.Path }) {
			t.Errorf("%s: got no action of it in this test, want one", r.Path)
		}
	}
	var secrets []string
	for _, d := range deeds {
		id := d.on(s)
		path := strings.NewReplacer(":id", id, ":platform", id, ":token", token).Replace(d.route)
		if d.action == "role_admin" {
			path += "?role=admin"
		}
		before := db.AuditEvent.Query().Where(auditevent.ActorID(adaID)).CountX(ctx)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.URL+path, strings.NewReader(d.form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := ada.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: got %d, want it done: %.300s", path, res.StatusCode, body)
			continue
		}
		for _, link := range []string{"/invite/", "/password/reset/", "/reconnect/"} {
			if l := linkIn(string(body), link); l != "" {
				secrets = append(secrets, strings.TrimPrefix(l, link))
			}
		}
		got := db.AuditEvent.Query().Where(auditevent.ActorID(adaID)).Order(auditevent.ByID()).Offset(before).AllX(ctx)
		if len(got) != 1 {
			t.Errorf("%s: got %d events in the audit log, want 1", path, len(got))
			continue
		}
		e := got[0]
		if e.Action != d.action || !strings.HasPrefix(e.Result, d.result) || e.Result == "" || e.IP != "127.0.0.1" ||
			e.RequestID != res.Header.Get("X-Request-Id") {
			t.Errorf(
				"%s: got %s on %s: %s from %s by %s, want %s: %s from 127.0.0.1 by %s",
				path,
				e.Action,
				e.Target,
				e.Result,
				e.IP,
				e.RequestID,
				d.action,
				d.result,
				res.Header.Get("X-Request-Id"),
			)
		}
		if e.Target == "" || (id != "" && e.Target != id) {
			t.Errorf("%s: got the target %q, want %q", path, e.Target, id)
		}
	}
	if len(secrets) != 3 {
		t.Errorf("got %d one-time links, want those of an invitation, a password and a reconnect", len(secrets))
	}

	// What anybody else does is there too.
	h.visitor().post("/login", url.Values{"email": {"nobody@example.com"}, "password": {"CANARY-guess-of-a-word"}})
	mina.get("/api/auth/youtube/connect")
	h.enter("mina@example.com").post("/logout", nil)
	for _, e := range trail(t, db) {
		if e.Target == "" || e.Result == "" || e.IP == "" || e.RequestID == "" || (e.ActorID == "" && e.Action != "sign_in") {
			t.Errorf("got %+v, want who, whom, how it ended, from where and the request", e)
		}
	}
	for _, want := range []string{"connect_begin", "connect", "sign_in", "sign_out"} {
		if !slices.ContainsFunc(trail(t, db), func(e *ent.AuditEvent) bool { return e.Action == want }) {
			t.Errorf("got no %s in the audit log, want it", want)
		}
	}

	for _, cell := range formulas { // as an attacker would have them noted
		if err := h.Auth.Log.Record(ctx, auth.Event{ActorID: adaID, Action: "noted", Target: cell, Result: cell, IP: cell, RequestID: cell}); err != nil {
			t.Fatal(err)
		}
	}
	export := ada.get("/admin/audit/export")
	body, marked := strings.CutPrefix(export.body, "\xef\xbb\xbf") // Excel reads it as UTF-8
	if !marked {
		t.Errorf("got a file that begins with %q, want a byte order mark", export.body[:3])
	}
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || len(rows) != len(trail(t, db))+1 { // and the line of names
		t.Fatalf("the export: got %d rows, %v, want %d", len(rows), err, len(trail(t, db))+1)
	}
	for _, row := range rows {
		for _, cell := range row {
			if active(cell) {
				t.Errorf("got the cell %q in the export, want it inert", cell)
			}
		}
	}
	stored := export.body
	for _, e := range trail(t, db) {
		stored += strings.Join([]string{e.ActorID, e.Action, e.Target, e.Result, e.IP, e.RequestID}, "\n")
	}
	for _, secret := range append(secrets, sandbox.Marker, password, "CANARY") {
		if strings.Contains(stored, secret) {
			t.Errorf("got %.12s… in the audit log or its export, want no secret there", secret)
		}
	}
	intact(t, h.Auth)
	if got := ada.post("/admin/audit/verify", nil); got.status != http.StatusOK ||
		!strings.Contains(got.body, "Audit log verified") {
		t.Errorf("the page's own check: got %d, want the log whole", got.status)
	}
	h.noCanary()
}

// formulas are what a spreadsheet would run, or something like it.
var formulas = []string{
	"=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "  +1", "'=1+1", `"=1+1`, `"",=1+1`, "\u00a0=1+1", "\u3000@x", "\ufeff=1+1", "\u200b=1+1", "\v=1", "\f-1",
	"＝1+1", "＋1", "－1", "＠x", ` "＝1`, `=HYPERLINK("https://evil.example","x")`, `=cmd|' /C calc'!A0`, "−1", "\ta", "\ra", "a=1", "2026", "",
}

// active reports a cell that a spreadsheet may take for a formula, looked at with other eyes than the export's.
func active(cell string) bool {
	if strings.HasPrefix(cell, "\t") || strings.HasPrefix(cell, "\r") {
		return true
	}
	for _, r := range cell {
		if r == '\'' {
			return false // the rest is text
		}
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || r == '"' {
			continue
		}
		return strings.ContainsRune("=+-@＝＋－＠", r)
	}
	return false
}
