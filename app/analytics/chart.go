package analytics

import (
	"math"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/words"
)

// chart draws one metric, a line for each account. An account whose platform allows no calculation shows the platform's
// own counts, or is left out.
func (f *figures) chart(key string) Chart {
	c := Chart{Metric: key, Percent: key == "engagement", From: f.span.From, To: f.span.To, Title: f.title(key)}
	var findings []words.Text
	names := labels(f.list)
	for i, acc := range f.list {
		series := f.line(key, i)
		if withheld(series) {
			continue
		}
		line := f.points(key, series)
		c.Series = append(c.Series, Series{Platform: acc.Row.Platform, Label: words.Plain(names[i]), Points: line})
		findings = append(findings, f.finding(acc, names[i], key, line))
		for _, e := range acc.Epochs(key, f.span.From, f.span.To) {
			c.Breaks = append(c.Breaks, Break{Day: e.From, What: e.What})
		}
	}
	c.Finding = words.Sentences(findings...)
	c.Empty = f.empty(c, key)
	return c
}

// withheld reports that the terms of the account's platform forbid every value of a series.
func withheld(series []numbers.Bucket) bool {
	for _, b := range series {
		if b.Value.State != numbers.StateWithheld {
			return false
		}
	}
	return len(series) > 0
}

// finding is what one account's line comes to, in a sentence that names it.
func (f *figures) finding(acc *accounts.Account, name, key string, line []Point) words.Text {
	switch {
	case key == "followers":
		return f.changeSentence(acc, name, line, key, acc.FollowerWord())
	case f.answers[key].Metric == "views_total":
		return f.changeSentence(acc, name, line, key, words.New("creator.metric.views"))
	}
	sum, known := 0.0, false
	for _, p := range line {
		if p.Value != nil {
			sum, known = sum+*p.Value, true
		}
	}
	switch {
	case !known:
		return words.Text{}
	case key == "views":
		return words.New("creator.finding.gained", "Account", name, "Views", int64(sum))
	case key == "engagement":
		if rate := f.own(acc); rate != nil {
			return words.New("creator.finding.rate", "Account", name, "Rate", words.Percent(*rate, 2))
		}
		return words.Text{}
	default:
		return words.New(
			"creator.finding.published", "Account", name, "Posts", accounts.Counted(int64(sum), acc.Spec.PostNoun),
		)
	}
}

// own is one account's engagement rate over the span.
func (f *figures) own(acc *accounts.Account) *float64 {
	v := f.answers["engagement"].Value
	for _, p := range v.Parts {
		if p.Connection == acc.Row.ID {
			return p.Value
		}
	}
	return v.Value
}

// changeSentence tells where a line went: "Instagram grew by 4.2% to 145,231 followers."
func (f *figures) changeSentence(
	acc *accounts.Account,
	name string,
	line []Point,
	key string,
	noun words.Text,
) words.Text {
	first, last, ok := ends(line)
	if last.Value == nil {
		return words.Text{}
	}
	n := int64(*last.Value)
	if broken := len(acc.Epochs(key, first.Day, last.Day)) > 0; !ok || broken || acc.Restricted() {
		return words.New(
			"creator.finding.had", "Account", name, "Number", n, "Noun", noun, "Day", accounts.Date(last.Day, f.now),
		)
	}
	d := growth(*first.Value, *last.Value)
	switch {
	case d == nil || math.Abs(*d) < 0.05:
		return words.New("creator.finding.stayed", "Account", name, "Number", n, "Noun", noun)
	case *d > 0:
		return words.New(
			"creator.finding.grew",
			"Account",
			name,
			"Change",
			words.Percent(*d, 1),
			"Number",
			n,
			"Noun",
			noun,
		)
	default:
		return words.New(
			"creator.finding.fell",
			"Account",
			name,
			"Change",
			words.Percent(-*d, 1),
			"Number",
			n,
			"Noun",
			noun,
		)
	}
}

// ends are the first and the last known points; ok needs two of them.
func ends(line []Point) (first, last Point, ok bool) {
	n := 0
	for _, p := range line {
		if p.Value == nil {
			continue
		}
		if n == 0 {
			first = p
		}
		last = p
		n++
	}
	return first, last, n > 1
}

func (f *figures) title(key string) words.Text {
	several := len(f.list) > 1
	switch {
	case key == "followers" && several:
		return words.New("creator.chart.followersBy")
	case key == "engagement":
		return words.New("creator.chart.rate")
	case key == "posts" && several:
		return words.New("creator.publishedBy.any")
	default:
		return f.label(key)
	}
}

// empty says why there is nothing to draw.
func (f *figures) empty(c Chart, key string) words.Text {
	for _, s := range c.Series {
		for _, p := range s.Points {
			if p.Value != nil {
				return words.Text{}
			}
		}
	}
	switch {
	case len(f.list) == 0:
		return words.New("creator.chart.connect")
	case len(c.Series) == 0:
		return f.list[0].Terms()
	default:
		return f.answers[key].Value.Reason.Message
	}
}

// labels name accounts: the platform alone, with the handle where it has several.
func labels(list []*accounts.Account) []string {
	seen := map[string]int{}
	for _, acc := range list {
		seen[acc.Row.Platform]++
	}
	out := make([]string, len(list))
	for i, acc := range list {
		if out[i] = acc.Spec.Name; seen[acc.Row.Platform] > 1 {
			out[i] += " " + acc.Handle()
		}
	}
	return out
}
