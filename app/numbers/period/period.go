package period

import (
	"slices"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/words"
)

// Range is some days of a zone, both ends in.
type Range struct {
	From, To reading.Day
	Zone     *time.Location
}

// Days is how many days the range has.
func (r Range) Days() int { return int(r.To-r.From) + 1 }

// shift moves the range by days.
func (r Range) shift(days int) Range {
	r.From, r.To = r.From+reading.Day(days), r.To+reading.Day(days)
	return r
}

// longest is the longest range that may be asked for: ten years would be answered day by day.
const longest = 5 * 366

// spans are the named periods. Those that are not of the past reach to today; a day that is not over is left out of
// what is compared.
var spans = map[string]func(today reading.Day) (from, to reading.Day){
	"7d":           lastDays(7),
	"28d":          lastDays(28),
	"30d":          lastDays(30),
	"90d":          lastDays(90),
	"12m":          func(t reading.Day) (reading.Day, reading.Day) { return monthsBefore(t, 12) + 1, t },
	"this-month":   func(t reading.Day) (reading.Day, reading.Day) { return firstOf(t, 1, 0), t },
	"last-month":   func(t reading.Day) (reading.Day, reading.Day) { return firstOf(t, 1, -1), firstOf(t, 1, 0) - 1 },
	"this-quarter": func(t reading.Day) (reading.Day, reading.Day) { return firstOf(t, 3, 0), t },
	"last-quarter": func(t reading.Day) (reading.Day, reading.Day) { return firstOf(t, 3, -1), firstOf(t, 3, 0) - 1 },
	"this-year":    func(t reading.Day) (reading.Day, reading.Day) { return firstOf(t, 12, 0), t },
	"last-year":    func(t reading.Day) (reading.Day, reading.Day) { return firstOf(t, 12, -1), firstOf(t, 12, 0) - 1 },
}

func lastDays(n int) func(reading.Day) (reading.Day, reading.Day) {
	return func(t reading.Day) (reading.Day, reading.Day) { return t - reading.Day(n-1), t }
}

