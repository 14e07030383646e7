package numbers_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/numbers/sets"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/tags"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/posthistory"
	"github.com/truecount/truecount/ent/total"
)

// tag gives a tag to posts of the creator.
func (l *life) tag(name string, ids ...string) {
	l.t.Helper()
	err := tags.New(tags.Options{Store: l.Store, Now: l.Now}).Set(l.Ctx, l.me, tags.Change{Posts: ids, Add: []string{name}})
	if err != nil {
		l.t.Fatal(err)
	}
}

// V1: what posts gained, added up post by post, is what their running totals say, in every zone and for every period,
// also of posts that were deleted or corrected. The posts of a tag and of no tag add up to all of them.
func TestPostByPostIsTheRunningTotal(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 17))
			l := born(t, seed)
			l.restate()
			l.lived(r)
			var some, rest []string
			for i, id := range l.Store.Client.Post.Query().Where(post.ConnectionID(l.id)).IDsX(l.Ctx) {
				if i%3 == 0 {
					some = append(some, id)
				} else {
					rest = append(rest, id)
				}
			}
			l.tag("all", append(append([]string{}, some...), rest...)...)
			l.tag("Some", some...)
			l.tag("rest", rest...)
			known := 0
			for range 40 {
				zone, err := time.LoadLocation(zones[r.IntN(len(zones))])
				if err != nil {
					t.Fatal(err)
				}
				today := reading.DayOf(l.Now(), zone)
				q := numbers.Query{Metric: []string{"views_gained", "likes_gained", "shares_gained", "engagement_rate"}[r.IntN(4)], Series: true}
				q.Range = period.Range{To: today - reading.Day(r.IntN(80)), Zone: zone}
				q.Range.From = q.Range.To - reading.Day(r.IntN(40))
				known += l.wantSame(q)
			}
			if known < 8 {
				t.Errorf("got %d periods with a number, want most of them", known)
			}
		})
	}
}

// restate lets the platform have said too much of one post, so that the next reading corrects it downwards, and have
// left another one out of its list for a while.
func (l *life) restate() {
	l.t.Helper()
	db := l.Store.Client
	posts := db.Post.Query().Where(post.ConnectionID(l.id)).Order(post.ByPostedAt()).AllX(l.Ctx)
	last := posts[len(posts)-1]
	h := db.PostHistory.Query().Where(posthistory.PostID(last.ID)).Order(posthistory.ByObservedAt(sql.OrderDesc())).FirstX(l.Ctx)
	sum := db.Total.Query().Where(total.ConnectionID(l.id), total.MediaType(last.MediaType)).
		Order(total.ByObservedAt(sql.OrderDesc())).FirstX(l.Ctx)
	const more = 1_000_000
	db.Post.UpdateOne(last).AddViews(more).ExecX(l.Ctx)
	db.PostHistory.UpdateOne(h).AddViews(more).ExecX(l.Ctx)
	rows := db.Total.Update().Where(total.ConnectionID(l.id), total.MediaType(last.MediaType), total.ObservedAtGTE(h.ObservedAt))
	rows.AddViews(more).ExecX(l.Ctx)
	if sum.ObservedAt.Before(h.ObservedAt) {
		l.t.Fatal("got a history that is newer than the running totals")
	}
	if len(posts) > 1 {
		db.Post.UpdateOne(posts[0]).SetGoneAt(l.Now()).ExecX(l.Ctx)
	}
}

