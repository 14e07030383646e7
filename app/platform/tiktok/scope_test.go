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
		{Call: "profile", Status: 401, Body: ``, Want: platformtest.Nobody},
		{Call: "profile", Status: 403, Body: `<html>`, Want: platformtest.Nobody},
		{Call: "profile", Status: 404, File: "unsupported-path.txt", Want: platformtest.Nobody},
		{Call: "profile", Status: 504, Body: `<html>`, Want: platformtest.Trouble},
		{Call: "profile", Status: 429, Body: ``, Want: platformtest.Limit},
		{Call: "profile", Status: 200, Body: `{"data":{},"error":{"code":10008}}`, Want: platformtest.Nobody},
		{Call: "profile", Status: 200, Body: `{"data":{},"error":{"code":"access_token_invalid"}}`, Want: platformtest.Grant},
		{Call: "profile", Status: 400, Body: `{"error":"invalid_client"}`, Want: platformtest.Installation},
		{Call: "refresh", Status: 401, Body: ``, Want: platformtest.Nobody},
		{Call: "refresh", Status: 502, Body: `<html>`, Want: platformtest.Trouble},
		{Call: "refresh", Status: 200, Body: `<html>`, Want: platformtest.Trouble},
		{Call: "refresh", Status: 200, Body: `{"error":"invalid_client"}`, Want: platformtest.Installation},
		{Call: "refresh", Status: 200, Body: `{"error":"invalid_grant"}`, Want: platformtest.Grant},
		{Call: "exchange", Status: 400, Body: `{"error":"invalid_grant"}`, Want: platformtest.Grant},
		{Call: "exchange", Status: 400, Body: `{"error":"invalid_request"}`, Want: platformtest.Installation},
		{Call: "exchange", Status: 400, Body: `{"error":"invalid_client"}`, Want: platformtest.Installation},
		{Call: "exchange", Status: 503, Body: ``, Want: platformtest.Trouble},
		{Call: "revoke", Status: 400, Body: `{"error":"invalid_client"}`, Want: platformtest.Installation},
		{Call: "revoke", Status: 400, Body: `{"error":"moon_phase"}`, Want: platformtest.Nobody},
		{Call: "revoke", Status: 503, Body: ``, Want: platformtest.Trouble},
		{Call: "revoke", Status: 429, Body: ``, Want: platformtest.Limit},
	}
	for code, want := range map[string]string{
		"access_token_invalid": platformtest.Grant, "scope_not_authorized": platformtest.Permission, "scope_permission_missed": platformtest.Permission,
		"invalid_params": platformtest.Request, "rate_limit_exceeded": platformtest.Limit, "internal_error": platformtest.Trouble,
		"invalid_client": platformtest.Installation, "unauthorized_client": platformtest.Installation, "invalid_scope": platformtest.Installation,
		"server_error": platformtest.Trouble, "temporarily_unavailable": platformtest.Trouble, "moon_phase": platformtest.Nobody, "10008": platformtest.Nobody,
	} {
		rows = append(
			rows,
			platformtest.ScopeRow{Call: "profile", Status: 401, Body: `{"error":{"code":"` + code + `"}}`, Want: want},
		)
	}
	for name, want := range map[string]string{
		"invalid_grant": platformtest.Grant, "access_token_invalid": platformtest.Grant, "access_denied": platformtest.Grant,
		"invalid_client": platformtest.Installation, "invalid_request": platformtest.Installation, "invalid_scope": platformtest.Installation,
		"unauthorized_client": platformtest.Installation, "unsupported_grant_type": platformtest.Installation, "unsupported_response_type": platformtest.Installation,
		"rate_limit_exceeded": platformtest.Limit, "server_error": platformtest.Trouble, "temporarily_unavailable": platformtest.Trouble,
		"internal_error": platformtest.Trouble, "moon_phase": platformtest.Nobody,
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
