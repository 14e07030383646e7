package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/truecount/truecount/app/alerts"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/notify"
	"github.com/truecount/truecount/app/release"
	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/app/words"
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

// destinations is where alerts go, as far as it is open.
func (a *App) destinations() *alerts.Destinations {
	o := alerts.DestinationOptions{Places: a.Channels, Mailer: a.mailer, Auth: a.Auth, Log: a.log}
	if !a.Config.SentryDSN.Empty() {
		o.Sentry = a.sentry.Channel()
	}
	return alerts.NewDestinations(o)
}

// heartbeat tells an outside watcher of scheduled syncs.
func (a *App) heartbeat() alerts.Heartbeat {
	return alerts.Heartbeat{URL: a.Config.HeartbeatURL, Client: a.client, Schedules: a.Planner.Clock}
}

// remind mails a reminder to a creator; nil when there is no mail.
func (a *App) remind() func(context.Context, connect.Reminder) error {
	if a.mailer == nil {
		return nil
	}
	return func(ctx context.Context, r connect.Reminder) error {
		subject, text := r.Mail(words.In(ctx))
		return a.mailer.Send(ctx, r.Email, subject, text)
	}
}

// failedRun sends a run that gave up to Sentry, where SENTRY_RUNS asks for it: alerts speak of them already.
func (a *App) failedRun(runID, platformID string, d syncer.Decision) {
	if a.Config.SentryRuns {
		a.sentry.Run(a.now(), runID, platformID, string(d.Step), string(d.Code), string(d.State))
	}
}
