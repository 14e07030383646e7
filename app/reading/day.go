package reading

import (
	"fmt"
	"slices"
	"time"
)

// Day is a day of the calendar: how many days after 1 January 1970. When it begins and ends depends on a zone.
type Day int

// DayOf is the day that it is at a time in a zone.
func DayOf(t time.Time, zone *time.Location) Day {
	y, m, d := t.In(zone).Date()
	return date(y, m, d)
}

func date(y int, m time.Month, d int) Day {
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / secondsOfDay)
}

const secondsOfDay = 24 * 60 * 60

// ParseDay reads 2006-01-02. Anything else, also a date that there is not, is an error.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("read the date %q: %w", s, err)
	}
	return Day(t.Unix() / secondsOfDay), nil
}

// UTC is the day's first moment in UTC, as charts and catalogues name days.
func (d Day) UTC() time.Time { return time.Unix(int64(d)*secondsOfDay, 0).UTC() }

// String is 2006-01-02.
func (d Day) String() string { return d.UTC().Format(time.DateOnly) }

// Begin is the day's first moment in a zone. Where a zone skips midnight, it is the first moment after it.
func (d Day) Begin(zone *time.Location) time.Time {
	y, m, day := d.UTC().Date()
	t := time.Date(y, m, day, 0, 0, 0, 0, zone)
	for DayOf(t, zone) < d { // the clocks go forward at midnight, and the skipped hour is read as the one before
		t = t.Add(30 * time.Minute)
	}
	return t
}

// End is the midnight that ends the day in a zone.
func (d Day) End(zone *time.Location) time.Time { return (d + 1).Begin(zone) }

// How far from the midnight that ends a day a reading may be, to close it.
const (
	CloseAfter  = 18 * time.Hour
	CloseBefore = 6 * time.Hour
)

// Close finds the reading that closes a day in a zone, among the times of readings in ascending order, as they were
// known at now: the first one after the midnight that ends the day, at most 18 hours later; else the last one before
// it, at most 6 hours earlier; else there is none. A day that is not over is closed by the newest reading. It gives the
// index of the reading, or false.
func Close(times []time.Time, d Day, zone *time.Location, now time.Time) (int, bool) {
	known := firstFrom(times, now.Add(1))
	end := d.End(zone)
	if end.After(now) {
		return known - 1, known > 0 && !d.Begin(zone).After(now)
	}
	i := firstFrom(times[:known], end)
	if i < known && times[i].Sub(end) <= CloseAfter {
		return i, true
	}
	if i > 0 && end.Sub(times[i-1]) <= CloseBefore {
		return i - 1, true
	}
	return 0, false
}

// firstFrom is how many of the times, which ascend, are before t.
func firstFrom(times []time.Time, t time.Time) int {
	i, _ := slices.BinarySearchFunc(times, t, time.Time.Compare)
	return i
}

// Closes gives, for each day from first to last, the index of the reading that closes it, or -1. A reading closes one
// day: what closed a day does not close a later one too, so that no day shows a gain of nothing because nothing new
// was read.
func Closes(times []time.Time, first, last Day, zone *time.Location, now time.Time) []int {
	out := make([]int, max(0, int(last-first)+1))
	used := -1
	for n := range out {
		out[n] = -1
		if i, ok := Close(times, first+Day(n), zone, now); ok && i > used {
			out[n], used = i, i
		}
	}
	return out
}
