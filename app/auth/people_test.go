package auth

import (
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/connection"
)

// Links work once, for whom they were made, and not for ever.
func TestInvitesAndResets(t *testing.T) {
	t.Parallel()
	s, ctx := storetest.New(t), viewer.System(t.Context(), viewer.ReasonTest)
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	a := New(Options{Store: s, Now: func() time.Time { return now }})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	first, err := a.Invite(ctx, "Mina@Example.test", "creator")
	must(err)
	token, err := a.Invite(ctx, "mina@example.test", "creator") // a second link for her ends the first
	must(err)
	if _, err := a.Invited(ctx, first); !fault.Is(err, fault.NotFound) {
		t.Errorf("the first link: got %v, want NOT_FOUND", err)
	}
	if _, err := a.Accept(ctx, token, "Mina", "short"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a weak password: got %v, want INVALID", err)
	}
	u, err := a.Accept(ctx, token, "Mina", "correct horse")
	must(err)
	if u.Email != "mina@example.test" || u.Admin {
		t.Errorf("got %+v, want a creator of the address invited", u)
	}
	if _, err := a.Accept(ctx, token, "Mina", "correct horse"); !fault.Is(err, fault.NotFound) {
		t.Errorf("twice: got %v, want NOT_FOUND", err)
	}
	if _, err := a.Invite(ctx, "mina@example.test", "admin"); !fault.Is(err, fault.Conflict) {
		t.Errorf("invite who is there: got %v, want CONFLICT", err)
	}
	old, err := a.Invite(ctx, "late@example.test", "creator")
	must(err)
	now = now.Add(8 * 24 * time.Hour)
	if _, err := a.Accept(ctx, old, "Late", "correct horse"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a week later: got %v, want NOT_FOUND", err)
	}

	api, err := a.Tokens.New(ctx, u.ID, TokenWish{Label: "script"})
	must(err)
	must(a.Sessions(func([]byte) string { return u.ID }).CommitCtx(ctx, "CANARY-session", []byte("x"), now.Add(time.Hour)))
	must(a.Forgot(ctx, " MINA@example.test ", "192.0.2.1"))
	_, reset, err := a.ForgottenLink(ctx, " MINA@example.test ")
	must(err)
	if got, err := a.Reset(ctx, reset, "battery staple"); err != nil || got.ID != u.ID {
		t.Fatalf("reset: got %+v, %v", got, err)
	}
	if _, err := a.Reset(ctx, reset, "battery staple"); !fault.Is(err, fault.NotFound) {
		t.Errorf("reset twice: got %v, want NOT_FOUND", err)
	}
	if _, err := a.SignIn(ctx, "mina@example.test", "correct horse", "192.0.2.1", ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("the old password: got %v, want INVALID", err)
	}
	if _, err := a.SignIn(ctx, "mina@example.test", "battery staple", "192.0.2.1", ""); err != nil {
		t.Errorf("the new password: got %v", err)
	}
	if _, there, _ := a.Sessions(nil).FindCtx(ctx, "CANARY-session"); there {
		t.Error("the session from before: got it, want it ended")
	}
	if _, err := a.Tokens.Find(ctx, api); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("the API token from before: got %v, want it ended", err)
	}
	// Who asks for a stranger's gets the same answer, and not without end.
	for range perAccount {
		must(a.Forgot(ctx, "nobody@example.test", "192.0.2.9"))
		if _, none, err := a.ForgottenLink(ctx, "nobody@example.test"); err != nil || !none.Empty() {
			t.Errorf("nobody's: got a link or %v, want neither", err)
		}
	}
	if err := a.Forgot(ctx, "nobody@example.test", "192.0.2.9"); !fault.Is(err, fault.TooManyRequests) {
		t.Errorf("too often: got %v, want TOO_MANY_REQUESTS", err)
	}
}

