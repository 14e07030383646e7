package analytics

import (
	"math"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/words"
)

// chart draws one metric, a line for each account. Accounts whose platform allows no calculation
// show the platform's own counts or are left out.
func (b *board) chart(list []*accounts.Account, metric string) Chart {
	c := Chart{Metric: metric, Percent: metric == "engagement", From: b.span.From, To: b.span.To}
	var findings []words.Text
	names := labels(list)
	for i, acc := range list {
		points, finding := b.line(acc, names[i], metric, len(list) == 1)
		if points == nil {
			continue
		}
		c.Series = append(c.Series, Series{Platform: acc.Row.Platform, Label: words.Plain(names[i]), Points: points})
		findings = append(findings, finding)
	}
	c.Breaks = b.breaks(list, metric)
	c.Finding = words.Sentences(findings...)
	c.Title = b.title(list, metric)
	c.Empty = b.empty(c, metric, list)
	return c
}

// line gives one account's points and what they come to, in a sentence that names it; nil points leave the account
// out. alone lets a restricted account show the platform's own count in place of ours.
func (b *board) line(acc *accounts.Account, name, metric string, alone bool) ([]Point, words.Text) {
	one := []*accounts.Account{acc}
	t := b.tally(one, b.span)
	switch metric {
	case "followers":
		points := b.sum(one, b.followers)
		return points, b.changeSentence(acc, name, points, metric, acc.FollowerWord())
	case "views":
		if acc.Restricted() {
			if !alone {
				return nil, words.Text{}
			}
			points := b.sum(one, b.own)
			return points, b.changeSentence(acc, name, points, metric, words.New("creator.metric.views"))
		}
		if t.viewed == 0 {
			return b.viewsByDay(one), words.Text{}
		}
		return b.viewsByDay(
				one,
			), words.New(
				"creator.finding.views",
				"Account",
				name,
				"Views",
				t.views,
				"Posts",
				accounts.Counted(t.viewed, acc.Spec.PostNoun),
			)
	case "engagement":
		if acc.Restricted() {
			return nil, words.Text{}
		}
		if rate := t.sums.rate(); rate != nil {
			return b.rateByDay(one), words.New("creator.finding.rate", "Account", name, "Rate", words.Percent(*rate, 2))
		}
		return b.rateByDay(one), words.Text{}
	default:
		if t.posts == 0 {
			return b.postsByDay(one), words.Text{}
		}
		return b.postsByDay(
				one,
			), words.New(
				"creator.finding.published",
				"Account",
				name,
				"Posts",
				accounts.Counted(t.posts, acc.Spec.PostNoun),
			)
	}
}

// changeSentence tells where a line went: "Instagram grew by 4.2% to 145,231 followers."
func (b *board) changeSentence(
	acc *accounts.Account,
	name string,
	points []Point,
	metric string,
	noun words.Text,
) words.Text {
	first, last, ok := ends(points)
	if last.Value == nil {
		return words.Text{}
	}
	n := int64(*last.Value)
	if _, broken := b.crossed([]*accounts.Account{acc}, metric, first.Day, last.Day); !ok || broken || acc.Restricted() {
		return words.New(
			"creator.finding.had",
			"Account",
			name,
			"Number",
			n,
			"Noun",
			noun,
			"Day",
			accounts.Date(last.Day, b.now),
		)
	}
	d := growth(*first.Value, *last.Value)
	switch {
	case d == nil || math.Abs(*d) < 0.05:
		return words.New("creator.finding.stayed", "Account", name, "Number", n, "Noun", noun)
	case *d > 0:
		return words.New("creator.finding.grew", "Account", name, "Change", words.Percent(*d, 1), "Number", n, "Noun", noun)
	default:
		return words.New("creator.finding.fell", "Account", name, "Change", words.Percent(-*d, 1), "Number", n, "Noun", noun)
	}
}

func (b *board) title(list []*accounts.Account, metric string) words.Text {
	several := len(list) > 1
	switch metric {
	case "followers":
		if several {
			return words.New("creator.chart.followersBy")
		}
		if len(list) == 1 {
			return accounts.Named(accounts.MetricHeads, list[0].Spec.Followers)
		}
		return words.New("creator.metricHead.followers")
	case "views":
		if len(list) == 1 && list[0].Restricted() {
			return words.New("creator.chart.accountViews")
		}
		return words.New("creator.chart.views")
	case "engagement":
		return words.New("creator.chart.rate")
	default:
		if several {
			return words.New("creator.publishedBy.any")
		}
		return accounts.Named(accounts.Published, b.noun)
	}
}

// empty says why there is nothing to draw.
func (b *board) empty(c Chart, metric string, list []*accounts.Account) words.Text {
	known := 0
	for _, s := range c.Series {
		for _, p := range s.Points {
			if p.Value != nil {
				known++
			}
		}
	}
	switch {
	case known > 0:
		return words.Text{}
	case len(list) == 0:
		return words.New("creator.chart.connect")
	case len(c.Series) == 0:
		return list[0].Terms()
	case metric == "followers":
		return words.New("creator.chart.twoDays")
	case !b.cover(list, b.span.From):
		return words.New("creator.why.notArrived", "Posts", accounts.Posts(b.noun))
	case b.tally(list, b.span).posts == 0:
		return words.New("creator.why.nonePublished", "Posts", accounts.Posts(b.noun))
	default:
		return words.New("creator.chart.notSent")
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
