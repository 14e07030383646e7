package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/connect/grants"
	"github.com/truecount/truecount/app/doctor"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/metrics"
	"github.com/truecount/truecount/app/notify"
	"github.com/truecount/truecount/app/platform/all"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/vault"
	"github.com/truecount/truecount/app/viewer"
)

// Doctor looks at this program's own set-up while it runs.
func (a *App) Doctor(ctx context.Context) *doctor.Doctor {
	o := a.patient(nil)
	o.Migrated = a.Store.Migrated(ctx)
	o.Served = func(context.Context) (bool, error) { return true, nil }
	return doctor.New(o)
}

// patient is what a doctor is given of an App, as far as it is open.
func (a *App) patient(problems []error) doctor.Options {
	o := doctor.Options{
		Config: a.Config, Declared: a.list.Declared(), Problems: problems, Makers: a.list.Makers(), Registry: a.Platforms, Client: a.client,
		Store: a.Store, Connect: a.Connect, Health: a.Health, Capacity: a.Capacity, Alerts: a.Alerts, Now: a.now,
	}
	if a.Planner != nil {
		o.Tick = func(ctx context.Context) (time.Time, error) { return a.Planner.Clock.Pulse(ctx, "tick") }
		o.Served = a.Served
	}
	if a.mailer != nil {
		o.Mail = a.mailer.Reach
	}
	o.Dial = answers
	if a.Alerts != nil {
		o.Channels = a.outlets
	}
	if a.Auth != nil {
		o.Audit = func(ctx context.Context) (int, string, error) {
			v, err := a.Auth.Verify(ctx)
			if v.Why != "" {
				v.Why = fmt.Sprintf("event %d: %s", v.Broken, v.Why)
			}
			return v.Rows, v.Why, err
		}
	}
	if a.Store != nil && a.backsUp() {
		o.LastBackup, o.BackupEvery = a.LastBackup, a.Config.Backup.Every
	}
	return o
}

// outlets is where alerts go and what became of the last ones, without any secret or person.
func (a *App) outlets(ctx context.Context) ([]doctor.Outlet, error) {
	states, err := a.Alerts.ChannelStates(ctx)
	if err != nil {
		return nil, err
	}
	set := map[string]bool{}
	for _, c := range a.Channels {
		set[c.Name()] = true
	}
	var out []doctor.Outlet
	var admins doctor.Outlet
	n := 0
	for _, s := range states {
		switch {
		case set[s.Name] && strings.HasPrefix(s.Name, "e-mail "):
			out = append(out, doctor.Outlet{Name: "e-mail", Sent: s.Sent, Failed: s.Error})
		case set[s.Name] || s.Name == trackerName:
			out = append(out, doctor.Outlet{Name: s.Name, Sent: s.Sent, Failed: s.Error})
		default:
			n++
			admins.Failed = cmp.Or(admins.Failed, s.Error)
		}
	}
	if n > 0 {
		admins.Name, admins.Mail = "mail to "+count(n, "admin"), true
		out = append(out, admins)
	}
	return out, nil
}

// trackerName is Sentry's as a channel.
var trackerName = tracker{}.Name()

// known is where alerts go, for a program that sends none.
func (a *App) known(ctx context.Context) ([]notify.Channel, error) {
	out := slices.Clone(a.Channels)
	if a.Auth != nil {
		var err error
		if out, err = a.alertChannels(ctx); err != nil {
			return nil, err
		}
	}
	if !a.Config.SentryDSN.Empty() {
		out = append(out, tracker{})
	}
	return out, nil
}

// answers looks whether somebody takes a connection.
func answers(ctx context.Context, hostport string) error {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", hostport)
	if err != nil {
		return err
	}
	return c.Close()
}

