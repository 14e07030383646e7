package analytics

import (
	"context"
	"time"

	"github.com/truecount/truecount/app/accounts"
)

// board is the numbers of some accounts over one span: what KPIs and charts are drawn from.
type board struct {
	span      Span
	now       time.Time
	noun      string // "posts", "videos"
	followers map[string]series
	own       map[string]series // the platform's own count of views, of accounts whose posts may not be added up
	published map[string]days
	extents   map[string]extent
}

func (a *Analytics) board(ctx context.Context, list []*accounts.Account, span Span) (*board, error) {
	b := &board{span: span, now: a.now(), noun: "posts"}
	var err error
	if b.followers, err = a.snapshots(ctx, accounts.IDs(list), "follower_count", span); err != nil {
		return nil, err
	}
	var bound []*accounts.Account
	for _, acc := range list {
		if acc.Restricted() {
			bound = append(bound, acc)
		}
	}
	if b.own, err = a.snapshots(ctx, accounts.IDs(bound), "view_count", span); err != nil {
		return nil, err
	}
	if b.published, err = a.published(ctx, accounts.IDs(list), span.before().From, span.To); err != nil {
		return nil, err
	}
	b.extents, err = a.extents(ctx, accounts.IDs(list))
	return b, err
}

// covers reports that all posts the account published since from are stored.
func (b *board) covers(acc *accounts.Account, from time.Time) bool {
	return acc.AsOf() != nil && b.extents[acc.Row.ID].covers(from, acc.PostCount())
}

func (b *board) cover(list []*accounts.Account, from time.Time) bool {
	for _, acc := range list {
		if !b.covers(acc, from) {
			return false
		}
	}
	return true
}

// begins is the first day of which every account's posts are stored, when that is within the span.
func (b *board) begins(list []*accounts.Account) *time.Time {
	latest := ""
	for _, acc := range list {
		if oldest := b.extents[acc.Row.ID].oldest; !b.covers(acc, b.span.From) && oldest > latest {
			latest = oldest
		}
	}
	if t, err := time.Parse(dayFormat, latest); err == nil {
		return &t
	}
	return nil
}

// tally adds up the posts of some accounts over a span.
func (b *board) tally(list []*accounts.Account, span Span) tally {
	var out tally
	for _, acc := range list {
		out = out.plus(b.published[acc.Row.ID].in(span))
	}
	return out
}

// points draws a value for each day of the span; nil is a gap.
func (b *board) points(value func(day time.Time) *float64) []Point {
	out := make([]Point, 0, b.span.Days)
	for _, d := range b.span.days() {
		out = append(out, Point{Day: d, Value: value(d)})
	}
	return out
}

// sum adds daily values up over accounts: a day that one of them does not have is a gap.
func (b *board) sum(list []*accounts.Account, from map[string]series) []Point {
	return b.points(func(d time.Time) *float64 {
		if len(list) == 0 {
			return nil
		}
		var total float64
		for _, acc := range list {
			v, ok := from[acc.Row.ID][key(d)]
			if !ok {
				return nil
			}
			total += float64(v)
		}
		return &total
	})
}

// viewsByDay are the views of what was published each day.
func (b *board) viewsByDay(list []*accounts.Account) []Point {
	return b.points(func(d time.Time) *float64 {
		t := b.onDay(list, d)
		if t.viewed == 0 {
			return nil
		}
		v := float64(t.views)
		return &v
	})
}

// rateByDay is the engagement rate of what was published each day.
func (b *board) rateByDay(list []*accounts.Account) []Point {
	return b.points(func(d time.Time) *float64 { return b.onDay(list, d).sums.rate() })
}

// postsByDay counts what was published each day; a day we cannot know all of is a gap.
func (b *board) postsByDay(list []*accounts.Account) []Point {
	return b.points(func(d time.Time) *float64 {
		for _, acc := range list {
			if at := acc.AsOf(); at == nil || d.After(*at) || !b.covers(acc, d) {
				return nil
			}
		}
		v := float64(b.onDay(list, d).posts)
		return &v
	})
}

func (b *board) onDay(list []*accounts.Account, d time.Time) tally {
	var t tally
	for _, acc := range list {
		t = t.plus(b.published[acc.Row.ID][key(d)])
	}
	return t
}

// unknown is the value of a day nothing is known of.
func unknown(time.Time) *float64 { return nil }

// ends are the first and the last known points; ok needs two of them.
func ends(points []Point) (first, last Point, ok bool) {
	n := 0
	for _, p := range points {
		if p.Value == nil {
			continue
		}
		if n == 0 {
			first = p
		}
		last = p
		n++
	}
	return first, last, n > 1
}
