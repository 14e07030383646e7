package analytics

import (
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/post"
)

func (w *world) postID(external string) string {
	w.t.Helper()
	id, err := w.db.Post.Query().Where(post.ExternalID(external)).OnlyID(w.ctx)
	w.must(err)
	return id
}

func (w *world) grew(external string, daysAgo int, views int64) {
	w.t.Helper()
	w.must(
		w.db.PostHistory.Create().
			SetPostID(w.postID(external)).
			SetObservedAt(noon.AddDate(0, 0, -daysAgo)).
			SetViews(views).
			Exec(w.ctx),
	)
}

// A day on which a sync saw no change keeps the value; one on which no sync looked is a gap.
func TestAPostsGrowth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("tiktok", "tt")
	w.post(c, "p", 6)
	w.grew("p", 5, 100)
	w.grew("p", 2, 300)
	for _, day := range []int{5, 4, 2, 1} {
		w.snapshot(c, "follower_count", day, 10)
	}
	v, err := w.a.Post(w.ctx, w.me, "tiktok", w.postID("p"))
	w.must(err)
	var got []string
	for _, p := range v.Chart.Series[0].Points {
		got = append(got, show(p.Value))
	}
	if want := "100 100 nil 300 300 nil"; strings.Join(got, " ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, " "), want)
	}
	for _, n := range v.Numbers {
		if n.Label.String() == "Reach" || n.Label.String() == "Saves" {
			t.Errorf("got %s, want nothing of what the platform never tells", n.Label)
		}
	}
	for what, ask := range map[string][3]string{
		"another's":        {w.creator("other@example.test"), "tiktok", w.postID("p")},
		"another platform": {w.me, "youtube", w.postID("p")},
		"unknown":          {w.me, "tiktok", "nothing"},
		"no text":          {w.me, "tiktok", "\x00"},
	} {
		if _, err := w.a.Post(w.ctx, ask[0], ask[1], ask[2]); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s post: got %v, want not found", what, err)
		}
	}
}

// Why a number is missing is told apart.
func TestAbsences(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("instagram", "ig")
	for external, why := range map[string]platform.Absence{"late": platform.AbsenceLate, "kind": platform.AbsenceUnsupported, "hidden": platform.AbsenceHidden, "gone": platform.AbsenceWithdrawn, "untold": ""} {
		w.post(c, external, 1, func(p *ent.PostCreate) { p.SetAbsent(map[string]string{"saves": string(why)}) })
	}
	w.post(c, "old", 1, func(p *ent.PostCreate) { p.SetInsightsNever(true) })
	for external, want := range map[string]string{
		"late": "Pending.", "kind": "this kind of post", "hidden": "Hidden or turned off", "gone": "does not provide saves at present",
		"untold": "did not send", "old": "older than the switch",
	} {
		v, err := w.a.Post(w.ctx, w.me, "instagram", w.postID(external))
		w.must(err)
		if got := v.Post.Why["saves"]; !strings.Contains(got.String(), want) {
			t.Errorf("%s: got %q, want %q in it", external, got, want)
		}
		if got, known := v.Post.Why["views"]; known && !got.IsZero() {
			t.Errorf("%s: got %q for a number that is there", external, got)
		}
	}
}

// A metric refused by several accounts is missing from all of them and named in the notes.
func TestAWithdrawnMetricIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.connect("instagram", "ig")
	for i, name := range []string{"a", "b", "c"} {
		id := w.connectFor(w.creator(name+"@example.test"), "instagram", name)
		if got := w.overview("").Platforms[0].Freshness.Missing; len(got) != 0 {
			t.Errorf("after %d refusals: got %v missing, want nothing", i, got)
		}
		w.must(
			w.db.Refusal.Create().
				SetConnectionID(id).
				SetPlatform("instagram").
				SetMetric("saves").
				SetAt(noon.Add(-time.Hour)).
				Exec(w.ctx),
		)
	}
	v, err := w.a.Platform(w.ctx, w.me, "instagram", PlatformQuery{})
	w.must(err)
	if got := v.Freshness.Missing; len(got) != 1 || got[0] != "saves" {
		t.Errorf("got %v missing, want saves", got)
	}
	if last := v.Notes[len(v.Notes)-1]; !strings.Contains(last.String(), "saves") {
		t.Errorf("got %q, want the metric named", last)
	}
}

// The account as a whole: totals of days that add up, averages of those that count people.
func TestTheWholeAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("instagram", "ig")
	v, err := w.a.Platform(w.ctx, w.me, "instagram", PlatformQuery{})
	w.must(err)
	if !v.Whole.Supported || v.Whole.Why.IsZero() {
		t.Errorf("got %+v before the first reading, want why there is nothing", v.Whole)
	}
	for day, n := range []int64{100, 200, 600} {
		w.snapshot(c, "account_reach", day+1, n)
		w.snapshot(c, "account_views", day+1, n)
	}
	for key, n := range map[string]int64{"PT": 30, "KR": 60, "BR": 10} {
		w.must(
			w.db.Audience.Create().
				SetConnectionID(c).
				SetOf("followers").
				SetBy("country").
				SetKey(key).
				SetValue(n).
				SetObservedAt(noon).
				Exec(w.ctx),
		)
	}
	v, err = w.a.Platform(w.ctx, w.me, "instagram", PlatformQuery{})
	w.must(err)
	got := map[string]int64{}
	for _, total := range v.Whole.Totals {
		got[total.Label] = int64(*total.Value.Value)
		if total.Value.State != numbers.StatePartial || total.Value.AsOf == nil {
			t.Errorf("%s: got %+v, want it incomplete, as of its reading", total.Label, total.Value)
		}
		if total.Days != 3 {
			t.Errorf("%s: got %d days, want 3", total.Label, total.Days)
		}
	}
	if got["Reach"] != 300 || got["Views of the account"] != 900 {
		t.Errorf("got %v, want a mean of 300 and a sum of 900", got)
	}
	if crowd := v.Whole.Audience[0]; crowd.Label.String() != "Followers by country" || crowd.Parts[0].Key != "KR" ||
		crowd.Parts[0].Percent != 60 {
		t.Errorf("got %+v, want Korea first with 60 %%", crowd)
	}
}

// Numbers before and after a change of definition are not compared, and the line breaks there.
func TestAnEpochIsNotCrossed(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, registry(true))
	yt := w.connect("youtube", "yt")
	for day := range 80 {
		w.snapshot(yt, "view_count", day, int64(100_000-1000*day))
	}
	o, err := w.a.Overview(w.ctx, w.me, w.span("30d"), "views")
	w.must(err)
	if k := kpi(t, o.KPIs, "views"); k.Value == nil || k.Delta != nil ||
		!strings.Contains(k.Why.String(), "definition changed") {
		t.Errorf("got %v, %v, %q, want a value, no change, and why", show(k.Value), show(k.Delta), k.Why)
	}
	if len(o.Chart.Breaks) != 1 || !o.Chart.Breaks[0].Day.Equal(epoch) {
		t.Errorf("got breaks %v, want one on %s", o.Chart.Breaks, epoch)
	}
	o, err = w.a.Overview(w.ctx, w.me, w.span("7d"), "views")
	w.must(err)
	if k := kpi(t, o.KPIs, "views"); k.Delta == nil || len(o.Chart.Breaks) != 0 {
		t.Errorf("within one definition: got %v and %v, want a change and no break", show(k.Delta), o.Chart.Breaks)
	}
}
