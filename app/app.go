// Package app opens the rooms in order and closes them in reverse. It holds the few wires between
// neighbours that do not know each other, and nothing else.
package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/truecount/truecount/app/alerts"
	"github.com/truecount/truecount/app/analytics"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/capacity"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/connect/grants"
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/jobs"
	"github.com/truecount/truecount/app/metrics"
	"github.com/truecount/truecount/app/notify"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/all"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/vault"
	"github.com/truecount/truecount/app/viewer"
)

// App is every room, open.
type App struct {
	Config    config.Config
	Store     *store.Store
	Keys      *vault.Vault
	World     *sandbox.World // nil when the sandbox is off
	Platforms *platform.Registry
	Auth      *auth.Auth
	Connect   *connect.Connect
	Planner   *planner.Planner
	Syncer    *syncer.Syncer
	Queue     *jobs.Queue
	Runner    *jobs.Runner
	Analytics *analytics.Analytics
	Health    *health.Health
	Capacity  *capacity.Capacity
	Alerts    *alerts.Alerts
	Console   *console.Console
	Metrics   *metrics.Metrics
	Channels  []notify.Channel // where alerts go

	list     all.List // the platforms it was opened with
	log      *slog.Logger
	clock    *clock // nil when the time was given
	now      func() time.Time
	started  time.Time
	client   *outbound.Client
	mailer   *notify.Mailer // nil: nobody can be written to
	sentry   *notify.Sentry // nil: none is set
	calm     *calm          // what is logged goes through it
	knowing  sync.Mutex     // guards who the admins are, as last known
	admins   []string
	ledger   *planner.Ledger
	copying  copies
	cleaning cleaning
	closers  []func() error
}

// Options is what an App is made of.
type Options struct {
	Config config.Config // with its base URL
	// Platforms is the list that the program is opened with, and by which Config was read; nil: the built-in one.
	Platforms all.List
	Log       *slog.Logger
	Now       func() time.Time
	// Inside is where this process serves its own sandbox, "http://127.0.0.1:8080". Empty: it does
	// not, and can queue work but do none.
	Inside string
	Serve  bool // this process is the server: it takes the SQLite file's lock, and migrates if set to
}

// Source is whose connections this process works on.
func source(c config.Config) string {
	if c.Sandbox {
		return "sandbox"
	}
	return "live"
}

// Open opens the rooms. Close what it gives; on an error everything is closed again.
func Open(ctx context.Context, o Options) (a *App, err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Platforms == nil {
		o.Platforms = all.Platforms()
	}
	a = &App{Config: o.Config, list: o.Platforms, log: o.Log, now: o.Now}
	if o.Now == nil {
		a.clock = &clock{}
		a.now = a.clock.Now
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
			a = nil
		}
	}()
	ctx = viewer.System(ctx)
	if err := a.openStore(ctx, o.Serve); err != nil {
		return a, err
	}
	if o.Serve {
		a.warnOfNetworkDisk(store.Network)
	}
	if err := a.setClock(ctx); err != nil {
		return a, err
	}
	a.started = a.now()
	if a.Keys, err = a.openVault(ctx); err != nil {
		return a, err
	}
	a.markQuietly(ctx)
	if err := a.openWorld(o.Inside); err != nil {
		return a, err
	}
	a.ledger = planner.NewLedger(a.Store, a.now)
	a.openPlatforms()
	if err := a.openSentry(); err != nil {
		return a, err
	}
	a.calm = newCalm(a.log.Handler(), a.now)
	a.log = slog.New(a.calm)
	return a, a.openRooms(ctx)
}

func (a *App) setClock(ctx context.Context) error {
	if a.clock == nil {
		return nil
	}
	return a.clock.set(ctx, a.Store, a.log)
}

func (a *App) openStore(ctx context.Context, serve bool) error {
	var err error
	if a.Store, err = OpenStore(ctx, a.Config); err != nil {
		return err
	}
	a.closers = append(a.closers, a.Store.Close, a.copying.close)
	if serve {
		if err := a.Store.LockServe(); err != nil {
			return err
		}
		if a.Config.AutoMigrate {
			return a.Store.Migrate(ctx, jobs.Migrate)
		}
	}
	err = a.Store.Migrated(ctx)
	if err != nil && a.Config.AutoMigrate && !serve {
		return a.Store.Migrate(ctx, jobs.Migrate) // a command before the first serve
	}
	return err
}

// openVault loads the keyset. A missing one is made only for a database that holds nothing sealed:
// otherwise it would lock everything in for ever.
func (a *App) openVault(ctx context.Context) (*vault.Vault, error) {
	if !a.Config.EncryptionKeys.Empty() {
		v, err := vault.Load(a.Config.EncryptionKeys)
		if err != nil {
			return nil, fmt.Errorf("ENCRYPTION_KEYS cannot be used: %w, for example ENCRYPTION_KEYS=/etc/truecount/keys.json, made by truecount keys new", err)
		}
		return v, nil
	}
	path := filepath.Join(a.Config.DataDir, "keys.json")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		sealed, err := grants.Sealed(ctx, a.Store)
		if err != nil {
			return nil, err
		}
		if sealed {
			return nil, fmt.Errorf("%s is missing and the database holds tokens sealed with it: put it back, or set ENCRYPTION_KEYS", path)
		}
	}
	return vault.Ensure(path)
}

