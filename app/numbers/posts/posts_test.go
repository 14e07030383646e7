package posts_test

import (
	"context"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/posts"
	"github.com/truecount/truecount/app/numbers/usual"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/post"
)

// month is a creator with a TikTok and a YouTube account that were synced each day for a month; nobody may calculate
// with YouTube's numbers.
type month struct {
	*jobstest.Harness
	p        *posts.Posts
	me, none string // the creator, and another one who has nothing
	asMe     context.Context
}

func lived(t *testing.T) *month {
	t.Helper()
	y := jobstest.New(t, jobstest.Options{
		Platform: func(p *config.Platform) { p.Delay, p.Quotas, p.Derived, p.PostLimit = 0, nil, false, 200 },
	})
	m := &month{Harness: y, me: y.Creator("mina@example.test"), none: y.Creator("omar@example.test")}
	m.asMe = viewer.With(t.Context(), viewer.Viewer{UserID: m.me})
	var ids []string
	for _, platform := range []string{"tiktok", "youtube"} {
		ids = append(ids, y.AddAccount(m.me, platform, sandbox.Choice{}))
	}
	y.RunDue()
	for range 30 {
		y.Advance(24 * time.Hour)
		for _, id := range ids {
			y.RequestSync(id)
		}
		y.RunDue()
	}
	known := accounts.New(accounts.Options{Store: y.Store, Platforms: y.Platforms, Source: "sandbox", Now: y.Now})
	n := numbers.New(numbers.Options{Store: y.Store, Now: y.Now, Accounts: known})
	m.p = posts.New(posts.Options{Store: y.Store, Accounts: known, Numbers: n, Now: y.Now})
	return m
}

func (m *month) list(t *testing.T, q posts.Query) []posts.Post {
	t.Helper()
	q.Limit = 200
	page, err := m.p.List(m.asMe, m.me, q)
	if err != nil {
		t.Fatal(err)
	}
	return page.Items
}

// V1: each ratio is the post's views at the age over the median of the others, and nothing is calculated, sorted by or
// stored of what the terms forbid to calculate.
func TestPostsAgainstTheUsual(t *testing.T) {
	t.Parallel()
	m := lived(t)
	compared := 0
	for _, one := range m.list(t, posts.Query{Filter: numbers.Filter{Platforms: []string{"tiktok"}}}) {
		u := one.VsUsual
		if u == nil || (u.Ratio.Value == nil) != (u.Ratio.Reason != nil) {
			t.Fatalf("%s: got %+v, want a ratio or a reason", one.ExternalID, u)
		}
		if u.Ratio.Value == nil {
			continue
		}
		compared++
		stored, err := usual.Load(m.asMe, m.Store.Read, m.Now(), []int{*u.Age}, post.ID(one.ID))
		if err != nil {
			t.Fatal(err)
		}
		views := stored[0].At[reading.AgeIndex(*u.Age)].Views
		if math.Abs(*u.Ratio.Value**u.Median-views) > 1e-6 || u.Posts < usual.Needed || *u.Q25 > *u.Median || *u.Q75 < *u.Median {
			t.Errorf("%s: got %v times %v of %d posts, want %v", one.ExternalID, *u.Ratio.Value, *u.Median, u.Posts, views)
		}
		if at := u.Ratio.AsOf; at == nil || at.Before(reading.AgeMoment(*one.PostedAt, *u.Age)) || at.After(m.Now()) {
			t.Errorf("%s at day %d: got it dated %v, want the reading after it", one.ExternalID, *u.Age, at)
		}
	}
	if compared < 5 {
		t.Errorf("got %d posts compared, want some after a month", compared)
	}
	youtube := numbers.Filter{Platforms: []string{"youtube"}}
	told := 0
	for _, sort := range []string{"", "engagement_rate", "-vs_usual"} {
		list := m.list(t, posts.Query{Filter: youtube, Sort: sort})
		for i, one := range list {
			for _, v := range []numbers.Value{one.VsUsual.Ratio, one.Counters[posts.RateKey]} {
				if v.State != numbers.StateWithheld || v.Reason.Code != numbers.ReasonPlatformTerms {
					t.Errorf("on YouTube: got %+v, want it withheld by the terms", v)
				}
			}
			if sort != "" && i > 0 && one.ID > list[i-1].ID {
				t.Errorf("by %s: got an order of what is withheld", sort)
			}
			views := one.Counters["views"]
			if views.Value == nil { // the demo leaves some out
				continue
			}
			told++
		}
	}
	if told < 30 {
		t.Errorf("on YouTube: got views of %d posts, want what it says itself", told)
	}
	if n := m.Store.Client.PostAge.Query().CountX(m.Ctx); n == 0 {
		t.Error("got no ages, want TikTok's")
	}
	for _, row := range m.Store.Client.PostAge.Query().WithPost().AllX(m.Ctx) {
		if c := m.Store.Client.Connection.GetX(m.Ctx, row.ConnectionID); c.Platform != "tiktok" {
			t.Errorf("got the ages of a post on %s, want none stored", c.Platform)
		}
	}
}

