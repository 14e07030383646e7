package words

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

const (
	minus = "\u2212" // the true minus sign, as wide as a plus
	dash  = "\u2013" // en dash: unknown
)

// Unknown is what stands where a number is not known.
const Unknown = dash

// format is how a language writes numbers and months; the rest of the area "format" is looked up when it is needed.
type format struct {
	decimal, group string
	months         [12]string
}

func (c *catalogue) readFormat() format {
	f := format{decimal: c.entries["format.number.decimal"].fixed, group: c.entries["format.number.group"].fixed}
	for i := range f.months {
		f.months[i] = c.entries[fmt.Sprintf("format.month.%02d", i+1)].fixed
	}
	return f
}

// Exact writes n in full with thousands set apart: 1,920,411.
func (p Printer) Exact(n int64) string {
	digits := strconv.FormatUint(magnitude(n), 10)
	group := p.book().format.group
	var b strings.Builder
	if n < 0 {
		b.WriteString(minus)
	}
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(group)
		}
		b.WriteRune(d)
	}
	return b.String()
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return uint64(-(n + 1)) + 1 //nolint:gosec // not negative
	}
	return uint64(n) //nolint:gosec // not negative
}

// Compact writes n in full below 10,000 and shortened from there: 328.4K, 1.92M, 2.15B.
func (p Printer) Compact(n int64) string {
	m := magnitude(n)
	if m < 10_000 {
		return p.Exact(n)
	}
	f := float64(m)
	if n < 0 {
		f = -f
	}
	switch {
	case math.Abs(f) < 999_950:
		return p.Short(f, 1e3, 1)
	case math.Abs(f) < 999_995_000:
		return p.Short(f, 1e6, 2)
	default:
		return p.Short(f, 1e9, 2)
	}
}

// Short writes v as a number of thousands (1e3), millions (1e6) or billions (1e9): 1.5K, 1.92M.
func (p Printer) Short(v, size float64, decimals int) string {
	s := p.Decimal(v/size, decimals)
	switch size {
	case 1e3:
		return p.Say("format.number.thousand", "Number", s)
	case 1e6:
		return p.Say("format.number.million", "Number", s)
	default:
		return p.Say("format.number.billion", "Number", s)
	}
}

// CompactFloat is Compact of a rounded value.
func (p Printer) CompactFloat(v float64) string { return p.Compact(round(v)) }

// ExactFloat is Exact of a rounded value.
func (p Printer) ExactFloat(v float64) string { return p.Exact(round(v)) }

func round(v float64) int64 {
	switch {
	case math.IsNaN(v):
		return 0
	case v >= math.MaxInt64:
		return math.MaxInt64
	case v <= math.MinInt64:
		return math.MinInt64
	}
	return int64(math.Round(v))
}

// Percent writes v, already in percent, with the given number of decimals: 5.3%.
func (p Printer) Percent(v float64, decimals int) string {
	return p.Say("format.number.percent", "Number", p.Decimal(v, decimals))
}

// Decimal writes v with the given number of decimals and without groups: 12.5, −0.4.
func (p Printer) Decimal(v float64, decimals int) string {
	s := strconv.FormatFloat(math.Abs(v), 'f', decimals, 64)
	nothing := strings.Trim(s, "0.") == ""
	s = strings.Replace(s, ".", p.book().format.decimal, 1)
	if v < 0 && !nothing {
		return minus + s
	}
	return s
}

// signed is Decimal with a plus before what is more than nothing.
func (p Printer) signed(v float64, decimals int) string {
	s := p.Decimal(v, decimals)
	if v > 0 && strings.ContainsAny(s, "123456789") {
		return "+" + s
	}
	return s
}

// SignedPercent writes a change in percent with its sign: +4.2%. Nothing left after rounding has no sign.
func (p Printer) SignedPercent(v float64, decimals int) string {
	return p.Say("format.number.percent", "Number", p.signed(v, decimals))
}

// SignedPoints writes a difference of percentages with its sign: −0.4 pt.
func (p Printer) SignedPoints(v float64, decimals int) string {
	return p.Say("format.number.points", "Number", p.signed(v, decimals))
}

// SignedCount writes a change of a count: +1,204, −12, 0, shortened from 10,000.
func (p Printer) SignedCount(n int64) string {
	if n > 0 {
		return "+" + p.Compact(n)
	}
	return p.Compact(n)
}

// List writes a list in a sentence: "A", "A and B", "A, B and C".
func (p Printer) List(items []string) string {
	switch len(items) {
	case 0:
		return ""
	case 1:
		return items[0]
	}
	s := items[0]
	for _, item := range items[1 : len(items)-1] {
		s = p.Say("format.list.between", "First", s, "Second", item)
	}
	return p.Say("format.list.last", "First", s, "Last", items[len(items)-1])
}

