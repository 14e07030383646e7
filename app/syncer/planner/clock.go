package planner

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/ent/clock"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/schedule"
)

const (
	// ClockSkew is how far ahead of our clock a moment may be that another process has written as "now": replicas agree to
	// within seconds. What is further ahead was written while a clock was wrong.
	ClockSkew = 10 * time.Minute
	// farthest is more than any run waits for its time: a platform may ask for a day.
	farthest = 26 * time.Hour
	// InsightsRetry is when account insights are read again after a run that failed.
	InsightsRetry = 24 * time.Hour
)

// Realign moves what is due later than it can be back to where it belongs: the schedule is set anew, or a clock was
// wrong when that was written. What is overdue stays overdue. It gives the jobs of runs that need not wait any more.
func (pl *Planner) Realign(ctx context.Context) (jobs []int64, err error) {
	now := pl.o.Now()
	db := pl.o.Store.Client
	for _, spec := range pl.o.Platforms.Specs() {
		mine := schedule.Platform(spec.ID)
		next := pl.Next(spec.ID, now)
		for _, set := range []func() error{
			func() error { return db.Schedule.Update().Where(mine, schedule.DueAtGT(next)).SetDueAt(next).Exec(ctx) },
			func() error {
				far := now.Add(max(spec.InsightsEvery, InsightsRetry))
				return db.Schedule.Update().Where(mine, schedule.InsightsDueAtGT(far.Add(ClockSkew))).
					SetInsightsDueAt(far).Exec(ctx)
			},
			func() error {
				return db.Schedule.Update().Where(mine, schedule.LastSuccessAtGT(now.Add(ClockSkew))).
					SetLastSuccessAt(now).Exec(ctx)
			},
			func() error {
				return db.Schedule.Update().Where(mine, schedule.PostsReadAtGT(now.Add(ClockSkew))).SetPostsReadAt(now).Exec(ctx)
			},
		} {
			if err := set(); err != nil {
				return nil, fmt.Errorf("realign the schedule of %s: %w", spec.ID, err)
			}
		}
	}
	if err := db.Clock.Update().Where(clock.LastAtGT(now.Add(ClockSkew))).SetLastAt(now).Exec(ctx); err != nil {
		return nil, fmt.Errorf("realign the clocks: %w", err)
	}
	far := run.Or(
		run.NextAttemptAtGT(now.Add(farthest)),
		run.And(run.NextAttemptAtIsNil(), run.CreatedAtGT(now.Add(ClockSkew))),
	)
	rows, err := db.Run.Query().
		Where(run.CompletedAtIsNil(), run.StateNEQ(run.StateRunning), far).
		Select(run.FieldJobID).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for runs that wait too long: %w", err)
	}
	for _, r := range rows {
		if err := db.Run.UpdateOneID(r.ID).SetNextAttemptAt(now).Exec(ctx); err != nil {
			return jobs, fmt.Errorf("realign run %s: %w", r.ID, err)
		}
		jobs = append(jobs, r.JobID)
	}
	return jobs, nil
}
