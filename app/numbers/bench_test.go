package numbers_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/google/uuid"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/numbers/posts"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent"
)

// settled is a creator with an account on each of three platforms and some years behind them.
type settled struct {
	*jobstest.Harness
	n  *numbers.Numbers
	me string
}

// settle fills in what was read on that many days, and that many posts an account.
func settle(t testing.TB, days, count int) *settled {
	t.Helper()
	y := jobstest.New(t, jobstest.Options{Platform: func(p *config.Platform) { p.Delay, p.Quotas, p.Derived = 0, nil, true }})
	s := &settled{Harness: y, me: y.Creator("mina@example.test")}
	var ids []string
	for _, p := range []string{"instagram", "tiktok", "youtube"} {
		ids = append(ids, y.AddAccount(s.me, p, sandbox.Choice{}))
	}
	y.RunDue()
	y.Store.Client.Total.Delete().ExecX(y.Ctx) // of the sync that made the accounts
	for i, id := range ids {
		s.past(t, id, i == 0, days, count)
	}
	s.n = numbers.New(numbers.Options{
		Store: y.Store, Now: y.Now,
		Accounts: accounts.New(accounts.Options{Store: y.Store, Platforms: y.Platforms, Source: "sandbox", Now: y.Now}),
	})
	return s
}

func (s *settled) past(t testing.TB, id string, figures bool, days, count int) {
	t.Helper()
	db := s.Store.Client
	night := s.Now().UTC().Truncate(24 * time.Hour).Add(3*time.Hour + 7*time.Minute)
	var counts []*ent.AccountReadingCreate
	var totals []*ent.TotalCreate
	var own []*ent.DayReadingCreate
	for day := 1; day <= days; day++ {
		at, n := night.AddDate(0, 0, -day), int64(days-day)
		counts = append(counts, db.AccountReading.Create().SetConnectionID(id).SetObservedAt(at).SetRunID("run").
			SetFollowers(1000+n*7).SetViewCount(90000+n*300).SetPostCount(int64(count)).SetLikeCount(n*40))
		for i, kind := range []string{"reel", "image", "video"} {
			totals = append(totals, db.Total.Create().SetConnectionID(id).SetMediaType(kind).SetObservedAt(at).SetRunID("run").
				SetPosts(count/3).SetViews(n*100*int64(i+1)).SetLikes(n*9).SetComments(n*2).SetShares(n).SetSaves(n).
				SetReach(n*80).SetInteractions(n*13))
		}
		for _, m := range []string{"account_views", "account_reach", "account_likes", "account_comments"} {
			if figures {
				own = append(own, db.DayReading.Create().SetConnectionID(id).SetMetric(m).SetRunID("run").SetValue(n+100).
					SetDay(at.AddDate(0, 0, -1).Format(time.DateOnly)).SetObservedAt(at))
			}
		}
	}
	var many []*ent.PostCreate
	var ages []*ent.PostAgeCreate
	for i := range count {
		post := uuid.Must(uuid.NewV7()).String()
		at := night.Add(-time.Duration(i) * 11 * time.Hour)
		one := db.PostAge.Create().SetConnectionID(id).SetPostID(post)
		for n, days := range reading.Ages() {
			if moment := reading.AgeMoment(at, days); moment.Before(night) {
				for field, v := range map[string]ent.Value{
					"views": float64(100*(n+1) + i%37), "read": moment.Add(time.Hour).UnixMicro(),
				} {
					if err := one.Mutation().SetField(fmt.Sprintf("%s_%d", field, days), v); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		ages = append(ages, one)
		many = append(many, db.Post.Create().SetID(post).SetCaption(strings.Repeat("A caption of a post. ", 20)).SetConnectionID(id).SetExternalID(fmt.Sprintf("%s-%d", id, i)).SetMediaType("reel").
			SetPermalink("https://example.test/").SetPostedAt(at).SetCreatedAt(at).SetObservedAt(night).SetViews(int64(1000+i)).
			SetLikes(80).SetComments(20))
	}
	save(t, counts, func(c ...*ent.AccountReadingCreate) error { return db.AccountReading.CreateBulk(c...).Exec(s.Ctx) })
	save(t, totals, func(c ...*ent.TotalCreate) error { return db.Total.CreateBulk(c...).Exec(s.Ctx) })
	save(t, own, func(c ...*ent.DayReadingCreate) error { return db.DayReading.CreateBulk(c...).Exec(s.Ctx) })
	save(t, many, func(c ...*ent.PostCreate) error { return db.Post.CreateBulk(c...).Exec(s.Ctx) })
	save(t, ages, func(c ...*ent.PostAgeCreate) error { return db.PostAge.CreateBulk(c...).Exec(s.Ctx) })
}

func save[T any](t testing.TB, rows []T, into func(...T) error) {
	t.Helper()
	for some := range slices.Chunk(rows, 200) {
		if err := into(some...); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *settled) query(t testing.TB, metric, span string) numbers.Query {
	t.Helper()
	r, err := period.ParseRange(span, "", "", time.UTC, s.Now())
	if err != nil {
		t.Fatal(err)
	}
	return numbers.Query{Metric: metric, Range: r, Compare: period.CompareYear, Series: true}
}

// How long one figure with its series takes of two years of three platforms, 95 of 100 times; at most 20 ms are wanted.
func BenchmarkNumbers(b *testing.B) {
	s := settle(b, 730, 1500)
	ctx := viewer.With(b.Context(), viewer.Viewer{UserID: s.me})
	for _, metric := range []string{"followers", "views_gained", "engagement_rate", "posts_published", "typical_views_day_7"} {
		for _, span := range []string{"28d", "12m"} {
			b.Run(metric+"/"+span, func(b *testing.B) {
				q := s.query(b, metric, span)
				var took []time.Duration
				for b.Loop() {
					since := time.Now()
					if a, err := s.n.Number(ctx, s.me, q); err != nil || a.Value.Value == nil {
						b.Fatalf("got an answer %t and %v, want a value", a != nil, err)
					}
					took = append(took, time.Since(since))
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)*95/100])/float64(time.Millisecond), "p95-ms")
			})
		}
	}
}

// postsOf answers about the posts of the settled creator.
func (s *settled) postsOf(st *store.Store) *posts.Posts {
	known := accounts.New(accounts.Options{Store: st, Platforms: s.Platforms, Source: "sandbox", Now: s.Now})
	n := numbers.New(numbers.Options{Store: st, Accounts: known, Now: s.Now})
	return posts.New(posts.Options{Store: st, Accounts: known, Numbers: n, Now: s.Now})
}

// How long a list of 50 posts takes, 95 of 100 times; at most 20 ms are wanted.
func BenchmarkPosts(b *testing.B) {
	s := settle(b, 730, 1500)
	p := s.postsOf(s.Store)
	ctx := viewer.With(b.Context(), viewer.Viewer{UserID: s.me})
	for _, sort := range []string{"-posted_at", "-views", "-engagement_rate", "-vs_usual"} {
		for _, platform := range []string{"", "tiktok"} {
			b.Run(sort+"/"+platform, func(b *testing.B) {
				q := posts.Query{Sort: sort, Limit: 50}
				if platform != "" {
					q.Filter.Platforms = []string{platform}
				}
				var took []time.Duration
				for b.Loop() {
					since := time.Now()
					if page, err := p.List(ctx, s.me, q); err != nil || len(page.Items) != 50 {
						b.Fatalf("got %v, want 50 posts", err)
					}
					took = append(took, time.Since(since))
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)*95/100])/float64(time.Millisecond), "p95-ms")
			})
		}
	}
}

