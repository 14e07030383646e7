package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/words"
)

// Options is what a Queue is made of.
type Options struct {
	Store     *store.Store
	Planner   *planner.Planner
	Platforms *platform.Registry
	Now       func() time.Time // nil: time.Now
	Log       *slog.Logger     // nil: nothing is logged
}

// Queue holds the syncs that wait: it puts runs into the queue, brings them forward and takes them out. It runs none; a
// Runner does. All its methods may be used at once, in several processes.
type Queue struct {
	o      Options
	engine engine
}

// New opens the queue.
func New(o Options) (*Queue, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	e, err := open(o.Store, &river.Config{Logger: slog.New(errorsOnly{o.Log.Handler()}), PollOnly: o.Store.Embedded()})
	if err != nil {
		return nil, err
	}
	return &Queue{o: o, engine: e}, nil
}

// open makes the queue library's client for one of the two databases.
func open(s *store.Store, cfg *river.Config) (engine, error) {
	if !s.Embedded() {
		c, err := river.NewClient(riverpgxv5.New(s.Jobs()), cfg)
		if err != nil {
			return nil, fmt.Errorf("open the queue: %w", err)
		}
		return &rivers[pgx.Tx]{c, func(tx store.Tx) pgx.Tx { return tx.PGX }}, nil
	}
	c, err := river.NewClient(riversqlite.New(s.SQL()), cfg)
	if err != nil {
		return nil, fmt.Errorf("open the queue: %w", err)
	}
	return &rivers[*sql.Tx]{c, func(tx store.Tx) *sql.Tx { return tx.SQL }}, nil
}

// Migrate brings the queue's own tables up to date. It fits store.Extra.
func Migrate(ctx context.Context, s *store.Store) error {
	var err error
	silent := &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)}
	if !s.Embedded() {
		var m *rivermigrate.Migrator[pgx.Tx]
		if m, err = rivermigrate.New(riverpgxv5.New(s.Jobs()), silent); err == nil {
			_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
		}
	} else {
		var m *rivermigrate.Migrator[*sql.Tx]
		if m, err = rivermigrate.New(riversqlite.New(s.SQL()), silent); err == nil {
			_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
		}
	}
	if err != nil {
		return fmt.Errorf("migrate the queue: %w", err)
	}
	return nil
}

// engine is the queue library on one of the two databases.
type engine interface {
	insert(ctx context.Context, tx store.Tx, j job) (int64, error)
	insertMany(ctx context.Context, tx store.Tx, list []job) ([]int64, error)
	// prioritize brings a job that waits before all others.
	prioritize(ctx context.Context, tx store.Tx, jobID int64) error
	// release lets a job that waits for its time go now, in its turn.
	release(ctx context.Context, tx store.Tx, jobID int64) error
	cancel(ctx context.Context, tx store.Tx, jobID int64) error
	// unlock takes a job away from a process that is gone: it is nobody's, and works at once, in its platform's
	// queue.
	unlock(ctx context.Context, tx store.Tx, jobID int64, platform string) error
	// locked lists jobs that somebody took before a moment and has not ended.
	locked(ctx context.Context, before time.Time) ([]int64, error)
	// present tells which of some jobs still stand for their runs.
	present(ctx context.Context, ids []int64) (map[int64]bool, error)
	start(ctx context.Context) error
	stop(ctx context.Context) error
	kill(ctx context.Context) error
}

type rivers[T any] struct {
	c  *river.Client[T]
	tx func(store.Tx) T
}

// waiting lists the states in which a job still stands for its run.
var waiting = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable,
	rivertype.JobStateScheduled,
}

func (r *rivers[T]) insert(ctx context.Context, tx store.Tx, j job) (int64, error) {
	res, err := r.c.InsertTx(ctx, r.tx(tx), syncArgs{RunID: j.run}, j.opts())
	if err != nil {
		return 0, fmt.Errorf("queue run %s: %w", j.run, err)
	}
	return res.Job.ID, nil
}

