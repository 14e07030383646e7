package analytics

import (
	"fmt"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/profile"
	"github.com/truecount/truecount/ent/total"
)

func kpi(t *testing.T, list []KPI, key string) KPI {
	t.Helper()
	for _, k := range list {
		if k.Key == key {
			return k
		}
	}
	t.Fatalf("no KPI %s", key)
	return KPI{}
}

func near(v *float64, want float64) bool { return v != nil && *v-want < 0.01 && want-*v < 0.01 }

func TestTotalsLeaveRestrictedPlatformsOut(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		derived                 bool
		followers, rate, change string
		excludes                string
	}{
		{false, "2000", "nil", "nil", "[youtube]"},
		{true, "3000", "10", "10", "[]"},
	} {
		w := newWorldWith(t, registry(tc.derived))
		w.connect("instagram", "ig")
		w.connect("tiktok", "tt")
		yt := w.connect("youtube", "yt")
		w.post(yt, "v", 1)
		w.snapshot(yt, "follower_count", 5, 990)
		w.snapshot(yt, "follower_count", 0, 1000)
		o := w.overview("")
		if got := show(o.TotalFollowers); got != tc.followers || fmt.Sprint(o.TotalExcludes) != tc.excludes {
			t.Errorf(
				"derived %t: got %s without %v, want %s without %s",
				tc.derived,
				got,
				o.TotalExcludes,
				tc.followers,
				tc.excludes,
			)
		}
		row := o.Platforms[2]
		if show(row.EngagementRate) != tc.rate || show(o.RecentPosts[0].EngagementRate) != tc.rate ||
			show(row.Change.Value) != tc.change {
			t.Errorf("derived %t: got rates %s and %s, change %s, want %s and %s", tc.derived,
				show(row.EngagementRate), show(o.RecentPosts[0].EngagementRate), show(row.Change.Value), tc.rate, tc.change)
		}
		if !o.Excluded.IsZero() == tc.derived || !row.Rounded {
			t.Errorf("derived %t: got sentence %q", tc.derived, o.Excluded)
		}
	}
}

func TestRestrictedPageShowsThePlatformsOwnNumbers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	yt := w.connect("youtube", "yt")
	w.must(w.db.Profile.Update().Where(profile.ConnectionID(yt)).SetViewCount(5_000_000).Exec(w.ctx))
	w.post(yt, "v", 1)
	w.snapshot(yt, "follower_count", 5, 900)
	w.snapshot(yt, "follower_count", 0, 1000)
	w.snapshot(yt, "view_count", 0, 5_000_000)
	v, err := w.a.Platform(w.ctx, w.me, "youtube", PlatformQuery{Metric: "views"})
	w.must(err)
	if k := kpi(t, v.KPIs, "views"); k.Value == nil || *k.Value != 5_000_000 || k.Label.String() != "Views of the account" {
		t.Errorf("views: got %s, %q, want the channel's own count", show(k.Value), k.Label)
	}
	if k := kpi(t, v.KPIs, "engagement"); k.Value != nil || k.Why.String() != v.Rate.String() || v.Rate.IsZero() {
		t.Errorf("engagement: got %s, %q, want none and why", show(k.Value), k.Why)
	}
	for _, k := range v.KPIs {
		if k.Delta != nil {
			t.Errorf("%s: got a change of %f, want none", k.Key, *k.Delta)
		}
	}
	if v.Profile.EngagementRate != nil || v.Posts[0].EngagementRate != nil || v.KPIs[0].Label.String() != "Subscribers" ||
		!v.KPIs[0].Rounded {
		t.Errorf(
			"got rates %s and %s, label %s",
			show(v.Profile.EngagementRate),
			show(v.Posts[0].EngagementRate),
			v.KPIs[0].Label,
		)
	}
	if len(v.Chart.Series) != 1 || v.Chart.Title.String() != "Views of the account" {
		t.Errorf("chart: got %q with %d lines, want the account's own views", v.Chart.Title, len(v.Chart.Series))
	}
	v, err = w.a.Platform(w.ctx, w.me, "youtube", PlatformQuery{Metric: "engagement"})
	w.must(err)
	if len(v.Chart.Series) != 0 || v.Chart.Empty.String() != v.Rate.String() {
		t.Errorf("chart of rates: got %d lines, %q, want none and the terms", len(v.Chart.Series), v.Chart.Empty)
	}
}

func TestFollowersNeedBothEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ig, tt := w.connect("instagram", "ig"), w.connect("tiktok", "tt")
	w.snapshot(ig, "follower_count", 0, 1000)
	k := kpi(t, w.overview("").KPIs, "followers")
	if *k.Value != 2000 || k.Delta != nil || k.Why.IsZero() {
		t.Errorf("one day: got %s, change %s (%q), want 2000 and no change, with why", show(k.Value), show(k.Delta), k.Against)
	}
	w.snapshot(ig, "follower_count", 20, 500)
	w.snapshot(ig, "follower_count", 10, 600)
	w.snapshot(tt, "follower_count", 10, 1000)
	w.snapshot(tt, "follower_count", 0, 1000)
	o := w.overview("")
	k = kpi(t, o.KPIs, "followers")
	// 20 days ago only one of the two is known: the change counts from 10 days ago, 1,600 to 2,000.
	// A reading at noon closes the day before, and stands for today until the next one.
	if !near(k.Delta, 25) || k.Against.String() != "since 13 Nov" {
		t.Errorf("change: got %s %q, want 25 since 13 Nov", show(k.Delta), k.Against)
	}
	if r := o.Platforms[0]; show(r.Change.Value) != "500" || r.Days != 21 {
		t.Errorf("instagram's row: got %s in %d days, want 500 in 21", show(r.Change.Value), r.Days)
	}
	gaps := 0
	for _, p := range o.Chart.Series[0].Points {
		if p.Value == nil {
			gaps++
		}
	}
	if len(o.Chart.Series[0].Points) != 30 || gaps != 26 {
		t.Errorf("line: got %d points with %d gaps, want 30 with 26", len(o.Chart.Series[0].Points), gaps)
	}
	if want := "Instagram grew by 100.0% to 1,000 followers. TikTok stayed at 1,000 followers."; o.Chart.Finding.String() != want {
		t.Errorf("finding: got %q, want %q", o.Chart.Finding, want)
	}
}

// Views and the rate are of what was gained in the span, by old posts too, and are compared with what was gained before.
func TestWhatWasGainedIsCompared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("instagram", "ig")
	w.must(w.db.Profile.Update().Where(profile.ConnectionID(c)).SetPostCount(100).Exec(w.ctx))
	w.post(c, "new", 1)
	w.post(c, "removed", 3, func(p *ent.PostCreate) { p.SetGoneAt(noon) })
	w.post(c, "older", 40)
	w.total(c, 20, 0, 0, 0)
	w.total(c, 0, 600, 30, 30)
	views := kpi(t, w.overview("").KPIs, "views")
	if show(views.Value) != "600" || views.Detail.String() != "20 of 29 days" || views.Delta != nil || views.Why.String() != "No comparison: not enough history" {
		t.Errorf("views: got %s, %q, change %s (%q), want 600 of 20 days and no change, with why",
			show(views.Value), views.Detail, show(views.Delta), views.Why)
	}
	w.must(w.db.Total.Update().Where(total.ObservedAt(noon.AddDate(0, 0, -20))).SetViews(800).SetLikes(35).SetComments(0).Exec(w.ctx))
	w.must(w.db.Total.Update().Where(total.ObservedAt(noon)).SetViews(1000).SetLikes(40).SetComments(15).Exec(w.ctx))
	w.total(c, 29, 600, 20, 0) // closes the day before the span
	w.total(c, 58, 400, 10, 0) // closes the day before the span before
	o := w.overview("")
	if k := kpi(t, o.KPIs, "views"); show(k.Value) != "400" || !near(k.Delta, 100) || k.Against.String() != "vs 27 Sep – 25 Oct 2026" {
		t.Errorf("views: got %s, change %s %q, want 400, twice as many as from 27 Sep to 25 Oct", show(k.Value), show(k.Delta), k.Against)
	}
	if k := kpi(t, o.KPIs, "engagement"); show(k.Value) != "8.75" || !near(k.Delta, 3.75) {
		t.Errorf("engagement: got %s, change %s, want 8.75 and 3.75 points", show(k.Value), show(k.Delta))
	}
	if k := kpi(t, o.KPIs, "posts"); show(k.Value) != "1" || !near(k.Delta, 0) && k.Delta != nil {
		t.Errorf("posts: got %s, change %s, want 1 and none", show(k.Value), show(k.Delta))
	}
	if len(o.RecentPosts) != 2 || len(o.TopPosts) != 1 || o.TopPosts[0].Bar != 100 {
		t.Errorf("posts: got %d recent and top %+v, want 2 and one", len(o.RecentPosts), o.TopPosts)
	}
}

