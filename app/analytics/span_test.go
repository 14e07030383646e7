package analytics

import (
	"net/url"
	"testing"
	"time"
)

// A page's period is of the person's days. What cannot be meant gives the nearest period that can, and its address leads
// back to the same view.
func TestNearestSpan(t *testing.T) {
	t.Parallel()
	auckland, err := time.LoadLocation("Pacific/Auckland")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) // in Auckland it is the 25th
	for name, c := range map[string]struct {
		query, key, from, to, compare string
	}{
		"nothing":              {"", "30d", "2026-10-27", "2026-11-25", ""},
		"a span":               {"span=last-month&compare=year", "last-month", "2026-10-01", "2026-10-31", "year"},
		"own dates":            {"from=2026-11-01&to=2026-11-10&compare=none", "", "2026-11-01", "2026-11-10", "none"},
		"dates to compare":     {"span=7d&compare=2026-01-01..2026-01-07", "7d", "2026-11-19", "2026-11-25", "2026-01-01..2026-01-07"},
		"no such span":         {"span=3y", "30d", "2026-10-27", "2026-11-25", ""},
		"the wrong way round":  {"from=2026-11-10&to=2026-11-01", "", "2026-11-01", "2026-11-10", ""},
		"to the future":        {"from=2026-11-10&to=2027-11-01", "", "2026-11-10", "2026-11-25", ""},
		"only the future":      {"from=2027-11-10&to=2027-11-11", "30d", "2026-10-27", "2026-11-25", ""},
		"too long":             {"from=1990-01-01&to=2026-11-01", "", "2021-10-29", "2026-11-01", ""},
		"no such day":          {"from=2026-02-30&to=2026-03-01", "30d", "2026-10-27", "2026-11-25", ""},
		"one date":             {"from=2026-02-03", "30d", "2026-10-27", "2026-11-25", ""},
		"a span and dates":     {"span=7d&from=2026-11-01&to=2026-11-10", "", "2026-11-01", "2026-11-10", ""},
		"no such comparison":   {"span=7d&compare=moon", "7d", "2026-11-19", "2026-11-25", ""},
		"a reversed one":       {"span=7d&compare=2026-01-07..2026-01-01", "7d", "2026-11-19", "2026-11-25", ""},
		"the quarter it is in": {"span=this-quarter", "this-quarter", "2026-10-01", "2026-11-25", ""},
	} {
		q, err := url.ParseQuery(c.query)
		if err != nil {
			t.Fatal(err)
		}
		s := NearestSpan(q, auckland, now)
		if s.Key != c.key || key(s.From) != c.from || key(s.To) != c.to || string(s.Compare) != c.compare {
			t.Errorf("%s: got %q %s to %s against %q, want %+v", name, s.Key, key(s.From), key(s.To), s.Compare, c)
		}
		back := url.Values{}
		for p := s.Params(); len(p) > 0; p = p[2:] {
			back.Set(p[0], p[1])
		}
		if again := NearestSpan(back, auckland, now); again != s {
			t.Errorf("%s: got %+v from its own address, want %+v", name, again, s)
		}
		if days := s.asked().Days(); days != s.Days || len(s.days()) != days {
			t.Errorf("%s: got %d days, want %d", name, s.Days, days)
		}
	}
}
