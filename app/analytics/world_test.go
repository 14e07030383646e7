package analytics

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/accountreading"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/schedule"
	"github.com/truecount/truecount/ent/synclog"
	"github.com/truecount/truecount/ent/user"
)

// noon is the fixed present of these tests.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func ref[T any](v T) *T { return &v }

// epoch is when a view began to mean something else on the restricted platform.
var epoch = time.Date(2026, 11, 4, 0, 0, 0, 0, time.UTC)

// specs are three platforms that differ in what matters here.
var specs = []platform.Spec{
	{
		ID: "instagram", Name: "Instagram", Followers: "Followers", PostNoun: "posts", KeepAfterDisconnect: true,
		Scopes: []platform.Scope{
			{Name: "basic", Required: true, Label: "Profile and posts", Why: "To show them."},
			{Name: "insights", Label: "Insights", Why: "To show reach."},
		},
		ByScope: map[string][]string{"insights": {"views", "reach", "saves", "shares"}},
		Renewal: platform.Renewal{Mode: platform.RenewalExtends}, Notes: []string{"Reach arrives late."},
		InsightsEvery: 7 * 24 * time.Hour,
		Metrics: []platform.Metric{
			{
				ID:   "views",
				Name: "Views",
			}, {ID: "account_reach", Name: "Reach", Unique: true}, {ID: "account_views", Name: "Views of the account"},
		},
	},
	{
		ID: "tiktok", Name: "TikTok", Followers: "Followers", PostNoun: "videos", KeepAfterDisconnect: true,
		Unavailable: []string{"reach", "saves"}, Renewal: platform.Renewal{Mode: platform.RenewalRotates},
		Scopes: []platform.Scope{
			{Name: "user.info.basic", Required: true, Label: "Profile"},
			{Name: "user.info.stats", Label: "Followers"},
		},
		ByScope: map[string][]string{"user.info.stats": {"followers", "following", "post_count"}},
	},
	{
		ID: "youtube", Name: "YouTube", Followers: "Subscribers", PostNoun: "videos", DeleteWithin: 7 * 24 * time.Hour,
		Unavailable: []string{"reach", "saves", "shares"}, Renewal: platform.Renewal{Mode: platform.RenewalKeeps},
		DerivedRestricted: true, RoundedFollowers: true,
		Figures: platform.Figures{
			Gains: map[string]platform.AccountCount{"views_gained": platform.CountViews},
			Terms: []platform.Derivation{platform.DeriveSum, platform.DeriveGain, platform.DeriveRate, platform.DeriveComparison},
		},
		Metrics: []platform.Metric{
			{ID: "views", Name: "Views", Epochs: []platform.Epoch{{From: epoch, What: "A view counts sooner."}}},
			{ID: "account_views", Name: "Views of the account", Epochs: []platform.Epoch{{From: epoch, What: "A view counts sooner."}}},
		},
	},
}

func registry(derived bool) *platform.Registry {
	var settings []config.Platform
	for _, s := range specs {
		settings = append(settings, config.Platform{ID: s.ID, ClientID: "app", ClientSecret: "secret", Derived: derived})
	}
	return platformtest.Described(specs, settings...)
}

// world is a database with one creator, at noon.
type world struct {
	t   *testing.T
	ctx context.Context
	db  *ent.Client
	a   *Analytics
	acc *accounts.Accounts
	me  string
}

func newWorld(t *testing.T) *world { return newWorldWith(t, registry(false)) }

func newWorldWith(t *testing.T, r *platform.Registry) *world {
	t.Helper()
	st := storetest.New(t)
	w := &world{t: t, ctx: viewer.System(t.Context(), viewer.ReasonTest), db: st.Client}
	present := func() time.Time { return noon }
	w.acc = accounts.New(
		accounts.Options{Store: st, Platforms: r, Source: "live", Now: present, SyncIntervalMin: 15 * time.Minute},
	)
	w.a = New(Options{
		Store: st, Accounts: w.acc, Platforms: r, Now: present,
		Numbers: numbers.New(numbers.Options{Store: st, Accounts: w.acc, Now: present}),
	})
	w.me = w.creator("mina@example.test")
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) creator(email string) string {
	w.t.Helper()
	u, err := w.db.User.Create().SetEmail(email).SetName("Mina").SetRole(user.RoleCreator).SetPasswordHash("x").Save(w.ctx)
	w.must(err)
	return u.ID
}

// connect adds a synced connection of the creator: 1,000 followers, fresh since an hour ago.
func (w *world) connect(platformID, external string, change ...func(*ent.ConnectionCreate)) string {
	w.t.Helper()
	return w.connectFor(w.me, platformID, external, change...)
}

func (w *world) connectFor(owner, platformID, external string, change ...func(*ent.ConnectionCreate)) string {
	w.t.Helper()
	c := w.bare(owner, platformID, external, change...)
	w.must(w.db.Profile.Create().SetConnectionID(c).SetDisplayName("Mina Park").SetFollowers(1000).SetPostCount(3).
		SetObservedAt(noon.Add(-time.Hour)).Exec(w.ctx))
	w.must(w.db.Schedule.Create().SetConnectionID(c).SetPlatform(platformID).SetDueAt(noon.Add(15 * time.Hour)).
		SetLastSuccessAt(noon.Add(-time.Hour)).Exec(w.ctx))
	w.must(w.db.AccountReading.Create().SetConnectionID(c).SetObservedAt(noon.Add(-time.Hour)).SetFollowers(1000).Exec(w.ctx))
	return c
}

