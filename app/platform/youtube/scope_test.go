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
		{Call: "profile", Status: 403, File: "youtube-project-gone.json", Want: platformtest.CauseInstallation},
		{Call: "profile", Status: 403, File: "youtube-project-suspended.json", Want: platformtest.CauseInstallation},
		{Call: "profile", Status: 401, Body: ``, Want: platformtest.CauseUnknown},
		{Call: "profile", Status: 403, Body: `<html>`, Want: platformtest.CauseUnknown},
		{
			Call:   "profile",
			Status: 403,
			Body:   `{"error":{"code":403,"status":"PERMISSION_DENIED"}}`,
			Want:   platformtest.CauseUnknown,
		},
		{Call: "profile", Status: 200, Body: `{"error":{"code":403}}`, Want: platformtest.CauseTrouble},
		{Call: "profile", Status: 502, Body: `<html>`, Want: platformtest.CauseTrouble},
		{Call: "profile", Status: 429, Body: ``, Want: platformtest.CauseLimit},
		{Call: "refresh", Status: 401, Body: ``, Want: platformtest.CauseUnknown},
		{Call: "refresh", Status: 400, Body: `<html>`, Want: platformtest.CauseUnknown},
		{Call: "refresh", Status: 503, Body: ``, Want: platformtest.CauseTrouble},
		{Call: "refresh", Status: 429, Body: ``, Want: platformtest.CauseLimit},
		{Call: "exchange", Status: 400, Body: `{"error":"invalid_grant"}`, Want: platformtest.CauseGrant},
		{Call: "exchange", Status: 401, Body: `{"error":"invalid_client"}`, Want: platformtest.CauseInstallation},
		{Call: "exchange", Status: 400, Body: `{"error":"redirect_uri_mismatch"}`, Want: platformtest.CauseInstallation},
		{Call: "revoke", Status: 401, Body: `{"error":"invalid_client"}`, Want: platformtest.CauseInstallation},
		{Call: "revoke", Status: 400, Body: `{"error":"moon_phase"}`, Want: platformtest.CauseUnknown},
		{Call: "revoke", Status: 503, Body: ``, Want: platformtest.CauseTrouble},
	}
	for reason, want := range map[string]platformtest.Cause{
		"CONSUMER_INVALID": platformtest.CauseInstallation, "CONSUMER_SUSPENDED": platformtest.CauseInstallation, "SERVICE_DISABLED": platformtest.CauseInstallation,
		"accessNotConfigured": platformtest.CauseInstallation, "keyInvalid": platformtest.CauseInstallation, "API_KEY_INVALID": platformtest.CauseInstallation,
		"BILLING_DISABLED": platformtest.CauseInstallation, "USER_PROJECT_DENIED": platformtest.CauseInstallation, "ipRefererBlocked": platformtest.CauseInstallation,
		"quotaExceeded": platformtest.CauseLimit, "dailyLimitExceeded": platformtest.CauseLimit, "rateLimitExceeded": platformtest.CauseLimit, "userRateLimitExceeded": platformtest.CauseLimit,
		"RATE_LIMIT_EXCEEDED": platformtest.CauseLimit, "RESOURCE_QUOTA_EXCEEDED": platformtest.CauseLimit,
		"authError": platformtest.CauseGrant, "UNAUTHENTICATED": platformtest.CauseGrant, "ACCESS_TOKEN_EXPIRED": platformtest.CauseGrant, "youtubeSignupRequired": platformtest.CauseGrant,
		"authenticatedUserAccountSuspended": platformtest.CauseGrant, "authenticatedUserAccountClosed": platformtest.CauseGrant, "channelClosed": platformtest.CauseGrant,
		"channelSuspended": platformtest.CauseGrant, "ACCOUNT_STATE_INVALID": platformtest.CauseGrant,
		"insufficientPermissions": platformtest.CausePermission, "ACCESS_TOKEN_SCOPE_INSUFFICIENT": platformtest.CausePermission,
		"playlistItemsNotAccessible": platformtest.CauseTrouble, "backendError": platformtest.CauseTrouble, "invalidPageToken": platformtest.CauseTrouble,
		"forbidden": platformtest.CauseUnknown, "moonPhase": platformtest.CauseUnknown,
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
	for name, want := range map[string]platformtest.Cause{
		"invalid_grant": platformtest.CauseGrant, "access_denied": platformtest.CauseGrant, "admin_policy_enforced": platformtest.CauseGrant, "org_internal": platformtest.CauseInstallation,
		"invalid_client": platformtest.CauseInstallation, "deleted_client": platformtest.CauseInstallation, "disabled_client": platformtest.CauseInstallation,
		"unauthorized_client": platformtest.CauseInstallation, "invalid_scope": platformtest.CauseInstallation, "redirect_uri_mismatch": platformtest.CauseInstallation,
		"unsupported_grant_type": platformtest.CauseInstallation, "rate_limit_exceeded": platformtest.CauseLimit, "internal_failure": platformtest.CauseTrouble,
		"temporarily_unavailable": platformtest.CauseTrouble, "moon_phase": platformtest.CauseUnknown,
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
