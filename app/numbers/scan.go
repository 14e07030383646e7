package numbers

import (
	"context"
	"slices"
	"time"

	"github.com/truecount/truecount/app/numbers/readings"
	"github.com/truecount/truecount/app/reading"
)

// readReadings reads what the tracks are made of, other than posts, in one statement. whole: also what lies between the
// ends of ranges that are only compared with.
func (n *Numbers) readReadings(ctx context.Context, all books, whole bool) error {
	q := readings.Query{
		Totals: all.accounts(sourceTotals), Counts: all.accounts(sourceLevel, sourceGain), Days: all.accounts(sourceDays),
		Windows: all.windows(whole), Runs: all.traced(), Now: all[0].now,
	}
	q.Counters, q.Typed = all.counters()
	q.Newest = all.behind(q.Windows[len(q.Windows)-1].From)
	for _, r := range all.ranges() {
		q.Ranges = append(q.Ranges, [2]reading.Day{r.From, r.To})
	}
	for _, of := range all.tracks(sourceDays) {
		for _, t := range of {
			if !slices.Contains(q.Metrics, t.daily) {
				q.Metrics = append(q.Metrics, t.daily)
			}
		}
	}
	slices.Sort(q.Metrics)
	lines, err := readings.Load(ctx, n.db, q)
	if err != nil {
		return err
	}
	all.take(lines, q.Counters)
	return nil
}

// counters are the counters of posts that the questions need; typed: a question needs them by media type.
func (all books) counters() (out []reading.Counter, typed bool) {
	out = []reading.Counter{reading.Views}
	for _, b := range all {
		for _, c := range b.metric.counters {
			if !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
		typed = typed || len(b.query.Filter.MediaTypes) > 0
	}
	return out, typed
}

// traced reports that a question asks which runs brought the readings.
func (all books) traced() bool {
	return slices.ContainsFunc(all, func(b *book) bool { return b.traced })
}

// behind reports that a question reaches into today, and that an account may not have been read since a time: its
// newest reading stands until the next one, however old it is.
func (all books) behind(since time.Time) bool {
	return slices.ContainsFunc(all, func(b *book) bool {
		return b.query.Range.To >= b.today &&
			(!b.query.AsOf.IsZero() || slices.ContainsFunc(b.tracks, func(t track) bool {
				return !t.readSince(since)
			}))
	})
}

// readSince reports that readings of the track were stored since a time, as far as the account's own row tells.
func (t track) readSince(since time.Time) bool {
	switch t.source {
	case sourceLevel, sourceGain:
		return t.acc.Profile != nil && t.acc.Profile.ObservedAt.After(since)
	case sourceTotals:
		return t.acc.Schedule != nil && t.acc.Schedule.PostsReadAt != nil && t.acc.Schedule.PostsReadAt.After(since)
	default:
		return true
	}
}

// take gives each track its readings, which come in the order of time.
func (all books) take(lines []readings.Line, counters []reading.Counter) {
	totals, levels, days := all.tracks(sourceTotals), all.tracks(sourceLevel, sourceGain), all.tracks(sourceDays)
	for i := range lines {
		l := &lines[i]
		switch l.Kind {
		case readings.Totals:
			var of reading.Counters
			for i, c := range counters {
				of[c] = l.N[i]
			}
			for _, t := range totals[l.ConnectionID] {
				t.addTotal(l, of)
			}
		case readings.Counts:
			for _, t := range levels[l.ConnectionID] {
				count := slices.Index(readings.AccountCounts, t.metric.countOn(t.acc.Spec))
				if count >= 0 && l.N[count] != nil { // a reading that did not bring the count is none of it
					t.times = append(t.times, l.At)
					t.rows = append(t.rows, row{value: plus(nil, l.N[count]), runID: l.RunID})
				}
			}
		case readings.Days:
			for _, t := range days[l.ConnectionID] {
				t.addDay(l)
			}
		}
	}
}

// addTotal adds the running totals of one reading, or of one media type of it.
func (t entry) addTotal(l *readings.Line, of reading.Counters) {
	if types := t.query.Filter.MediaTypes; len(types) > 0 && !slices.Contains(types, l.Key) {
		t.addOther(l, of)
		return
	}
	last := t.rowAt(l.At, l.RunID)
	last.typed = true
	for _, c := range t.metric.counters {
		last.value = plus(last.value, of[c])
	}
	last.base = plus(last.base, of[reading.Views])
}

// rowAt is the row of a reading; readings come in the order of time.
func (t entry) rowAt(at time.Time, runID string) *row {
	if len(t.times) == 0 || !t.times[len(t.times)-1].Equal(at) {
		t.times = append(t.times, at)
		t.rows = append(t.rows, row{runID: runID})
	}
	return &t.rows[len(t.rows)-1]
}

// addDay notes a platform's figure of a day: the newest one comes last, and stays.
func (t entry) addDay(l *readings.Line) {
	if l.Key != t.daily || l.N[0] == nil {
		return
	}
	if t.days == nil {
		t.days = map[reading.Day]dated{}
	}
	read := l.At
	if l.Read != nil && l.Read.After(l.At) && !l.Read.After(t.now) { // not of a question as it was known earlier
		read = *l.Read
	}
	t.days[l.Day] = dated{float64(*l.N[0]), l.At, read, l.RunID}
}

func plus(sum *float64, n *int64) *float64 {
	if n == nil {
		return sum
	}
	v := float64(*n)
	if sum != nil {
		v += *sum
	}
	return &v
}
