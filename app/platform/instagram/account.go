package instagram

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // Instagram's days are Los Angeles's

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/text"
)

// dayTotals are the account's metrics that come as one number a range, by our names.
var dayTotals = []struct{ native, id string }{
	{
		"reach",
		"account_reach",
	}, {"views", "account_views"}, {"accounts_engaged", "account_engaged"}, {"total_interactions", "account_interactions"},
	{"likes", "account_likes"}, {"comments", "account_comments"}, {"saves", "account_saves"}, {"shares", "account_shares"},
	{"replies", "account_replies"}, {"profile_links_taps", "account_link_taps"},
}

const (
	newFollowers = "account_new_followers"
	crowd        = 100 // followers or engaged people under which Instagram tells nothing of them
	longestRange = 30  // days of one query
)

// dayZone is where Instagram's days begin and end.
const dayZone = "America/Los_Angeles"

var los = func() *time.Location {
	l, err := time.LoadLocation(dayZone)
	if err != nil {
		return time.FixedZone("PST", -8*3600)
	}
	return l
}()

// accountRead is one reading of the account as a whole.
type accountRead struct {
	a      *adapter
	t      platform.Token
	q      platform.InsightQuery
	totals []string // native names still asked for
	out    platform.Insights
}

// Insights implements platform.Insighter: a call for each day, one for the new followers, and one for
// each trait of followers and of those who engaged. What is empty is not yet known, never zero.
func (a *adapter) Insights(ctx context.Context, t platform.Token, q platform.InsightQuery) (platform.Insights, error) {
	r := &accountRead{a: a, t: t, q: q}
	if t.Scopes != nil && !slices.Contains(t.Scopes, insightsScope) {
		return platform.Insights{Gaps: []*platform.Error{{
			Platform: id, Step: platform.StepMetrics, Code: fault.ScopeMissing,
			Detail: "the permission " + insightsScope + " was not granted",
		}}}, nil
	}
	if a.busy(t.Account) || a.busy("") {
		return r.out, &platform.Error{
			Platform: id, Step: platform.StepMetrics, Code: fault.RateLimit, RetryAfter: defaultWait, Status: -1,
			Detail: "most of the quota is used up; account insights wait for the next sync",
		}
	}
	for _, d := range dayTotals {
		r.totals = append(r.totals, d.native)
	}
	return r.out, asError(r.all(ctx))
}

func (r *accountRead) all(ctx context.Context) *platform.Error {
	for day := r.q.From; !day.After(r.q.To); day = day.AddDate(0, 0, 1) {
		if err := r.day(ctx, day); err != nil {
			return err
		}
	}
	if r.q.Profile.Followers == nil || *r.q.Profile.Followers < crowd {
		return nil
	}
	if err := r.gained(ctx); err != nil {
		return err
	}
	for _, whose := range []struct{ native, of string }{{"follower_demographics", "followers"},
		{"engaged_audience_demographics", "engaged"}} {
		for _, by := range []string{"age", "gender", "country", "city"} {
			if err := r.audience(ctx, whose.native, whose.of, by); err != nil {
				return err
			}
		}
	}
	return nil
}

// bounds are a day's first second and the next day's, as Instagram counts days.
func bounds(day time.Time) (since, until string) {
	y, m, d := day.Date()
	at := func(d int) string { return strconv.FormatInt(time.Date(y, m, d, 0, 0, 0, 0, los).Unix(), 10) }
	return at(d), at(d + 1)
}

// day reads one day's totals. A metric that is refused is dropped for the rest of the reading, said once.
func (r *accountRead) day(ctx context.Context, day time.Time) *platform.Error {
	since, until := bounds(day)
	var l accountList
	for len(r.totals) > 0 {
		q := url.Values{
			"metric":      {strings.Join(r.totals, ",")},
			"period":      {"day"},
			"metric_type": {"total_value"},
			"since":       {since},
			"until":       {until},
		}
		err := r.ask(ctx, q, &l)
		if err == nil {
			break
		}
		if err.Code == fault.ScopeMissing && len(r.totals) > 1 {
			return r.apart(ctx, day, err)
		}
		if err.Code != fault.Internal {
			return err
		}
		if !r.drop(err) {
			return err
		}
	}
	r.keep(day, l)
	return nil
}

// apart asks each total of a day by itself, when all together are refused as if a permission was missing: one of
// them may be. Those that are refused are left out of the rest of the reading; all of them, and it is the permission.
func (r *accountRead) apart(ctx context.Context, day time.Time, cause *platform.Error) *platform.Error {
	since, until := bounds(day)
	var given []string
	var gaps []*platform.Error
	for _, m := range r.totals {
		var l accountList
		err := r.ask(
			ctx,
			url.Values{"metric": {m}, "period": {"day"}, "metric_type": {"total_value"}, "since": {since}, "until": {until}},
			&l,
		)
		switch {
		case err == nil:
			given = append(given, m)
			r.keep(day, l)
		case err.Code == fault.ScopeMissing, err.Code == fault.Internal:
			gaps = append(gaps, r.refusal(m, err))
		default:
			return err
		}
		if len(given) == 0 && len(gaps) > patience {
			return cause
		}
	}
	if len(given) == 0 {
		return cause
	}
	for _, g := range gaps {
		r.gap(g)
	}
	r.totals = given
	return nil
}

// refusal is the gap of one of the account's metrics.
func (r *accountRead) refusal(metric string, err *platform.Error) *platform.Error {
	gap := badResponse(platform.StepMetrics, "Instagram refuses the account's metric "+metric)
	gap.Status, gap.Native, gap.LogID = err.Status, err.Native, err.LogID
	for _, d := range dayTotals {
		if d.native == metric {
			gap.Metric = d.id
		}
	}
	return gap
}

