package numbers_test

import (
	"slices"
	"testing"
	"time"

	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/tags"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/post"
)

// grow fills in how each post grew, as a sync a night finds it: of the newest posts each night, of older ones every 26
// days. A third of the posts has a tag.
func (s *settled) grow(t testing.TB, days int) {
	t.Helper()
	db := s.Store.Client
	night := s.Now().UTC().Truncate(24 * time.Hour).Add(3*time.Hour + 7*time.Minute)
	begin := night.AddDate(0, 0, -days)
	var rows []*ent.PostHistoryCreate
	var tagged []string
	for i, p := range db.Post.Query().Where(post.PostedAtNotNil()).Order(post.ByPostedAt()).AllX(s.Ctx) {
		if i%3 == 0 {
			tagged = append(tagged, p.ID)
		}
		for n, at := 0, night.AddDate(0, 0, -int(night.Sub(*p.PostedAt)/(24*time.Hour))); at.Before(night); n++ {
			if at.After(*p.PostedAt) && at.After(begin) {
				rows = append(rows, db.PostHistory.Create().SetPostID(p.ID).SetObservedAt(at).SetViews(int64(n)*40).SetLikes(int64(n)*3))
			}
			if n < 25 {
				at = at.AddDate(0, 0, 1)
			} else {
				at = at.AddDate(0, 0, 26)
			}
		}
	}
	save(t, rows, func(c ...*ent.PostHistoryCreate) error { return db.PostHistory.CreateBulk(c...).Exec(s.Ctx) })
	given := tags.New(tags.Options{Store: s.Store, Now: s.Now})
	for some := range slices.Chunk(tagged, tags.MostPosts) {
		if err := given.Set(s.Ctx, s.me, tags.Change{Posts: some, Add: []string{"travel"}}); err != nil {
			t.Fatal(err)
		}
	}
}

// How long a figure of a set of posts takes of two years of three platforms, 95 of 100 times; at most 150 ms are wanted.
func BenchmarkSets(b *testing.B) {
	s := settle(b, 730, 1500)
	s.grow(b, 730)
	ctx := viewer.With(b.Context(), viewer.Viewer{UserID: s.me})
	for name, q := range map[string]numbers.Query{
		"by tag":          {Metric: "likes_gained", By: period.ByTag},
		"by weekday_hour": {Metric: "likes_gained", By: period.ByWeekdayHour},
		"of a tag":        {Metric: "views_gained", Filter: numbers.Filter{Tags: []string{"travel"}}},
	} {
		for _, span := range []string{"28d", "90d", "12m"} {
			b.Run(name+"/"+span, func(b *testing.B) {
				own := s.query(b, q.Metric, span)
				own.By, own.Filter, own.Compare = q.By, q.Filter, period.ComparePrevious
				var took []time.Duration
				for b.Loop() {
					since := time.Now()
					if a, err := s.n.Number(ctx, s.me, own); err != nil || a.Value.Value == nil || len(a.Series) == 0 {
						b.Fatalf("got an answer %t and %v, want a value and its series", a != nil, err)
					}
					took = append(took, time.Since(since))
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)*95/100])/float64(time.Millisecond), "p95-ms")
			})
		}
	}
}
