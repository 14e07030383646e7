package grants_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
)

// elsewhere makes a connection one of a platform that this program does not have.
func elsewhere(t *testing.T, y *jobstest.Harness, id string) {
	t.Helper()
	if _, err := y.Store.SQL().ExecContext(y.Ctx, `UPDATE connections SET platform = 'gone' WHERE id = $1`, id); err != nil {
		t.Fatal(err)
	}
}

func row(y *jobstest.Harness, id string) *ent.Connection {
	return y.Store.Client.Connection.GetX(y.Ctx, id)
}

// What a sync learns of an account is written down: its new name, a permission that is missing, and that it
// is there again. What it learned of another account, or with an older token, changes nothing.
func TestWhatASyncLearns(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("learns@example.test"), "tiktok", sandbox.Choice{})
	first := row(y, id)
	seen := func(id string, version int64, p platform.Profile, missing bool) error {
		return y.Store.Tx(y.Ctx, func(tx store.Tx) error {
			return y.Connect.Grants.Seen(y.Ctx, tx, id, version, p, false, missing, "posts were refused")
		})
	}
	mine := platform.Profile{ExternalID: first.ExternalID, Handle: first.Handle, AltID: first.AltID}
	renamed := mine
	renamed.Handle, renamed.AltID = "renamed", "another-id"
	other := renamed
	other.ExternalID, other.Handle = "somebody-else", "somebody"
	for _, tc := range []struct {
		name    string
		version int64
		profile platform.Profile
		missing bool
		handle  string
		status  connection.Status
	}{
		{"as it was", first.TokenVersion, mine, false, first.Handle, connection.StatusConnected},
		{"somebody else's name", first.TokenVersion, other, false, first.Handle, connection.StatusConnected},
		{"a new name", first.TokenVersion, renamed, false, "renamed", connection.StatusConnected},
		{"refused with an older token", first.TokenVersion - 1, renamed, true, "renamed", connection.StatusConnected},
		{"refused", first.TokenVersion, renamed, true, "renamed", connection.StatusLimited},
		{"refused again", first.TokenVersion, renamed, true, "renamed", connection.StatusLimited},
		{"given with an older token", first.TokenVersion - 1, renamed, false, "renamed", connection.StatusLimited},
		{"given", first.TokenVersion, renamed, false, "renamed", connection.StatusConnected},
	} {
		y.Advance(time.Minute)
		if err := seen(id, tc.version, tc.profile, tc.missing); err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		got := row(y, id)
		code := ""
		if tc.status == connection.StatusLimited {
			code = string(fault.ScopeMissing)
		}
		if got.Handle != tc.handle || got.Status != tc.status || got.StatusCode != code {
			t.Errorf(
				"%s: got %s, %s %s, want %s, %s %s",
				tc.name,
				got.Handle,
				got.Status,
				got.StatusCode,
				tc.handle,
				tc.status,
				code,
			)
		}
	}
	if got := row(y, id).AltID; got != "another-id" {
		t.Errorf("got the other id %q, want it kept", got)
	}
	if err := seen("none", 1, mine, false); err == nil {
		t.Error("a connection that is gone: got no error")
	}
	allow := storetest.Deny(t, y.Store.SQL(), y.Store.Dialect, "connections")
	if err := seen(id, first.TokenVersion, mine, false); err == nil {
		t.Error("a database that takes nothing: got no error")
	}
	allow()
	elsewhere(t, y, id)
	if err := seen(id, first.TokenVersion, renamed, true); err != nil || row(y, id).Status != connection.StatusConnected {
		t.Errorf("a platform that is gone: got %v and %s, want nothing said of its permissions", err, row(y, id).Status)
	}
}

