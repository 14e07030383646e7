package syncer_test

import (
	"testing"
	"time"

	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/syncer/planner"
)

// A schedule that was worked off is summed up, once for all processes.
func TestANightIsSummedUp(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	owner := y.Creator("night@example.test")
	for _, a := range y.World.AddAccounts("tiktok", 3) {
		y.AddAccount(owner, "tiktok", sandbox.Choice{Account: a.ID})
	}
	y.RunDue()
	y.Runner.Tick(y.Ctx)
	y.Advance(24 * time.Hour)
	if err := y.Planner.Clock.RecordSchedule(y.Ctx, "tiktok"); err != nil {
		t.Fatal(err)
	}
	if _, err := y.Queue.Plan(y.Ctx, "tiktok", planner.SelectDue, planner.TriggerSchedule); err != nil {
		t.Fatal(err)
	}
	if got, err := y.Planner.Clock.Finished(y.Ctx); err != nil || len(got) != 0 {
		t.Errorf("under way: got %v, %v, want nothing yet", got, err)
	}
	y.Advance(10 * time.Minute)
	y.RunDue()
	got, err := y.SecondProcess().Planner.Clock.Finished(y.Ctx)
	if err != nil || len(got) != 1 || got[0].Platform != "tiktok" || got[0].Total != 3 ||
		got[0].States[planner.StateSuccess] != 3 {
		t.Errorf("got %+v, %v, want three that succeeded", got, err)
	}
	if again, err := y.Planner.Clock.Finished(y.Ctx); err != nil || len(again) != 0 {
		t.Errorf("again: got %v, %v, want it told once", again, err)
	}
}
