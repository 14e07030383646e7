package numbers_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/ent/synclog"
)

// household is a creator with accounts on three platforms, two of them on one, which were synced for two weeks.
type household struct {
	*jobstest.Harness
	t  *testing.T
	n  *numbers.Numbers
	me string
}

// kept opens a household; derived says whether YouTube's numbers may be calculated with.
func kept(t *testing.T, derived bool) *household {
	t.Helper()
	y := jobstest.New(t, jobstest.Options{
		Now:      time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC),
		Platform: func(p *config.Platform) { p.Delay, p.Quotas, p.Derived = 0, nil, derived },
	})
	h := &household{Harness: y, t: t, me: y.Creator("mina@example.test")}
	made := y.World.AddAccounts("tiktok", 1)
	ids := []string{
		y.AddAccount(h.me, "instagram", sandbox.Choice{}), y.AddAccount(h.me, "tiktok", sandbox.Choice{}),
		y.AddAccount(h.me, "tiktok", sandbox.Choice{Account: made[0].ID}), y.AddAccount(h.me, "youtube", sandbox.Choice{}),
	}
	y.RunDue()
	for range 14 {
		for range 8 { // the accounts' own insights come when they are due
			y.Advance(3 * time.Hour)
			y.Runner.Tick(y.Ctx)
			y.RunDue()
		}
		for _, id := range ids {
			y.RequestSync(id)
		}
		y.RunDue()
	}
	h.n = numbers.New(numbers.Options{
		Store: y.Store, Now: y.Now,
		Accounts: accounts.New(accounts.Options{Store: y.Store, Platforms: y.Platforms, Source: "sandbox", Now: y.Now}),
	})
	return h
}

// questions are about each metric, several periods, and all accounts, a platform's and those of one type of post.
func (h *household) questions(periods int) map[string]numbers.Query {
	out := map[string]numbers.Query{}
	zone := time.FixedZone("UTC+9", 9*60*60)
	today := reading.DayOf(h.Now(), time.UTC)
	ranges := []period.Range{
		{From: today - 6, To: today, Zone: time.UTC}, {From: today - 29, To: today - 2, Zone: zone},
		{From: today - 4, To: today - 4, Zone: time.UTC}, {From: today - 90, To: today - 60, Zone: time.UTC},
	}
	for _, m := range numbers.Metrics() {
		for i, r := range ranges[:periods] {
			for _, f := range []numbers.Filter{
				{}, {Platforms: []string{"instagram"}}, {Platforms: []string{"tiktok"}}, {Platforms: []string{"youtube"}},
				{MediaTypes: []string{"video", "short"}},
			} {
				name := fmt.Sprintf("%s, period %d, %v", m.Key, i, f)
				out[name] = numbers.Query{Metric: m.Key, Range: r, Filter: f}
			}
		}
	}
	return out
}

// V2: the operands of an explanation give the value, and each call that it lists stands in the log of its sync, in a
// step that brings what the metric is of.
func TestExplainAddsUp(t *testing.T) {
	t.Parallel()
	for _, derived := range []bool{true, false} {
		t.Run(fmt.Sprint(derived), func(t *testing.T) {
			t.Parallel()
			h := kept(t, derived)
			explained := map[string]bool{}
			for name, q := range h.questions(4) {
				e, err := h.n.Explain(h.Ctx, h.me, q)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				a, err := h.n.Number(h.Ctx, h.me, q)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if (a.Value.Value == nil) != (e.Value.Value == nil) || a.Value.Value != nil && *a.Value.Value != *e.Value.Value {
					t.Errorf("%s: got %v explained, want %v", name, show(e.Value.Value), show(a.Value.Value))
				}
				if e.Value.Value == nil {
					if len(e.Operands) > 0 || len(e.Calls) > 0 || e.Readings.Count > 0 {
						t.Errorf("%s: got %v and %v behind nothing", name, e.Operands, e.Calls)
					}
					continue
				}
				explained[q.Metric] = true
				if got := result(e); math.Abs(got-*e.Value.Value) > 1e-9 {
					t.Errorf("%s: got %v from the operands, want %v", name, got, *e.Value.Value)
				}
				h.wantCalls(name, e)
			}
			for _, key := range []string{
				"followers", "followers_net", "views_gained", "likes_gained", "comments_gained", "shares_gained", "saves_gained",
				"engagement_rate", "posts_published", "typical_views_day_1", "typical_views_day_7", "reach", "followers_gained", "link_taps",
			} {
				if !explained[key] {
					t.Errorf("%s: got no figure explained, want some", key)
				}
			}
		})
	}
}

// typical reports that a metric is the median of its operands.
func typical(metric string) bool { return strings.HasPrefix(metric, "typical_") }

// result is what the operands give: their sum, of a ratio that of each first one over that of each second one, of a
// typical value their median.
func result(e *numbers.Explanation) float64 {
	if typical(e.Metric.Key) {
		values := make([]float64, len(e.Operands))
		for i, o := range e.Operands {
			values[i] = o.Value
		}
		slices.Sort(values)
		return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
	}
	var sums [2]float64
	for i, o := range e.Operands {
		if e.Metric.Kind == numbers.KindRatio {
			sums[i%2] += o.Value
		} else {
			sums[0] += o.Value
		}
	}
	if e.Metric.Kind == numbers.KindRatio {
		return math.Round(sums[0]/sums[1]*100*100) / 100
	}
	return sums[0]
}

