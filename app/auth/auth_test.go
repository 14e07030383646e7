package auth_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
)

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) turn(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

const password = fault.Secret("correct horse battery")

func open(t *testing.T, demo bool) (*auth.Auth, *clock, context.Context) {
	t.Helper()
	c := &clock{t: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)}
	return auth.New(
			auth.Options{Store: storetest.New(t), Now: c.now, Demo: demo},
		), c, viewer.System(
			t.Context(),
			viewer.ReasonTest,
		)
}

func create(t *testing.T, a *auth.Auth, ctx context.Context, email, role string) string {
	t.Helper()
	id, err := a.Create(ctx, auth.NewUser{Email: email, Name: "N", Role: role, Password: password})
	if err != nil {
		t.Fatalf("create %s: %v", email, err)
	}
	return id
}

// S5: whatever is wrong, the answer is the same.
func TestSignIn(t *testing.T) {
	t.Parallel()
	a, _, ctx := open(t, false)
	create(t, a, ctx, "mina@example.test", "creator")
	for _, tc := range []struct {
		email    string
		password fault.Secret
		want     fault.Code
	}{
		{"mina@example.test", password, ""},
		{"  MINA@example.test ", password, ""},
		{"mina@example.test", "wrong password", fault.Invalid},
		{"nobody@example.test", password, fault.Invalid},
		{"", "", fault.Invalid},
		{"mina@example.test", fault.Secret(strings.Repeat("x", 10000)), fault.Invalid},
	} {
		_, err := a.SignIn(ctx, tc.email, tc.password, "198.51.100.7", "")
		if got := fault.CodeOf(err); got != tc.want {
			t.Errorf("%q: got %q, want %q", tc.email, got, tc.want)
		}
		if tc.want != "" && err != nil && !strings.Contains(err.Error(), "Wrong email or password.") {
			t.Errorf("%q: got %v, want the one sentence", tc.email, err)
		}
	}
}

func TestAccountsAreChecked(t *testing.T) {
	t.Parallel()
	a, _, ctx := open(t, false)
	create(t, a, ctx, "mina@example.test", "creator")
	for name, tc := range map[string]struct {
		n    auth.NewUser
		want fault.Code
	}{
		"taken":      {auth.NewUser{Email: "Mina@Example.test", Name: "M", Role: "creator", Password: password}, fault.Conflict},
		"no address": {auth.NewUser{Email: "mina", Name: "M", Role: "creator", Password: password}, fault.Invalid},
		"short":      {auth.NewUser{Email: "b@example.test", Name: "M", Role: "creator", Password: "short"}, fault.Invalid},
		"role":       {auth.NewUser{Email: "c@example.test", Name: "M", Role: "owner", Password: password}, fault.Invalid},
		"header":     {auth.NewUser{Email: "d@example.test\r\nBcc: x@y.test", Name: "M", Role: "creator", Password: password}, fault.Invalid},
	} {
		if _, err := a.Create(ctx, tc.n); fault.CodeOf(err) != tc.want {
			t.Errorf("%s: got %v, want %s", name, err, tc.want)
		}
	}
}

func TestTokensWorkUntilTheAccountEnds(t *testing.T) {
	t.Parallel()
	a, _, ctx := open(t, false)
	id := create(t, a, ctx, "mina@example.test", "creator")
	token, err := a.Tokens.New(ctx, id, auth.TokenWish{Label: "script"})
	if err != nil {
		t.Fatal(err)
	}
	if u, err := a.Tokens.Find(ctx, token); err != nil || u.ID != id {
		t.Fatalf("got %v, %v, want the user", u, err)
	}
	if _, err := a.Tokens.Find(ctx, token+"x"); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("another token: got %v, want UNAUTHENTICATED", err)
	}
	if err := a.Disable(ctx, "mina@example.test"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Tokens.Find(ctx, token); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("after disabling: got %v, want UNAUTHENTICATED", err)
	}
	if _, err := a.SignIn(ctx, "mina@example.test", password, "", ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("sign-in after disabling: got %v, want INVALID", err)
	}
}

// S10: the last admin stays.
func TestTheLastAdminStays(t *testing.T) {
	t.Parallel()
	a, _, ctx := open(t, false)
	create(t, a, ctx, "one@example.test", "admin")
	if err := a.Disable(ctx, "one@example.test"); !fault.Is(err, fault.Conflict) {
		t.Errorf("got %v, want CONFLICT", err)
	}
	create(t, a, ctx, "two@example.test", "admin")
	if err := a.Disable(ctx, "one@example.test"); err != nil {
		t.Errorf("with another admin: got %v, want success", err)
	}
}

