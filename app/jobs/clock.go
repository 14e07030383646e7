package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-co-op/gocron/v2"

	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/viewer"
)

type clock struct {
	s   gocron.Scheduler
	end context.CancelFunc // of what has a clock of its own
}

// Start takes work and starts the clock. worker false: only the clock; the context ends nothing by
// itself, Stop does, also after an error.
func (r *Runner) Start(ctx context.Context, work bool) error {
	ctx = viewer.System(context.WithoutCancel(ctx), viewer.ReasonClock)
	if work {
		if err := r.begin(ctx); err != nil {
			return err
		}
	}
	if err := r.realign(ctx); err != nil {
		return err
	}
	return r.startClock(ctx, true)
}

// Work takes work and plans none, for a command that waits.
func (r *Runner) Work(ctx context.Context) error {
	ctx = viewer.System(context.WithoutCancel(ctx), viewer.ReasonClock)
	if err := r.begin(ctx); err != nil {
		return err
	}
	return r.startClock(ctx, false)
}

// begin takes work.
func (r *Runner) begin(ctx context.Context) error {
	if err := r.recover(ctx); err != nil {
		return err
	}
	if err := r.engine.start(ctx); err != nil {
		return fmt.Errorf("start the queue: %w", err)
	}
	return nil
}

// recover puts back what a killed process left running. On PostgreSQL other processes may be at
// work: there the queue rescues by time.
func (r *Runner) recover(ctx context.Context) error {
	if !r.queue.o.Store.Embedded() {
		return nil
	}
	_, err := r.queue.o.Store.SQL().
		ExecContext(ctx, `UPDATE river_job SET state = 'available', attempt = max(0, attempt - 1)
		WHERE state = 'running'`)
	if err != nil {
		return fmt.Errorf("put jobs of a killed process back: %w", err)
	}
	// The killed process led the queue, and would go on leading it until its term ends; who leads
	// is who lets waiting jobs go.
	if _, err = r.queue.o.Store.SQL().ExecContext(ctx, `DELETE FROM river_leader`); err != nil {
		return fmt.Errorf("end the term of a killed process: %w", err)
	}
	_, err = r.o.Syncer.Recover(ctx)
	return err
}

// startClock gives the sign of life of what is under way, and with plan the minute's tick and the
// platforms' schedules.
func (r *Runner) startClock(ctx context.Context, plan bool) error {
	s, err := gocron.NewScheduler(gocron.WithLocation(r.o.Zone), gocron.WithStopTimeout(5*time.Second))
	if err != nil {
		return fmt.Errorf("make the clock: %w", err)
	}
	r.clock.s = s
	list := []appointment{
		{
			"sign of life",
			gocron.DurationJob(syncer.HeartbeatEvery),
			func() { r.runLogged(ctx, "hold runs", r.o.Syncer.Heartbeat) },
			false,
		},
	}
	if plan {
		// Looked for more often than the tick: what an outage cut off ends within two minutes of it.
		list = append(
			list,
			appointment{
				"lost jobs",
				gocron.DurationJob(syncer.HeartbeatEvery),
				func() { r.runLogged(ctx, "find lost jobs", r.requeueLost) },
				false,
			},
		)
		list = append(list, r.appointments(ctx)...)
	}
	for _, a := range list {
		options := []gocron.JobOption{gocron.WithSingletonMode(gocron.LimitModeReschedule)}
		if a.now {
			options = append(options, gocron.WithStartAt(gocron.WithStartImmediately()))
		}
		if _, err := s.NewJob(a.when, gocron.NewTask(a.do), options...); err != nil {
			return fmt.Errorf("set the clock for the %s: %w", a.name, err)
		}
	}
	s.Start()
	return nil
}

// appointment is something that is done by the clock, never twice at once.
type appointment struct {
	name string
	when gocron.JobDefinition
	do   func()
	now  bool // also at once
}

