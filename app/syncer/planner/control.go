package planner

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/run"
)

// Drop ends the runs of a connection that is not to be synced any more, inside the transaction that says
// so. That is nobody's failure: it waits for nobody.
func (pl *Planner) Drop(
	ctx context.Context,
	tx store.Tx,
	connectionID string,
	code fault.Code,
	why string,
) (jobs []int64, err error) {
	return pl.endRuns(ctx, tx, run.ConnectionID(connectionID), code, why)
}

// Cancel ends a run that has not ended; what its process still does is not kept. NOT_FOUND: no such run;
// CONFLICT: it is over.
func (pl *Planner) Cancel(ctx context.Context, tx store.Tx, runID, why string) (jobs []int64, err error) {
	r, err := pl.ownRun(ctx, tx, runID)
	if err != nil {
		return nil, err
	}
	if r.CompletedAt != nil {
		return nil, fault.New(fault.Conflict, words.New("errors.sync.ended"))
	}
	return pl.endRuns(ctx, tx, run.ID(runID), fault.Conflict, why)
}

func (pl *Planner) endRuns(
	ctx context.Context,
	tx store.Tx,
	which predicate.Run,
	code fault.Code,
	why string,
) (jobs []int64, err error) {
	rows, err := tx.Run.Query().Where(which, run.CompletedAtIsNil()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("find runs to end: %w", err)
	}
	now := pl.o.Now()
	for _, r := range rows {
		err := tx.Run.UpdateOneID(r.ID).
			SetState(run.StateFailed).
			SetErrorCode(string(code)).
			SetErrorMessage(why).
			SetCompletedAt(now).
			SetSettledAt(now).
			ClearNextAttemptAt().
			ClearClaimedAt().
			SetClaimedBy("").
			Exec(ctx)
		if err != nil {
			return nil, fmt.Errorf("end run %s: %w", r.ID, err)
		}
		if r.JobID != 0 {
			jobs = append(jobs, r.JobID)
		}
	}
	return jobs, nil
}

// ownRun reads a run of our source. NOT_FOUND: there is none.
func (pl *Planner) ownRun(ctx context.Context, tx store.Tx, runID string) (*ent.Run, error) {
	r, err := tx.Run.Query().Where(run.ID(runID), run.HasConnectionWith(connection.SourceEQ(pl.o.source()))).Only(ctx)
	if store.Missing(err) {
		return nil, fault.New(fault.NotFound, words.New("errors.sync.none"))
	}
	if err != nil {
		return nil, fmt.Errorf("read run %s: %w", runID, err)
	}
	return r, nil
}

// pausedAgain is when a run of a paused platform looks again; resuming brings it forward.
const pausedAgain = 10 * time.Minute

// Paused is the error of an attempt on a platform that an admin paused, nil when it is not. holds are read
// from inside a transaction where there is one.
func (pl *Planner) Paused(ctx context.Context, holds *ent.HoldClient, platformID string) error {
	_, err := holds.Get(ctx, platform.PauseOf(platformID))
	if store.Missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the pause of %s: %w", platformID, err)
	}
	return &platform.Error{
		Platform: platformID, Step: platform.StepToken, Code: fault.Conflict, RetryAfter: pausedAgain, AppWide: true,
		Status: -1,
		Detail: words.English.Say("errors.run.platformPaused"),
	}
}

// Resumed gives the jobs of the runs that waited for a platform to be resumed, or to be asked again after
// it refused this installation.
func (pl *Planner) Resumed(ctx context.Context, tx store.Tx, platformID string) (jobs []int64, err error) {
	rows, err := tx.Run.Query().Where(run.Platform(platformID), run.CompletedAtIsNil(), run.StateEQ(run.StateDeferred),
		run.ErrorCodeIn(string(fault.Conflict), string(fault.AppRefused))).
		Select(run.FieldJobID).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("find what waits for %s: %w", platformID, err)
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i], jobs = r.ID, append(jobs, r.JobID)
	}
	return jobs, pl.bringForward(ctx, tx, ids...)
}

// PlatformOf names the platform of a run of ours; NOT_FOUND: there is none.
func (pl *Planner) PlatformOf(ctx context.Context, runID string) (string, error) {
	r, err := pl.o.Store.Read.Run.Query().
		Where(run.ID(runID), run.HasConnectionWith(connection.SourceEQ(pl.o.source()))).
		Select(run.FieldPlatform).
		Only(ctx)
	if store.Missing(err) {
		return "", fault.New(fault.NotFound, words.New("errors.sync.none"))
	}
	if err != nil {
		return "", fmt.Errorf("read run %s: %w", runID, err)
	}
	return r.Platform, nil
}

// Filter selects failed runs and dead letters that wait for somebody. Empty fields select all.
type Filter struct {
	Platform string
	Code     string
	Dead     bool // dead letters alone
}

// Waiting is one failed run or dead letter that waits for somebody.
type Waiting struct {
	RunID, ConnectionID, Platform string
	Insights                      bool
	Unfit                         string // why its account cannot be synced as it is; empty: it can
}