func (r *rivers[T]) insertMany(ctx context.Context, tx store.Tx, list []job) ([]int64, error) {
	params := make([]river.InsertManyParams, len(list))
	for i, j := range list {
		params[i] = river.InsertManyParams{Args: syncArgs{RunID: j.run}, InsertOpts: j.opts()}
	}
	made, err := r.c.InsertManyTx(ctx, r.tx(tx), params)
	if err != nil {
		return nil, fmt.Errorf("queue %d runs: %w", len(list), err)
	}
	ids := make([]int64, len(made))
	for i, m := range made {
		ids[i] = m.Job.ID
	}
	return ids, nil
}

func (r *rivers[T]) prioritize(ctx context.Context, tx store.Tx, jobID int64) error {
	if _, err := tx.ExecContext(ctx, `UPDATE river_job SET priority = $1 WHERE id = $2`, rankAwaited, jobID); err != nil {
		return fmt.Errorf("bring job %d forward: %w", jobID, err)
	}
	return r.release(ctx, tx, jobID)
}

func (r *rivers[T]) release(ctx context.Context, tx store.Tx, jobID int64) error {
	_, err := r.c.JobRetryTx(ctx, r.tx(tx), jobID)
	return unlessGone(err)
}

func (r *rivers[T]) cancel(ctx context.Context, tx store.Tx, jobID int64) error {
	_, err := r.c.JobCancelTx(ctx, r.tx(tx), jobID)
	return unlessGone(err)
}

func (r *rivers[T]) unlock(ctx context.Context, tx store.Tx, jobID int64, platform string) error {
	_, err := tx.ExecContext(
		ctx,
		`UPDATE river_job SET state = 'available', attempt = attempt - 1 WHERE id = $1 AND state = 'running' AND attempt > 0`,
		jobID,
	)
	if err == nil {
		_, err = tx.ExecContext(ctx, `UPDATE river_job SET queue = $1 WHERE id = $2 AND queue <> $1`, platform, jobID)
	}
	if err != nil {
		return fmt.Errorf("free job %d: %w", jobID, err)
	}
	return nil
}

func (r *rivers[T]) locked(ctx context.Context, before time.Time) ([]int64, error) {
	res, err := r.c.JobList(ctx, river.NewJobListParams().States(rivertype.JobStateRunning).First(1000))
	if err != nil {
		return nil, fmt.Errorf("list jobs under way: %w", err)
	}
	var ids []int64
	for _, j := range res.Jobs {
		if j.AttemptedAt != nil && j.AttemptedAt.Before(before) {
			ids = append(ids, j.ID)
		}
	}
	return ids, nil
}

func (r *rivers[T]) present(ctx context.Context, ids []int64) (map[int64]bool, error) {
	out := map[int64]bool{}
	if len(ids) == 0 {
		return out, nil
	}
	res, err := r.c.JobList(ctx, river.NewJobListParams().IDs(ids...).States(waiting...).First(len(ids)))
	if err != nil {
		return nil, fmt.Errorf("look for jobs: %w", err)
	}
	for _, j := range res.Jobs {
		out[j.ID] = true
	}
	return out, nil
}

func unlessGone(err error) error {
	if errors.Is(err, rivertype.ErrNotFound) {
		return nil
	}
	return err
}

func (r *rivers[T]) start(ctx context.Context) error { return r.c.Start(ctx) }
func (r *rivers[T]) stop(ctx context.Context) error  { return r.c.Stop(ctx) }
func (r *rivers[T]) kill(ctx context.Context) error  { return r.c.StopAndCancel(ctx) }

// job is what the queue is told of a run.
type job struct {
	run, platform string
	rank          int // lower goes first
	at            time.Time
}

func (j job) opts() *river.InsertOpts {
	return &river.InsertOpts{
		Queue: j.platform, Priority: j.rank, ScheduledAt: j.at, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: waiting},
	}
}

