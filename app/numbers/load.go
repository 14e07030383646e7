package numbers

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/accountreading"
	"github.com/truecount/truecount/ent/dayreading"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/total"
)

// books are questions about the same accounts that are answered from the same statements.
type books []*book

// fill reads what the tracks are made of: a statement for each kind of source that there is.
func (n *Numbers) fill(ctx context.Context, all books) error {
	for _, read := range []struct {
		of   []source
		rows func(context.Context, books, []string) error
	}{
		{[]source{sourceLevel, sourceGain}, n.readCounts},
		{[]source{sourceTotals}, n.readTotals},
		{[]source{sourceDays}, n.readDays},
		{[]source{sourcePosts}, n.readPosts},
	} {
		var ids []string
		for _, b := range all {
			for _, t := range b.tracks {
				if slices.Contains(read.of, t.source) && !slices.Contains(ids, t.acc.Row.ID) {
					ids = append(ids, t.acc.Row.ID)
				}
			}
		}
		if len(ids) == 0 {
			continue
		}
		if err := read.rows(ctx, all, ids); err != nil {
			return err
		}
	}
	return nil
}

// tracks gives the tracks of an account that are made of one of the sources, with their books.
func (all books) tracks(connectionID string, of ...source) iter.Seq2[*book, *track] {
	return func(yield func(*book, *track) bool) {
		for _, b := range all {
			for i := range b.tracks {
				t := &b.tracks[i]
				if t.acc.Row.ID == connectionID && slices.Contains(of, t.source) && !yield(b, t) {
					return
				}
			}
		}
	}
}

// window is a stretch of time in which readings may close the days of a range.
type window struct{ from, to time.Time }

// ranges are the ranges of all questions.
func (all books) ranges() []Range {
	var out []Range
	for _, b := range all {
		for _, r := range []*Range{&b.query.Range, b.against} {
			if r != nil && !slices.Contains(out, *r) {
				out = append(out, *r)
			}
		}
	}
	return out
}

func (all books) windows() []window {
	ranges := all.ranges()
	out := make([]window, len(ranges))
	for i, r := range ranges {
		out[i] = window{
			(r.From - 1).End(r.Zone).Add(-reading.CloseBefore).UTC(), r.To.End(r.Zone).Add(reading.CloseAfter).UTC(),
		}
	}
	return out
}

// within selects what was read in one of the windows. Of a range that reaches into today, an account's newest reading
// is wanted too, however old it is: it stands until the next one.
func (all books) within(table, observed string) func(*sql.Selector) {
	return func(s *sql.Selector) {
		var any []*sql.Predicate
		for _, w := range all.windows() {
			any = append(any, sql.And(sql.GTE(s.C(observed), w.from), sql.LTE(s.C(observed), w.to)))
		}
		if slices.ContainsFunc(all, func(b *book) bool { return b.query.Range.To >= b.today }) {
			t := sql.Table(table).As("newest")
			newest := sql.Dialect(s.Dialect()).Select(sql.Max(t.C(observed))).From(t)
			newest.Where(sql.And(
				sql.ColumnsEQ(t.C("connection_id"), s.C("connection_id")), sql.LTE(t.C(observed), all[0].now),
			))
			any = append(any, sql.In(s.C(observed), newest))
		}
		s.Where(sql.Or(any...))
	}
}

func (n *Numbers) readCounts(ctx context.Context, all books, ids []string) error {
	rows, err := n.db.AccountReading.Query().
		Where(
			accountreading.ConnectionIDIn(ids...),
			accountreading.ObservedAtLTE(all[0].now),
			predicate.AccountReading(all.within(accountreading.Table, accountreading.FieldObservedAt)),
		).
		Order(accountreading.ByObservedAt()).
		All(ctx)
	if err != nil {
		return fmt.Errorf("read the counts of accounts: %w", err)
	}
	for _, r := range rows {
		for b, t := range all.tracks(r.ConnectionID, sourceLevel, sourceGain) {
			if v := countOf(r, t, b.metric); v != nil { // a reading that did not bring the count is none of it
				t.times = append(t.times, r.ObservedAt)
				t.rows = append(t.rows, row{value: v, runID: r.RunID})
			}
		}
	}
	return nil
}

func countOf(r *ent.AccountReading, t *track, m Metric) *float64 {
	var n *int64
	switch string(m.countOn(t.acc.Spec)) {
	case accountreading.FieldFollowers:
		n = r.Followers
	case accountreading.FieldViewCount:
		n = r.ViewCount
	case accountreading.FieldLikeCount:
		n = r.LikeCount
	}
	if n == nil {
		return nil
	}
	v := float64(*n)
	return &v
}

