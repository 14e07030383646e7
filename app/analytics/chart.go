package analytics

import (
	"fmt"
	"math"
	"strings"
)

// chart draws one metric, a line for each account. Accounts whose platform allows no calculation
// show the platform's own counts or are left out.
func (b *board) chart(list []*account, metric string) Chart {
	c := Chart{Metric: metric, Percent: metric == "engagement", From: b.span.From, To: b.span.To}
	var findings []string
	names := labels(list)
	for i, acc := range list {
		points, finding := b.line(acc, metric, len(list) == 1)
		if points == nil {
			continue
		}
		c.Series = append(c.Series, Series{Platform: acc.c.Platform, Label: names[i], Points: points})
		if finding != "" {
			findings = append(findings, names[i]+" "+finding)
		}
	}
	c.Breaks = b.breaks(list, metric)
	c.Finding = sentence(strings.Join(findings, "; "))
	if c.Finding != "" {
		c.Finding += "."
	}
	c.Title = b.title(list, metric)
	c.Empty = b.empty(c, metric, list)
	return c
}

// line gives one account's points and what they come to; nil points leave the account out. alone
// lets a restricted account show the platform's own count in place of ours.
func (b *board) line(acc *account, metric string, alone bool) ([]Point, string) {
	one := []*account{acc}
	t := b.tally(one, b.span)
	switch metric {
	case "followers":
		points := b.sum(one, b.followers)
		return points, b.moved(acc, points, metric, acc.followerWord())
	case "views":
		if acc.restricted() {
			if !alone {
				return nil, ""
			}
			points := b.sum(one, b.own)
			return points, b.moved(acc, points, metric, "views")
		}
		if t.viewed == 0 {
			return b.viewsByDay(one), ""
		}
		return b.viewsByDay(one), fmt.Sprintf("has %s views of %s", number(t.views), count(t.viewed, acc.spec.PostNoun))
	case "engagement":
		if acc.restricted() {
			return nil, ""
		}
		if rate := t.sums.rate(); rate != nil {
			return b.rateByDay(one), fmt.Sprintf("has a rate of %.2f%%", *rate)
		}
		return b.rateByDay(one), ""
	default:
		if t.posts == 0 {
			return b.postsByDay(one), ""
		}
		return b.postsByDay(one), "published " + count(t.posts, acc.spec.PostNoun)
	}
}

// moved tells where a line went: "grew by 4.2% to 145,231 followers".
func (b *board) moved(acc *account, points []Point, metric, noun string) string {
	first, last, ok := ends(points)
	if last.Value == nil {
		return ""
	}
	now := number(int64(*last.Value)) + " " + noun
	if _, broken := b.crossed([]*account{acc}, metric, first.Day, last.Day); !ok || broken || acc.restricted() {
		return fmt.Sprintf("had %s on %s", now, date(last.Day, b.now))
	}
	d := growth(*first.Value, *last.Value)
	switch {
	case d == nil || math.Abs(*d) < 0.05:
		return "stayed at " + now
	case *d > 0:
		return fmt.Sprintf("grew by %.1f%% to %s", *d, now)
	default:
		return fmt.Sprintf("fell by %.1f%% to %s", -*d, now)
	}
}

// count puts a number before a platform's noun for posts.
func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + strings.TrimSuffix(noun, "s")
	}
	return number(n) + " " + noun
}

func (b *board) title(list []*account, metric string) string {
	if len(list) == 1 && list[0].restricted() && metric == "views" {
		return "Views of the whole account"
	}
	title := map[string]string{
		"followers": "Followers", "views": "Views by day of publication",
		"engagement": "Engagement rate by day of publication", "posts": sentence(b.noun) + " published",
	}[metric]
	if len(list) == 1 && metric == "followers" {
		return list[0].spec.Followers
	}
	if len(list) > 1 {
		switch metric {
		case "followers", "posts":
			title += " by platform"
		}
	}
	return title
}

// empty says why there is nothing to draw.
func (b *board) empty(c Chart, metric string, list []*account) string {
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
		return ""
	case len(list) == 0:
		return "Connect an account to see this chart."
	case len(c.Series) == 0:
		return list[0].terms()
	case metric == "followers":
		return "No daily counts in these days yet. A line needs counts of two days."
	case !b.cover(list, b.span.From):
		return fmt.Sprintf("No %s of these days have arrived yet.", b.noun)
	case b.tally(list, b.span).posts == 0:
		return fmt.Sprintf("No %s were published in these days.", b.noun)
	default:
		return "The numbers for this chart have not been delivered yet."
	}
}

// labels name accounts: the platform alone, with the handle where it has several.
func labels(list []*account) []string {
	seen := map[string]int{}
	for _, acc := range list {
		seen[acc.c.Platform]++
	}
	out := make([]string, len(list))
	for i, acc := range list {
		if out[i] = acc.spec.Name; seen[acc.c.Platform] > 1 {
			out[i] += " " + acc.handle()
		}
	}
	return out
}
