package analytics

import (
	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/words"
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
	return "", fault.New(fault.Invalid, words.New("errors.metric"))
}

// kpis are the four big numbers of some accounts taken together; none of them may be restricted.
// Why there is nothing to count is said when list is empty.
func (b *board) kpis(list []*accounts.Account, why words.Text) []KPI {
	return []KPI{b.followersKPI(list, why), b.viewsKPI(list, why), b.engagementKPI(list, why), b.postsKPI(list, why)}
}

func (b *board) followersKPI(list []*accounts.Account, why words.Text) KPI {
	k := KPI{Key: "followers", Label: words.New("creator.metricHead.followers"), Why: why}
	known := withFollowers(list)
	k.Spark = b.sum(known, b.followers)
	if len(known) == 0 {
		if k.Why.IsZero() {
			k.Why = words.New("creator.why.noCount")
			if len(list) == 1 {
				k.Why = list[0].FollowersWhy()
			}
		}
		return k
	}
	var total float64
	for _, acc := range known {
		total += float64(*acc.Followers())
		k.Rounded = k.Rounded || acc.Spec.RoundedFollowers
	}
	k.Value = &total
	if n := len(list) - len(known); n > 0 {
		k.Detail = words.New("creator.kpi.noCount", "Count", n)
	}
	first, last, ok := ends(k.Spark)
	if !ok {
		k.Why = words.New("creator.why.twoDays")
		return k
	}
	if why, broken := b.crossed(known, "followers", first.Day, last.Day); broken {
		k.Why = why
		return k
	}
	k.Delta = growth(*first.Value, *last.Value)
	k.Against = b.sinceDay(first, last)
	if k.Delta == nil {
		k.Against, k.Why = words.Text{}, words.New("creator.why.noEarlier")
	}
	return k
}

func withFollowers(list []*accounts.Account) []*accounts.Account {
	var out []*accounts.Account
	for _, acc := range list {
		if acc.Followers() != nil {
			out = append(out, acc)
		}
	}
	return out
}

// sinceDay names the days a change lies between.
func (b *board) sinceDay(first, last Point) words.Text {
	if last.Day.Before(b.span.To.AddDate(0, 0, -1)) {
		return words.Written(words.Range(first.Day, last.Day))
	}
	return words.New("creator.kpi.since", "Day", accounts.Date(first.Day, b.now))
}

func (b *board) viewsKPI(list []*accounts.Account, why words.Text) KPI {
	k := KPI{Key: "views", Label: words.New("creator.metricHead.views"), Why: why, Spark: b.viewsByDay(list)}
	t := b.tally(list, b.span)
	switch {
	case t.posts == 0:
		k.Why = b.emptyReason(list, why)
		return k
	case t.viewed == 0:
		k.Why = words.New("creator.why.noViews", "Posts", accounts.Posts(b.noun))
		return k
	}
	v := float64(t.views)
	k.Value, k.Detail = &v, b.detail(list, t, t.viewed)
	if before, ok := b.earlier(list, &k); ok {
		if k.Delta = growth(float64(before.views), v); k.Delta == nil {
			k.Why = words.New("creator.why.noEarlier")
		} else {
			k.Against = b.versus()
		}
	}
	return k
}

func (b *board) engagementKPI(list []*accounts.Account, why words.Text) KPI {
	k := KPI{
		Key:     "engagement",
		Label:   words.New("creator.metricHead.rate"),
		Percent: true,
		Why:     why,
		Spark:   b.rateByDay(list),
	}
	t := b.tally(list, b.span)
	k.Value = t.sums.rate()
	switch {
	case t.posts == 0:
		k.Why = b.emptyReason(list, why)
		return k
	case k.Value == nil:
		k.Why = words.New("creator.why.rate")
		return k
	}
	k.Detail = b.detail(list, t, t.posts)
	if before, ok := b.earlier(list, &k); ok {
		if old := before.sums.rate(); old == nil {
			k.Why = words.New("creator.why.noEarlier")
		} else {
			d := *k.Value - *old
			k.Delta, k.Against = &d, b.versus()
		}
	}
	return k
}

