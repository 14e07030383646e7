package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/auditevent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// refuse has the database refuse changes of one row of a table, until it is called again.
func (h *house) refuse(table, id string) (end func()) {
	exec := func(q string) {
		h.t.Helper()
		if _, err := h.Store.SQL().ExecContext(h.t.Context(), q); err != nil {
			h.t.Fatal(err)
		}
	}
	if h.Store.Dialect == dialect.Postgres {
		exec(
			`CREATE OR REPLACE FUNCTION refuse() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$ LANGUAGE plpgsql`,
		)
		exec(
			fmt.Sprintf(
				`CREATE TRIGGER refuse BEFORE UPDATE ON %s FOR EACH ROW WHEN (OLD.id = '%s') EXECUTE FUNCTION refuse()`,
				table,
				id,
			),
		)
		return func() { exec("DROP TRIGGER refuse ON " + table) }
	}
	exec(
		fmt.Sprintf(
			`CREATE TRIGGER refuse BEFORE UPDATE ON %s WHEN OLD.id = '%s' BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`,
			table,
			id,
		),
	)
	return func() { exec("DROP TRIGGER refuse") }
}

// An action that ends in an error is in the audit log with what was done until then: one on many that is cut short, and
// a message that could not be sent. // S11, N5
func TestCutShortIsAudited(t *testing.T) {
	t.Parallel()
	box, address := newPostbox(t)
	h := newHouseWith(t, map[string]string{"SMTP_URL": address, "MAIL_FROM": "truecount@example.com"})
	ctx, db := viewer.System(t.Context(), viewer.ReasonTest), h.Store.Client
	_, ada := h.admin("ada@example.com", "Ada")
	mina := h.creator("mina@example.com")
	for _, p := range []string{"tiktok", "youtube"} {
		mina.lands(mina.consent(h.world, p, sandbox.Choice{}), "/connections?success="+p+"_connected")
		mina.synced(p, "")
	}
	said := func(action, want string) {
		t.Helper()
		e, err := db.AuditEvent.Query().Where(auditevent.Action(action)).All(ctx)
		if err != nil || len(e) != 1 || e[0].Result != want {
			t.Errorf("%s: got %v, %v, want one event that says %q", action, e, err, want)
		}
	}
	broken := func(path string, form url.Values, status int) {
		t.Helper()
		if got := ada.post(path, form); got.status != status {
			t.Errorf("%s: got %d, want %d", path, got.status, status)
		}
	}
	second := db.Connection.Query().Order(connection.ByID()).Offset(1).FirstIDX(ctx)
	end := h.refuse("connections", second)
	broken("/admin/connections/bulk", url.Values{"do": {"pause"}}, http.StatusServiceUnavailable)
	end()
	said("pause_all", "1 done, 0 failed, 1 left, then INTERNAL")
	db.Connection.Update().SetStatus(connection.StatusConnected).ExecX(ctx)

	for action, path := range map[string]string{"retry_all": "/admin/failures/retry", "dismiss_all": "/admin/failures/dismiss"} {
		db.Run.Update().SetSettledAt(time.Now()).ExecX(ctx)
		var ids []string
		for _, c := range db.Connection.Query().Order(connection.ByID()).AllX(ctx) {
			at := time.Now().Add(-time.Minute)
			ids = append(
				ids,
				db.Run.Create().
					SetConnectionID(c.ID).
					SetPlatform(c.Platform).
					SetTrigger(run.TriggerSchedule).
					SetState(run.StateDead).
					SetErrorCode("TIMEOUT").
					SetCompletedAt(at).
					SaveX(ctx).
					ID,
			)
		}
		end := h.refuse("runs", ids[1])
		broken(path, url.Values{"all": {"1"}}, http.StatusServiceUnavailable)
		end()
		said(
			action,
			map[string]string{"retry_all": "1 queued, then INTERNAL", "dismiss_all": "1 dismissed, then INTERNAL"}[action],
		)
		until(t, "the syncs to end", func() bool { return !db.Run.Query().Where(run.CompletedAtIsNil()).ExistX(ctx) })
	}

	box.mu.Lock()
	box.full = true
	box.mu.Unlock()
	broken("/admin/users/"+h.idOf("mina@example.com")+"/password", nil, http.StatusInternalServerError)
	said("password_link", "NETWORK")
	broken(
		"/admin/users/invite",
		url.Values{"email": {"lou@example.com"}, "role": {"creator"}},
		http.StatusInternalServerError,
	)
	said("invite", "creator, then NETWORK")
	db.Connection.UpdateOneID(second).SetStatus(connection.StatusNeedsReconnect).SetStatusSince(time.Now()).ExecX(ctx)
	broken("/admin/connections/"+second+"/link", nil, http.StatusInternalServerError)
	said("reconnect_link_made", "NETWORK")
	h.noCanary()
}
