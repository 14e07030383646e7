package web_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/web"
	"github.com/truecount/truecount/ent/auditevent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// another is the same pages over the same rooms, with other options.
func another(t *testing.T, s *app.Server, change func(*web.Options)) *web.Server {
	t.Helper()
	o := web.Options{
		Config: s.Config, Platforms: s.Platforms, Auth: s.Auth, Connect: s.Connect, Planner: s.Planner, Queue: s.Queue, Accounts: s.Accounts, Analytics: s.Analytics, Help: s.Help,
		Health: s.Health, Capacity: s.Capacity, Alerts: s.Alerts, Console: s.Console, Metrics: s.Metrics.Handler(), Observe: s.Metrics.HTTP, Ready: s.Ready, Log: slog.New(slog.DiscardHandler),
	}
	change(&o)
	w, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Wait)
	return w
}

// public makes an address that others reach.
func public(o *web.Options) { o.Config.BaseURL = "https://count.example.com" }

// ask sends one request past the network.
func ask(t *testing.T, h http.Handler, method, host, target string, form url.Values, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(form.Encode()))
	r.Host = host
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func bodyOf(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A name that is not ours is answered 421 with nothing behind it, but for four probes; a loopback name leads pages
// to the public address, and is as good as it for programs.
func TestUnknownHosts(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for base, own := range map[string]string{"https://count.example.com": "count.example.com", "http://localhost:8080": "localhost:8080"} {
		h := another(t, s, func(o *web.Options) { o.Config.BaseURL = base }).Handler()
		for _, tc := range []struct {
			host, path string
			want       int
		}{
			{own, "/login", 200}, {strings.ToUpper(own), "/login", 200}, {own, "/api/openapi.json", 200},
			{"evil.example", "/login", 421}, {"evil.example", "/", 421}, {"evil.example", "/api/analytics/socials", 421}, {"evil.example", "/api/openapi.json", 421},
			{"evil.example", "/api/webhooks/tiktok", 421}, {"evil.example", "/static/none.css", 421}, {"", "/login", 421}, {"192.0.2.1", "/login", 421},
			{own + ".evil.example", "/login", 421}, {"localhost.evil.example", "/login", 421}, {own + "@evil.example", "/login", 421},
			{"evil.example", "/healthz", 200}, {"evil.example", "/readyz", 200}, {"", "/api/health/social-sync", 200}, {"127.0.0.1:9", "/healthz", 200},
			{"127.0.0.1:9", "/login", 307}, {"[::1]:9", "/login?a=b", 307}, {"127.0.0.1:9", "/api/openapi.json", 200},
		} {
			got := ask(t, h, http.MethodGet, tc.host, tc.path, nil)
			if got.StatusCode != tc.want {
				t.Errorf("%s: %q%s: got %d, want %d", base, tc.host, tc.path, got.StatusCode, tc.want)
			}
			if tc.want == 307 && got.Header.Get("Location") != base+tc.path {
				t.Errorf("%s: %q%s: got the way to %q", base, tc.host, tc.path, got.Header.Get("Location"))
			}
			if body := bodyOf(t, got); tc.want == 421 &&
				(len(got.Cookies()) != 0 || !strings.Contains(body, base) || strings.Contains(body, "evil.example")) {
				t.Errorf("%s: %q%s: got %s, want where we are and nothing of the name", base, tc.host, tc.path, body)
			}
		}
		// A proxy that does not pass the name on is told, not led in circles.
		if got := ask(t, h, http.MethodGet, "127.0.0.1:9", "/login", nil, "X-Forwarded-For", "203.0.113.9"); got.StatusCode != 421 {
			t.Errorf("%s: through a proxy without the name: got %d, want 421", base, got.StatusCode)
		}
		if got := ask(t, h, http.MethodGet, own, "/login", nil, "X-Forwarded-Host", "evil.example", "Forwarded", "host=evil.example"); got.StatusCode != 200 ||
			strings.Contains(bodyOf(t, got), "evil") {
			t.Errorf("%s: a forwarded name: got %d, want it passed over", base, got.StatusCode)
		}
	}
	if got := ask(t, another(t, s, public).Handler(), http.MethodGet, "count.example.com:443", "/login", nil); got.StatusCode != 200 {
		t.Errorf("with the scheme's own port: got %d, want 200", got.StatusCode)
	}
}

// In public every answer says that it is https alone and who may be told where one comes from, and cookies are
// Secure, for this host alone, and out of reach of scripts. // S2, W3
func TestPublicHeaders(t *testing.T) {
	t.Parallel()
	s := serve(t)
	h := another(t, s, public).Handler()
	for _, path := range []string{"/login", "/nothing-here", "/api/analytics/socials", "/healthz", "/static/none.css", "/dashboard"} {
		got := ask(t, h, http.MethodGet, "count.example.com", path, nil)
		for name, want := range map[string]string{
			"Strict-Transport-Security": "max-age=31536000", "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff",
			"Cross-Origin-Opener-Policy": "same-origin", "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
		} {
			if g := got.Header.Get(name); g != want {
				t.Errorf("%s: got %s %q, want %q", path, name, g, want)
			}
		}
	}
	if got := ask(t, s.Web.Handler(), http.MethodGet, s.URL[len("http://"):], "/login", nil); got.Header.Get(
		"Strict-Transport-Security",
	) != "" {
		t.Error("on this machine: got HSTS, want none")
	}
	p, err := s.Auth.Demo.Password(viewer.System(t.Context(), viewer.ReasonTest))
	if err != nil {
		t.Fatal(err)
	}
	in := ask(
		t,
		h,
		http.MethodPost,
		"count.example.com",
		"/login",
		url.Values{"email": {auth.DemoCreator}, "password": {p.Reveal()}},
	)
	if in.StatusCode != http.StatusSeeOther {
		t.Fatalf("sign in: got %d, want 303", in.StatusCode)
	}
	names := map[string]bool{}
	for _, c := range in.Cookies() {
		names[c.Name] = true
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode ||
			c.Path != "/" ||
			c.Domain != "" ||
			strings.Contains(c.Value, p.Reveal()) {
			t.Errorf("got %s, want it __Host-, Secure, HttpOnly, Lax, for /", c.Raw)
		}
	}
	if !names["__Host-truecount"] || !names["__Host-known"] || len(names) != 2 {
		t.Errorf("got the cookies %v, want the session's and the known browser's", names)
	}
}

// O10: a callback's answers are stored by nobody, name their address to nobody, and lead on to one without code or
// state.
func TestCallbackPages(t *testing.T) {
	t.Parallel()
	s := serve(t)
	c := signIn(t, s, auth.DemoCreator)
	for name, path := range map[string]string{
		"refused state": "/api/auth/youtube/callback?state=CANARY-state&code=CANARY-code", "no state": "/api/auth/youtube/callback", "unknown platform": "/api/auth/myspace/callback?code=CANARY-code",
	} {
		a := do(t, c, http.MethodGet, s.URL+path, nil)
		if a.header.Get("Referrer-Policy") != "no-referrer" || a.header.Get("Cache-Control") != "no-store" ||
			bytes.Contains(a.body, []byte("CANARY")) ||
			strings.Contains(a.header.Get("Location"), "CANARY") {
			t.Errorf("%s: got %d %v, want no-referrer, no-store and nothing of the address", name, a.status, a.header)
		}
		if bytes.Contains(a.body, []byte(`src="http`)) ||
			!strings.Contains(a.header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: got third-party content, want none", name)
		}
	}
}

// The limits of a request are as the bar has them, and hold: what is too long, or does not come in time, is
// refused, and a body that is slow is told so. // W8
func TestLimits(t *testing.T) {
	t.Parallel()
	s := serve(t)
	h := another(t, s, func(*web.Options) {}).HTTP()
	if h.ReadHeaderTimeout != 5*time.Second || h.ReadTimeout != 15*time.Second || h.WriteTimeout != 30*time.Second ||
		h.IdleTimeout != time.Minute ||
		h.MaxHeaderBytes != 16<<10 {
		t.Errorf(
			"got header %s, read %s, write %s, idle %s and %d bytes, want 5 s, 15 s, 30 s, 60 s and 16 KiB",
			h.ReadHeaderTimeout,
			h.ReadTimeout,
			h.WriteTimeout,
			h.IdleTimeout,
			h.MaxHeaderBytes,
		)
	}
	base := s.Config.BaseURL[len("http://"):]
	// The same server with its times made short: a test does not wait for a quarter of a minute.
	h.ReadHeaderTimeout, h.ReadTimeout = 300*time.Millisecond, 600*time.Millisecond
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- h.Serve(l) }()
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	// say sends the beginning of a request and gives the whole of what comes back until the server hangs up.
	say := func(beginning string) string {
		t.Helper()
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		if _, err := io.WriteString(c, beginning); err != nil && !strings.Contains(err.Error(), "reset") &&
			!strings.Contains(err.Error(), "pipe") {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(c)
		return string(b)
	}
	if got := say("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "); strings.Contains(got, "200") {
		t.Errorf("a header that does not end: got %q, want it ended", got)
	}
	if got := say("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: " + strings.Repeat("a", 32<<10) + "\r\n\r\n"); !strings.HasPrefix(
		got,
		"HTTP/1.1 431",
	) {
		t.Errorf("a long header: got %.40q, want 431", got)
	}
	if got := say("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: " + strings.Repeat("a", 12<<10) + "\r\n\r\n"); !strings.HasPrefix(
		got,
		"HTTP/1.1 200",
	) {
		t.Errorf("one that fits: got %.40q, want 200", got)
	}
	const form = "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 30\r\n\r\nemail=mina%40exam"
	for _, path := range []string{"/login", "/api/webhooks/tiktok", "/password/forgot"} {
		got := say("POST " + path + " HTTP/1.1\r\nHost: " + base + form)
		if !strings.HasPrefix(got, "HTTP/1.1 408") ||
			(strings.HasPrefix(path, "/api/") && !strings.Contains(got, `"TIMEOUT"`)) {
			t.Errorf("%s, half a body: got %.40q, want 408", path, got)
		}
	}
	if got := say("POST /login HTTP/1.1\r\nHost: " + base + "\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 70000\r\n\r\nemail=" + strings.Repeat("a", 70000-6)); !strings.HasPrefix(
		got,
		"HTTP/1.1 422",
	) {
		t.Errorf("a long body: got %.40q, want 422", got)
	}
	if got := say("POST /api/webhooks/tiktok HTTP/1.1\r\nHost: " + base + "\r\nConnection: close\r\nContent-Length: 70000\r\n\r\n" + strings.Repeat("a", 70000)); !strings.HasPrefix(
		got,
		"HTTP/1.1 422",
	) {
		t.Errorf("a long call: got %.40q, want 422", got)
	}
	// Beside many who hold their connection and say nothing, others are served.
	for range 200 {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
	}
	if got := say("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); !strings.HasPrefix(
		got,
		"HTTP/1.1 200",
	) {
		t.Errorf("beside 200 idle connections: got %.40q, want 200", got)
	}
}

// lines is a log.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Whatever panics, in a handler, in front of the routes, in a program's answer or after the answer, the process lives,
// the answer is an error page with the request's id and nothing else, and the log has it once, with where. // W12
func TestPanics(t *testing.T) {
	t.Parallel()
	const words = "CANARY SELECT password FROM users at /srv/truecount v1.2.3"
	s := serve(t)
	log := &lines{}
	mailed := make(chan struct{})
	h := another(t, s, func(o *web.Options) {
		o.Log = slog.New(slog.NewTextHandler(log, nil))
		o.Ready = func(context.Context) error { panic(words) }
		o.Metrics = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(fmt.Errorf("%s", words)) })
		o.Health = nil  // a nil pointer in a JSON route and in an admin's page
		o.Connect = nil // and in a page of its own
		o.Config.Sandbox = false
		o.Mail = func(context.Context, string, string, string) error { defer close(mailed); panic(words) }
	})
	handler := h.Handler()
	host := s.Config.BaseURL[len("http://"):]
	for path, json := range map[string]bool{"/readyz": false, "/metrics": false, "/api/health/social-sync": true, "/reconnect/some-token": false, "/deletion?id=abcdefghijklmnop": false} {
		before := strings.Count(log.String(), "msg=panic")
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.Host, r.RemoteAddr = host, "127.0.0.1:1"
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		got, body := w.Result(), w.Body.String()
		id := got.Header.Get("X-Request-Id")
		if got.StatusCode != http.StatusInternalServerError || !strings.Contains(body, "INTERNAL") ||
			(json && (!strings.HasPrefix(body, "{") || !strings.Contains(body, "could not complete"))) ||
			(!json && !strings.Contains(body, id)) {
			t.Errorf("%s: got %d %s, want 500 with the request's id", path, got.StatusCode, body)
		}
		for _, leak := range []string{"CANARY", "SELECT", "goroutine", "runtime error", ".go:", "/srv/", "v1.2.3"} {
			if strings.Contains(body, leak) {
				t.Errorf("%s: got %q in the answer, want nothing of the cause", path, leak)
			}
		}
		if n := strings.Count(log.String(), "msg=panic") - before; n != 1 || !strings.Contains(log.String(), id) ||
			!strings.Contains(log.String(), "stack=") ||
			strings.Contains(log.String(), "route=none") {
			t.Errorf("%s: got %d lines in the log, want one with the request and the stack", path, n)
		}
	}
	// After the answer.
	if got := ask(t, handler, http.MethodPost, host, "/password/forgot", url.Values{"email": {auth.DemoCreator}}); got.StatusCode != http.StatusOK {
		t.Errorf("mail that panics: got %d, want the answer that everybody gets", got.StatusCode)
	}
	h.Wait()
	select {
	case <-mailed:
	default:
		t.Error("got no mail tried")
	}
	if n := strings.Count(log.String(), "msg=panic"); n != 6 {
		t.Errorf("got %d panics in the log, want 6", n)
	}
	// In front of the routes: the session's store.
	broken := another(t, s, func(o *web.Options) { o.Log, o.Auth = slog.New(slog.NewTextHandler(log, nil)), nil })
	r := ask(
		t,
		broken.Handler(),
		http.MethodGet,
		host,
		"/dashboard",
		nil,
		"Cookie",
		"truecount=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	)
	if body := bodyOf(t, r); r.StatusCode != http.StatusInternalServerError ||
		!strings.Contains(body, r.Header.Get("X-Request-Id")) ||
		strings.Contains(body, "runtime") {
		t.Errorf("in front of the routes: got %d %s, want the error page", r.StatusCode, body)
	}
}

