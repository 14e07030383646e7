package reading_test

import (
	"slices"
	"testing"
	"time"

	"github.com/truecount/truecount/app/reading"
)

// A value at an age is read or interpolated, and unknown where a reading is missing or the readings lie too far apart.
func TestAtAge(t *testing.T) {
	t.Parallel()
	posted := at(t, "2026-03-01T12:00:00Z")
	p := func(hours int, n int64) reading.Point {
		return reading.Point{At: posted.Add(time.Duration(hours) * time.Hour), N: n}
	}
	for _, c := range []struct {
		name     string
		points   []reading.Point
		days     int
		fromZero bool
		want     float64
		known    bool
	}{
		{"no readings", nil, 1, true, 0, false},
		{"younger than the age", []reading.Point{p(6, 10), p(23, 40)}, 1, true, 0, false},
		{"exactly at a reading", []reading.Point{p(12, 10), p(24, 50), p(30, 80)}, 1, false, 50, true},
		{"exact and alone", []reading.Point{p(24, 50)}, 1, false, 50, true},
		{"between two", []reading.Point{p(20, 100), p(28, 200)}, 1, false, 150, true},
		{"nearer to the right one", []reading.Point{p(18, 100), p(26, 200)}, 1, false, 175, true},
		{"a counter that falls", []reading.Point{p(20, 200), p(28, 100)}, 1, false, 150, true},
		{"from zero", []reading.Point{p(30, 300)}, 1, true, 240, true},
		{"left one missing", []reading.Point{p(30, 300)}, 1, false, 0, false},
		{"from zero, too far", []reading.Point{p(37, 300)}, 1, true, 0, false},
		{"before publication", []reading.Point{p(-2, 9), p(30, 300)}, 1, false, 0, false},
		{"before publication, from zero", []reading.Point{p(-2, 9), p(30, 300)}, 1, true, 240, true},
		{"day 7, 36 hours", []reading.Point{p(150, 0), p(186, 100)}, 7, false, 50, true},
		{"day 7, 37 hours", []reading.Point{p(150, 0), p(187, 100)}, 7, false, 0, false},
		{"day 14, 8 days", []reading.Point{p(240, 0), p(432, 100)}, 14, false, 50, true},
		{"day 14, an hour more", []reading.Point{p(240, 0), p(433, 100)}, 14, false, 0, false},
		{"day 7, days apart and the same", []reading.Point{p(100, 70), p(250, 70)}, 7, false, 70, true},
		{"day 0", []reading.Point{p(1, 5)}, 0, true, 0, false},
	} {
		got, known := reading.AtAge(c.points, posted, c.days, c.fromZero)
		if got != c.want || known != c.known {
			t.Errorf("%s: got %v, %v, want %v, %v", c.name, got, known, c.want, c.known)
		}
	}
	if _, known := reading.AtAge([]reading.Point{p(24, 50)}, time.Time{}, 1, true); known {
		t.Error("a post of unknown age: got a value, want none")
	}
}

// Quartiles interpolate, take a list in any order and leave it as it was.
func TestQuartiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ list, want []float64 }{
		{[]float64{7}, []float64{7, 7, 7}},
		{[]float64{4, 1, 3, 2}, []float64{1.75, 2.5, 3.25}},
		{[]float64{50, 10, 40, 20, 30}, []float64{20, 30, 40}},
	} {
		before := slices.Clone(c.list)
		q25, median, q75, ok := reading.Quartiles(c.list)
		if got := []float64{q25, median, q75}; !ok || !slices.Equal(got, c.want) {
			t.Errorf("%v: got %v, %v, want %v", c.list, got, ok, c.want)
		}
		if !slices.Equal(c.list, before) {
			t.Errorf("got the list reordered to %v, want %v", c.list, before)
		}
	}
	if _, _, _, ok := reading.Quartiles(nil); ok {
		t.Error("an empty list: got quartiles, want none")
	}
}
