package tiktok

import (
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
)

// T13, P3: every code of TikTok's table, with the status it comes with and with others.
func TestAPIErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		status int
		file   string
		body   string
		header map[string]string
		want   fault.Code
		native string
		wait   time.Duration
	}{
		{"dead token", 401, "error-access-token-invalid.json", "", nil, fault.AuthFailed, "access_token_invalid", 0},
		{"dead token in a 200", 200, "error-access-token-invalid.json", "", nil, fault.AuthFailed, "access_token_invalid", 0},
		{"scope", 401, "error-scope-not-authorized.json", "", nil, fault.ScopeMissing, "scope_not_authorized", 0},
		{"scope, other name and text", 400, "", `{"error":{"code":"scope_permission_missed","message":"Access token is invalid"}}`, nil, fault.ScopeMissing, "scope_permission_missed", 0},
		{"our request", 400, "error-invalid-params.json", "", nil, fault.Internal, "invalid_params", 0},
		{"limit", 429, "error-rate-limit-exceeded.json", "", nil, fault.RateLimit, "rate_limit_exceeded", time.Minute},
		{"limit in a 200", 200, "error-rate-limit-exceeded.json", "", nil, fault.RateLimit, "rate_limit_exceeded", time.Minute},
		{"limit with a wait", 429, "error-rate-limit-exceeded.json", "", map[string]string{"Retry-After": "90"}, fault.RateLimit, "rate_limit_exceeded", 90 * time.Second},
		{"limit with a date", 429, "", ``, map[string]string{"Retry-After": platformtest.Noon.Add(5 * time.Minute).Format("Mon, 02 Jan 2006 15:04:05 GMT")}, fault.RateLimit, "", 5 * time.Minute},
		{"their fault", 500, "error-internal-error.json", "", nil, fault.PlatformError, "internal_error", 0},
		{"their fault in a 200", 200, "error-internal-error.json", "", nil, fault.PlatformError, "internal_error", 0},
		{"limit's name on a 5xx", 503, "error-rate-limit-exceeded.json", "", nil, fault.PlatformError, "rate_limit_exceeded", 0},
		{"new code", 400, "", `{"error":{"code":"moon_phase"}}`, nil, fault.PlatformError, "moon_phase", 0},
		{"new code in a 200", 200, "", `{"data":{"user":{"open_id":"1"}},"error":{"code":"moon_phase"}}`, nil, fault.PlatformError, "moon_phase", 0},
		{"code as number", 200, "", `{"data":{},"error":{"code":10008}}`, nil, fault.PlatformError, "10008", 0},
		{"code empty", 200, "", `{"data":{},"error":{"code":""}}`, nil, fault.PlatformError, "", 0},
		{"error empty", 200, "", `{"data":{},"error":{}}`, nil, fault.PlatformError, "", 0},
		{"code of version 1 for ok, and a user", 200, "", `{"data":{"user":{}},"error":{"code":0}}`, nil, fault.BadResponse, "", 0},
		{"scope with the status of a dead token's text", 401, "", `{"error":{"code":"scope_permission_missed","message":"Access token is invalid"}}`, nil, fault.ScopeMissing, "scope_permission_missed", 0},
		{"scope in a 200", 200, "error-scope-not-authorized.json", "", nil, fault.ScopeMissing, "scope_not_authorized", 0},
		{"our request in a 200", 200, "error-invalid-params.json", "", nil, fault.Internal, "invalid_params", 0},
		{"code with a text in it", 400, "", `{"error":{"code":"a code with blanks"}}`, nil, fault.PlatformError, "", 0},
		{"error as string", 401, "", `{"error":"access_token_invalid"}`, nil, fault.AuthFailed, "access_token_invalid", 0},
		{"401 without a word", 401, "", ``, nil, fault.PlatformError, "", 0},
		{"gateway page", 504, "", `<html>timeout</html>`, nil, fault.PlatformError, "", 0},
		{"page in a 200", 200, "", `<html>hello</html>`, nil, fault.BadResponse, "", 0},
		{"wrong path", 404, "unsupported-path.txt", "", nil, fault.PlatformError, "", 0},
		{"empty 200", 200, "", ``, nil, fault.BadResponse, "", 0},
		{"null", 200, "", `null`, nil, fault.BadResponse, "", 0},
		{"user without id", 200, "", `{"data":{"user":{}},"error":{"code":"ok"}}`, nil, fault.BadResponse, "", 0},
		{"token in a message", 400, "", `{"error":{"code":"x","message":"` + platformtest.Canary + `-access"}}`, nil, fault.PlatformError, "x", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			header := map[string]string{"X-Tt-Logid": "LOG1"}
			if tc.status >= 500 {
				header["Retry-After"] = "30" // so that the call is not repeated
			}
			for k, v := range tc.header {
				header[k] = v
			}
			s := platformtest.Serve(
				t,
				Maker,
				always(platformtest.Answer{Status: tc.status, File: tc.file, Body: tc.body, Header: header}),
			)
			tok := scoped(basicScope)
			_, err := s.Platform.Profile(t.Context(), tok)
			e := platformtest.WantCode(t, err, tc.want)
			if e.Native != tc.native || e.Step != platform.StepProfile {
				t.Errorf("got %+v, want native %q", e, tc.native)
			}
			if tc.want == fault.RateLimit && (e.RetryAfter != tc.wait || !e.AppWide) {
				t.Errorf("got a wait of %s, app-wide %t, want %s of the app", e.RetryAfter, e.AppWide, tc.wait)
			}
			if body := s.Calls(); len(body) != 1 {
				t.Errorf("got %d calls, want one", len(body))
			}
			if e.Status != tc.status || e.Code != fault.BadResponse && e.LogID == "" {
				t.Errorf("got %+v, want the status and the log id kept", e)
			}
			if (e.Code == fault.BadResponse) != (e.Sample != "") || strings.Contains(e.Sample, "hello") {
				t.Errorf("got sample %q of %s, want the shape of what could not be read, and of nothing else", e.Sample, e.Code)
			}
		})
	}
}

// The body's log id wins over the header's: it is the one TikTok's support asks for.
func TestLogIDs(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ body, header, want string }{
		"both":                 {`{"error":{"code":"internal_error","log_id":"BODY1"}}`, "HEAD1", "BODY1"},
		"header alone":         {`{"error":{"code":"internal_error"}}`, "HEAD1", "HEAD1"},
		"a page":               {`<html>`, "HEAD1", "HEAD1"},
		"a number":             {`{"error":{"code":"internal_error","log_id":2026112300}}`, "", "2026112300"},
		"neither":              {`{"error":{"code":"internal_error"}}`, "", ""},
		"no id but a sentence": {`{"error":{"code":"internal_error","log_id":"ask the support"}}`, "", ""},
	} {
		s := platformtest.Serve(
			t,
			Maker,
			always(
				platformtest.Answer{
					Status: 500,
					Body:   tc.body,
					Header: map[string]string{"X-Tt-Logid": tc.header, "Retry-After": "30"},
				},
			),
		)
		_, err := s.Platform.Profile(t.Context(), scoped(basicScope))
		if e := platformtest.WantCode(t, err, fault.PlatformError); e.LogID != tc.want {
			t.Errorf("%s: got log id %q, want %q", name, e.LogID, tc.want)
		}
	}
}
