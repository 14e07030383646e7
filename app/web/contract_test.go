package web_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/platform/all"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/web"
	"github.com/truecount/truecount/app/web/machines"
)

// serve starts the whole program with its sandbox and demo.
func serve(t *testing.T) *app.Server {
	t.Helper()
	c, err := config.Load(
		map[string]string{
			"ADDR":         "127.0.0.1:0",
			"SANDBOX":      "true",
			"DATABASE_URL": storetest.URL(t),
			"JOBS_SECRET":  "CANARY-jobs-secret-long",
		},
		all.Platforms().Declared(),
	)
	if err != nil {
		t.Fatal(err)
	}
	c.DataDir = t.TempDir()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", c.Addr)
	if err != nil {
		t.Fatal(err)
	}
	s, err := app.Start(t.Context(), app.Options{Config: c}, l, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(t.Context()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return s
}

// browser is a client that keeps cookies and does not follow redirects.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type answer struct {
	status int
	header http.Header
	body   []byte
	req    *http.Request
}

func do(t *testing.T, c *http.Client, method, address string, form url.Values, headers ...string) answer {
	t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, address, err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, b, req}
}

func signIn(t *testing.T, s *app.Server, email string) *http.Client {
	t.Helper()
	p, err := s.Auth.Demo.Password(viewer.System(t.Context(), viewer.ReasonTest))
	if err != nil {
		t.Fatal(err)
	}
	c := browser(t)
	if a := do(t, c, http.MethodPost, s.URL+"/login", url.Values{"email": {email}, "password": {p.Reveal()}}); a.status != http.StatusSeeOther {
		t.Fatalf("sign in as %s: got %d, want 303", email, a.status)
	}
	return c
}