// waitingRuns selects what a filter does.
func (pl *Planner) waitingRuns(f Filter) []predicate.Run {
	states := []run.State{run.StateDead}
	if !f.Dead {
		states = append(states, run.StateFailed)
	}
	out := []predicate.Run{run.StateIn(states...), run.SettledAtIsNil()}
	if f.Platform != "" {
		out = append(out, run.Platform(f.Platform))
	}
	if f.Code != "" {
		out = append(out, run.ErrorCode(f.Code))
	}
	return out
}

// Unsettled lists what a filter selects, oldest first.
func (pl *Planner) Unsettled(ctx context.Context, f Filter) ([]Waiting, error) {
	q := pl.o.Store.Read.Run.Query().
		Where(pl.waitingRuns(f)...).
		Where(run.HasConnectionWith(connection.SourceEQ(pl.o.source())))
	rows, err := q.Order(run.ByCompletedAt(), run.ByID()).WithConnection().All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read failed runs: %w", err)
	}
	out := make([]Waiting, 0, len(rows))
	for _, r := range rows {
		w := Waiting{RunID: r.ID, ConnectionID: r.ConnectionID, Platform: r.Platform, Insights: r.Kind == run.KindInsights}
		if err := pl.NotSyncable(r.Edges.Connection); err != nil {
			w.Unfit = string(r.Edges.Connection.Status)
		}
		out = append(out, w)
	}
	return out, nil
}

// Tally is how much of what waits is of one platform's accounts of one status.
type Tally struct {
	Platform string `sql:"platform"`
	Status   string `sql:"status"`
	Runs     int    `sql:"runs"`
	Accounts int    `sql:"accounts"`
	Unfit    bool   `sql:"-"` // they cannot be synced as they are
}

// Count counts what a filter selects.
func (pl *Planner) Count(ctx context.Context, f Filter) ([]Tally, error) {
	var out []Tally
	err := pl.o.Store.Read.Run.Query().Where(pl.waitingRuns(f)...).Modify(func(q *sql.Selector) {
		c := sql.Table(connection.Table)
		q.Join(c).
			On(q.C(run.FieldConnectionID), c.C(connection.FieldID)).
			Where(sql.EQ(c.C(connection.FieldSource), pl.o.source()))
			// names c, too
		of, status := c.C(connection.FieldPlatform), c.C(connection.FieldStatus)
		q.Select(of, status, sql.As("COUNT(*)", "runs"),
			sql.As(sql.Count(sql.Distinct(q.C(run.FieldConnectionID))), "accounts")).
			GroupBy(of, status)
	}).Scan(ctx, &out)
	if err != nil {
		return nil, fmt.Errorf("count failed runs: %w", err)
	}
	for i, t := range out {
		out[i].Unfit = pl.NotSyncable(
			&ent.Connection{Source: pl.o.source(), Platform: t.Platform, Status: connection.Status(t.Status)},
		) != nil
	}
	return out, nil
}

// Bulk is what an action on all that a filter selects comes to.
type Bulk struct {
	Runs  int            // failed runs and dead letters
	Syncs int            // accounts that would be synced
	Unfit map[string]int // status of the account -> runs that cannot be retried, and stay
	Price []Price        // by platform
}

// Price is what a platform is asked for.
type Price struct {
	Platform string // its name
	Syncs    int
	Units    int64         // of its quota, at most on an ordinary day
	Takes    time.Duration // at the platform's pace
}

// Settle marks a failed or dead run as dealt with and gives its connection and kind. NOT_FOUND: no such run;
// CONFLICT: it has not failed, or somebody was faster.
func (pl *Planner) Settle(ctx context.Context, tx store.Tx, runID string) (connectionID string, k Kind, err error) {
	r, err := pl.ownRun(ctx, tx, runID)
	if err != nil {
		return "", "", err
	}
	n, err := tx.Run.Update().Where(run.ID(runID), run.StateIn(lifecycle.FailedRuns()...), run.SettledAtIsNil()).
		SetSettledAt(pl.o.Now()).Save(ctx)
	if err != nil {
		return "", "", fmt.Errorf("settle run %s: %w", runID, err)
	}
	if n != 1 {
		return "", "", fault.New(fault.Conflict, words.New("errors.sync.reviewed"))
	}
	return r.ConnectionID, Kind(r.Kind), nil
}

// Watch gives the state of runs.
func (pl *Planner) Watch(ctx context.Context, runIDs []string) ([]Progress, error) {
	var out []Progress
	for len(runIDs) > 0 {
		n := min(500, len(runIDs))
		rows, err := pl.o.Store.Read.Run.Query().Where(run.IDIn(runIDs[:n]...)).WithConnection().All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read runs: %w", err)
		}
		for _, r := range rows {
			p := Progress{RunID: r.ID, Platform: r.Platform, State: string(r.State), Ended: r.CompletedAt != nil}
			if r.Edges.Connection != nil {
				p.Handle = r.Edges.Connection.Handle
			}
			out = append(out, p)
		}
		runIDs = runIDs[n:]
	}
	return out, nil
}

// Progress is one run as a waiting command shows it.
type Progress struct {
	RunID, Platform, Handle, State string
	Ended                          bool
}