// Ago tells how far t is from now in words: "12 min ago", "in 5 h", and a date after a week. A nil zone is the
// reader's, here and below.
func (p Printer) Ago(t, now time.Time, zone *time.Location) string {
	d := now.Sub(t)
	future := d < 0
	if future {
		d = -d
	}
	var s string
	switch {
	case d < 45*time.Second && future:
		return p.Say("format.ago.soon")
	case d < 45*time.Second:
		return p.Say("format.ago.now")
	case d < 59*time.Minute+30*time.Second:
		s = p.minutes(max(1, int(math.Round(d.Minutes()))))
	case d < 23*time.Hour+30*time.Minute:
		s = p.hours(max(1, int(math.Round(d.Hours()))))
	case d < 7*24*time.Hour:
		s = p.Days(max(1, int(math.Round(d.Hours()/24))))
	default:
		return p.Day(t, now, zone)
	}
	if future {
		return p.Say("format.ago.future", "Length", s)
	}
	return p.Say("format.ago.past", "Length", s)
}

// Days writes a number of days: 1 day, 14 days.
func (p Printer) Days(n int) string { return p.Say("format.length.days", "Count", n) }

// Day writes a date, with its year when that is not this year: 19 Nov, 19 Nov 2025.
func (p Printer) Day(t, now time.Time, zone *time.Location) string {
	t, now = t.In(p.zoneOr(zone)), now.In(p.zoneOr(zone))
	if t.Year() == now.Year() {
		return p.Say("format.date.day", "Day", t.Day(), "Month", p.month(t))
	}
	return p.Date(t, zone)
}

// ShortDay writes a date without its year, for axes: 19 Nov.
func (p Printer) ShortDay(t time.Time, zone *time.Location) string {
	t = t.In(p.zoneOr(zone))
	return p.Say("format.date.day", "Day", t.Day(), "Month", p.month(t))
}

// Date writes a date with its year: 19 Nov 2025.
func (p Printer) Date(t time.Time, zone *time.Location) string {
	t = t.In(p.zoneOr(zone))
	return p.Say("format.date.full", "Day", t.Day(), "Month", p.month(t), "Year", year(t))
}

// Month writes a month with its year: Nov 2026.
func (p Printer) Month(t time.Time, zone *time.Location) string {
	t = t.In(p.zoneOr(zone))
	return p.Say("format.date.month", "Month", p.month(t), "Year", year(t))
}

func (p Printer) month(t time.Time) string { return p.book().format.months[t.Month()-1] }

func year(t time.Time) string { return strconv.Itoa(t.Year()) }

// Stamp writes the exact time with its zone: 24 Nov 2026, 03:12:05 UTC.
func (p Printer) Stamp(t time.Time, zone *time.Location) string {
	t = t.In(p.zoneOr(zone))
	return p.Say("format.date.stamp", "Date", p.Date(t, zone), "Time", t.Format("15:04:05 MST"))
}

// Minute writes a date and the time of day with its zone: 24 Nov 2026, 03:12 UTC.
func (p Printer) Minute(t time.Time, zone *time.Location) string {
	t = t.In(p.zoneOr(zone))
	return p.Say("format.date.stamp", "Date", p.Date(t, zone), "Time", t.Format("15:04 MST"))
}

// Clock writes the time of day with its zone, and the day in front when it is not today: 14:08 UTC, 19 Nov 14:08 UTC.
func (p Printer) Clock(t, now time.Time, zone *time.Location) string {
	t, now = t.In(p.zoneOr(zone)), now.In(p.zoneOr(zone))
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04 MST")
	}
	return p.Say("format.date.moment", "Date", p.Day(t, now, zone), "Time", t.Format("15:04 MST"))
}

// zoneOr is the zone that a time is written in: the one that is named, else the reader's.
func (p Printer) zoneOr(zone *time.Location) *time.Location { return cmp.Or(zone, p.zone, time.UTC) }

// Range spells out two dates: 25 Oct – 23 Nov 2026, 1–30 Nov 2026.
func (p Printer) Range(from, to time.Time) string {
	switch {
	case from.Equal(to):
		return p.Date(to, to.Location())
	case from.Year() != to.Year():
		return p.Say("format.date.range", "From", p.Date(from, from.Location()), "To", p.Date(to, to.Location()))
	case from.Month() != to.Month():
		return p.Say("format.date.range", "From", p.ShortDay(from, from.Location()), "To", p.Date(to, to.Location()))
	default:
		return p.Say(
			"format.date.rangeInMonth",
			"FromDay",
			from.Day(),
			"Day",
			to.Day(),
			"Month",
			p.month(to),
			"Year",
			year(to),
		)
	}
}

