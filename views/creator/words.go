package creator

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/truecount/truecount/app/analytics"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/words"
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

func overviewURL(span analytics.Span, metric string) string {
	return address("/dashboard", append(span.Params(), "metric", metric)...)
}

// now is a span as it is known now.
func now(s analytics.Span) analytics.Span {
	s.AsOf = time.Time{}
	return s
}

type spanName struct{ key, label, long string } // label and long are ids of the catalogue

var spans = []spanName{
	{"7d", "creator.spanKey.7d", "creator.span.7d"},
	{"30d", "creator.spanKey.30d", "creator.span.30d"},
	{"90d", "creator.spanKey.90d", "creator.span.90d"},
	{"12m", "creator.spanKey.12m", "creator.span.12m"},
}

// further are the periods that the picker lists besides own dates.
var further = []spanName{
	{"28d", "creator.spanName.28d", ""},
	{"this-month", "creator.spanName.thisMonth", ""},
	{"last-month", "creator.spanName.lastMonth", ""},
	{"this-quarter", "creator.spanName.thisQuarter", ""},
	{"last-quarter", "creator.spanName.lastQuarter", ""},
	{"this-year", "creator.spanName.thisYear", ""},
	{"last-year", "creator.spanName.lastYear", ""},
}

// comparisons are what a period can be compared with by name.
var comparisons = []struct {
	key   period.Comparison
	label string // id of the catalogue
}{
	{period.ComparePrevious, "creator.compare.previous"},
	{period.CompareYear, "creator.compare.year"},
	{period.CompareNone, "creator.compare.none"},
}

// picker is the choice of a period on a page.
type picker struct {
	span   analytics.Span
	target string   // the element that a choice refreshes
	path   string   // the page's
	keep   []string // its other parameters: name, value, name, value
}

// to is the page with another named period.
func (p picker) to(key string) string {
	params := analytics.Span{Key: key, Compare: p.span.Compare, AsOf: p.span.AsOf}.Params()
	return address(p.path, append(params, p.keep...)...)
}

func (p picker) options(w words.Printer) []ui.Option {
	out := make([]ui.Option, len(spans))
	for i, s := range spans {
		out[i] = ui.Option{Label: w.Say(s.label), Long: w.Say(s.long), Href: p.to(s.key), On: s.key == p.span.Key}
	}
	return out
}

// label is the picker's: the period where no chip names it.
func (p picker) label(w words.Printer) string {
	for _, s := range further {
		if s.key == p.span.Key {
			return w.Say(s.label)
		}
	}
	if p.span.Key == "" {
		return w.Range(p.span.From, p.span.To)
	}
	return w.Say("creator.period.more")
}

// custom reports a comparison of own days.
func (p picker) custom() bool {
	for _, c := range comparisons {
		if c.key == p.span.Compare {
			return false
		}
	}
	return p.span.Compare != ""
}

func dots(points []analytics.Point) []ui.Dot {
	out := make([]ui.Dot, len(points))
	for i, p := range points {
		out[i] = ui.Dot{Day: p.Day, Value: p.Value}
	}
	return out
}

func lineChart(w words.Printer, id string, c analytics.Chart) ui.LineChart {
	out := ui.LineChart{
		ID: id, Title: w.Text(c.Title), Finding: w.Text(c.Finding), Percent: c.Percent,
		From: c.From, To: c.To, Empty: w.Text(c.Empty),
	}
	for _, b := range c.Breaks {
		out.Breaks = append(out.Breaks, ui.Break{Day: b.Day, What: b.What})
	}
	for _, s := range c.Series {
		out.Lines = append(out.Lines, ui.Line{Key: s.Platform, Label: w.Text(s.Label), Points: dots(s.Points)})
	}
	return out
}

// kpiURL is where a KPI leads: to the chart of its metric, or, where no chart shows it, to its explanation.
func kpiURL(k analytics.KPI, chart, explain string) string {
	if analytics.HasMetric(k.Key) {
		return chart
	}
	return explain
}