// T11: access that ended, or will soon, is found by its date alone, without a call. A database that takes
// nothing is told of, and what was not written down is found the next time.
func TestAccessThatEnds(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	owner := y.Creator("ends@example.test")
	id := map[string]string{}
	for _, p := range platforms {
		id[p] = y.AddAccount(owner, p, sandbox.Choice{})
	}
	late := y.AddAccount(owner, "tiktok", sandbox.Choice{Account: y.World.Accounts("tiktok")[1].ID})
	y.World.ResetCalls()
	ended, near := y.Now().Add(-time.Second), y.Now().Add(24*time.Hour)
	y.Store.Client.Connection.UpdateOneID(id["tiktok"]).SetRefreshExpiresAt(near).ExecX(y.Ctx)
	sweep := func(ctx context.Context) error { _, err := y.Connect.Deletions.Sweep(ctx); return err }
	renew := func(ctx context.Context) error { _, err := y.Connect.Grants.Renew(ctx); return err }
	allow := storetest.Deny(t, y.Store.SQL(), y.Store.Dialect, "connections")
	if err := sweep(y.Ctx); err == nil {
		t.Error("marking: got no error, want the database's")
	}
	allow()
	y.Store.Client.Connection.UpdateOneID(id["instagram"]).
		SetTokenIssuedAt(ended.AddDate(0, 0, -60)).
		SetTokenExpiresAt(ended).
		ExecX(y.Ctx)
	y.Store.Client.Connection.UpdateOneID(late).SetRefreshExpiresAt(ended).ExecX(y.Ctx)
	allow = storetest.Deny(t, y.Store.SQL(), y.Store.Dialect, "connections")
	if err := renew(y.Ctx); err == nil {
		t.Error("ending: got no error, want the database's")
	}
	allow()
	for _, a := range []string{"instagram", "tiktok"} { // the platform says so, not our clock
		if err := y.World.Revoke(a, y.World.Accounts(a)[map[string]int{"instagram": 0, "tiktok": 1}[a]].ID); err != nil {
			t.Fatal(err)
		}
	}
	gone, cancel := context.WithCancel(y.Ctx)
	cancel()
	if err := sweep(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("told to stop: got %v, want that", err)
	}
	if err := y.Connect.Grants.Lost(gone, late, row(y, late).TokenVersion, fault.AuthExpired, "x"); !errors.Is(
		err,
		context.Canceled,
	) {
		t.Errorf("lost, told to stop: got %v, want that", err)
	}
	if err := y.Connect.Grants.Lost(y.Ctx, "none", 1, fault.AuthExpired, "x"); err != nil {
		t.Errorf("a connection that is gone: got %v, want nothing to do", err)
	}
	if err := errors.Join(sweep(y.Ctx), renew(y.Ctx), renew(y.Ctx)); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]connection.Status{
		id["youtube"]: connection.StatusConnected, id["instagram"]: connection.StatusNeedsReconnect, id["tiktok"]: connection.StatusExpiring, late: connection.StatusNeedsReconnect,
	} {
		got := row(y, id)
		if got.Status != want || (want == connection.StatusNeedsReconnect) != (got.StatusCode == string(fault.AuthExpired)) {
			t.Errorf("%s: got %s %s, want %s", got.Platform, got.Status, got.StatusCode, want)
		}
	}
	for p, want := range map[string]int64{"instagram": 1, "tiktok": 1, "youtube": 0} {
		calls := int64(0)
		for _, n := range y.World.Calls(p) {
			calls += n
		}
		if calls != want {
			t.Errorf("%s: got calls %v, want %d", p, y.World.Calls(p), want)
		}
	}
}

