package analytics

import (
	"net/url"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/words"
)

const dayFormat = "2006-01-02"

// ParseSpan reads the key of a span: 7d, 30d, 90d or 12m; empty is 30d. The span ends today, in
// whole UTC days. Any other key is INVALID.
func ParseSpan(key string, now time.Time) (Span, error) {
	days := map[string]int{"7d": 7, "30d": 30, "90d": 90, "12m": 365}
	if key == "" {
		key = "30d"
	}
	n, ok := days[key]
	if !ok {
		return Span{}, fault.New(fault.Invalid, words.New("errors.span"))
	}
	to := midnight(now)
	return Span{Key: key, Days: n, From: to.AddDate(0, 0, 1-n), To: to}, nil
}

// NearestSpan reads the parameters of a page's address: span, or from and to, and compare, of days in the zone. What
// cannot be meant gives the nearest period that can, and 30d where there is none.
func NearestSpan(q url.Values, zone *time.Location, now time.Time) Span {
	if zone == nil {
		zone = time.UTC
	}
	asOf, known := time.Parse(time.RFC3339, q.Get("as_of"))
	if known != nil || asOf.After(now) {
		asOf = time.Time{}
	} else {
		now = asOf
	}
	r, key := period.Nearest(q.Get("span"), q.Get("from"), q.Get("to"), zone, now)
	s := Span{Key: key, Days: r.Days(), From: r.From.UTC(), To: r.To.UTC(), Zone: zone}
	s.AsOf = asOf
	if c, err := period.ParseComparison(q.Get("compare"), r, now); err == nil {
		s.Compare = c
	}
	return s
}

// Params are the parameters of an address that shows the span: name, value, name, value. Empty values are left out.
func (s Span) Params() []string {
	out := []string{"span", s.Key, "compare", string(s.Compare), "as_of", s.Known()}
	if s.Key == "" {
		out = append(out, "from", key(s.From), "to", key(s.To))
	}
	return out
}

// Known is the time as of which the span is shown, as addresses have it; empty: now.
func (s Span) Known() string {
	if s.AsOf.IsZero() {
		return ""
	}
	return s.AsOf.UTC().Format(time.RFC3339Nano)
}

// asked is the span as a question about figures has it.
func (s Span) asked() period.Range {
	r := period.Range{From: reading.DayOf(s.From, time.UTC), To: reading.DayOf(s.To, time.UTC), Zone: s.Zone}
	if r.Zone == nil {
		r.Zone = time.UTC
	}
	return r
}

// days are the span's dates as snapshots name them, oldest first.
func (s Span) days() []time.Time {
	out := make([]time.Time, s.Days)
	for i := range out {
		out[i] = s.From.AddDate(0, 0, i)
	}
	return out
}

func midnight(t time.Time) time.Time {
	y, m, d := t.UTC().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

func key(day time.Time) string { return day.Format(dayFormat) }