func (a *App) openPlatforms() {
	allow := append(notify.Hosts(a.Config.AlertURLs...), notify.Hosts(a.Config.HeartbeatURL, a.Config.SentryDSN)...)
	for _, p := range a.Config.Platforms {
		allow = append(allow, platform.MovedHosts(p)...)
	}
	var ledger outbound.Ledger
	if a.ledger != nil {
		ledger = a.ledger
	}
	a.client = outbound.New(outbound.Options{
		Allow: allow, Now: a.now, Quotas: a.list.Quotas(a.Config.Platforms), Ledger: ledger,
		Observe: func(p, endpoint string, status int, d time.Duration) { a.Metrics.Request(p, endpoint, status, d) },
	})
	a.closers = append(a.closers, func() error { a.client.Close(); return nil })
	a.Platforms = a.list.Open(a.Config.Platforms, a.client, a.now)
}

func (a *App) openRooms(ctx context.Context) error {
	a.Metrics = metrics.New(a.gauges)
	for _, m := range a.list.Makers() {
		a.Metrics.Begin(m.Spec.ID)
	}
	a.Auth = auth.New(auth.Options{Store: a.Store, Now: a.now, Demo: a.Config.Sandbox, Seals: a.Keys})
	a.openHealth(a.alertChannels)
	a.Analytics = analytics.New(analytics.Options{
		Store: a.Store, Platforms: a.Platforms, Source: source(a.Config), Now: a.now, SyncIntervalMin: a.Config.SyncIntervalMin,
	})
	crons := map[string]string{}
	for _, p := range a.Config.Platforms {
		crons[p.ID] = p.Cron.Text
	}
	var err error
	if a.mailer, err = notify.NewMailer(a.Config.SMTPURL, a.Config.MailFrom); err != nil {
		return err
	}
	a.mailer.Named(publicName(a.Config.BaseURL))
	if a.Channels, err = notify.Channels(a.Config.AlertURLs, a.client); err != nil {
		return err
	}
	a.Planner = planner.New(planner.Options{
		Store: a.Store, Platforms: a.Platforms, Source: source(a.Config), Now: a.now, Interval: a.Config.SyncIntervalMin,
	})
	a.Queue, err = jobs.New(jobs.Options{Store: a.Store, Planner: a.Planner, Platforms: a.Platforms, Now: a.now, Log: a.log})
	if err != nil {
		return err
	}
	access := grants.New(grants.Options{
		Store: a.Store, Vault: a.Keys, Platforms: a.Platforms, Source: source(a.Config), Now: a.now,
		Resume: a.Queue.Resume, Refreshed: a.Metrics.Refresh, Spool: filepath.Join(a.Config.DataDir, "spool"),
	})
	report := jobs.Reporter(a.log, a.failedRun)
	a.Syncer = syncer.New(syncer.Options{
		Store: a.Store, Planner: a.Planner, Platforms: a.Platforms, Grants: access, Source: source(a.Config), Now: a.now,
		Ended: a.Metrics.Run, StoredLate: report,
	})
	a.Connect = connect.New(connect.Options{
		Store: a.Store, Grants: access, Platforms: a.Platforms, Queue: a.Queue, Synced: a.Syncer, Source: source(a.Config),
		Now: a.now, BaseURL: a.Config.BaseURL, Notify: remind(a.mailer), CopiesUntil: a.copiesUntil, Steady: a.steady,
	})
	a.Runner, err = jobs.NewRunner(jobs.RunnerOptions{
		Queue: a.Queue, Syncer: a.Syncer, Workers: a.Config.SyncWorkers, Zone: a.Config.SyncTimezone, Crons: crons, Report: report,
		OnTheSide: map[string]func(context.Context) error{
			"check alerts":       a.Alerts.Check,
			"send messages":      a.Alerts.Deliver,
			"remind creators":    func(ctx context.Context) error { _, err := a.Connect.Notices.Remind(ctx); return err },
			"renew access":       func(ctx context.Context) error { _, err := a.Connect.Grants.Renew(ctx); return err },
			"send the heartbeat": a.heartbeat,
			"limit memory":       a.limitMemory,
			"watch the database": func(ctx context.Context) error { a.calm.look(ctx, a.Store.Writable); return nil },
		},
		EveryMinute: map[string]func(context.Context) error{
			"set the clock":          a.setClock,
			"look after connections": a.ForgetOverdue,
			"clean up":               a.CleanUp,
			"sweep sessions":         a.steadily(a.Auth.Sweep),
			"sweep quotas":           a.steadily(a.ledger.Sweep),
			"forget old rows":        a.steadily(a.prune),
			"forget old alerts":      a.steadily(a.Alerts.Forget),
			"back up":                a.Backup,
		},
	})
	if err != nil {
		return err
	}
	if err := a.Connect.Grants.Keys.CheckKeys(ctx); err != nil {
		return err
	}
	if _, err := a.Connect.Grants.Unspool(ctx); err != nil { // of some connections: it is tried again every minute, and the others go on
		a.log.ErrorContext(ctx, "renewed access that lies in the spool could not be stored", "error", err)
	}
	return nil
}