// The readings of a post ascend, and end with its newest one; another person has neither the post nor its readings.
func TestReadingsOfAPost(t *testing.T) {
	t.Parallel()
	m := lived(t)
	list := m.list(t, posts.Query{Filter: numbers.Filter{Platforms: []string{"tiktok"}}})
	one := list[len(list)/2]
	all, more, err := m.p.History(m.asMe, m.me, one.ID, time.Time{}, 200)
	if err != nil || more || len(all) < 3 {
		t.Fatalf("got %d readings, %t and %v, want them all", len(all), more, err)
	}
	for i := range all[1:] {
		if !all[i+1].At.After(all[i].At) {
			t.Errorf("got %s after %s", all[i+1].At, all[i].At)
		}
	}
	newest := m.Store.Client.Post.GetX(m.Ctx, one.ID)
	if last := all[len(all)-1]; !last.At.Equal(newest.ObservedAt) || *last.Counters["views"].Value != float64(*newest.Views) {
		t.Errorf("got %s with %v last, want %s with %d", last.At, last.Counters["views"].Value, newest.ObservedAt, *newest.Views)
	}
	later := newest.ObservedAt.Add(time.Hour) // a reading that finds nothing new leaves no row, and is the last one
	m.Store.Client.Post.UpdateOneID(one.ID).SetObservedAt(later).ExecX(m.Ctx)
	if found, _, err := m.p.History(m.asMe, m.me, one.ID, time.Time{}, 200); err != nil || len(found) != len(all)+1 ||
		!found[len(all)].At.Equal(later) || *found[len(all)].Counters["views"].Value != float64(*newest.Views) {
		t.Errorf("got %d readings and %v, want one more at %s", len(found), err, later)
	}
	some, more, err := m.p.History(m.asMe, m.me, one.ID, all[1].At, 1)
	if err != nil || !more || len(some) != 1 || !some[0].At.Equal(all[2].At) {
		t.Errorf("after the second: got %v, %t and %v, want the third and more", some, more, err)
	}
	asOther := viewer.With(t.Context(), viewer.Viewer{UserID: m.none})
	for name, ctx := range map[string]context.Context{"as the other": asOther, "as the system": m.Ctx} {
		if _, err := m.p.One(ctx, m.none, one.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: got %v, want it not found", name, err)
		}
		if _, _, err := m.p.History(ctx, m.none, one.ID, time.Time{}, 5); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: got the history with %v, want it not found", name, err)
		}
		if page, err := m.p.List(ctx, m.none, posts.Query{Limit: 50}); err != nil || len(page.Items) != 0 {
			t.Errorf("%s: got posts of another and %v, want none", name, err)
		}
	}
}

