package analytics

import (
	"time"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/words"
)

// breaks are the days in the span on which a line's meaning changes. Those of a sum are everybody's.
func (b *board) breaks(list []*accounts.Account, metric string) []Break {
	var out []Break
	for _, acc := range list {
		for _, e := range acc.Epochs(metric, b.span.From, b.span.To) {
			out = append(out, Break{Day: e.From, What: e.What})
		}
	}
	return out
}

// crossed says why two days of some accounts do not compare: a platform changed what it counts
// between them.
func (b *board) crossed(list []*accounts.Account, metric string, from, to time.Time) (why words.Text, broken bool) {
	for _, acc := range list {
		if e := acc.Epochs(metric, from, to); len(e) > 0 {
			last := e[len(e)-1]
			return words.New("creator.why.changed", "What", last.What, "Day", accounts.Date(last.From, b.now)), true
		}
	}
	return words.Text{}, false
}
