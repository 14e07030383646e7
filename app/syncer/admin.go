package syncer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/run"
)

// neverSent reports an error of ours: nothing was asked of the platform.
func neverSent(p *platform.Error) bool {
	var o *outbound.Error
	return errors.As(p.Cause, &o) && (o.Kind == outbound.KindLimited || o.Kind == outbound.KindOpen)
}

// databaseDown reports that our own database did not answer, which holds for its ledger too.
func databaseDown(err error) bool {
	var o *outbound.Error
	return store.Down(err) || errors.As(err, &o) && o.Kind == outbound.KindLedger
}

// unattendedAfter is how long a run may wait past its time before its job is looked for.
const unattendedAfter = 6 * time.Minute

// LostRun is a run that nobody is at work on, or may be.
type LostRun struct {
	RunID    string
	Platform string
	JobID    int64 // the job that carried it
}

// Orphaned gives runs under way whose process gives no sign of life, and those whose job is among held: jobs
// of the queue that are somebody's, although their run is not under way.
func (s *Syncer) Orphaned(ctx context.Context, held []int64) ([]LostRun, error) {
	lost := run.And(run.StateEQ(run.StateRunning), s.silent(s.o.Now()), run.IDNotIn(s.under.all()...))
	return s.lostRuns(ctx, run.Or(lost, run.And(run.StateNEQ(run.StateRunning), run.JobIDIn(held...))), 0)
}

// Unattended gives at most n runs with an id above after that wait past their time, or for long: their job
// may be gone.
func (s *Syncer) Unattended(ctx context.Context, after string, n int) ([]LostRun, error) {
	old := s.o.Now().Add(-unattendedAfter)
	return s.lostRuns(ctx, run.And(run.IDGT(after), run.StateNEQ(run.StateRunning), run.Or(
		run.And(run.NextAttemptAtIsNil(), run.CreatedAtLT(old)), run.NextAttemptAtLT(old),
	)), n)
}

func (s *Syncer) lostRuns(ctx context.Context, which predicate.Run, n int) ([]LostRun, error) {
	q := s.o.Store.Read.Run.Query().Where(run.CompletedAtIsNil(), which).Order(run.ByID())
	if n > 0 {
		q = q.Limit(n)
	}
	rows, err := q.Select(run.FieldJobID, run.FieldPlatform).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for lost runs: %w", err)
	}
	out := make([]LostRun, len(rows))
	for i, r := range rows {
		out[i] = LostRun{r.ID, r.Platform, r.JobID}
	}
	return out, nil
}

// Recover gives runs back that a killed process left running. Only for the one server of an SQLite
// file, before it takes work.
func (s *Syncer) Recover(ctx context.Context) (int, error) {
	rows, err := s.o.Store.Read.Run.Query().Where(run.StateEQ(run.StateRunning), run.CompletedAtIsNil()).All(ctx)
	if err != nil {
		return 0, fmt.Errorf("look for runs left running: %w", err)
	}
	for _, r := range rows {
		err := s.o.Store.Client.Run.UpdateOneID(r.ID).
			SetState(run.StateQueued).
			SetAttempt(max(0, r.Attempt-1)).
			ClearClaimedAt().
			SetClaimedBy("").
			Exec(ctx)
		if err != nil {
			return 0, fmt.Errorf("give run %s back: %w", r.ID, err)
		}
	}
	return len(rows), nil
}
