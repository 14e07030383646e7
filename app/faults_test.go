package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/sandbox"
)

// runState is what a program reads of a run.
type runState struct {
	RunID, State, Trigger  string
	Attempt                int
	NextAttemptAt          *time.Time
	ErrorCode              *string
	CompletedAt, StartedAt *time.Time
	Steps                  []struct{ SyncType, Status string }
}

// settles asks for a sync and waits until it is decided what becomes of it.
func (b *browser) settles(platform string) runState {
	b.t.Helper()
	var before, r runState
	b.read("/api/auth/"+platform+"/sync", &before)
	if a := b.do(http.MethodPost, "/api/auth/"+platform+"/sync", nil); a.status != http.StatusAccepted {
		b.t.Fatalf("ask %s: got %d %s, want 202", platform, a.status, a.body)
	}
	until(b.t, "a decision on a sync of "+platform, func() bool {
		b.read("/api/auth/"+platform+"/sync", &r)
		return r.RunID != before.RunID && r.State != "queued" && r.State != "running"
	})
	return r
}

type seenAccount struct {
	Freshness struct{ Status string }
	Profile   struct{ FollowerCount *int64 }
	Posts     []struct{ ViewCount *int64 }
}

func code(r runState) string {
	if r.ErrorCode == nil {
		return ""
	}
	return *r.ErrorCode
}

// J9, P1, P3, P5, T13: each thing that can go wrong at a platform has its own story, what came is kept,
// and what was there stays.
func TestBadDays(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.creator("mina@example.com")
	for _, p := range []string{"instagram", "tiktok", "youtube"} {
		b.lands(b.consent(h.world, p, sandbox.Choice{}), "/connections?success="+p+"_connected")
		b.synced(p, "")
	}
	var good seenAccount
	b.read("/api/analytics/socials/tiktok", &good)
	for _, tc := range []struct {
		name            string
		platform        string
		fault           sandbox.Fault
		state, code     string
		waits           bool
		profile, status string // of the step, and of the connection
	}{
		{"posts answer 500", "tiktok", sandbox.Fault{Endpoint: "/v2/video/list/", Kind: sandbox.FaultStatus, Status: 500}, "partial", "PLATFORM_ERROR", false, "success", "connected"},
		{"posts are HTML", "instagram", sandbox.Fault{Endpoint: "/{version}/me/media", Kind: sandbox.FaultHTML}, "partial", "BAD_RESPONSE", false, "success", "connected"},
		{"the profile is nothing", "youtube", sandbox.Fault{Endpoint: "/youtube/v3/channels", Kind: sandbox.FaultEmpty}, "retrying", "BAD_RESPONSE", true, "failed", "connected"},
		{"this account is to wait", "instagram", sandbox.Fault{Kind: sandbox.FaultRateLimit}, "deferred", "RATE_LIMIT", true, "failed", "connected"},
		{"a required permission is gone", "tiktok", sandbox.Fault{Endpoint: "/v2/user/info/", Kind: sandbox.FaultStatus, Status: 401, Body: `{"data":{},"error":{"code":"scope_not_authorized","message":"x","log_id":"1"}}`}, "failed", "SCOPE_MISSING", false, "failed", "needs_reconnect"},
	} {
		tc.fault.Platform = tc.platform
		id := h.world.AddFault(tc.fault)
		r := b.settles(tc.platform)
		if r.State != tc.state || code(r) != tc.code {
			t.Errorf("%s: got %s %s, want %s %s", tc.name, r.State, code(r), tc.state, tc.code)
		}
		if tc.waits != (r.NextAttemptAt != nil && r.NextAttemptAt.After(time.Now())) {
			t.Errorf("%s: got next attempt %v, want one ahead: %v", tc.name, r.NextAttemptAt, tc.waits)
		}
		for _, s := range r.Steps {
			if s.SyncType == "profile" && s.Status != tc.profile {
				t.Errorf("%s: got the profile step %s, want %s", tc.name, s.Status, tc.profile)
			}
		}
		var list struct {
			Connections []struct{ Platform, Status string }
		}
		b.read("/api/analytics/socials/connections", &list)
		for _, c := range list.Connections {
			if c.Platform == tc.platform && c.Status != tc.status {
				t.Errorf("%s: got the connection %s, want %s", tc.name, c.Status, tc.status)
			}
		}
		h.world.RemoveFault(id)
	}
	var after seenAccount
	b.read("/api/analytics/socials/tiktok", &after)
	if after.Freshness.Status != "expired" || after.Profile.FollowerCount == nil ||
		*after.Profile.FollowerCount != *good.Profile.FollowerCount ||
		len(after.Posts) != len(good.Posts) {
		t.Errorf(
			"the numbers so far: got %s with %d posts, want expired with all %d",
			after.Freshness.Status,
			len(after.Posts),
			len(good.Posts),
		)
	}
	if a := b.do(http.MethodPost, "/api/auth/tiktok/sync", nil); a.status != http.StatusConflict ||
		!strings.Contains(a.body, "CONFLICT") {
		t.Errorf("a sync of a lost account: got %d %s, want 409", a.status, a.body)
	}
	page := b.get("/connections").body
	for _, words := range []string{"Needs reconnect", "Reconnect @"} {
		if !strings.Contains(page, words) {
			t.Errorf("connections: got no %q", words)
		}
	}
	// Agreed again, it is well again.
	b.lands(b.consent(h.world, "tiktok", sandbox.Choice{}), "/connections?success=tiktok_connected")
	until(t, "the account to be fresh again", func() bool {
		b.read("/api/analytics/socials/tiktok", &after)
		return after.Freshness.Status == "fresh"
	})
}

