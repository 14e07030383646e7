package analytics

import (
	"fmt"
	"testing"

	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/post"
)

func TestRateOfOnePost(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name                                         string
		likes, comments, saves, shares, views, reach *int64
		want                                         string
	}{
		{name: "all known", likes: ref[int64](30), comments: ref[int64](10), saves: ref[int64](5), shares: ref[int64](5), views: ref[int64](1000), reach: ref[int64](1), want: "5"},
		{name: "two decimals", likes: ref[int64](1), views: ref[int64](3), want: "33.33"},
		{name: "unknown counters are left out", likes: ref[int64](7), views: ref[int64](100), want: "7"},
		{name: "a known zero is a counter", likes: ref[int64](0), views: ref[int64](100), want: "0"},
		{name: "reach where there are no views", likes: ref[int64](7), reach: ref[int64](200), want: "3.5"},
		{name: "no counter", views: ref[int64](100), want: "nil"},
		{name: "no denominator", likes: ref[int64](7), want: "nil"},
		{name: "zero views are not replaced by reach", likes: ref[int64](7), views: ref[int64](0), reach: ref[int64](100), want: "nil"},
		{name: "beyond 2^31", likes: ref[int64](9_000_000_000), views: ref[int64](90_000_000_000), want: "10"},
	} {
		got := "nil"
		if s, ok := sumsOf(tc.likes, tc.comments, tc.saves, tc.shares, tc.views, tc.reach); ok {
			got = show(s.rate())
		}
		if got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestRateOfAnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("instagram", "mina")
	for i := range 50 {
		w.post(c, fmt.Sprint("p", i), i) // 100 engagements of 1,000 views each
	}
	for i := 50; i < 60; i++ { // past the newest 50: they must not count
		w.post(c, fmt.Sprint("p", i), i, func(p *ent.PostCreate) { p.SetLikes(900) })
	}
	w.post(c, "gone", 0, func(p *ent.PostCreate) { p.SetLikes(900).SetGoneAt(noon) })
	o := w.overview("")
	if got := show(o.Platforms[0].EngagementRate); got != "10" {
		t.Errorf("rate of the newest 50: got %s, want 10", got)
	}
	v, err := w.a.Platform(w.ctx, w.me, "instagram", PlatformQuery{})
	w.must(err)
	if got := show(v.Profile.EngagementRate); got != "10" || len(v.Posts) != 50 {
		t.Errorf("rate and posts of the account: got %s of %d, want 10 of 50", got, len(v.Posts))
	}
	if v.Table.All != 61 || v.Table.Pages != 3 || len(v.Table.Rows) != 25 || !v.Table.Rows[0].Gone {
		t.Errorf(
			"table: got %d rows of %d on %d pages, want 25 of 61 on 3, the removed one first",
			len(v.Table.Rows),
			v.Table.All,
			v.Table.Pages,
		)
	}
}

// The database's rate, which the table is sorted by, and ours are the same rule.
func TestTableSortsByRateWithUnknownLast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("instagram", "mina")
	w.post(c, "low", 1, func(p *ent.PostCreate) { p.SetLikes(1) })
	w.post(c, "none", 2, func(p *ent.PostCreate) { p.SetViews(0).SetReach(50) })
	w.post(c, "reach", 3, func(p *ent.PostCreate) { p.SetReach(200) })
	w.post(c, "mid", 4)
	w.must(w.db.Post.Update().Where(post.ExternalID("reach")).ClearViews().Exec(w.ctx))
	for dir, want := range map[string]string{"desc": "[reach mid low none]", "asc": "[low mid reach none]"} {
		v, err := w.a.Platform(w.ctx, w.me, "instagram", PlatformQuery{Sort: "rate", Dir: dir})
		w.must(err)
		var got []string
		for _, p := range v.Table.Rows {
			got = append(got, p.ExternalID)
		}
		if fmt.Sprint(got) != want {
			t.Errorf("by rate %s: got %v, want %s", dir, got, want)
		}
	}
}
