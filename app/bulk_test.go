package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/auditevent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// An admin acts on all accounts that a filter selects, having seen how many and what it costs; a double click does
// nothing twice, and what does not apply is left as it is.
func TestActOnMany(t *testing.T) {
	t.Parallel()
	s, word := demo(t)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	ada := enter(t, s.URL, auth.DemoAdmin, word)
	all := "/admin/connections/bulk"
	if got := ada.get(all).body; !strings.Contains(got, "Less than 1% of the") ||
		!strings.Contains(got, "Sync 3 accounts") ||
		!strings.Contains(got, "Pause 3 accounts") ||
		!strings.Contains(got, "YouTube: 1 account, 3 units of its quota") ||
		!strings.Contains(got, "units left") {
		t.Errorf("before anything is done: got no numbers, price and what is left")
	}
	ada.redirected(all, url.Values{"do": {"sync"}, "next": {"/admin"}}, "/admin")
	ada.redirected(all, url.Values{"do": {"sync"}, "next": {"/admin"}}, "/admin")
	until(t, "the syncs end", func() bool { return !s.Store.Client.Run.Query().Where(run.CompletedAtIsNil()).ExistX(ctx) })
	if n := s.Store.Client.Run.Query().Where(run.TriggerEQ(run.TriggerAdmin), run.StateEQ(run.StateSuccess)).CountX(ctx); n < 3 ||
		n > 6 {
		t.Errorf("got %d syncs by the admin, want each account's once a click at most", n)
	}

	one := all + "?platform=tiktok&status=connected"
	ada.redirected(
		one,
		url.Values{"do": {"pause"}, "next": {"/admin/connections?platform=tiktok"}},
		"/admin/connections?platform=tiktok",
	)
	ada.redirected(one, url.Values{"do": {"pause"}}, "/admin/connections")
	if n := s.Store.Client.Connection.Query().Where(connection.StatusEQ(connection.StatusPaused)).CountX(ctx); n != 1 {
		t.Errorf("got %d paused accounts, want TikTok's alone", n)
	}
	if got := ada.get(all + "?status=paused").body; !strings.Contains(got, "Resume 1 account") ||
		strings.Contains(got, "Sync ") && strings.Contains(got, "accounts now") {
		t.Errorf("the paused ones: got %s", got)
	}
	ada.redirected(all, url.Values{"do": {"resume"}}, "/admin/connections")
	if n := s.Store.Client.Connection.Query().Where(connection.StatusEQ(connection.StatusConnected)).CountX(ctx); n != 3 {
		t.Errorf("got %d connected accounts, want all three again", n)
	}
	if got := ada.post(all, url.Values{"do": {"link"}}); got.status != http.StatusConflict ||
		!strings.Contains(got.body, "SMTP_URL") {
		t.Errorf("links without mail: got %d, want 409 and why", got.status)
	}
	for _, odd := range []string{"?platform=nowhere", "?status=odd", "?q=%00", "?code=TIMEOUT", "?state=dead"} {
		if got := ada.get(all + odd); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: got %d, want 422", odd, got.status)
		}
	}
	if got := ada.post(all, url.Values{"do": {"delete"}}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("an odd action: got %d, want 422", got.status)
	}
	// D8: whom an admin looked for stays in no log that outlives them.
	ada.redirected(all+"?q=mina", url.Values{"do": {"pause"}}, "/admin/connections")
	for _, e := range s.Store.Client.AuditEvent.Query().Where(auditevent.ActionHasSuffix("_all")).AllX(ctx) {
		if strings.Contains(e.Target, "mina") {
			t.Errorf("got the target %q in the audit log, want that there was a search and not what for", e.Target)
		}
	}
	if n := s.Store.Client.AuditEvent.Query().Where(auditevent.Action("pause_all"), auditevent.Target("accounts found by a search")).CountX(ctx); n != 1 {
		t.Errorf("got %d events of the search, want 1", n)
	}
	ada.redirected(all, url.Values{"do": {"resume"}}, "/admin/connections")
	if got := ada.get(all + "?q=nobody-is-called-this").body; !strings.Contains(got, "No accounts match these filters.") {
		t.Errorf("nobody: got %s", got)
	}
	mina := enter(t, s.URL, auth.DemoCreator, word)
	if got := mina.post(all, url.Values{"do": {"pause"}}); got.status != http.StatusNotFound {
		t.Errorf("a creator: got %d, want 404", got.status)
	}
	for action, want := range map[string]int{"sync_all": 2, "pause_all": 3, "resume_all": 2} {
		if n := s.Store.Client.AuditEvent.Query().Where(auditevent.Action(action)).CountX(ctx); n != want {
			t.Errorf("%s: got %d events, want %d", action, n, want)
		}
	}
}
