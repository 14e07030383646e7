package numbers

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
	"github.com/truecount/truecount/ent/accountreading"
	"github.com/truecount/truecount/ent/dayreading"
	"github.com/truecount/truecount/ent/snapshot"
	"github.com/truecount/truecount/ent/total"
)

// kind says which table a line is of.
type kind int

const (
	ofTotals kind = iota
	ofCounts
	ofDays
)

// line is one reading, as the one statement about readings gives it. What its numbers are depends on its kind: the
// counters that the questions need, the account's own counts, or the platform's figure of a day.
type line struct {
	Kind         kind    `sql:"kind"`
	ConnectionID string  `sql:"connection_id"`
	Key          string  `sql:"key"` // of totals: the media type, where a question needs it; of days: the metric
	Day          string  `sql:"day"` // of days
	At           string  `sql:"at"`
	Read         *string `sql:"read"` // of days: when the day was read last
	RunID        string  `sql:"run_id"`
	N0           *int64  `sql:"n0"`
	N1           *int64  `sql:"n1"`
	N2           *int64  `sql:"n2"`
	N3           *int64  `sql:"n3"`
	N4           *int64  `sql:"n4"`
	N5           *int64  `sql:"n5"`
	N6           *int64  `sql:"n6"`
}

func (l *line) numbers() [7]*int64 { return [7]*int64{l.N0, l.N1, l.N2, l.N3, l.N4, l.N5, l.N6} }

// counts are the account's own counts, in the order in which a line has them.
var counts = []platform.AccountCount{
	accountreading.FieldFollowers, accountreading.FieldViewCount, accountreading.FieldLikeCount,
}

