package readings

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/accountreading"
	"github.com/truecount/truecount/ent/dayreading"
	"github.com/truecount/truecount/ent/snapshot"
	"github.com/truecount/truecount/ent/total"
)

// Query says which readings are wanted.
type Query struct {
	Totals, Counts, Days []string // the ids of the accounts of which readings of each kind are wanted; none: none of it

	Counters []reading.Counter // of totals, at most seven
	Typed    bool              // totals by media type, not of all types together
	Metrics  []string          // of days: the platforms' metrics
	Ranges   [][2]reading.Day  // of days: the first and the last day
	Windows  []Window          // of totals and counts: ascending and apart from each other
	Newest   bool              // of totals and counts: the newest reading of each account too, however old it is
	Runs     bool              // the runs that brought the readings
	Now      time.Time         // what was read later is not known
}

// Window is a stretch of time, both ends in.
type Window struct{ From, To time.Time }

// Kind says what a line is of.
type Kind int

// The kinds of readings.
const (
	Totals Kind = iota
	Counts
	Days
)

// Line is one reading. What its numbers are depends on its kind: the counters that were asked for, the account's own
// counts in the order of AccountCounts, or the platform's figure of a day. nil is not known.
type Line struct {
	Kind         Kind
	ConnectionID string
	Key          string      // of totals: the media type, when they are typed; of days: the metric
	Day          reading.Day // of days: in the platform's calendar
	At           time.Time
	Read         *time.Time // of days: when the day was read last, which brings no new row when the value is the same
	RunID        string     // empty unless runs are asked for
	N            [7]*int64
}

// AccountCounts are the account's own counts, in the order in which a line has them.
var AccountCounts = []platform.AccountCount{
	accountreading.FieldFollowers, accountreading.FieldViewCount, accountreading.FieldLikeCount,
}

// row is a line as the statement gives it.
type row struct {
	Kind         Kind    `sql:"kind"`
	ConnectionID string  `sql:"connection_id"`
	Key          string  `sql:"key"`
	Day          string  `sql:"day"`
	At           string  `sql:"at"`
	Read         *string `sql:"read"`
	RunID        string  `sql:"run_id"`
	N0           *int64  `sql:"n0"`
	N1           *int64  `sql:"n1"`
	N2           *int64  `sql:"n2"`
	N3           *int64  `sql:"n3"`
	N4           *int64  `sql:"n4"`
	N5           *int64  `sql:"n5"`
	N6           *int64  `sql:"n6"`
}

