package connect_test

import (
	"context"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/connect/grants"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/jobs"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/all"
	"github.com/truecount/truecount/app/platform/platformtest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/vault"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/connection"
)

// noQueue stands for the queue where a test does not look at it.
type noQueue struct{}

func (noQueue) Resume(context.Context, string) error { return nil }

func (noQueue) First(context.Context, store.Tx, string) error { return nil }
func (noQueue) Drop(context.Context, store.Tx, string, fault.Code, string) error {
	return nil
}
func (noQueue) Purge(context.Context, store.Tx, string) error { return nil }

// bench is connect over the sandbox's platforms, with a clock of its own.
type bench struct {
	*connect.Connect
	store *store.Store
	world *sandbox.World
	auth  *auth.Auth
	ctx   context.Context

	keys      *vault.Vault
	platforms *platform.Registry

	mu sync.Mutex
	t  time.Time
}

func (b *bench) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.t
}

func (b *bench) turn(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.t = b.t.Add(d)
}

func stand(t *testing.T) *bench {
	t.Helper()
	b := &bench{
		store: storetest.New(t, jobs.Migrate),
		ctx:   viewer.System(t.Context(), viewer.ReasonTest),
		t:     time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC),
	}
	var world *sandbox.World
	srv := httptest.NewUnstartedServer(nil)
	srv.Start()
	t.Cleanup(srv.Close)
	clients := map[string]sandbox.Client{}
	var settings []config.Platform
	for _, m := range all.Platforms().Makers() {
		p := platformtest.Settings(m.Spec, srv.URL+sandbox.Prefix+"/"+m.Spec.ID)
		clients[p.ID] = sandbox.Client{ID: p.ClientID, Secret: p.ClientSecret.Reveal(), RedirectURIs: []string{p.RedirectURI}}
		settings = append(settings, p)
	}
	world, err := sandbox.Open(sandbox.Options{Now: b.now, Seed: 1, Clients: clients})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = world.Close() })
	all.Platforms().Mount(world)
	srv.Config.Handler = world.Handler()
	client := outbound.New(
		outbound.Options{Allow: []string{strings.TrimPrefix(srv.URL, "http://")}, Now: b.now, NoBreaker: true},
	)
	t.Cleanup(client.Close)
	keys, err := vault.Ensure(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	b.world, b.auth = world, auth.New(auth.Options{Store: b.store, Now: b.now})
	b.keys, b.platforms = keys, all.Platforms().Open(settings, client, b.now)
	access := grants.New(
		grants.Options{Store: b.store, Vault: keys, Platforms: b.platforms, Source: "sandbox", Now: b.now},
	)
	b.Connect = connect.New(connect.Options{
		Store: b.store, Grants: access, Platforms: b.platforms, Queue: noQueue{}, Source: "sandbox", Now: b.now,
	})
	return b
}

