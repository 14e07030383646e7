package tiktok

import (
	"testing"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
)

// P9: whose each refusal of TikTok's is.
func TestWhoseRefusal(t *testing.T) {
	t.Parallel()
	rows := []platformtest.ScopeRow{
		{Call: "profile", Status: 401, Body: ``, Want: platformtest.CauseUnknown},
		{Call: "profile", Status: 403, Body: `<html>`, Want: platformtest.CauseUnknown},
		{Call: "profile", Status: 404, File: "unsupported-path.txt", Want: platformtest.CauseUnknown},
		{Call: "profile", Status: 504, Body: `<html>`, Want: platformtest.CauseTrouble},
		{Call: "profile", Status: 429, Body: ``, Want: platformtest.CauseLimit},
		{Call: "profile", Status: 200, Body: `{"data":{},"error":{"code":10008}}`, Want: platformtest.CauseUnknown},
		{Call: "profile", Status: 200, Body: `{"data":{},"error":{"code":"access_token_invalid"}}`, Want: platformtest.CauseGrant},
		{Call: "profile", Status: 400, Body: `{"error":"invalid_client"}`, Want: platformtest.CauseInstallation},
		{Call: "refresh", Status: 401, Body: ``, Want: platformtest.CauseUnknown},
		{Call: "refresh", Status: 502, Body: `<html>`, Want: platformtest.CauseTrouble},
		{Call: "refresh", Status: 200, Body: `<html>`, Want: platformtest.CauseTrouble},
		{Call: "refresh", Status: 200, Body: `{"error":"invalid_client"}`, Want: platformtest.CauseInstallation},
		{Call: "refresh", Status: 200, Body: `{"error":"invalid_grant"}`, Want: platformtest.CauseGrant},
		{Call: "exchange", Status: 400, Body: `{"error":"invalid_grant"}`, Want: platformtest.CauseGrant},
		{Call: "exchange", Status: 400, Body: `{"error":"invalid_request"}`, Want: platformtest.CauseInstallation},
		{Call: "exchange", Status: 400, Body: `{"error":"invalid_client"}`, Want: platformtest.CauseInstallation},
		{Call: "exchange", Status: 503, Body: ``, Want: platformtest.CauseTrouble},
		{Call: "revoke", Status: 400, Body: `{"error":"invalid_client"}`, Want: platformtest.CauseInstallation},
		{Call: "revoke", Status: 400, Body: `{"error":"moon_phase"}`, Want: platformtest.CauseUnknown},
		{Call: "revoke", Status: 503, Body: ``, Want: platformtest.CauseTrouble},
		{Call: "revoke", Status: 429, Body: ``, Want: platformtest.CauseLimit},
	}
	for code, want := range map[string]platformtest.Cause{
		"access_token_invalid": platformtest.CauseGrant, "scope_not_authorized": platformtest.CausePermission, "scope_permission_missed": platformtest.CausePermission,
		"invalid_params": platformtest.CauseRequest, "rate_limit_exceeded": platformtest.CauseLimit, "internal_error": platformtest.CauseTrouble,
		"invalid_client": platformtest.CauseInstallation, "unauthorized_client": platformtest.CauseInstallation, "invalid_scope": platformtest.CauseInstallation,
		"server_error": platformtest.CauseTrouble, "temporarily_unavailable": platformtest.CauseTrouble, "moon_phase": platformtest.CauseUnknown, "10008": platformtest.CauseUnknown,
	} {
		rows = append(
			rows,
			platformtest.ScopeRow{Call: "profile", Status: 401, Body: `{"error":{"code":"` + code + `"}}`, Want: want},
		)
	}
	for name, want := range map[string]platformtest.Cause{
		"invalid_grant": platformtest.CauseGrant, "access_token_invalid": platformtest.CauseGrant, "access_denied": platformtest.CauseGrant,
		"invalid_client": platformtest.CauseInstallation, "invalid_request": platformtest.CauseInstallation, "invalid_scope": platformtest.CauseInstallation,
		"unauthorized_client": platformtest.CauseInstallation, "unsupported_grant_type": platformtest.CauseInstallation, "unsupported_response_type": platformtest.CauseInstallation,
		"rate_limit_exceeded": platformtest.CauseLimit, "server_error": platformtest.CauseTrouble, "temporarily_unavailable": platformtest.CauseTrouble,
		"internal_error": platformtest.CauseTrouble, "moon_phase": platformtest.CauseUnknown,
	} {
		rows = append(rows, platformtest.ScopeRow{Call: "refresh", Status: 400, Body: `{"error":"` + name + `"}`, Want: want})
	}
	platformtest.Scopes(t, Maker, rows)
}

// What the probe finds tells a refused app, and never takes the unknown for well.
func TestProbeOfARefusedApp(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]platform.Finding{
		"invalid_client": platform.FindingWrong, "unauthorized_client": platform.FindingWrong, "server_error": platform.FindingUnknown, "moon_phase": platform.FindingUnknown, "invalid_request": platform.FindingOK,
	} {
		s := platformtest.Serve(t, Maker, always(platformtest.Answer{Status: 400, Body: `{"error":"` + name + `"}`}))
		for _, p := range s.Platform.(platform.Prober).Probe(t.Context(), "https://x/cb") {
			if p.What == "client key and secret" && p.Found != want {
				t.Errorf("%s: got %+v, want %v", name, p, want)
			}
		}
	}
}