// appointments are the minute's tick, what has a clock of its own beside it, and the platforms' schedules: these only
// say when; what is due is a column, so a missed or doubled hour does no harm.
func (r *Runner) appointments(ctx context.Context) []appointment {
	tick := func() { r.Tick(ctx) }
	list := []appointment{{"minute's tick", gocron.DurationJob(time.Minute), tick, true}}
	sideCtx, end := context.WithCancel(ctx)
	r.clock.end = end
	for name, do := range r.o.OnTheSide {
		list = append(
			list,
			appointment{"minute of " + name, gocron.DurationJob(time.Minute), func() { r.runLogged(sideCtx, name, do) }, true},
		)
	}
	for _, spec := range r.queue.o.Platforms.Specs() {
		if r.queue.o.Platforms.Configured(spec.ID) {
			list = append(list, appointment{"schedule of " + spec.ID, gocron.CronJob(r.o.Crons[spec.ID], false), tick, false})
		}
	}
	return list
}

// Tick is one beat: the pulse is written, due work is enqueued, lost jobs are found, chores done.
func (r *Runner) Tick(ctx context.Context) {
	ctx = viewer.System(ctx, viewer.ReasonClock)
	now := r.queue.o.Now()
	r.runLogged(
		ctx,
		"pulse",
		func(ctx context.Context) error { return r.queue.o.Planner.Clock.Tick(ctx, "tick", now, time.Time{}) },
	)
	r.runLogged(ctx, "realign what is due", r.realign)
	for _, spec := range r.queue.o.Platforms.Specs() {
		if !r.queue.o.Platforms.Configured(spec.ID) {
			continue
		}
		r.runLogged(ctx, "plan "+spec.ID, func(ctx context.Context) error {
			if err := r.queue.o.Planner.Clock.RecordSchedule(ctx, spec.ID); err != nil {
				return err
			}
			runs, err := r.queue.Plan(ctx, spec.ID, planner.SelectDue, planner.TriggerSchedule)
			if err != nil {
				return err
			}
			if len(runs) > 0 {
				r.queue.o.Log.InfoContext(ctx, "scheduled syncs queued", "platform", spec.ID, "count", len(runs))
			}
			return r.queue.planInsights(ctx, spec.ID)
		})
	}
	r.runLogged(ctx, "sum up schedules", r.sumUp)
	r.runLogged(ctx, "find lost jobs", r.requeueLost)
	for name, c := range r.o.EveryMinute {
		r.runLogged(ctx, name, c)
	}
}

// sumUp logs what came of each schedule that was worked off, once.
func (r *Runner) sumUp(ctx context.Context) error {
	nights, err := r.queue.o.Planner.Clock.Finished(ctx)
	for _, n := range nights {
		attrs := []any{
			"platform",
			n.Platform,
			"started",
			n.Began.UTC().Format(time.RFC3339),
			"took",
			r.queue.o.Now().Sub(n.Began).Round(time.Second).String(),
			"total",
			n.Total,
		}
		for _, state := range []planner.State{planner.StateSuccess, planner.StatePartial, planner.StateFailed,
			planner.StateDead, planner.StateDeferred} {
			attrs = append(attrs, string(state), n.States[state])
		}
		r.queue.o.Log.InfoContext(ctx, "schedule finished", attrs...)
	}
	return err
}

// realign has what a wrong clock put off go when it should.
func (r *Runner) realign(ctx context.Context) error {
	jobs, err := r.queue.o.Planner.Realign(ctx)
	if err != nil {
		return err
	}
	return r.queue.forward(ctx, jobs)
}

func (r *Runner) runLogged(ctx context.Context, name string, do func(context.Context) error) {
	if err := do(ctx); err != nil && ctx.Err() == nil {
		r.queue.o.Log.ErrorContext(ctx, "the clock could not do its work", "what", name, "error", err)
	}
}

// Stop takes no new work, lets what runs end for a while and then cancels it: a cancelled run goes
// back to the queue.
func (r *Runner) Stop(ctx context.Context, patience time.Duration) error {
	var errs []error
	if r.clock.s != nil {
		if r.clock.end != nil {
			r.clock.end() // a mail server that never answers is not waited for
		}
		errs = append(errs, r.clock.s.Shutdown())
		r.clock.s = nil
	}
	soft, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := r.engine.stop(soft); err != nil {
		hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		errs = append(errs, r.engine.kill(hard))
	}
	return errors.Join(errs...)
}
