package capacity

import (
	"fmt"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/truecount/truecount/app/health/healthtest"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// A database that was used with the sandbox and now is not, or the other way round, holds the accounts of both: those of
// the other mode are not counted, cost nothing and are not planned.
func TestForecastLeavesOutTheOtherMode(t *testing.T) {
	t.Parallel()
	w := newForecast(t)
	w.channels(4, 3)
	w.spend("QUOTA", "", healthtest.Noon.Add(-day), 16)
	for i := range 4 {
		w.scheduled(w.Connect("youtube", fmt.Sprint("own ", i), since(healthtest.Noon.Add(-20*day))))
	}
	alone := w.forecast("youtube")
	if alone.Accounts != 8 || alone.Plan.Accounts != 4 || alone.Growth == nil || *alone.Growth == 0 {
		t.Fatalf("got %+v, want 8 accounts that grow, four of them planned", alone)
	}
	mine := w.Conn["youtube"]
	for i := range 5 {
		id := w.Connect(
			"youtube",
			fmt.Sprint("made up ", i),
			since(healthtest.Noon.Add(-10*day)),
			func(c *ent.ConnectionCreate) {
				c.SetSource(connection.SourceSandbox)
			},
		)
		w.scheduled(id)
		w.Conn["youtube"] = id
		w.Run("youtube", run.StateSuccess, 7*time.Hour, asked(healthtest.Noon.Add(-8*time.Hour)))
	}
	w.Conn["youtube"] = mine
	w.c = open(w.World, w.c.platforms) // what it remembers of the week is from before
	if d := gocmp.Diff(alone, w.forecast("youtube"), cmpopts.IgnoreUnexported(Limit{})); d != "" {
		t.Errorf("with accounts of the other mode (-want +got):\n%s", d)
	}
}

// scheduled lets a connection be due in an hour.
func (w *world) scheduled(id string) {
	w.T.Helper()
	w.Must(w.DB.Schedule.Create().
		SetConnectionID(id).SetPlatform("youtube").SetDueAt(healthtest.Noon.Add(time.Hour)).Exec(w.Ctx))
}
