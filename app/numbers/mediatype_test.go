package numbers_test

import (
	"testing"
	"time"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/user"
)

// shelf is a creator with accounts whose readings a test writes itself.
type shelf struct {
	t     *testing.T
	db    *store.Store
	n     *numbers.Numbers
	me    string
	night time.Time // of the newest reading
}

func shelve(t *testing.T) *shelf {
	t.Helper()
	k := &shelf{t: t, db: storetest.New(t), night: time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)}
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	k.me = k.db.Client.User.Create().SetEmail("mina@example.test").SetName("Mina").SetRole(user.RoleCreator).
		SetPasswordHash("x").SaveX(ctx).ID
	now := func() time.Time { return k.night.Add(6 * time.Hour) }
	r := platformtest.Described(
		[]platform.Spec{{ID: "instagram", Name: "Instagram"}, {ID: "tiktok", Name: "TikTok"}},
		config.Platform{ID: "instagram", ClientID: "app", ClientSecret: "secret"},
		config.Platform{ID: "tiktok", ClientID: "app", ClientSecret: "secret"},
	)
	k.n = numbers.New(numbers.Options{Store: k.db, Now: now, Accounts: accounts.New(
		accounts.Options{Store: k.db, Platforms: r, Source: "live", Now: now},
	)})
	return k
}

// account adds one that the platform says to have so many posts; read: its posts were read last night.
func (k *shelf) account(platformID string, posts int64, read bool) string {
	k.t.Helper()
	ctx := viewer.System(k.t.Context(), viewer.ReasonTest)
	id := k.db.Client.Connection.Create().SetOwnerID(k.me).SetPlatform(platformID).SetSource(connection.SourceLive).
		SetExternalID(platformID).SetHandle("mina").SetStatus(connection.StatusConnected).SetPrimary(true).SaveX(ctx).ID
	k.db.Client.Profile.Create().SetConnectionID(id).SetPostCount(posts).SetObservedAt(k.night).ExecX(ctx)
	schedule := k.db.Client.Schedule.Create().SetConnectionID(id).SetPlatform(platformID).SetDueAt(k.night.Add(24 * time.Hour))
	if read {
		schedule.SetLastSuccessAt(k.night).SetPostsReadAt(k.night)
	}
	schedule.ExecX(ctx)
	return id
}

// posts stores so many of a media type, published that many days ago.
func (k *shelf) posts(id, mediaType string, n, days int) {
	k.t.Helper()
	ctx := viewer.System(k.t.Context(), viewer.ReasonTest)
	for i := range n {
		at := k.night.AddDate(0, 0, -days)
		k.db.Client.Post.Create().SetConnectionID(id).SetExternalID(mediaType + string(rune('a'+i))).SetMediaType(mediaType).
			SetPostedAt(at).SetCreatedAt(at).SetObservedAt(k.night).ExecX(ctx)
	}
}

// totals writes a reading a night over some nights, the newest one days ago: each night 100 views more.
func (k *shelf) totals(id, mediaType string, nights, days int) {
	k.t.Helper()
	var rows []*ent.TotalCreate
	for i := range nights {
		rows = append(rows, k.db.Client.Total.Create().SetConnectionID(id).SetMediaType(mediaType).
			SetObservedAt(k.night.AddDate(0, 0, i-nights+1-days)).SetViews(int64(i)*100).SetLikes(int64(i)*5))
	}
	k.db.Client.Total.CreateBulk(rows...).ExecX(viewer.System(k.t.Context(), viewer.ReasonTest))
}

