package planner

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/schedule"
)

const reportedKey = "told:" // of a clock's row: when the watcher was told of a platform's sync

// Completed lists the platforms whose last scheduled sync has been worked off and that nobody was told of: nothing of
// it is queued, under way or to be tried again, and some of it came, unless there was nothing to do. What waits for a
// limit has its own time.
func (ck *Clock) Completed(ctx context.Context) ([]string, error) {
	var out []string
	for _, spec := range ck.o.Platforms.Specs() {
		if !ck.o.Platforms.Configured(spec.ID) {
			continue
		}
		began, err := ck.LastTick(ctx, spec.ID)
		if err != nil {
			return nil, err
		}
		told, err := ck.LastTick(ctx, reportedKey+spec.ID)
		if err != nil {
			return nil, err
		}
		if began.IsZero() || !told.Before(began) {
			continue
		}
		done, err := ck.finished(ctx, spec.ID, began, false)
		if err != nil {
			return nil, err
		}
		if done {
			out = append(out, spec.ID)
		}
	}
	return out, nil
}

// finished reports that nothing of a schedule is left to do; with any, also when nothing of it came.
func (ck *Clock) finished(ctx context.Context, platformID string, began time.Time, any bool) (bool, error) {
	mine := connection.And(connection.SourceEQ(ck.o.source()), connection.StatusIn(lifecycle.SyncableConnections()...))
	due, err := ck.o.Store.Read.Schedule.Query().
		Where(schedule.Platform(platformID), schedule.DueAtLTE(began), schedule.HasConnectionWith(mine)).
		Exist(ctx)
	if err != nil {
		return false, fmt.Errorf("look for what is due on %s: %w", platformID, err)
	}
	runs := ck.o.Store.Read.Run.Query().
		Where(run.Platform(platformID), run.KindEQ(run.KindSync), run.TriggerEQ(run.TriggerSchedule),
			run.HasConnectionWith(connection.SourceEQ(ck.o.source())))
	open, err := runs.Clone().
		Where(run.CompletedAtIsNil(), run.StateIn(run.StateQueued, run.StateRunning, run.StateRetrying)).
		Exist(ctx)
	if err != nil {
		return false, fmt.Errorf("look for what is under way on %s: %w", platformID, err)
	}
	if due || open {
		return false, nil
	}
	if any {
		return true, nil
	}
	ended := runs.Clone().Where(run.CompletedAtGTE(began))
	some, err := ended.Clone().Exist(ctx)
	if err != nil {
		return false, fmt.Errorf("look for what ended on %s: %w", platformID, err)
	}
	if !some {
		return true, nil // there was nothing to do
	}
	came, err := ended.Where(run.StateIn(lifecycle.GoodRuns()...)).Exist(ctx)
	if err != nil {
		return false, fmt.Errorf("look for what came on %s: %w", platformID, err)
	}
	return came, nil
}

// MarkReported notes that the watcher was told of platforms' syncs.
func (ck *Clock) MarkReported(ctx context.Context, platformIDs []string) error {
	for _, id := range platformIDs {
		if err := ck.Tick(ctx, reportedKey+id, ck.o.Now(), time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

// ScheduleSummary is what came of one schedule of a platform.
type ScheduleSummary struct {
	Platform string
	Began    time.Time
	Total    int
	States   map[State]int
}

const summedKey = "summed:" // of a clock's row: when a platform's schedule was summed up

// Finished gives each schedule that was worked off and has not been summed up yet, once for all processes.
func (ck *Clock) Finished(ctx context.Context) ([]ScheduleSummary, error) {
	var out []ScheduleSummary
	for _, spec := range ck.o.Platforms.Specs() {
		began, err := ck.LastTick(ctx, spec.ID)
		if err != nil {
			return out, err
		}
		summed, err := ck.LastTick(ctx, summedKey+spec.ID)
		if err != nil {
			return out, err
		}
		if began.IsZero() || !summed.Before(began) {
			continue
		}
		done, err := ck.finished(ctx, spec.ID, began, true)
		if err != nil {
			return out, err
		}
		if !done {
			continue
		}
		var rows []struct {
			State State `json:"state"`
			Count int   `json:"count"`
		}
		err = ck.o.Store.Read.Run.Query().
			Where(run.Platform(spec.ID), run.KindEQ(run.KindSync), run.TriggerEQ(run.TriggerSchedule), run.CreatedAtGTE(began),
				run.HasConnectionWith(connection.SourceEQ(ck.o.source())),
			).
			GroupBy(run.FieldState).
			Aggregate(ent.Count()).
			Scan(ctx, &rows)
		if err != nil {
			return out, fmt.Errorf("sum up the schedule of %s: %w", spec.ID, err)
		}
		n := ScheduleSummary{Platform: spec.ID, Began: began, States: map[State]int{}}
		for _, r := range rows {
			n.States[r.State] = r.Count
			n.Total += r.Count
		}
		if err := ck.Tick(ctx, summedKey+spec.ID, ck.o.Now(), time.Time{}); err != nil {
			return out, err
		}
		if n.Total > 0 {
			out = append(out, n)
		}
	}
	return out, nil
}
