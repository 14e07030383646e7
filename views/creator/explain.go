package creator

import (
	"math"

	"github.com/truecount/truecount/app/analytics"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/words"
)

// explainURL is the address at which a big number of a page is explained: of the same days, and of one account where
// the page is about it. A number that no metric is behind has none.
func explainURL(k analytics.KPI, s analytics.Span, connection string) string {
	if k.Metric == "" {
		return ""
	}
	zone := "UTC"
	if s.Zone != nil {
		zone = s.Zone.String()
	}
	return address("/explain", "metric", k.Metric, "from", s.From.Format("2006-01-02"), "to", s.To.Format("2006-01-02"),
		"zone", zone, "connection", connection)
}

// amount writes a number of a unit in full.
func amount(w words.Printer, n float64, unit numbers.Unit) string {
	switch {
	case unit == numbers.UnitPercent:
		return w.Percent(n, 2)
	case n == math.Trunc(n):
		return w.ExactFloat(n)
	default:
		return w.Decimal(n, 2)
	}
}

// operandUnit is what a figure's operands count: those of a rate are no percentages.
func operandUnit(m numbers.Metric) numbers.Unit {
	if m.Kind == numbers.KindRatio {
		return numbers.UnitCount
	}
	return m.Unit
}

func reasonText(w words.Printer, r *numbers.Reason) string {
	if r == nil {
		return ""
	}
	return w.Text(r.Message)
}

// stateWord is the tone of a value's state, and the word for it.
func stateWord(w words.Printer, s numbers.State) (tone, word string) {
	switch s {
	case numbers.StateMeasured:
		return "ok", w.Say("creator.explain.measured")
	case numbers.StateDerived:
		return "ok", w.Say("creator.explain.derived")
	case numbers.StatePartial:
		return "warn", w.Say("creator.explain.partial")
	case numbers.StateStale:
		return "warn", w.Say("creator.explain.stale")
	case numbers.StateWithheld:
		return "neutral", w.Say("creator.explain.withheld")
	default:
		return "neutral", w.Say("creator.explain.missing")
	}
}

// covers reports that a day has a number.
func covers(s numbers.State) bool { return s != numbers.StateMissing && s != numbers.StateWithheld }

func coveredDays(days []numbers.DayState) int {
	n := 0
	for _, d := range days {
		if covers(d.State) {
			n++
		}
	}
	return n
}

func dayClass(s numbers.State) string {
	switch {
	case s == numbers.StatePartial:
		return "p-bar-warn"
	case covers(s):
		return "p-bar-ok"
	default:
		return "p-bar-none"
	}
}
