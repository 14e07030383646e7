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
	heldFor   = 40 * time.Second // a job that is somebody's and whose run is not under way that long afterwards is nobody's
	scanBatch = 500              // runs whose jobs are looked for in one minute
)

// refloat gives a job to every run that lost its own: its process was killed while it ran, or just before
// or after, or the job is gone.
func (q *Queue) refloat(ctx context.Context) error {
	held, err := q.engine.held(ctx, q.o.Now().Add(-heldFor))
	if err != nil {
		return err
	}
	lost, err := q.o.Syncer.Adrift(ctx, held)
	if err != nil {
		return err
	}
	gone, err := q.gone(ctx)
	if err != nil {
		return err
	}
	for _, l := range append(lost, gone...) {
		err := q.o.Store.Tx(ctx, func(tx store.Tx) error {
			if err := q.engine.free(ctx, tx, l.JobID, l.Platform); err != nil {
				return err
			}
			id, err := q.engine.insert(ctx, tx, job{run: l.RunID, platform: l.Platform, rank: planned})
			if err != nil {
				return err
			}
			return q.o.Syncer.Took(ctx, tx, l.RunID, id)
		})
		if err != nil {
			return fmt.Errorf("give run %s a job: %w", l.RunID, err)
		}
	}
	return nil
}

// gone looks for runs without any job, some each minute, all of them in turn.
func (q *Queue) gone(ctx context.Context) ([]syncer.Lost, error) {
	q.scan.Lock()
	defer q.scan.Unlock()
	some, err := q.o.Syncer.Unattended(ctx, q.scanned, scanBatch)
	if err != nil {
		return nil, err
	}
	if q.scanned = ""; len(some) == scanBatch {
		q.scanned = some[scanBatch-1].RunID
	}
	ids := make([]int64, len(some))
	for i, l := range some {
		ids[i] = l.JobID
	}
	there, err := q.engine.there(ctx, ids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(some, func(l syncer.Lost) bool { return there[l.JobID] }), nil
}
