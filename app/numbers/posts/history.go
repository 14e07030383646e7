package posts

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/posthistory"
)

// Reading is what one reading of a post brought.
type Reading struct {
	At       time.Time                `json:"at"`
	Counters map[string]numbers.Value `json:"counters"`
}

// History answers a post's readings that found something new, the oldest first and then the newest of all, after a
// time; more says that there are further ones. NOT_FOUND as in One.
func (p *Posts) History(
	ctx context.Context,
	creatorID, id string,
	after time.Time,
	limit int,
) (out []Reading, more bool, err error) {
	acc, r, err := p.find(ctx, creatorID, id)
	if err != nil {
		return nil, false, err
	}
	rows, err := p.db.PostHistory.Query().
		Where(posthistory.PostID(id), posthistory.ObservedAtGT(after)).
		Order(posthistory.ByObservedAt()).
		Limit(limit + 1).
		All(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("read the history of post %s: %w", id, err)
	}
	if len(rows) > limit {
		rows, more = rows[:limit], true
	}
	for _, h := range rows {
		out = append(out, readingOf(acc, r, h.ObservedAt.UTC(), store.HistoryCounters(h)))
	}
	last := r.ObservedAt.UTC()
	forgotten := r.GoneAt != nil && acc.Spec.GoneIsForgotten
	if more || forgotten || !last.After(after) || len(out) > 0 && !out[len(out)-1].At.Before(last) {
		return out, more, nil
	}
	if len(out) == limit {
		return out, true, nil
	}
	return append(out, readingOf(acc, r, last, broughtBy(r))), false, nil
}

// broughtBy are the counters that the newest reading of a post brought.
func broughtBy(r *ent.Post) reading.Counters {
	out := store.PostCounters(r)
	for i := range out {
		if _, dated := r.KnownAt[reading.Counter(i).String()]; dated {
			out[i] = nil
		}
	}
	return out
}

func readingOf(acc *accounts.Account, r *ent.Post, at time.Time, of reading.Counters) Reading {
	out := Reading{At: at, Counters: map[string]numbers.Value{}}
	for i, n := range of {
		c := reading.Counter(i)
		if !c.Shown() {
			continue
		}
		v := numbers.Value{
			Unit: numbers.UnitCount, Definition: defined(c.String()), State: numbers.StateMissing,
		}
		switch {
		case acc.Ungranted(c.String()):
			v.Reason = &numbers.Reason{
				Code:    numbers.ReasonNotGranted,
				Message: words.New("numbers.why.notGranted", "Platform", acc.Spec.Name),
			}
		case n != nil:
			f := float64(*n)
			v.Value, v.AsOf, v.State = &f, &at, numbers.StateMeasured
		case acc.Lacks(c.String()):
			v.Reason = &numbers.Reason{
				Code:    numbers.ReasonNotReported,
				Message: words.New("numbers.why.notReported", "Platform", acc.Spec.Name),
			}
		default:
			v.Reason = &numbers.Reason{Code: numbers.ReasonNeverRead, Message: words.New("numbers.why.notBrought")}
		}
		out.Counters[c.String()] = v
	}
	return out
}