// S10: nobody promotes themselves, the last admin stays, and who owns accounts is no admin.
func TestRoles(t *testing.T) {
	t.Parallel()
	s, ctx := storetest.New(t), viewer.System(t.Context(), viewer.ReasonTest)
	a := New(Options{Store: s})
	person := func(email, role string) string {
		t.Helper()
		id, err := a.Create(ctx, NewUser{Email: email, Name: "P", Role: role, Password: "correct horse"})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	admin, creator, owner := person(
		"a@example.test",
		"admin",
	), person(
		"c@example.test",
		"creator",
	), person(
		"o@example.test",
		"creator",
	)
	if err := s.Client.Connection.Create().SetOwnerID(owner).SetPlatform("tiktok").SetSource(connection.SourceLive).SetExternalID("x").SetStatus(connection.StatusConnected).Exec(ctx); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, actor, id, role string
		want                  fault.Code
	}{
		{"oneself", admin, admin, "creator", fault.Conflict},
		{"oneself under another name", admin, admin + "\x00", "creator", fault.Conflict},
		{"oneself up", creator, creator, "admin", fault.Conflict},
		{"the last admin", creator, admin, "creator", fault.Conflict},
		{"who owns accounts", admin, owner, "admin", fault.Conflict},
		{"no such role", admin, creator, "root", fault.Invalid},
		{"nobody", admin, "nobody", "admin", fault.NotFound},
		{"up", admin, creator, "admin", ""},
		{"down, for there is another", creator, admin, "creator", ""},
	} {
		err := a.SetRole(ctx, tc.actor, tc.id, tc.role)
		if (tc.want == "" && err != nil) || (tc.want != "" && !fault.Is(err, tc.want)) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.want)
		}
	}
	ofCreator := a.Sessions(func([]byte) string { return creator })
	if err := ofCreator.CommitCtx(ctx, "cookie", []byte("x"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := a.SignOutEverywhere(ctx, creator+"\x00"); err != nil {
		t.Fatal(err)
	}
	if _, there, err := ofCreator.FindCtx(ctx, "cookie"); there || err != nil {
		t.Errorf("signed out by an id with what no database takes: got the session %v, %v, want it ended", there, err)
	}
	p, err := a.People(ctx, "example", 1)
	if err != nil || len(p.Rows) != 3 || !p.Rows[1].Admin || p.Rows[0].Admin || p.Rows[2].Connections != 1 {
		t.Errorf("people: got %+v, %v", p, err)
	}
}

// Before its answer a forgotten password costs the same whether there is an account or not: two counts, and no link. //
// S5
func TestForgotOnlyCounts(t *testing.T) {
	t.Parallel()
	s, ctx := storetest.New(t), viewer.System(t.Context(), viewer.ReasonTest)
	a := New(Options{Store: s})
	if _, err := a.Create(ctx, NewUser{Email: "mina@example.test", Name: "Mina", Role: "creator", Password: "correct horse"}); err != nil {
		t.Fatal(err)
	}
	for i, email := range []string{"mina@example.test", "nobody@example.test"} {
		if err := a.Forgot(ctx, email, "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
		counts, links := s.Client.AttemptCount.Query().CountX(ctx), s.Client.Invite.Query().CountX(ctx)
		if want := i + 2; counts != want || links != 0 { // the network's is shared
			t.Errorf("%s: got %d counts and %d links, want %d and none", email, counts, links, want)
		}
	}
}

// S10: the last admin is not erased, and keeps everything; one of two is.
func TestTheLastAdminIsNotErased(t *testing.T) {
	t.Parallel()
	s, ctx := storetest.New(t), viewer.System(t.Context(), viewer.ReasonTest)
	a := New(Options{Store: s})
	person := func(email string) string {
		t.Helper()
		id, err := a.Create(ctx, NewUser{Email: email, Name: "P", Role: "admin", Password: "correct horse"})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	erase := func(id string) error {
		return s.Tx(ctx, func(tx store.Tx) error { return a.Erase(ctx, tx, id) })
	}
	one := person("a@example.test")
	if err := erase(one); !fault.Is(err, fault.Conflict) {
		t.Errorf("the last: got %v, want CONFLICT", err)
	}
	if _, err := a.SignIn(ctx, "a@example.test", "correct horse", "", ""); err != nil {
		t.Errorf("the last, who stays: got %v, want to be let in", err)
	}
	two := person("b@example.test")
	if err := a.Disable(ctx, "b@example.test"); err != nil {
		t.Fatal(err)
	}
	if err := erase(one); !fault.Is(err, fault.Conflict) {
		t.Errorf("beside one who is disabled: got %v, want CONFLICT", err)
	}
	if err := a.Enable(ctx, two); err != nil {
		t.Fatal(err)
	}
	if err := erase(one); err != nil {
		t.Errorf("one of two: got %v, want it done", err)
	}
}
