package app

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/backup"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/connect/grants"
	"github.com/truecount/truecount/app/doctor"
	"github.com/truecount/truecount/app/metrics"
	"github.com/truecount/truecount/app/notify"
	"github.com/truecount/truecount/app/platform/all"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/words"
)

// Doctor looks at this program's own set-up while it runs.
func (a *App) Doctor(ctx context.Context) *doctor.Doctor {
	o := a.doctorOptions(nil)
	o.Migrated = a.Store.Migrated(ctx)
	o.Served = func(context.Context) (bool, error) { return true, nil }
	return doctor.New(o)
}

// doctorOptions is what a doctor is given of an App, as far as it is open.
func (a *App) doctorOptions(problems []error) doctor.Options {
	o := doctor.Options{
		Config: a.Config, Declared: a.list.Declared(), Problems: problems, Makers: a.list.Makers(),
		Registry: a.Platforms, Client: a.client,
		Store: a.Store, Connect: a.Connect, Health: a.Health, Capacity: a.Capacity, Alerts: a.Alerts, Now: a.now,
	}
	if a.Planner != nil {
		o.Tick = func(ctx context.Context) (time.Time, error) { return a.Planner.Clock.LastTick(ctx, "tick") }
		o.Served = a.Served
	}
	if a.mailer != nil {
		o.Mail = a.mailer.Reach
	}
	o.Dial = doctor.Dial
	if a.Alerts != nil {
		o.Channels = doctor.Outlets(a.Alerts, a.Channels)
	}
	if a.Auth != nil {
		o.Audit = func(ctx context.Context) (int, string, error) {
			v, err := a.Auth.Log.Verify(ctx)
			if v.Why.IsZero() {
				return v.Rows, "", err
			}
			return v.Rows, words.English.Say("errors.audit.event", "ID", strconv.Itoa(v.Broken), "Why", v.Why), err
		}
	}
	if a.Backups != nil && a.Backups.Scheduled() {
		o.LastBackup, o.BackupEvery = a.Backups.Last, a.Config.Backup.Every
	}
	return o
}

// Diagnose opens what opens of a set-up that may be broken, makes a doctor of it, and gives what closes
// it again. It makes no database and no keyset, migrates nothing and takes no lock. more adds what only the
// caller knows.
func Diagnose(
	ctx context.Context,
	c config.Config,
	problems []error,
	more ...func(*doctor.Options),
) (*doctor.Doctor, func() error) {
	ctx = viewer.System(ctx, viewer.ReasonCheck)
	a := &App{Config: c, list: all.Platforms(), log: slog.New(slog.DiscardHandler), clock: &store.Clock{}}
	a.now = a.clock.Now
	var migrated error
	lost := backup.Lost(ctx, c, nil)
	opened, unopened := backup.OpenExisting(ctx, c)
	if lost == nil && opened != nil {
		lost = backup.Lost(ctx, c, opened)
	}
	if a.Store = opened; a.Store != nil {
		a.closers = append(a.closers, a.Store.Close)
		a.openBackups()
		a.ledger = planner.NewLedger(a.Store, a.now)
		if migrated = a.Store.Migrated(ctx); migrated == nil {
			_ = a.setClock(ctx) // the clock's own check asks again
		}
	}
	sealed := a.Store // where sealed tokens may lie
	if migrated != nil {
		sealed = nil
	}
	var keysErr error
	a.Keys, keysErr = grants.ExistingKeyset(ctx, sealed, c.EncryptionKeys, c.KeysFile())
	if err := a.openWorld(""); err != nil {
		problems = append(problems, err)
	}
	a.Metrics = metrics.New(a.gauges)
	a.openPlatforms()
	var unsent error
	a.Channels, unsent = notify.Channels(c.AlertURLs, a.client)
	if m, err := notify.NewMailer(c.SMTPURL, c.MailFrom); err == nil {
		a.mailer = m.Named(c.PublicHost())
	}
	if a.Store != nil && migrated == nil {
		if a.Keys != nil {
			a.Auth = auth.New(auth.Options{Store: a.Store, Now: a.now, Seals: a.Keys})
		}
		a.openHealth()
		a.Planner = planner.New(
			planner.Options{Store: a.Store, Platforms: a.Platforms, Source: a.Config.Source(), Now: a.now},
		)
		if a.Keys != nil {
			access := grants.New(grants.Options{
				Store: a.Store, Vault: a.Keys, Platforms: a.Platforms, Source: a.Config.Source(), Now: a.now,
				Spool: c.SpoolDir(),
			})
			a.Connect = connect.New(connect.Options{
				Store: a.Store, Grants: access, Platforms: a.Platforms, Source: a.Config.Source(), Now: a.now,
			})
		}
	}
	o := a.doctorOptions(problems)
	o.StoreErr, o.Lost, o.Migrated, o.KeysErr, o.KeysFile = unopened, lost, migrated, keysErr, c.KeysFile()
	if unsent != nil {
		o.Channels = func(context.Context) ([]doctor.Outlet, error) { return nil, unsent }
	}
	for _, add := range more {
		add(&o)
	}
	return doctor.New(o), a.Close
}
