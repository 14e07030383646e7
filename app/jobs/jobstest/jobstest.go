package jobstest

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
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
	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/vault"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/run"
)

// Morning is when a harness opens: no schedule is near.
var Morning = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// Options changes what a harness is like.
type Options struct {
	// Platform changes a platform's settings before it is opened: quotas, post limits.
	Platform func(*config.Platform)
	Now      time.Time // when it opens; Morning unless given
	Breaker  bool      // with the outgoing client's breaker
	Ledger   bool      // day quotas are kept in the database
	Workers  int       // accounts synced at once; 8 unless given
	Log      *slog.Logger
	Interval time.Duration    // before the first sync after a new consent; none unless given
	World    func() time.Time // the platforms' own clock; the harness's unless given
	// Notify takes what would be mailed to creators; nobody is written to unless given.
	Notify func(context.Context, connect.Reminder) error
}

// Clock is a time that a test turns.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Advance lets time go by.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Harness is one process's rooms.
type Harness struct {
	*Clock
	Ctx       context.Context // of the system itself
	Store     *store.Store
	World     *sandbox.World
	Vault     *vault.Vault
	Platforms *platform.Registry
	Auth      *auth.Auth
	Connect   *connect.Connect
	Planner   *planner.Planner
	Syncer    *syncer.Syncer
	Queue     *jobs.Queue
	Runner    *jobs.Runner

	t        testing.TB
	o        Options
	settings []config.Platform
	host     string
	skew     time.Duration
	report   jobs.Report
}

// New opens a harness with a database of its own; it is closed when the test ends.
func New(t testing.TB, o Options) *Harness {
	t.Helper()
	if o.Now.IsZero() {
		o.Now = Morning
	}
	y := &Harness{
		Clock: &Clock{at: o.Now},
		Ctx:   viewer.System(t.Context(), viewer.ReasonTest),
		Store: storetest.New(t, jobs.Migrate),
		t:     t,
		o:     o,
	}
	srv := httptest.NewServer(nil)
	y.host = strings.TrimPrefix(srv.URL, "http://")
	clients := map[string]sandbox.Client{}
	for _, m := range all.Platforms().Makers() {
		p := platformtest.Settings(m.Spec, srv.URL+sandbox.Prefix+"/"+m.Spec.ID)
		cron, err := config.ParseCron(m.Spec.Settings.Cron, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		p.Cron = cron
		if o.Platform != nil {
			o.Platform(&p)
		}
		clients[p.ID] = sandbox.Client{ID: p.ClientID, Secret: p.ClientSecret.Reveal(), RedirectURIs: []string{p.RedirectURI}}
		y.settings = append(y.settings, p)
	}
	world := o.World
	if world == nil {
		world = y.Now
	}
	var err error
	if y.World, err = sandbox.Open(sandbox.Options{Now: world, Seed: 1, Clients: clients}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = y.World.Close() // hanging calls end first
		srv.Close()
	})
	all.Platforms().Mount(y.World)
	srv.Config.Handler = y.World.Handler()
	if y.Vault, err = vault.Ensure(filepath.Join(t.TempDir(), "keys.json")); err != nil {
		t.Fatal(err)
	}
	y.open()
	return y
}

// SecondProcess opens the same rooms once more, as a second process on the same database and clock would.
func (y *Harness) SecondProcess() *Harness {
	y.t.Helper()
	z := *y
	z.open()
	return &z
}

// WithSkew opens the same rooms once more as a process whose clock differs from ours by so much.
func (y *Harness) WithSkew(by time.Duration) *Harness {
	y.t.Helper()
	z := *y
	z.skew = by
	z.open()
	return &z
}

// Now is the time as this process has it.
func (y *Harness) Now() time.Time { return y.Clock.Now().Add(y.skew) }

// Reopen opens the rooms once more with other settings of the platforms, as after a restart.
func (y *Harness) Reopen(change func(*config.Platform)) *Harness {
	y.t.Helper()
	z := *y
	z.settings = nil
	for _, p := range y.settings {
		p.Quotas = maps.Clone(p.Quotas)
		change(&p)
		z.settings = append(z.settings, p)
	}
	z.open()
	return &z
}

