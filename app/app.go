package app

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/alerts"
	"github.com/truecount/truecount/app/analytics"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/backup"
	"github.com/truecount/truecount/app/capacity"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/connect/grants"
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/help"
	"github.com/truecount/truecount/app/jobs"
	"github.com/truecount/truecount/app/metrics"
	"github.com/truecount/truecount/app/notify"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/posts"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/people"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/all"
	"github.com/truecount/truecount/app/process"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/tags"
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
	Tags      *tags.Tags
	Queue     *jobs.Queue
	Runner    *jobs.Runner
	Accounts  *accounts.Accounts
	Analytics *analytics.Analytics
	Numbers   *numbers.Numbers
	Posts     *posts.Posts
	Help      *help.Library
	Health    *health.Health
	Capacity  *capacity.Capacity
	Alerts    *alerts.Alerts
	Console   *console.Console
	Backups   *backup.Copies
	Cleaner   *backup.Cleaner
	People    *people.People
	Metrics   *metrics.Metrics
	Channels  []notify.Channel // where alerts go

	list    all.List // the platforms it was opened with
	log     *slog.Logger
	clock   *store.Clock // nil when the time was given
	now     func() time.Time
	started time.Time
	client  *outbound.Client
	mailer  *notify.Mailer   // nil: nobody can be written to
	sentry  *notify.Sentry   // nil: none is set
	outages *store.OutageLog // what is logged goes through it
	ledger  *planner.Ledger
	closers []func() error
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
		a.clock = &store.Clock{}
		a.now = a.clock.Now
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
			a = nil
		}
	}()
	ctx = viewer.System(ctx, viewer.ReasonStart)
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
	if a.Keys, err = grants.Keyset(ctx, a.Store, a.Config.EncryptionKeys, a.Config.KeysFile()); err != nil {
		return a, err
	}
	if err := backup.Mark(ctx, a.Store, a.Keys.ID()); err != nil &&
		!errors.Is(err, context.Canceled) { // the next start writes it
		a.log.WarnContext(ctx, "the installation's marker could not be written", "error", err)
	}
	if err := a.openWorld(o.Inside); err != nil {
		return a, err
	}
	a.ledger = planner.NewLedger(a.Store, a.now)
	a.openPlatforms()
	if err := a.openSentry(); err != nil {
		return a, err
	}
	a.outages = store.NewOutageLog(a.log.Handler(), a.now)
	a.log = slog.New(a.outages)
	return a, a.openRooms(ctx)
}

func (a *App) setClock(ctx context.Context) error {
	if a.clock == nil {
		return nil
	}
	return a.clock.Set(ctx, a.Store, a.log)
}

