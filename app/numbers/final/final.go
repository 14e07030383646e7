package final

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/dayreading"
	"github.com/truecount/truecount/ent/snapshot"
)

// Platforms restate the figure of a day for some days. How complete a figure of an age usually is follows from those
// that were read again later.
const (
	settledAge    = 4         // days after its end from which a figure no longer changes
	learnDays     = 90        // so far back restatements are looked at
	learnFor      = time.Hour // so long what was learned is kept
	learnFrom     = 10        // so many figures are needed
	learnAccounts = 100       // so many accounts of a platform are looked at most, so that a page never waits for all
)

// From is how complete a figure usually is from which it counts as final.
const From = 0.99

// ageOf is how many days after the end of its day a figure was read.
func ageOf(d reading.Day, read time.Time) int {
	return max(0, int(read.Sub(d.End(time.UTC))/(24*time.Hour)))
}

// restated names a platform's own daily figure.
type restated struct{ platform, metric string }

// Completeness is, by age in days, how complete a figure usually is; nil: too few are known.
type Completeness [settledAge]*float64

// Of gives the part of its later value that a figure of a day usually has, when it was read at that time.
func (c Completeness) Of(d reading.Day, read time.Time) *float64 {
	whole := 1.0
	if age := ageOf(d, read); age < settledAge {
		return c[age]
	}
	return &whole
}

// Learner learns how complete figures are, and keeps what it learned for a while.
type Learner struct {
	db    *ent.Client
	clock func() time.Time
	mu    sync.Mutex
	since map[restated]time.Time
	known map[restated]Completeness
}

// New makes it. It reads across the accounts of every creator.
func New(db *ent.Client, now func() time.Time) *Learner {
	return &Learner{db: db, clock: now, since: map[restated]time.Time{}, known: map[restated]Completeness{}}
}

// Completeness gives what is known about one of a platform's own daily figures. What was learned longer than an hour
// ago is learned anew: that is a statement.
func (n *Learner) Completeness(ctx context.Context, platformID, metric string) (Completeness, error) {
	now, what := n.clock().UTC(), restated{platformID, metric}
	n.mu.Lock()
	defer n.mu.Unlock()
	since, known := n.since[what]
	if age := now.Sub(since); known && age >= 0 && age < learnFor {
		return n.known[what], nil
	}
	c, err := n.restatements(ctx, what, now)
	if err != nil {
		return c, err
	}
	n.since[what], n.known[what] = now, c
	return c, nil
}

// restatements compares what was read at each age with what was held later, over accounts of the platform of every
// creator: only a median leaves this function.
func (n *Learner) restatements(ctx context.Context, what restated, now time.Time) (Completeness, error) {
	var c Completeness
	today := reading.DayOf(now, time.UTC)
	var rows []struct {
		ConnectionID string    `sql:"connection_id"`
		Day          string    `sql:"day"`
		ObservedAt   time.Time `sql:"observed_at"`
		Value        int64     `sql:"value"`
		Held         *int64    `sql:"held"`
	}
	err := n.db.DayReading.Query().Modify(func(s *sql.Selector) {
		settled := sql.Table(snapshot.Table).As("settled")
		s.Join(settled).OnP(sql.And(
			sql.ColumnsEQ(s.C(dayreading.FieldConnectionID), settled.C(snapshot.FieldConnectionID)),
			sql.ColumnsEQ(s.C(dayreading.FieldMetric), settled.C(snapshot.FieldMetric)),
			sql.ColumnsEQ(s.C(dayreading.FieldDay), settled.C(snapshot.FieldDay)),
		))
		s.Select(s.C(dayreading.FieldConnectionID), s.C(dayreading.FieldDay), s.C(dayreading.FieldObservedAt),
			s.C(dayreading.FieldValue)).AppendSelectAs(settled.C(snapshot.FieldValue), "held")
		of := sql.Table(connection.Table)
		some := sql.Dialect(s.Dialect()).Select(of.C(connection.FieldID)).From(of).
			Where(sql.EQ(of.C(connection.FieldPlatform), what.platform)).OrderBy(of.C(connection.FieldID)).Limit(learnAccounts)
		s.Where(sql.And(
			sql.In(s.C(dayreading.FieldConnectionID), some), sql.EQ(s.C(dayreading.FieldMetric), what.metric),
			sql.GTE(s.C(dayreading.FieldDay), (today-learnDays).String()),
			sql.LT(s.C(dayreading.FieldDay), (today-settledAge).String()),
			// the day was read again when it was old enough
			sql.ExprP(settled.C(snapshot.FieldObservedAt)+" >= "+endOfDay(s.Dialect(), settled.C(snapshot.FieldDay))),
		)).OrderBy(s.C(dayreading.FieldConnectionID), s.C(dayreading.FieldDay), s.C(dayreading.FieldObservedAt))
	}).Scan(viewer.System(ctx, viewer.ReasonFigures), &rows)
	if err != nil {
		return c, fmt.Errorf("learn how complete figures are: %w", err)
	}
	var parts [settledAge][]float64
	for i, r := range rows {
		d, err := reading.ParseDay(r.Day)
		if err != nil {
			return c, err
		}
		age := ageOf(d, r.ObservedAt)
		if i+1 < len(rows) { // of several readings of one age the last one counts
			next := rows[i+1]
			if next.ConnectionID == r.ConnectionID && next.Day == r.Day && ageOf(d, next.ObservedAt) == age {
				continue
			}
		}
		if part, ok := partOf(r.Value, r.Held); ok && age < settledAge {
			parts[age] = append(parts[age], part)
		}
	}
	var younger *float64 // a value that stayed is no new reading: it is as complete as the day before, or more so
	for age, list := range parts {
		if len(list) >= learnFrom {
			m := median(list)
			younger = &m
		}
		c[age] = younger
	}
	return c, nil
}

// partOf is how complete a value was: one that was corrected downwards is no more final than one that grew.
func partOf(value int64, held *int64) (float64, bool) {
	switch {
	case held == nil:
		return 0, false
	case value == *held:
		return 1, true
	case value < 0 || *held < 0:
		return 0, false
	default:
		return float64(min(value, *held)) / float64(max(value, *held)), true
	}
}

func median(list []float64) float64 {
	slices.Sort(list)
	half := len(list) / 2
	if len(list)%2 == 1 {
		return list[half]
	}
	return (list[half-1] + list[half]) / 2
}

// endOfDay is an expression of the time from which a figure of a day no longer changes.
func endOfDay(d, day string) string {
	if d == dialect.Postgres {
		return fmt.Sprintf("(CAST(%s AS date) + 5)::timestamp AT TIME ZONE 'UTC'", day)
	}
	return "date(" + day + ", '+5 days')"
}
