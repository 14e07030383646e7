package console

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/run"
)

const (
	batchFrom  = 5           // runs that make a batch
	batchApart = time.Minute // what is planned together is written down within this time
)

// batch tells how far the runs have come that were asked for together with the oldest of those that are
// queued or under way. Those that wait for a limit or another try are left to themselves.
func (co *Console) batch(ctx context.Context, f *health.Facts) (*Batch, error) {
	if f.Active[run.StateQueued]+f.Active[run.StateRunning] == 0 {
		return nil, nil
	}
	oldest, err := co.db.Run.Query().Where(run.StateIn(run.StateQueued, run.StateRunning)).Where(f.Runs...).
		Order(run.ByCreatedAt()).Select(run.FieldCreatedAt).First(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find the batch under way: %w", err)
	}
	b := &Batch{Since: oldest.CreatedAt.Add(-batchApart).UTC()}
	if b.All, err = co.db.Run.Query().Where(run.CreatedAtGTE(b.Since)).Where(f.Runs...).Count(ctx); err != nil {
		return nil, fmt.Errorf("count the batch: %w", err)
	}
	if b.All < batchFrom {
		return nil, nil
	}
	if b.Ended, err = co.db.Run.Query().Where(run.CreatedAtGTE(b.Since), run.CompletedAtNotNil()).Where(f.Runs...).
		Count(ctx); err != nil {
		return nil, fmt.Errorf("count the batch: %w", err)
	}
	lately, err := co.db.Run.Query().Where(run.CompletedAtGTE(f.Now.Add(-time.Minute))).Where(f.Runs...).Count(ctx)
	if err != nil {
		return nil, fmt.Errorf("count what ended in the last minute: %w", err)
	}
	if b.Rate = float64(lately) / 60; lately > 0 {
		left := time.Duration(float64(b.All-b.Ended) / b.Rate * float64(time.Second))
		b.Left = &left
	}
	return b, nil
}