func (a *App) openStore(ctx context.Context, serve bool) error {
	var err error
	if a.Store, err = backup.OpenStore(ctx, a.Config); err != nil {
		return err
	}
	a.closers = append(a.closers, a.Store.Close)
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
	a.openBackups()
	a.Accounts = accounts.New(accounts.Options{
		Store: a.Store, Platforms: a.Platforms, Source: a.Config.Source(), Now: a.now,
		SyncIntervalMin: a.Config.SyncIntervalMin,
	})
	a.Numbers = numbers.New(numbers.Options{Store: a.Store, Accounts: a.Accounts, Now: a.now})
	a.Posts = posts.New(posts.Options{Store: a.Store, Accounts: a.Accounts, Numbers: a.Numbers, Now: a.now})
	a.Analytics = analytics.New(analytics.Options{
		Store: a.Store, Accounts: a.Accounts, Numbers: a.Numbers, Platforms: a.Platforms, Now: a.now,
	})
	var err error
	if a.Help, err = help.New(help.FactsOf(a.Config, a.Platforms)); err != nil {
		return err
	}
	crons := map[string]string{}
	for _, p := range a.Config.Platforms {
		crons[p.ID] = p.Cron.Text
	}
	if a.mailer, err = notify.NewMailer(a.Config.SMTPURL, a.Config.MailFrom); err != nil {
		return err
	}
	a.mailer.Named(a.Config.PublicHost())
	if a.Channels, err = notify.Channels(a.Config.AlertURLs, a.client); err != nil {
		return err
	}
	a.openHealth()
	a.Planner = planner.New(planner.Options{
		Store: a.Store, Platforms: a.Platforms, Source: a.Config.Source(), Now: a.now, Interval: a.Config.SyncIntervalMin,
	})
	a.Queue, err = jobs.New(
		jobs.Options{Store: a.Store, Planner: a.Planner, Platforms: a.Platforms, Now: a.now, Log: a.log},
	)
	if err != nil {
		return err
	}
	access := grants.New(grants.Options{
		Store: a.Store, Vault: a.Keys, Platforms: a.Platforms, Source: a.Config.Source(), Now: a.now,
		Resume: a.Queue.Resume, Refreshed: a.Metrics.Refresh, Spool: a.Config.SpoolDir(),
	})
	report := jobs.Reporter(a.log, a.failedRun)
	a.Syncer = syncer.New(syncer.Options{
		Store: a.Store, Planner: a.Planner, Platforms: a.Platforms, Grants: access, Source: a.Config.Source(), Now: a.now,
		Ended: a.Metrics.Run, StoredLate: report,
	})
	a.Connect = connect.New(connect.Options{
		Store: a.Store, Grants: access, Platforms: a.Platforms, Queue: a.Queue, Synced: a.Syncer, Source: a.Config.Source(),
		Now: a.now, BaseURL: a.Config.BaseURL, Notify: a.remind(), CopiesUntil: a.Backups.KeptUntil, Steady: a.clockTrusted,
	})
	a.Tags = tags.New(tags.Options{Store: a.Store, Now: a.now})
	a.People = people.New(people.Options{
		Store: a.Store, Connect: a.Connect, Auth: a.Auth, Log: a.log,
		Erasers: []people.Eraser{a.Tags, a.Syncer, a.Alerts, a.Connect.Deletions, a.Auth},
	})
	a.Cleaner = backup.NewCleaner(backup.CleanerOptions{
		Store: a.Store, Erasures: a.Connect.Deletions, Zone: a.Config.SyncTimezone, Now: a.now, Log: a.log,
	})
	a.Runner, err = jobs.NewRunner(jobs.RunnerOptions{
		Queue: a.Queue, Syncer: a.Syncer, Workers: a.Config.SyncWorkers, Zone: a.Config.SyncTimezone, Crons: crons,
		Report: report,
		OnTheSide: map[string]func(context.Context) error{
			"check alerts":       a.Alerts.Check,
			"send messages":      a.Alerts.Deliver,
			"remind creators":    func(ctx context.Context) error { _, err := a.Connect.Notices.Remind(ctx); return err },
			"renew access":       func(ctx context.Context) error { _, err := a.Connect.Grants.Renew(ctx); return err },
			"send the heartbeat": a.heartbeat().Send,
			"limit memory":       func(context.Context) error { process.LimitMemory(a.Config.MemoryLimit); return nil },
			"watch the database": func(ctx context.Context) error { a.outages.Watch(ctx, a.Store.Writable); return nil },
		},
		EveryMinute: map[string]func(context.Context) error{
			"set the clock":          a.setClock,
			"look after connections": a.People.PurgeOverdue,
			"clean up":               a.Cleaner.Run,
			"sweep sessions":         a.whenClockTrusted(a.Auth.Sweep),
			"sweep quotas":           a.whenClockTrusted(a.ledger.Sweep),
			"forget old rows":        a.whenClockTrusted(a.prune),
			"forget old alerts":      a.whenClockTrusted(a.Alerts.Prune),
			"back up":                a.Backups.Run,
		},
	})
	if err != nil {
		return err
	}
	if err := a.Connect.Grants.Keys.CheckKeys(ctx); err != nil {
		return err
	}
	// of some connections: it is tried again every minute, and the others go on
	if _, err := a.Connect.Grants.Unspool(ctx); err != nil {
		a.log.ErrorContext(ctx, "renewed access that lies in the spool could not be stored", "error", err)
	}
	return nil
}

