package reading_test

import (
	"testing"
	"time"

	"github.com/truecount/truecount/app/reading"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func day(t *testing.T, s string) reading.Day {
	t.Helper()
	d, err := reading.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// V1: a day belongs to a zone, also on the days on which clocks change and where midnight does not exist.
func TestDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ day, zone, begin, end string }{
		{"2026-11-30", "UTC", "2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z"},
		{"2026-11-30", "Pacific/Kiritimati", "2026-11-29T10:00:00Z", "2026-11-30T10:00:00Z"},
		{"2026-11-30", "Pacific/Pago_Pago", "2026-11-30T11:00:00Z", "2026-12-01T11:00:00Z"},
		{"2026-03-29", "Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"}, // 23 hours
		{"2026-10-25", "Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"}, // 25 hours
		{"2026-03-29", "Asia/Beirut", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"},   // 00:00 is 01:00
		{"1969-12-31", "UTC", "1969-12-31T00:00:00Z", "1970-01-01T00:00:00Z"},
	} {
		d, z := day(t, c.day), zone(t, c.zone)
		if got := d.Begin(z); !got.Equal(at(t, c.begin)) {
			t.Errorf("%s in %s: got it begin at %s, want %s", c.day, c.zone, got.UTC(), c.begin)
		}
		if got := d.End(z); !got.Equal(at(t, c.end)) {
			t.Errorf("%s in %s: got it end at %s, want %s", c.day, c.zone, got.UTC(), c.end)
		}
		if got := reading.DayOf(at(t, c.begin), z); got != d || got.String() != c.day {
			t.Errorf("%s in %s: got its first moment on %s", c.day, c.zone, got)
		}
		if got := reading.DayOf(at(t, c.end), z); got != d+1 {
			t.Errorf("%s in %s: got the midnight after it on %s", c.day, c.zone, got)
		}
	}
	for _, bad := range []string{"", "2026-02-30", "2026-1-1", "30.11.2026", "2026-11-30T00:00:00Z"} {
		if d, err := reading.ParseDay(bad); err == nil {
			t.Errorf("%q: got %s, want an error", bad, d)
		}
	}
}

// V1: the close of a day is the first reading after its midnight within 18 hours, else the last within 6 hours before.
func TestClose(t *testing.T) {
	t.Parallel()
	now := at(t, "2026-11-30T12:00:00Z")
	for name, c := range map[string]struct {
		times []string
		day   string
		want  int
	}{
		"the first after midnight":  {[]string{"2026-11-20T23:50:00Z", "2026-11-21T03:00:00Z", "2026-11-21T05:00:00Z"}, "2026-11-20", 1},
		"at midnight":               {[]string{"2026-11-20T03:00:00Z", "2026-11-21T00:00:00Z"}, "2026-11-20", 1},
		"18 hours after":            {[]string{"2026-11-20T03:00:00Z", "2026-11-21T18:00:00Z"}, "2026-11-20", 1},
		"later than that":           {[]string{"2026-11-20T03:00:00Z", "2026-11-21T18:00:01Z"}, "2026-11-20", -1},
		"6 hours before":            {[]string{"2026-11-20T03:00:00Z", "2026-11-20T18:00:00Z", "2026-11-21T18:00:01Z"}, "2026-11-20", 1},
		"earlier than that":         {[]string{"2026-11-20T17:59:59Z"}, "2026-11-20", -1},
		"nothing":                   {nil, "2026-11-20", -1},
		"the day that is under way": {[]string{"2026-11-30T03:00:00Z", "2026-11-30T11:00:00Z", "2026-11-30T13:00:00Z"}, "2026-11-30", 1},
		"a day to come":             {[]string{"2026-11-30T03:00:00Z"}, "2026-12-01", -1},
	} {
		var times []time.Time
		for _, s := range c.times {
			times = append(times, at(t, s))
		}
		got, ok := reading.Close(times, day(t, c.day), time.UTC, now)
		if !ok {
			got = -1
		}
		if got != c.want {
			t.Errorf("%s: got reading %d, want %d", name, got, c.want)
		}
	}
}

// A nightly sync at 03:00 closes the day before, a day that was skipped has no close, and today, of which nothing new
// was read, has none yet.
func TestCloses(t *testing.T) {
	t.Parallel()
	var times []time.Time
	for _, s := range []string{"2026-11-26T03:00:00Z", "2026-11-27T03:00:00Z", "2026-11-29T03:00:00Z", "2026-11-30T03:00:00Z"} {
		times = append(times, at(t, s))
	}
	now := at(t, "2026-11-30T12:00:00Z")
	got := reading.Closes(times, day(t, "2026-11-24"), day(t, "2026-11-30"), time.UTC, now)
	want := []int{-1, 0, 1, -1, 2, 3, -1}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

func counters(views int64) reading.Counters {
	var c reading.Counters
	c[reading.Views] = &views
	return c
}

// V1: what was there before the account's first reading was not gained, whenever it is first seen.
func TestGrowth(t *testing.T) {
	t.Parallel()
	begin := at(t, "2026-11-01T03:00:00Z")
	var first reading.Firsts
	first[reading.Views] = &begin
	for name, c := range map[string]struct {
		post  reading.Gained
		first reading.Firsts
		want  *int64
	}{
		"the first reading of all":   {reading.Gained{PostedAt: begin.AddDate(0, 0, 1), Is: counters(70)}, reading.Firsts{}, to(0)},
		"an old post":                {reading.Gained{PostedAt: begin.AddDate(-1, 0, 0), Is: counters(70)}, first, to(0)},
		"a new post":                 {reading.Gained{PostedAt: begin.AddDate(0, 0, 1), Is: counters(70)}, first, to(70)},
		"one without a date":         {reading.Gained{Is: counters(70)}, first, to(0)},
		"one that grew":              {reading.Gained{Was: counters(50), Is: counters(70)}, first, to(20)},
		"one that was corrected":     {reading.Gained{Was: counters(70), Is: counters(50)}, first, to(-20)},
		"one that was not read":      {reading.Gained{Was: counters(70)}, first, nil},
		"one that was gone meantime": {reading.Gained{PostedAt: begin.AddDate(0, 0, 1), Is: counters(70), Returned: true}, first, to(0)},
	} {
		g := reading.Growth{}
		g.Add(c.post, c.first)
		if got := g[""][reading.Views]; (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("%s: got %v, want %v", name, show(got), show(c.want))
		}
	}
	sum := reading.Plus(reading.Plus(reading.Counters{}, counters(3)), counters(4))
	if got := sum[reading.Views]; got == nil || *got != 7 || sum[reading.Likes] != nil {
		t.Errorf("got %v and %v, want 7 and nothing", show(got), show(sum[reading.Likes]))
	}
}

func to(n int64) *int64 { return &n }

func show(n *int64) any {
	if n == nil {
		return "nothing"
	}
	return *n
}
