package jobs_test

import (
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// What cannot be done at all is said before when: a disconnected account is a conflict, also a moment after its
// creator asked for a sync.
func TestStateComesBeforePace(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	owner := y.Creator("state@example.test")
	id := y.AddAccount(owner, "tiktok", sandbox.Choice{})
	y.RunDue()
	const least = 15 * time.Minute
	if _, err := y.Queue.SyncOwn(y.Ctx, id, planner.TriggerAPI, least); err != nil {
		t.Fatal(err)
	}
	y.RunDue()
	if _, err := y.Queue.SyncOwn(y.Ctx, id, planner.TriggerAPI, least); !fault.Is(err, fault.TooManyRequests) {
		t.Errorf("got %v, want it too soon", err)
	}
	if _, err := y.Connect.Disconnect(y.Ctx, owner, id, false); err != nil {
		t.Fatal(err)
	}
	for _, by := range []planner.Trigger{planner.TriggerAPI, planner.TriggerCreator} {
		if _, err := y.Queue.SyncOwn(y.Ctx, id, by, least); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: got %v, want a conflict", by, err)
		}
	}
}

// An account that was synced a moment ago and is connected anew is connected at once, and its first sync waits,
// for all to see, until it may be asked again: reconnecting is no way round the pace.
func TestAReconnectIsNoFreeSync(t *testing.T) {
	t.Parallel()
	const interval = 15 * time.Minute
	y := jobstest.New(t, jobstest.Options{Interval: interval})
	owner := y.Creator("again@example.test")
	id := y.AddAccount(owner, "youtube", sandbox.Choice{})
	y.RunDue()
	synced := y.Now()
	y.World.ResetCalls()
	y.Advance(time.Minute)
	for range 20 {
		if _, err := y.Connect.Disconnect(y.Ctx, owner, id, false); err != nil {
			t.Fatal(err)
		}
		y.AddAccount(owner, "youtube", sandbox.Choice{})
		y.RunDue()
	}
	if n := y.World.Calls("youtube")["/youtube/v3/videos"]; n != 0 {
		t.Errorf("got %d readings of posts in 20 reconnects, want none", n)
	}
	if c := y.Store.Client.Connection.GetX(y.Ctx, id); c.Status != connection.StatusConnected {
		t.Errorf("got %s, want it connected at once", c.Status)
	}
	r := y.Store.Client.Run.Query().Where(run.ConnectionID(id), run.CompletedAtIsNil()).OnlyX(y.Ctx)
	if r.State != run.StateDeferred || r.NextAttemptAt == nil || !r.NextAttemptAt.Equal(synced.Add(interval)) ||
		r.ErrorMessage == "" {
		t.Errorf(
			"got %s until %v %q, want it to wait until %s and say why",
			r.State,
			r.NextAttemptAt,
			r.ErrorMessage,
			synced.Add(interval),
		)
	}
	y.Advance(interval)
	y.RunDue()
	if got := y.Store.Client.Run.GetX(y.Ctx, r.ID); got.State != run.StateSuccess {
		t.Errorf("got %s, want it synced when its time came", got.State)
	}
	y.Advance(time.Hour)
	if _, err := y.Connect.Disconnect(y.Ctx, owner, id, false); err != nil {
		t.Fatal(err)
	}
	y.AddAccount(owner, "youtube", sandbox.Choice{})
	if n := y.RunDue(); n != 1 {
		t.Errorf("got %d attempts an hour later, want the first sync at once", n)
	}
}

// J14: a request that was made while a clock was wrong shuts nobody out when it is right again.
func TestARequestOfATimeToCome(t *testing.T) {
	t.Parallel()
	const least = 15 * time.Minute
	y := jobstest.New(t, jobstest.Options{World: func() time.Time { return jobstest.Morning }})
	id := y.AddAccount(y.Creator("future@example.test"), "tiktok", sandbox.Choice{})
	y.RunDue()
	y.Advance(400 * 24 * time.Hour)
	if _, err := y.Queue.SyncOwn(y.Ctx, id, planner.TriggerCreator, least); err != nil {
		t.Fatal(err)
	}
	y.RunDue()
	y.Advance(-400 * 24 * time.Hour)
	if _, err := y.Queue.SyncOwn(y.Ctx, id, planner.TriggerCreator, least); err != nil {
		t.Errorf("got %v, want it taken", err)
	}
}
