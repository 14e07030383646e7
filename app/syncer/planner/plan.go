package planner

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/schedule"
)

// Trigger says who or what asked for a run. Its values are those of the run's column.
type Trigger string

// The triggers of a run: the first sync after a consent, the schedule, and the people and programs that ask.
const (
	TriggerFirst    Trigger = "first"
	TriggerSchedule Trigger = "schedule"
	TriggerCreator  Trigger = "creator"
	TriggerAdmin    Trigger = "admin"
	TriggerAPI      Trigger = "api"
	TriggerCommand  Trigger = "command"
	TriggerRetry    Trigger = "retry"
)

// Kind is what a run reads.
type Kind string

// The kinds of run.
const (
	KindSync     Kind = "sync"     // profile, posts and a snapshot
	KindInsights Kind = "insights" // the account as a whole, and its audience
)

// isUrgent reports whether an ask brings a run in this state forward: whoever waits for a result does
// with one that waits for its turn, an operator also with one that would be repeated later.
func (t Trigger) isUrgent(s run.State) bool {
	return t != TriggerSchedule && s == run.StateQueued ||
		(t == TriggerAdmin || t == TriggerCommand) && s == run.StateRetrying
}

// Asked is the run that an ask leads to.
type Asked struct {
	RunID    string
	Platform string
	State    string
	JobID    int64     // of the queue, 0 for a new run
	New      bool      // false: one was already queued or under way
	At       time.Time // when a new one begins; zero: in its turn
	Hurry    bool      // an old one waits for its turn, and now somebody waits for it
}

// Ask makes a run of a kind for a connection, or gives the one that has not ended. NOT_CONNECTED: no such
// connection; CONFLICT: it cannot be synced as it is.
func (pl *Planner) Ask(ctx context.Context, tx store.Tx, connectionID string, k Kind, t Trigger) (Asked, error) {
	c, err := pl.askable(ctx, tx, connectionID, t)
	if err != nil {
		return Asked{}, err
	}
	old, err := tx.Run.Query().
		Where(run.ConnectionID(connectionID), run.KindEQ(run.Kind(k)), run.CompletedAtIsNil()).
		Only(ctx)
	if err == nil {
		asked := Asked{
			RunID:    old.ID,
			Platform: old.Platform,
			State:    string(old.State),
			JobID:    old.JobID,
			Hurry:    t.isUrgent(old.State),
		}
		if asked.Hurry {
			return asked, pl.bringForward(ctx, tx, old.ID)
		}
		return asked, nil
	}
	if !store.Missing(err) {
		return Asked{}, fmt.Errorf("find the run of connection %s: %w", connectionID, err)
	}
	now := pl.o.Now()
	draft := tx.Run.Create().
		SetConnectionID(connectionID).
		SetPlatform(c.Platform).
		SetKind(run.Kind(k)).
		SetTrigger(run.Trigger(t)).
		SetState(run.StateQueued).
		SetCreatedAt(now)
	var at time.Time
	if t == TriggerFirst {
		if at, err = pl.first(ctx, tx, connectionID, now); err != nil {
			return Asked{}, err
		}
	}
	if !at.IsZero() {
		draft.SetState(run.StateDeferred).SetNextAttemptAt(at).SetErrorMessage(words.English.Say("errors.run.justSynced"))
	}
	r, err := draft.Save(ctx)
	if err != nil {
		return Asked{}, fmt.Errorf("make a run for connection %s: %w", connectionID, err)
	}
	asked := Asked{RunID: r.ID, Platform: c.Platform, State: string(r.State), New: true, At: at}
	if k != KindSync {
		return asked, nil
	}
	due := pl.Next(c.Platform, now)
	err = tx.Schedule.Create().SetConnectionID(connectionID).SetPlatform(c.Platform).SetDueAt(due).SetLastPlannedAt(now).
		OnConflictColumns(schedule.FieldConnectionID).
		Update(func(u *ent.ScheduleUpsert) { u.UpdateDueAt().UpdateLastPlannedAt() }).Exec(ctx)
	if err != nil {
		return Asked{}, fmt.Errorf("schedule connection %s: %w", connectionID, err)
	}
	return asked, nil
}

