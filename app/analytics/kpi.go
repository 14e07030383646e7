package analytics

import (
	"fmt"

	"github.com/truecount/truecount/app/fault"
)

// metrics are what a page's big numbers and its chart can show.
var metrics = []string{"followers", "views", "engagement", "posts"}

func parseMetric(key string) (string, error) {
	if key == "" {
		return metrics[0], nil
	}
	for _, m := range metrics {
		if m == key {
			return m, nil
		}
	}
	return "", fault.New(fault.Invalid, "A metric is followers, views, engagement or posts.")
}

// kpis are the four big numbers of some accounts taken together; none of them may be restricted.
// Why there is nothing to count is said when list is empty.
func (b *board) kpis(list []*account, why string) []KPI {
	return []KPI{b.followersKPI(list, why), b.viewsKPI(list, why), b.engagementKPI(list, why), b.postsKPI(list, why)}
}

func (b *board) followersKPI(list []*account, why string) KPI {
	k := KPI{Key: "followers", Label: "Followers", Why: why}
	known := withFollowers(list)
	k.Spark = b.sum(known, b.followers)
	if len(known) == 0 {
		if k.Why == "" {
			k.Why = "No count has arrived yet."
			if len(list) == 1 {
				k.Why = list[0].followersWhy()
			}
		}
		return k
	}
	var total float64
	for _, acc := range known {
		total += float64(*acc.followers())
		k.Rounded = k.Rounded || acc.spec.RoundedFollowers
	}
	k.Value = &total
	if n := len(list) - len(known); n > 0 {
		k.Detail = plural(int64(n), "account has", "accounts have") + " no count yet"
	}
	first, last, ok := ends(k.Spark)
	if !ok {
		k.Why = "A change needs daily counts of two days."
		return k
	}
	if why, broken := b.crossed(known, "followers", first.Day, last.Day); broken {
		k.Why = why
		return k
	}
	k.Delta = growth(*first.Value, *last.Value)
	k.Against = b.against(first, last)
	if k.Delta == nil {
		k.Against, k.Why = "", "There is no change in percent from nothing."
	}
	return k
}

func withFollowers(list []*account) []*account {
	var out []*account
	for _, acc := range list {
		if acc.followers() != nil {
			out = append(out, acc)
		}
	}
	return out
}

// against names the days a change lies between.
func (b *board) against(first, last Point) string {
	if last.Day.Before(b.span.To.AddDate(0, 0, -1)) {
		return dates(Span{From: first.Day, To: last.Day}, b.now)
	}
	return "since " + date(first.Day, b.now)
}

func (b *board) viewsKPI(list []*account, why string) KPI {
	k := KPI{Key: "views", Label: "Views", Why: why, Spark: b.viewsByDay(list)}
	t := b.tally(list, b.span)
	switch {
	case t.posts == 0:
		k.Why = b.nothing(list, why)
		return k
	case t.viewed == 0:
		k.Why = fmt.Sprintf("No views have been delivered for the %s published in these days.", b.noun)
		return k
	}
	v := float64(t.views)
	k.Value, k.Detail = &v, b.detail(list, t, t.viewed, "known views")
	if before, ok := b.earlier(list, &k); ok {
		if k.Delta = growth(float64(before.views), v); k.Delta == nil {
			k.Why = fmt.Sprintf("There are no views of %s to compare with.", dates(b.span.before(), b.now))
		} else {
			k.Against = "against " + dates(b.span.before(), b.now)
		}
	}
	return k
}

