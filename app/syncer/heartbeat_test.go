package syncer_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/ent/run"
)

// A platform's scheduled sync is told of once it was worked off, and once: not while some of it waits its turn, not
// when none of it came, and also when there was nothing to do.
func TestCompleted(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	y.AddAccount(y.Creator("night@example.test"), "tiktok", sandbox.Choice{})
	y.RunDue()
	want := func(when string, list ...string) {
		t.Helper()
		got, err := y.Planner.Clock.Completed(y.Ctx)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(list) {
			t.Fatalf("%s: got %v, %v, want %v", when, got, err, list)
		}
	}
	y.Runner.Tick(y.Ctx)
	want("before the first night")
	y.Advance(24 * time.Hour)
	y.Runner.Tick(y.Ctx)
	want("TikTok's is queued", "instagram", "youtube") // they have no accounts
	y.RunDue()
	want("it is worked off", "instagram", "tiktok", "youtube")
	if err := y.Planner.Clock.MarkReported(y.Ctx, []string{"instagram", "tiktok", "youtube"}); err != nil {
		t.Fatal(err)
	}
	want("they are told of")

	y.World.AddFault(sandbox.Fault{Platform: "tiktok", Kind: sandbox.FaultStatus, Status: 500})
	y.Advance(24 * time.Hour)
	y.Runner.Tick(y.Ctx)
	y.RunDue()
	want("it is tried again", "instagram", "youtube")
	if n := y.Store.Client.Run.Update().Where(run.CompletedAtIsNil()).SetState(run.StateDead).SetCompletedAt(y.Now()).SaveX(y.Ctx); n != 1 {
		t.Fatalf("got %d runs that wait, want one", n)
	}
	want("none of it came", "instagram", "youtube")
}
