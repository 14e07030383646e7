package numbers_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/accountreading"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/profile"
	"github.com/truecount/truecount/ent/schedule"
	"github.com/truecount/truecount/ent/total"
)

// What a period is compared with is the figure that the same days have when they are asked for, wherever readings are
// missing: a comparison reads only the ends of its range, as long as they tell.
func TestAComparisonIsTheFigureOfItsDays(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 14)) // #nosec G404 -- a test's choice
			s := settle(t, 420, 60)
			forget(s, random)
			connected := s.Now().AddDate(-2, 0, 0)
			if seed%2 == 0 { // in the middle of what is compared with, not before all of it
				connected = s.Now().AddDate(0, 0, -40-random.IntN(60))
			}
			s.Store.Client.Connection.Update().Modify(func(u *sql.UpdateBuilder) {
				u.Set(connection.FieldCreatedAt, connected.UTC())
			}).ExecX(s.Ctx)
			ctx := viewer.With(t.Context(), viewer.Viewer{UserID: s.me})
			known := 0
			for _, m := range numbers.Metrics() {
				for _, span := range []string{"7d", "28d", "90d", "12m", "last-month", "this-quarter"} {
					for _, compare := range []period.Comparison{period.ComparePrevious, period.CompareYear} {
						q := s.query(t, m.Key, span)
						q.Compare = compare
						a, err := s.n.Number(ctx, s.me, q)
						if err != nil {
							t.Fatal(err)
						}
						if a.Before == nil {
							continue
						}
						q.Range, q.Compare = *a.Comparison, period.CompareNone
						same, err := s.n.Number(ctx, s.me, q)
						if err != nil {
							t.Fatal(err)
						}
						if got, want := retell(*a.Before), retell(same.Value); got != want {
							t.Errorf("%s %s %s: got %s before, want %s", m.Key, span, compare, got, want)
						}
						if same.Value.Value != nil {
							known++
						}
					}
				}
			}
			if known < 20 {
				t.Errorf("got %d comparisons with a number, want more of them", known)
			}
		})
	}
}

// forget deletes readings of some stretches, and the numbers of some readings.
func forget(s *settled, random *rand.Rand) {
	db, today := s.Store.Client, s.Now().UTC()
	for range 8 {
		to := today.AddDate(0, 0, -random.IntN(420))
		from := to.AddDate(0, 0, -1-random.IntN(20))
		db.Total.Delete().Where(total.ObservedAtGT(from), total.ObservedAtLT(to)).ExecX(s.Ctx)
		db.AccountReading.Update().Where(accountreading.ObservedAtGT(from), accountreading.ObservedAtLT(to)).
			ClearFollowers().ExecX(s.Ctx)
	}
}

// retell is a value in words, to compare it.
func retell(v numbers.Value) string {
	value, at := "none", "never"
	if v.Value != nil {
		value = fmt.Sprint(*v.Value)
	}
	if v.AsOf != nil {
		at = v.AsOf.Format(time.RFC3339)
	}
	why := ""
	if v.Reason != nil && v.Reason.Code != numbers.ReasonNeverRead && v.Reason.Code != numbers.ReasonTooFewDays {
		why = string(v.Reason.Code) // which of the two it is depends on what else was asked
	}
	days := ""
	if v.Coverage != nil && v.Coverage.Days != nil {
		days = fmt.Sprint(*v.Coverage.Days, "/", *v.Coverage.OfDays)
	}
	return fmt.Sprint(value, " ", v.State, " at ", at, " ", why, " ", days)
}