// Every JSON answer is what the OpenAPI document says.
func TestAnswersFitTheDocument(t *testing.T) {
	t.Parallel()
	s := serve(t)
	doc, err := openapi3.NewLoader().LoadFromData(machines.Document(s.Platforms.Specs()))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatalf("the document: %v", err)
	}
	doc.Servers = openapi3.Servers{{URL: s.URL}}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	creator, anonymous := signIn(t, s, auth.DemoCreator), browser(t)
	posted := s.Store.Client.Post.Query().FirstX(viewer.System(t.Context(), viewer.ReasonTest)).ID
	for _, tc := range []struct {
		c      *http.Client
		method string
		path   string
		want   int
		header []string
	}{
		{creator, "GET", "/api/auth/tiktok/connect", 200, nil},
		{creator, "GET", "/api/auth/tiktok/sync", 200, nil},
		{creator, "POST", "/api/auth/instagram/sync", 202, nil},
		{creator, "GET", "/api/analytics/socials/connections", 200, nil},
		{creator, "GET", "/api/analytics/socials", 200, nil},
		{creator, "GET", "/api/analytics/socials/instagram", 200, nil},
		{creator, "GET", "/api/analytics/socials/tiktok", 200, nil},
		{creator, "GET", "/api/analytics/socials/youtube", 200, nil},
		{creator, "GET", "/api/analytics/socials/threads", 404, nil},
		{creator, "GET", "/api/analytics/socials/youtube?connection=nonsense", 404, nil},
		{creator, "GET", "/api/v1/connections?limit=2", 200, nil},
		{creator, "GET", "/api/v1/metrics?limit=200", 200, nil},
		{creator, "GET", "/api/v1/numbers?metric=followers&parts=true", 200, nil},
		{creator, "GET", "/api/v1/numbers?metric=engagement_rate&span=12m&by=month&compare=none", 200, nil},
		{creator, "GET", "/api/v1/numbers?metric=reach&platform=tiktok", 200, nil},
		{creator, "GET", "/api/v1/numbers?metric=reach&by=hour", 422, nil},
		{creator, "GET", "/api/v1/explain?metric=views_gained&span=90d", 200, nil},
		{creator, "GET", "/api/v1/explain?metric=watch_time&span=7d", 200, nil},
		{creator, "GET", "/api/v1/explain?metric=none", 422, nil},
		{creator, "GET", "/api/v1/numbers?metric=typical_views_day_3&span=90d&parts=true", 200, nil},
		{creator, "GET", "/api/v1/explain?metric=typical_views_day_7&span=90d", 200, nil},
		{creator, "GET", "/api/v1/posts", 200, nil},
		{creator, "GET", "/api/v1/posts?limit=3&sort=-vs_usual&platform=tiktok&platform=youtube", 200, nil},
		{creator, "GET", "/api/v1/posts?sort=title", 422, nil},
		{creator, "GET", "/api/v1/posts/nonsense", 404, nil},
		{creator, "GET", "/api/v1/posts/nonsense/history", 404, nil},
		{creator, "GET", "/api/v1/posts/" + posted, 200, nil},
		{creator, "GET", "/api/v1/posts/" + posted + "/history?limit=2", 200, nil},
		{creator, "GET", "/api/v1/posts/" + posted + "/history?limit=0", 422, nil},
		{anonymous, "GET", "/api/v1/posts", 401, nil},
		{anonymous, "GET", "/api/v1/numbers?metric=followers", 401, nil},
		{creator, "DELETE", "/api/auth/youtube/disconnect", 200, nil},
		{creator, "DELETE", "/api/auth/youtube/disconnect", 200, nil},
		{creator, "POST", "/api/auth/youtube/sync", 409, nil},
		{creator, "DELETE", "/api/auth/youtube/disconnect?data=delete", 200, nil},
		{creator, "DELETE", "/api/auth/youtube/disconnect?data=delete", 200, nil},
		{creator, "GET", "/api/auth/youtube/sync", 404, nil},
		{anonymous, "GET", "/api/analytics/socials", 401, nil},
		{anonymous, "GET", "/api/auth/tiktok/connect", 401, nil},
		{anonymous, "GET", "/api/health/social-sync", 200, nil},
		{anonymous, "POST", "/api/jobs/social-sync", 401, nil},
		{anonymous, "POST", "/api/jobs/social-sync", 202, []string{"Authorization", "Bearer CANARY-jobs-secret-long"}},
		{anonymous, "POST", "/api/jobs/social-sync?platform=threads", 404, []string{"Authorization", "Bearer CANARY-jobs-secret-long"}},
		{anonymous, "GET", "/healthz", 200, nil},
		{anonymous, "GET", "/readyz", 200, nil},
	} {
		a := do(t, tc.c, tc.method, s.URL+tc.path, nil, tc.header...)
		if a.status != tc.want {
			t.Errorf("%s %s: got %d %s, want %d", tc.method, tc.path, a.status, a.body, tc.want)
			continue
		}
		fits(t, router, a)
	}
}

func fits(t *testing.T, router routers.Router, a answer) {
	t.Helper()
	route, params, err := router.FindRoute(a.req)
	if err != nil {
		t.Errorf("%s %s: got no route in the document: %v", a.req.Method, a.req.URL.Path, err)
		return
	}
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: a.req, PathParams: params, Route: route},
		Status:                 a.status, Header: a.header, Body: io.NopCloser(bytes.NewReader(a.body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
	if err != nil {
		t.Errorf("%s %s: %d does not fit the document: %v", a.req.Method, a.req.URL, a.status, err)
	}
}

// W1, W3, S8: every route has a policy, strangers get nothing, and other sites change nothing.
func TestRoutes(t *testing.T) {
	t.Parallel()
	s := serve(t)
	declared := map[string]web.Policy{}
	for _, r := range s.Web.Table() {
		declared[r.Method+" "+r.Path] = r.Policy
	}
	creator, admin, anonymous := signIn(t, s, auth.DemoCreator), signIn(t, s, auth.DemoAdmin), browser(t)
	for _, r := range s.Web.Routes() {
		policy, ok := declared[r.Method+" "+r.Path]
		if r.Method == http.MethodHead && !ok {
			policy, ok = declared["GET "+r.Path]
		}
		if !ok {
			t.Errorf("%s %s: got no policy, want one", r.Method, r.Path)
			continue
		}
		path := strings.NewReplacer(":platform", "tiktok", ":id", "01a2107f-090e-7ace-926d-2d26abffca8f", "*file", "none.css", "*face", "none").
			Replace(r.Path)
		json := strings.HasPrefix(path, "/api/")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			for _, from := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}} {
				if a := do(t, creator, r.Method, s.URL+path, url.Values{}, from...); a.status != http.StatusForbidden {
					t.Errorf("%s %s from %v: got %d, want 403", r.Method, r.Path, from, a.status)
				}
			}
		}
		if policy == web.Public || policy == web.Signed {
			continue
		}
		want := http.StatusSeeOther
		if json {
			want = http.StatusUnauthorized
		}
		if a := do(t, anonymous, r.Method, s.URL+path, nil); a.status != want ||
			(want == http.StatusSeeOther && a.header.Get("Location") != "/login") {
			t.Errorf("%s %s by nobody: got %d to %q, want %d", r.Method, r.Path, a.status, a.header.Get("Location"), want)
		}
		if policy == web.Admin {
			if a := do(t, creator, r.Method, s.URL+path, nil); a.status != http.StatusNotFound {
				t.Errorf("%s %s by a creator: got %d, want 404", r.Method, r.Path, a.status)
			}
		}
		if policy == web.Creator && json {
			if a := do(t, admin, r.Method, s.URL+path, nil); a.status != http.StatusForbidden {
				t.Errorf("%s %s by an admin: got %d, want 403", r.Method, r.Path, a.status)
			}
		}
	}
}

