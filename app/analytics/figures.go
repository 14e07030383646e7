package analytics

import (
	"context"
	"time"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/final"
	"github.com/truecount/truecount/app/words"
)

// shown are what a page's big numbers and its chart can show, by the key of addresses, and the metric behind each.
var shown = []struct{ key, metric string }{
	{"followers", "followers"},
	{"views", "views_gained"},
	{"engagement", "engagement_rate"},
	{"posts", "posts_published"},
}

// figures are the answers that a page's big numbers and its chart are drawn from, by the key of addresses.
type figures struct {
	span    Span
	now     time.Time
	noun    string // "posts", "videos"
	list    []*accounts.Account
	answers map[string]*numbers.Answer
}

// figures asks for what a page shows of some accounts, which are loaded with their runs.
func (a *Analytics) figures(ctx context.Context, list []*accounts.Account, span Span) (*figures, error) {
	f := &figures{span: span, now: a.now(), noun: "posts", list: list, answers: map[string]*numbers.Answer{}}
	questions := make([]numbers.Query, len(shown))
	for i, s := range shown {
		questions[i] = numbers.Query{
			Metric: s.metric, Range: span.asked(), Compare: span.Compare, AsOf: span.AsOf, Series: true, Lines: len(list) > 1,
		}
		if s.key == "views" && len(list) == 1 && list[0].Restricted() {
			questions[i].Metric = "views_total" // the platform's own count is shown as it is
		}
	}
	answers, err := a.numbers.Ask(ctx, list, questions...)
	if err != nil {
		return nil, err
	}
	for i, s := range shown {
		f.answers[s.key] = answers[i]
	}
	return f, nil
}

// known is when the figures were as they are shown.
func (f *figures) known() time.Time {
	if f.span.AsOf.IsZero() {
		return f.now
	}
	return f.span.AsOf
}

// points draws a series by day. A day without a value stays a gap. So does one on which an account is missing, and, of
// what is gained day by day, one that is not over: both would look like a fall.
func (f *figures) points(key string, series []numbers.Bucket) []Point {
	out := make([]Point, len(series))
	for i, b := range series {
		out[i].Day = b.Range.To.UTC()
		unfinished := f.metric(key).Kind != numbers.KindLevel && b.Range.To.End(b.Range.Zone).After(f.known())
		if b.Value.State != numbers.StatePartial && !unfinished {
			out[i].Value = b.Value.Value
		}
	}
	return out
}

// line is the series of one of the accounts.
func (f *figures) line(key string, i int) []numbers.Bucket {
	if len(f.list) == 1 {
		return f.answers[key].Series
	}
	return f.answers[key].Lines[i].Series
}

// kpis are the big numbers of the accounts taken together.
func (f *figures) kpis() []KPI {
	out := make([]KPI, len(shown))
	for i, s := range shown {
		out[i] = f.kpi(s.key)
	}
	return out
}

func (f *figures) kpi(key string) KPI {
	a := f.answers[key]
	k := KPI{
		Key: key, Label: f.label(key), Metric: a.Metric, Percent: a.Value.Unit == numbers.UnitPercent,
		Value: a.Value.Value, Spark: f.points(key, a.Series), State: a.Value.State,
		Calculated: a.Value.Value != nil && a.Value.Marked,
	}
	if key == "followers" || a.Metric == "views_total" {
		for _, acc := range f.list {
			k.Rounded = k.Rounded || acc.Spec.RoundedFollowers && key == "followers"
		}
	}
	if a.Value.Value == nil {
		if k.Why = a.Value.Reason.Message; key == "followers" && len(f.list) == 1 {
			k.Why = f.list[0].FollowersWhy()
		}
		return k
	}
	k.Detail = f.detail(a)
	first, last, ok := ends(k.Spark)
	ok = ok && grew(a.Series)
	switch {
	case a.Change == nil:
	case a.Change.Value == nil && a.Metric == "followers" && ok && a.Change.State == numbers.StateMissing:
		if k.Delta = growth(*first.Value, *last.Value); k.Delta != nil { // of the days that there are
			k.Against = words.New("creator.kpi.since", "Day", accounts.Date(first.Day, f.now))
		}
	case a.Change.Value == nil:
		k.Why = words.New("creator.kpi.noComparison", "Why", accounts.Named(noComparison, string(a.Change.Reason.Code)))
	case a.Metric == "followers":
		k.Delta, k.Against = a.Change.Value, words.New(
			"creator.kpi.since",
			"Day",
			accounts.Date(a.Comparison.To.UTC(), f.now),
		)
	default:
		k.Delta = a.Change.Value
		k.Against = words.New("creator.kpi.vs", "Range", words.Range(a.Comparison.From.UTC(), a.Comparison.To.UTC()))
	}
	return k
}