// Askable says whether a sync of a connection can be asked for as it is; the faults are Ask's.
func (pl *Planner) Askable(ctx context.Context, tx store.Tx, connectionID string, t Trigger) error {
	_, err := pl.askable(ctx, tx, connectionID, t)
	return err
}

func (pl *Planner) askable(ctx context.Context, tx store.Tx, connectionID string, t Trigger) (*ent.Connection, error) {
	c, err := tx.Connection.Get(ctx, connectionID)
	if store.Missing(err) {
		return nil, fault.New(fault.NotConnected, words.New("errors.noConnection"))
	}
	if err != nil {
		return nil, fmt.Errorf("read connection %s: %w", connectionID, err)
	}
	if err := pl.NotSyncable(c); err != nil {
		return nil, err
	}
	if t == TriggerFirst { // a new account's first sync waits until the platform is resumed
		return c, nil
	}
	if err := pl.Paused(ctx, tx.Hold, c.Platform); err != nil {
		p, _ := pl.o.Platforms.Get(c.Platform)
		return nil, pausedFault(p.Spec().Name, err)
	}
	return c, nil
}

// first says when the first sync of a connection may begin: at once, unless the account was synced a moment ago, before
// it was connected anew. The zero time: at once.
func (pl *Planner) first(ctx context.Context, tx store.Tx, connectionID string, now time.Time) (time.Time, error) {
	row, err := tx.Schedule.Query().Where(schedule.ConnectionID(connectionID)).Only(ctx)
	if store.Missing(err) || err == nil && row.LastSuccessAt == nil {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read when connection %s was synced: %w", connectionID, err)
	}
	at := row.LastSuccessAt.Add(pl.o.Interval).UTC()
	if at.Sub(now) > pl.o.Interval || !at.After(now) {
		return time.Time{}, nil
	}
	return at, nil
}

// bringForward lets runs go now that wait for their time.
func (pl *Planner) bringForward(ctx context.Context, tx store.Tx, runIDs ...string) error {
	err := tx.Run.Update().
		Where(run.IDIn(runIDs...), run.NextAttemptAtGT(pl.o.Now())).
		SetNextAttemptAt(pl.o.Now()).
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("bring runs forward: %w", err)
	}
	return nil
}

// Ready gives those of some connections of a platform that can be synced now and have no run of the kind that
// has not ended.
func (pl *Planner) Ready(ctx context.Context, tx store.Tx, ids []string, k Kind) ([]string, error) {
	fit, err := tx.Connection.Query().
		Where(connection.IDIn(ids...), connection.SourceEQ(pl.o.source()),
			connection.StatusIn(lifecycle.SyncableConnections()...),
			connection.Not(connection.HasRunsWith(run.KindEQ(run.Kind(k)), run.CompletedAtIsNil()))).
		IDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("look which connections can be synced: %w", err)
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !slices.Contains(fit, id) }), nil
}

// Planned is a run to be made, and the job that will carry it.
type Planned struct {
	RunID, ConnectionID string
	JobID               int64
}

// OpenAll makes many runs of a platform at once, for connections that are Fit.
func (pl *Planner) OpenAll(
	ctx context.Context,
	tx store.Tx,
	platformID string,
	k Kind,
	t Trigger,
	list []Planned,
) error {
	now := pl.o.Now()
	rows, ids := make([]*ent.RunCreate, len(list)), make([]string, len(list))
	for i, p := range list {
		ids[i] = p.ConnectionID
		rows[i] = tx.Run.Create().
			SetID(p.RunID).
			SetConnectionID(p.ConnectionID).
			SetPlatform(platformID).
			SetKind(run.Kind(k)).
			SetTrigger(run.Trigger(t)).
			SetState(run.StateQueued).
			SetJobID(p.JobID).
			SetCreatedAt(now)
	}
	if err := tx.Run.CreateBulk(rows...).Exec(ctx); err != nil {
		return fmt.Errorf("make runs: %w", err)
	}
	if k != KindSync {
		return nil
	}
	err := tx.Schedule.Update().
		Where(schedule.ConnectionIDIn(ids...)).
		SetDueAt(pl.Next(platformID, now)).
		SetLastPlannedAt(now).
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("set when connections are due again: %w", err)
	}
	return nil
}

