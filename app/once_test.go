package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/user"
)

// Two admins press the same button on the same row in the same moment, twice each: it is done once. // J3, N5
func TestARowIsActedOnOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, ada := h.admin("ada@example.com", "Ada")
	_, ben := h.admin("ben@example.com", "Ben")
	mina := h.creator("mina@example.com")
	mina.lands(mina.consent(h.world, "tiktok", sandbox.Choice{}), "/connections?success=tiktok_connected")
	mina.synced("tiktok", "")
	ctx, db := viewer.System(t.Context(), viewer.ReasonTest), h.Store.Client
	s := &stage{house: h, db: db, conn: db.Connection.Query().OnlyX(ctx).ID}
	for _, tc := range []struct {
		name, path string
		form       url.Values
		runs       int // that it leads to at most
		done       int // answers of 303 at most; 0: any number
	}{
		{"retried", "/admin/runs/" + s.run(run.StateDead) + "/retry", nil, 1, 0},
		{"dismissed", "/admin/runs/" + s.run(run.StateDead) + "/dismiss", nil, 0, 1},
		{"all retried", "/admin/failures/retry?code=TIMEOUT&platform=tiktok", nil, 1, 0},
		{"all dismissed", "/admin/failures/dismiss", url.Values{"all": {"1"}}, 0, 0},
		{"synced", "/admin/connections/" + s.conn + "/sync", nil, 1, 0},
		{"all synced", "/admin/connections/bulk", url.Values{"do": {"sync"}}, 1, 0},
		{"the platform synced", "/admin/platforms/tiktok/sync", nil, 1, 0},
		{"paused", "/admin/connections/" + s.conn + "/pause", nil, 0, 1},
		{"resumed", "/admin/connections/" + s.conn + "/resume", nil, 0, 1},
	} {
		s.idle()
		if strings.Contains(tc.name, "all") {
			s.run(run.StateDead)
		}
		planted := h.world.AddFault(
			sandbox.Fault{Platform: "tiktok", Kind: sandbox.FaultDelay, Delay: 400 * time.Millisecond},
		) // so that none ends while the others are asked
		before := db.Run.Query().CountX(ctx)
		got := make([]answer, 4)
		together(len(got), func(i int) { got[i] = []*browser{ada, ben}[i%2].post(tc.path, tc.form) })
		done := 0
		for _, a := range got {
			switch a.status {
			case http.StatusSeeOther:
				done++
			case http.StatusConflict, http.StatusNotFound:
			default:
				t.Errorf("%s: got %d, want 303, or 409 and why: %.200s", tc.name, a.status, a.body)
			}
		}
		if done == 0 || (tc.done > 0 && done > tc.done) {
			t.Errorf("%s: got %d done, want %d", tc.name, done, max(1, tc.done))
		}
		if n := db.Run.Query().CountX(ctx) - before; n > tc.runs {
			t.Errorf("%s: got %d syncs of it, want %d", tc.name, n, tc.runs)
		}
		h.world.RemoveFault(planted)
	}
	s.idle()
	intact(t, h.Auth)
}

var setupLink = regexp.MustCompile(`/setup\?token=[A-Za-z0-9_-]+`)

// The first admin's link makes one admin, however often it is used at once, and gives nobody else's form a role.
func TestTheFirstAdminIsOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	token, err := h.Auth.FirstLink(ctx)
	if err != nil || token.Empty() {
		t.Fatalf("got no link, %v", err)
	}
	form := func(email string) url.Values {
		return url.Values{"token": {token.Reveal()}, "name": {"Ada"}, "email": {email}, "password": {password}}
	}
	statuses := make([]int, 4)
	together(len(statuses), func(i int) { statuses[i] = h.visitor().post("/setup", form(numbered("ada", i))).status })
	made := 0
	for _, s := range statuses {
		if s == http.StatusSeeOther {
			made++
		} else if s != http.StatusNotFound {
			t.Errorf("at once: got %d, want 404", s)
		}
	}
	if n := h.Store.Client.User.Query().Where(user.RoleEQ(user.RoleAdmin)).CountX(ctx); made != 1 || n != 1 {
		t.Errorf("got %d made and %d admins, want one", made, n)
	}
	if got := h.visitor().get("/setup?token=" + token.Reveal()); got.status != http.StatusNotFound {
		t.Errorf("once used: got %d, want 404", got.status)
	}
	h.hidden("/setup/" + token.Reveal())
	if setupLink.MatchString(h.log.String()) {
		t.Error("got a set-up link in the log, want none")
	}
	intact(t, h.Auth)
}