// Where neither end of what is compared with was read, what lies between them still counts.
func TestBothEndsOfAComparisonAreMissing(t *testing.T) {
	t.Parallel()
	s := settle(t, 100, 30)
	s.Store.Client.Connection.Update().Modify(func(u *sql.UpdateBuilder) {
		u.Set(connection.FieldCreatedAt, s.Now().AddDate(-1, 0, 0).UTC())
	}).ExecX(s.Ctx)
	for _, gap := range [][2]int{{58, 46}, {40, 26}} {
		from, to := s.Now().AddDate(0, 0, -gap[0]), s.Now().AddDate(0, 0, -gap[1])
		s.Store.Client.Total.Delete().Where(total.ObservedAtGT(from), total.ObservedAtLT(to)).ExecX(s.Ctx)
	}
	ctx := viewer.With(t.Context(), viewer.Viewer{UserID: s.me})
	q := s.query(t, "comments_gained", "28d")
	q.Compare, q.Filter.Platforms = period.ComparePrevious, []string{"tiktok"}
	a, err := s.n.Number(ctx, s.me, q)
	if err != nil {
		t.Fatal(err)
	}
	if a.Before.Value == nil || a.Before.State != numbers.StatePartial || *a.Before.Coverage.Days == 0 {
		t.Errorf("got %s before, want the part of it that was read", retell(*a.Before))
	}
}

// An account that was not read for long still has what it had then, as stale, and the others are counted once.
func TestAnAccountIsBehind(t *testing.T) {
	t.Parallel()
	s := settle(t, 100, 30)
	ids := s.Store.Client.Connection.Query().Order(connection.ByPlatform()).IDsX(s.Ctx)
	late, since := ids[1], s.Now().AddDate(0, 0, -40)
	s.Store.Client.Total.Delete().Where(total.ConnectionID(late), total.ObservedAtGT(since)).ExecX(s.Ctx)
	s.Store.Client.AccountReading.Delete().
		Where(accountreading.ConnectionID(late), accountreading.ObservedAtGT(since)).ExecX(s.Ctx)
	s.Store.Client.Profile.Update().Where(profile.ConnectionID(late)).SetObservedAt(since).ExecX(s.Ctx)
	s.Store.Client.Schedule.Update().Where(schedule.ConnectionID(late)).SetPostsReadAt(since).SetLastSuccessAt(since).
		ExecX(s.Ctx)
	ctx := viewer.With(t.Context(), viewer.Viewer{UserID: s.me})
	for _, metric := range []string{"followers", "comments_gained", "engagement_rate"} {
		q := s.query(t, metric, "7d")
		all, err := s.n.Number(ctx, s.me, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range all.Value.Parts {
			one := q
			one.Filter.Connections = []string{p.Connection}
			alone, err := s.n.Number(ctx, s.me, one)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := fmt.Sprint(deref(p.Value), p.State), fmt.Sprint(deref(alone.Value.Value), alone.Value.State); got != want {
				t.Errorf("%s of %s: got %s among all, want %s", metric, p.Platform, got, want)
			}
			if p.Connection != late || metric != "followers" {
				continue
			}
			if p.State != numbers.StateStale || p.Value == nil || p.AsOf.After(since) {
				t.Errorf("got %v %s, want what was read last, as stale", p.Value, p.State)
			}
		}
	}
}

// Before an account was connected nothing is known of how many posts it had, and that is no number.
func TestPostsAreNotCountedBeforeTheAccount(t *testing.T) {
	t.Parallel()
	s := settle(t, 60, 30)
	s.Store.Client.Post.Update().Modify(func(u *sql.UpdateBuilder) {
		u.Set(post.FieldCreatedAt, s.Now().UTC())
	}).ExecX(s.Ctx)
	ctx := viewer.With(t.Context(), viewer.Viewer{UserID: s.me})
	q := s.query(t, "posts_published", "28d")
	q.AsOf = s.Now().AddDate(0, 0, -3)
	a, err := s.n.Number(ctx, s.me, q)
	if err != nil {
		t.Fatal(err)
	}
	if a.Value.Value != nil || a.Value.State != numbers.StateMissing {
		t.Errorf("got %s, want nothing", retell(a.Value))
	}
}

func deref(v *float64) any {
	if v == nil {
		return nil
	}
	return *v
}