func pausedFault(name string, err error) error {
	if !fault.Is(err, fault.Conflict) {
		return err
	}
	return fault.New(fault.Conflict, words.New("errors.sync.platformPaused", "Platform", name))
}

// NotSyncable says why a connection cannot be synced.
func (pl *Planner) NotSyncable(c *ent.Connection) error {
	if c.Source != pl.o.source() {
		return fault.New(fault.NotConnected, words.New("errors.noConnection"))
	}
	if err := pl.Known(c.Platform); err != nil {
		return err
	}
	switch c.Status {
	case connection.StatusNeedsReconnect:
		return fault.New(fault.Conflict, words.New("errors.sync.reconnect"))
	case connection.StatusPaused:
		return fault.New(fault.Conflict, words.New("errors.sync.paused"))
	case connection.StatusDisconnected:
		return fault.New(fault.Conflict, words.New("errors.sync.disconnected"))
	default:
		return nil
	}
}

// Next is when a platform's schedule comes round after t.
func (pl *Planner) Next(platformID string, t time.Time) time.Time {
	settings, _ := pl.o.Platforms.Settings(platformID)
	if n := settings.Cron.Next(t); !n.IsZero() {
		return n
	}
	return t.Add(24 * time.Hour)
}

// SetJob notes which job of the queue carries a run.
func (pl *Planner) SetJob(ctx context.Context, tx store.Tx, runID string, jobID int64) error {
	return tx.Run.UpdateOneID(runID).SetJobID(jobID).Exec(ctx)
}

// TooSoon is how long a creator must still wait before the next request of their own for a
// connection; 0 when they may ask now, or when a run has not ended and is the answer.
func (pl *Planner) TooSoon(
	ctx context.Context,
	tx store.Tx,
	connectionID string,
	least time.Duration,
) (time.Duration, error) {
	if least <= 0 {
		return 0, nil
	}
	active, err := tx.Run.Query().
		Where(run.ConnectionID(connectionID), run.KindEQ(run.KindSync), run.CompletedAtIsNil()).
		Exist(ctx)
	if err != nil {
		return 0, fmt.Errorf("find the run of connection %s: %w", connectionID, err)
	}
	if active {
		return 0, nil
	}
	r, err := tx.Run.Query().Where(run.ConnectionID(connectionID), run.TriggerIn(run.TriggerCreator, run.TriggerAPI)).
		Order(run.ByCreatedAt(desc)).First(ctx)
	if store.Missing(err) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("find the last request for connection %s: %w", connectionID, err)
	}
	wait := r.CreatedAt.Add(least).Sub(pl.o.Now())
	if wait > least { // it was asked for while a clock was wrong
		return 0, nil
	}
	return max(0, wait), nil
}

// Selection selects connections to plan.
type Selection int

// The selections that a plan can be made of.
const (
	SelectDue      Selection = iota // whose time has come
	SelectUnserved                  // without a success since the last scheduled time, whether or not planned before
	SelectAll                       // every live one
)