// keep takes a day's totals out of an answer.
func (r *accountRead) keep(day time.Time, l accountList) {
	for _, d := range dayTotals {
		for _, i := range l.Data {
			if i.Name != d.native || i.Total == nil {
				continue
			}
			if n := i.Total.Value.N; n != nil {
				r.out.Days = append(r.out.Days, platform.DayValue{Metric: d.id, Day: day.Format(time.DateOnly), Value: *n})
			} else if i.Total.Value.Bad {
				r.gap(&platform.Error{Platform: id, Step: platform.StepMetrics, Code: fault.BadResponse,
					Metric: d.id, Detail: "a day's number is not one"})
			}
		}
	}
}

// drop takes a refused metric out of what is asked. Where Instagram names none, the least known go first.
func (r *accountRead) drop(err *platform.Error) bool {
	i := slices.Index(r.totals, err.Metric)
	if i < 0 {
		if len(r.totals) <= 1 {
			return false
		}
		i = len(r.totals) - 1
	}
	r.gap(r.refusal(r.totals[i], err))
	r.totals = slices.Delete(r.totals, i, i+1)
	return true
}

// gained reads the new followers of each day, which come as a series and only without metric_type.
func (r *accountRead) gained(ctx context.Context) *platform.Error {
	for from := r.q.From; !from.After(r.q.To); from = from.AddDate(0, 0, longestRange) {
		to := from.AddDate(0, 0, longestRange-1)
		if to.After(r.q.To) {
			to = r.q.To
		}
		since, _ := bounds(from)
		_, until := bounds(to)
		var l accountList
		err := r.ask(ctx, url.Values{"metric": {"follower_count"}, "period": {"day"}, "since": {since}, "until": {until}}, &l)
		if err != nil {
			if err.Code == fault.Internal || (err.Code == fault.ScopeMissing && len(r.out.Days) > 0) {
				err = r.refusal("follower_count", err)
				err.Metric = newFollowers
				r.gap(err)
				return nil
			}
			return err
		}
		for _, i := range l.Data {
			for _, v := range i.Values {
				end := parseTime(v.End) // midnight there, of the day after
				if i.Name != "follower_count" || v.Value.N == nil || end.IsZero() {
					continue
				}
				day := end.In(los).Add(-time.Hour).Format(time.DateOnly)
				r.out.Days = append(r.out.Days, platform.DayValue{Metric: newFollowers, Day: day, Value: *v.Value.N})
			}
		}
	}
	return nil
}

// audience reads one trait. Nothing told is no failure: Instagram keeps small audiences to itself.
func (r *accountRead) audience(ctx context.Context, metric, of, by string) *platform.Error {
	q := url.Values{
		"metric":      {metric},
		"period":      {"lifetime"},
		"metric_type": {"total_value"},
		"timeframe":   {"this_month"},
		"breakdown":   {by},
	}
	var l accountList
	if err := r.ask(ctx, q, &l); err != nil {
		part := err.Code == fault.ScopeMissing && len(r.out.Days) > 0 // what came before shows that the permission is there
		if err.Code == fault.Internal || err.Code == fault.NotFound || part {
			gap := badResponse(platform.StepMetrics, "Instagram does not tell "+metric+" by "+by)
			gap.Status, gap.Native = err.Status, err.Native
			r.gap(gap)
			return nil
		}
		return err
	}
	seen := map[string]bool{}
	for _, i := range l.Data {
		if i.Name != metric || i.Total == nil {
			continue
		}
		for _, b := range i.Total.Breakdowns {
			if len(b.Keys) != 1 || b.Keys[0] != by {
				continue
			}
			for _, p := range b.Results {
				if len(p.Values) == 1 && p.Values[0] != "" && p.Value.N != nil && !seen[string(p.Values[0])] {
					seen[string(p.Values[0])] = true
					r.out.Audience = append(
						r.out.Audience,
						platform.Share{Of: of, By: by, Key: text.Clean(string(p.Values[0])), Value: *p.Value.N},
					)
				}
			}
		}
	}
	return nil
}

func (r *accountRead) ask(ctx context.Context, q url.Values, out *accountList) *platform.Error {
	*out = accountList{}
	err := r.a.get(ctx, r.t, platform.StepMetrics, "/me/insights", "/me/insights", q, out)
	if err == nil && out.Data == nil {
		return badResponse(platform.StepMetrics, "no list of insights")
	}
	return err
}

func (r *accountRead) gap(e *platform.Error) {
	if !slices.ContainsFunc(
		r.out.Gaps,
		func(g *platform.Error) bool { return g.Metric == e.Metric && g.Detail == e.Detail },
	) {
		r.out.Gaps = append(r.out.Gaps, e)
	}
}

// accountList is the answer of the account's insights. Its paging holds the token and is not read.
type accountList struct {
	Data []struct {
		Name   string `json:"name"`
		Values []struct {
			Value platform.Count `json:"value"`
			End   string         `json:"end_time"`
		} `json:"values"`
		Total *struct {
			Value      platform.Count `json:"value"`
			Breakdowns []struct {
				Keys    []string `json:"dimension_keys"`
				Results []struct {
					Values []platform.Text `json:"dimension_values"`
					Value  platform.Count  `json:"value"`
				} `json:"results"`
			} `json:"breakdowns"`
		} `json:"total_value"`
	} `json:"data"`
}
