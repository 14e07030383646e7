package numbers

import (
	"context"
	"fmt"
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

// fill reads what the tracks of a book are made of: a statement for each kind of source that there is.
func (n *Numbers) fill(ctx context.Context, b *book) error {
	of := map[source][]string{}
	at := map[string]*track{}
	for i := range b.tracks {
		t := &b.tracks[i]
		of[t.source] = append(of[t.source], t.acc.Row.ID)
		at[t.acc.Row.ID] = t
	}
	if ids := slices.Concat(of[sourceLevel], of[sourceGain]); len(ids) > 0 {
		if err := n.readCounts(ctx, b, ids, at); err != nil {
			return err
		}
	}
	if ids := of[sourceTotals]; len(ids) > 0 {
		if err := n.readTotals(ctx, b, ids, at); err != nil {
			return err
		}
	}
	if ids := of[sourceDays]; len(ids) > 0 {
		if err := n.readDays(ctx, b, ids, at); err != nil {
			return err
		}
	}
	if ids := of[sourcePosts]; len(ids) > 0 {
		return n.readPosts(ctx, b, ids, at)
	}
	return nil
}

// window is a stretch of time in which readings may close the days of a range.
type window struct{ from, to time.Time }

// windows are those of a book's ranges. A level of today stands until the next reading, so that of a level, and of a
// range that reaches into today, the newest reading is wanted however old it is.
func (b *book) windows() []window {
	ranges := []Range{b.query.Range}
	if b.against != nil {
		ranges = append(ranges, *b.against)
	}
	out := make([]window, len(ranges))
	for i, r := range ranges {
		out[i] = window{
			(r.From - 1).End(r.Zone).Add(-reading.CloseBefore).UTC(), r.To.End(r.Zone).Add(reading.CloseAfter).UTC(),
		}
	}
	return out
}

// within selects what was read in one of the windows, or is an account's newest reading by then.
func (b *book) within(table, observed string) func(*sql.Selector) {
	return func(s *sql.Selector) {
		var any []*sql.Predicate
		for _, w := range b.windows() {
			any = append(any, sql.And(sql.GTE(s.C(observed), w.from), sql.LTE(s.C(observed), w.to)))
		}
		if b.query.Range.To >= b.today {
			t := sql.Table(table).As("newest")
			newest := sql.Dialect(s.Dialect()).Select(sql.Max(t.C(observed))).From(t)
			newest.Where(sql.And(
				sql.ColumnsEQ(t.C("connection_id"), s.C("connection_id")), sql.LTE(t.C(observed), b.now),
			))
			any = append(any, sql.In(s.C(observed), newest))
		}
		s.Where(sql.Or(any...))
	}
}

func (n *Numbers) readCounts(ctx context.Context, b *book, ids []string, at map[string]*track) error {
	rows, err := n.db.AccountReading.Query().
		Where(
			accountreading.ConnectionIDIn(ids...),
			accountreading.ObservedAtLTE(b.now),
			predicate.AccountReading(b.within(accountreading.Table, accountreading.FieldObservedAt)),
		).
		Order(accountreading.ByObservedAt()).
		All(ctx)
	if err != nil {
		return fmt.Errorf("read the counts of accounts: %w", err)
	}
	for _, r := range rows {
		t := at[r.ConnectionID]
		if v := countOf(r, t, b.metric); v != nil { // a reading that did not bring the count is none of it
			t.times = append(t.times, r.ObservedAt)
			t.rows = append(t.rows, row{value: v, runID: r.RunID})
		}
	}
	return nil
}

func countOf(r *ent.AccountReading, t *track, m Metric) *float64 {
	count := m.count
	if gain, ok := t.acc.Spec.Figures.Gains[m.Key]; ok {
		count = gain
	}
	var n *int64
	switch string(count) {
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

func (n *Numbers) readTotals(ctx context.Context, b *book, ids []string, at map[string]*track) error {
	q := n.db.Total.Query().Where(
		total.ConnectionIDIn(ids...), total.ObservedAtLTE(b.now),
		predicate.Total(b.within(total.Table, total.FieldObservedAt)),
	)
	if types := b.query.Filter.MediaTypes; len(types) > 0 {
		q.Where(total.MediaTypeIn(types...))
	}
	rows, err := q.Order(total.ByObservedAt()).All(ctx)
	if err != nil {
		return fmt.Errorf("read the running totals: %w", err)
	}
	for _, r := range rows {
		t := at[r.ConnectionID]
		if len(t.times) == 0 || !t.times[len(t.times)-1].Equal(r.ObservedAt) {
			t.times = append(t.times, r.ObservedAt)
			t.rows = append(t.rows, row{runID: r.RunID})
		}
		last := &t.rows[len(t.rows)-1]
		counters := store.TotalCounters(r)
		for _, c := range b.metric.counters {
			last.value = plus(last.value, counters[c])
		}
		last.base = plus(last.base, counters[reading.Views])
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

func (n *Numbers) readDays(ctx context.Context, b *book, ids []string, at map[string]*track) error {
	var metrics []string
	for _, id := range ids {
		metrics = append(metrics, at[id].daily)
	}
	var in []predicate.DayReading
	ranges := []Range{b.query.Range}
	if b.against != nil {
		ranges = append(ranges, *b.against)
	}
	for _, r := range ranges {
		in = append(in, dayreading.And(dayreading.DayGTE(r.From.String()), dayreading.DayLTE(r.To.String())))
	}
	rows, err := n.db.DayReading.Query().
		Where(
			dayreading.ConnectionIDIn(ids...), dayreading.MetricIn(metrics...), dayreading.ObservedAtLTE(b.now),
			dayreading.Or(in...),
		).
		Order(dayreading.ByObservedAt()).
		All(ctx)
	if err != nil {
		return fmt.Errorf("read the readings of days: %w", err)
	}
	for _, r := range rows { // the newest one of a day comes last, and stays
		t := at[r.ConnectionID]
		d, err := reading.ParseDay(r.Day)
		if err != nil || r.Metric != t.daily {
			continue
		}
		if t.days == nil {
			t.days = map[reading.Day]dated{}
		}
		t.days[d] = dated{float64(r.Value), r.ObservedAt.UTC(), r.RunID}
	}
	return nil
}

// readPosts counts posts by the day, in the zone of the question, on which they were published.
func (n *Numbers) readPosts(ctx context.Context, b *book, ids []string, at map[string]*track) error {
	var in []predicate.Post
	for _, w := range b.windows() {
		in = append(in, post.And(post.PostedAtGTE(w.from), post.PostedAtLTE(w.to)))
	}
	where := []predicate.Post{post.ConnectionIDIn(ids...), post.GoneAtIsNil(), post.CreatedAtLTE(b.now)}
	if types := b.query.Filter.MediaTypes; len(types) > 0 {
		where = append(where, post.MediaTypeIn(types...))
	}
	rows, err := n.db.Post.Query().Where(where...).Where(post.Or(in...)).
		Select(post.FieldConnectionID, post.FieldPostedAt).
		All(ctx)
	if err != nil {
		return fmt.Errorf("count posts: %w", err)
	}
	for _, r := range rows {
		t := at[r.ConnectionID]
		if t.posts == nil {
			t.posts = map[reading.Day]int{}
		}
		t.posts[reading.DayOf(*r.PostedAt, b.query.Range.Zone)]++
	}
	return n.readExtents(ctx, b, ids, at)
}

// readExtents finds since when all posts of each account are stored: since ever, or since the oldest stored one.
func (n *Numbers) readExtents(ctx context.Context, b *book, ids []string, at map[string]*track) error {
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
	for _, id := range ids {
		at[id].since = b.now.AddDate(100, 0, 0) // no post is stored, so that nothing is known
		if own := at[id].acc.PostCount(); own != nil && *own == 0 {
			at[id].since = time.Time{}
		}
	}
	for _, r := range rows {
		t := at[r.ConnectionID]
		if own := t.acc.PostCount(); own != nil && r.Stored >= *own {
			t.since = time.Time{}
			continue
		}
		if r.Oldest == nil {
			continue
		}
		when, err := time.Parse("2006-01-02 15:04:05", *r.Oldest)
		if err != nil {
			return fmt.Errorf("read when the oldest post was published: %w", err)
		}
		t.since = when
	}
	return nil
}
