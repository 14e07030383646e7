package usual

import (
	"slices"
	"time"

	"github.com/truecount/truecount/app/reading"
)

// Typical is what posts typically had at an age.
type Typical struct {
	Median float64
	Used   []*Post   // the posts that it is the median of
	Values []float64 // what each of them had
	Old    int       // how many posts reached the age
	Mixed  int       // posts that were counted in another way, and are left out
	Read   time.Time // the newest reading that it rests on
	days   int
}

// TypicalOf takes the posts, the oldest first, that were published in a time, are so many days old by now, and whose
// views at that age are known. changed gives the last day, up to a time, on which the platform changed what it counts:
// posts published before it are left out.
func TypicalOf(posts []*Post, from, to, now time.Time, days int, changed func(time.Time) time.Time) Typical {
	t := Typical{days: days}
	var old []*Post
	for _, p := range Between(posts, from, to) {
		if !reading.AgeMoment(p.PostedAt, days).After(now) {
			old = append(old, p)
		}
	}
	if t.Old = len(old); t.Old == 0 {
		return t
	}
	since := changed(reading.AgeMoment(old[t.Old-1].PostedAt, days))
	for _, p := range old {
		at := p.At[reading.AgeIndex(days)]
		switch {
		case !at.Known:
		case p.PostedAt.Before(since):
			t.Mixed++
		default:
			t.Used, t.Values = append(t.Used, p), append(t.Values, at.Views)
			if at.Read.After(t.Read) {
				t.Read = at.Read
			}
		}
	}
	_, t.Median, _, _ = reading.Quartiles(t.Values)
	return t
}

// Between are the posts, of a list with the oldest first, that were published from a time on and before another.
func Between(posts []*Post, from, to time.Time) []*Post {
	place := func(at time.Time) int {
		i, _ := slices.BinarySearchFunc(posts, at, func(p *Post, at time.Time) int { return p.PostedAt.Compare(at) })
		return i
	}
	first, last := place(from), place(to)
	return posts[first:max(first, last)]
}

// Reads are the readings after which the posts had reached the age, in the order of time.
func (t Typical) Reads() []time.Time {
	out := make([]time.Time, len(t.Used))
	for i, p := range t.Used {
		out[i] = p.At[reading.AgeIndex(t.days)].Read
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.Compact(out)
}
