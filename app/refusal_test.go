package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/sandbox"
)

// connections is what a test reads of GET /api/analytics/socials/connections.
type connections struct {
	Connections []struct{ ID, Platform, Status string }
}

// of gives the connections of a platform.
func (b *browser) of(platform string) (ids, statuses []string) {
	b.t.Helper()
	var list connections
	b.read("/api/analytics/socials/connections", &list)
	for _, c := range list.Connections {
		if c.Platform == platform {
			ids, statuses = append(ids, c.ID), append(statuses, c.Status)
		}
	}
	return ids, statuses
}

// What must not become a connection does not: a person's no, a state that was used before, one of
// another browser, and none at all.
func TestRefusals(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mina, other := h.creator("mina@example.com"), h.creator("other@example.com")
	for _, d := range tested.Declared() {
		mina.lands(mina.consent(h.world, d.ID, sandbox.Choice{Deny: true}), "/connections?error="+d.ID+"_auth_denied")
		if ids, _ := mina.of(d.ID); len(ids) != 0 {
			t.Errorf("%s, refused: got connections %v, want none", d.ID, ids)
		}
		for _, back := range []string{"", "?state=made-up&code=made-up"} {
			if a := mina.get("/api/auth/" + d.ID + "/callback" + back); a.status != http.StatusBadRequest {
				t.Errorf("%s, callback%s: got %d, want 400", d.ID, back, a.status)
			}
		}

		back := mina.consent(h.world, d.ID, sandbox.Choice{})
		if a := other.get(back); a.status != http.StatusBadRequest {
			t.Errorf("%s, another's state: got %d, want 400", d.ID, a.status)
		}
		if ids, _ := other.of(d.ID); len(ids) != 0 {
			t.Errorf("%s, another's state: got connections %v, want none", d.ID, ids)
		}

		back = mina.consent(h.world, d.ID, sandbox.Choice{})
		mina.lands(back, "/connections?success="+d.ID+"_connected")
		if a := mina.get(back); a.status != http.StatusBadRequest {
			t.Errorf("%s, the same state again: got %d, want 400", d.ID, a.status)
		}
		if ids, _ := mina.of(d.ID); len(ids) != 1 {
			t.Errorf("%s, the same state again: got connections %v, want one", d.ID, ids)
		}
	}
	h.stop()
	h.noCanary()
}

// A creator who gives fewer permissions than asked for is connected, and told that numbers miss.
func TestFewerPermissions(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.creator("mina@example.com")
	for platform, scope := range map[string]string{"instagram": "instagram_business_manage_insights", "tiktok": "user.info.stats"} {
		b.lands(
			b.consent(h.world, platform, sandbox.Choice{Without: []string{scope}}),
			"/connections?success="+platform+"_connected",
		)
		if r := b.synced(platform, ""); r.State != "partial" || r.ErrorCode == nil || *r.ErrorCode != "SCOPE_MISSING" {
			t.Errorf("%s without %s: got %+v, want partial with SCOPE_MISSING", platform, scope, r)
		}
		if _, got := b.of(platform); len(got) != 1 || got[0] != "limited" {
			t.Errorf("%s without %s: got status %v, want limited", platform, scope, got)
		}
	}
	// Without the permission to read the account at all there is nothing to connect.
	for platform, scope := range map[string]string{
		"instagram": "instagram_business_basic", "tiktok": "user.info.basic", "youtube": "https://www.googleapis.com/auth/youtube.readonly",
	} {
		b.lands(
			b.consent(h.world, platform, sandbox.Choice{Without: []string{scope}}),
			"/connections?error="+platform+"_missing_scope",
		)
	}
}

// For everybody but its owner a connection is not there.
func TestAnothersIsNotThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mina, other := h.creator("mina@example.com"), h.creator("other@example.com")
	for _, d := range tested.Declared() {
		account := h.world.Accounts(d.ID)[0]
		mina.lands(
			mina.consent(h.world, d.ID, sandbox.Choice{Account: account.ID}),
			"/connections?success="+d.ID+"_connected",
		)
		mina.synced(d.ID, "")
		ids, _ := mina.of(d.ID)
		if len(ids) != 1 {
			t.Fatalf("%s: got connections %v, want one", d.ID, ids)
		}
		which := "?connection=" + url.QueryEscape(ids[0])
		for _, r := range []struct{ method, path string }{
			{http.MethodGet, "/api/analytics/socials/" + d.ID + which},
			{http.MethodGet, "/dashboard/" + d.ID + which},
			{http.MethodGet, "/api/auth/" + d.ID + "/sync" + which},
			{http.MethodPost, "/api/auth/" + d.ID + "/sync" + which},
			{http.MethodGet, "/api/auth/" + d.ID + "/connect" + which},
			{http.MethodDelete, "/api/auth/" + d.ID + "/disconnect" + which},
			{http.MethodDelete, "/api/auth/" + d.ID + "/disconnect" + which + "&data=delete"},
			{http.MethodPost, "/connections/" + ids[0] + "/sync"},
			{http.MethodPost, "/connections/" + ids[0] + "/disconnect"},
			{http.MethodPost, "/admin/connections/" + ids[0] + "/sync"},
		} {
			a := other.do(r.method, r.path, nil)
			if a.status != http.StatusNotFound {
				t.Errorf("%s %s: got %d, want 404", r.method, r.path, a.status)
			}
			if strings.Contains(a.body, account.Handle) {
				t.Errorf("%s %s: got another's handle in the answer, want none", r.method, r.path)
			}
		}
		other.lands(
			other.consent(h.world, d.ID, sandbox.Choice{Account: account.ID}),
			"/connections?error="+d.ID+"_account_in_use",
		)
		if _, got := mina.of(d.ID); len(got) != 1 || got[0] != "connected" {
			t.Errorf("%s: got status %v after another tried, want connected", d.ID, got)
		}
	}
}
