package creator

import (
	"math"
	"slices"
	"strings"

	"github.com/truecount/truecount/app/analytics"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/causes"
	"github.com/truecount/truecount/app/numbers/final"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/layout"
)

// ExplainView is how a figure came about, and where that is shown.
type ExplainView struct {
	*numbers.Explanation

	JSON  string   // the address of the same as JSON
	Link  string   // the page's whole address, to be copied
	Query []string // the parameters of the question: name, value, name, value
	Back  string   // the page of ours that it was opened from
	Now   string   // the page of the same question as it is known now; empty: this is it

	Compare bool           // the second tab is shown: why an app shows another number
	Typed   string         // what the app shows, as it was typed
	Unread  bool           // it is no number
	Shown   *causes.Shown  // as it was understood; nil: nothing was typed
	Causes  []causes.Cause // the likeliest first
}

// explainURL is the address at which a big number of a page is explained: of the same days, and of one account where
// the page is about it. back is the page. A number that no metric is behind has none.
func explainURL(metric string, s analytics.Span, connection, back string) string {
	if metric == "" {
		return ""
	}
	zone := "UTC"
	if s.Zone != nil {
		zone = s.Zone.String()
	}
	return address("/explain", "metric", metric, "from", s.From.Format("2006-01-02"), "to", s.To.Format("2006-01-02"),
		"zone", zone, "connection", connection, "as_of", s.Known(), "back", back)
}

// metricOf is the metric behind what a chart shows.
func metricOf(kpis []analytics.KPI, key string) string {
	for _, k := range kpis {
		if k.Key == key {
			return k.Metric
		}
	}
	return ""
}

// to is the page of the same question, with further parameters.
func (v ExplainView) to(pairs ...string) string {
	return address("/explain", append(append(slices.Clone(v.Query), "back", v.Back), pairs...)...)
}

// of says what the figure is of: an account, or how many.
func (v ExplainView) of(p layout.Page) words.Text {
	if len(v.Value.Parts) == 1 {
		part := v.Value.Parts[0]
		return words.Plain(who(platformName(p, part.Platform), part.Handle))
	}
	return words.New("creator.explain.accounts", "Count", len(v.Value.Parts))
}

// backTo names the page that the figure was opened from.
func (v ExplainView) backTo(p layout.Page) words.Text {
	path, _, _ := strings.Cut(v.Back, "?")
	if id, found := strings.CutPrefix(path, "/dashboard/"); found {
		id, _, _ = strings.Cut(id, "/")
		return words.New("creator.explain.backTo", "Page", platformName(p, id))
	}
	return words.New("creator.explain.back")
}

// unfinished is how complete the figure usually is by now, while it is not final.
func unfinished(v numbers.Value) (part float64, is bool) {
	if v.Final == nil || *v.Final >= final.From {
		return 0, false
	}
	return *v.Final * 100, true
}

// called is the calls of one sync to one endpoint.
type called struct {
	numbers.Call

	count int
}

// calls puts the calls of a sync to the same endpoint into one row, newest first.
func calls(all []numbers.Call) []called {
	var out []called
	for i := len(all) - 1; i >= 0; i-- {
		c := all[i]
		same := func(o called) bool {
			return o.RunID == c.RunID && o.Endpoint == c.Endpoint && o.Connection == c.Connection
		}
		if at := slices.IndexFunc(out, same); at >= 0 {
			out[at].count++
			continue
		}
		out = append(out, called{c, 1})
	}
	return out
}

// syncURL is where a creator sees the syncs of an account.
func syncURL(connection string) string { return "/connections#connection-" + connection }

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

// covered counts the days that are over, those of them that have a number, and the day that is not over.
func covered(days []numbers.DayState) (known, over int, open bool) {
	for _, d := range days {
		if d.Open {
			open = true
			continue
		}
		over++
		if covers(d.State) {
			known++
		}
	}
	return known, over, open
}

// gap is the first day that is over and has no number, and how many more there are.
func gap(days []numbers.DayState) (first *numbers.DayState, more int) {
	for i, d := range days {
		if d.Open || covers(d.State) && d.State != numbers.StatePartial {
			continue
		}
		if first == nil {
			first = &days[i]
			continue
		}
		more++
	}
	return first, more
}

func dayClass(d numbers.DayState) string {
	switch {
	case d.Open:
		return "p-bar-open"
	case d.State == numbers.StatePartial:
		return "p-bar-warn"
	case covers(d.State):
		return "p-bar-ok"
	default:
		return "p-bar-none"
	}
}

// dayReason says why a day has no number, or not all of one.
func dayReason(w words.Printer, d numbers.DayState) string {
	if d.Reason != nil {
		return w.Text(d.Reason.Message)
	}
	return w.Say("creator.explain.someMissing")
}

// differs is what an app shows less the figure, with its sign.
func differs(w words.Printer, v ExplainView) string {
	d := v.Shown.Value - *v.Value.Value
	less := amount(w, d, v.Value.Unit)
	if d > 0 {
		return "+" + less
	}
	return less
}