// T13: what dies in the middle is refreshed once; a dead grant asks for a person and is not asked again.
func TestTokensDie(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.creator("mina@example.com")
	b.lands(b.consent(h.world, "youtube", sandbox.Choice{}), "/connections?success=youtube_connected")
	b.synced("youtube", "")
	account := h.world.Accounts("youtube")[0].ID
	if err := h.world.Expire("youtube", account); err != nil {
		t.Fatal(err)
	}
	if r := b.settles("youtube"); r.State != "success" {
		t.Errorf("an access token that ended early: got %s %s, want success", r.State, code(r))
	}
	if err := h.world.Revoke("youtube", account); err != nil {
		t.Fatal(err)
	}
	if r := b.settles("youtube"); r.State != "failed" || code(r) != "AUTH_REVOKED" {
		t.Errorf("a revoked grant: got %s %s, want failed AUTH_REVOKED", r.State, code(r))
	}
	h.world.ResetCalls()
	b.do(http.MethodPost, "/api/auth/youtube/sync", url.Values{})
	if calls := h.world.Calls("youtube"); len(calls) != 0 {
		t.Errorf("got calls for a dead grant %v, want none", calls)
	}
}

// The platform refuses the deployment: nobody's connection is blamed, and the monitor says so.
func TestTheAppIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.creator("mina@example.com")
	b.lands(b.consent(h.world, "youtube", sandbox.Choice{}), "/connections?success=youtube_connected")
	b.synced("youtube", "")
	h.world.AddFault(
		sandbox.Fault{Platform: "youtube", Endpoint: "/youtube/v3/channels", Kind: sandbox.FaultStatus, Status: 403,
			Body: `{"error":{"code":403,"message":"not used before","errors":[{"reason":"accessNotConfigured"}]}}`},
	)
	if r := b.settles("youtube"); r.State != "failed" || code(r) != "APP_REFUSED" {
		t.Errorf("got %s %s, want failed APP_REFUSED", r.State, code(r))
	}
	var list struct{ Connections []struct{ Status string } }
	b.read("/api/analytics/socials/connections", &list)
	if len(list.Connections) != 1 || list.Connections[0].Status != "connected" {
		t.Errorf("got %+v, want the connection not blamed", list.Connections)
	}
	until(t, "the monitor to say so", func() bool {
		a := b.get("/api/health/social-sync")
		return a.status == http.StatusServiceUnavailable && strings.Contains(a.body, "APP_REFUSED")
	})
}
