package accounts

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/synclog"
)

// RunView is one run with its steps, as programs read it.
type RunView struct {
	RunID         string     `json:"runId"`
	State         string     `json:"state"`
	Trigger       string     `json:"trigger"`
	Attempt       int        `json:"attempt"`
	StartedAt     *time.Time `json:"startedAt"`
	CompletedAt   *time.Time `json:"completedAt"`
	NextAttemptAt *time.Time `json:"nextAttemptAt"`
	ErrorCode     *string    `json:"errorCode"`
	ErrorMessage  *string    `json:"errorMessage"`
	Steps         []RunStep  `json:"steps"`
}

// RunStep is one step of one attempt. Duration is in milliseconds.
type RunStep struct {
	SyncType     string    `json:"syncType"`
	Status       string    `json:"status"`
	ItemsSynced  int       `json:"itemsSynced"`
	ErrorCode    *string   `json:"errorCode"`
	ErrorMessage *string   `json:"errorMessage"`
	StartedAt    time.Time `json:"startedAt"`
	CompletedAt  time.Time `json:"completedAt"`
	Duration     int64     `json:"duration"`
	Attempt      int       `json:"attempt"`
	APICalls     int64     `json:"apiCalls"`
}

// NewestRun gives the newest run of one of the creator's connections, with the steps of all its
// attempts in the order they began. Without a run, or for another's connection, it is NOT_FOUND.
func (a *Accounts) NewestRun(ctx context.Context, creatorID, connectionID string) (*RunView, error) {
	if !text.Storable(creatorID) || !text.Storable(connectionID) {
		return nil, NothingThere()
	}
	r, err := a.db.Run.Query().
		Where(run.ConnectionID(connectionID), run.KindEQ(run.KindSync),
			run.HasConnectionWith(connection.OwnerID(creatorID), connection.SourceEQ(a.source))).
		Order(run.ByCreatedAt(sql.OrderDesc()), run.ByID(sql.OrderDesc())).First(ctx)
	if ent.IsNotFound(err) {
		return nil, fault.New(fault.NotFound, words.New("errors.noRun"))
	}
	if err != nil {
		return nil, fmt.Errorf("read the newest run: %w", err)
	}
	logs, err := a.logs(ctx, []string{r.ID})
	if err != nil {
		return nil, err
	}
	v := &RunView{
		RunID: r.ID, State: string(r.State), Trigger: string(r.Trigger), Attempt: r.Attempt,
		StartedAt:   store.UTC(r.StartedAt),
		CompletedAt: store.UTC(r.CompletedAt), NextAttemptAt: store.UTC(r.NextAttemptAt), ErrorCode: Filled(r.ErrorCode),
		ErrorMessage: Filled(r.ErrorMessage), Steps: []RunStep{},
	}
	for _, l := range logs[r.ID] {
		v.Steps = append(v.Steps, RunStep{
			SyncType: string(l.SyncType), Status: string(l.Status), ItemsSynced: l.ItemsSynced, ErrorCode: Filled(l.ErrorCode),
			ErrorMessage: Filled(l.ErrorMessage), StartedAt: l.StartedAt.UTC(), CompletedAt: l.CompletedAt.UTC(),
			Duration: l.Duration, Attempt: l.Attempt, APICalls: l.APICalls,
		})
	}
	return v, nil
}

// logs reads the steps of runs in the order they began.
func (a *Accounts) logs(ctx context.Context, runs []string) (map[string][]*ent.SyncLog, error) {
	if len(runs) == 0 {
		return nil, nil
	}
	rows, err := a.db.SyncLog.Query().Where(synclog.RunIDIn(runs...)).
		Order(synclog.ByStartedAt(), synclog.ByID()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the steps of runs: %w", err)
	}
	out := map[string][]*ent.SyncLog{}
	for _, l := range rows {
		out[l.RunID] = append(out[l.RunID], l)
	}
	return out, nil
}