// T6, T10, T11, T13: what is given for use, or refused, when no call may or need be made.
func TestFreshWithoutACall(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	owner := y.Creator("fresh@example.test")
	accounts := y.World.AddAccounts("tiktok", 4)
	join := func(p string, i int) string {
		if p == "tiktok" {
			return y.AddAccount(owner, p, sandbox.Choice{Account: accounts[i].ID})
		}
		return y.AddAccount(owner, p, sandbox.Choice{})
	}
	insta, tube := join("instagram", 0), join("youtube", 0)
	held, tried, leased, swapped := join("tiktok", 0), join("tiktok", 1), join("tiktok", 2), join("tiktok", 3)
	y.World.ResetCalls()
	fresh := func(ctx context.Context, id string, refused int64) error {
		_, _, err := y.Connect.Grants.Fresh(ctx, id, refused)
		return err
	}
	refusals := func(when string, all map[string]fault.Code) {
		t.Helper()
		for id, want := range all {
			err := fresh(y.Ctx, id, 0)
			if (want == "") != (err == nil) || (want != "" && !fault.Is(err, want)) {
				t.Errorf("%s, %s: got %v, want %q", when, row(y, id).Platform, err, want)
			}
		}
	}
	if err := fresh(y.Ctx, "none", 0); !fault.Is(err, fault.NotConnected) {
		t.Errorf("no connection: got %v, want NOT_CONNECTED", err)
	}
	gone, cancel := context.WithCancel(y.Ctx)
	cancel()
	if err := fresh(gone, tube, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("told to stop: got %v, want that", err)
	}
	// That proves nothing.
	if err := fresh(y.Ctx, insta, row(y, insta).TokenVersion); !fault.Is(err, fault.AuthFailed) ||
		row(y, insta).Status != connection.StatusConnected {
		t.Errorf("refused and too young to be renewed: got %v and %s, want nobody blamed", err, row(y, insta).Status)
	}
	elsewhere(t, y, tube)
	if err := fresh(y.Ctx, tube, 0); !fault.Is(err, fault.NotConfigured) {
		t.Errorf("a platform that is gone: got %v, want NOT_CONFIGURED", err)
	}

	// Due, and still good: what lives is used while nobody may be asked.
	y.Advance(row(y, held).TokenExpiresAt.Sub(y.Now()) - time.Minute)
	y.Store.Client.Connection.UpdateOneID(tried).SetRefreshRetryAt(y.Now().Add(time.Hour)).ExecX(y.Ctx)
	refusals("a moment after a failure", map[string]fault.Code{tried: ""})
	if err := y.Connect.Grants.Hold(y.Ctx, &platform.Error{Platform: "tiktok", Step: platform.StepToken, Code: fault.AppRefused}); err != nil {
		t.Fatal(err)
	}
	refusals("while the platform is left alone", map[string]fault.Code{held: ""})
	y.Advance(2 * time.Minute)
	refusals("when it has ended", map[string]fault.Code{held: fault.AppRefused})
	if _, err := y.Store.SQL().ExecContext(y.Ctx, `DELETE FROM holds`); err != nil {
		t.Fatal(err)
	}
	refusals("when it has ended, a moment after a failure", map[string]fault.Code{tried: fault.PlatformError})

	// Somebody else renews it, and does not come to an end.
	y.Store.Client.Connection.UpdateOneID(leased).
		SetLeaseHolder("another").
		SetLeaseUntil(y.Now().Add(time.Minute)).
		ExecX(y.Ctx)
	brief, cancel := context.WithTimeout(y.Ctx, 120*time.Millisecond)
	defer cancel()
	if err := fresh(brief, leased, 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while another renews: got %v, want it given up in time", err)
	}

	// One that was changed is not used, also when that cannot be written down.
	y.Store.Client.Connection.UpdateOneID(swapped).SetAccessSealed(*row(y, held).AccessSealed).ExecX(y.Ctx)
	allow := storetest.Deny(t, y.Store.SQL(), y.Store.Dialect, "connections")
	err := fresh(y.Ctx, swapped, 0)
	allow()
	if !fault.Is(err, fault.AuthFailed) || row(y, swapped).Status != connection.StatusConnected {
		t.Errorf("changed: got %v and %s, want it refused", err, row(y, swapped).Status)
	}
	for _, p := range platforms {
		if calls := y.World.Calls(p); len(calls) != 0 {
			t.Errorf("%s: got calls %v, want none", p, calls)
		}
	}
	y.Advance(400 * 24 * time.Hour)
	refusals("after more than a year the platform is asked, once", map[string]fault.Code{held: fault.AuthExpired})
	if n := y.World.Calls("tiktok")[tokenPath]; n != 1 {
		t.Errorf("got %d refreshes, want one", n)
	}
}

var platforms = []string{"instagram", "tiktok", "youtube"}

