package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-co-op/gocron/v2"
	"github.com/google/uuid"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/app/viewer"
)

type clock struct {
	s   gocron.Scheduler
	end context.CancelFunc // of what has a clock of its own
}

const (
	planBatch = 200    // connections enqueued in one transaction
	planMost  = 200000 // connections planned in one go by somebody's word
	// planAhead is how much of the night's work waits in the queue: what is not planned stays due, and the
	// next minute takes more. A plan costs the same with many accounts as with few.
	planAhead = 10 * time.Minute
	planFloor = 2000
)

// Start takes work and starts the clock. worker false: only the clock; the context ends nothing by
// itself, Stop does, also after an error.
func (q *Queue) Start(ctx context.Context, work bool) error {
	ctx = viewer.System(context.WithoutCancel(ctx))
	if work {
		if err := q.begin(ctx); err != nil {
			return err
		}
	}
	if err := q.realign(ctx); err != nil {
		return err
	}
	return q.startClock(ctx, true)
}

// Work takes work and plans none, for a command that waits.
func (q *Queue) Work(ctx context.Context) error {
	ctx = viewer.System(context.WithoutCancel(ctx))
	if err := q.begin(ctx); err != nil {
		return err
	}
	return q.startClock(ctx, false)
}

// begin takes work.
func (q *Queue) begin(ctx context.Context) error {
	if err := q.recover(ctx); err != nil {
		return err
	}
	if err := q.engine.start(ctx); err != nil {
		return fmt.Errorf("start the queue: %w", err)
	}
	return nil
}

// recover puts back what a killed process left running. On PostgreSQL other processes may be at
// work: there the queue rescues by time.
func (q *Queue) recover(ctx context.Context) error {
	if !q.o.Store.Embedded() {
		return nil
	}
	_, err := q.o.Store.SQL().ExecContext(ctx, `UPDATE river_job SET state = 'available', attempt = max(0, attempt - 1)
		WHERE state = 'running'`)
	if err != nil {
		return fmt.Errorf("put jobs of a killed process back: %w", err)
	}
	// The killed process led the queue, and would go on leading it until its term ends; who leads
	// is who lets waiting jobs go.
	if _, err = q.o.Store.SQL().ExecContext(ctx, `DELETE FROM river_leader`); err != nil {
		return fmt.Errorf("end the term of a killed process: %w", err)
	}
	_, err = q.o.Syncer.Recover(ctx)
	return err
}

