package instagramfake

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/truecount/truecount/app/sandbox"
)

// The metrics of an account: totals of a range, or a value a day (instagram.md 13, 2026-11).
var (
	totals = []string{
		"reach", "views", "accounts_engaged", "total_interactions", "likes", "comments", "saves", "shares",
		"profile_views", "website_clicks",
		"replies", "reposts", "profile_links_taps",
	}
	series = []string{"reach", "follower_count"}
)

const longestRange = 30 * 24 * time.Hour

// accountInsights answers period=day. Without metric_type it is a series, where metrics that have
// none are silently missing; with total_value it is one number for the range.
func (f *fake) accountInsights(c call) {
	if !c.grant.Has(insights) || f.personal(c) {
		permission(c.rw)
		return
	}
	metrics := strings.Split(c.q.Get("metric"), ",")
	if slices.Contains(demographics, metrics[0]) {
		f.demographics(c, metrics)
		return
	}
	for _, m := range metrics {
		if !slices.Contains(totals, m) && !slices.Contains(series, m) {
			param(
				c.rw,
				"(#100) metric[0] must be one of the following values: "+strings.Join(slices.Concat(totals, series[1:]), ", "),
			)
			return
		}
	}
	if c.q.Get("period") != "day" {
		param(c.rw, "(#100) The parameter period is required and must be day")
		return
	}
	until, since := f.w.Hour(), time.Time{}
	if s := c.q.Get("until"); s != "" {
		until = seconds(s)
	}
	if since = until.Add(-24 * time.Hour); c.q.Get("since") != "" {
		since = seconds(c.q.Get("since"))
	}
	if !since.Before(until) || until.Sub(since) > longestRange {
		param(c.rw, "(#100) There cannot be more than 30 days (2592000 s) between since and until")
		return
	}
	out := []object{}
	empty := f.w.Triggered(sandbox.FaultEmptyInsights, id, "/{version}/me/insights", c.grant.Account)
	total := c.q.Get("metric_type") == "total_value"
	for _, m := range metrics {
		one := object{
			"name":        m,
			"period":      "day",
			"title":       m,
			"description": "",
			"id":          c.grant.Account + "/insights/" + m + "/day",
		}
		switch {
		case empty:
			continue
		case total && slices.Contains(totals, m):
			one["total_value"] = object{"value": f.counted(c.grant.Account, m, since, until)}
		case !total && slices.Contains(series, m):
			one["values"] = f.daily(c.grant.Account, m, since, until)
		default:
			continue
		}
		out = append(out, one)
	}
	answer(c.rw, 200, object{"data": out})
}

func seconds(s string) time.Time {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

// counted is what an account gained in a range, told from the views its posts gained.
func (f *fake) counted(account, metric string, since, until time.Time) int64 {
	views := f.w.ViewsAt(id, account, until) - f.w.ViewsAt(id, account, since)
	perMille := map[string]int64{
		"views": 1000, "reach": 640, "accounts_engaged": 52, "total_interactions": 66, "likes": 60, "comments": 2,
		"saves": 3, "shares": 4, "profile_views": 16, "website_clicks": 2, "replies": 1, "reposts": 1,
		"profile_links_taps": 5,
	}
	return views * perMille[metric] / 1000
}

// daily is a value for each whole day; follower_count is the day's new followers, not their number.
func (f *fake) daily(account, metric string, since, until time.Time) []object {
	out := []object{}
	for at := since; !at.Add(24 * time.Hour).After(until); at = at.Add(24 * time.Hour) {
		end := at.Add(24 * time.Hour)
		v := f.counted(account, "reach", at, end)
		if metric == "follower_count" {
			a, b := f.w.Followers(id, account, at), f.w.Followers(id, account, end)
			if a == nil || b == nil {
				continue
			}
			v = *b - *a
		}
		out = append(out, object{"value": v, "end_time": end.Format(stamp)})
	}
	return out
}
