package instagramfake

import (
	"slices"
	"strings"

	"github.com/truecount/truecount/app/sandbox"
)

// The metrics that a media answers, by product type (instagram.md 11, 2026-11).
var (
	common    = []string{"reach", "views", "shares", "total_interactions", "reposts", "likes", "comments", "saved"}
	feedOnly  = []string{"follows", "profile_visits", "profile_activity"}
	reelsOnly = []string{"ig_reels_avg_watch_time", "ig_reels_video_view_total_time", "reels_skip_rate"}
	// retired were metrics once, or are of another product type or host.
	retired = []string{
		"impressions", "engagement", "plays", "video_views", "clips_replays_count",
		"ig_reels_aggregated_all_plays_count", "replies", "navigation",
		"crossposted_views", "facebook_views", "link_clicks", "total_likes", "total_comments", "total_views",
	}
)

func metricsOf(p sandbox.Post) []string {
	if p.Kind == sandbox.PostReel {
		return slices.Concat(common, reelsOnly)
	}
	return slices.Concat(common, feedOnly)
}

// allowed checks permission and names; one metric that does not fit fails the whole call.
func (f *fake) allowed(c call, p sandbox.Post, metrics []string) bool {
	if f.w.TriggeredBody(sandbox.FaultRefusePost, id, "/{version}/{media}/insights", c.grant.Account) == p.ID {
		permission(c.rw)
		return false
	}
	every := slices.Concat(common, feedOnly, reelsOnly, retired)
	if lost := f.w.TriggeredBody(sandbox.FaultRefuseMetric, id, "/{version}/{media}/insights",
		c.grant.Account); slices.Contains(
		metrics,
		lost,
	) {
		fail(
			c.rw,
			400,
			object{
				"message": "(#100) The Media Insights API does not support the " + lost + " metric for this media product type.",
				"type":    "OAuthException",
				"code":    100,
			},
		)
		return false
	}
	for _, m := range metrics {
		if slices.Contains(metricsOf(p), m) {
			continue
		}
		if !slices.Contains(every, m) {
			param(c.rw, "(#100) metric[0] must be one of the following values: "+strings.Join(every, ", "))
			return false
		}
		fail(
			c.rw,
			400,
			object{
				"message": "(#100) The Media Insights API does not support the " + m + " metric for this media product type.",
				"type":    "OAuthException",
				"code":    100,
			},
		)
		return false
	}
	return true
}

// inline reports whether a list with insights may be answered.
func (f *fake) inline(c call, posts []sandbox.Post, metrics []string) bool {
	if !c.grant.Has(insights) || f.personal(c) {
		permission(c.rw)
		return false
	}
	if len(metrics) == 0 || metrics[0] == "" {
		param(c.rw, "(#100) The parameter metric is required")
		return false
	}
	refused := f.w.Triggered(sandbox.FaultRefuseInsights, id, "/{version}/me/media", c.grant.Account)
	for _, p := range posts {
		if p.InsightsNever || refused {
			beforeConversion(c.rw)
			return false
		}
		if !f.allowed(c, p, metrics) {
			return false
		}
	}
	return true
}

func (f *fake) personal(c call) bool {
	a, _ := f.w.Account(id, c.grant.Account)
	return a.Kind == personal
}

func (f *fake) mediaInsights(c call) {
	media := c.r.PathValue("media")
	p, child, ok := f.w.Post(id, media)
	if !ok || p.AccountID != c.grant.Account {
		gone(c.rw, media)
		return
	}
	if !c.grant.Has(insights) || f.personal(c) {
		permission(c.rw)
		return
	}
	if child > 0 {
		param(c.rw, "(#100) Insights are not available for media within an album")
		return
	}
	metrics := strings.Split(c.q.Get("metric"), ",")
	if metrics[0] == "" {
		param(c.rw, "(#100) The parameter metric is required")
		return
	}
	if p.InsightsNever {
		beforeConversion(c.rw)
		return
	}
	if !f.allowed(c, p, metrics) {
		return
	}
	a, _ := f.w.Account(id, p.AccountID)
	empty := f.w.Triggered(sandbox.FaultEmptyInsights, id, "/{version}/{media}/insights", c.grant.Account)
	answer(c.rw, 200, object{"data": f.measured(p, metrics, a.Language, empty)})
}

// titles are in the account's language: whoever matches on them finds nothing in Portuguese.
var titles = map[string]map[string]string{
	"en": {
		"reach":              "Accounts reached",
		"views":              "Views",
		"shares":             "Shares",
		"total_interactions": "Post interactions",
		"likes":              "Likes",
		"comments":           "Comments",
		"saved":              "Saved",
	},
	"pt": {
		"reach":              "Contas alcançadas",
		"views":              "Visualizações",
		"shares":             "Compartilhamentos",
		"total_interactions": "Interações com o post",
		"likes":              "Curtidas",
		"comments":           "Comentários",
		"saved":              "Salvos",
	},
}

// measured is the metrics that are known; what is not known yet is left out, never 0.
func (f *fake) measured(p sandbox.Post, metrics []string, language string, empty bool) []object {
	out := []object{}
	if p.NoInsights || empty {
		return out
	}
	for _, m := range metrics {
		v := value(p, m)
		if v == nil {
			continue
		}
		title := titles[language][m]
		if title == "" {
			title = m
		}
		out = append(out, object{
			"name": m, "period": "lifetime", "values": []object{{"value": v}}, "title": title,
			"description": title + ".", "id": p.ID + "/insights/" + m + "/lifetime",
		})
	}
	return out
}

// value is one metric of a post, nil when it is not told.
func value(p sandbox.Post, metric string) any {
	known := map[string]*int64{
		"reach": p.Reach, "views": p.Views, "shares": p.Shares, "total_interactions": p.Interactions,
		"likes": p.Likes, "comments": p.Comments, "saved": p.Saves,
	}
	if n, ok := known[metric]; ok {
		if n == nil {
			return nil
		}
		return *n
	}
	if p.Views == nil || p.Shares == nil {
		return nil
	}
	watched := p.Seconds * 1000 * int64(35+p.Index%30) / 100 // ms of one view, on average
	switch metric {
	case "reposts":
		return *p.Shares / 9
	case "follows":
		return *p.Views / 900
	case "profile_visits", "profile_activity":
		return *p.Views / 60
	case "ig_reels_avg_watch_time":
		return watched
	case "ig_reels_video_view_total_time":
		return watched * *p.Views
	case "reels_skip_rate":
		return float64(201+2*(p.Index%150)) / 10 // a fraction, unlike the others
	default:
		return nil
	}
}
