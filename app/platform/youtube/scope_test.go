package youtube

import (
	"testing"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
)

// P9: whose each refusal of Google's is.
func TestWhoseRefusal(t *testing.T) {
	t.Parallel()
	rows := []platformtest.ScopeRow{
		{Call: "profile", Status: 403, File: "youtube-project-gone.json", Want: platformtest.Installation},
		{Call: "profile", Status: 403, File: "youtube-project-suspended.json", Want: platformtest.Installation},
		{Call: "profile", Status: 401, Body: ``, Want: platformtest.Nobody},
		{Call: "profile", Status: 403, Body: `<html>`, Want: platformtest.Nobody},
		{
			Call:   "profile",
			Status: 403,
			Body:   `{"error":{"code":403,"status":"PERMISSION_DENIED"}}`,
			Want:   platformtest.Nobody,
		},
		{Call: "profile", Status: 200, Body: `{"error":{"code":403}}`, Want: platformtest.Trouble},
		{Call: "profile", Status: 502, Body: `<html>`, Want: platformtest.Trouble},
		{Call: "profile", Status: 429, Body: ``, Want: platformtest.Limit},
		{Call: "refresh", Status: 401, Body: ``, Want: platformtest.Nobody},
		{Call: "refresh", Status: 400, Body: `<html>`, Want: platformtest.Nobody},
		{Call: "refresh", Status: 503, Body: ``, Want: platformtest.Trouble},
		{Call: "refresh", Status: 429, Body: ``, Want: platformtest.Limit},
		{Call: "exchange", Status: 400, Body: `{"error":"invalid_grant"}`, Want: platformtest.Grant},
		{Call: "exchange", Status: 401, Body: `{"error":"invalid_client"}`, Want: platformtest.Installation},
		{Call: "exchange", Status: 400, Body: `{"error":"redirect_uri_mismatch"}`, Want: platformtest.Installation},
		{Call: "revoke", Status: 401, Body: `{"error":"invalid_client"}`, Want: platformtest.Installation},
		{Call: "revoke", Status: 400, Body: `{"error":"moon_phase"}`, Want: platformtest.Nobody},
		{Call: "revoke", Status: 503, Body: ``, Want: platformtest.Trouble},
	}
	for reason, want := range map[string]string{
		"CONSUMER_INVALID": platformtest.Installation, "CONSUMER_SUSPENDED": platformtest.Installation, "SERVICE_DISABLED": platformtest.Installation,
		"accessNotConfigured": platformtest.Installation, "keyInvalid": platformtest.Installation, "API_KEY_INVALID": platformtest.Installation,
		"BILLING_DISABLED": platformtest.Installation, "USER_PROJECT_DENIED": platformtest.Installation, "ipRefererBlocked": platformtest.Installation,
		"quotaExceeded": platformtest.Limit, "dailyLimitExceeded": platformtest.Limit, "rateLimitExceeded": platformtest.Limit, "userRateLimitExceeded": platformtest.Limit,
		"RATE_LIMIT_EXCEEDED": platformtest.Limit, "RESOURCE_QUOTA_EXCEEDED": platformtest.Limit,
		"authError": platformtest.Grant, "UNAUTHENTICATED": platformtest.Grant, "ACCESS_TOKEN_EXPIRED": platformtest.Grant, "youtubeSignupRequired": platformtest.Grant,
		"authenticatedUserAccountSuspended": platformtest.Grant, "authenticatedUserAccountClosed": platformtest.Grant, "channelClosed": platformtest.Grant,
		"channelSuspended": platformtest.Grant, "ACCOUNT_STATE_INVALID": platformtest.Grant,
		"insufficientPermissions": platformtest.Permission, "ACCESS_TOKEN_SCOPE_INSUFFICIENT": platformtest.Permission,
		"playlistItemsNotAccessible": platformtest.Trouble, "backendError": platformtest.Trouble, "invalidPageToken": platformtest.Trouble,
		"forbidden": platformtest.Nobody, "moonPhase": platformtest.Nobody,
	} {
		rows = append(
			rows,
			platformtest.ScopeRow{
				Call:   "profile",
				Status: 403,
				Body:   `{"error":{"details":[{"reason":"` + reason + `"}]}}`,
				Want:   want,
			},
		)
	}
	for name, want := range map[string]string{
		"invalid_grant": platformtest.Grant, "access_denied": platformtest.Grant, "admin_policy_enforced": platformtest.Grant, "org_internal": platformtest.Installation,
		"invalid_client": platformtest.Installation, "deleted_client": platformtest.Installation, "disabled_client": platformtest.Installation,
		"unauthorized_client": platformtest.Installation, "invalid_scope": platformtest.Installation, "redirect_uri_mismatch": platformtest.Installation,
		"unsupported_grant_type": platformtest.Installation, "rate_limit_exceeded": platformtest.Limit, "internal_failure": platformtest.Trouble,
		"temporarily_unavailable": platformtest.Trouble, "moon_phase": platformtest.Nobody,
	} {
		rows = append(rows, platformtest.ScopeRow{Call: "refresh", Status: 400, Body: `{"error":"` + name + `"}`, Want: want})
	}
	platformtest.Scopes(t, Maker, rows)
}

// What the probe finds tells the client from the address, and never takes the unknown for well.
func TestProbeOfARefusedClient(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]platform.Finding{
		"invalid_client": platform.FindingWrong, "deleted_client": platform.FindingWrong, "disabled_client": platform.FindingWrong, "unauthorized_client": platform.FindingWrong,
		"redirect_uri_mismatch": platform.FindingOK, "invalid_grant": platform.FindingOK, "moon_phase": platform.FindingUnknown,
	} {
		s := platformtest.Serve(t, Maker, always(platformtest.Answer{Status: 400, Body: `{"error":"` + name + `"}`}))
		for _, p := range s.Platform.(platform.Prober).Probe(t.Context(), "https://x/cb") {
			if p.What == "client secret" && p.Found != want {
				t.Errorf("%s: got %+v, want %v", name, p, want)
			}
		}
	}
}
