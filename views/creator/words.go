// Package creator owns the pages a creator sees: the overview, one account in depth, and the
// connections. It turns read models into words and forms and computes nothing else: every number
// and every state arrives decided.
package creator

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/truecount/truecount/app/analytics"
	"github.com/truecount/truecount/views/layout"
	"github.com/truecount/truecount/views/ui"
)

const (
	quick = "every 2s, refresh"  // while a run is under way
	slow  = "every 10m, refresh" // otherwise
)

func pace(busy bool) string {
	if busy {
		return quick
	}
	return slow
}

// address builds one of our own URLs; empty values are left out.
func address(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func overviewURL(span, metric string) string {
	return address("/dashboard", "span", span, "metric", metric)
}

type spanName struct{ key, label, long string }

var spans = []spanName{
	{"7d", "7d", "the last 7 days"},
	{"30d", "30d", "the last 30 days"},
	{"90d", "90d", "the last 90 days"},
	{"12m", "12m", "the last 12 months"},
}

func spanOptions(current string, to func(key string) string) []ui.Option {
	out := make([]ui.Option, len(spans))
	for i, s := range spans {
		out[i] = ui.Option{Label: s.label, Long: s.long, Href: to(s.key), On: s.key == current}
	}
	return out
}

func dots(points []analytics.Point) []ui.Dot {
	out := make([]ui.Dot, len(points))
	for i, p := range points {
		out[i] = ui.Dot{Day: p.Day, Value: p.Value}
	}
	return out
}

func lineChart(id string, c analytics.Chart) ui.LineChart {
	out := ui.LineChart{
		ID: id, Title: c.Title, Finding: c.Finding, Percent: c.Percent,
		From: c.From, To: c.To, Empty: c.Empty,
	}
	for _, b := range c.Breaks {
		out.Breaks = append(out.Breaks, ui.Break{Day: b.Day, What: b.What})
	}
	for _, s := range c.Series {
		out.Lines = append(out.Lines, ui.Line{Key: s.Platform, Label: s.Label, Points: dots(s.Points)})
	}
	return out
}

// big writes a KPI. A change that rounds to nothing is no change.
func big(k analytics.KPI, href string, sandbox bool) ui.Big {
	b := ui.Big{
		Label: k.Label, Why: k.Why, Detail: k.Detail, Against: k.Against,
		Spark: dots(k.Spark), Drawn: true, Href: href, Current: k.Selected, Sandbox: sandbox,
	}
	if k.Value == nil {
		return b
	}
	unit := "%"
	switch {
	case k.Percent:
		b.Value, b.Exact = ui.Percent(*k.Value, 1), ui.Percent(*k.Value, 2)
		unit = " pt"
	default:
		b.Value, b.Exact = ui.CompactFloat(*k.Value), ui.ExactFloat(*k.Value)
		if k.Rounded {
			b.Exact = "About " + b.Exact + ": the platform rounds it"
		}
	}
	if k.Delta != nil {
		b.Delta = ui.Signed(*k.Delta, 1, unit)
		change := *k.Delta
		if !strings.HasPrefix(b.Delta, "+") && !strings.HasPrefix(b.Delta, "−") {
			change = 0
		}
		b.Change = &change
	}
	return b
}

// platformName finds a platform's name in the menu.
func platformName(p layout.Page, id string) string {
	for _, n := range p.Platforms {
		if n.ID == id {
			return n.Name
		}
	}
	return id
}

// sentences joins what is not empty.
func sentences(parts ...string) string {
	var out []string
	for _, s := range parts {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, " ")
}

// who names an account for a sentence: "TikTok @mina".
func who(name, handle string) string { return sentences(name, handle) }

// outside gives a link to a platform's page, or nothing when it is not a plain web address:
// javascript:, data:, //host and addresses with a password in them are dropped.
func outside(link *string) string { // W4
	if link == nil {
		return ""
	}
	u, err := url.Parse(*link)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "https" && u.Scheme != "http") {
		return ""
	}
	return u.String()
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return strings.TrimSpace(*s)
}

// headline is the one line a post is known by.
func headline(post analytics.Post) string {
	for _, s := range []*string{post.Title, post.Caption} {
		if t := text(s); t != "" {
			return strings.Join(strings.Fields(t), " ")
		}
	}
	return "No caption"
}

func mediaWord(kind string) string {
	if kind == "" {
		return ""
	}
	return strings.ToUpper(kind[:1]) + kind[1:]
}

// playing writes a length as a player does: 3:25, 1:02:03.
func playing(seconds *int64) string {
	if seconds == nil || *seconds <= 0 {
		return ""
	}
	s := *seconds
	two := func(n int64) string {
		if n < 10 {
			return "0" + strconv.FormatInt(n, 10)
		}
		return strconv.FormatInt(n, 10)
	}
	if s < 3600 {
		return strconv.FormatInt(s/60, 10) + ":" + two(s%60)
	}
	return strconv.FormatInt(s/3600, 10) + ":" + two(s/60%60) + ":" + two(s%60)
}

// marks are what is said under a post's headline.
func marks(post analytics.Post) string {
	items, gone, shown := "", "", ""
	if post.Items != nil {
		items = strconv.FormatInt(*post.Items, 10) + " items"
	}
	if post.Gone {
		gone = "no longer listed by the platform"
	}
	if post.Visibility != "" {
		shown = post.Visibility
	}
	return joinDots(mediaWord(post.MediaType), playing(post.DurationSeconds), items, post.Broadcast, shown, gone)
}

func postURL(post analytics.Post) string { return "/dashboard/" + post.Platform + "/posts/" + post.ID }

func joinDots(parts ...string) string {
	var out []string
	for _, s := range parts {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, " · ")
}

func stepLook(state string) (tone, icon, word string) {
	switch state {
	case "done":
		return "ok", "circle-check", "done"
	case "active":
		return "info", "loader", "under way"
	case "partial":
		return "warn", "circle-alert", "done in part"
	case "failed":
		return "err", "circle-x", "did not work"
	default:
		return "neutral", "circle-dashed", "waiting"
	}
}