// startClock gives the sign of life of what is under way, and with plan the minute's tick and the
// platforms' schedules.
func (q *Queue) startClock(ctx context.Context, plan bool) error {
	s, err := gocron.NewScheduler(gocron.WithLocation(q.o.Zone), gocron.WithStopTimeout(5*time.Second))
	if err != nil {
		return fmt.Errorf("make the clock: %w", err)
	}
	q.clock.s = s
	list := []appointment{{"sign of life", gocron.DurationJob(syncer.HoldEvery), func() { q.chore(ctx, "hold runs", q.o.Syncer.Hold) }, false}}
	if plan {
		// Looked for more often than the tick: what an outage cut off ends within two minutes of it.
		list = append(list, appointment{"lost jobs", gocron.DurationJob(syncer.HoldEvery), func() { q.chore(ctx, "find lost jobs", q.refloat) }, false})
		list = append(list, q.appointments(ctx)...)
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
func (q *Queue) appointments(ctx context.Context) []appointment {
	tick := func() { q.Tick(ctx) }
	list := []appointment{{"minute's tick", gocron.DurationJob(time.Minute), tick, true}}
	beside, end := context.WithCancel(ctx)
	q.clock.end = end
	for name, do := range q.o.Beside {
		list = append(list, appointment{"minute of " + name, gocron.DurationJob(time.Minute), func() { q.chore(beside, name, do) }, true})
	}
	for _, spec := range q.o.Platforms.Specs() {
		if q.o.Platforms.Configured(spec.ID) {
			list = append(list, appointment{"schedule of " + spec.ID, gocron.CronJob(q.o.Crons[spec.ID], false), tick, false})
		}
	}
	return list
}

// Tick is one beat: the pulse is written, due work is enqueued, lost jobs are found, chores done.
func (q *Queue) Tick(ctx context.Context) {
	ctx = viewer.System(ctx)
	now := q.o.Now()
	q.chore(ctx, "pulse", func(ctx context.Context) error { return q.o.Syncer.Tick(ctx, "tick", now, time.Time{}) })
	q.chore(ctx, "realign what is due", q.realign)
	for _, spec := range q.o.Platforms.Specs() {
		if !q.o.Platforms.Configured(spec.ID) {
			continue
		}
		q.chore(ctx, "plan "+spec.ID, func(ctx context.Context) error {
			if err := q.o.Syncer.Beat(ctx, spec.ID); err != nil {
				return err
			}
			runs, err := q.Plan(ctx, spec.ID, syncer.SelectDue, syncer.TriggerSchedule)
			if err != nil {
				return err
			}
			if len(runs) > 0 {
				q.o.Log.InfoContext(ctx, "scheduled syncs queued", "platform", spec.ID, "count", len(runs))
			}
			return q.planInsights(ctx, spec.ID)
		})
	}
	q.chore(ctx, "sum up schedules", q.sumUp)
	q.chore(ctx, "find lost jobs", q.refloat)
	for name, c := range q.o.Chores {
		q.chore(ctx, name, c)
	}
}

// sumUp logs what came of each schedule that was worked off, once.
func (q *Queue) sumUp(ctx context.Context) error {
	nights, err := q.o.Syncer.WorkedOff(ctx)
	for _, n := range nights {
		attrs := []any{"platform", n.Platform, "started", n.Began.UTC().Format(time.RFC3339), "took", q.o.Now().Sub(n.Began).Round(time.Second).String(), "total", n.Total}
		for _, state := range []syncer.State{syncer.StateSuccess, syncer.StatePartial, syncer.StateFailed, syncer.StateDead, syncer.StateDeferred} {
			attrs = append(attrs, string(state), n.States[state])
		}
		q.o.Log.InfoContext(ctx, "schedule finished", attrs...)
	}
	return err
}

// realign has what a wrong clock put off go when it should.
func (q *Queue) realign(ctx context.Context) error {
	jobs, err := q.o.Syncer.Realign(ctx)
	if err != nil {
		return err
	}
	return q.forward(ctx, jobs)
}

func (q *Queue) chore(ctx context.Context, name string, do func(context.Context) error) {
	if err := do(ctx); err != nil && ctx.Err() == nil {
		q.o.Log.ErrorContext(ctx, "the clock could not do its work", "what", name, "error", err)
	}
}

// Plan enqueues the connections of a platform that which selects, spread by the platform's pace,
// and gives the runs it made. One that cannot be synced after all is left out.
func (q *Queue) Plan(ctx context.Context, platformID string, which syncer.Selection, t syncer.Trigger) ([]string, error) {
	gap, most := q.o.Platforms.Delay(platformID), planMost
	if which == syncer.SelectDue {
		waiting, err := q.o.Syncer.Queued(ctx, platformID)
		if err != nil {
			return nil, err
		}
		if most = ahead(gap) - waiting; most <= 0 {
			return nil, nil
		}
	}
	ids, err := q.o.Syncer.Pick(ctx, platformID, which, most)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	if which == syncer.SelectDue {
		late, err := q.o.Syncer.Late(ctx, platformID)
		if err != nil {
			return nil, err
		}
		gap = max(gap, spread(late, len(ids)))
	}
	return q.plan(ctx, platformID, ids, syncer.KindSync, t, gap)
}

// ahead is how many runs of a platform may wait in the queue before the schedule adds more.
func ahead(gap time.Duration) int {
	if gap <= 0 {
		return planFloor
	}
	return max(planFloor, int(planAhead/gap))
}

// What was missed while no process ran is caught up within catchUp, and not all in one moment.
const (
	missed    = 15 * time.Minute
	catchUp   = 30 * time.Minute
	gapAtMost = time.Minute // few accounts need no half hour
)

// spread is the time between two of n accounts that are this late.
func spread(late time.Duration, n int) time.Duration {
	if late < missed {
		return 0
	}
	return min(catchUp/time.Duration(n), gapAtMost)
}

// planInsights enqueues the reading of accounts as a whole, where it is due.
func (q *Queue) planInsights(ctx context.Context, platformID string) error {
	ids, err := q.o.Syncer.PickInsights(ctx, platformID, planMost)
	if err != nil {
		return err
	}
	_, err = q.plan(ctx, platformID, ids, syncer.KindInsights, syncer.TriggerSchedule, q.o.Platforms.Delay(platformID))
	return err
}

func (q *Queue) plan(ctx context.Context, platformID string, ids []string, k syncer.Kind, t syncer.Trigger, delay time.Duration) ([]string, error) {
	var runs []string
	at := q.o.Now()
	for part := range slices.Chunk(ids, planBatch) {
		made, err := q.planBatch(ctx, platformID, part, k, t, at, delay)
		if err != nil {
			return runs, fmt.Errorf("plan %s: %w", platformID, err)
		}
		runs = append(runs, made...)
		at = at.Add(time.Duration(len(made)) * delay)
	}
	return runs, nil
}

// planBatch makes the runs of some connections and their jobs, many rows at once. One that changed
// between picking and planning is left out.
func (q *Queue) planBatch(ctx context.Context, platformID string, ids []string, k syncer.Kind, t syncer.Trigger, at time.Time, delay time.Duration) ([]string, error) {
	var list []syncer.Planned
	err := q.o.Store.Tx(ctx, func(tx store.Tx) error {
		list = list[:0]
		fit, err := q.o.Syncer.Fit(ctx, tx, ids, k)
		if err != nil || len(fit) == 0 {
			return err
		}
		jobs := make([]job, len(fit))
		for i, id := range fit {
			list = append(list, syncer.Planned{RunID: uuid.Must(uuid.NewV7()).String(), ConnectionID: id})
			jobs[i] = job{run: list[i].RunID, platform: platformID, rank: rank(k, true), at: at.Add(time.Duration(i) * delay)}
		}
		made, err := q.engine.insertMany(ctx, tx, q.now(jobs))
		if err != nil {
			return err
		}
		for i := range list {
			list[i].JobID = made[i]
		}
		return q.o.Syncer.OpenAll(ctx, tx, platformID, k, t, list)
	})
	if store.Clash(err) && len(ids) > 1 { // another replica plans the same: one by one
		var runs []string
		for _, id := range ids {
			made, err := q.planBatch(ctx, platformID, []string{id}, k, t, at.Add(time.Duration(len(runs))*delay), delay)
			if err != nil {
				return runs, err
			}
			runs = append(runs, made...)
		}
		return runs, nil
	}
	if store.Clash(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	runs := make([]string, len(list))
	for i, p := range list {
		runs[i] = p.RunID
	}
	return runs, nil
}

// now lets jobs whose time has come go at once: one with a time waits for the queue's next round, whatever
// the time is.
func (q *Queue) now(jobs []job) []job {
	now := q.o.Now()
	for i := range jobs {
		if !jobs[i].at.After(now) {
			jobs[i].at = time.Time{}
		}
	}
	return jobs
}

// Stop takes no new work, lets what runs end for a while and then cancels it: a cancelled run goes
// back to the queue.
func (q *Queue) Stop(ctx context.Context, patience time.Duration) error {
	var errs []error
	if q.clock.s != nil {
		if q.clock.end != nil {
			q.clock.end() // a mail server that never answers is not waited for
		}
		errs = append(errs, q.clock.s.Shutdown())
		q.clock.s = nil
	}
	soft, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := q.engine.stop(soft); err != nil {
		hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		errs = append(errs, q.engine.kill(hard))
	}
	return errors.Join(errs...)
}
