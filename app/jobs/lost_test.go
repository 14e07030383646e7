package jobs_test

import (
	"testing"
	"time"

	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/ent/run"
)

// A run whose job is gone from the queue is given another by the minute's tick.
func TestALostJobIsLookedFor(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("lost@example.test"), "tiktok", sandbox.Choice{})
	if _, err := y.Store.SQL().ExecContext(y.Ctx, `DELETE FROM river_job`); err != nil {
		t.Fatal(err)
	}
	y.Advance(7 * time.Minute)
	y.Runner.Tick(y.Ctx)
	r := y.Store.Client.Run.Query().Where(run.ConnectionID(id)).OnlyX(y.Ctx)
	var jobs int
	if err := y.Store.SQL().QueryRowContext(y.Ctx, `SELECT count(*) FROM river_job WHERE id = $1`, r.JobID).Scan(&jobs); err != nil ||
		jobs != 1 {
		t.Errorf("got %d jobs for the run, %v, want one", jobs, err)
	}
}
