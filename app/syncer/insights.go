package syncer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/audience"
	"github.com/truecount/truecount/ent/dayreading"
	"github.com/truecount/truecount/ent/profile"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/schedule"
	"github.com/truecount/truecount/ent/snapshot"
)

// Account insights are a run of their own, once in a while, so that the daily sync stays cheap and
// neither holds the other up.
const (
	insightsAfter = time.Hour // after an account's first success
	insightsFirst = 28        // days read the first time
	// insightsMissed is the most days that are read again after a time without access.
	insightsMissed = 90
)

// stepInsights reads the account as a whole and its audience.
func (a *attempt) stepInsights(ctx context.Context) error {
	teller, ok := a.p.(platform.Insighter)
	if !ok {
		return nil
	}
	start, calls := a.s.o.Now(), a.meter.Calls()
	a.asked = start
	q, err := a.insightQuery(ctx, start)
	if err != nil {
		return err
	}
	err = a.ask(ctx, func(t platform.Token) error {
		var err error
		a.insights, err = teller.Insights(ctx, t, q)
		return err
	})
	if fault.CodeOf(err) == fault.ScopeMissing { // known, and no failure
		p, _ := platform.AsError(err)
		a.insights.Gaps, err = append(a.insights.Gaps, p), nil
	}
	a.gaps = append(a.gaps, a.insights.Gaps...)
	a.addStep(platform.StepMetrics, start, calls, a.insightCount(), err, first(a.insights.Gaps))
	return a.markLost(ctx, err, false)
}

// insightCount counts what came of the account as a whole.
func (a *attempt) insightCount() int { return len(a.insights.Days) + len(a.insights.Audience) }

// insightQuery asks for the last whole days, further back the first time. Today is left out: it is
// not over.
func (a *attempt) insightQuery(ctx context.Context, now time.Time) (platform.InsightQuery, error) {
	q := platform.InsightQuery{
		Profile: platform.Profile{ExternalID: a.conn.ExternalID, AltID: a.conn.AltID, Handle: a.conn.Handle},
	}
	p, err := a.s.o.Store.Read.Profile.Query().Where(profile.ConnectionID(a.conn.ID)).Only(ctx)
	if err != nil && !ent.IsNotFound(err) {
		return q, fmt.Errorf("read the profile: %w", err)
	}
	if p != nil {
		q.Profile.Followers, q.Profile.Posts = p.Followers, p.PostCount
	}
	newest, err := a.s.o.Store.Read.Snapshot.Query().
		Where(snapshot.ConnectionID(a.conn.ID), snapshot.MetricHasPrefix("account_")).
		Order(snapshot.ByDay(sql.OrderDesc())).
		Select(snapshot.FieldDay).
		First(ctx)
	if err != nil && !ent.IsNotFound(err) {
		return q, fmt.Errorf("look for earlier insights: %w", err)
	}
	today := now.UTC().Truncate(24 * time.Hour)
	days := insightsFirst
	if newest != nil {
		days = a.p.Spec().InsightsBack
		if day, err := time.Parse(time.DateOnly, newest.Day); err == nil { // what was missed meanwhile
			days = min(max(days, int(today.Sub(day)/(24*time.Hour))), insightsMissed)
		}
	}
	q.From, q.To = today.AddDate(0, 0, -days), today.AddDate(0, 0, -1)
	return q, nil
}

// keepInsights saves what came. A day told again overwrites, an audience replaces the one before.
func (a *attempt) keepInsights(ctx context.Context, tx store.Tx, now time.Time) error {
	if err := a.saveDays(ctx, tx, now, a.insights.Days); err != nil {
		return err
	}
	type part struct{ of, by string }
	var parts []part
	rows := make([]*ent.AudienceCreate, len(a.insights.Audience))
	for i, s := range a.insights.Audience {
		if p := (part{s.Of, s.By}); !slices.Contains(parts, p) {
			parts = append(parts, p)
		}
		rows[i] = tx.Audience.Create().
			SetConnectionID(a.conn.ID).
			SetOf(s.Of).
			SetBy(s.By).
			SetKey(text.Clean(s.Key)).
			SetValue(s.Value).
			SetObservedAt(now)
	}
	for _, p := range parts {
		_, err := tx.Audience.Delete().
			Where(audience.ConnectionID(a.conn.ID), audience.Of(p.of), audience.By(p.by)).
			Exec(ctx)
		if err != nil {
			return fmt.Errorf("replace the audience: %w", err)
		}
	}
	for some := range slices.Chunk(rows, postBatch) {
		err := tx.Audience.CreateBulk(some...).
			OnConflictColumns(audience.FieldConnectionID, audience.FieldOf, audience.FieldBy, audience.FieldKey).
			UpdateNewValues().
			Exec(ctx)
		if err != nil {
			return fmt.Errorf("save the audience: %w", err)
		}
	}
	return nil
}

