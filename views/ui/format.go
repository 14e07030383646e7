// Package ui owns colours, sizes and forms: icons, pills, panels, charts, and how a number, a time
// or a length of time is written. It takes plain values and knows no creator, no platform contract
// and no database; what a value means is said by the pages above it.
package ui

import (
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	minus = "\u2212" // the true minus sign, as wide as a plus
	dash  = "\u2013" // en dash: unknown, and between the ends of a range
)

// Unknown is what stands where a number is not known.
const Unknown = dash

// Exact writes n in full with thousands set apart: 1,920,411.
func Exact(n int64) string {
	digits := strconv.FormatUint(magnitude(n), 10)
	var b strings.Builder
	if n < 0 {
		b.WriteString(minus)
	}
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
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
func Compact(n int64) string {
	m := magnitude(n)
	if m < 10_000 {
		return Exact(n)
	}
	sign := ""
	if n < 0 {
		sign = minus
	}
	f := float64(m)
	switch {
	case f < 999_950:
		return sign + strconv.FormatFloat(f/1e3, 'f', 1, 64) + "K"
	case f < 999_995_000:
		return sign + strconv.FormatFloat(f/1e6, 'f', 2, 64) + "M"
	default:
		return sign + strconv.FormatFloat(f/1e9, 'f', 2, 64) + "B"
	}
}

// CompactFloat is Compact of a rounded value.
func CompactFloat(v float64) string { return Compact(round(v)) }

// ExactFloat is Exact of a rounded value.
func ExactFloat(v float64) string { return Exact(round(v)) }

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
func Percent(v float64, decimals int) string { return decimal(v, decimals) + "%" }

func decimal(v float64, decimals int) string {
	s := strconv.FormatFloat(math.Abs(v), 'f', decimals, 64)
	if v < 0 && strings.Trim(s, "0.") != "" {
		return minus + s
	}
	return s
}

// Signed writes v with its sign and the unit: +4.2%, −0.4 pt. Nothing left after rounding has no sign.
func Signed(v float64, decimals int, unit string) string {
	s := decimal(v, decimals)
	if v > 0 && strings.Trim(s, "0.") != "" {
		s = "+" + s
	}
	return s + unit
}

// SignedCount writes a change of a count: +1,204, −12, 0, shortened from 10,000.
func SignedCount(n int64) string {
	if n > 0 {
		return "+" + Compact(n)
	}
	return Compact(n)
}

// Plural puts a count before its noun: 1 post, 2,310 posts.
func Plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Exact(n) + " " + many
}

// Ago tells how far t is from now in words: "12 min ago", "in 5 h", and a date after a week.
func Ago(t, now time.Time, zone *time.Location) string {
	d := now.Sub(t)
	future := d < 0
	if future {
		d = -d
	}
	var s string
	switch {
	case d < 45*time.Second:
		if future {
			return "in a moment"
		}
		return "just now"
	case d < 59*time.Minute+30*time.Second:
		s = strconv.Itoa(max(1, int(math.Round(d.Minutes())))) + " min"
	case d < 23*time.Hour+30*time.Minute:
		s = strconv.Itoa(max(1, int(math.Round(d.Hours())))) + " h"
	case d < 7*24*time.Hour:
		n := max(1, int(math.Round(d.Hours()/24)))
		s = Plural(int64(n), "day", "days")
	default:
		return Day(t, now, zone)
	}
	if future {
		return "in " + s
	}
	return s + " ago"
}

// Day writes a date, with its year when that is not this year: 19 Nov, 19 Nov 2025.
func Day(t, now time.Time, zone *time.Location) string {
	zone = zoneOr(zone)
	t, now = t.In(zone), now.In(zone)
	if t.Year() == now.Year() {
		return t.Format("2 Jan")
	}
	return t.Format("2 Jan 2006")
}

// Stamp writes the exact time with its zone: 24 Nov 2026, 03:12:05 UTC.
func Stamp(t time.Time, zone *time.Location) string {
	return t.In(zoneOr(zone)).Format("2 Jan 2006, 15:04:05 MST")
}

// Clock writes the time of day with its zone, and the day in front when it is not today.
func Clock(t, now time.Time, zone *time.Location) string {
	zone = zoneOr(zone)
	t, now = t.In(zone), now.In(zone)
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04 MST")
	}
	return Day(t, now, zone) + " " + t.Format("15:04 MST")
}

func zoneOr(zone *time.Location) *time.Location {
	if zone == nil {
		return time.UTC
	}
	return zone
}

// Range spells out two dates: 25 Oct – 23 Nov 2026.
func Range(from, to time.Time) string {
	switch {
	case from.Year() != to.Year():
		return from.Format("2 Jan 2006") + " " + dash + " " + to.Format("2 Jan 2006")
	case from.Equal(to):
		return to.Format("2 Jan 2006")
	default:
		return from.Format("2 Jan") + " " + dash + " " + to.Format("2 Jan 2006")
	}
}

// Length writes how long something took: 0.8 s, 45 s, 2 min 5 s, 1 h 10 min.
func Length(d time.Duration) string {
	if d < 0 {
		d = 0
	}
	switch {
	case d < 9950*time.Millisecond:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	case d < time.Minute-500*time.Millisecond:
		return strconv.Itoa(int(math.Round(d.Seconds()))) + " s"
	case d < time.Hour:
		d = d.Round(time.Second)
		return join(int(d/time.Minute), "min", int(d%time.Minute/time.Second), "s")
	default:
		d = d.Round(time.Minute)
		return join(int(d/time.Hour), "h", int(d%time.Hour/time.Minute), "min")
	}
}

func join(a int, unitA string, b int, unitB string) string {
	s := strconv.Itoa(a) + " " + unitA
	if b > 0 {
		s += " " + strconv.Itoa(b) + " " + unitB
	}
	return s
}