func (b *board) engagementKPI(list []*account, why string) KPI {
	k := KPI{Key: "engagement", Label: "Engagement rate", Percent: true, Why: why, Spark: b.rateByDay(list)}
	t := b.tally(list, b.span)
	k.Value = t.sums.rate()
	switch {
	case t.posts == 0:
		k.Why = b.nothing(list, why)
		return k
	case k.Value == nil:
		k.Why = "A rate needs views and at least one counter."
		return k
	}
	k.Detail = b.detail(list, t, t.posts, "")
	if before, ok := b.earlier(list, &k); ok {
		if old := before.sums.rate(); old == nil {
			k.Why = fmt.Sprintf("There is no rate of %s to compare with.", dates(b.span.before(), b.now))
		} else {
			d := *k.Value - *old
			k.Delta, k.Against = &d, "against "+dates(b.span.before(), b.now)
		}
	}
	return k
}

func (b *board) postsKPI(list []*account, why string) KPI {
	k := KPI{Key: "posts", Label: sentence(b.noun) + " published", Why: why, Spark: b.postsByDay(list)}
	t := b.tally(list, b.span)
	if t.posts == 0 && (len(list) == 0 || !b.cover(list, b.span.From)) {
		k.Why = b.nothing(list, why)
		return k
	}
	v := float64(t.posts)
	k.Value = &v
	if from := b.begins(list); from != "" {
		k.Detail = "since " + from + ", where our list begins"
	}
	if before, ok := b.earlier(list, &k); ok {
		if k.Delta = growth(float64(before.posts), v); k.Delta == nil {
			k.Why = fmt.Sprintf("There were no %s in %s to compare with.", b.noun, dates(b.span.before(), b.now))
		} else {
			k.Against = "against " + dates(b.span.before(), b.now)
		}
	}
	return k
}

// nothing says why no post can be counted.
func (b *board) nothing(list []*account, why string) string {
	switch {
	case why != "":
		return why
	case !b.cover(list, b.span.From):
		return fmt.Sprintf("No %s of these days have arrived yet.", b.noun)
	default:
		return fmt.Sprintf("No %s were published in these days.", b.noun)
	}
}

// detail says which posts a number is of: "of 47 posts published in these days".
func (b *board) detail(list []*account, t tally, with int64, what string) string {
	s := fmt.Sprintf("of %s published in these days", count(t.posts, b.noun))
	if with < t.posts {
		s = fmt.Sprintf("of %s with %s, of %s published in these days", number(with), what, count(t.posts, b.noun))
	}
	if from := b.begins(list); from != "" {
		s += "; our list begins " + from
	}
	return s
}

// earlier tallies the span before, if our posts really cover both; else it says why not.
func (b *board) earlier(list []*account, k *KPI) (tally, bool) {
	before := b.span.before()
	if !b.cover(list, before.From) {
		k.Why = fmt.Sprintf("We do not hold all %s of %s to compare with.", b.noun, dates(before, b.now))
		return tally{}, false
	}
	if why, broken := b.crossed(list, k.Key, before.From, b.span.To); broken {
		k.Why = why
		return tally{}, false
	}
	return b.tally(list, before), true
}

// terms is why a restricted account shows no rate, growth or total of ours.
func (acc *account) terms() string {
	return acc.spec.Name + "'s terms do not allow rates, growth or totals made from its numbers, so there are none here."
}

// ownKPIs are the big numbers of one account whose platform allows no calculation: its own counts,
// as it gives them.
func (b *board) ownKPIs(acc *account) []KPI {
	one := []*account{acc}
	followers := b.followersKPI(one, "")
	views := KPI{Key: "views", Label: "Views", Spark: b.sum(one, b.own), Why: "No count has arrived yet."}
	if acc.profile != nil && acc.profile.ViewCount != nil {
		v := float64(*acc.profile.ViewCount)
		views.Value, views.Detail = &v, "of the whole account, as "+acc.spec.Name+" counts them"
	}
	posts := b.postsKPI(one, "")
	out := []KPI{followers, views, {Key: "engagement", Label: "Engagement rate", Percent: true, Spark: b.points(unknown)}, posts}
	for i := range out {
		if out[i].Delta, out[i].Against = nil, ""; out[i].Value != nil || out[i].Percent {
			out[i].Why = acc.terms()
		}
	}
	return out
}
