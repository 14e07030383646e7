package analytics

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/profile"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/schedule"
)

// An account whose posts, or profile, had no success for a week is stale, whatever its runs were called.
func TestAPartThatIsMissingForAWeek(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		do    func(w *world, id string)
		fresh string
		pill  string
	}{
		{"read yesterday", func(w *world, id string) {
			w.must(w.db.Schedule.Update().Where(schedule.ConnectionID(id)).SetPostsReadAt(noon.Add(-24 * time.Hour)).Exec(w.ctx))
		}, "fresh", "Up to date"},
		{"posts eight days ago", func(w *world, id string) {
			w.run(id, "tiktok", run.StatePartial, time.Hour)
			w.must(w.db.Schedule.Update().Where(schedule.ConnectionID(id)).SetPostsReadAt(noon.Add(-8 * 24 * time.Hour)).Exec(w.ctx))
		}, "stale", "Delayed: videos since 16 Nov"},
		{"posts never, for eight days", func(w *world, id string) {
			w.run(id, "tiktok", run.StatePartial, 8*24*time.Hour)
			w.run(id, "tiktok", run.StatePartial, time.Hour)
		}, "stale", "Delayed: videos"},
		{"profile eight days ago", func(w *world, id string) {
			w.must(w.db.Profile.Update().SetObservedAt(noon.Add(-8 * 24 * time.Hour)).Exec(w.ctx))
		}, "stale", "Delayed: profile since 16 Nov"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.connect("tiktok", "mina")
			tc.do(w, id)
			c, err := w.acc.Connection(w.ctx, w.me, id)
			w.must(err)
			v, err := w.a.Platform(w.ctx, w.me, "tiktok", PlatformQuery{})
			w.must(err)
			if v.Freshness.Status != tc.fresh || c.Pill.Word.String() != tc.pill {
				t.Errorf("got %s and %q, want %s and %q", v.Freshness.Status, c.Pill.Word, tc.fresh, tc.pill)
			}
			if (tc.fresh == "stale") != !c.Says.Happened.IsZero() {
				t.Errorf("got %q said, want it for what is stale alone", c.Says.Happened)
			}
		})
	}
}

// Of an account that the platform holds back its creator reads what to do there.
func TestAnAccountHeldBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.connect("instagram", "mina", func(c *ent.ConnectionCreate) {
		c.SetStatusCode(platform.BlockedCode).SetStatusSince(noon.Add(-time.Hour))
	})
	w.run(id, "instagram", run.StateFailed, time.Hour, func(r *ent.RunCreate) { r.SetErrorCode("AUTH_FAILED") })
	c, err := w.acc.Connection(w.ctx, w.me, id)
	w.must(err)
	if !c.Connected || c.Status != "connected" || c.Pill.Word.String() != "Action needed" ||
		!strings.HasPrefix(c.Says.You.String(), "Sign in at Instagram as @mina") ||
		c.Says.Action == "reconnect" {
		t.Errorf("got %s, %q, %+v, want it told to sign in at Instagram", c.Status, c.Pill.Word, c.Says)
	}
}