// wantCalls looks each call up in the log of its run.
func (h *household) wantCalls(name string, e *numbers.Explanation) {
	h.t.Helper()
	if len(e.Calls) == 0 {
		h.t.Errorf("%s: got no calls behind %v", name, *e.Value.Value)
	}
	for _, c := range e.Calls {
		var steps []string
		for _, row := range h.Store.Client.SyncLog.Query().Where(synclog.RunID(c.RunID)).AllX(h.Ctx) {
			for _, made := range row.Calls {
				if made.Endpoint == c.Endpoint && made.At.Equal(c.At) {
					steps = append(steps, string(row.SyncType))
				}
			}
		}
		want := []string{"posts", "metrics"}
		switch e.Metric.Key {
		case "followers", "followers_net", "views_total":
			want = []string{"profile"}
		case "posts_published":
			want = []string{"posts"}
		case "views_gained": // of YouTube the channel's own count
			want = append(want, "profile")
		}
		if !slices.ContainsFunc(steps, func(s string) bool { return slices.Contains(want, s) }) {
			h.t.Errorf("%s: got the call %+v of steps %v, want one of %v in the log", name, c, steps, want)
		}
	}
}

// V1: the groups of a figure that adds up add up to the whole, and each group is the figure of what it is of.
func TestGroupsAddUp(t *testing.T) {
	t.Parallel()
	h := kept(t, true)
	for name, q := range h.questions(1) {
		for _, by := range []period.By{period.ByConnection, period.ByPlatform, period.ByMediaType} {
			q.By, q.Series = by, true
			a, err := h.n.Number(h.Ctx, h.me, q)
			if err != nil {
				t.Fatal(err)
			}
			if len(a.Series) == 0 {
				t.Errorf("%s by %s: got no groups", name, by)
			}
			sum, known, keys := 0.0, 0, map[string]bool{}
			for _, g := range a.Series {
				if g.Group == "" || keys[g.Group] || g.Range != q.Range {
					t.Errorf("%s by %s: got the group %q of %v, want each once and of the whole period", name, by, g.Group, g.Range)
				}
				keys[g.Group] = true
				if (g.Value.Value == nil) != (g.Value.Reason != nil) {
					t.Errorf("%s by %s, %s: got %v, want a number or a reason", name, by, g.Group, g.Value)
				}
				h.wantGroup(name, q, g)
				if g.Value.Value != nil {
					sum, known = sum+*g.Value.Value, known+1
				}
			}
			m, err := numbers.Find(q.Metric)
			if err != nil {
				t.Fatal(err)
			}
			if m.Kind == numbers.KindRatio || typical(m.Key) || by == period.ByMediaType && !h.ofPosts(q) {
				continue
			}
			if whole := a.Value.Value; (whole == nil) != (known == 0) || whole != nil && math.Abs(*whole-sum) > 1e-9 {
				t.Errorf("%s by %s: got %v of %d groups, want %v", name, by, sum, known, show(whole))
			}
		}
	}
}

// ofPosts reports that the figure of the whole is made of the same posts as its groups: of TikTok, and how many posts.
func (h *household) ofPosts(q numbers.Query) bool {
	return q.Metric == "posts_published" ||
		strings.HasSuffix(q.Metric, "s_gained") && q.Metric != "followers_gained" && slices.Equal(q.Filter.Platforms, []string{"tiktok"})
}

// wantGroup asks for the group alone.
func (h *household) wantGroup(name string, q numbers.Query, g numbers.Bucket) {
	h.t.Helper()
	own := numbers.Query{Metric: q.Metric, Range: q.Range, Filter: q.Filter}
	switch q.By {
	case period.ByConnection:
		own.Filter.Connections = []string{g.Group}
	case period.ByPlatform:
		own.Filter.Platforms = []string{g.Group}
	default:
		if !slices.Contains(platform.MediaTypes(), platform.MediaType(g.Group)) {
			h.t.Errorf("%s: got the group %s, want a type of post", name, g.Group)
		}
		own.Filter.MediaTypes = []string{g.Group}
	}
	a, err := h.n.Number(h.Ctx, h.me, own)
	if err != nil {
		h.t.Fatal(err)
	}
	if a.Value.State != g.Value.State || (a.Value.Value == nil) != (g.Value.Value == nil) ||
		a.Value.Value != nil && *a.Value.Value != *g.Value.Value {
		h.t.Errorf("%s by %s, %s: got %v %s, want %v %s as it is alone", name, q.By, g.Group, show(g.Value.Value), g.Value.State,
			show(a.Value.Value), a.Value.State)
	}
}

// The formula follows what the figure is made of: Instagram's views are a sum of its own days, TikTok's a difference.
// YouTube's views are its channel's and never a sum over videos, so that there are none of one type of post.
func TestTheFormulaFollowsTheSource(t *testing.T) {
	t.Parallel()
	h := kept(t, true)
	today := reading.DayOf(h.Now(), time.UTC)
	r := period.Range{From: today - 6, To: today - 1, Zone: time.UTC}
	for platform, want := range map[string]string{"instagram": "daily figures", "tiktok": "less the count", "": "Instagram: The sum"} {
		q := numbers.Query{Metric: "views_gained", Range: r}
		if platform != "" {
			q.Filter.Platforms = []string{platform}
		}
		e, err := h.n.Explain(h.Ctx, h.me, q)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Formula.String(); !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want it to say %q", platform, got, want)
		}
	}
	a, err := h.n.Number(h.Ctx, h.me, numbers.Query{Metric: "views_gained", Range: r, Filter: numbers.Filter{
		Platforms: []string{"youtube"}, MediaTypes: []string{"video", "short"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if v := a.Value; v.Value != nil || v.Reason == nil || v.Reason.Code != numbers.ReasonNotReported {
		t.Errorf("got %v, %+v, want no views of YouTube by type", show(v.Value), v.Reason)
	}
}