// What a stranger makes up (methods, paths, hosts, agents, addresses) is no series, no row, and not in the log. // S12
func TestMadeUpTextIsKeptNowhere(t *testing.T) {
	t.Parallel()
	s := serve(t)
	log := &lines{}
	h := another(t, s, func(o *web.Options) {
		o.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}).Handler()
	host := s.Config.BaseURL[len("http://"):]
	series := func() int {
		w := httptest.NewRecorder()
		s.Metrics.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
		if strings.Contains(w.Body.String(), "MADEUP") {
			t.Error("got made-up text in a series")
		}
		n := 0
		for l := bufio.NewScanner(w.Body); l.Scan(); {
			if strings.HasPrefix(l.Text(), "truecount_http") {
				n++
			}
		}
		return n
	}
	rows := func() int {
		ctx := viewer.System(t.Context(), viewer.ReasonTest)
		db := s.Store.Client
		return db.AuditEvent.Query().
			CountX(ctx) +
			db.Session.Query().
				CountX(ctx) +
			db.PendingFlow.Query().
				CountX(ctx) +
			db.AttemptCount.Query().
				CountX(ctx) +
			db.Invite.Query().
				CountX(ctx)
	}
	send := func(i int) {
		x := fmt.Sprintf("MADEUP%d", i)
		method, at, path := "GET", host, "/"+x
		switch i % 6 {
		case 0:
			method = x
		case 1:
			method, path = x, "/login"
		case 2:
			at = x + ".example"
		case 3:
			path = "/dashboard/" + x
		case 4:
			path = "/api/auth/" + x + "/callback?state=" + x + "&code=" + x + "&error=" + x
		case 5:
			method, path = "POST", "/api/webhooks/"+x+"/"+x
		}
		r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
		r.Host = at
		r.Header.Set("User-Agent", x)
		r.Header.Set("Referer", "https://"+x)
		r.Header.Set("X-Request-Id", x)
		r.Header.Set("X-Forwarded-For", x)
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	for i := range 60 {
		send(i)
	}
	began, had := series(), rows()
	const all = 12_000 // the figure's 60,000 in a shortened form
	for i := range all {
		send(i)
	}
	if got := series(); got != began {
		t.Errorf("got %d lines of series after %d requests, want %d as before", got, all, began)
	}
	if got := rows(); got != had {
		t.Errorf("got %d rows more, want none", got-had)
	}
	for line := range strings.SplitSeq(log.String(), "\n") {
		if strings.Contains(line, "MADEUP") || len(line) > 2000 {
			t.Fatalf("got %q in the log, want nothing a stranger wrote", line)
		}
	}
}

// One creator who begins consents for a minute, by page and API, with ends that fit and ends that do not, leaves a
// bounded number of rows, and is told when to come again. // S12
func TestConsentsForAMinute(t *testing.T) {
	t.Parallel()
	s := serve(t)
	c := signIn(t, s, auth.DemoCreator)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	rows := func() int {
		return s.Store.Client.AuditEvent.Query().CountX(ctx) + s.Store.Client.PendingFlow.Query().CountX(ctx)
	}
	before, refused := rows(), 0
	for i := range 120 {
		var a answer
		switch i % 4 {
		case 0:
			a = do(t, c, http.MethodPost, s.URL+"/connect/tiktok", url.Values{})
		case 1:
			a = do(t, c, http.MethodGet, s.URL+"/api/auth/youtube/connect", nil)
		case 2:
			a = do(t, c, http.MethodGet, s.URL+"/api/auth/youtube/callback?state=made-up-"+fmt.Sprint(i)+"&code=x", nil)
		case 3:
			a = do(t, c, http.MethodGet, s.URL+"/api/auth/instagram/connect", nil)
			if where, err := url.Parse(gjson(a.body, "url")); err == nil && a.status == http.StatusOK {
				do(
					t,
					c,
					http.MethodGet,
					s.URL+"/api/auth/instagram/callback?error=access_denied&state="+where.Query().Get("state"),
					nil,
				)
			}
		}
		if a.status == http.StatusTooManyRequests {
			refused++
			if a.header.Get("Retry-After") == "" {
				t.Fatal("got 429 without Retry-After")
			}
		}
	}
	if n := rows() - before; n >= 50 || refused < 60 {
		t.Errorf("got %d rows and %d refused, want fewer than 50 and the rest refused", n, refused)
	}
}

// What a creator asks for again and again while nothing comes of it (a sync that is under way, a disconnect of what
// is disconnected) is in the audit log once. // S12
func TestTheSameAskedForAMinute(t *testing.T) {
	t.Parallel()
	s := serve(t)
	c := signIn(t, s, auth.DemoCreator)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	began := time.Now() // the demo's own first sync ends before another one is made
	for s.Store.Client.Run.Query().Where(run.Platform("tiktok"), run.CompletedAtIsNil()).ExistX(ctx) {
		if time.Since(began) > time.Minute {
			t.Fatal("the demo's first sync has not ended within a minute")
		}
	}
	s.World.AddFault(sandbox.Fault{Platform: "tiktok", Kind: sandbox.FaultHang})
	gone := s.Store.Client.Connection.Query().Where(connection.Platform("youtube")).FirstX(ctx)
	under := s.Store.Client.Connection.Query().Where(connection.Platform("tiktok")).FirstX(ctx)
	s.Store.Client.Run.Create().
		SetConnectionID(under.ID).
		SetPlatform("tiktok").
		SetTrigger("schedule").
		SetState("deferred").
		SetNextAttemptAt(time.Now().Add(time.Hour)).
		ExecX(ctx)
	before := s.Store.Client.AuditEvent.Query().CountX(ctx)
	for _, ask := range []func() answer{
		func() answer {
			return do(t, c, http.MethodPost, s.URL+"/connections/"+gone.ID+"/disconnect", url.Values{})
		},
		func() answer {
			return do(t, c, http.MethodDelete, s.URL+"/api/auth/youtube/disconnect?connection="+gone.ID, nil)
		},
		func() answer {
			return do(t, c, http.MethodPost, s.URL+"/api/auth/tiktok/sync?connection="+under.ID, url.Values{})
		},
		func() answer { return do(t, c, http.MethodPost, s.URL+"/connections/"+under.ID+"/sync", url.Values{}) },
	} {
		for range 30 {
			if a := ask(); a.status >= http.StatusBadRequest {
				t.Fatalf("%s: got %d %s, want it taken", a.req.URL.Path, a.status, a.body)
			}
		}
	}
	if n := s.Store.Client.AuditEvent.Query().CountX(ctx) - before; n < 2 || n > 4 {
		t.Errorf("got %d rows of the audit log for two things that were asked for sixty times each, want one or two each", n)
	}
}

// gjson reads one text of a small JSON object.
func gjson(body []byte, name string) string {
	_, rest, _ := strings.Cut(string(body), `"`+name+`":"`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// An address that a header claims counts only when a proxy that a setting names says so; the limiter and the audit
// log keep to the peer. // S7
func TestForwardedAddresses(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	host := s.Config.BaseURL[len("http://"):]
	for _, tc := range []struct {
		name    string
		trusted []string
		judged  int
	}{{"the peer is trusted", []string{"192.0.2.0/24"}, 60}, {"nobody is trusted", nil, 50}, {"another is trusted", []string{"10.9.9.9"}, 50}} {
		name := tc.name
		s.Store.Client.AttemptCount.Delete().ExecX(ctx)
		h := another(t, s, func(o *web.Options) { o.Config.TrustedProxies = tc.trusted }).Handler()
		judged := 0
		for i := range 60 {
			claimed := fmt.Sprintf("203.0.%d.9", i)
			r := ask(
				t,
				h,
				http.MethodPost,
				host,
				"/login",
				url.Values{"email": {fmt.Sprintf("%s%d@example.com", name[:2], i)}, "password": {"not the password"}},
				"X-Forwarded-For",
				claimed,
				"X-Real-Ip",
				claimed,
				"Forwarded",
				"for="+claimed,
				"Cf-Connecting-Ip",
				claimed,
				"True-Client-Ip",
				claimed,
			)
			if r.StatusCode == http.StatusUnprocessableEntity {
				judged++
			}
		}
		if judged != tc.judged {
			t.Errorf("%s: got %d judged, want %d", name, judged, tc.judged)
		}
		last := s.Store.Client.AuditEvent.Query().Order(auditevent.ByID(sql.OrderDesc())).FirstX(ctx)
		if claimed := strings.HasPrefix(last.IP, "203.0."); claimed != (tc.judged == 60) {
			t.Errorf("%s: got %q in the audit log", name, last.IP)
		}
	}
}