func (a *App) openBackups() {
	a.Backups = backup.New(backup.Options{
		Store: a.Store, Dir: a.Config.Backup.Dir, Every: a.Config.Backup.Every, Keep: a.Config.Backup.Keep,
		Sandbox: a.Config.Sandbox,
		Now:     a.now, Started: a.started, Log: a.log,
	})
	a.closers = append(a.closers, a.Backups.Close)
}

// openHealth opens the rooms that tell how syncing goes.
func (a *App) openHealth() {
	src := a.Config.Source()
	a.Health = health.New(
		health.Options{Store: a.Store, Platforms: a.Platforms, Source: src, Now: a.now, Started: a.started},
	)
	a.Capacity = capacity.New(
		capacity.Options{Store: a.Store, Platforms: a.Platforms, Scale: a.Health, Source: src, Now: a.now},
	)
	a.Alerts = alerts.New(alerts.Options{
		Store: a.Store, Platforms: a.Platforms, Health: a.Health, Capacity: a.Capacity, Source: src, Now: a.now,
		Started: a.started,
		BaseURL: a.Config.BaseURL, Channels: a.destinations().Channels, BackupTrouble: a.Backups.Trouble,
	})
	a.Console = console.New(console.Options{
		Store: a.Store, Platforms: a.Platforms, Health: a.Health, Capacity: a.Capacity, Alerts: a.Alerts,
		Source: src, Now: a.now,
	})
}

// clockTrusted reports whether the time may decide that something is deleted for good, and says once when it may not.
func (a *App) clockTrusted(ctx context.Context) (bool, error) {
	s, err := a.Planner.Clock.Trusted(ctx)
	if s.Leapt > 0 {
		a.log.WarnContext(
			ctx,
			"the clock is far ahead of when this database was last in use: nothing is deleted for its age until then. If the clock is wrong, set it right",
			"ahead",
			s.Leapt.Round(time.Minute),
			"until",
			s.Until.UTC().Format(time.RFC3339),
		)
	}
	return s.OK, err
}

// whenClockTrusted gives what deletes by time alone a look at the clock first.
func (a *App) whenClockTrusted(do func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if ok, err := a.clockTrusted(ctx); err != nil || !ok {
			return err
		}
		return do(ctx)
	}
}

func (a *App) prune(ctx context.Context) error {
	n, err := a.Syncer.Prune(ctx, a.Config.Keep)
	if n != (syncer.Pruned{}) {
		a.log.InfoContext(
			ctx,
			"old rows forgotten",
			"logs",
			n.Logs,
			"runs",
			n.Runs,
			"history",
			n.History,
			"snapshots",
			n.Snapshots,
			"unseen_posts",
			n.Unseen,
		)
	}
	return err
}

// gauges reads what Prometheus asks for.
func (a *App) gauges(ctx context.Context) (metrics.Gauges, error) {
	g, err := a.Health.Gauges(viewer.System(ctx, viewer.ReasonProbe))
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
	if out.QuotaUsed, err = a.Capacity.QuotaUsed(viewer.System(ctx, viewer.ReasonProbe)); err != nil {
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

// stopFirst has the queue stopped before any room that its work needs is closed: a run that is cut off here goes back
// to the queue, and that takes the database.
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
	last, err := a.Planner.Clock.LastTick(ctx, "tick")
	return err == nil && a.now().Sub(last) < 2*time.Minute, err
}

// warnOfNetworkDisk says once that SQLite is not safe where it lies.
func (a *App) warnOfNetworkDisk(network func(dir string) (string, error)) {
	if a.Store.Path == "" {
		return
	}
	if kind, err := network(filepath.Dir(a.Store.Path)); err == nil && kind != "" {
		a.log.Warn(
			"the database lies on a network disk, where SQLite's journal is not safe: move it to a disk of this machine, or use PostgreSQL",
			"disk",
			kind,
		)
	}
}
