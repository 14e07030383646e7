package web_test

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/platform/all"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
)

// office is the program without platforms, on a clock that the test turns.
type office struct {
	*app.Server
	t     *testing.T
	ahead atomic.Int64
}

func opened(t *testing.T) *office {
	t.Helper()
	c, err := config.Load(
		map[string]string{"ADDR": "127.0.0.1:0", "SANDBOX": "false", "DATABASE_URL": storetest.URL(t)},
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
	o := &office{t: t}
	begun := time.Now()
	now := func() time.Time { return begun.Add(time.Duration(o.ahead.Load())) }
	if o.Server, err = app.Start(t.Context(), app.Options{Config: c, Now: now}, l, func(string) {}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.Stop(t.Context()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return o
}

func (o *office) turn(d time.Duration) { o.ahead.Add(int64(d)) }

// enter signs somebody in.
func (o *office) enter(email string) *http.Client {
	o.t.Helper()
	c := browser(o.t)
	a := do(o.t, c, http.MethodPost, o.URL+"/login", url.Values{"email": {email}, "password": {"correct horse battery"}})
	if a.status != http.StatusSeeOther {
		o.t.Fatalf("sign in as %s: got %d, want 303", email, a.status)
	}
	for _, k := range a.header.Values("Set-Cookie") {
		if name, _, _ := strings.Cut(k, "="); name == "truecount" &&
			(!strings.Contains(k, "HttpOnly") || !strings.Contains(k, "SameSite=Lax") || !strings.Contains(k, "Path=/;") || !strings.Contains(k, "Max-Age=") || strings.Contains(k, "Domain=")) {
			o.t.Errorf("got the cookie %q", k)
		}
	}
	return c
}

// in reports whether a browser is still signed in.
func (o *office) in(c *http.Client, page string) bool {
	o.t.Helper()
	a := do(o.t, c, http.MethodGet, o.URL+page, nil)
	switch {
	case a.status == http.StatusOK:
		return true
	case a.status == http.StatusSeeOther && strings.HasPrefix(a.header.Get("Location"), "/login"):
		return false
	}
	o.t.Fatalf("got %d to %q, want the page or the way to sign in", a.status, a.header.Get("Location"))
	return false
}

// S2: a session ends when it was not used for its time, and at last however much it is used; an admin's sooner.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		email, role, page string
		idle, lasts       time.Duration
		used              time.Duration // how often, when it is used
	}{
		{"mina@example.com", "creator", "/connections", 12 * time.Hour, 14 * 24 * time.Hour, 8 * time.Hour},
		{"ada@example.com", "admin", "/admin", time.Hour, 12 * time.Hour, 45 * time.Minute},
	} {
		o := opened(t)
		if _, err := o.Auth.Create(viewer.System(t.Context(), viewer.ReasonTest), auth.NewUser{Email: tc.email, Name: "N", Role: tc.role, Password: "correct horse battery"}); err != nil {
			t.Fatal(err)
		}
		c := o.enter(tc.email)
		o.turn(tc.idle - time.Minute)
		if !o.in(c, tc.page) {
			t.Errorf("%s: got the session ended before %s", tc.email, tc.idle)
		}
		o.turn(tc.idle + time.Minute)
		if o.in(c, tc.page) {
			t.Errorf("%s: got the session alive after %s unused", tc.email, tc.idle)
		}
		if o.turn(-2 * tc.idle); o.in(c, tc.page) {
			t.Errorf("%s: got an ended session back", tc.email)
		}
		c = o.enter(tc.email)
		for at := tc.used; at < tc.lasts; at += tc.used {
			if o.turn(tc.used); !o.in(c, tc.page) {
				t.Fatalf("%s: got the session ended after %s in use, want it to last %s", tc.email, at, tc.lasts)
			}
		}
		if o.turn(tc.used + time.Minute); o.in(c, tc.page) {
			t.Errorf("%s: got the session alive after %s", tc.email, tc.lasts)
		}
	}
}

// D2, W12: who only looks is shown their page while a session cannot be written; what must be written is refused
// with an error page and nothing behind it. One of somebody who is disabled is nobody's.
func TestSessionsInTrouble(t *testing.T) {
	t.Parallel()
	o := opened(t)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	id, err := o.Auth.Create(
		ctx,
		auth.NewUser{Email: "mina@example.com", Name: "Mina", Role: "creator", Password: "correct horse battery"},
	)
	if err != nil {
		t.Fatal(err)
	}
	c := o.enter("mina@example.com")
	o.turn(10 * time.Minute) // it would be written that they were here
	allow := storetest.Deny(t, o.Store.SQL(), o.Store.Dialect, "sessions")
	if a := do(t, c, http.MethodGet, o.URL+"/connections", nil); a.status != http.StatusOK ||
		strings.Count(string(a.body), "</html>") != 1 {
		t.Errorf("looking: got %d with %d pages, want the page", a.status, strings.Count(string(a.body), "</html>"))
	}
	for path, who := range map[string]*http.Client{"/login": browser(t), "/api/auth/tiktok/sync": c} {
		a := do(
			t,
			who,
			http.MethodPost,
			o.URL+path,
			url.Values{"email": {"mina@example.com"}, "password": {"correct horse battery"}},
		)
		body := string(a.body)
		if a.status != http.StatusInternalServerError || a.header.Get("Location") != "" ||
			strings.Contains(body, "disk full") ||
			strings.Count(body, "</html>")+strings.Count(body, `"INTERNAL"`) != 1 {
			t.Errorf("%s: got %d to %q and %s, want one error that says nothing", path, a.status, a.header.Get("Location"), body)
		}
	}
	allow()
	if !o.in(c, "/connections") {
		t.Error("got nobody signed in, want the session as it was")
	}
	if _, err := o.Store.SQL().ExecContext(ctx, `ALTER TABLE sessions RENAME TO gone`); err != nil {
		t.Fatal(err)
	}
	if a := do(t, c, http.MethodGet, o.URL+"/connections", nil); a.status != http.StatusInternalServerError ||
		strings.Contains(string(a.body), "Mina") {
		t.Errorf("a session that cannot be read: got %d %s, want an error page", a.status, a.body)
	}
	if _, err := o.Store.SQL().ExecContext(ctx, `ALTER TABLE gone RENAME TO sessions`); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Store.SQL().ExecContext(ctx, `UPDATE users SET disabled = $1 WHERE id = $2`, true, id); err != nil {
		t.Fatal(err)
	}
	if o.in(c, "/connections") {
		t.Error("got somebody signed in who is disabled")
	}
}

// Whoever signs in gets a session under an id of its own, whatever the browser brought; the one it brought, planted or
// real, is dead, and so is every session after signing out, another role, and a new password. // S1
func TestSessionsArePlantedInVain(t *testing.T) {
	t.Parallel()
	o := opened(t)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	id, err := o.Auth.Create(
		ctx,
		auth.NewUser{Email: "mina@example.com", Name: "Mina", Role: "creator", Password: "correct horse battery"},
	)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Auth.Create(ctx, auth.NewUser{Email: "ada@example.com", Name: "Ada", Role: "admin", Password: "correct horse battery"}); err != nil {
		t.Fatal(err)
	}
	with := func(cookie string) *http.Client {
		c := browser(t)
		u, err := url.Parse(o.URL)
		if err != nil {
			t.Fatal(err)
		}
		c.Jar.SetCookies(u, []*http.Cookie{{Name: "truecount", Value: cookie, Path: "/"}})
		return c
	}
	held := func(c *http.Client) string {
		u, err := url.Parse(o.URL)
		if err != nil {
			t.Fatal(err)
		}
		for _, cookie := range c.Jar.Cookies(u) {
			if cookie.Name == "truecount" {
				return cookie.Value
			}
		}
		return ""
	}
	data, err := scs.GobCodec{}.Encode(time.Now().Add(time.Hour), map[string]any{"flash": "x"})
	if err != nil {
		t.Fatal(err)
	}
	real := strings.Repeat("r", 43) // somebody's who is not signed in
	if err := o.Auth.Sessions(func([]byte) string { return "" }).CommitCtx(auth.WithSessions(ctx), real, data, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	form := url.Values{"email": {"mina@example.com"}, "password": {"correct horse battery"}}
	for name, planted := range map[string]string{"made up": strings.Repeat("A", 43), "real": real, "short": "x"} {
		c := with(planted)
		if a := do(t, c, http.MethodPost, o.URL+"/login", form); a.status != http.StatusSeeOther {
			t.Fatalf("%s: got %d, want to be let in", name, a.status)
		}
		if now := held(c); now == planted || len(now) < 40 {
			t.Errorf("%s: got the id %q kept, want another", name, now)
		}
		if o.in(with(planted), "/connections") {
			t.Errorf("%s: got somebody signed in under the planted id", name)
		}
	}
	for name, end := range map[string]func(*http.Client){
		"signing out": func(c *http.Client) { do(t, c, http.MethodPost, o.URL+"/logout", nil) },
		"another sign-in in this browser": func(c *http.Client) {
			do(t, c, http.MethodPost, o.URL+"/login", form)
		},
		"a new password": func(*http.Client) {
			_, link, err := o.Auth.ResetLink(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			if a := do(t, browser(t), http.MethodPost, o.URL+"/password/reset/"+link.Reveal(), url.Values{"password": {"correct horse battery"}}); a.status != http.StatusSeeOther {
				t.Fatalf("got %d, want it set", a.status)
			}
		},
		"another role": func(*http.Client) {
			for _, role := range []string{"admin", "creator"} {
				if err := o.Auth.SetRole(ctx, "another", id, role); err != nil {
					t.Fatal(err)
				}
			}
		},
	} {
		c := o.enter("mina@example.com")
		old := held(c)
		end(c)
		if o.in(with(old), "/connections") {
			t.Errorf("%s: got the session from before alive", name)
		}
	}
}
