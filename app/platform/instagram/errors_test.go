package instagram

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
)

// recorded reads an answer kept with its status and headers.
func recorded(t testing.TB, name string) platformtest.Answer {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var x struct {
		Status  int
		Headers map[string]string
		Body    json.RawMessage
	}
	if err := json.Unmarshal(b, &x); err != nil {
		t.Fatal(err)
	}
	return platformtest.Answer{Status: x.Status, Header: x.Headers, Body: string(x.Body)}
}

func graph(status int, body string) platformtest.Answer {
	a := platformtest.Answer{Status: status, Body: `{"error":{` + body + `}}`}
	if status >= 500 {
		a.Header = map[string]string{"Retry-After": "30"} // so that the call is not repeated
	}
	return a
}

// T13, P3, P5: the decision table of Meta's errors, in its order.
func TestGraphErrors(t *testing.T) {
	t.Parallel()
	again := recorded(t, "error_2_transient.exchange.json")
	again.Header["Retry-After"] = "30"
	for _, tc := range []struct {
		name    string
		answer  platformtest.Answer
		want    fault.Code
		native  string
		appWide bool
		wait    time.Duration
	}{
		{"page", platformtest.Answer{Status: 400, Body: "<html>"}, fault.PlatformError, "", false, 0},
		{"page in a 200", platformtest.Answer{Body: "<html>"}, fault.BadResponse, "", false, 0},
		{"429 without a word", platformtest.Answer{Status: 429, Body: "<html>"}, fault.RateLimit, "", false, time.Hour},
		{"app limit", recorded(t, "error_4_app_limit.exchange.json"), fault.RateLimit, "4", true, time.Hour},
		{"app limit 341", graph(400, `"code":341`), fault.RateLimit, "341", true, time.Hour},
		{"account limit with its time", recorded(t, "error_80002_buc_limit.exchange.json"), fault.RateLimit, "80002", false, 19 * time.Minute},
		{"user limit", graph(400, `"code":17`), fault.RateLimit, "17", false, time.Hour},
		{"page limit", graph(400, `"code":32,"is_transient":true`), fault.RateLimit, "32", false, time.Hour},
		{"custom limit on a 500", graph(500, `"code":613,"is_transient":false`), fault.RateLimit, "613", false, 30 * time.Second},
		{"expired", platformtest.Answer{Status: 400, File: "error_190_expired.json"}, fault.AuthFailed, "190", false, 0},
		{"expired, on a 401", platformtest.Answer{Status: 401, File: "error_190_expired.json"}, fault.AuthFailed, "190", false, 0},
		{"cannot parse", platformtest.Answer{Status: 400, File: "error_190_cannot_parse.json"}, fault.AuthFailed, "190", false, 0},
		{"app removed", graph(400, `"code":190,"error_subcode":458`), fault.AuthRevoked, "190/458", false, 0},
		{"password changed", graph(400, `"code":190,"error_subcode":460`), fault.AuthRevoked, "190/460", false, 0},
		{"expired by subcode", graph(400, `"code":190,"error_subcode":463`), fault.AuthExpired, "190/463", false, 0},
		{"session", graph(400, `"code":102`), fault.AuthFailed, "102", false, 0},
		{"permission", platformtest.Answer{Status: 400, File: "error_10_permission.json"}, fault.ScopeMissing, "10", false, 0},
		{"a metric this kind of post does not have", platformtest.Answer{Status: 400, File: "error_100_metric_unsupported.json"}, fault.Internal, "100", false, 0},
		{"permission 3", graph(400, `"code":3`), fault.ScopeMissing, "3", false, 0},
		{"permission 200", graph(403, `"code":200`), fault.ScopeMissing, "200", false, 0},
		{"no tester", platformtest.Answer{Status: 400, File: "error_100_no_app_access.json"}, fault.AppRefused, "100", false, 0},
		{"not visible", graph(400, `"code":100,"error_subcode":33`), fault.AppRefused, "100/33", false, 0},
		{"blocked", graph(400, `"code":368`), fault.AuthFailed, "368", false, 0},
		{"transient", again, fault.PlatformError, "2", false, 30 * time.Second},
		{"unknown but transient", graph(400, `"code":777,"is_transient":true`), fault.PlatformError, "777", false, 0},
		{"fatal", graph(500, `"code":-1`), fault.PlatformError, "-1", false, 30 * time.Second},
		{"our request", graph(400, `"code":100,"message":"Invalid parameter"`), fault.Internal, "100", false, 0},
		{"our request 2500", graph(400, `"code":2500`), fault.Internal, "2500", false, 0},
		{"new code", graph(400, `"code":424242`), fault.PlatformError, "424242", false, 0},
		{"code in a string", graph(400, `"code":"190"`), fault.AuthFailed, "190", false, 0},
		{"error in a 200", graph(200, `"code":190`), fault.AuthFailed, "190", false, 0},
		{"token in the message", graph(400, `"code":1,"message":"`+platformtest.Canary+`-access"`), fault.PlatformError, "1", false, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, always(tc.answer))
			_, err := s.Platform.Profile(t.Context(), platformtest.Token())
			e := platformtest.WantCode(t, err, tc.want)
			if e.Native != tc.native || e.AppWide != tc.appWide || e.RetryAfter != tc.wait || e.Step != platform.StepProfile {
				t.Errorf("got %+v, want native %q, app-wide %t, wait %s", e, tc.native, tc.appWide, tc.wait)
			}
			if len(s.Calls()) != 1 {
				t.Errorf("got %d calls, want 1", len(s.Calls()))
			}
		})
	}
}