// W3, S2, S8, W13: headers (no-store is what keeps a page from being shown after signing out), the cookie, and names
// that somebody points at this machine.
func TestEdge(t *testing.T) {
	t.Parallel()
	s := serve(t)
	c := browser(t)
	page := do(t, c, http.MethodGet, s.URL+"/login", nil)
	csp := page.header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(csp, part) {
			t.Errorf("policy: got %q, want %q in it", csp, part)
		}
	}
	if strings.Contains(csp, "unsafe") || strings.Contains(csp, "strict-dynamic") {
		t.Errorf("policy: got %q, want nothing unsafe", csp)
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"} {
		if got := page.header.Get(name); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	bad := do(
		t,
		c,
		http.MethodPost,
		s.URL+"/login",
		url.Values{"email": {auth.DemoCreator}, "password": {"wrong password"}},
	)
	if bad.status != http.StatusUnprocessableEntity || !bytes.Contains(bad.body, []byte("Wrong email or password.")) {
		t.Errorf("wrong password: got %d, want 422 with its sentence", bad.status)
	}
	p, err := s.Auth.Demo.Password(viewer.System(t.Context(), viewer.ReasonTest))
	if err != nil {
		t.Fatal(err)
	}
	in := do(t, c, http.MethodPost, s.URL+"/login", url.Values{"email": {auth.DemoCreator}, "password": {p.Reveal()}})
	cookie := in.header.Get("Set-Cookie")
	for _, part := range []string{"truecount=", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("cookie: got %q, want %q in it", cookie, part)
		}
	}
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	other := do(t, c, http.MethodGet, "http://127.0.0.1:"+u.Port()+"/login", nil)
	if other.status != http.StatusTemporaryRedirect || other.header.Get("Location") != s.URL+"/login" {
		t.Errorf(
			"another loopback name: got %d to %q, want 307 to %s",
			other.status,
			other.header.Get("Location"),
			s.URL+"/login",
		)
	}
	if a := do(t, c, http.MethodGet, s.URL+"/metrics", nil); a.status != http.StatusOK ||
		!bytes.Contains(a.body, []byte("truecount_connections{")) {
		t.Errorf("metrics: got %d, want the series", a.status)
	}
	if a := do(t, c, http.MethodGet, s.URL+"/metrics", nil, "X-Forwarded-For", "203.0.113.9"); a.status != http.StatusNotFound {
		t.Errorf("metrics through a proxy: got %d, want 404", a.status)
	}
	if a := do(t, c, http.MethodGet, s.URL+"/nothing-here", nil); a.status != http.StatusNotFound ||
		!bytes.Contains(a.body, []byte("NOT_FOUND")) {
		t.Errorf("no such page: got %d, want 404 with its code", a.status)
	}
}