// openHealth opens the rooms that tell how syncing goes.
func (a *App) openHealth(channels func(context.Context) ([]notify.Channel, error)) {
	src := source(a.Config)
	a.Health = health.New(health.Options{Store: a.Store, Platforms: a.Platforms, Source: src, Now: a.now, Started: a.started})
	a.Capacity = capacity.New(capacity.Options{Store: a.Store, Platforms: a.Platforms, Scale: a.Health, Source: src, Now: a.now})
	a.Alerts = alerts.New(alerts.Options{
		Store: a.Store, Platforms: a.Platforms, Health: a.Health, Capacity: a.Capacity, Source: src, Now: a.now, Started: a.started,
		BaseURL: a.Config.BaseURL, Channels: channels, BackupTrouble: a.backupTrouble,
	})
	a.Console = console.New(console.Options{
		Store: a.Store, Platforms: a.Platforms, Health: a.Health, Capacity: a.Capacity, Alerts: a.Alerts, Source: src, Now: a.now,
	})
}

func (a *App) prune(ctx context.Context) error {
	n, err := a.Syncer.Prune(ctx, a.Config.Keep)
	if n != (syncer.Pruned{}) {
		a.log.InfoContext(ctx, "old rows forgotten", "logs", n.Logs, "runs", n.Runs, "history", n.History, "snapshots", n.Snapshots, "unseen_posts", n.Unseen)
	}
	return err
}

// gauges reads what Prometheus asks for.
func (a *App) gauges(ctx context.Context) (metrics.Gauges, error) {
	g, err := a.Health.Gauges(viewer.System(ctx))
	if err != nil {
		return metrics.Gauges{}, err
	}
	out := metrics.Gauges{
		Connections: map[[2]string]float64{}, DeadLetters: map[string]float64{}, QueueDepth: map[string]float64{},
		LastSuccess: map[string]float64{}, QuotaUsed: map[string]float64{},
	}
	for k, n := range g.Connections {
		out.Connections[k] = float64(n)
	}
	for k, n := range g.DeadLetters {
		out.DeadLetters[k] = float64(n)
	}
	for k, n := range g.Queue {
		out.QueueDepth[k] = float64(n)
	}
	for k, t := range g.LastSuccess {
		out.LastSuccess[k] = float64(t.Unix())
	}
	if out.QuotaUsed, err = a.Capacity.QuotaUsed(viewer.System(ctx)); err != nil {
		return metrics.Gauges{}, err
	}
	for _, p := range a.Config.Platforms {
		for _, u := range a.client.Usage(p.ID) {
			if u.Rate.Limit > 0 {
				out.QuotaUsed[p.ID] = max(out.QuotaUsed[p.ID], float64(u.Used)/float64(u.Rate.Limit))
			}
		}
	}
	return out, nil
}

// Now is the time that the rooms go by.
func (a *App) Now() time.Time { return a.now() }

// Close closes the rooms in reverse order.
func (a *App) Close() error {
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i]())
	}
	a.closers = nil
	return errors.Join(errs...)
}

// OnClose adds something to be closed with the rooms, before them.
func (a *App) OnClose(f func() error) { a.closers = append(a.closers, f) }

// Work takes work for a command that runs without a server. Closing stops it first, and lets what runs end for a while.
func (a *App) Work(ctx context.Context, patience time.Duration) error {
	a.stopFirst(ctx, patience)
	return a.Runner.Work(ctx)
}

// stopFirst has the queue stopped before any room that its work needs is closed: a run that is cut off here goes back to
// the queue, and that takes the database.
func (a *App) stopFirst(ctx context.Context, patience time.Duration) {
	ctx = context.WithoutCancel(ctx)
	a.OnClose(func() error { return a.Runner.Stop(ctx, patience) })
}

// Configured lists the platforms that have credentials, in order.
func (a *App) Configured() []string {
	var out []string
	for _, s := range a.Platforms.Specs() {
		if a.Platforms.Configured(s.ID) {
			out = append(out, s.ID)
		}
	}
	return out
}

// Served reports whether a server is at work on this database now.
func (a *App) Served(ctx context.Context) (bool, error) {
	if a.Store.Embedded() {
		return a.Store.Served(), nil
	}
	last, err := a.Planner.Clock.Pulse(ctx, "tick")
	return err == nil && a.now().Sub(last) < 2*time.Minute, err
}

// warnOfNetworkDisk says once that SQLite is not safe where it lies.
func (a *App) warnOfNetworkDisk(network func(dir string) (string, error)) {
	if a.Store.Path == "" {
		return
	}
	if kind, err := network(filepath.Dir(a.Store.Path)); err == nil && kind != "" {
		a.log.Warn("the database lies on a network disk, where SQLite's journal is not safe: move it to a disk of this machine, or use PostgreSQL", "disk", kind)
	}
}