// Diagnose opens what opens of a set-up that may be broken, makes a doctor of it, and gives what closes
// it again. It makes no database and no keyset, migrates nothing and takes no lock. more adds what only the
// caller knows.
func Diagnose(ctx context.Context, c config.Config, problems []error, more ...func(*doctor.Options)) (*doctor.Doctor, func() error) {
	ctx = viewer.System(ctx)
	a := &App{Config: c, list: all.Platforms(), log: slog.New(slog.DiscardHandler), clock: &clock{}}
	a.now = a.clock.Now
	var migrated error
	lost := lostDatabase(ctx, c, nil)
	opened, unopened := openExisting(ctx, c)
	if lost == nil && opened != nil {
		lost = lostDatabase(ctx, c, opened)
	}
	if a.Store = opened; a.Store != nil {
		a.closers = append(a.closers, a.Store.Close)
		a.ledger = planner.NewLedger(a.Store, a.now)
		if migrated = a.Store.Migrated(ctx); migrated == nil {
			_ = a.setClock(ctx) // the clock's own check asks again
		}
	}
	keysErr := a.readKeys(ctx, migrated)
	if err := a.openWorld(""); err != nil {
		problems = append(problems, err)
	}
	a.Metrics = metrics.New(a.gauges)
	a.openPlatforms()
	var unsent error
	a.Channels, unsent = notify.Channels(c.AlertURLs, a.client)
	if m, err := notify.NewMailer(c.SMTPURL, c.MailFrom); err == nil {
		a.mailer = m.Named(publicName(c.BaseURL))
	}
	if a.Store != nil && migrated == nil {
		a.openHealth(a.known)
		a.Planner = planner.New(planner.Options{Store: a.Store, Platforms: a.Platforms, Source: source(a.Config), Now: a.now})
		if a.Keys != nil {
			a.Auth = auth.New(auth.Options{Store: a.Store, Now: a.now, Seals: a.Keys})
			access := grants.New(grants.Options{
				Store: a.Store, Vault: a.Keys, Platforms: a.Platforms, Source: source(a.Config), Now: a.now,
				Spool: filepath.Join(c.DataDir, "spool"),
			})
			a.Connect = connect.New(connect.Options{
				Store: a.Store, Grants: access, Platforms: a.Platforms, Source: source(a.Config), Now: a.now,
			})
		}
	}
	o := a.patient(problems)
	o.StoreErr, o.Lost, o.Migrated, o.KeysErr, o.KeysFile = unopened, lost, migrated, keysErr, filepath.Join(c.DataDir, "keys.json")
	if unsent != nil {
		o.Channels = func(context.Context) ([]doctor.Outlet, error) { return nil, unsent }
	}
	for _, add := range more {
		add(&o)
	}
	return doctor.New(o), a.Close
}

const openLimit = 5 * time.Second // of a database that may not be there

// openExisting opens the database, and makes none: without one it gives neither a store nor an error.
func openExisting(ctx context.Context, c config.Config) (*store.Store, error) {
	if c.DataDir == "" {
		return nil, errors.New("DATABASE_URL cannot be used")
	}
	if path, ok := strings.CutPrefix(c.DatabaseURL.Reveal(), "sqlite://"); ok {
		if absent, err := store.Absent(path); absent || err != nil {
			return nil, err // an empty file is not made a database by being looked at
		}
	}
	ctx, cancel := context.WithTimeout(ctx, openLimit)
	defer cancel()
	return store.Open(ctx, c.DatabaseURL.Reveal())
}

// readKeys loads the keyset, and makes none.
func (a *App) readKeys(ctx context.Context, migrated error) (err error) {
	if !a.Config.EncryptionKeys.Empty() {
		a.Keys, err = vault.Load(a.Config.EncryptionKeys)
		return err
	}
	path := filepath.Join(a.Config.DataDir, "keys.json")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if a.Store != nil && migrated == nil {
			if sealed, err := grants.Sealed(ctx, a.Store); err != nil || sealed {
				return errors.Join(err, fmt.Errorf("%s is missing and the database holds tokens sealed with it", path))
			}
		}
		return fs.ErrNotExist
	}
	a.Keys, err = vault.Load(fault.Secret(path))
	return err
}
