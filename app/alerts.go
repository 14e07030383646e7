package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/notify"
	"github.com/truecount/truecount/app/release"
	"github.com/truecount/truecount/app/syncer"
)

const lastWords = 3 * time.Second // for what waits for Sentry when we end

// openSentry sends every error that is logged from here on to Sentry, where one is set.
func (a *App) openSentry() error {
	environment := "production"
	if a.Config.Sandbox {
		environment = "sandbox"
	}
	s, err := notify.NewSentry(a.Config.SentryDSN, a.client, release.Current().Version, environment)
	if err != nil || s == nil {
		return err
	}
	a.sentry, a.log = s, slog.New(s.Handler(a.log.Handler()))
	a.closers = append(a.closers, func() error { s.Flush(lastWords); return nil })
	return nil
}

// tracker is Sentry as a channel: an alert is an issue there.
type tracker struct{ s *notify.Sentry }

func (tracker) Name() string { return "Sentry" }

// Send makes an issue of what has opened. An end is no event there: it would open the issue again.
func (t tracker) Send(ctx context.Context, m notify.Message) error {
	if m.Event == "over" {
		return nil
	}
	return t.s.Alert(ctx, m)
}

// alertChannels is where alerts go now: the set places, every admin's mail, Sentry. When the database cannot say who
// the admins are, those of before are written to.
func (a *App) alertChannels(ctx context.Context) ([]notify.Channel, error) {
	out := append([]notify.Channel{}, a.Channels...)
	if a.mailer != nil {
		a.knowing.Lock()
		defer a.knowing.Unlock()
		if admins, err := a.Auth.Admins(ctx); err != nil {
			a.log.WarnContext(ctx, "the admins cannot be read: those of before are written to", "error", err)
		} else {
			a.admins = a.admins[:0]
			for _, u := range admins {
				a.admins = append(a.admins, u.Email)
			}
		}
		for _, email := range a.admins {
			out = append(out, a.mailer.Channel(email))
		}
	}
	if a.sentry != nil {
		out = append(out, tracker{a.sentry})
	}
	return out, nil
}

// lateBackup is how much later than asked a copy may be before somebody is told.
const lateBackup = 2 * time.Hour

// backupTrouble says that no copy of the database was made in time; empty when one was.
func (a *App) backupTrouble(context.Context) string {
	if !a.backsUp() {
		return ""
	}
	at, err := a.LastBackup()
	since := at
	if since.Before(a.started) {
		since = a.started // a process that has just begun has its time
	}
	if a.now().Sub(since) <= a.Config.Backup.Every+lateBackup && err == nil {
		return ""
	}
	words := "No copy of the database could be made yet."
	if !at.IsZero() {
		words = "The last copy of the database is of " + at.UTC().Format("2 Jan 2006 15:04 MST") + "."
	}
	if err != nil {
		words += fmt.Sprintf(" The last try failed: %v.", err)
	}
	return words
}

// heartbeat tells an outside watcher of each platform's scheduled sync that was worked off. What the watcher did not
// take is told again at the next minute.
func (a *App) heartbeat(ctx context.Context) error {
	if a.Config.HeartbeatURL.Empty() {
		return nil
	}
	done, err := a.Planner.Clock.Completed(ctx)
	if err != nil || len(done) == 0 {
		return err
	}
	if err := notify.Ping(ctx, a.client, a.Config.HeartbeatURL); err != nil {
		return fmt.Errorf("heartbeat: %w", err)
	}
	return a.Planner.Clock.Told(ctx, done)
}

// failedRun sends a run that gave up to Sentry, where SENTRY_RUNS asks for it: alerts speak of them already.
func (a *App) failedRun(runID, platformID string, d syncer.Decision) {
	if a.Config.SentryRuns {
		a.sentry.Run(a.now(), runID, platformID, string(d.Step), string(d.Code), string(d.State))
	}
}

// publicName is the host that the installation is known by; a machine's own name is none.
func publicName(baseURL string) string {
	u, err := url.Parse(baseURL)
	if err != nil || config.Loopback(u.Hostname()) {
		return ""
	}
	return u.Hostname()
}