// Pick gives connections of a platform to plan now, at most n: those whose posts are oldest first, so that
// whoever was left out when an allowance was short is not left out again.
// Those with a run that has not ended are left out.
func (pl *Planner) Pick(ctx context.Context, platformID string, which Selection, n int) ([]string, error) {
	if !pl.o.Platforms.Configured(platformID) {
		return nil, nil
	}
	if err := pl.Paused(ctx, pl.o.Store.Read.Hold, platformID); err != nil {
		if fault.Is(err, fault.Conflict) {
			return nil, nil
		}
		return nil, err
	}
	now := pl.o.Now()
	var rule predicate.Schedule
	switch which {
	case SelectDue:
		rule = schedule.DueAtLTE(now)
	case SelectUnserved:
		settings, _ := pl.o.Platforms.Settings(platformID)
		rule = schedule.Or(schedule.LastSuccessAtIsNil(), schedule.LastSuccessAtLT(settings.Cron.Last(now)))
	case SelectAll:
		rule = schedule.PlatformEQ(platformID)
	}
	var ids []string
	err := pl.o.Store.Read.Schedule.Query().Where(schedule.Platform(platformID), rule, schedule.HasConnectionWith(
		connection.StatusIn(
			lifecycle.SyncableConnections()...),
		connection.SourceEQ(pl.o.source()),
		connection.Not(connection.HasRunsWith(run.KindEQ(run.KindSync), run.CompletedAtIsNil())),
	)).Order(schedule.ByPostsReadAt(nullsFirst), schedule.ByLastSuccessAt(nullsFirst), schedule.ByDueAt()).Limit(n).
		Select(schedule.FieldConnectionID).Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("pick connections of %s: %w", platformID, err)
	}
	return ids, nil
}

// Late is how long the longest overdue connection of a platform has waited to be planned; 0 for none.
func (pl *Planner) Late(ctx context.Context, platformID string) (time.Duration, error) {
	now := pl.o.Now()
	row, err := pl.o.Store.Read.Schedule.Query().
		Where(schedule.Platform(platformID), schedule.DueAtLTE(now), schedule.HasConnectionWith(
			connection.StatusIn(lifecycle.SyncableConnections()...),
			connection.SourceEQ(pl.o.source())),
		).
		Order(schedule.ByDueAt()).
		Select(schedule.FieldDueAt).
		First(ctx)
	if store.Missing(err) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look for what is overdue on %s: %w", platformID, err)
	}
	return now.Sub(row.DueAt), nil
}

// Queued counts a platform's runs that wait for their turn.
func (pl *Planner) Queued(ctx context.Context, platformID string) (int, error) {
	n, err := pl.o.Store.Read.Run.Query().
		Where(run.Platform(platformID), run.StateEQ(run.StateQueued), run.CompletedAtIsNil()).
		Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("count what is queued on %s: %w", platformID, err)
	}
	return n, nil
}

// Waiting counts the runs of platforms that wait for quota or for a limit to end.
func (pl *Planner) Waiting(ctx context.Context, platformIDs ...string) (int, error) {
	n, err := pl.o.Store.Read.Run.Query().
		Where(run.PlatformIn(platformIDs...), run.StateEQ(run.StateDeferred), run.CompletedAtIsNil(),
			run.HasConnectionWith(connection.SourceEQ(pl.o.source()))).
		Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("count what waits: %w", err)
	}
	return n, nil
}

// PickInsights gives connections of a platform whose account as a whole is due to be read, the longest
// due first, at most n.
func (pl *Planner) PickInsights(ctx context.Context, platformID string, n int) ([]string, error) {
	p, ok := pl.o.Platforms.Get(platformID)
	if !ok || p.Spec().InsightsEvery == 0 || !pl.o.Platforms.Configured(platformID) {
		return nil, nil
	}
	var ids []string
	err := pl.o.Store.Read.Schedule.Query().
		Where(schedule.Platform(platformID), schedule.InsightsDueAtLTE(pl.o.Now()), schedule.HasConnectionWith(
			connection.StatusIn(lifecycle.SyncableConnections()...),
			connection.SourceEQ(pl.o.source()), connection.Not(connection.HasRunsWith(run.CompletedAtIsNil())),
		),
		).
		Order(schedule.ByInsightsDueAt()).
		Limit(n).
		Select(schedule.FieldConnectionID).
		Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("pick the accounts of %s to read as a whole: %w", platformID, err)
	}
	return ids, nil
}

// State is where a run stands, in the contract's words.
type State string

// The states of a run; lifecycle lists which of them belong together.
const (
	StateQueued   State = "queued"
	StateDeferred State = "deferred" // waits for quota or pace
	StateRunning  State = "running"
	StateRetrying State = "retrying"
	StateSuccess  State = "success"
	StatePartial  State = "partial"
	StateFailed   State = "failed" // ended by a permanent error
	StateDead     State = "dead"   // every attempt used
)
