package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/words"
)

// Drop ends what is queued for a connection, inside the transaction that ends or pauses it.
func (q *Queue) Drop(ctx context.Context, tx store.Tx, connectionID string, code fault.Code, why string) error {
	ids, err := q.o.Planner.Drop(ctx, tx, connectionID, code, why)
	if err != nil {
		return err
	}
	return q.cancelJobs(ctx, tx, ids)
}

// Cancel ends a run that has not ended, also one that another process is at work on. The faults are the
// syncer's.
func (q *Queue) Cancel(ctx context.Context, runID string) error {
	return q.o.Store.Tx(ctx, func(tx store.Tx) error {
		ids, err := q.o.Planner.Cancel(ctx, tx, runID, words.English.Say("errors.run.cancelled"))
		if err != nil {
			return err
		}
		return q.cancelJobs(ctx, tx, ids)
	})
}

func (q *Queue) cancelJobs(ctx context.Context, tx store.Tx, ids []int64) error {
	for _, id := range ids {
		if err := q.engine.cancel(ctx, tx, id); err != nil {
			return fmt.Errorf("cancel job %d: %w", id, err)
		}
	}
	return nil
}

// Resume brings forward what waited for a platform to be resumed.
func (q *Queue) Resume(ctx context.Context, platformID string) error {
	return q.o.Store.Tx(ctx, func(tx store.Tx) error {
		ids, err := q.o.Planner.Resumed(ctx, tx, platformID)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := q.engine.release(ctx, tx, id); err != nil {
				return fmt.Errorf("bring job %d forward: %w", id, err)
			}
		}
		return nil
	})
}

// forward lets jobs go now that wait for a time.
func (q *Queue) forward(ctx context.Context, jobs []int64) error {
	for _, id := range jobs {
		err := q.o.Store.Tx(ctx, func(tx store.Tx) error { return q.engine.release(ctx, tx, id) })
		if err != nil {
			return fmt.Errorf("bring job %d forward: %w", id, err)
		}
	}
	return nil
}

// Retry queues a failed or dead run's connection again and settles the run. NOT_FOUND: no such
// run; CONFLICT: it waits for nobody, or its connection cannot be synced as it is.
func (q *Queue) Retry(ctx context.Context, runID string) (planner.Asked, error) {
	var a planner.Asked
	err := q.o.Store.Tx(ctx, func(tx store.Tx) error {
		var err error
		a, err = q.retry(ctx, tx, runID, time.Time{}, false)
		return err
	})
	if store.Clash(err) {
		return a, fault.New(fault.Conflict, words.New("errors.sync.race"))
	}
	return a, err
}

func (q *Queue) retry(ctx context.Context, tx store.Tx, runID string, at time.Time, bulk bool) (planner.Asked, error) {
	connectionID, kind, err := q.o.Planner.Settle(ctx, tx, runID)
	if err != nil {
		return planner.Asked{}, err
	}
	return q.enqueue(ctx, tx, connectionID, kind, planner.TriggerRetry, at, bulk)
}

// Dismiss settles a failed or dead run without another try. The faults are Retry's.
func (q *Queue) Dismiss(ctx context.Context, runID string) error {
	return q.o.Store.Tx(ctx, func(tx store.Tx) error {
		_, _, err := q.o.Planner.Settle(ctx, tx, runID)
		return err
	})
}

// Estimate says what RetryAll would do now.
func (q *Queue) Estimate(ctx context.Context, f planner.Filter) (planner.Bulk, error) {
	list, err := q.o.Planner.Count(ctx, f)
	if err != nil {
		return planner.Bulk{}, err
	}
	b := planner.Bulk{Unfit: map[string]int{}}
	accounts := map[string]int{}
	for _, t := range list {
		b.Runs += t.Runs
		if t.Unfit {
			b.Unfit[t.Status] += t.Runs
			continue
		}
		accounts[t.Platform] += t.Accounts
	}
	for _, spec := range q.o.Platforms.Specs() {
		n := accounts[spec.ID]
		if n == 0 {
			continue
		}
		b.Syncs += n
		b.Price = append(b.Price, planner.Price{
			Platform: spec.Name, Syncs: n, Units: int64(n) * (spec.Price.Profile + spec.Price.Posts),
			Takes: time.Duration(n) * q.delay(spec.ID),
		})
	}
	return b, nil
}

// RetryAll queues every account again that a filter selects, spread by its platform's pace, and settles
// the runs. It gives how many syncs that made, and how many it did not come to within the time somebody waits for an
// answer; what somebody else dealt with meanwhile is left out, so that twice does nothing twice.
func (q *Queue) RetryAll(ctx context.Context, f planner.Filter) (done, left int, err error) {
	return q.each(ctx, f, func(tx store.Tx, w planner.Waiting, at time.Time) (bool, error) {
		if w.Unfit != "" {
			return false, nil
		}
		a, err := q.retry(ctx, tx, w.RunID, at, true)
		return a.New, err
	})
}

// DismissAll settles all that a filter selects without another try, and gives how many, and how many it did not come
// to.
func (q *Queue) DismissAll(ctx context.Context, f planner.Filter) (done, left int, err error) {
	return q.each(ctx, f, func(tx store.Tx, w planner.Waiting, _ time.Time) (bool, error) {
		_, _, err := q.o.Planner.Settle(ctx, tx, w.RunID)
		return err == nil, err
	})
}

// each does something to all that a filter selects, each in a transaction of its own: what changed meanwhile
// is left as it is.
func (q *Queue) each(
	ctx context.Context,
	f planner.Filter,
	do func(tx store.Tx, w planner.Waiting, at time.Time) (bool, error),
) (done, left int, err error) {
	list, err := q.o.Planner.Unsettled(ctx, f)
	if err != nil {
		return 0, 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, bulkLimit)
	defer cancel()
	next := map[string]time.Time{}
	for i, w := range list {
		if ctx.Err() != nil {
			return done, len(list) - i, nil
		}
		at := next[w.Platform]
		if at.IsZero() {
			at = q.o.Now()
		}
		did := false
		err := q.o.Store.Tx(ctx, func(tx store.Tx) error {
			var err error
			did, err = do(tx, w, at)
			return err
		})
		switch {
		case isFault(err), store.Clash(err):
			continue
		case err != nil && ctx.Err() != nil:
			return done, len(list) - i, nil
		case err != nil:
			return done, len(list) - i, err
		case did:
			done++
			next[w.Platform] = at.Add(q.delay(w.Platform))
		}
	}
	return done, 0, nil
}

// bulkLimit is how long an action on many goes on: a page waits 20 s for an answer.
const bulkLimit = 15 * time.Second

// SyncThese queues a sync of each connection, by platform, spread by its pace, and gives how many that made. One that
// has a run under way, or cannot be synced, is left out.
func (q *Queue) SyncThese(ctx context.Context, byPlatform map[string][]string) (int, error) {
	n := 0
	for _, spec := range q.o.Platforms.Specs() {
		ids := byPlatform[spec.ID]
		if len(ids) == 0 || !q.o.Platforms.Configured(spec.ID) {
			continue
		}
		made, err := q.plan(ctx, spec.ID, ids, planner.KindSync, planner.TriggerAdmin, q.delay(spec.ID))
		n += len(made)
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