// grew reports that the last value of a series rests on newer readings than the first one: one reading alone is no
// change of nothing.
func grew(series []numbers.Bucket) bool {
	var first, last *time.Time
	for _, b := range series {
		if b.Value.Value == nil || b.Value.State == numbers.StatePartial {
			continue
		}
		if last = b.Value.AsOf; first == nil {
			first = last
		}
	}
	return first != nil && last.After(*first)
}

// noComparison says in a few words why there is no change, by the reason's code. The panel behind the number says more.
var noComparison = map[string]string{
	"definition_changed": "creator.noComparison.definition",
	"low_coverage":       "creator.noComparison.coverage",
	"no_base":            "creator.noComparison.base",
	"not_final":          "creator.noComparison.final",
	"platform_terms":     "creator.noComparison.terms",
	"never_read":         "creator.noComparison.coverage",
	"too_few_days":       "creator.noComparison.coverage",
	"not_yet":            "creator.noComparison.coverage",
	"too_few_posts":      "creator.noComparison.posts",
	"not_granted":        "creator.noComparison.permission",
	"not_reported":       "creator.noComparison.reported",
	"connection_ended":   "creator.noComparison.coverage",
}

func (f *figures) label(key string) words.Text {
	switch {
	case key == "followers" && len(f.list) == 1:
		return accounts.Named(accounts.MetricHeads, f.list[0].Spec.Followers)
	case key == "followers":
		return words.New("creator.metricHead.followers")
	case key == "views":
		return f.metric(key).Label()
	case key == "engagement":
		return words.New("creator.metricHead.rate")
	case key == typicalKey:
		return words.New("creator.kpi.typical")
	default:
		return accounts.Named(accounts.Published, f.noun)
	}
}

func (f *figures) metric(key string) numbers.Metric {
	m, _ := numbers.Find(f.answers[key].Metric)
	return m
}

// detail is one short line about what is missing: the accounts that have no number, or the days.
func (f *figures) detail(a *numbers.Answer) words.Text {
	missing := 0
	for _, p := range a.Value.Parts {
		if p.State == numbers.StateMissing {
			missing++
		}
	}
	c := a.Value.Coverage
	switch {
	case missing > 0:
		return words.New("creator.kpi.noCount", "Count", missing)
	case c != nil && c.Days != nil && *c.Days < *c.OfDays-f.running(a):
		return words.New("creator.kpi.days", "Days", *c.Days, "Of", *c.OfDays)
	case a.Value.Final != nil && *a.Value.Final < final.From:
		return words.New("creator.kpi.final", "Part", words.Percent(*a.Value.Final*100, 0))
	case a.Value.State == numbers.StateStale:
		return words.New("creator.kpi.stale", "Ago", words.Ago(*a.Value.AsOf, f.now, nil))
	default:
		return words.Text{}
	}
}

// running is 1 when the period reaches into a day that is not over, which some of the accounts do not cover yet.
func (f *figures) running(a *numbers.Answer) int {
	if a.Range.To.End(a.Range.Zone).After(f.known()) {
		return 1
	}
	return 0
}