// big writes a KPI. A change that rounds to nothing is no change.
func big(w words.Printer, k analytics.KPI, href, explain string, sandbox bool) ui.Big {
	b := ui.Big{
		Label: w.Text(k.Label), Why: w.Text(k.Why), Detail: w.Text(k.Detail), Against: w.Text(k.Against),
		Spark: dots(k.Spark), Drawn: true, Href: kpiURL(k, href, explain), Explain: explain,
		Current: k.Selected, Sandbox: sandbox,
		Marked: k.Calculated,
	}
	if k.Value == nil {
		return b
	}
	switch {
	case k.Percent:
		b.Value, b.Exact = w.Percent(*k.Value, 1), w.Percent(*k.Value, 2)
	default:
		b.Value, b.Exact = w.CompactFloat(*k.Value), w.ExactFloat(*k.Value)
		if k.Rounded {
			b.Exact = w.Say("creator.kpi.rounded", "Number", b.Exact)
		}
	}
	if k.Delta != nil {
		if b.Delta = w.SignedPercent(*k.Delta, 1); k.Percent {
			b.Delta = w.SignedPoints(*k.Delta, 1)
		}
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

// who names an account for a sentence: "TikTok @mina".
func who(name, handle string) string { return strings.TrimSpace(name + " " + handle) }

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

func trimmedOrEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return strings.TrimSpace(*s)
}

// headline is the one line a post is known by.
func headline(w words.Printer, post analytics.Post) string {
	for _, s := range []*string{post.Title, post.Caption} {
		if t := trimmedOrEmpty(s); t != "" {
			return strings.Join(strings.Fields(t), " ")
		}
	}
	return w.Say("creator.post.noCaption")
}

// kinds are the media types of posts; a platform's own word for another one stays as it is.
var kinds = map[string]string{
	"image": "creator.media.image", "video": "creator.media.video", "carousel": "creator.media.carousel",
	"reel":  "creator.media.reel",
	"short": "creator.media.short", "live": "creator.media.live", "photo": "creator.media.photo",
	"story": "creator.media.story",
}

// shown are how far a post can be seen, and whether it is being broadcast.
var shown = map[string]string{
	"unlisted": "creator.visibility.unlisted", "private": "creator.visibility.private",
	"upcoming": "creator.broadcast.upcoming", "live": "creator.broadcast.live",
}

func known(table map[string]string, word string) words.Text {
	if id, ok := table[word]; ok {
		return words.New(id)
	}
	return words.Plain(word)
}

func mediaWord(kind string) words.Text { return known(kinds, kind) }

// playing writes a length as a player does: 3:25, 1:02:03.
func playing(seconds *int64) string {
	if seconds == nil || *seconds <= 0 {
		return ""
	}
	s := *seconds
	if s < 3600 {
		return strconv.FormatInt(s/60, 10) + ":" + twoDigits(s%60)
	}
	return strconv.FormatInt(s/3600, 10) + ":" + twoDigits(s/60%60) + ":" + twoDigits(s%60)
}

func twoDigits(n int64) string {
	if n < 10 {
		return "0" + strconv.FormatInt(n, 10)
	}
	return strconv.FormatInt(n, 10)
}

// marks are what is said under a post's headline. platform is the platform's name.
func marks(platform string, post analytics.Post) words.Text {
	var items, gone words.Text
	if post.Items != nil {
		items = words.New("creator.post.items", "Count", *post.Items)
	}
	if post.Gone {
		gone = words.New("creator.post.removed", "Platform", platform)
	}
	return words.Dots(
		mediaWord(post.MediaType),
		words.Plain(playing(post.DurationSeconds)),
		items,
		known(shown, post.Broadcast),
		known(shown, post.Visibility),
		gone,
	)
}

func postURL(post analytics.Post) string { return "/dashboard/" + post.Platform + "/posts/" + post.ID }

func stepLook(state string) (tone, icon string, word words.Text) {
	switch state {
	case "done":
		return "ok", "circle-check", words.New("creator.stepState.done")
	case "active":
		return "info", "loader", words.New("creator.stepState.active")
	case "partial":
		return "warn", "circle-alert", words.New("creator.stepState.partial")
	case "failed":
		return "err", "circle-x", words.New("creator.stepState.failed")
	default:
		return "neutral", "circle-dashed", words.New("creator.stepState.waiting")
	}
}

// day is a date as forms have it.
func day(t time.Time) string { return t.Format(time.DateOnly) }
