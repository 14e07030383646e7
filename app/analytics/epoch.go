package analytics

import (
	"time"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/words"
)

// measures are the platform's metrics behind what a page shows.
func (acc *account) measures(metric string) []string {
	switch {
	case metric == "followers":
		return []string{"followers"}
	case metric == "views" && acc.restricted():
		return []string{"account_views"}
	case metric == "views", metric == "engagement":
		return []string{"views"}
	default:
		return nil
	}
}

// epochs lists the changes of definition after from and not after to, of what a metric is made of.
func (acc *account) epochs(metric string, from, to time.Time) []platform.Epoch {
	var out []platform.Epoch
	for _, id := range acc.measures(metric) {
		m, _ := acc.spec.Metric(id)
		for _, e := range m.Epochs {
			if from.Before(e.From) && !to.Before(e.From) {
				out = append(out, e)
			}
		}
	}
	return out
}

// breaks are the days in the span on which a line's meaning changes. Those of a sum are everybody's.
func (b *board) breaks(list []*account, metric string) []Break {
	var out []Break
	for _, acc := range list {
		for _, e := range acc.epochs(metric, b.span.From, b.span.To) {
			out = append(out, Break{Day: e.From, What: e.What})
		}
	}
	return out
}

// crossed says why two days of some accounts do not compare: a platform changed what it counts
// between them.
func (b *board) crossed(list []*account, metric string, from, to time.Time) (why words.Text, broken bool) {
	for _, acc := range list {
		if e := acc.epochs(metric, from, to); len(e) > 0 {
			last := e[len(e)-1]
			return words.New("creator.why.changed", "What", last.What, "Day", date(last.From, b.now)), true
		}
	}
	return words.Text{}, false
}
