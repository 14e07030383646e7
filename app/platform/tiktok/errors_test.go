package tiktok

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
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
			s := platformtest.Serve(t, Maker, always(platformtest.Answer{Status: tc.status, File: tc.file, Body: tc.body, Header: header}))
			tok := scoped(basicScope)
			_, err := s.Platform.Profile(t.Context(), tok)
			e := platformtest.Want(t, err, tc.want)
			if e.Native != tc.native || e.Step != platform.StepProfile {
				t.Errorf("got %+v, want native %q", e, tc.native)
			}
			if tc.want == fault.RateLimit && (e.RetryAfter != tc.wait || !e.AppWide) {
				t.Errorf("got a wait of %s, app-wide %t, want %s of the app", e.RetryAfter, e.AppWide, tc.wait)
			}
			if e.Status >= 400 && e.LogID == "" {
				t.Errorf("got %+v, want the log id kept", e)
			}
		})
	}
}

// seeds gives a fuzz test every recorded answer.
func seeds(f *testing.F) {
	f.Helper()
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"data":{"videos":[{"id":7559725318447568727,"view_count":1e3}],"cursor":"x"},"error":null}`))
}

// fuzz reads a body in every way the adapter does: whatever it holds, nothing panics, every error
// is typed and every text can be stored. // P3
func fuzz(t *testing.T, body []byte) {
	a := &adapter{now: func() time.Time { return platformtest.Noon }}
	r := &outbound.Response{Status: 200, Body: body}
	var page videoPage
	if err := a.decode(platform.StepPosts, r, &page); err != nil && err.Code == "" {
		t.Errorf("got %v, want a code", err)
	}
	var posts []platform.Post
	for _, v := range page.Videos {
		posts = append(posts, v.post("h", map[string]bool{}))
	}
	for _, p := range platform.Tidy(posts, 50) {
		if p.ExternalID == "" || p.PostedAt.Year() > 9999 || negative(p.Views, p.Likes, p.Comments, p.Shares, p.DurationSeconds) {
			t.Errorf("got %+v, want an id, a date and no negative count", p)
		}
	}
	var u user
	if json.Unmarshal(body, &u) == nil {
		u.profile()
	}
	var answer tokenAnswer
	if json.Unmarshal(body, &answer) == nil {
		answer.scopes()
		if e := a.tokenError(platform.StepToken, r, answer); e.Code == "" {
			t.Errorf("got %v, want a code", e)
		}
	}
}

func negative(counts ...*int64) bool {
	for _, n := range counts {
		if n != nil && *n < 0 {
			return true
		}
	}
	return false
}
