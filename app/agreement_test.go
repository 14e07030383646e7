package app_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent/run"
)

// stopwatch is a clock that goes until it is stopped.
type stopwatch struct{ at atomic.Pointer[time.Time] }

func (w *stopwatch) now() time.Time {
	if at := w.at.Load(); at != nil {
		return *at
	}
	return time.Now()
}

func (w *stopwatch) stop() {
	now := time.Now().UTC()
	w.at.Store(&now)
}

// still is a demo whose first syncs have ended and whose clock stands, with its creator signed in: the same question
// has the same answer from now on.
func still(t *testing.T, more map[string]string) (*browser, time.Time) {
	t.Helper()
	vars := map[string]string{"SANDBOX": "true", "ADDR": "127.0.0.1:0", "DATABASE_URL": storetest.URL(t)}
	maps.Copy(vars, more)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	watch := &stopwatch{}
	s, err := app.Start(
		t.Context(), app.Options{Platforms: tested, Config: load(t, vars), Now: watch.now}, l, func(string) {},
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	until(t, "the first syncs end", func() bool {
		return s.Store.Client.Run.Query().Where(run.CompletedAtIsNil()).CountX(ctx) == 0
	})
	secret, err := s.Auth.Demo.Password(ctx)
	if err != nil {
		t.Fatal(err)
	}
	b := enter(t, s.URL, auth.DemoCreator, secret.Reveal())
	watch.stop()
	return b, watch.now()
}

// said is a value as the API gives it.
type said struct {
	Value  *float64
	Unit   numbers.Unit
	State  numbers.State
	Reason *struct{ Code, Message string }
	Parts  []saidPart
}

type saidPart struct {
	Connection, Platform, Handle string
	Value                        *float64
	State                        numbers.State
}

type saidPiece struct {
	From, To string
	Value    said
}

// written is the value as a page writes it in full.
func (v said) written() string { return exactly(*v.Value, v.Unit) }

func exactly(n float64, unit numbers.Unit) string {
	if unit == numbers.UnitPercent || unit == numbers.UnitPoints {
		return words.English.Percent(n, 2)
	}
	return words.English.ExactFloat(n)
}

type saidRange struct{ From, To, Zone string }

// saidNumber is an answer of /api/v1/numbers.
type saidNumber struct {
	Metric string
	Range  saidRange
	Value  said
	Before *said
	Change *said
	Series []saidPiece
}

// surface is a page that shows figures: of all accounts, or of one.
type surface struct {
	path       string
	connection string // empty: of all
}

func (s surface) question(metric, period string) string {
	q := "/api/v1/numbers?metric=" + metric + "&" + period
	if s.connection != "" {
		q += "&connection=" + s.connection
	}
	return q
}

// page reads a page as a browser does.
func (b *browser) page(path string) *html.Node {
	b.t.Helper()
	got := b.get(path)
	if got.status != http.StatusOK {
		b.t.Fatalf("%s: got %d, want 200", path, got.status)
	}
	doc, err := html.Parse(strings.NewReader(got.body))
	if err != nil {
		b.t.Fatal(err)
	}
	return doc
}

// classed gives the elements below n that have a class, in order.
func classed(n *html.Node, class string) []*html.Node {
	return elements(n, func(e *html.Node) bool { return slices.Contains(strings.Fields(attribute(e, "class")), class) })
}

func tags(n *html.Node, tag string) []*html.Node {
	return elements(n, func(e *html.Node) bool { return e.Data == tag })
}

func elements(n *html.Node, fits func(*html.Node) bool) []*html.Node {
	var out []*html.Node
	for e := range n.Descendants() {
		if e.Type == html.ElementNode && fits(e) {
			out = append(out, e)
		}
	}
	return out
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// reads is the text below an element, with single spaces.
func reads(n *html.Node) string {
	var out strings.Builder
	for e := range n.Descendants() {
		if e.Type == html.TextNode {
			out.WriteString(e.Data + " ")
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// shown is a number on a page: in full, or why there is none.
func shown(n *html.Node) (full, why string) {
	if gap := classed(n, "p-missing"); len(gap) > 0 {
		return "", attribute(gap[0], "title")
	}
	for _, s := range tags(n, "span") {
		if title := attribute(s, "title"); title != "" {
			return title, ""
		}
	}
	return reads(n), ""
}

// V1, V2: a page, the older JSON routes and API v1 give the same figure for the same question: every metric, every
// named period and own days, all accounts and each of them, with YouTube's calculated figures and without.
func TestPagesAndProgramsAgree(t *testing.T) {
	t.Parallel()
	for name, derived := range map[string]string{"calculated": "true", "not calculated": "false"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, now := still(t, map[string]string{"YOUTUBE_DERIVED_METRICS": derived})
			a := agreement{browser: b, now: now, asked: map[string]saidNumber{},
				lines: map[string]surface{}, metrics: map[string]map[string]string{}}
			surfaces := a.surfaces()
			day := func(d int) string { return now.UTC().AddDate(0, 0, d).Format(time.DateOnly) }
			periods := []string{
				"from=" + day(-20) + "&to=" + day(-11), "from=" + day(-1) + "&to=" + day(-1), "from=" + day(0) + "&to=" + day(0),
				"from=" + day(-400) + "&to=" + day(-380), "from=" + day(-100) + "&to=" + day(-60),
				"span=30d&compare=year", "span=28d&compare=none", "span=7d&compare=" + day(-40) + ".." + day(-34),
			}
			for _, span := range period.Spans() {
				periods = append(periods, "span="+span)
			}
			for _, s := range surfaces {
				for i, period := range periods {
					a.bigNumbers(s, period)
					for _, m := range numbers.Metrics() {
						if derived == "true" || i%6 == 0 {
							a.explained(s, m, period)
						}
					}
				}
				for _, period := range []string{"span=30d", periods[0], periods[3]} {
					for _, key := range []string{"followers", "views", "engagement", "posts"} {
						a.charted(s, key, period)
					}
				}
			}
			a.older()
			if a.found < 200 {
				t.Errorf("got %d figures that have a number, want most of them to have one", a.found)
			}
		})
	}
}

// agreement asks the same question in every way there is.
type agreement struct {
	*browser
	now   time.Time
	asked map[string]saidNumber
	found int                // figures with a number that were compared
	lines map[string]surface // each account, by the name of its platform
	// The metric of each big number, by the page's path and the number's key.
	metrics map[string]map[string]string
}

// answer asks API v1, each question once.
func (a *agreement) answer(question string) saidNumber {
	a.t.Helper()
	if known, ok := a.asked[question]; ok {
		return known
	}
	var out saidNumber
	a.read(question, &out)
	a.asked[question] = out
	return out
}

type saidConnection struct {
	ID, Platform, Handle, Name string
	FollowerCount, PostCount   *int64
}

// surfaces are the pages that show figures.
func (a *agreement) surfaces() []surface {
	a.t.Helper()
	var list struct{ Items []saidConnection }
	a.read("/api/v1/connections", &list)
	if len(list.Items) != len(tested) {
		a.t.Fatalf("got %d accounts, want one on each platform", len(list.Items))
	}
	out := []surface{{path: "/dashboard"}}
	for _, c := range list.Items {
		one := surface{"/dashboard/" + c.Platform, c.ID}
		out, a.lines[c.Name] = append(out, one), one
	}
	return out
}

// bigNumbers compares a page's big numbers with the API.
func (a *agreement) bigNumbers(s surface, period string) {
	a.t.Helper()
	where := s.path + "?" + period
	boxes := classed(a.page(where), "p-kpi-box")
	if n := len(boxes); n != 5 && (n != 4 || s.path != "/dashboard/youtube") { // its terms may forbid the typical post
		a.t.Fatalf("%s: got %d big numbers, want 5", where, n)
	}
	var metrics []string
	for _, box := range boxes {
		why, err := url.Parse(attribute(classed(box, "p-kpi-why")[0], "href"))
		if err != nil {
			a.t.Fatal(err)
		}
		link := why.Query()
		metric := link.Get("metric")
		metrics = append(metrics, metric)
		api := a.answer(s.question(metric, period))
		what := where + ": " + metric
		if got := (saidRange{link.Get("from"), link.Get("to"), link.Get("zone")}); got != api.Range || link.Get("connection") != s.connection {
			a.t.Errorf("%s: got it explained for %v, want %v", what, why, api.Range)
		}
		full, missing := shown(classed(box, "p-kpi-value")[0])
		switch {
		case api.Value.Value == nil && (full != "" || missing == ""):
			a.t.Errorf("%s: got %q on the page, want a dash with a reason: the API has it %s", what, full, api.Value.State)
		case api.Value.Value != nil:
			a.found++
			want := api.Value.written()
			if full != want && full != words.English.Say("creator.kpi.rounded", "Number", want) {
				a.t.Errorf("%s: got %q on the page, want %q", what, full, want)
			}
		}
		delta := ""
		if found := classed(box, "p-delta"); len(found) > 0 {
			delta = reads(found[0])
		}
		if want := api.delta(); !strings.HasSuffix(delta, want) || want == "" && delta != "" {
			a.t.Errorf("%s: got the change %q on the page, want %q", what, delta, want)
		}
	}
	views := "views_gained"
	a.metrics[s.path] = map[string]string{}
	for i, key := range []string{"followers", "views", "engagement", "posts"} {
		a.metrics[s.path][key] = metrics[i]
	}
	if slices.Contains(metrics, "views_total") {
		views = "views_total"
	}
	want := []string{"followers", views, "engagement_rate", "posts_published", "typical_views_day_7"}
	if !slices.Equal(metrics, want[:len(metrics)]) {
		a.t.Errorf("%s: got the big numbers %v, want %v", where, metrics, want)
	}
}

// delta is the change as a page writes it; empty: there is none.
func (n saidNumber) delta() string {
	if n.Value.Value == nil || n.Change == nil {
		return ""
	}
	change := n.Change.Value
	if change == nil && n.Metric == "followers" && n.Change.State == numbers.StateMissing {
		change = n.grown() // of the days that there are, which the page says
	}
	if change == nil {
		return ""
	}
	out := words.English.SignedPercent(*change, 1)
	if n.Change.Unit == numbers.UnitPoints {
		out = words.English.SignedPoints(*change, 1)
	}
	if !strings.HasPrefix(out, "+") && !strings.HasPrefix(out, "−") {
		return words.English.Say("ui.delta.none")
	}
	return out
}

// grown is the change from the first to the last day of the series that has a number.
func (n saidNumber) grown() *float64 {
	var first, last *float64
	for _, p := range n.Series {
		if p.Value.Value == nil || p.Value.State == numbers.StatePartial {
			continue
		}
		if last = p.Value.Value; first == nil {
			first = last
		}
	}
	if first == nil || first == last || *first <= 0 {
		return nil
	}
	d := (*last - *first) / *first * 100
	return &d
}

// charted compares the table behind a page's chart with the API, account by account and day by day.
func (a *agreement) charted(s surface, key, period string) {
	a.t.Helper()
	where := s.path + "?" + period + "&metric=" + key
	doc := a.page(where)
	metric := a.metrics[s.path][key]
	kind, _ := numbers.Find(metric)
	table := classed(doc, "p-values")
	lines := map[string]saidNumber{} // by the name of the account's platform
	for name, line := range a.lines {
		if s.connection != "" && s.connection != line.connection {
			continue
		}
		api := a.answer(line.question(metric, period))
		if !slices.ContainsFunc(api.Series, func(p saidPiece) bool { return p.Value.State != numbers.StateWithheld }) {
			continue // forbidden: no line
		}
		lines[name] = api
	}
	if len(table) == 0 {
		for name, api := range lines {
			for _, p := range api.Series {
				if a.drawn(kind, p) != nil {
					a.t.Errorf("%s: got no chart, want %s's %v of %s", where, name, *p.Value.Value, p.From)
					return
				}
			}
		}
		return
	}
	var names []string
	for _, head := range tags(tags(table[0], "thead")[0], "th")[1:] {
		names = append(names, reads(head))
	}
	if s.connection != "" {
		names = slices.Collect(maps.Keys(lines))
	}
	if got, want := slices.Sorted(slices.Values(names)), slices.Sorted(maps.Keys(lines)); !slices.Equal(got, want) {
		a.t.Fatalf("%s: got lines of %v, want of %v", where, got, want)
	}
	cells := 0
	for _, row := range tags(tags(table[0], "tbody")[0], "tr") {
		day := attribute(row, "data-day")
		for i, cell := range tags(row, "td") {
			series := lines[names[i]].Series
			at := slices.IndexFunc(series, func(p saidPiece) bool { return p.From == day })
			if at < 0 {
				a.t.Fatalf("%s: got a row of %s, want days of the period alone", where, day)
			}
			want := words.Unknown
			if v := a.drawn(kind, series[at]); v != nil {
				want = exactly(*v, kind.Unit)
			}
			if got := reads(cell); got != want {
				a.t.Errorf("%s: got %s of %s on %s, want %s", where, got, names[i], day, want)
			}
			cells++
		}
	}
	for _, api := range lines {
		if cells != len(api.Series)*len(lines) {
			a.t.Errorf("%s: got %d days of accounts, want %d", where, cells, len(api.Series)*len(lines))
		}
	}
}

// drawn is a day's value as a chart draws it: not where it is incomplete, nor on a day that is not over.
func (a *agreement) drawn(m numbers.Metric, p saidPiece) *float64 {
	today := a.now.UTC().Format(time.DateOnly)
	if p.Value.State == numbers.StatePartial || m.Kind != numbers.KindLevel && p.To >= today {
		return nil
	}
	return p.Value.Value
}

// explained compares the page and the route that explain a figure with the figure.
func (a *agreement) explained(s surface, m numbers.Metric, period string) {
	a.t.Helper()
	question := s.question(m.Key, period)
	api := a.answer(question)
	where := strings.Replace(question, "/api/v1/numbers", "/explain", 1)
	var twin struct {
		Value said
		Parts []saidPart
	}
	a.read("/api/v1"+where, &twin)
	if fmt.Sprint(deref(twin.Value.Value), twin.Value.State) != fmt.Sprint(deref(api.Value.Value), api.Value.State) {
		a.t.Errorf("%s: got it explained as %v, %s, want %v, %s", where, deref(twin.Value.Value), twin.Value.State,
			deref(api.Value.Value), api.Value.State)
	}
	if len(api.Value.Parts) > 0 && fmt.Sprint(partsOf(twin.Parts)) != fmt.Sprint(partsOf(api.Value.Parts)) {
		a.t.Errorf("%s: got the parts %v, want %v", where, partsOf(twin.Parts), partsOf(api.Value.Parts))
	}
	full, why := shown(classed(a.page(where), "p-kpi-value")[0])
	if api.Value.Value != nil {
		a.found++
	}
	switch {
	case api.Value.Value == nil && (full != "" || why != api.Value.Reason.Message):
		a.t.Errorf("%s: got %q on the page, for %q, want nothing: %s", where, full, why, api.Value.Reason.Message)
	case api.Value.Value != nil && full != inFull(*api.Value.Value, m.Unit):
		a.t.Errorf("%s: got %q on the page, want %q", where, full, inFull(*api.Value.Value, m.Unit))
	}
}

// inFull is a number as the page behind it writes it.
func inFull(n float64, unit numbers.Unit) string {
	if unit != numbers.UnitPercent && n != float64(int64(n)) {
		return words.English.Decimal(n, 2)
	}
	return exactly(n, unit)
}

func partsOf(list []saidPart) []string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = fmt.Sprint(p.Connection, p.Handle, deref(p.Value), p.State)
	}
	return out
}

func deref[T any](n *T) any {
	if n == nil {
		return "nothing"
	}
	return *n
}

// older compares what the three older routes have a question for in API v1: how many follow, now and on each day, and
// which accounts are left out of a total.
func (a *agreement) older() {
	a.t.Helper()
	var all struct {
		TotalFollowers *int64
		TotalExcludes  []string
		Platforms      []struct {
			Platform, Handle string
			Followers        *int64
		}
	}
	a.read("/api/analytics/socials", &all)
	total := a.answer("/api/v1/numbers?metric=followers&span=30d")
	if fmt.Sprint(deref(all.TotalFollowers)) != whole(total.Value.Value) {
		a.t.Errorf("all followers: got %v, want %v", deref(all.TotalFollowers), whole(total.Value.Value))
	}
	var out []string
	for _, p := range total.Value.Parts {
		if p.State == numbers.StateWithheld {
			out = append(out, p.Platform)
		}
	}
	if !slices.Equal(out, all.TotalExcludes) && len(out)+len(all.TotalExcludes) > 0 {
		a.t.Errorf("all followers: got them without %v, want without %v", all.TotalExcludes, out)
	}
	var list, listed struct{ Connections, Items []saidConnection }
	a.read("/api/analytics/socials/connections", &list)
	a.read("/api/v1/connections", &listed)
	if fmt.Sprint(flat(list.Connections)) != fmt.Sprint(flat(listed.Items)) {
		a.t.Errorf("accounts: got %v, want %v", flat(list.Connections), flat(listed.Items))
	}
	for i, c := range listed.Items {
		now := a.answer("/api/v1/numbers?metric=followers&span=30d&connection=" + c.ID)
		var one struct {
			Profile struct{ FollowerCount, PostCount *int64 }
			Metrics []struct {
				MetricType, SnapshotDate string
				Value                    *int64
			}
		}
		a.read("/api/analytics/socials/"+c.Platform, &one)
		for where, got := range map[string]*int64{
			"the overview": all.Platforms[i].Followers, "the account": one.Profile.FollowerCount, "the list": c.FollowerCount,
		} {
			if fmt.Sprint(deref(got)) != whole(now.Value.Value) {
				a.t.Errorf("%s of %s: got %v followers, want %v", where, c.Platform, deref(got), whole(now.Value.Value))
			}
		}
		if len(one.Metrics) < 29 {
			a.t.Errorf("%s: got followers of %d days, want of a month", c.Platform, len(one.Metrics))
		}
		for _, m := range one.Metrics { // a day of the older route is the last reading of that day
			question := "/api/v1/numbers?metric=followers&compare=none&zone=UTC&from=" + m.SnapshotDate + "&to=" + m.SnapshotDate +
				"&connection=" + c.ID
			if end := m.SnapshotDate + "T23:59:59Z"; end < a.now.UTC().Format(time.RFC3339) {
				question += "&as_of=" + end
			}
			if v := a.answer(question).Value; fmt.Sprint(deref(m.Value)) != whole(v.Value) {
				a.t.Errorf("%s on %s: got %v followers, want %v", c.Platform, m.SnapshotDate, deref(m.Value), whole(v.Value))
			}
		}
	}
}

func flat(list []saidConnection) []string {
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = fmt.Sprint(c.ID, c.Platform, c.Handle, deref(c.FollowerCount), deref(c.PostCount))
	}
	return out
}

// whole is a count that the API gives as a number of JSON.
func whole(n *float64) string {
	if n == nil {
		return "nothing"
	}
	return fmt.Sprint(int64(*n))
}