// Length writes how long something took: 0.8 s, 45 s, 2 min 5 s, 1 h 10 min.
func (p Printer) Length(d time.Duration) string {
	d = max(0, d)
	switch {
	case d < 9950*time.Millisecond:
		return p.Say("format.length.seconds", "Number", p.Decimal(d.Seconds(), 1))
	case d < time.Minute-500*time.Millisecond:
		return p.seconds(int(math.Round(d.Seconds())))
	case d < time.Hour:
		d = d.Round(time.Second)
		return p.pair(p.minutes(int(d/time.Minute)), p.seconds(int(d%time.Minute/time.Second)), d%time.Minute == 0)
	default:
		d = d.Round(time.Minute)
		return p.pair(p.hours(int(d/time.Hour)), p.minutes(int(d%time.Hour/time.Minute)), d%time.Hour == 0)
	}
}

func (p Printer) seconds(n int) string { return p.Say("format.length.seconds", "Number", n) }
func (p Printer) minutes(n int) string { return p.Say("format.length.minutes", "Number", n) }
func (p Printer) hours(n int) string   { return p.Say("format.length.hours", "Number", n) }

func (p Printer) pair(long, short string, even bool) string {
	if even {
		return long
	}
	return p.Say("format.length.pair", "Long", long, "Short", short)
}

// A moment is a time that is written in the reader's language.
type moment struct {
	how     func(p Printer, m moment) string
	at, now time.Time
	zone    *time.Location
	to      time.Time
}

func (m moment) write(p Printer) string { return m.how(p, m) }

// writeTime writes a time of day with its zone.
func writeTime(p Printer, m moment) string { return m.at.In(p.zoneOr(m.zone)).Format("15:04 MST") }

// Ago is Printer.Ago as the value of a placeholder; so are the functions below.
func Ago(t, now time.Time, zone *time.Location) Value {
	return moment{func(p Printer, m moment) string { return p.Ago(m.at, m.now, m.zone) }, t, now, zone, t}
}

// Day is a date, with its year when that is not this year.
func Day(t, now time.Time, zone *time.Location) Value {
	return moment{func(p Printer, m moment) string { return p.Day(m.at, m.now, m.zone) }, t, now, zone, t}
}

// Date is a date with its year.
func Date(t time.Time, zone *time.Location) Value {
	return moment{func(p Printer, m moment) string { return p.Date(m.at, m.zone) }, t, t, zone, t}
}

// Clock is a time of day, with the day in front when it is not today.
func Clock(t, now time.Time, zone *time.Location) Value {
	return moment{func(p Printer, m moment) string { return p.Clock(m.at, m.now, m.zone) }, t, now, zone, t}
}

// Stamp is an exact time with its zone.
func Stamp(t time.Time, zone *time.Location) Value {
	return moment{func(p Printer, m moment) string { return p.Stamp(m.at, m.zone) }, t, t, zone, t}
}

// Minute is a date and a time of day with its zone.
func Minute(t time.Time, zone *time.Location) Value {
	return moment{func(p Printer, m moment) string { return p.Minute(m.at, m.zone) }, t, t, zone, t}
}

// Range is a first and a last day.
func Range(from, to time.Time) Value {
	return moment{func(p Printer, m moment) string { return p.Range(m.at, m.to) }, from, from, nil, to}
}

// A number is a number that is written in the reader's language.
type number struct {
	how func(p Printer, v float64) string
	v   float64
}

func (n number) write(p Printer) string { return n.how(p, n.v) }

// Compact is a count, shortened from 10,000.
func Compact(n int64) Value {
	return number{func(p Printer, v float64) string { return p.CompactFloat(v) }, float64(n)}
}

// Percent is a share, already in percent.
func Percent(v float64, decimals int) Value {
	return number{func(p Printer, v float64) string { return p.Percent(v, decimals) }, v}
}

// Decimal is a number with decimals.
func Decimal(v float64, decimals int) Value {
	return number{func(p Printer, v float64) string { return p.Decimal(v, decimals) }, v}
}

// Length is how long something takes.
func Length(d time.Duration) Value {
	return number{func(p Printer, v float64) string { return p.Length(time.Duration(v)) }, float64(d)}
}

type list []Text

func (l list) write(p Printer) string {
	out := make([]string, len(l))
	for i, t := range l {
		out[i] = p.Text(t)
	}
	return p.List(out)
}

// List is a list in a sentence: "A, B and C".
func List(items ...Text) Value { return list(items) }

// Names is a list of names that are not in the catalogue.
func Names(items []string) Value {
	out := make(list, len(items))
	for i, s := range items {
		out[i] = Plain(s)
	}
	return out
}

type region string

func (r region) write(p Printer) string {
	code, err := language.ParseRegion(string(r))
	if err != nil {
		return string(r)
	}
	return cmp.Or(display.Regions(language.Make(p.Language())).Name(code), string(r))
}

// Region is a country's name by its code: "PT" is Portugal. An unknown code stays as it is.
func Region(code string) Value { return region(code) }

// At is a day and a time of day in a sentence: "on 21 Nov at 03:30 UTC".
func At(t, now time.Time, zone *time.Location) Text {
	return New("format.date.at", "Day", Day(t, now, zone), "Time", moment{writeTime, t, now, zone, t})
}
