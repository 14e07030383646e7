package accounts

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/health/healthtest"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// L5: nothing goes on running when the tests are over.
func TestMain(m *testing.M) { storetest.Main(m) }

// ranAtRandom fills some connections with runs of all kinds, triggers and states, often several in one moment.
func ranAtRandom(rt *rapid.T, w *healthtest.World, connections []string) {
	_, err := w.DB.Run.Delete().Exec(w.Ctx)
	w.Must(err)
	triggers := []run.Trigger{
		run.TriggerFirst, run.TriggerSchedule, run.TriggerCreator, run.TriggerAdmin, run.TriggerAPI, run.TriggerRetry,
	}
	ended := []run.State{run.StateSuccess, run.StatePartial, run.StateFailed, run.StateDead}
	active := []run.State{run.StateQueued, run.StateDeferred, run.StateRunning, run.StateRetrying}
	for _, id := range connections {
		for _, kind := range []run.Kind{run.KindSync, run.KindInsights} {
			for i := range rapid.IntRange(0, 6).Draw(rt, "runs") {
				at := w.Time.Add(-time.Duration(rapid.IntRange(1, 5).Draw(rt, "hours")) * time.Hour)
				q := w.DB.Run.Create().SetConnectionID(id).SetPlatform("tiktok").SetKind(kind).SetCreatedAt(at).
					SetTrigger(rapid.SampledFrom(triggers).Draw(rt, "trigger"))
				if i == 0 && rapid.Bool().Draw(rt, "active") { // one of a kind at most
					q.SetState(rapid.SampledFrom(active).Draw(rt, "state"))
				} else {
					q.SetState(rapid.SampledFrom(ended).Draw(rt, "state")).SetCompletedAt(at.Add(time.Second))
				}
				w.Must(q.Exec(w.Ctx))
			}
		}
	}
}

// The one statement that reads the runs which an account's state depends on finds the same as a look at every row: the
// newest sync, the newest of the schedule that ended, the newest that a person asked for, of each account alone.
func TestTheNewestRunsAreThoseOfAllRows(t *testing.T) {
	t.Parallel()
	w := healthtest.New(t)
	var connections []string
	for i := range 4 {
		connections = append(connections, w.Connect("tiktok", fmt.Sprint("account ", i)))
	}
	a := New(Options{Store: w.Store, Platforms: w.Platforms, Source: "live", Now: w.Now})
	rapid.Check(t, func(rt *rapid.T) {
		ranAtRandom(rt, w, connections)
		wanted := connections[:rapid.IntRange(1, len(connections)).Draw(rt, "accounts")]
		var list []*Account
		for _, id := range wanted {
			list = append(list, &Account{Row: w.DB.Connection.GetX(w.Ctx, id)})
		}
		w.Must(a.WithRuns(w.Ctx, list))
		for i, acc := range list {
			want := &Account{}
			for _, r := range w.DB.Run.Query().Where(run.ConnectionID(wanted[i]), run.KindEQ(run.KindSync)).AllX(w.Ctx) {
				want.Last = newer(want.Last, r)
				if r.Trigger == run.TriggerSchedule && r.CompletedAt != nil {
					want.Scheduled = newer(want.Scheduled, r)
				}
				if r.Trigger == run.TriggerCreator || r.Trigger == run.TriggerAPI {
					want.Asked = newer(want.Asked, r)
				}
			}
			for what, pair := range map[string][2]*ent.Run{
				"last": {acc.Last, want.Last}, "scheduled": {acc.Scheduled, want.Scheduled}, "asked": {acc.Asked, want.Asked},
			} {
				if runID(pair[0]) != runID(pair[1]) {
					rt.Errorf("the %s run: got %v, want %v", what, pair[0], pair[1])
				}
			}
		}
		read, err := a.newestRuns(w.Ctx, wanted)
		w.Must(err)
		if len(read) > len(wanted) {
			rt.Errorf(
				"got the runs of %d accounts, want those of the %d that were asked for alone",
				len(read),
				len(wanted),
			)
		}
	})
}

// A run of the sandbox's is not there for anybody while the installation is live, though its creator owns it.
func TestARunOfTheOtherModeIsNotThere(t *testing.T) {
	t.Parallel()
	w := healthtest.New(t)
	a := New(Options{Store: w.Store, Platforms: w.Platforms, Source: "live", Now: w.Now})
	made := w.Connect("tiktok", "made up", func(c *ent.ConnectionCreate) { c.SetSource(connection.SourceSandbox) })
	for id, want := range map[string]fault.Code{w.Conn["tiktok"]: "", made: fault.NotFound} {
		w.Conn["tiktok"] = id
		run := w.Run("tiktok", run.StateSuccess, time.Hour)
		got, err := a.NewestRun(w.Ctx, w.Owner, id)
		if want != "" && !fault.Is(err, want) || want == "" && (err != nil || got.RunID != run) {
			t.Errorf("got %+v, %v, want %q", got, err, want)
		}
	}
}

func runID(r *ent.Run) string {
	if r == nil {
		return ""
	}
	return r.ID
}