// Ranks: whoever waits for a result comes before the night's work, and both before what nobody misses
// for a while.
const (
	rankAwaited = 1
	rankPlanned = 3
	rankLater   = 4
)

func rank(k planner.Kind, bulk bool) int {
	switch {
	case k == planner.KindInsights:
		return rankLater
	case bulk:
		return rankPlanned
	default:
		return rankAwaited
	}
}

// First queues the first sync of a connection, inside the transaction that makes it.
func (q *Queue) First(ctx context.Context, tx store.Tx, connectionID string) error {
	_, err := q.enqueue(ctx, tx, connectionID, planner.KindSync, planner.TriggerFirst, time.Time{}, false)
	return err
}

// enqueue makes a run and its job, or hurries the one that waits.
func (q *Queue) enqueue(
	ctx context.Context,
	tx store.Tx,
	connectionID string,
	k planner.Kind,
	t planner.Trigger,
	at time.Time,
	bulk bool,
) (planner.Asked, error) {
	a, err := q.o.Planner.Ask(ctx, tx, connectionID, k, t)
	if err != nil {
		return a, err
	}
	switch {
	case a.New:
		if a.At.After(at) {
			at = a.At
		}
		if !at.After(q.o.Now()) {
			at = time.Time{} // a job with a time waits for the queue's next round, whatever the time is
		}
		if a.JobID, err = q.engine.insert(ctx, tx, job{a.RunID, a.Platform, rank(k, bulk), at}); err != nil {
			return a, err
		}
		return a, q.o.Planner.SetJob(ctx, tx, a.RunID, a.JobID)
	case a.Hurry && a.JobID != 0:
		return a, q.engine.prioritize(ctx, tx, a.JobID)
	default:
		return a, nil
	}
}

// Sync queues a sync of a connection now, or gives the run that has not ended. The faults are the
// syncer's: NOT_CONNECTED, CONFLICT, NOT_CONFIGURED.
func (q *Queue) Sync(ctx context.Context, connectionID string, t planner.Trigger) (planner.Asked, error) {
	var a planner.Asked
	try := func() error {
		return q.o.Store.Tx(ctx, func(tx store.Tx) error {
			var err error
			a, err = q.enqueue(ctx, tx, connectionID, planner.KindSync, t, time.Time{}, false)
			return err
		})
	}
	err := try()
	if store.Clash(err) { // somebody asked in the same moment: theirs is the run
		err = try()
	}
	return a, err
}

// SyncOwn is Sync for a creator, who must leave some time between two requests of their own:
// TOO_MANY_REQUESTS says how long. A run that has not ended is given whatever the time.
func (q *Queue) SyncOwn(
	ctx context.Context,
	connectionID string,
	t planner.Trigger,
	least time.Duration,
) (planner.Asked, error) {
	var a planner.Asked
	try := func() error {
		return q.o.Store.Tx(ctx, func(tx store.Tx) error {
			if err := q.o.Planner.Askable(ctx, tx, connectionID, t); err != nil {
				return err // what cannot be done at all comes before when
			}
			wait, err := q.o.Planner.TooSoon(ctx, tx, connectionID, least)
			if err != nil {
				return err
			}
			if wait > 0 {
				return &fault.Error{
					Code: fault.TooManyRequests, RetryAfter: wait,
					Message: words.New("errors.sync.tooSoon", "In", words.Length(roundUp(wait))),
				}
			}
			a, err = q.enqueue(ctx, tx, connectionID, planner.KindSync, t, time.Time{}, false)
			return err
		})
	}
	err := try()
	if store.Clash(err) {
		err = try()
	}
	return a, err
}

// roundUp makes a wait a length that a person reads: whole seconds below a minute, whole minutes above.
func roundUp(d time.Duration) time.Duration {
	unit := time.Minute
	if d < time.Minute {
		unit = time.Second
	}
	return (d + unit - 1).Truncate(unit)
}
