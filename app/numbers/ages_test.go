package numbers_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/numbers/usual"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/ent/post"
)

// aged gives what the account's posts had at the ages, by the platform's id.
func (l *life) aged() map[string]*usual.Post {
	l.t.Helper()
	posts, err := usual.Load(l.Ctx, l.Store.Read, l.Now(), nil, post.ConnectionID(l.id))
	if err != nil {
		l.t.Fatal(err)
	}
	out := map[string]*usual.Post{}
	for _, p := range posts {
		out[l.Store.Read.Post.GetX(l.Ctx, p.ID).ExternalID] = p
	}
	return out
}

// views is what a post had at a time, as the platform knows it.
func (l *life) views(id string, at time.Time) float64 {
	l.t.Helper()
	then, ok := l.World.PostAt("tiktok", id, at)
	if !ok || then.Views == nil {
		return 0
	}
	return float64(*then.Views)
}

// wantAt is what is to be known of a post at an age, found by looking at each reading: on the straight line between
// the platform's own numbers at the readings around the age, and nothing where these are too far apart.
func (l *life) wantAt(id string, postedAt time.Time, days int) (value float64, later time.Time, known bool) {
	moment := reading.AgeMoment(postedAt, days)
	earlier, before := postedAt, 0.0
	fromZero := postedAt.After(l.read[0])
	for _, at := range l.read {
		switch {
		case at.Before(postedAt):
		case at.Before(moment):
			earlier, before, fromZero = at, l.views(id, at), true
		case later.IsZero():
			later = at
		}
	}
	if later.IsZero() {
		return 0, later, false
	}
	after := l.views(id, later)
	if later.Equal(moment) {
		return after, later, true
	}
	gap, widest := later.Sub(earlier), 36*time.Hour
	if days > 7 {
		widest = 8 * 24 * time.Hour
	}
	if !fromZero || gap > widest && before != after {
		return 0, later, false
	}
	return before + (after-before)*float64(moment.Sub(earlier))/float64(gap), later, true
}

// V1: what posts had at an age is the platform's own truth at the readings around it, typical values are the middle of
// that, and nothing is dated later than its reading.
func TestAgesAreTheTruth(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 41))
			l := born(t, seed)
			l.lived(r)
			l.lived(r)
			known, unknown := 0, 0
			found := l.aged()
			for _, p := range l.World.Posts("tiktok", l.account.ID) {
				got, stored := found[p.ID]
				if !stored || p.Views == nil {
					continue
				}
				for i, days := range reading.Ages() {
					want, at, ok := l.wantAt(p.ID, p.PublishedAt, days)
					name := fmt.Sprintf("the post of %s on day %d", p.PublishedAt, days)
					if got.At[i].Known != ok || ok && (math.Abs(got.At[i].Views-want) > 1e-6 || !got.At[i].Read.Equal(at)) {
						t.Errorf("%s: got %+v, want %v, %t as of %s", name, got.At[i], want, ok, at)
					}
					if ok {
						known++
					} else if !at.IsZero() {
						unknown++
					}
				}
			}
			if known < 60 || unknown < 5 {
				t.Errorf("got %d known and %d unknown ages, want many of both", known, unknown)
			}
			l.wantTypical()
		})
	}
}

// wantTypical asks for typical values, now and as they were known before, and works them out from the readings.
func (l *life) wantTypical() {
	l.t.Helper()
	today, found := reading.DayOf(l.Now(), time.UTC), 0
	for _, days := range []int{1, 3, 7} {
		for back := range 6 {
			rg := period.Range{From: today - reading.Day(back*9) - 40, To: today - reading.Day(back*9), Zone: time.UTC}
			q := numbers.Query{Metric: fmt.Sprintf("typical_views_day_%d", days), Range: rg, Compare: period.CompareNone}
			a := l.ask(q)
			var values []float64
			var newest time.Time
			of := 0
			for _, p := range l.World.Posts("tiktok", l.account.ID) {
				if day := reading.DayOf(p.PublishedAt, time.UTC); day < rg.From || day > rg.To ||
					reading.AgeMoment(p.PublishedAt, days).After(l.Now()) {
					continue
				}
				of++
				if v, at, ok := l.wantAt(p.ID, p.PublishedAt, days); ok && p.Views != nil {
					if values = append(values, v); at.After(newest) {
						newest = at
					}
				}
			}
			slices.Sort(values)
			if len(values) < 5 {
				if a.Value.Value != nil || a.Value.Reason.Code != numbers.ReasonTooFewPosts {
					l.t.Errorf("%s of %d posts: got %v, want too few", q.Metric, len(values), show(a.Value.Value))
				}
				continue
			}
			found++
			want := (values[(len(values)-1)/2] + values[len(values)/2]) / 2
			if a.Value.Value == nil || math.Abs(*a.Value.Value-want) > 1e-6 || !a.Value.AsOf.Equal(newest) ||
				*a.Value.Coverage.Posts != len(values) {
				l.t.Errorf("%s from %s: got %v as of %v of %v, want %v as of %s of %d of %d posts", q.Metric, rg.From,
					show(a.Value.Value), a.Value.AsOf, a.Value.Coverage, want, newest, len(values), of)
			}
			if q.AsOf = newest.Add(-time.Second); reading.DayOf(q.AsOf, time.UTC) >= rg.To {
				if then := l.ask(q); then.Value.AsOf != nil && then.Value.AsOf.After(q.AsOf) {
					l.t.Errorf("%s as of %s: got it dated %s", q.Metric, q.AsOf, then.Value.AsOf)
				}
			}
		}
	}
	if found < 6 {
		l.t.Errorf("got %d typical values, want more", found)
	}
}