// An access token that ended and that nothing can renew is still offered to the platform, because our clock may be
// wrong. Once the platform refused it, the connection needs its creator.
func TestEndedWithNothingToRenewItWith(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("ended@example.test"), "youtube", sandbox.Choice{})
	had := row(y, id)
	token, err := y.Connect.Grants.Keys.Open(had)
	if err != nil {
		t.Fatal(err)
	}
	token.Refresh, token.ExpiresAt = "", y.Now().Add(-time.Hour)
	access, _, err := y.Connect.Grants.Keys.Seal(id, had.TokenVersion, token)
	if err != nil {
		t.Fatal(err)
	}
	y.Store.Client.Connection.UpdateOneID(id).SetAccessSealed(access).ClearRefreshSealed().SetTokenExpiresAt(token.ExpiresAt).ExecX(y.Ctx)
	y.World.ResetCalls()
	if _, version, err := y.Connect.Grants.Fresh(y.Ctx, id, 0); err != nil || version != had.TokenVersion {
		t.Errorf("before a refusal: got version %d and %v, want %d and the token", version, err, had.TokenVersion)
	}
	_, _, err = y.Connect.Grants.Fresh(y.Ctx, id, had.TokenVersion)
	var refused *platform.Error
	if !errors.As(err, &refused) || refused.Code != fault.AuthExpired {
		t.Errorf("after a refusal: got %v, want %s", err, fault.AuthExpired)
	}
	if got := row(y, id); got.Status != connection.StatusNeedsReconnect {
		t.Errorf("got %s, want %s", got.Status, connection.StatusNeedsReconnect)
	}
	if n := len(y.World.Calls("youtube")); n != 0 {
		t.Errorf("got %d calls, want none: nothing could be asked for", n)
	}
}

// What is said of a connection that was deleted meanwhile changes nothing, and what the token gives decides the state.
func TestStatesOfTokens(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	if err := y.Connect.Grants.Lost(y.Ctx, "none", 1, fault.AuthRevoked, ""); err != nil {
		t.Errorf("a connection that is gone: got %v, want nothing", err)
	}
	ended, cancel := context.WithCancel(y.Ctx)
	cancel()
	id := y.AddAccount(y.Creator("states@example.test"), "tiktok", sandbox.Choice{})
	had := row(y, id)
	if err := y.Connect.Grants.Lost(ended, id, had.TokenVersion, fault.AuthRevoked, ""); err == nil {
		t.Error("a request that ended: got no error, want one")
	}
	if got := row(y, id); got.Status != connection.StatusConnected {
		t.Errorf("got %s, want it unchanged", got.Status)
	}
	p, _ := y.Platforms.Get("tiktok")
	token, err := y.Connect.Grants.Keys.Open(had)
	if err != nil {
		t.Fatal(err)
	}
	near, fewer := token, token
	near.RefreshExpiresAt = y.Now().Add(time.Hour)
	fewer.Scopes = token.Scopes[:1]
	for _, tc := range []struct {
		name  string
		token platform.Token
		want  connection.Status
	}{
		{"all given", token, connection.StatusConnected},
		{"ends soon", near, connection.StatusExpiring},
		{"a permission missing", fewer, connection.StatusLimited},
	} {
		if got := y.Connect.Grants.StatusOf(p.Spec(), tc.token); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
	}

	// A platform that blocked an account lets it through again; a permission that was missing before is missing still.
	y.Store.Client.Connection.UpdateOneID(id).
		SetStatus(connection.StatusLimited).
		SetStatusCode(platform.BlockedCode).
		ExecX(y.Ctx)
	err = y.Store.Tx(y.Ctx, func(tx store.Tx) error {
		mine := platform.Profile{ExternalID: had.ExternalID, Handle: had.Handle}
		return y.Connect.Grants.Seen(y.Ctx, tx, id, had.TokenVersion, mine, false, true, "posts were refused")
	})
	if got := row(y, id); err != nil || got.Status != connection.StatusLimited || got.StatusCode != string(fault.ScopeMissing) {
		t.Errorf("no longer blocked: got %v, %s %s, want limited for a missing permission", err, got.Status, got.StatusCode)
	}
}