// wantSame asks for the figure and for that of sets of its posts; it gives 1 where there is one.
func (l *life) wantSame(q numbers.Query) int {
	l.t.Helper()
	name := fmt.Sprintf("%s, %s to %s in %s", q.Metric, q.Range.From, q.Range.To, q.Range.Zone)
	all := l.ask(q)
	q.Filter.Tags = []string{"all"}
	tagged := l.ask(q)
	same := func(what string, got, want numbers.Value) {
		l.t.Helper()
		if show(got.Value) != show(want.Value) || got.State != want.State || (got.Value != nil) != (want.Value != nil) {
			l.t.Errorf("%s, %s: got %v %s, want %v %s", name, what, show(got.Value), got.State, show(want.Value), want.State)
		}
	}
	same("tagged", tagged.Value, all.Value)
	same("before", *tagged.Before, *all.Before)
	for i, b := range tagged.Series {
		same("on "+b.Range.From.String(), b.Value, all.Series[i].Value)
	}
	if all.Value.Value == nil || q.Metric == "engagement_rate" {
		return 0
	}
	q.Filter.Tags, q.By = nil, period.ByTag
	sum := map[string]float64{}
	for _, b := range l.ask(q).Series {
		if b.Value.Value != nil {
			sum[b.Group] = *b.Value.Value
		}
	}
	if want := *all.Value.Value; math.Abs(sum["all"]-want) > 1e-9 || math.Abs(sum["Some"]+sum["rest"]-want) > 1e-9 || len(sum) != 3 {
		l.t.Errorf("%s by tag: got %v, want %v", name, sum, want)
	}
	q.By = period.ByWeekdayHour
	slots := 0.0
	for _, b := range l.ask(q).Series {
		slots += *b.Value.Value
	}
	if want := *all.Value.Value; math.Abs(slots-want) > 1e-9 {
		l.t.Errorf("%s by weekday and hour: got %v, want %v", name, slots, want)
	}
	return 1
}

// The key of a time of the week is its weekday and the first of three hours, in the zone of the question.
func TestSlots(t *testing.T) {
	t.Parallel()
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]string{
		"2026-11-30T18:00:00Z": "mon-18", "2026-11-30T20:59:59Z": "mon-18", "2026-11-30T21:00:00Z": "mon-21",
		"2026-11-29T23:59:59Z": "sun-21", "2026-12-01T00:00:00Z": "tue-00",
	} {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := sets.SlotOf(when, time.UTC); got != want {
			t.Errorf("%s: got %s, want %s", at, got, want)
		}
	}
	when := time.Date(2026, 11, 30, 18, 0, 0, 0, time.UTC)
	if got := sets.SlotOf(when, tokyo); got != "tue-03" {
		t.Errorf("got %s in Tokyo, want tue-03", got)
	}
}

// A tag that the creator does not have is INVALID and named; what is known of the whole account alone has a reason;
// and YouTube's views are never added up from its videos.
func TestSetsThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, derived := range []bool{true, false} {
		h := kept(t, derived)
		today := reading.DayOf(h.Now(), time.UTC)
		q := numbers.Query{Metric: "views_gained", Range: period.Range{From: today - 6, To: today - 1, Zone: time.UTC}, Series: true}
		q.Filter.Tags = []string{"mine"}
		var f *fault.Error
		if _, err := h.n.Number(h.Ctx, h.me, q); !errors.As(err, &f) || f.Code != fault.Invalid || f.Fields["tag"].IsZero() {
			t.Errorf("got %v for a tag that there is not, want it INVALID and named", err)
		}
		for _, platform := range []string{"instagram", "tiktok", "youtube"} {
			ids := h.Store.Client.Post.Query().Where(post.HasConnectionWith(connection.Platform(platform))).IDsX(h.Ctx)
			err := tags.New(tags.Options{Store: h.Store, Now: h.Now}).Set(h.Ctx, h.me, tags.Change{Posts: ids, Add: []string{"mine"}})
			if err != nil {
				t.Fatal(err)
			}
		}
		for platform, want := range map[string][3]string{ // views, likes, followers
			"instagram": {"known", "known", "not_reported"}, "tiktok": {"known", "known", "not_reported"},
			"youtube": {map[bool]string{true: "not_reported", false: "platform_terms"}[derived], map[bool]string{true: "known", false: "platform_terms"}[derived], "not_reported"},
		} {
			for i, metric := range []string{"views_gained", "likes_gained", "followers"} {
				q.Metric, q.Filter.Platforms = metric, []string{platform}
				a, err := h.n.Number(h.Ctx, h.me, q)
				if err != nil {
					t.Fatal(err)
				}
				got := "known"
				if a.Value.Value == nil {
					got = string(a.Value.Reason.Code)
				}
				if got != want[i] {
					t.Errorf("%s of a tag on %s, calculated %t: got %s, want %s", metric, platform, derived, got, want[i])
				}
			}
		}
	}
}