func (b *board) postsKPI(list []*accounts.Account, why words.Text) KPI {
	k := KPI{Key: "posts", Label: accounts.Named(accounts.Published, b.noun), Why: why, Spark: b.postsByDay(list)}
	t := b.tally(list, b.span)
	if t.posts == 0 && (len(list) == 0 || !b.cover(list, b.span.From)) {
		k.Why = b.emptyReason(list, why)
		return k
	}
	v := float64(t.posts)
	k.Value = &v
	if from := b.begins(list); from != nil {
		k.Detail = words.New("creator.kpi.begins", "Day", accounts.Date(*from, b.now))
	}
	if before, ok := b.earlier(list, &k); ok {
		if k.Delta = growth(float64(before.posts), v); k.Delta == nil {
			k.Why = words.New("creator.why.noEarlier")
		} else {
			k.Against = b.versus()
		}
	}
	return k
}

// emptyReason says why no post can be counted.
func (b *board) emptyReason(list []*accounts.Account, why words.Text) words.Text {
	switch {
	case !why.IsZero():
		return why
	case !b.cover(list, b.span.From):
		return words.New("creator.why.notArrived", "Posts", accounts.Posts(b.noun))
	default:
		return words.New("creator.why.nonePublished", "Posts", accounts.Posts(b.noun))
	}
}

// detail says which posts a number is of: "47 posts in this period".
func (b *board) detail(list []*accounts.Account, t tally, with int64) words.Text {
	of := words.New("creator.kpi.inPeriod", "Posts", accounts.Counted(t.posts, b.noun))
	if with < t.posts {
		of = words.New("creator.kpi.withViews", "Known", with, "Posts", accounts.Counted(t.posts, b.noun))
	}
	if from := b.begins(list); from != nil {
		return words.Dots(of, words.New("creator.kpi.begins", "Day", accounts.Date(*from, b.now)))
	}
	return of
}

// versus names the days that a change is against.
func (b *board) versus() words.Text {
	return words.New("creator.kpi.vs", "Range", words.Range(b.span.before().From, b.span.before().To))
}

// earlier tallies the span before, if our posts really cover both; else it says why not.
func (b *board) earlier(list []*accounts.Account, k *KPI) (tally, bool) {
	before := b.span.before()
	if !b.cover(list, before.From) {
		k.Why = words.New("creator.why.notEnough")
		return tally{}, false
	}
	if why, broken := b.crossed(list, k.Key, before.From, b.span.To); broken {
		k.Why = why
		return tally{}, false
	}
	return b.tally(list, before), true
}

// ownKPIs are the big numbers of one account whose platform allows no calculation: its own counts,
// as it gives them.
func (b *board) ownKPIs(acc *accounts.Account) []KPI {
	one := []*accounts.Account{acc}
	followers := b.followersKPI(one, words.Text{})
	views := KPI{
		Key:   "views",
		Label: words.New("creator.metricHead.views"),
		Spark: b.sum(one, b.own),
		Why:   words.New("creator.why.noCount"),
	}
	if acc.Profile != nil && acc.Profile.ViewCount != nil {
		v := float64(*acc.Profile.ViewCount)
		views.Value, views.Detail = &v, words.New("creator.kpi.ownViews", "Platform", acc.Spec.Name)
	}
	posts := b.postsKPI(one, words.Text{})
	out := []KPI{
		followers,
		views,
		{Key: "engagement", Label: words.New("creator.metricHead.rate"), Percent: true, Spark: b.points(unknown)},
		posts,
	}
	for i := range out {
		if out[i].Delta, out[i].Against = nil, (words.Text{}); out[i].Value != nil || out[i].Percent {
			out[i].Why = acc.Terms()
		}
	}
	return out
}