func TestOurListMayBeginWithinTheSpan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("instagram", "ig")
	w.must(w.db.Profile.Update().Where(profile.ConnectionID(c)).SetPostCount(100).Exec(w.ctx))
	w.post(c, "a", 1)
	w.post(c, "b", 5)
	o := w.overview("posts")
	if k := kpi(t, o.KPIs, "posts"); show(k.Value) != "2" || k.Detail.String() != "6 of 30 days" || k.State != numbers.StatePartial {
		t.Errorf("posts: got %s, %q, %s, want 2 of 6 days, partial", show(k.Value), k.Detail, k.State)
	}
	known := 0
	for _, p := range o.Chart.Series[0].Points {
		if p.Value != nil {
			known++
		}
	}
	if known != 5 { // 19 to 23 Nov: today is not over
		t.Errorf("days known: got %d, want 5", known)
	}
	// With as many stored as the platform counts, every day is known, and a day without posts is 0.
	w.must(w.db.Profile.Update().Where(profile.ConnectionID(c)).SetPostCount(2).Exec(w.ctx))
	o = w.overview("posts")
	for _, p := range o.Chart.Series[0].Points[:29] {
		if p.Value == nil {
			t.Errorf("%s: got a gap, want a count", key(p.Day))
		}
	}
}

func TestProblemsAndContext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.connect(
		"instagram",
		"ig",
		func(c *ent.ConnectionCreate) { c.SetStatus(connection.StatusLimited).SetScopes([]string{"basic"}) },
	)
	w.connect("tiktok", "tt")
	if got, want := w.overview("").Context.String(), "All platforms · synced 1 h ago"; got != want {
		t.Errorf("context: got %q, want %q", got, want)
	}
	w.connect("youtube", "yt", func(c *ent.ConnectionCreate) {
		c.SetStatus(connection.StatusNeedsReconnect).SetStatusCode("AUTH_REVOKED").SetStatusSince(noon.Add(-time.Hour))
	})
	o := w.overview("")
	if len(o.Problems) != 2 || o.Problems[0].Action != "reconnect" || o.Problems[1].Action != "grant" {
		t.Fatalf("problems: got %+v, want the reconnect before the grant", o.Problems)
	}
	if got, want := o.Problems[1].Happened.String(), "Missing for @ig: views, reach, saves and shares."; got != want {
		t.Errorf("limited: got %q, want %q", got, want)
	}
	if got, want := o.Problems[0].Means.String(), "Numbers up to 24 Nov are kept."; got != want {
		t.Errorf("ended: got %q, want %q", got, want)
	}
	if got, want := o.Context.String(), "All platforms · last sync 1 h ago, 1 of 3 accounts delayed"; got != want {
		t.Errorf("context: got %q, want %q", got, want)
	}
}

func TestQueriesAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("instagram", "ig")
	w.post(c, "50% off", 1, func(p *ent.PostCreate) { p.SetCaption("50% off").SetMediaType("image") })
	w.post(c, "x", 2)
	for name, q := range map[string]PlatformQuery{
		"metric": {Metric: "x"}, "sort": {Sort: "id; DROP TABLE posts"}, "dir": {Dir: "x"}, "query": {Query: "a\x00"}, "type": {Type: "\xff"},
	} {
		if _, err := w.a.Platform(w.ctx, w.me, "instagram", q); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: got %v, want INVALID", name, err)
		}
	}
	for _, tc := range []struct {
		q    PlatformQuery
		rows int
	}{
		{PlatformQuery{}, 2},
		{PlatformQuery{Query: "50% OFF"}, 1},
		{PlatformQuery{Query: "%"}, 1},
		{PlatformQuery{Type: "image"}, 1},
		{PlatformQuery{Type: "image", Query: "caption"}, 0},
		{PlatformQuery{Page: 99}, 2},
	} {
		v, err := w.a.Platform(w.ctx, w.me, "instagram", tc.q)
		w.must(err)
		if len(v.Table.Rows) != tc.rows || v.Table.Total != tc.rows || v.Table.All != 2 || v.Table.Page != 1 {
			t.Errorf(
				"%+v: got %d rows of %d on page %d, want %d on page 1",
				tc.q,
				len(v.Table.Rows),
				v.Table.Total,
				v.Table.Page,
				tc.rows,
			)
		}
	}
}