func TestDown(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		status int
		body   string
		want   bool
	}{
		{500, `{"error":{"code":613}}`, false},
		{500, `{"error":{"code":190}}`, false},
		{500, `{"error":{"code":2}}`, true},
		{500, `{"error":{"code":1}}`, false}, // perhaps asked for too much: the same question would fail again
		{503, `<html>`, true},
		{500, `{}`, true},
		{400, `{"error":{"code":2}}`, false},
	} {
		if got := isOutage(&outbound.Response{Status: tc.status, Body: []byte(tc.body)}); got != tc.want {
			t.Errorf("%d %s: got %t, want %t", tc.status, tc.body, got, tc.want)
		}
	}
}

func TestUsageHeaders(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/usage_headers.json")
	if err != nil {
		t.Fatal(err)
	}
	var meters map[string]map[string]string
	if err := json.Unmarshal(b, &meters); err != nil {
		t.Fatal(err)
	}
	for name, headers := range meters {
		h := http.Header{}
		for k, v := range headers {
			h.Set(k, v)
		}
		if got := regain(h); got != 0 {
			t.Errorf("%s: got %s, want no wait: 0 means not blocked now", name, got)
		}
	}
	for value, want := range map[string]time.Duration{
		`{"1":[{"type":"instagram","estimated_time_to_regain_access":3}],"2":[{"type":"instagram","estimated_time_to_regain_access":9}]}`: 9 * time.Minute,
		`{"1":[{"type":"pages","estimated_time_to_regain_access":3}]}`:                                                                    0,
		`{"1":[{"type":"instagram","estimated_time_to_regain_access":9223372036854775807}]}`:                                              30 * 24 * time.Hour,
		`{"1":[{"type":"instagram","estimated_time_to_regain_access":-3}]}`:                                                               0,
		`not json`: 0,
		``:         0,
	} {
		if got := regain(http.Header{"X-Business-Use-Case-Usage": {value}}); got != want {
			t.Errorf("%s: got %s, want %s", value, got, want)
		}
	}
}

// FuzzDecode reads a body in every way the adapter does: whatever it holds, nothing panics, every
// error is typed and every text can be stored. // P3
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
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
	f.Add(
		[]byte(
			`{"data":[{"id":1,"insights":{"data":[{"name":"views","values":[{"value":48.4}],"total_value":{"value":{}}}]}}]}`,
		),
	)
	f.Fuzz(func(t *testing.T, body []byte) {
		a := &adapter{now: func() time.Time { return platformtest.Noon }}
		r := &outbound.Response{Status: 200, Body: body}
		var page mediaList
		if err := a.decode(platform.StepPosts, r, &page); err != nil && err.Code == "" {
			t.Errorf("got %v, want a code", err)
		}
		for _, m := range page.Data {
			p := m.post(map[string]bool{})
			for _, n := range []*int64{p.Views, p.Likes, p.Comments, p.Shares, p.Saves, p.Reach, p.Interactions} {
				if n != nil && *n < 0 {
					t.Errorf("got %d, want no negative count", *n)
				}
			}
			if strings.ContainsRune(p.Caption, 0) {
				t.Errorf("got %q, want no NUL", p.Caption)
			}
		}
		_ = page.after()
		var l accountList
		_ = a.decode(platform.StepMetrics, r, &l)
		meters(http.Header{"X-App-Usage": {string(body)}, "X-Business-Use-Case-Usage": {string(body)}})
		var me meAnswer
		if json.Unmarshal(body, &me) == nil {
			me.me().profile()
		}
		if e := a.exchangeError(r, readToken(r)); e.Code == "" {
			t.Errorf("got %v, want a code", e)
		}
		isOutage(&outbound.Response{Status: 500, Body: body})
		regain(http.Header{"X-App-Usage": {string(body)}, "X-Business-Use-Case-Usage": {string(body)}})
	})
}