func (n *Numbers) readTotals(ctx context.Context, all books, ids []string) error {
	rows, err := n.db.Total.Query().
		Where(
			total.ConnectionIDIn(ids...), total.ObservedAtLTE(all[0].now),
			predicate.Total(all.within(total.Table, total.FieldObservedAt)),
		).
		Order(total.ByObservedAt()).
		All(ctx)
	if err != nil {
		return fmt.Errorf("read the running totals: %w", err)
	}
	for _, r := range rows {
		counters := store.TotalCounters(r)
		for b, t := range all.tracks(r.ConnectionID, sourceTotals) {
			if types := b.query.Filter.MediaTypes; len(types) > 0 && !slices.Contains(types, r.MediaType) {
				continue
			}
			if len(t.times) == 0 || !t.times[len(t.times)-1].Equal(r.ObservedAt) {
				t.times = append(t.times, r.ObservedAt)
				t.rows = append(t.rows, row{runID: r.RunID})
			}
			last := &t.rows[len(t.rows)-1]
			for _, c := range b.metric.counters {
				last.value = plus(last.value, counters[c])
			}
			last.base = plus(last.base, counters[reading.Views])
		}
	}
	return nil
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

func (n *Numbers) readDays(ctx context.Context, all books, ids []string) error {
	var metrics []string
	for _, id := range ids {
		for _, t := range all.tracks(id, sourceDays) {
			if !slices.Contains(metrics, t.daily) {
				metrics = append(metrics, t.daily)
			}
		}
	}
	var in []predicate.DayReading
	for _, r := range all.ranges() {
		in = append(in, dayreading.And(dayreading.DayGTE(r.From.String()), dayreading.DayLTE(r.To.String())))
	}
	rows, err := n.db.DayReading.Query().
		Where(
			dayreading.ConnectionIDIn(ids...), dayreading.MetricIn(metrics...), dayreading.ObservedAtLTE(all[0].now),
			dayreading.Or(in...),
		).
		Order(dayreading.ByObservedAt()).
		All(ctx)
	if err != nil {
		return fmt.Errorf("read the readings of days: %w", err)
	}
	for _, r := range rows { // the newest one of a day comes last, and stays
		d, err := reading.ParseDay(r.Day)
		if err != nil {
			return err
		}
		for _, t := range all.tracks(r.ConnectionID, sourceDays) {
			if r.Metric != t.daily {
				continue
			}
			if t.days == nil {
				t.days = map[reading.Day]dated{}
			}
			t.days[d] = dated{float64(r.Value), r.ObservedAt.UTC(), r.RunID}
		}
	}
	return nil
}

// readPosts counts posts by the day, in the zone of the question, on which they were published.
func (n *Numbers) readPosts(ctx context.Context, all books, ids []string) error {
	var in []predicate.Post
	for _, w := range all.windows() {
		in = append(in, post.And(post.PostedAtGTE(w.from), post.PostedAtLTE(w.to)))
	}
	rows, err := n.db.Post.Query().
		Where(post.ConnectionIDIn(ids...), post.GoneAtIsNil(), post.CreatedAtLTE(all[0].now), post.Or(in...)).
		Select(post.FieldConnectionID, post.FieldMediaType, post.FieldPostedAt).
		All(ctx)
	if err != nil {
		return fmt.Errorf("count posts: %w", err)
	}
	for _, r := range rows {
		for b, t := range all.tracks(r.ConnectionID, sourcePosts) {
			if types := b.query.Filter.MediaTypes; len(types) > 0 && !slices.Contains(types, r.MediaType) {
				continue
			}
			if t.posts == nil {
				t.posts = map[reading.Day]int{}
			}
			t.posts[reading.DayOf(*r.PostedAt, b.query.Range.Zone)]++
		}
	}
	return n.readExtents(ctx, all, ids)
}

// readExtents finds since when all posts of each account are stored: since ever, or since the oldest stored one.
func (n *Numbers) readExtents(ctx context.Context, all books, ids []string) error {
	var rows []struct {
		ConnectionID string  `sql:"connection_id"`
		Stored       int64   `sql:"stored"`
		Oldest       *string `sql:"oldest"`
	}
	err := n.db.Post.Query().Where(post.ConnectionIDIn(ids...), post.GoneAtIsNil()).Modify(func(s *sql.Selector) {
		oldest := "substr(MIN(posted_at), 1, 19)"
		if s.Dialect() == dialect.Postgres {
			oldest = "to_char(MIN(posted_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')"
		}
		s.SelectExpr(sql.Raw("connection_id"), sql.Raw("COUNT(*) AS stored"), sql.Raw(oldest+" AS oldest")).
			GroupBy(post.FieldConnectionID)
	}).Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("count posts: %w", err)
	}
	stored, oldest := map[string]int64{}, map[string]time.Time{}
	for _, r := range rows {
		stored[r.ConnectionID] = r.Stored
		if r.Oldest == nil {
			continue
		}
		if oldest[r.ConnectionID], err = time.Parse(time.DateTime, *r.Oldest); err != nil {
			return fmt.Errorf("read when the oldest post was published: %w", err)
		}
	}
	for _, id := range ids {
		for _, t := range all.tracks(id, sourcePosts) {
			own := t.acc.PostCount()
			first, any := oldest[id]
			switch {
			case own != nil && stored[id] >= *own: // all there are
			case any:
				t.since = first
			default:
				t.since = farAway
			}
		}
	}
	return nil
}

// farAway is after every day that is asked for: nothing is known since then.
var farAway = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