// saveDays saves the platform's own figures of days. The snapshot of a day holds the newest one; a reading is kept
// beside it each time the figure differs from the last one of that metric and day.
func (a *attempt) saveDays(ctx context.Context, tx store.Tx, now time.Time, days []platform.DayValue) error {
	for some := range slices.Chunk(days, postBatch) {
		var names []string
		for _, d := range some {
			if !slices.Contains(names, d.Day) {
				names = append(names, d.Day)
			}
		}
		stored, err := tx.Snapshot.Query().
			Where(snapshot.ConnectionID(a.conn.ID), snapshot.DayIn(names...)).
			Select(snapshot.FieldMetric, snapshot.FieldDay, snapshot.FieldValue).
			All(ctx)
		if err != nil {
			return fmt.Errorf("read the days as they were: %w", err)
		}
		was := map[[2]string]*int64{}
		for _, r := range stored {
			was[[2]string{r.Metric, r.Day}] = r.Value
		}
		rows := make([]*ent.SnapshotCreate, len(some))
		var changed []*ent.DayReadingCreate
		for i, d := range some {
			rows[i] = tx.Snapshot.Create().
				SetConnectionID(a.conn.ID).
				SetMetric(d.Metric).
				SetDay(d.Day).
				SetValue(d.Value).
				SetObservedAt(now)
			if before := was[[2]string{d.Metric, d.Day}]; before == nil || *before != d.Value {
				changed = append(changed, tx.DayReading.Create().
					SetConnectionID(a.conn.ID).
					SetMetric(d.Metric).
					SetDay(d.Day).
					SetObservedAt(now).
					SetRunID(runID(a)).
					SetValue(d.Value))
			}
		}
		if err := upsertSnapshots(ctx, tx, rows); err != nil {
			return err
		}
		if len(changed) == 0 {
			continue
		}
		err = tx.DayReading.CreateBulk(changed...).
			OnConflictColumns(
				dayreading.FieldConnectionID, dayreading.FieldMetric, dayreading.FieldDay, dayreading.FieldObservedAt,
			).
			UpdateNewValues().
			Exec(ctx)
		if err != nil {
			return fmt.Errorf("save the readings of days: %w", err)
		}
	}
	return nil
}

func upsertSnapshots(ctx context.Context, tx store.Tx, rows []*ent.SnapshotCreate) error {
	err := tx.Snapshot.CreateBulk(rows...).OnConflict(
		sql.ConflictColumns(snapshot.FieldConnectionID, snapshot.FieldMetric, snapshot.FieldDay),
		sql.ResolveWith(func(u *sql.UpdateSet) {
			u.SetExcluded(snapshot.FieldValue)
			u.SetExcluded(snapshot.FieldObservedAt)
		}),
	).
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("save snapshots: %w", err)
	}
	return nil
}

// dueInsights says when the account as a whole is read again.
func (a *attempt) dueInsights(ctx context.Context, tx store.Tx, d Decision, now time.Time) error {
	if a.p == nil { // it ended before its platform was known
		return nil
	}
	every := a.p.Spec().InsightsEvery
	u := tx.Schedule.Update().Where(schedule.ConnectionID(a.conn.ID))
	switch {
	case every == 0:
		return nil
	case a.run.Kind == run.KindInsights && (d.State == planner.StateSuccess || d.State == planner.StatePartial):
		u.SetInsightsDueAt(now.Add(every))
	case a.run.Kind == run.KindInsights:
		u.SetInsightsDueAt(now.Add(planner.InsightsRetry))
	case d.State == planner.StateSuccess || d.State == planner.StatePartial:
		u.Where(schedule.InsightsDueAtIsNil()).SetInsightsDueAt(now.Add(insightsAfter))
	default:
		return nil
	}
	if err := u.Exec(ctx); err != nil {
		return fmt.Errorf("set when the account's insights are due: %w", err)
	}
	return nil
}
