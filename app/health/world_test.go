package health

import (
	"context"
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/user"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// registry is two configured platforms, and one without credentials.
type registry struct{ cron config.Cron }

var specs = []platform.Spec{{ID: "instagram", Name: "Instagram"}, {ID: "tiktok", Name: "TikTok"}, {ID: "youtube", Name: "YouTube"}}

func (registry) Specs() []platform.Spec { return specs }

func (registry) Spec(id string) (platform.Spec, bool) {
	for _, s := range specs {
		if s.ID == id {
			return s, true
		}
	}
	return platform.Spec{}, false
}

func (r registry) Settings(id string) (config.Platform, bool) {
	return config.Platform{ID: id, Cron: r.cron, Quotas: map[string][]config.Rate{"QUOTA": {{Limit: 100, Per: "minute"}, {Limit: 1000, Per: "day"}}}}, true
}

func (registry) Configured(id string) bool { return id != "youtube" }

type world struct {
	t     *testing.T
	ctx   context.Context
	store *store.Store
	db    *ent.Client
	h     *Health
	now   time.Time
	conn  map[string]string // platform -> a connection
	owner string
}

// newWorld is a database with one connection on two platforms, ticking, started a day ago.
func newWorld(t *testing.T) *world {
	t.Helper()
	cron, err := config.ParseCron("0 3 * * *", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, ctx: viewer.System(t.Context()), store: storetest.New(t), now: noon, conn: map[string]string{}}
	w.db = w.store.Client
	w.h = New(Options{Store: w.store, Platforms: registry{cron}, Source: "live", Now: func() time.Time { return w.now }, Started: noon.AddDate(0, 0, -1)})
	u, err := w.db.User.Create().SetEmail("mina@example.test").SetName("Mina Park").SetRole(user.RoleCreator).SetPasswordHash("x").Save(w.ctx)
	w.must(err)
	w.owner = u.ID
	for _, p := range []string{"instagram", "tiktok"} {
		w.conn[p] = w.connect(p, "mina")
	}
	w.must(w.db.Clock.Create().SetID(tick).SetLastAt(noon).Exec(w.ctx))
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) connect(platformID, handle string, change ...func(*ent.ConnectionCreate)) string {
	w.t.Helper()
	q := w.db.Connection.Create().SetOwnerID(w.owner).SetPlatform(platformID).SetSource(connection.SourceLive).SetExternalID(handle).
		SetHandle(handle).SetStatus(connection.StatusConnected)
	for _, f := range change {
		f(q)
	}
	c, err := q.Save(w.ctx)
	w.must(err)
	return c.ID
}

// run adds a run of the platform's connection that took a second and ended the given time ago.
func (w *world) run(platformID string, state run.State, ago time.Duration, change ...func(*ent.RunCreate)) string {
	w.t.Helper()
	end := w.now.Add(-ago)
	q := w.db.Run.Create().SetConnectionID(w.conn[platformID]).SetPlatform(platformID).SetTrigger(run.TriggerSchedule).SetState(state).
		SetAttempt(1).SetCreatedAt(end.Add(-3 * time.Second)).SetStartedAt(end.Add(-time.Second)).SetCompletedAt(end)
	for _, f := range change {
		f(q)
	}
	r, err := q.Save(w.ctx)
	w.must(err)
	return r.ID
}

// active adds a run that has not ended, on a connection of its own.
func (w *world) active(platformID, handle string, state run.State, change ...func(*ent.RunCreate)) string {
	w.t.Helper()
	q := w.db.Run.Create().SetConnectionID(w.connect(platformID, handle)).SetPlatform(platformID).SetTrigger(run.TriggerAdmin).SetState(state).
		SetCreatedAt(w.now.Add(-time.Minute)).SetStartedAt(w.now.Add(-time.Minute))
	for _, f := range change {
		f(q)
	}
	r, err := q.Save(w.ctx)
	w.must(err)
	return r.ID
}

func code(c string) func(*ent.RunCreate) { return func(r *ent.RunCreate) { r.SetErrorCode(c) } }

func (w *world) report() *Report {
	w.t.Helper()
	r, err := w.h.Report(w.ctx)
	w.must(err)
	return r
}

func (w *world) console(filter string) *Console {
	w.t.Helper()
	c, err := w.h.Console(w.ctx, filter)
	w.must(err)
	return c
}

// codes lists the reasons: "CODE/platform".
func codes(reasons []Reason) []string {
	out := []string{}
	for _, r := range reasons {
		s := r.Code
		if r.Platform != nil {
			s += "/" + *r.Platform
		}
		out = append(out, s)
	}
	return out
}
