package syncer_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// J6: a platform whose clock is off by ten minutes, and a second process whose is: nothing counts as expired early,
// and no account is synced twice for it.
func TestSkewedClocks(t *testing.T) {
	t.Parallel()
	for _, skew := range []time.Duration{-10 * time.Minute, 10 * time.Minute} {
		for _, p := range platforms {
			y := jobstest.New(t, jobstest.Options{})
			// Each answer carries the platform's own time.
			y.World.AddFault(
				sandbox.Fault{
					Platform: p,
					Kind:     sandbox.FaultDelay,
					Header:   map[string]string{"Date": y.Now().Add(skew).Format(http.TimeFormat)},
				},
			)
			id := y.AddAccount(y.Creator(p+"@example.test"), p, sandbox.Choice{})
			y.RunDue()
			other := y.WithSkew(skew)
			y.Advance(24 * time.Hour)
			for _, z := range []*jobstest.Harness{y, other} {
				if _, err := z.Queue.Plan(y.Ctx, p, planner.SelectAll, planner.TriggerSchedule); err != nil {
					t.Fatal(err)
				}
			}
			if n := y.Store.Client.Run.Query().Where(run.ConnectionID(id), run.CompletedAtIsNil()).CountX(y.Ctx); n != 1 {
				t.Errorf("%s by %s: got %d runs under way, want one", p, skew, n)
			}
			y.RunDue()
			other.RunDue()
			if n := y.Store.Client.Run.Query().Where(run.ConnectionID(id), run.StateEQ(run.StateSuccess)).CountX(y.Ctx); n != 2 {
				t.Errorf("%s by %s: got %d successes, want the first and the day's", p, skew, n)
			}
			if _, err := other.Connect.Deletions.Sweep(y.Ctx); err != nil {
				t.Fatal(err)
			}
			if _, err := other.Connect.Grants.Renew(y.Ctx); err != nil {
				t.Fatal(err)
			}
			if c := y.Store.Client.Connection.GetX(y.Ctx, id); c.Status != connection.StatusConnected {
				t.Errorf("%s by %s: got %s %s, want connected", p, skew, c.Status, c.StatusCode)
			}
		}
	}
}