// Load reads them in one statement, the earliest first. The first table is read through the data layer's rules; the
// accounts of the others must have been loaded through them.
func Load(ctx context.Context, db *ent.Client, q Query) ([]Line, error) {
	if len(q.Totals)+len(q.Counts)+len(q.Days) == 0 {
		return nil, nil
	}
	stretches := q.stretches()
	var rows []row
	err := db.Total.Query().Modify(func(s *sql.Selector) {
		q.totals(s, stretches[0])
		for _, when := range stretches[1:] {
			if len(q.Totals) > 0 {
				more := sql.Dialect(s.Dialect()).Select().From(sql.Table(total.Table))
				q.totals(more, when)
				s.UnionAll(more)
			}
		}
		for _, when := range stretches {
			if len(q.Counts) > 0 {
				s.UnionAll(q.counts(s.Dialect(), when))
			}
		}
		if len(q.Days) > 0 {
			s.UnionAll(q.days(s.Dialect()))
		}
	}).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read the readings: %w", err)
	}
	slices.SortFunc(rows, func(x, y row) int { return strings.Compare(x.At, y.At) })
	out := make([]Line, len(rows))
	for i := range rows {
		if out[i], err = rows[i].line(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r *row) line() (Line, error) {
	at, err := store.ParseInstant(r.At)
	if err != nil {
		return Line{}, err
	}
	l := Line{
		Kind: r.Kind, ConnectionID: r.ConnectionID, Key: r.Key, At: at, RunID: r.RunID,
		N: [7]*int64{r.N0, r.N1, r.N2, r.N3, r.N4, r.N5, r.N6},
	}
	if r.Kind == Days {
		if l.Day, err = reading.ParseDay(r.Day); err != nil {
			return Line{}, err
		}
	}
	if r.Read != nil {
		read, err := store.ParseInstant(*r.Read)
		if err != nil {
			return Line{}, err
		}
		l.Read = &read
	}
	return l, nil
}

// width is how many numbers a line has. Every part of the statement has as many columns.
func (q Query) width() int {
	width := 1
	if len(q.Totals) > 0 {
		width = len(q.Counters)
	}
	if len(q.Counts) > 0 {
		width = max(width, len(AccountCounts))
	}
	return width
}

// columns are the expressions of a part of the statement.
type columns struct {
	kind          Kind
	key, day, run string
	read          string
	numbers       []string
}

// choose selects them.
func (q Query) choose(s *sql.Selector, c columns) {
	if !q.Runs {
		c.run = "''"
	}
	if c.read == "" {
		c.read = "CAST(NULL AS text)"
	}
	s.Select(s.C("connection_id")).
		AppendSelectExprAs(sql.Raw(strconv.Itoa(int(c.kind))), "kind").
		AppendSelectExprAs(sql.Raw(c.key), "key").
		AppendSelectExprAs(sql.Raw(c.day), "day").
		AppendSelectExprAs(sql.Raw(store.Instant(s.Dialect(), s.C("observed_at"))), "at").
		AppendSelectExprAs(sql.Raw(c.run), "run_id").
		AppendSelectExprAs(sql.Raw(c.read), "read")
	for i := range q.width() {
		expression := "CAST(NULL AS bigint)"
		if i < len(c.numbers) {
			expression = c.numbers[i]
		}
		s.AppendSelectExprAs(sql.Raw(expression), "n"+strconv.Itoa(i))
	}
}

// totals selects the running totals of accounts, by account and reading, and by media type where that is wanted.
func (q Query) totals(s *sql.Selector, when stretch) {
	s.Where(sql.In(s.C(total.FieldConnectionID), args(q.Totals)...))
	when(s, total.Table, total.FieldObservedAt, q.Totals)
	var sums []string
	for _, c := range q.Counters {
		sums = append(sums, "CAST(SUM("+s.C(c.String())+") AS bigint)")
	}
	key := "''"
	if q.Typed {
		key = s.C(total.FieldMediaType)
	}
	q.choose(s, columns{
		kind: Totals, key: key, day: "''", run: "MAX(" + s.C(total.FieldRunID) + ")", numbers: sums,
	})
	s.GroupBy(s.C(total.FieldConnectionID), s.C(total.FieldObservedAt))
	if q.Typed {
		s.GroupBy(s.C(total.FieldMediaType))
	}
}

// counts selects the accounts' own counts.
func (q Query) counts(dialect string, when stretch) *sql.Selector {
	s := sql.Dialect(dialect).Select().From(sql.Table(accountreading.Table))
	var numbers []string
	for _, c := range AccountCounts {
		numbers = append(numbers, s.C(string(c)))
	}
	q.choose(s, columns{
		kind: Counts, key: "''", day: "''", run: s.C(accountreading.FieldRunID), numbers: numbers,
	})
	s.Where(sql.In(s.C(accountreading.FieldConnectionID), args(q.Counts)...))
	when(s, accountreading.Table, accountreading.FieldObservedAt, q.Counts)
	return s
}

// days selects the platforms' own figures of the days of the ranges.
func (q Query) days(dialect string) *sql.Selector {
	t, last := sql.Table(dayreading.Table), sql.Table(snapshot.Table).As("last_read")
	s := sql.Dialect(dialect).Select().From(t)
	s.LeftJoin(last).OnP(sql.And(
		sql.ColumnsEQ(t.C(dayreading.FieldConnectionID), last.C(snapshot.FieldConnectionID)),
		sql.ColumnsEQ(t.C(dayreading.FieldMetric), last.C(snapshot.FieldMetric)),
		sql.ColumnsEQ(t.C(dayreading.FieldDay), last.C(snapshot.FieldDay)),
	))
	q.choose(s, columns{
		kind: Days, key: s.C(dayreading.FieldMetric), day: s.C(dayreading.FieldDay), run: s.C(dayreading.FieldRunID),
		numbers: []string{s.C(dayreading.FieldValue)},
		read:    store.Instant(dialect, last.C(snapshot.FieldObservedAt)),
	})
	var in []*sql.Predicate
	for _, r := range q.Ranges {
		in = append(in, sql.And(
			sql.GTE(s.C(dayreading.FieldDay), r[0].String()), sql.LTE(s.C(dayreading.FieldDay), r[1].String()),
		))
	}
	return s.Where(sql.And(
		sql.In(s.C(dayreading.FieldConnectionID), args(q.Days)...),
		sql.In(s.C(dayreading.FieldMetric), args(q.Metrics)...),
		sql.LTE(s.C(dayreading.FieldObservedAt), q.Now),
		sql.Or(in...),
	))
}

// stretch selects readings of a table by when they were made.
type stretch func(s *sql.Selector, table, observed string, ids []string)

// stretches are the windows, each a search in an index of its own, and what is newest outside of them.
func (q Query) stretches() []stretch {
	out := make([]stretch, 0, len(q.Windows)+1)
	within := func(s *sql.Selector, observed string, w Window) *sql.Predicate {
		return sql.And(sql.GTE(s.C(observed), w.From), sql.LTE(s.C(observed), earlier(w.To, q.Now)))
	}
	for _, w := range q.Windows {
		out = append(out, func(s *sql.Selector, _, observed string, _ []string) { s.Where(within(s, observed, w)) })
	}
	if !q.Newest {
		return out
	}
	return append(out, func(s *sql.Selector, table, observed string, ids []string) {
		for _, w := range q.Windows {
			s.Where(sql.Not(within(s, observed, w)))
		}
		newest := make([]*sql.Predicate, len(ids))
		for i, id := range ids {
			t := sql.Table(table).As("newest")
			last := sql.Dialect(s.Dialect()).Select(sql.Max(t.C(observed))).From(t)
			last.Where(sql.And(sql.EQ(t.C("connection_id"), id), sql.LTE(t.C(observed), q.Now)))
			newest[i] = sql.And(sql.EQ(s.C("connection_id"), id), sql.EQ(s.C(observed), last))
		}
		s.Where(sql.Or(newest...))
	})
}

func earlier(x, y time.Time) time.Time {
	if y.Before(x) {
		return y
	}
	return x
}

func args(ids []string) []any {
	out := make([]any, len(ids))
	for i, id := range ids {
		out[i] = id
	}
	return out
}
