package health

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/run"
)

// rest is what only the admin's page shows of the runs that ended.
type rest struct {
	success7d         *float64
	median, p95, wait *time.Duration
	medians           map[string]*time.Duration // by platform
	days              []Day
}

// readRest reads it, or takes what the minute's check found where reading is dear.
func (h *Health) readRest(ctx context.Context, f *facts) (*rest, error) {
	h.remembering.Lock()
	defer h.remembering.Unlock()
	if h.last.rest != nil && h.last.at.Equal(f.counted) && h.holds(f) {
		return h.last.rest, nil
	}
	r, timed := &rest{medians: map[string]*time.Duration{}}, int64(0)
	var err error
	for id, p := range f.platform {
		timed += p.timed
		if r.medians[id], err = h.within(ctx, f, 50, "started_at", "completed_at", p.timed, run.Platform(id)); err != nil {
			return nil, err
		}
	}
	if r.success7d, err = h.week(ctx, f); err != nil {
		return nil, err
	}
	if r.median, err = h.within(ctx, f, 50, "started_at", "completed_at", timed); err != nil {
		return nil, err
	}
	if r.p95, err = h.within(ctx, f, 95, "started_at", "completed_at", timed); err != nil {
		return nil, err
	}
	if r.wait, err = h.within(ctx, f, 95, "created_at", "started_at", timed); err != nil {
		return nil, err
	}
	if r.days, err = h.fortnight(ctx, f); err != nil {
		return nil, err
	}
	if h.last.at.Equal(f.counted) {
		h.last.rest = r
	}
	return r, nil
}

const daysShown = 14

// fortnight counts the runs that ended by UTC day, oldest first. Where counting is dear, a day that is over is counted once.
func (h *Health) fortnight(ctx context.Context, f *facts) ([]Day, error) {
	today := f.now.Truncate(day)
	fresh := map[string]Day{}
	out := make([]Day, 0, daysShown)
	for i := daysShown - 1; i >= 0; i-- {
		start := today.AddDate(0, 0, -i)
		d, known := h.past[start.Format(time.DateOnly)]
		if !known || !h.crowded.Load() {
			var err error
			if d, err = h.countedDay(ctx, f, start); err != nil {
				return nil, err
			}
		}
		if f.now.Sub(start) > day+time.Hour { // nothing is added to it any more
			fresh[start.Format(time.DateOnly)] = d
		}
		out = append(out, d)
	}
	h.past = fresh
	return out, nil
}

func (h *Health) countedDay(ctx context.Context, f *facts, start time.Time) (Day, error) {
	d := Day{Start: start}
	var rows []struct {
		State run.State `sql:"state"`
		Count int       `sql:"count"`
	}
	err := h.db.Run.Query().Where(run.CompletedAtGTE(start), run.CompletedAtLT(start.AddDate(0, 0, 1)), counted).Where(f.scope...).
		GroupBy(run.FieldState).Aggregate(ent.Count()).Scan(ctx, &rows)
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
