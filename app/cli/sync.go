package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/words"
)

type syncCmd struct {
	Platform   string `help:"Only this platform."                                                     xor:"which"`
	Connection string `help:"Only this connection, whatever its age."                                 xor:"which"`
	Wait       bool   `help:"Wait until the syncs end and show how. Does the work if no server runs."`
}

// Run queues what is due, and waits if asked to.
func (s syncCmd) Run(w *World) (err error) {
	c, err := w.config()
	if err != nil {
		return err
	}
	if err := existing(c); err != nil {
		return err
	}
	a, err := app.Open(w.Context, app.Options{Config: c, Log: w.logger(c)})
	if err != nil {
		return err
	}
	ctx := viewer.System(w.Context, viewer.ReasonCommand)
	served, err := a.Served(ctx)
	if s.Wait && err == nil && !served {
		if err = a.Close(); err == nil {
			a, err = s.alone(w, c)
		}
		if err == nil {
			err = a.Work(ctx, workPatience)
		}
	}
	if a != nil {
		defer func() { err = errors.Join(err, a.Close()) }()
	}
	if err != nil {
		return err
	}
	runs, err := s.queue(ctx, a)
	if err != nil {
		return err
	}
	what := s.Platform
	if s.Connection != "" {
		what = s.Connection
	}
	err = a.Auth.Log.Record(
		ctx,
		auth.Event{
			ActorID: auth.Command,
			Action:  "sync_command",
			Target:  what,
			Result:  fmt.Sprintf("%d queued", len(runs)),
		},
	)
	if err != nil {
		return err
	}
	if !s.Wait {
		w.say(fmt.Sprintf("queued: %d", len(runs)))
		return nil
	}
	return s.wait(ctx, w, a, runs)
}

// workPatience is for runs under way when the command ends or is told to.
const workPatience = 10 * time.Second

// alone opens the rooms of a process that works without a server. Its sandbox, if that is on, is
// reached over a listener of its own.
func (s syncCmd) alone(w *World, c config.Config) (*app.App, error) {
	o := app.Options{Config: c, Log: w.logger(c), Serve: true}
	if !c.Sandbox {
		return app.Open(w.Context, o)
	}
	l, err := (&net.ListenConfig{}).Listen(w.Context, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the sandbox: %w", err)
	}
	o.Inside = "http://" + l.Addr().String()
	a, err := app.Open(w.Context, o)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	srv := &http.Server{Handler: a.World.Handler(), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = srv.Serve(l) }() // ends with its listener
	a.OnClose(srv.Close)
	return a, nil
}

func (s syncCmd) queue(ctx context.Context, a *app.App) ([]string, error) {
	if s.Connection != "" {
		if err := resumePlatform(ctx, a, s.Connection); err != nil {
			return nil, err
		}
		asked, err := a.Queue.Sync(ctx, s.Connection, planner.TriggerCommand)
		if err != nil {
			return nil, err
		}
		return []string{asked.RunID}, nil
	}
	ids := []string{s.Platform}
	if s.Platform == "" {
		ids = a.Configured()
	} else if err := a.Planner.Known(s.Platform); err != nil {
		return nil, err
	}
	var runs []string
	for _, id := range ids {
		made, err := a.Queue.Plan(ctx, id, planner.SelectUnserved, planner.TriggerCommand)
		if err != nil {
			return runs, err
		}
		runs = append(runs, made...)
	}
	return runs, nil
}

// resumePlatform has the account's platform really asked, as a click of an admin does.
func resumePlatform(ctx context.Context, a *app.App, connectionID string) error {
	id, err := a.Connect.PlatformOf(ctx, connectionID)
	if err != nil {
		return err
	}
	held, err := a.Connect.Grants.AskAgain(ctx, id)
	if err != nil || !held {
		return err
	}
	return a.Queue.Resume(ctx, id)
}

// wait tells each run's end until all have one, or only wait for a time that is set.
func (s syncCmd) wait(ctx context.Context, w *World, a *app.App, runs []string) error {
	told := map[string]bool{}
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	bar := barOn(w.Err, time.Now())
	defer bar.clear()
	for {
		list, err := a.Planner.Watch(ctx, runs)
		if err != nil {
			return err
		}
		open, count := 0, map[string]int{}
		for _, p := range list {
			state := p.State
			switch {
			case p.Ended:
				if !told[p.RunID] {
					told[p.RunID] = true
					bar.clear()
					w.say(fmt.Sprintf("%s %s %s %s", p.RunID, p.Platform, handleOrDash(p.Handle), p.State))
				}
			case p.State == string(planner.StateDeferred) || p.State == string(planner.StateRetrying):
				state = "waiting"
			default:
				open++
			}
			if state == string(planner.StateDead) {
				state = string(planner.StateFailed)
			}
			count[state]++
		}
		if open == 0 {
			bar.clear()
			w.say(
				fmt.Sprintf(
					"done: %d success, %d partial, %d failed, %d waiting",
					count["success"],
					count["partial"],
					count["failed"],
					count["waiting"],
				),
			)
			if count["failed"] > 0 {
				return failure(words.New("commands.sync.failed", "Failed", count["failed"], "All", len(runs)))
			}
			return nil
		}
		bar.draw(
			progress{all: len(runs), ended: len(told), failed: count["failed"], waiting: count["waiting"]},
			time.Now(),
		)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func handleOrDash(handle string) string {
	if handle == "" {
		return "-"
	}
	return "@" + handle
}