func (k *shelf) ask(metric, mediaType string, days int, platforms ...string) numbers.Value {
	k.t.Helper()
	last := k.night.AddDate(0, 0, -1)
	r, err := period.ParseRange(
		"", last.AddDate(0, 0, 1-days).Format(time.DateOnly), last.Format(time.DateOnly), time.UTC, k.night,
	)
	if err != nil {
		k.t.Fatal(err)
	}
	a, err := k.n.Number(viewer.With(k.t.Context(), viewer.Viewer{UserID: k.me}), k.me, numbers.Query{
		Metric: metric, Range: r, Compare: period.CompareNone, Parts: true,
		Filter: numbers.Filter{MediaTypes: []string{mediaType}, Platforms: platforms},
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return a.Value
}

// V1: an account that has no post of a type is no missing part of what is asked of that type. It is 0 where all of its
// posts are stored, it has no part where they are not, and it is missing as long as its posts were never read.
func TestATypeThatAnAccountNeverHad(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		posts int64 // that TikTok says to be there; two are stored
		read  bool
		state numbers.State
		parts int
		alone any // TikTok by itself
	}{
		"all posts are stored":  {2, true, numbers.StateDerived, 2, 0.0},
		"some are not stored":   {9, true, numbers.StateDerived, 1, "nothing"},
		"nothing was ever read": {9, false, numbers.StatePartial, 2, "nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := shelve(t)
			gram, tok := k.account("instagram", 3, true), k.account("tiktok", c.posts, c.read)
			k.posts(gram, "image", 3, 90)
			k.totals(gram, "image", 20, 0)
			if c.read {
				k.posts(tok, "video", 2, 90)
				k.totals(tok, "video", 20, 0)
			}
			for metric, want := range map[string]float64{"views_gained": 700, "likes_gained": 35, "engagement_rate": 5} {
				v := k.ask(metric, "image", 7)
				if v.State != c.state || len(v.Parts) != c.parts || v.Value == nil || *v.Value != want {
					t.Errorf("%s: got %s, %v of %d parts, want %s, %v of %d", metric, v.State, show(v.Value), len(v.Parts),
						c.state, want, c.parts)
				}
			}
			if v := k.ask("views_gained", "image", 7, "tiktok"); show(v.Value) != c.alone {
				t.Errorf("TikTok alone: got %v, want %v", show(v.Value), c.alone)
			} else if v.Value == nil && v.Reason.Code != numbers.ReasonNeverRead {
				t.Errorf("TikTok alone: got it missing for %s, want never_read", v.Reason.Code)
			}
			if v := k.ask("views_gained", "video", 7, "instagram"); v.Value == nil || *v.Value != 0 {
				t.Errorf("videos of Instagram, whose posts are all stored: got %v, want 0", show(v.Value))
			}
		})
	}
}

// V1: what an account gained with its first post of a type counts from the reading before it, and days before that are
// covered: the gains by type add up to the gain.
func TestTheFirstPostOfAType(t *testing.T) {
	t.Parallel()
	k := shelve(t)
	gram := k.account("instagram", 30, true)
	k.posts(gram, "image", 3, 90)
	k.posts(gram, "reel", 1, 4)
	k.totals(gram, "image", 20, 0)
	db, ctx := k.db.Client, viewer.System(t.Context(), viewer.ReasonTest)
	for i := range 4 { // since its first night
		db.Total.Create().SetConnectionID(gram).SetMediaType("reel").SetObservedAt(k.night.AddDate(0, 0, i-3)).
			SetViews(int64(i+1) * 50).ExecX(ctx)
	}
	for days, want := range map[int]float64{7: 200, 4: 200, 3: 150} {
		v := k.ask("views_gained", "reel", days)
		if v.Value == nil || *v.Value != want || v.State != numbers.StateDerived || *v.Coverage.Days != days {
			t.Errorf("%d days: got %v, %s, want %v of all days", days, show(v.Value), v.State, want)
		}
	}
	if v := k.ask("shares_gained", "reel", 7); v.Value != nil {
		t.Errorf("shares, which were never read: got %v, want nothing", *v.Value)
	}
	db.Total.Delete().ExecX(ctx) // the reel was found in the last reading only
	k.totals(gram, "image", 20, 0)
	db.Post.Create().SetConnectionID(gram).SetExternalID("late").SetMediaType("short").SetPostedAt(k.night.AddDate(0, 0, -90)).
		SetCreatedAt(k.night).SetObservedAt(k.night).ExecX(ctx)
	if v := k.ask("views_gained", "short", 7); v.Value != nil || v.Reason.Code != numbers.ReasonNeverRead {
		t.Errorf("a type whose posts were found but not read: got %v, want it missing: never_read", show(v.Value))
	}
}