// bare adds a connection that nothing was read of yet.
func (w *world) bare(owner, platformID, external string, change ...func(*ent.ConnectionCreate)) string {
	w.t.Helper()
	q := w.db.Connection.Create().
		SetOwnerID(owner).
		SetPlatform(platformID).
		SetSource(connection.SourceLive).
		SetExternalID(external).
		SetHandle(external).
		SetStatus(connection.StatusConnected).
		SetPrimary(true).
		SetCreatedAt(noon.AddDate(0, -3, 0))
	for _, f := range change {
		f(q)
	}
	c, err := q.Save(w.ctx)
	w.must(err)
	return c.ID
}

// run adds a run that began the given time ago and took a second, unless it has not ended.
func (w *world) run(
	conn, platformID string,
	state run.State,
	ago time.Duration,
	change ...func(*ent.RunCreate),
) string {
	w.t.Helper()
	at := noon.Add(-ago)
	q := w.db.Run.Create().SetConnectionID(conn).SetPlatform(platformID).SetTrigger(run.TriggerSchedule).SetState(state).
		SetAttempt(1).SetCreatedAt(at).SetStartedAt(at)
	switch state {
	case run.StateSuccess, run.StatePartial, run.StateFailed, run.StateDead:
		q.SetCompletedAt(at.Add(time.Second))
	default: // not ended
	}
	for _, f := range change {
		f(q)
	}
	r, err := q.Save(w.ctx)
	w.must(err)
	return r.ID
}

func (w *world) log(
	conn, platformID, runID string,
	kind synclog.SyncType,
	status synclog.Status,
	attempt int,
	ago time.Duration,
) {
	w.t.Helper()
	at := noon.Add(-ago)
	w.must(
		w.db.SyncLog.Create().
			SetConnectionID(conn).
			SetRunID(runID).
			SetPlatform(platformID).
			SetSyncType(kind).
			SetStatus(status).
			SetItemsSynced(1).
			SetStartedAt(at).
			SetCompletedAt(at.Add(time.Second)).
			SetDuration(1000).
			SetAttempt(attempt).
			SetAPICalls(1).
			Exec(w.ctx),
	)
}

// snapshot adds what was read of an account at noon: it closes the day before.
func (w *world) snapshot(conn, metric string, daysAgo int, value int64) {
	w.t.Helper()
	at := noon.AddDate(0, 0, -daysAgo)
	read := w.db.AccountReading.Create().SetConnectionID(conn).SetObservedAt(at)
	switch metric {
	case "follower_count":
		read.SetFollowers(value)
	case "view_count":
		read.SetViewCount(value)
	}
	w.must(read.OnConflictColumns(accountreading.FieldConnectionID, accountreading.FieldObservedAt).UpdateNewValues().Exec(w.ctx))
	w.must(
		w.db.Snapshot.Create().
			SetConnectionID(conn).
			SetMetric(metric).
			SetDay(at.Format("2006-01-02")).
			SetValue(value).
			SetObservedAt(at).
			Exec(w.ctx),
	)
}

// total adds what the reels of an account had gained when they were read at noon.
func (w *world) total(conn string, daysAgo int, views, likes, comments int64) {
	w.t.Helper()
	w.must(w.db.Total.Create().SetConnectionID(conn).SetMediaType("reel").SetObservedAt(noon.AddDate(0, 0, -daysAgo)).
		SetViews(views).SetLikes(likes).SetComments(comments).Exec(w.ctx))
}

// post adds a reel with 1,000 views, 80 likes and 20 comments.
func (w *world) post(conn, external string, daysAgo int, change ...func(*ent.PostCreate)) {
	w.t.Helper()
	at := noon.AddDate(0, 0, -daysAgo)
	q := w.db.Post.Create().
		SetConnectionID(conn).
		SetExternalID(external).
		SetMediaType("reel").
		SetCaption("Caption " + external).
		SetPermalink("https://example.com/" + external).
		SetPostedAt(at).
		SetCreatedAt(at).
		SetViews(1000).
		SetLikes(80).
		SetComments(20).
		SetObservedAt(noon)
	for _, f := range change {
		f(q)
	}
	w.must(q.Exec(w.ctx))
	w.must(w.db.Schedule.Update().Where(schedule.ConnectionID(conn)).SetPostsReadAt(noon.Add(-time.Hour)).Exec(w.ctx))
}

func (w *world) span(k string) Span {
	w.t.Helper()
	s, err := ParseSpan(k, noon)
	w.must(err)
	return s
}

func (w *world) overview(metric string) *Overview {
	w.t.Helper()
	o, err := w.a.Overview(w.ctx, w.me, w.span("30d"), metric)
	w.must(err)
	return o
}

func (w *world) card(id string) *accounts.Connection {
	w.t.Helper()
	c, err := w.acc.Connection(w.ctx, w.me, id)
	w.must(err)
	return c
}

func show(v any) string {
	switch p := v.(type) {
	case *float64:
		if p != nil {
			return fmt.Sprint(*p)
		}
	case *int64:
		if p != nil {
			return fmt.Sprint(*p)
		}
	case *time.Time:
		if p != nil {
			return p.String()
		}
	}
	return "nil"
}
