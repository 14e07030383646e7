package numbers_test

import (
	"testing"
	"time"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/syncer"
)

// V1: a demo's past reads the same whether it is filled in before the first sync or after it: no day of it lost views.
func TestADemosPast(t *testing.T) {
	t.Parallel()
	for name, syncsFirst := range map[string]bool{"past first": false, "sync first": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := jobstest.New(t, jobstest.Options{})
			me := y.Creator("mina@example.test")
			id := y.AddAccount(me, "tiktok", sandbox.Choice{})
			if syncsFirst {
				y.RunDue()
				y.Advance(time.Second)
			}
			err := y.Syncer.Backfill(y.Ctx, id, syncer.Past{
				Posts: 200, Days: 60, Grown: 10,
				Followers: func(account string, at time.Time) *int64 { return y.World.Followers("tiktok", account, at) },
				Views:     func(string, time.Time) *int64 { return nil },
				Counters: func(post string, at time.Time) (platform.Post, bool) {
					p, ok := y.World.PostAt("tiktok", post, at)
					var out platform.Post
					out.SetCounters(p.Counters())
					return out, ok
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			if !syncsFirst {
				y.Advance(time.Second)
				y.RunDue()
			}
			known := accounts.New(accounts.Options{Store: y.Store, Platforms: y.Platforms, Source: "sandbox", Now: y.Now})
			n := numbers.New(numbers.Options{Store: y.Store, Accounts: known, Now: y.Now})
			r, err := period.ParseRange("30d", "", "", time.UTC, y.Now())
			if err != nil {
				t.Fatal(err)
			}
			for _, metric := range []string{"views_gained", "likes_gained", "engagement_rate"} {
				a, err := n.Number(y.Ctx, me, numbers.Query{Metric: metric, Range: r, Series: true})
				if err != nil {
					t.Fatal(err)
				}
				if a.Value.Value == nil || *a.Value.Value <= 0 || a.Change.Value == nil || *a.Change.Value < -90 {
					t.Errorf("%s: got %v, changed by %v, want a gain and a change", metric, show(a.Value.Value), show(a.Change.Value))
				}
				for _, b := range a.Series[:len(a.Series)-1] {
					if b.Value.Value == nil || *b.Value.Value <= 0 {
						t.Errorf("%s on %s: got %v, want a gain", metric, b.Range.To, show(b.Value.Value))
					}
				}
			}
		})
	}
}

// V1: a figure as it was known at a time rests on nothing that was read later, is not dated later, and says the same
// whatever it is compared with.
func TestAFigureOfThePast(t *testing.T) {
	t.Parallel()
	h := kept(t, true)
	then := h.Now().Add(-5 * 24 * time.Hour)
	known := 0
	for name, q := range h.questions(4) {
		q.AsOf = then
		q.Range.From, q.Range.To = q.Range.From-5, q.Range.To-5
		a, err := h.n.Number(h.Ctx, h.me, q)
		if err != nil {
			t.Fatal(err)
		}
		if a.Value.AsOf != nil && a.Value.AsOf.After(then) {
			t.Errorf("%s: got it dated %s, want nothing after %s", name, a.Value.AsOf, then)
		}
		if a.Value.Value != nil {
			known++
		}
		for _, c := range []period.Comparison{period.CompareNone, period.CompareYear} {
			q.Compare = c
			again, err := h.n.Number(h.Ctx, h.me, q)
			if err != nil {
				t.Fatal(err)
			}
			if show(again.Value.Value) != show(a.Value.Value) || again.Value.State != a.Value.State ||
				a.Value.Reason != nil && again.Value.Reason.Code != a.Value.Reason.Code {
				t.Errorf("%s: got %v %s %+v compared with %s, want %v %s %+v", name, show(again.Value.Value), again.Value.State,
					again.Value.Reason, c, show(a.Value.Value), a.Value.State, a.Value.Reason)
			}
		}
	}
	if known < 50 {
		t.Errorf("got %d figures with a number, want most of them", known)
	}
}