func TestTheSetupLinkWorksOnce(t *testing.T) {
	t.Parallel()
	a, c, ctx := open(t, false)
	old, err := a.FirstLink(ctx)
	if err != nil {
		t.Fatal(err)
	}
	token, err := a.FirstLink(ctx)
	if err != nil || token.Empty() {
		t.Fatalf("got %v, want a link", err)
	}
	if err := a.LinkWorks(ctx, old); !fault.Is(err, fault.NotFound) {
		t.Errorf("the earlier link: got %v, want NOT_FOUND", err)
	}
	n := auth.NewUser{Email: "admin@example.test", Name: "A", Password: password}
	bad := n
	bad.Password = "short"
	if _, err := a.Setup(ctx, token, bad); !fault.Is(err, fault.Invalid) {
		t.Errorf("a short password: got %v, want INVALID", err)
	}
	if u, err := a.Setup(ctx, token, n); err != nil || !u.Admin {
		t.Fatalf("got %v, %v, want an admin", u, err)
	}
	if _, err := a.Setup(ctx, token, n); !fault.Is(err, fault.NotFound) {
		t.Errorf("twice: got %v, want NOT_FOUND", err)
	}
	if again, err := a.FirstLink(ctx); err != nil || !again.Empty() {
		t.Errorf("with an admin: got a link or %v, want none", err)
	}
	c.turn(25 * time.Hour)
}

// Demo users exist only while the sandbox is on.
func TestDemoUsersStayInTheSandbox(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	on, off := auth.New(auth.Options{Store: s, Demo: true}), auth.New(auth.Options{Store: s})
	p, err := on.Demo.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := on.Demo.Open(ctx); err != nil || again != p {
		t.Errorf("got another password or %v, want the same", err)
	}
	if _, err := on.SignIn(ctx, auth.DemoCreator, p, "", ""); err != nil {
		t.Errorf("in the sandbox: got %v, want success", err)
	}
	if _, err := off.SignIn(ctx, auth.DemoCreator, p, "", ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("outside: got %v, want INVALID", err)
	}
}

// S2: a session that was ended stays ended, whatever a request does that began before; one begun meanwhile is another.
func TestAnEndedSessionStaysEnded(t *testing.T) {
	t.Parallel()
	a, c, ctx := open(t, false)
	id := create(t, a, ctx, "mina@example.test", "creator")
	s, until := a.Sessions(func([]byte) string { return id }), c.now().Add(time.Hour)
	commit := func(ctx context.Context, token string) {
		t.Helper()
		if err := s.CommitCtx(ctx, token, []byte("data"), until); err != nil {
			t.Errorf("save %s: %v", token, err)
		}
	}
	lives := func(token string) bool {
		t.Helper()
		_, ok, err := s.FindCtx(auth.WithSessions(ctx), token)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	for name, end := range map[string]func() error{
		"sign out everywhere": func() error { return a.SignOutEverywhere(ctx, id) },
		"one sign-out":        func() error { return s.DeleteCtx(ctx, "sign-out") },
		"another role":        func() error { return a.SetRole(ctx, "another", id, "admin") },
		"shut out":            func() error { create(t, a, ctx, "o@example.test", "admin"); return a.Disable(ctx, "mina@example.test") },
	} {
		token := strings.ReplaceAll(strings.TrimPrefix(name, "one "), " ", "-")
		slow, other := auth.WithSessions(ctx), auth.WithSessions(ctx)
		commit(auth.WithSessions(ctx), token)
		if _, ok, err := s.FindCtx(slow, token); !ok || err != nil {
			t.Fatalf("%s: got %v, %v, want the session", name, ok, err)
		}
		commit(slow, token)
		if !lives(token) {
			t.Errorf("%s: a session that is changed is gone", name)
		}
		if err := end(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		commit(slow, token)
		if lives(token) {
			t.Errorf("%s: got the session back, want it ended", name)
		}
		commit(other, "new-"+token)
		commit(other, "new-"+token)
		if !lives("new-" + token) {
			t.Errorf("%s: got no new session", name)
		}
	}
}

// S2, S9: a session's id is never stored, and nothing is read without a viewer.
func TestSessions(t *testing.T) {
	t.Parallel()
	a, c, ctx := open(t, false)
	s := a.Sessions(func([]byte) string { return "" })
	if err := s.CommitCtx(ctx, "cookie", []byte("data"), c.now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if b, ok, err := s.FindCtx(ctx, "cookie"); err != nil || !ok || string(b) != "data" {
		t.Errorf("got %q, %v, %v, want the data", b, ok, err)
	}
	c.turn(2 * time.Hour)
	if _, ok, err := s.FindCtx(ctx, "cookie"); ok || err != nil {
		t.Errorf("after its end: got %v, %v, want nothing", ok, err)
	}
	if err := a.Sweep(ctx); err != nil {
		t.Error(err)
	}
	if _, err := a.List(t.Context()); err == nil {
		t.Error("without a viewer: got a list, want a refusal")
	}
}