// A list of posts takes as many statements whatever its length and order.
func TestAListOfPostsTakesFewStatements(t *testing.T) {
	t.Parallel()
	s := settle(t, 40, 120)
	var n atomic.Int64
	count := dialect.DebugWithContext(entsql.OpenDB(s.Store.Dialect, s.Store.SQL()), func(_ context.Context, _ ...any) { n.Add(1) })
	counted := *s.Store
	counted.Read = ent.NewClient(ent.Driver(count))
	p := s.postsOf(&counted)
	ctx := viewer.With(t.Context(), viewer.Viewer{UserID: s.me})
	for _, sort := range []string{"", "views", "-vs_usual"} {
		for _, limit := range []int{1, 50, 200} {
			n.Store(0)
			page, err := p.List(ctx, s.me, posts.Query{Sort: sort, Limit: limit})
			if err != nil || len(page.Items) != limit {
				t.Fatalf("%d by %s: got %v, want them all", limit, sort, err)
			}
			if got := n.Load(); got < 3 || got > 12 {
				t.Errorf("%d by %s: got %d statements, want at most 12", limit, sort, got)
			}
		}
	}
}

// A figure takes at most six statements, however many accounts, days and posts there are.
func TestAFigureTakesFewStatements(t *testing.T) {
	t.Parallel()
	s := settle(t, 40, 30)
	var n atomic.Int64
	count := dialect.DebugWithContext(entsql.OpenDB(s.Store.Dialect, s.Store.SQL()), func(_ context.Context, _ ...any) { n.Add(1) })
	counted := *s.Store
	counted.Read = ent.NewClient(ent.Driver(count))
	s.n = numbers.New(numbers.Options{
		Store: &counted, Now: s.Now,
		Accounts: accounts.New(accounts.Options{Store: &counted, Platforms: s.Platforms, Source: "sandbox", Now: s.Now}),
	})
	ctx := viewer.With(t.Context(), viewer.Viewer{UserID: s.me})
	for _, metric := range numbers.Metrics() {
		if _, err := s.n.Number(ctx, s.me, s.query(t, metric.Key, "28d")); err != nil { // learns once an hour
			t.Fatal(err)
		}
		n.Store(0)
		if _, err := s.n.Number(ctx, s.me, s.query(t, metric.Key, "28d")); err != nil {
			t.Fatal(err)
		}
		if got := n.Load(); got < 2 || got > 6 {
			t.Errorf("%s: got %d statements, want at most 6", metric.Key, got)
		}
	}
}
