package accounts

import (
	"slices"
	"time"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/words"
)

// Lacks reports that the platform never gives a number.
func (acc *Account) Lacks(metric string) bool {
	for _, m := range acc.Spec.Unavailable {
		if m == metric {
			return true
		}
	}
	return false
}

// Terms is why a restricted account shows no rate, growth or total of ours.
func (acc *Account) Terms() words.Text {
	return words.New("creator.why.terms", "Platform", acc.Spec.Name)
}

// Measures are the platform's metrics behind what a page shows.
func (acc *Account) Measures(metric string) []string {
	switch {
	case metric == "followers":
		return []string{"followers"}
	case metric == "views" && acc.Restricted():
		return []string{"account_views"}
	case metric == "views", metric == "engagement":
		return []string{"views"}
	default:
		return nil
	}
}

// Epochs lists the changes of definition after from and not after to, of what a metric is made of.
func (acc *Account) Epochs(metric string, from, to time.Time) []platform.Epoch {
	var out []platform.Epoch
	for _, id := range acc.Measures(metric) {
		m, _ := acc.Spec.Metric(id)
		for _, e := range m.Epochs {
			if from.Before(e.From) && !to.Before(e.From) {
				out = append(out, e)
			}
		}
	}
	return out
}

// RefusedMetrics says which metrics are not asked for at present, and of whom.
func (acc *Account) RefusedMetrics() []words.Text {
	var out []words.Text
	for _, id := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(acc.Withdrawn, acc.Refused)))) {
		name := id
		if m, ok := acc.Spec.Metric(id); ok {
			name = m.Name
		}
		if slices.Contains(acc.Withdrawn, id) {
			out = append(out, words.New("creator.note.withdrawn", "Platform", acc.Spec.Name, "Metric", name))
			continue
		}
		out = append(
			out,
			words.New("creator.note.refused", "Platform", acc.Spec.Name, "Metric", name, "Account", acc.Handle()),
		)
	}
	return out
}
