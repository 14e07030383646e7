package jobs

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/syncer/planner"
)

const (
	planBatch = 200    // connections enqueued in one transaction
	planMost  = 200000 // connections planned in one go by somebody's word
	// planAhead is how much of the night's work waits in the queue: what is not planned stays due, and the
	// next minute takes more. A plan costs the same with many accounts as with few.
	planAhead = 10 * time.Minute
	planFloor = 2000
)

// Plan enqueues the connections of a platform that which selects, spread by the platform's pace,
// and gives the runs it made. One that cannot be synced after all is left out.
func (q *Queue) Plan(
	ctx context.Context,
	platformID string,
	which planner.Selection,
	t planner.Trigger,
) ([]string, error) {
	gap, most := q.delay(platformID), planMost
	if which == planner.SelectDue {
		waiting, err := q.o.Planner.Queued(ctx, platformID)
		if err != nil {
			return nil, err
		}
		if most = ahead(gap) - waiting; most <= 0 {
			return nil, nil
		}
	}
	ids, err := q.o.Planner.Pick(ctx, platformID, which, most)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	if which == planner.SelectDue {
		late, err := q.o.Planner.Late(ctx, platformID)
		if err != nil {
			return nil, err
		}
		gap = max(gap, spread(late, len(ids)))
	}
	return q.plan(ctx, platformID, ids, planner.KindSync, t, gap)
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
	ids, err := q.o.Planner.PickInsights(ctx, platformID, planMost)
	if err != nil {
		return err
	}
	_, err = q.plan(ctx, platformID, ids, planner.KindInsights, planner.TriggerSchedule, q.delay(platformID))
	return err
}

func (q *Queue) plan(
	ctx context.Context,
	platformID string,
	ids []string,
	k planner.Kind,
	t planner.Trigger,
	delay time.Duration,
) ([]string, error) {
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
func (q *Queue) planBatch(
	ctx context.Context,
	platformID string,
	ids []string,
	k planner.Kind,
	t planner.Trigger,
	at time.Time,
	delay time.Duration,
) ([]string, error) {
	var list []planner.Planned
	err := q.o.Store.Tx(ctx, func(tx store.Tx) error {
		list = list[:0]
		fit, err := q.o.Planner.Ready(ctx, tx, ids, k)
		if err != nil || len(fit) == 0 {
			return err
		}
		jobs := make([]job, len(fit))
		for i, id := range fit {
			list = append(list, planner.Planned{RunID: uuid.Must(uuid.NewV7()).String(), ConnectionID: id})
			jobs[i] = job{run: list[i].RunID, platform: platformID, rank: rank(k, true), at: at.Add(time.Duration(i) * delay)}
		}
		made, err := q.engine.insertMany(ctx, tx, q.now(jobs))
		if err != nil {
			return err
		}
		for i := range list {
			list[i].JobID = made[i]
		}
		return q.o.Planner.OpenAll(ctx, tx, platformID, k, t, list)
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

// delay is the least time between two accounts of a platform.
func (q *Queue) delay(platformID string) time.Duration {
	s, _ := q.o.Platforms.Settings(platformID)
	return s.Delay
}
