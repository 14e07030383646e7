package health

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/run"
)

// History is what is shown, and not judged, of the runs that ended. All of it leaves out the runs that we ended
// ourselves.
type History struct {
	Success7d *float64                  // percent of the runs of seven days; nil without any
	Median    *time.Duration            // of a run of the last 24 hours, from its start to its end; nil without any
	P95       *time.Duration            // 95 of 100 of these runs took no longer
	Wait      *time.Duration            // likewise, from asked for to started
	Medians   map[string]*time.Duration // Median by platform
	Days      []Day                     // 14 UTC days, oldest first
}

// History reads the history that belongs to facts. Where that is expensive it is what the last minute's check found.
func (h *Health) History(ctx context.Context, f *Facts) (*History, error) {
	h.remembering.Lock()
	defer h.remembering.Unlock()
	if h.last.history != nil && h.last.at.Equal(f.CountedAt) && h.reusable(f) {
		return h.last.history, nil
	}
	r, timed := &History{Medians: map[string]*time.Duration{}}, int64(0)
	var err error
	for id, p := range f.Platforms {
		timed += p.timed
		if r.Medians[id], err = h.within(ctx, f, 50, "started_at", "completed_at", p.timed, run.Platform(id)); err != nil {
			return nil, err
		}
	}
	if r.Success7d, err = h.week(ctx, f); err != nil {
		return nil, err
	}
	if r.Median, err = h.within(ctx, f, 50, "started_at", "completed_at", timed); err != nil {
		return nil, err
	}
	if r.P95, err = h.within(ctx, f, 95, "started_at", "completed_at", timed); err != nil {
		return nil, err
	}
	if r.Wait, err = h.within(ctx, f, 95, "created_at", "started_at", timed); err != nil {
		return nil, err
	}
	if r.Days, err = h.fortnight(ctx, f); err != nil {
		return nil, err
	}
	if h.last.at.Equal(f.CountedAt) {
		h.last.history = r
	}
	return r, nil
}

const daysShown = 14

// fortnight counts the runs that ended by UTC day, oldest first. Where counting is expensive, a day that is over is
// counted once.
func (h *Health) fortnight(ctx context.Context, f *Facts) ([]Day, error) {
	today := f.Now.Truncate(day)
	fresh := map[string]Day{}
	out := make([]Day, 0, daysShown)
	for i := daysShown - 1; i >= 0; i-- {
		start := today.AddDate(0, 0, -i)
		d, known := h.past[start.Format(time.DateOnly)]
		if !known || !h.large.Load() {
			var err error
			if d, err = h.countedDay(ctx, f, start); err != nil {
				return nil, err
			}
		}
		if f.Now.Sub(start) > day+time.Hour { // nothing is added to it any more
			fresh[start.Format(time.DateOnly)] = d
		}
		out = append(out, d)
	}
	h.past = fresh
	return out, nil
}

func (h *Health) countedDay(ctx context.Context, f *Facts, start time.Time) (Day, error) {
	d := Day{Start: start}
	var rows []struct {
		State run.State `sql:"state"`
		Count int       `sql:"count"`
	}
	err := h.db.Run.Query().
		Where(run.CompletedAtGTE(start), run.CompletedAtLT(start.AddDate(0, 0, 1)), counted).
		Where(f.Runs...).
		GroupBy(run.FieldState).
		Aggregate(ent.Count()).
		Scan(ctx, &rows)
	if err != nil {
		return d, fmt.Errorf("count the runs of %s: %w", start.Format(time.DateOnly), err)
	}
	for _, r := range rows {
		switch r.State {
		case run.StateSuccess:
			d.Good = r.Count
		case run.StatePartial:
			d.Partial = r.Count
		case run.StateFailed, run.StateDead:
			d.Failed += r.Count
		default: // not ended
		}
	}
	return d, nil
}

func percent(v float64) *float64 { v *= 100; return &v }

// week is the success rate of seven days.
func (h *Health) week(ctx context.Context, f *Facts) (*float64, error) {
	var rows []struct {
		State run.State `sql:"state"`
		Count int       `sql:"count"`
	}
	err := h.db.Run.Query().Where(run.CompletedAtGTE(f.Now.Add(-7*day)), counted).Where(f.Runs...).
		GroupBy(run.FieldState).Aggregate(ent.Count()).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("count the week's runs: %w", err)
	}
	good, all := 0, 0
	for _, r := range rows {
		all += r.Count
		if lifecycle.RunGood(r.State) {
			good += r.Count
		}
	}
	if all == 0 {
		return nil, nil
	}
	return percent(float64(good) / float64(all)), nil
}

// within is the time between two moments that so many of 100 of the day's n runs stayed within: 50 is the median.
func (h *Health) within(
	ctx context.Context,
	f *Facts,
	of100 int64,
	from, to string,
	n int64,
	which ...predicate.Run,
) (*time.Duration, error) {
	if n == 0 {
		return nil, nil
	}
	var rows []struct {
		Millis int64 `sql:"took"`
	}
	at := int((n*of100+99)/100 - 1)
	err := h.db.Run.Query().
		Where(run.CompletedAtGTE(f.Now.Add(-day)), run.StartedAtNotNil(), counted).
		Where(f.Runs...).
		Where(which...).
		Modify(func(s *sql.Selector) {
			s.SelectExpr(sql.Raw(store.MillisBetween(s, from, to) + " AS took")).
				OrderExpr(sql.Raw("took")).
				Offset(at).
				Limit(1)
		}).
		Scan(ctx, &rows)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	d := time.Duration(max(0, rows[0].Millis)) * time.Millisecond
	return &d, nil
}