// A new post does not move the pages of a list that was begun.
func TestPagesStayUnderInserts(t *testing.T) {
	t.Parallel()
	m := lived(t)
	for _, sort := range []string{"-posted_at", "-views", "-vs_usual", "likes"} {
		q := posts.Query{Sort: sort, Limit: 10, Filter: numbers.Filter{Platforms: []string{"tiktok"}}}
		first, err := m.p.List(m.asMe, m.me, q)
		if err != nil || first.Next == "" {
			t.Fatal(err)
		}
		q.Cursor = first.Next
		before, err := m.p.List(m.asMe, m.me, q)
		if err != nil {
			t.Fatal(err)
		}
		c := first.Items[0]
		made := m.Store.Client.Post.Create().SetConnectionID(c.Connection).SetExternalID("new-" + sort).SetMediaType("video").
			SetPostedAt(m.Now().Add(-time.Minute)).SetCreatedAt(m.Now()).SetObservedAt(m.Now()).SetViews(1 << 40).SetLikes(0).SaveX(m.Ctx)
		after, err := m.p.List(m.asMe, m.me, q)
		if err != nil {
			t.Fatal(err)
		}
		for i := range before.Items {
			if sort != "-vs_usual" && before.Items[i].ID != after.Items[i].ID {
				t.Errorf("by %s: got %s at %d, want %s", sort, after.Items[i].ID, i, before.Items[i].ID)
			}
		}
		m.Store.Client.Post.DeleteOne(made).ExecX(m.Ctx)
	}
}

// V1: the overview's comparisons are the list's. A slot of the week has the median of its posts, of their views at day 3
// against the account's usual, in the zone asked for, and nothing of an account whose terms forbid it.
func TestBoard(t *testing.T) {
	t.Parallel()
	m := lived(t)
	known := accounts.New(accounts.Options{Store: m.Store, Platforms: m.Platforms, Source: "sandbox", Now: m.Now})
	list, err := known.Load(m.asMe, m.me)
	if err != nil {
		t.Fatal(err)
	}
	if err := known.WithRuns(m.asMe, list); err != nil {
		t.Fatal(err)
	}
	rows := m.Store.Client.Post.Query().Order(post.ByID()).AllX(m.asMe)
	zone := time.FixedZone("far", 13*3600)
	usuals, patterns, err := m.p.Board(m.asMe, list, rows, zone)
	if err != nil {
		t.Fatal(err)
	}
	alone, err := m.p.Usuals(m.asMe, list, rows)
	if err != nil {
		t.Fatal(err)
	}
	if len(usuals) == 0 || !reflect.DeepEqual(usuals, alone) {
		t.Errorf("got %d comparisons that differ from the list's %d", len(usuals), len(alone))
	}
	begin, tiktok := m.Now().AddDate(0, 0, -patterns.Days), list[0].Row.ID
	stored, err := usual.Load(m.asMe, m.Store.Read, m.Now(), nil, post.ConnectionID(tiktok))
	if err != nil {
		t.Fatal(err)
	}
	shelf := usual.NewShelf(stored, nil, m.Now())
	var want [7][posts.SlotsOfDay][]float64
	compared := 0
	for _, one := range stored {
		u := shelf.AtAge(one, 3)
		if u.Why != usual.WhyNone || one.Gone || one.PostedAt.Before(begin) {
			continue
		}
		at := one.PostedAt.In(zone)
		cell := &want[(int(at.Weekday())+6)%7][at.Hour()/3]
		*cell = append(*cell, u.Ratio)
		compared++
	}
	full := 0
	for day := range want {
		for slot, ratios := range want[day] {
			got := patterns.Week[day][slot]
			if got.Posts != len(ratios) || (got.Ratio.Value != nil) != (len(ratios) >= 3) {
				t.Errorf("day %d, slot %d: got %+v, want it of %d posts", day, slot, got, len(ratios))
				continue
			}
			if got.Ratio.Value == nil {
				continue
			}
			full++
			if _, median, _, _ := reading.Quartiles(ratios); math.Abs(median-*got.Ratio.Value) > 1e-9 {
				t.Errorf("day %d, slot %d: got %v, want %v", day, slot, *got.Ratio.Value, median)
			}
		}
	}
	if full == 0 || patterns.Posts != compared {
		t.Errorf("got %d full slots and %d posts, want some, and %d", full, patterns.Posts, compared)
	}
}
