package jobs

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/syncer"
)

const (
	// a job that is somebody's and whose run is not under way that long afterwards is nobody's
	lockedFor = 40 * time.Second
	scanBatch = 500 // runs whose jobs are looked for in one minute
)

// requeueLost gives a job to every run that lost its own: its process was killed while it ran, or just before
// or after, or the job is gone.
func (r *Runner) requeueLost(ctx context.Context) error {
	held, err := r.queue.engine.locked(ctx, r.queue.o.Now().Add(-lockedFor))
	if err != nil {
		return err
	}
	lost, err := r.o.Syncer.Orphaned(ctx, held)
	if err != nil {
		return err
	}
	gone, err := r.withoutJob(ctx)
	if err != nil {
		return err
	}
	for _, l := range append(lost, gone...) {
		err := r.queue.o.Store.Tx(ctx, func(tx store.Tx) error {
			if err := r.queue.engine.unlock(ctx, tx, l.JobID, l.Platform); err != nil {
				return err
			}
			id, err := r.queue.engine.insert(ctx, tx, job{run: l.RunID, platform: l.Platform, rank: rankPlanned})
			if err != nil {
				return err
			}
			return r.queue.o.Planner.SetJob(ctx, tx, l.RunID, id)
		})
		if err != nil {
			return fmt.Errorf("give run %s a job: %w", l.RunID, err)
		}
	}
	return nil
}

// withoutJob looks for runs without any job, some each minute, all of them in turn.
func (r *Runner) withoutJob(ctx context.Context) ([]syncer.LostRun, error) {
	r.scan.Lock()
	defer r.scan.Unlock()
	some, err := r.o.Syncer.Unattended(ctx, r.scanned, scanBatch)
	if err != nil {
		return nil, err
	}
	if r.scanned = ""; len(some) == scanBatch {
		r.scanned = some[scanBatch-1].RunID
	}
	ids := make([]int64, len(some))
	for i, l := range some {
		ids[i] = l.JobID
	}
	there, err := r.queue.engine.present(ctx, ids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(some, func(l syncer.LostRun) bool { return there[l.JobID] }), nil
}