// monthsBefore is the day of the same date so many months earlier; a date that there is not is the last of its month.
func monthsBefore(d reading.Day, months int) reading.Day {
	t := d.UTC()
	first := time.Date(t.Year(), t.Month()-time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return reading.DayOf(first.AddDate(0, 0, min(t.Day(), last)-1), time.UTC)
}

// firstOf is the first day of the block of so many months that the day is in, moved by blocks.
func firstOf(d reading.Day, months, blocks int) reading.Day {
	t := d.UTC()
	m := (int(t.Month())-1)/months*months + 1 + blocks*months
	return reading.DayOf(time.Date(t.Year(), time.Month(m), 1, 0, 0, 0, 0, time.UTC), time.UTC)
}

// Spans lists the names of the named periods, shortest first.
func Spans() []string {
	return []string{
		"7d", "28d", "30d", "90d", "12m",
		"this-month", "last-month", "this-quarter", "last-quarter", "this-year", "last-year",
	}
}

// ParseRange reads a period: a span's name, or first and last day as 2006-01-02. Without any of them it is 30d. now and
// zone say which day is today. What cannot be meant is INVALID and names the parameter.
func ParseRange(span, from, to string, zone *time.Location, now time.Time) (Range, error) {
	r := Range{Zone: zone}
	today := reading.DayOf(now, zone)
	if span != "" && (from != "" || to != "") {
		return r, fault.InvalidParameter("span", words.New("numbers.bad.spanAndDays"))
	}
	if from == "" && to == "" {
		if span == "" {
			span = "30d"
		}
		days, ok := spans[span]
		if !ok {
			return r, fault.InvalidParameter("span", words.New("numbers.bad.span"))
		}
		r.From, r.To = days(today)
		return r, nil
	}
	var err error
	if r.From, err = reading.ParseDay(from); err != nil {
		return r, fault.InvalidParameter("from", words.New("numbers.bad.day", "Parameter", "from"))
	}
	if r.To, err = reading.ParseDay(to); err != nil {
		return r, fault.InvalidParameter("to", words.New("numbers.bad.day", "Parameter", "to"))
	}
	switch {
	case r.To < r.From:
		return r, fault.InvalidParameter("to", words.New("numbers.bad.reversed"))
	case r.From > today:
		return r, fault.InvalidParameter("from", words.New("numbers.bad.future", "Parameter", "from"))
	case r.To > today:
		return r, fault.InvalidParameter("to", words.New("numbers.bad.future", "Parameter", "to"))
	case r.Days() > longest:
		return r, fault.InvalidParameter("from", words.New("numbers.bad.long"))
	}
	return r, nil
}

// Comparison is what a period is compared with.
type Comparison string

// The comparisons that have a name; another one is two days, "2026-01-01..2026-01-31".
const (
	ComparePrevious Comparison = "previous" // the same number of days before
	CompareYear     Comparison = "year"     // the same days a year ago
	CompareNone     Comparison = "none"
)

// ParseComparison reads what r is compared with; empty is the days before. now says which day is today. What cannot be
// meant is INVALID and names the parameter.
func ParseComparison(s string, r Range, now time.Time) (Comparison, error) {
	c := Comparison(s)
	_, err := c.Against(r, reading.DayOf(now, r.Zone))
	return c, err
}

// Nearest reads a period like ParseRange, and where that cannot be meant it gives the nearest one that can: days in the
// wrong order are turned round, days to come end today, a range that is too long ends where it was to end. key is the
// name of the span, empty for own days.
func Nearest(span, from, to string, zone *time.Location, now time.Time) (r Range, key string) {
	const usual = "30d"
	r, err := ParseRange(span, from, to, zone, now)
	switch {
	case err == nil && (from != "" || to != ""):
		return r, ""
	case err == nil && span != "":
		return r, span
	case err == nil:
		return r, usual
	}
	r.Zone = zone
	first, err := reading.ParseDay(from)
	last, errTo := reading.ParseDay(to)
	today := reading.DayOf(now, zone)
	if last < first {
		first, last = last, first
	}
	if err == nil && errTo == nil && first <= today {
		r.To = min(last, today)
		r.From = max(first, r.To-longest+1)
		return r, ""
	}
	days, ok := spans[span]
	if !ok {
		span, days = usual, spans[usual]
	}
	r.From, r.To = days(today)
	return r, span
}

// Against gives the range that r is compared with; nil: none. today says which days are to come. What cannot be meant
// is INVALID and names the parameter.
func (c Comparison) Against(r Range, today reading.Day) (*Range, error) {
	switch c {
	case CompareNone:
		return nil, nil
	case "", ComparePrevious:
		out := r.shift(-r.Days())
		return &out, nil
	case CompareYear:
		out := Range{From: monthsBefore(r.From, 12), Zone: r.Zone}
		out.To = out.From + reading.Day(r.Days()-1)
		return &out, nil
	}
	const form = len("2006-01-02")
	if len(c) != 2*form+2 || c[form:form+2] != ".." {
		return nil, fault.InvalidParameter("compare", words.New("numbers.bad.compare"))
	}
	out := Range{Zone: r.Zone}
	var err error
	if out.From, err = reading.ParseDay(string(c[:form])); err != nil {
		return nil, fault.InvalidParameter("compare", words.New("numbers.bad.compare"))
	}
	if out.To, err = reading.ParseDay(string(c[form+2:])); err != nil {
		return nil, fault.InvalidParameter("compare", words.New("numbers.bad.compare"))
	}
	if out.To < out.From || out.To > today || out.Days() > longest {
		return nil, fault.InvalidParameter("compare", words.New("numbers.bad.compare"))
	}
	return &out, nil
}

// By is how a series is cut.
type By string

// The cuts by time, and the groups of accounts and posts.
const (
	ByDay   By = "day"
	ByWeek  By = "week" // weeks begin on Monday
	ByMonth By = "month"

	ByConnection By = "connection"
	ByPlatform   By = "platform"
	ByMediaType  By = "media_type"

	ByTag         By = "tag"
	ByWeekdayHour By = "weekday_hour" // of publishing, in the zone of the question: "mon-18"
)

// Groups reports that a series is not cut by time.
func (by By) Groups() bool {
	return by == ByConnection || by == ByPlatform || by == ByMediaType || by == ByTag || by == ByWeekdayHour
}

// Cuts lists how a series can be cut: by time, and into groups.
func Cuts() []string {
	return []string{
		string(ByDay), string(ByWeek), string(ByMonth), string(ByConnection), string(ByPlatform), string(ByMediaType),
		string(ByTag), string(ByWeekdayHour),
	}
}

// Known reports that a series can be cut like this.
func (by By) Known() bool { return by == "" || slices.Contains(Cuts(), string(by)) }

// Split cuts a range by time. The first and the last piece may be shorter than a week or a month.
func (r Range) Split(by By) ([]Range, error) {
	if !by.Known() || by.Groups() {
		return nil, fault.InvalidParameter("by", words.New("numbers.bad.by"))
	}
	var out []Range
	for from := r.From; from <= r.To; {
		next := from + 1
		switch by {
		case ByWeek:
			next = from + 7 - (from+3)%7 // 1 January 1970 was a Thursday
		case ByMonth:
			next = firstOf(from, 1, 1)
		default: // a day
		}
		out = append(out, Range{From: from, To: min(next-1, r.To), Zone: r.Zone})
		from = next
	}
	return out, nil
}
