package analytics

import (
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/numbers"
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

// asked is the span as a question about figures has it.
func (s Span) asked() numbers.Range {
	return numbers.Range{From: reading.DayOf(s.From, time.UTC), To: reading.DayOf(s.To, time.UTC), Zone: time.UTC}
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
