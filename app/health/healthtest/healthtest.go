package healthtest

import (
	"context"
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/user"
)

// Noon is the time that it is in a new world.
var Noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// Specs are the platforms of every world.
var Specs = []platform.Spec{
	{ID: "instagram", Name: "Instagram", Setup: setup("app")},
	{ID: "tiktok", Name: "TikTok", Setup: setup("app", "redirect")},
	{ID: "youtube", Name: "YouTube", Setup: setup("project")},
}

func setup(ids ...string) []platform.SetupStep {
	var out []platform.SetupStep
	for _, id := range ids {
		out = append(out, platform.SetupStep{ID: id, Text: "Do " + id + "."})
	}
	return out
}

// Registry is two configured platforms whose daily sync is at cron, and one without credentials.
func Registry(cron config.Cron) *platform.Registry {
	settings := make([]config.Platform, len(Specs))
	for i, s := range Specs {
		settings[i] = config.Platform{
			ID: s.ID, Cron: cron,
			Quotas: map[string][]config.Rate{"QUOTA": {{Limit: 100, Per: "minute"}, {Limit: 1000, Per: "day"}}},
		}
		if s.ID != "youtube" {
			settings[i].ClientID, settings[i].ClientSecret = "app", "secret"
		}
	}
	return platformtest.Described(Specs, settings...)
}

// World is one installation. Time stands still in it until a test turns it.
type World struct {
	T         *testing.T
	Ctx       context.Context // of the system itself
	Store     *store.Store
	DB        *ent.Client // of Store, for rows of any kind
	Platforms *platform.Registry
	Time      time.Time
	Conn      map[string]string // by platform: the connection that Run adds runs to
	Owner     string            // the id of the creator who owns all connections
}

// Now gives the world's time.
func (w *World) Now() time.Time { return w.Time }

// New is a database with one connection on two platforms, ticking, started a day ago.
func New(t *testing.T) *World {
	t.Helper()
	cron, err := config.ParseCron("0 3 * * *", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	w := &World{
		T: t, Ctx: viewer.System(t.Context(), viewer.ReasonTest), Store: storetest.New(t), Platforms: Registry(cron),
		Time: Noon, Conn: map[string]string{},
	}
	w.DB = w.Store.Client
	u, err := w.DB.User.Create().
		SetEmail("mina@example.test").
		SetName("Mina Park").
		SetRole(user.RoleCreator).
		SetPasswordHash("x").
		Save(w.Ctx)
	w.Must(err)
	w.Owner = u.ID
	for _, p := range []string{"instagram", "tiktok"} {
		w.Conn[p] = w.Connect(p, "mina")
	}
	w.Must(w.DB.Clock.Create().SetID("tick").SetLastAt(Noon).Exec(w.Ctx))
	return w
}

// Must ends the test on an error.
func (w *World) Must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// Connect adds a connection of the owner, connected unless changed, and gives its id.
func (w *World) Connect(platformID, handle string, change ...func(*ent.ConnectionCreate)) string {
	w.T.Helper()
	q := w.DB.Connection.Create().
		SetOwnerID(w.Owner).
		SetPlatform(platformID).
		SetSource(connection.SourceLive).
		SetExternalID(handle).
		SetHandle(handle).
		SetStatus(connection.StatusConnected)
	for _, f := range change {
		f(q)
	}
	c, err := q.Save(w.Ctx)
	w.Must(err)
	return c.ID
}

// Run adds a run of the platform's connection that took a second and ended the given time ago.
func (w *World) Run(platformID string, state run.State, ago time.Duration, change ...func(*ent.RunCreate)) string {
	w.T.Helper()
	end := w.Time.Add(-ago)
	q := w.DB.Run.Create().
		SetConnectionID(w.Conn[platformID]).
		SetPlatform(platformID).
		SetTrigger(run.TriggerSchedule).
		SetState(state).
		SetAttempt(1).
		SetCreatedAt(end.Add(-3 * time.Second)).
		SetStartedAt(end.Add(-time.Second)).
		SetCompletedAt(end)
	for _, f := range change {
		f(q)
	}
	r, err := q.Save(w.Ctx)
	w.Must(err)
	return r.ID
}

// Active adds a run that has not ended, on a connection of its own.
func (w *World) Active(platformID, handle string, state run.State, change ...func(*ent.RunCreate)) string {
	w.T.Helper()
	q := w.DB.Run.Create().
		SetConnectionID(w.Connect(platformID, handle)).
		SetPlatform(platformID).
		SetTrigger(run.TriggerAdmin).
		SetState(state).
		SetCreatedAt(w.Time.Add(-time.Minute)).
		SetStartedAt(w.Time.Add(-time.Minute))
	for _, f := range change {
		f(q)
	}
	r, err := q.Save(w.Ctx)
	w.Must(err)
	return r.ID
}

// Code gives a run an error code.
func Code(c string) func(*ent.RunCreate) { return func(r *ent.RunCreate) { r.SetErrorCode(c) } }