// What is not granted any more is null for programs, and keeps its own date and reason on the page.
func TestWhatIsNotGrantedAnyMore(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]func(*ent.ConnectionCreate){
		"by the token's list": func(c *ent.ConnectionCreate) { c.SetScopes([]string{"instagram_business_basic"}) },
		"by Instagram's word": func(c *ent.ConnectionCreate) {
			c.SetScopes([]string{"instagram_business_basic", "instagram_business_manage_insights"}).SetStatusDetail("metrics: http 400 code 10")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.connect("instagram", "mina", limit, func(c *ent.ConnectionCreate) {
				c.SetStatus(connection.StatusLimited).SetStatusCode("SCOPE_MISSING").SetStatusSince(noon.Add(-3 * 24 * time.Hour))
			})
			w.must(
				w.db.Post.Create().
					SetConnectionID(id).
					SetExternalID("1").
					SetMediaType("image").
					SetViews(120).
					SetReach(90).
					SetLikes(7).
					SetPostedAt(noon.Add(-5 * 24 * time.Hour)).
					SetObservedAt(noon.Add(-time.Hour)).
					SetCreatedAt(noon).
					SetKnownAt(map[string]time.Time{"views": noon.Add(-6 * 24 * time.Hour)}).
					Exec(w.ctx),
			)
			v, err := w.a.Platform(w.ctx, w.me, "instagram", PlatformQuery{})
			w.must(err)
			p := v.Posts[0]
			if p.ViewCount != nil || p.Reach != nil || p.LikeCount == nil {
				t.Errorf(
					"got views %s, reach %s, likes %s, want what is not granted null and the rest known",
					show(p.ViewCount),
					show(p.Reach),
					show(p.LikeCount),
				)
			}
			for metric, want := range map[string]string{
				"views": "The permission for this number was removed. Last reading: 120 on 18 Nov 2026.", // its own day, not the loss's
				"reach": "The permission for this number was removed. Last reading: 90 on 21 Nov 2026.",  // no younger than the loss
			} {
				if p.Why[metric].String() != want {
					t.Errorf("%s: got %q, want %q", metric, p.Why[metric], want)
				}
			}
			if !strings.Contains(strings.Join(v.Freshness.Missing, " "), "views") {
				t.Errorf("got missing %v, want views named", v.Freshness.Missing)
			}
		})
	}
	w := newWorld(t)
	id := w.connect("tiktok", "park", func(c *ent.ConnectionCreate) {
		c.SetStatus(connection.StatusLimited).
			SetStatusCode("SCOPE_MISSING").
			SetStatusSince(noon.Add(-3 * 24 * time.Hour)).
			SetStatusDetail("profile: http 401 code scope_not_authorized (followers)").
			SetScopes([]string{"user.info.basic", "user.info.stats"})
	})
	w.must(w.db.Profile.Update().SetFollowing(77).Exec(w.ctx))
	for day, ago := range map[string]time.Duration{"2026-11-17": 7 * 24 * time.Hour, "2026-11-16": 8 * 24 * time.Hour} {
		w.must(
			w.db.Snapshot.Create().
				SetConnectionID(id).
				SetMetric("follower_count").
				SetDay(day).
				SetValue(1000).
				SetObservedAt(noon.Add(-ago)).
				Exec(w.ctx),
		)
	}
	v, err := w.a.Platform(w.ctx, w.me, "tiktok", PlatformQuery{})
	w.must(err)
	if p := v.Profile; p.FollowerCount != nil || p.FollowingCount != nil || p.PostCount != nil {
		t.Errorf(
			"got %s followers, %s followed and %s posts as of the last sync, want none: they were not granted",
			show(p.FollowerCount),
			show(p.FollowingCount),
			show(p.PostCount),
		)
	}
	c, err := w.acc.Connection(w.ctx, w.me, id)
	w.must(err)
	want := "The permission for this number was removed. Last reading: 1,000 on 17 Nov 2026."
	if row := w.overview("").Platforms[0]; row.Followers != nil || row.Posts != nil || c.FollowerCount != nil ||
		c.PostCount != nil {
		t.Errorf("got %+v and %+v, want no count of what is not granted", row, c)
	} else if row.FollowersWhy.String() != want || c.FollowersWhy.String() != want || v.KPIs[0].Why.String() != want {
		t.Errorf("got %q, %q and %q, want %q", row.FollowersWhy, c.FollowersWhy, v.KPIs[0].Why, want)
	}
}

// V1: a count that the last sync did not bring keeps its own time, and is said to be missing.
func TestOldFollowersAreNotDatedByANewSync(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.connect("tiktok", "tt")
	old := noon.AddDate(0, 0, -9)
	w.must(w.db.Profile.Update().Where(profile.ConnectionID(id)).
		SetKnownAt(map[string]time.Time{profile.FieldFollowers: old}).Exec(w.ctx))
	row := w.overview("").Platforms[0]
	if show(row.Followers) != "1000" || row.FollowersAt == nil || !row.FollowersAt.Equal(old) {
		t.Errorf("got %s followers of %s, want 1000 of %s", show(row.Followers), show(row.FollowersAt), old)
	}
	if card := w.card(id); card.FollowersAt == nil || !card.FollowersAt.Equal(old) {
		t.Errorf("got a card of %s, want %s", show(card.FollowersAt), old)
	}
	if f := row.Freshness; !slices.Contains(f.Missing, "followers") {
		t.Errorf("got %v missing, want the followers among them", f.Missing)
	}
}

// A handle always carries "@", also where the platform gives none.
func TestHandlesCarryTheirSign(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.connect("youtube", "UCabc", func(c *ent.ConnectionCreate) { c.SetHandle("") })
	w.connect("tiktok", "x", func(c *ent.ConnectionCreate) { c.SetHandle("@mina") })
	list, err := w.acc.Connections(w.ctx, w.me)
	w.must(err)
	o := w.overview("")
	for _, v := range []any{list, o} {
		raw, err := json.Marshal(v)
		w.must(err)
		if s := string(raw); !strings.Contains(s, `"handle":"@UCabc"`) || !strings.Contains(s, `"handle":"@mina"`) ||
			strings.Contains(s, `"handle":"Mina Park"`) {
			t.Errorf("got %s, want handles with their sign", s)
		}
	}
}

// Genders and countries are words, as far as they are known.
func TestTraitsAreWords(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ by, key, want string }{
		{"gender", "F", "Women"}, {"gender", "M", "Men"}, {"gender", "U", "Not specified"}, {"gender", "X", "X"},
		{"country", "PT", "Portugal"}, {"country", "KR", "South Korea"}, {"country", "??", "??"}, {"age", "25-34", "25-34"}, {"city", "PT", "PT"},
	} {
		if got := partWord(tc.by, tc.key).String(); got != tc.want {
			t.Errorf("%s %s: got %q, want %q", tc.by, tc.key, got, tc.want)
		}
	}
}