func (b *bench) creator(t *testing.T, email string) string {
	t.Helper()
	id, err := b.auth.Create(
		b.ctx,
		auth.NewUser{Email: email, Name: "N", Role: "creator", Password: "correct horse battery"},
	)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// consent goes to the platform as the creator's browser does and gives what it brings back.
func (b *bench) consent(t *testing.T, s connect.Start, c sandbox.Choice) connect.Callback {
	t.Helper()
	where, err := b.Begin(b.ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	back, err := b.world.Consent(s.Platform, where, c)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(back)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	return connect.Callback{
		Platform: s.Platform, State: q.Get("state"), Code: fault.Secret(q.Get("code")), Refusal: q.Get("error"),
		UserID: s.UserID, SessionHash: s.SessionHash,
	}
}

func (b *bench) connect(t *testing.T, s connect.Start, c sandbox.Choice) connect.Outcome {
	t.Helper()
	o, err := b.Finish(b.ctx, b.consent(t, s, c))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

var platforms = []string{"instagram", "tiktok", "youtube"}

// O1: a state is used once, by its session, user and platform, within ten minutes.
func TestStates(t *testing.T) {
	t.Parallel()
	b := stand(t)
	me, other := b.creator(t, "a@example.test"), b.creator(t, "b@example.test")
	start := connect.Start{UserID: me, SessionHash: "s1", Platform: "youtube"}
	good := b.consent(t, start, sandbox.Choice{})
	for name, spoil := range map[string]func(*connect.Callback){
		"missing":        func(c *connect.Callback) { c.State = "" },
		"truncated":      func(c *connect.Callback) { c.State = c.State[:20] },
		"other session":  func(c *connect.Callback) { c.SessionHash = "s2" },
		"no session":     func(c *connect.Callback) { c.SessionHash = "" },
		"other user":     func(c *connect.Callback) { c.UserID = other },
		"other platform": func(c *connect.Callback) { c.Platform = "tiktok" },
		"other issuer":   func(c *connect.Callback) { c.Platform = "tiktok"; c.Issuer = "https://evil.example" },
	} {
		cb := good
		spoil(&cb)
		if _, err := b.Finish(b.ctx, cb); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v, want INVALID", name, err)
		}
	}
	if n := b.world.Calls("youtube")["/token"]; n != 0 {
		t.Errorf("got %d exchanges, want 0", n)
	}
	var wg sync.WaitGroup
	results := make([]error, 2)
	for i := range results {
		wg.Go(func() { _, results[i] = b.Finish(b.ctx, good) })
	}
	wg.Wait()
	if (results[0] == nil) == (results[1] == nil) {
		t.Errorf("two at once: got %v and %v, want one of each", results[0], results[1])
	}
	late := b.consent(t, start, sandbox.Choice{})
	b.turn(11 * time.Minute)
	if _, err := b.Finish(b.ctx, late); !fault.Is(err, fault.Invalid) {
		t.Errorf("late: got %v, want INVALID", err)
	}
}

// O7, O8: each way a consent can end has its reason, and nothing is stored half.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	b := stand(t)
	me, other := b.creator(t, "a@example.test"), b.creator(t, "b@example.test")
	accounts := func(p string) []sandbox.Account { return b.world.Accounts(p) }
	for _, p := range platforms {
		start := connect.Start{UserID: me, Platform: p}
		if o := b.connect(t, start, sandbox.Choice{Deny: true}); o.Reason != connect.ReasonAuthDenied {
			t.Errorf("%s denied: got %q, want %q", p, o.Reason, connect.ReasonAuthDenied)
		}
		if n := b.store.Client.Connection.Query().Where(connection.Platform(p)).CountX(b.ctx); n != 0 {
			t.Errorf("%s: got %d rows after a refusal, want 0", p, n)
		}
		first := b.connect(t, start, sandbox.Choice{})
		if first.Reason != "" || first.ConnectionID == "" {
			t.Fatalf("%s: got %+v, want it connected", p, first)
		}
		row := b.store.Client.Connection.GetX(b.ctx, first.ConnectionID)
		if row.Status != connection.StatusConnected || !row.Primary || row.ExternalID != accounts(p)[0].ID {
			t.Errorf(
				"%s: got %s primary %v of %s, want connected, primary, of %s",
				p,
				row.Status,
				row.Primary,
				row.ExternalID,
				accounts(p)[0].ID,
			)
		}
		again := b.connect(t, start, sandbox.Choice{})
		if again.ConnectionID != first.ConnectionID {
			t.Errorf("%s again: got another connection, want the same one refreshed", p)
		}
		wrong := b.connect(
			t,
			connect.Start{UserID: me, Platform: p, ConnectionID: first.ConnectionID},
			sandbox.Choice{Account: accounts(p)[1].ID},
		)
		if wrong.Reason != connect.ReasonWrongAccount || wrong.Other == "" || wrong.Handle == "" {
			t.Errorf("%s wrong account: got %+v, want %q naming both", p, wrong, connect.ReasonWrongAccount)
		}
		second := b.connect(t, start, sandbox.Choice{Account: accounts(p)[1].ID})
		if second.Reason != "" || second.ConnectionID == first.ConnectionID {
			t.Errorf("%s second account: got %+v, want a further connection", p, second)
		}
		taken := b.connect(t, connect.Start{UserID: other, Platform: p}, sandbox.Choice{})
		if taken.Reason != connect.ReasonAccountInUse || taken.Handle != "" {
			t.Errorf("%s in use: got %+v, want %q without a name", p, taken, connect.ReasonAccountInUse)
		}
	}
	if o := b.connect(t, connect.Start{UserID: other, Platform: "instagram"}, sandbox.Choice{Account: accounts("instagram")[2].ID}); o.Reason != "not_professional" {
		t.Errorf("personal: got %q, want %q", o.Reason, "not_professional")
	}
	if o := b.connect(t, connect.Start{UserID: other, Platform: "youtube"}, sandbox.Choice{Account: accounts("youtube")[2].ID}); o.Reason != "no_channel" {
		t.Errorf("no channel: got %q, want %q", o.Reason, "no_channel")
	}
	if o := b.connect(t, connect.Start{UserID: other, Platform: "tiktok"}, sandbox.Choice{Account: accounts("tiktok")[2].ID, Without: []string{"video.list"}}); o.Reason != "" ||
		!o.Limited {
		t.Errorf("partial: got %+v, want it connected and limited", o)
	}
	if o := b.connect(t, connect.Start{UserID: other, Platform: "youtube"}, sandbox.Choice{
		Account: accounts("youtube")[3].ID, Without: []string{"https://www.googleapis.com/auth/youtube.readonly"},
	}); o.Reason != connect.ReasonMissingScope {
		t.Errorf("required scope: got %q, want %q", o.Reason, connect.ReasonMissingScope)
	}
}

// T7: fifty that need a refresh at once make one.
func TestOneRefreshAtATime(t *testing.T) {
	t.Parallel()
	b := stand(t)
	o := b.connect(t, connect.Start{UserID: b.creator(t, "a@example.test"), Platform: "tiktok"}, sandbox.Choice{})
	before := b.world.Calls("tiktok")["/v2/oauth/token/"]
	b.turn(3 * time.Hour)
	tokens := make([]platform.Token, 50)
	errs := make([]error, len(tokens))
	var wg sync.WaitGroup
	for i := range tokens {
		wg.Go(func() { tokens[i], _, errs[i] = b.Grants.Fresh(b.ctx, o.ConnectionID, 0) })
	}
	wg.Wait()
	for i := range tokens {
		if errs[i] != nil || tokens[i].Access.Empty() || tokens[i].Access != tokens[0].Access {
			t.Fatalf("caller %d: got another token or %v, want the one that was refreshed", i, errs[i])
		}
	}
	if n := b.world.Calls("tiktok")["/v2/oauth/token/"] - before; n != 1 {
		t.Errorf("got %d refreshes, want 1", n)
	}
}

// T2, T13: a grant that is dead, and a row that was tampered with, ask for a person; an outage does not.
func TestWhatEndsAConnection(t *testing.T) {
	t.Parallel()
	b := stand(t)
	me := b.creator(t, "a@example.test")
	dead := b.connect(t, connect.Start{UserID: me, Platform: "tiktok"}, sandbox.Choice{})
	id := b.world.Accounts("tiktok")[0].ID
	status := func(id string) connection.Status { return b.store.Client.Connection.GetX(b.ctx, id).Status }
	b.turn(3 * time.Hour)
	fault1 := b.world.AddFault(
		sandbox.Fault{Platform: "tiktok", Endpoint: "/v2/oauth/token/", Kind: "status", Status: 503},
	)
	if _, _, err := b.Grants.Fresh(b.ctx, dead.ConnectionID, 0); !fault.Is(err, fault.PlatformError) {
		t.Errorf("outage: got %v, want PLATFORM_ERROR", err)
	}
	if got := status(dead.ConnectionID); got != connection.StatusConnected {
		t.Errorf("after an outage: got %s, want connected", got)
	}
	b.world.RemoveFault(fault1)
	b.turn(time.Minute) // it is not asked again at once
	if err := b.world.Revoke("tiktok", id); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Grants.Fresh(b.ctx, dead.ConnectionID, 0); !fault.Is(err, fault.AuthRevoked) {
		t.Errorf("revoked: got %v, want AUTH_REVOKED", err)
	}
	if got := status(dead.ConnectionID); got != connection.StatusNeedsReconnect {
		t.Errorf("after revocation: got %s, want needs_reconnect", got)
	}
	calls := b.world.Calls("tiktok")["/v2/oauth/token/"]
	if _, _, err := b.Grants.Fresh(b.ctx, dead.ConnectionID, 0); err == nil ||
		b.world.Calls("tiktok")["/v2/oauth/token/"] != calls {
		t.Errorf("a dead grant was asked again: %v", err)
	}
	one := b.connect(t, connect.Start{UserID: me, Platform: "youtube"}, sandbox.Choice{})
	two := b.connect(
		t,
		connect.Start{UserID: me, Platform: "youtube"},
		sandbox.Choice{Account: b.world.Accounts("youtube")[1].ID},
	)
	swapped := b.store.Client.Connection.GetX(b.ctx, one.ConnectionID)
	b.store.Client.Connection.UpdateOneID(two.ConnectionID).SetAccessSealed(*swapped.AccessSealed).ExecX(b.ctx)
	if _, _, err := b.Grants.Fresh(b.ctx, two.ConnectionID, 0); err == nil ||
		status(two.ConnectionID) != connection.StatusNeedsReconnect {
		t.Errorf("swapped: got %v and %s, want an error and needs_reconnect", err, status(two.ConnectionID))
	}
}

// T14: a disconnect revokes, deletes the tokens, and twice is once.
func TestDisconnect(t *testing.T) {
	t.Parallel()
	b := stand(t)
	me, other := b.creator(t, "a@example.test"), b.creator(t, "b@example.test")
	for _, p := range platforms {
		o := b.connect(t, connect.Start{UserID: me, Platform: p}, sandbox.Choice{})
		if _, err := b.Disconnect(b.ctx, other, o.ConnectionID, true); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s, another's: got %v, want NOT_FOUND", p, err)
		}
		first, err := b.Disconnect(b.ctx, me, o.ConnectionID, false)
		if err != nil || first.Revoked != nil {
			t.Fatalf("%s: got %v, %v, want success", p, err, first.Revoked)
		}
		second, err := b.Disconnect(b.ctx, me, o.ConnectionID, false)
		if err != nil || second.DataKept != first.DataKept || (second.DeleteBy == nil) != (first.DeleteBy == nil) {
			t.Errorf("%s twice: got %+v, %v, want %+v", p, second, err, first)
		}
		if kept := p != "youtube"; first.DataKept != kept {
			t.Errorf("%s: got data kept %v, want %v", p, first.DataKept, kept)
		}
		row := b.store.Client.Connection.GetX(b.ctx, o.ConnectionID)
		held := len(deref(row.AccessSealed)) + len(deref(row.RefreshSealed))
		if held > 0 || row.Status != connection.StatusDisconnected {
			t.Errorf("%s: got %s with tokens %v, want disconnected without", p, row.Status, held > 0)
		}
	}
	b.turn(8 * 24 * time.Hour)
	if n, err := b.Deletions.Sweep(b.ctx); err != nil || len(n) != 1 || !n[0].Removed {
		t.Errorf("after eight days: got %v deleted, %v, want YouTube's one", n, err)
	}
}

func deref(b *[]byte) []byte {
	if b == nil {
		return nil
	}
	return *b
}