// readReadings reads what the tracks are made of, other than posts, in one statement. The first table is read through
// the data layer's rules; the accounts of the others were loaded through them.
func (n *Numbers) readReadings(ctx context.Context, all books) error {
	totals, levels, days := all.accounts(sourceTotals), all.accounts(sourceLevel, sourceGain), all.accounts(sourceDays)
	if len(totals)+len(levels)+len(days) == 0 {
		return nil
	}
	counters, typed := all.counters()
	width := 1
	if len(totals) > 0 {
		width = len(counters)
	}
	if len(levels) > 0 {
		width = max(width, len(counts))
	}
	var lines []line
	err := n.db.Total.Query().Modify(func(s *sql.Selector) {
		s.Where(sql.In(s.C(total.FieldConnectionID), args(totals)...))
		all.within(s, total.Table, total.FieldObservedAt, totals)
		var sums []string
		for _, c := range counters {
			sums = append(sums, "CAST(SUM("+s.C(c.String())+") AS bigint)")
		}
		columns{
			kind: ofTotals, key: "''", day: "''", run: "MAX(" + s.C(total.FieldRunID) + ")", numbers: sums,
		}.choose(s, width, total.FieldMediaType, typed, all.traced())
		s.GroupBy(s.C(total.FieldConnectionID), s.C(total.FieldObservedAt))
		if typed {
			s.GroupBy(s.C(total.FieldMediaType))
		}
		if len(levels) > 0 {
			s.UnionAll(all.ofCounts(s.Dialect(), levels, width))
		}
		if len(days) > 0 {
			s.UnionAll(all.ofDays(s.Dialect(), days, width))
		}
	}).Scan(ctx, &lines)
	if err != nil {
		return fmt.Errorf("read the readings: %w", err)
	}
	slices.SortFunc(lines, func(x, y line) int { return strings.Compare(x.At, y.At) })
	return all.take(lines, counters)
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

// columns are the expressions of a part of the statement.
type columns struct {
	kind          kind
	key, day, run string
	read          string
	numbers       []string
}

// traced reports that a question asks which runs brought the readings.
func (all books) traced() bool {
	return slices.ContainsFunc(all, func(b *book) bool { return b.traced })
}

// choose selects them. Every part has the same number of columns.
func (c columns) choose(s *sql.Selector, width int, field string, keyed, traced bool) {
	if keyed {
		c.key = s.C(field)
	}
	if !traced {
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
	for i := range width {
		expression := "CAST(NULL AS bigint)"
		if i < len(c.numbers) {
			expression = c.numbers[i]
		}
		s.AppendSelectExprAs(sql.Raw(expression), "n"+strconv.Itoa(i))
	}
}

// ofCounts selects the accounts' own counts.
func (all books) ofCounts(dialect string, ids []string, width int) *sql.Selector {
	t := sql.Table(accountreading.Table)
	s := sql.Dialect(dialect).Select().From(t)
	var numbers []string
	for _, c := range counts {
		numbers = append(numbers, s.C(string(c)))
	}
	columns{
		kind: ofCounts, key: "''", day: "''", run: s.C(accountreading.FieldRunID), numbers: numbers,
	}.choose(s, width, "", false, all.traced())
	s.Where(sql.In(s.C(accountreading.FieldConnectionID), args(ids)...))
	all.within(s, accountreading.Table, accountreading.FieldObservedAt, ids)
	return s
}

// ofDays selects the platforms' own figures of the days of the ranges.
func (all books) ofDays(dialect string, ids []string, width int) *sql.Selector {
	t, last := sql.Table(dayreading.Table), sql.Table(snapshot.Table).As("last_read")
	s := sql.Dialect(dialect).Select().From(t)
	s.LeftJoin(last).OnP(sql.And(
		sql.ColumnsEQ(t.C(dayreading.FieldConnectionID), last.C(snapshot.FieldConnectionID)),
		sql.ColumnsEQ(t.C(dayreading.FieldMetric), last.C(snapshot.FieldMetric)),
		sql.ColumnsEQ(t.C(dayreading.FieldDay), last.C(snapshot.FieldDay)),
	))
	columns{
		kind: ofDays, day: s.C(dayreading.FieldDay), run: s.C(dayreading.FieldRunID),
		numbers: []string{s.C(dayreading.FieldValue)}, read: store.Instant(dialect, last.C(snapshot.FieldObservedAt)),
	}.choose(s, width, dayreading.FieldMetric, true, all.traced())
	var metrics []string
	for _, of := range all.tracks(sourceDays) {
		for _, t := range of {
			if !slices.Contains(metrics, t.daily) {
				metrics = append(metrics, t.daily)
			}
		}
	}
	slices.Sort(metrics)
	var in []*sql.Predicate
	for _, r := range all.ranges() {
		in = append(in, sql.And(
			sql.GTE(s.C(dayreading.FieldDay), r.From.String()), sql.LTE(s.C(dayreading.FieldDay), r.To.String()),
		))
	}
	return s.Where(sql.And(
		sql.In(s.C(dayreading.FieldConnectionID), args(ids)...), sql.In(s.C(dayreading.FieldMetric), args(metrics)...),
		sql.LTE(s.C(dayreading.FieldObservedAt), all[0].now), sql.Or(in...),
	))
}

// within selects what was read in one of the windows. Of a range that reaches into today, an account's newest reading
// is wanted too, however old it is: it stands until the next one.
func (all books) within(s *sql.Selector, table, observed string, ids []string) {
	var any []*sql.Predicate
	for _, w := range all.windows() {
		any = append(any, sql.And(sql.GTE(s.C(observed), w.from), sql.LTE(s.C(observed), w.to)))
	}
	if slices.ContainsFunc(all, func(b *book) bool { return b.query.Range.To >= b.today }) {
		t := sql.Table(table).As("newest")
		newest := sql.Dialect(s.Dialect()).Select(sql.Max(t.C(observed))).From(t)
		newest.Where(sql.And(sql.In(t.C("connection_id"), args(ids)...), sql.LTE(t.C(observed), all[0].now))).
			GroupBy(t.C("connection_id"))
		any = append(any, sql.In(s.C(observed), newest))
	}
	s.Where(sql.And(sql.LTE(s.C(observed), all[0].now), sql.Or(any...)))
}

// take gives each track its readings, which come in the order of time.
func (all books) take(lines []line, counters []reading.Counter) error {
	totals, levels, days := all.tracks(sourceTotals), all.tracks(sourceLevel, sourceGain), all.tracks(sourceDays)
	for i := range lines {
		l := &lines[i]
		at, err := store.ParseInstant(l.At)
		if err != nil {
			return err
		}
		n := l.numbers()
		switch l.Kind {
		case ofTotals:
			var of reading.Counters
			for i, c := range counters {
				of[c] = n[i]
			}
			for _, t := range totals[l.ConnectionID] {
				t.addTotal(l, at, of)
			}
		case ofCounts:
			for _, t := range levels[l.ConnectionID] {
				count := slices.Index(counts, t.metric.countOn(t.acc.Spec))
				if count >= 0 && n[count] != nil { // a reading that did not bring the count is none of it
					t.times = append(t.times, at)
					t.rows = append(t.rows, row{value: plus(nil, n[count]), runID: l.RunID})
				}
			}
		case ofDays:
			for _, t := range days[l.ConnectionID] {
				if err := t.addDay(l, at); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// addTotal adds the running totals of one reading, or of one media type of it.
func (t entry) addTotal(l *line, at time.Time, of reading.Counters) {
	if types := t.query.Filter.MediaTypes; len(types) > 0 && !slices.Contains(types, l.Key) {
		t.addOther(l, at, of)
		return
	}
	last := t.rowAt(at, l.RunID)
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
func (t entry) addDay(l *line, at time.Time) error {
	if l.Key != t.daily || l.N0 == nil {
		return nil
	}
	d, err := reading.ParseDay(l.Day)
	if err != nil {
		return err
	}
	if t.days == nil {
		t.days = map[reading.Day]dated{}
	}
	read := at
	if l.Read != nil {
		if read, err = store.ParseInstant(*l.Read); err != nil {
			return err
		}
	}
	if read.Before(at) || read.After(t.now) { // as it was known earlier
		read = at
	}
	t.days[d] = dated{float64(*l.N0), at, read, l.RunID}
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

func args(ids []string) []any {
	out := make([]any, len(ids))
	for i, id := range ids {
		out[i] = id
	}
	return out
}