func (y *Harness) open() {
	y.t.Helper()
	options := outbound.Options{
		Allow:     []string{y.host},
		Now:       y.Now,
		NoBreaker: !y.o.Breaker,
		Quotas:    all.Platforms().Quotas(y.settings),
	}
	if y.o.Ledger {
		options.Ledger = planner.NewLedger(y.Store, y.Now)
	}
	client := outbound.New(options)
	y.t.Cleanup(client.Close)
	y.Platforms = all.Platforms().Open(y.settings, client, y.Now)
	y.Auth = auth.New(auth.Options{Store: y.Store, Now: y.Now})
	var err error
	y.Planner = planner.New(
		planner.Options{Store: y.Store, Platforms: y.Platforms, Source: "sandbox", Now: y.Now, Interval: y.o.Interval},
	)
	y.Queue, err = jobs.New(
		jobs.Options{Store: y.Store, Planner: y.Planner, Platforms: y.Platforms, Now: y.Now, Log: y.o.Log},
	)
	if err != nil {
		y.t.Fatal(err)
	}
	access := grants.New(grants.Options{
		Store: y.Store, Vault: y.Vault, Platforms: y.Platforms, Source: "sandbox", Now: y.Now, Resume: y.Queue.Resume,
	})
	log := y.o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	y.report = jobs.Reporter(log, nil)
	y.Syncer = syncer.New(syncer.Options{
		Store: y.Store, Planner: y.Planner, Platforms: y.Platforms, Grants: access, Source: "sandbox", Now: y.Now,
		StoredLate: y.report,
	})
	y.Connect = connect.New(connect.Options{
		Store: y.Store, Grants: access, Platforms: y.Platforms, Queue: y.Queue, Synced: y.Syncer, Source: "sandbox",
		Now:    y.Now,
		Notify: y.o.Notify,
	})
	y.Use(y.Syncer)
}

// Use has another syncer make the attempts from now on.
func (y *Harness) Use(s *syncer.Syncer) {
	y.t.Helper()
	y.Syncer = s
	var err error
	y.Runner, err = jobs.NewRunner(jobs.RunnerOptions{
		Queue: y.Queue, Syncer: s, Zone: time.UTC, Workers: cmp.Or(y.o.Workers, 8), Report: y.report,
	})
	if err != nil {
		y.t.Fatal(err)
	}
}

// Creator makes a creator and gives their id.
func (y *Harness) Creator(email string) string {
	y.t.Helper()
	id, err := y.Auth.Create(
		y.Ctx,
		auth.NewUser{Email: email, Name: "N", Role: "creator", Password: "correct horse battery"},
	)
	if err != nil {
		y.t.Fatal(err)
	}
	return id
}

// Consent goes to the platform as the creator's browser does and gives what it brings back.
func (y *Harness) Consent(s connect.Start, c sandbox.Choice) connect.Callback {
	y.t.Helper()
	where, err := y.Connect.Begin(y.Ctx, s)
	if err != nil {
		y.t.Fatal(err)
	}
	back, err := y.World.Consent(s.Platform, where, c)
	if err != nil {
		y.t.Fatal(err)
	}
	u, err := url.Parse(back)
	if err != nil {
		y.t.Fatal(err)
	}
	q := u.Query()
	return connect.Callback{
		Platform: s.Platform, State: q.Get("state"), Code: fault.Secret(q.Get("code")), Refusal: q.Get("error"),
		UserID: s.UserID, SessionHash: s.SessionHash,
	}
}

// AddAccount connects an account of a creator and gives the connection's id. Its first sync is queued.
func (y *Harness) AddAccount(creatorID, platformID string, c sandbox.Choice) string {
	y.t.Helper()
	o, err := y.Connect.Finish(y.Ctx, y.Consent(connect.Start{UserID: creatorID, Platform: platformID}, c))
	if err != nil || o.Reason != "" {
		y.t.Fatalf("connect %s: got %v, %q, %v", platformID, err, o.Reason, o.Cause)
	}
	return o.ConnectionID
}

// RequestSync queues a sync as an admin would and gives the run's id.
func (y *Harness) RequestSync(connectionID string) string {
	y.t.Helper()
	a, err := y.Queue.Sync(y.Ctx, connectionID, planner.TriggerAdmin)
	if err != nil {
		y.t.Fatal(err)
	}
	return a.RunID
}

// RunDue makes the attempts that are due until none is, and gives how many it made.
func (y *Harness) RunDue() int {
	y.t.Helper()
	n := 0
	for {
		now := y.Now()
		ids, err := y.Store.Client.Run.Query().Where(run.CompletedAtIsNil(), run.StateNEQ(run.StateRunning),
			run.Or(run.NextAttemptAtIsNil(), run.NextAttemptAtLTE(now))).Order(run.ByCreatedAt(), run.ByID()).IDs(y.Ctx)
		if err != nil {
			y.t.Fatal(err)
		}
		if len(ids) == 0 {
			return n
		}
		for _, id := range ids {
			if _, err := y.Runner.Attempt(y.Ctx, id); err != nil {
				y.t.Fatalf("attempt of run %s: %v", id, err)
			}
			n++
		}
	}
}
