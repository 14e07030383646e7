package jobs_test

import (
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

func state(y *jobstest.Harness, runID string) run.State {
	return y.Store.Client.Run.GetX(y.Ctx, runID).State
}

// A paused account ends its run without a failure, is planned no more, keeps its access alive, and has its
// true status again when it is resumed.
func TestPauseAnAccount(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{Platform: noPace})
	id := y.AddAccount(y.Creator("p@example.test"), "tiktok", sandbox.Choice{Without: []string{"video.list"}})
	y.RunDue()
	if got := y.Store.Client.Connection.GetX(y.Ctx, id).Status; got != connection.StatusLimited {
		t.Fatalf("got %s, want limited", got)
	}
	asked := y.RequestSync(id)
	if err := y.Connect.Pause(y.Ctx, id); err != nil {
		t.Fatal(err)
	}
	if r := y.Store.Client.Run.GetX(y.Ctx, asked); r.State != run.StateFailed || r.ErrorCode != string(fault.Conflict) ||
		r.SettledAt == nil {
		t.Errorf("got %s %s, want it ended and settled", r.State, r.ErrorCode)
	}
	if err := y.Connect.Pause(y.Ctx, id); !fault.Is(err, fault.Conflict) {
		t.Errorf("paused twice: got %v, want CONFLICT", err)
	}
	if _, err := y.Queue.Sync(y.Ctx, id, planner.TriggerCreator); !fault.Is(err, fault.Conflict) {
		t.Errorf("asked for: got %v, want CONFLICT", err)
	}
	y.World.ResetCalls()
	for range 3 {
		y.Advance(25 * time.Hour)
		y.Runner.Tick(y.Ctx)
		if _, err := y.Connect.Grants.Renew(y.Ctx); err != nil {
			t.Fatal(err)
		}
		if n := y.RunDue(); n != 0 {
			t.Errorf("got %d attempts while paused, want none", n)
		}
	}
	if n := y.World.Calls("tiktok")["/v2/oauth/token/"]; n != 3 {
		t.Errorf("got %d refreshes in three days, want its access kept alive", n)
	}
	h := show(y)
	if r, err := h.health.Report(y.Ctx); err != nil || r.Platforms[1].Last24h.Failed != 0 {
		t.Errorf("got %+v, %v, want no failure counted", r, err)
	}
	if err := y.Connect.Resume(y.Ctx, id); err != nil {
		t.Fatal(err)
	}
	if got := y.Store.Client.Connection.GetX(y.Ctx, id); got.Status != connection.StatusLimited ||
		got.StatusCode != string(fault.ScopeMissing) {
		t.Errorf("got %s %s, want limited as before", got.Status, got.StatusCode)
	}
	y.Runner.Tick(y.Ctx)
	if n := y.RunDue(); n != 1 {
		t.Errorf("got %d attempts, want what was missed while it was paused", n)
	}
	for name, err := range map[string]error{"resumed twice": y.Connect.Resume(y.Ctx, id), "unknown": y.Connect.Pause(y.Ctx, "x")} {
		if err == nil || (!fault.Is(err, fault.Conflict) && !fault.Is(err, fault.NotFound)) {
			t.Errorf("%s: got %v, want it refused", name, err)
		}
	}
}

// A paused platform is planned no more; what was queued, and a new account's first sync, wait and go on
// when it is resumed. It is no illness.
func TestPauseAPlatform(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{Platform: noPace})
	owner := y.Creator("p@example.test")
	three := y.World.AddAccounts("tiktok", 3)
	id := y.AddAccount(owner, "tiktok", sandbox.Choice{Account: three[0].ID})
	idle := y.AddAccount(owner, "tiktok", sandbox.Choice{Account: three[2].ID})
	other := y.AddAccount(owner, "youtube", sandbox.Choice{})
	y.RunDue()
	queued := y.RequestSync(id)
	if err := y.Connect.PausePlatform(y.Ctx, "tiktok"); err != nil {
		t.Fatal(err)
	}
	y.World.ResetCalls()
	y.RunDue()
	if r := y.Store.Client.Run.GetX(y.Ctx, queued); r.State != run.StateDeferred || r.Attempt != 0 ||
		r.NextAttemptAt == nil {
		t.Errorf("got %s in attempt %d, want it deferred without an attempt", r.State, r.Attempt)
	}
	fresh := y.AddAccount(owner, "tiktok", sandbox.Choice{Account: three[1].ID})
	if _, err := y.Queue.Sync(y.Ctx, other, planner.TriggerCreator); err != nil {
		t.Errorf("another platform: got %v, want it untouched", err)
	}
	for range 8 {
		y.Advance(6 * time.Hour)
		y.Runner.Tick(y.Ctx)
		y.RunDue()
	}
	if n := y.World.Calls("tiktok")["/v2/user/info/"]; n > 1 { // the consent itself reads it once
		t.Errorf("got %d reads while it was paused, want none", n)
	}
	if n := y.Store.Client.Run.Query().Where(run.ConnectionID(idle)).CountX(y.Ctx); n != 1 {
		t.Errorf("got %d syncs of an account whose nights came while it was paused, want its first alone", n)
	}
	h := show(y)
	if r, err := h.health.Report(y.Ctx); err != nil || !r.Healthy {
		t.Errorf("got %+v, %v, want it healthy", r, err)
	}
	if p, err := h.console.Panel(y.Ctx, "tiktok"); err != nil || p.Word != "Paused" || p.Paused == nil {
		t.Errorf("got %+v, %v, want it shown as paused", p, err)
	}
	if err := y.Connect.ResumePlatform(y.Ctx, "tiktok"); err != nil {
		t.Fatal(err)
	}
	if err := y.Queue.Resume(y.Ctx, "tiktok"); err != nil {
		t.Fatal(err)
	}
	y.Advance(13 * time.Minute)
	y.RunDue()
	if got := state(y, queued); got != run.StateSuccess {
		t.Errorf("got %s, want what waited done", got)
	}
	if !y.Store.Client.Run.Query().Where(run.ConnectionID(fresh), run.StateEQ(run.StateSuccess)).ExistX(y.Ctx) {
		t.Error("got no first sync of the new account, want it done")
	}
}

// J1: a run is cancelled at rest and at work; what its process still does is not kept.
func TestCancel(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{Platform: noPace})
	id := y.AddAccount(y.Creator("c@example.test"), "youtube", sandbox.Choice{})
	y.RunDue()
	rest := y.RequestSync(id)
	if err := y.Queue.Cancel(y.Ctx, rest); err != nil || state(y, rest) != run.StateFailed {
		t.Errorf("at rest: got %v, %s", err, state(y, rest))
	}
	for name, id := range map[string]string{"over": rest, "unknown": "nothing"} {
		if err := y.Queue.Cancel(y.Ctx, id); !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: got %v, want it refused", name, err)
		}
	}
	y.World.AddFault(
		sandbox.Fault{Platform: "youtube", Endpoint: "/youtube/v3/channels", Kind: sandbox.FaultHang, Times: 1},
	)
	busy := y.RequestSync(id)
	if err := y.Runner.Work(y.Ctx); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := y.Runner.Stop(y.Ctx, 5*time.Second); err != nil {
			t.Error(err)
		}
	}()
	eventually(
		t,
		"the run to be at work",
		func() bool { return y.World.InFlight() > 0 && state(y, busy) == run.StateRunning },
	)
	if err := y.Queue.Cancel(y.Ctx, busy); err != nil {
		t.Fatal(err)
	}
	again, err := y.Queue.Sync(y.Ctx, id, planner.TriggerAdmin)
	if err != nil || !again.New {
		t.Fatalf("got %+v, %v, want a new run at once", again, err)
	}
	eventually(t, "the next run to end", func() bool { return state(y, again.RunID) == run.StateSuccess })
	if r := y.Store.Client.Run.GetX(y.Ctx, busy); r.State != run.StateFailed ||
		r.ErrorMessage != "cancelled by an admin" ||
		r.SettledAt == nil {
		t.Errorf("got %s %q, want it cancelled", r.State, r.ErrorMessage)
	}
}

// Everything that failed for one reason is retried at once, for a price that is said first; twice does
// nothing twice, and what cannot be retried stays.
func TestRetryAll(t *testing.T) {
	t.Parallel()
	const many = 12
	y := jobstest.New(t, jobstest.Options{Platform: func(p *config.Platform) { p.Quotas, p.Delay = nil, 2*time.Second }})
	owner := y.Creator("b@example.test")
	var ids []string
	for _, a := range y.World.AddAccounts("youtube", many) {
		id := y.AddAccount(owner, "youtube", sandbox.Choice{Account: a.ID})
		ids = append(ids, id)
		y.Store.Client.Run.Update().
			Where(run.ConnectionID(id)).
			SetState(run.StateDead).
			SetErrorCode(string(fault.PlatformError)).
			SetCompletedAt(y.Now()).
			ExecX(y.Ctx)
	}
	y.Store.Client.Connection.UpdateOneID(ids[0]).SetStatus(connection.StatusNeedsReconnect).ExecX(y.Ctx)
	if err := y.Connect.Pause(y.Ctx, ids[1]); err != nil {
		t.Fatal(err)
	}
	f := planner.Filter{Platform: "youtube", Code: string(fault.PlatformError)}
	b, err := y.Queue.Estimate(y.Ctx, f)
	if err != nil || b.Runs != many || b.Syncs != many-2 || b.Unfit["needs_reconnect"] != 1 || b.Unfit["paused"] != 1 ||
		len(b.Price) != 1 ||
		b.Price[0].Units != 3*(many-2) ||
		b.Price[0].Takes <= 0 {
		t.Errorf("got %+v, %v", b, err)
	}
	if b, err := y.Queue.Estimate(y.Ctx, planner.Filter{Platform: "tiktok"}); err != nil || b.Runs != 0 {
		t.Errorf("another platform: got %+v, %v, want nothing", b, err)
	}
	twice := y.Store.Client.Run.Create().
		SetConnectionID(ids[2]).
		SetPlatform("youtube").
		SetTrigger(run.TriggerSchedule).
		SetState(run.StateFailed).
		SetErrorCode(string(fault.PlatformError)).
		SetCompletedAt(y.Now()).
		SaveX(y.Ctx).
		ID
	if b, err := y.Queue.Estimate(y.Ctx, f); err != nil || b.Runs != many+1 || b.Syncs != many-2 {
		t.Errorf("two runs of one account: got %+v, %v, want one sync of it", b, err)
	}
	if b, err := y.Queue.Estimate(y.Ctx, planner.Filter{Dead: true}); err != nil || b.Runs != many {
		t.Errorf("dead letters alone: got %+v, %v, want %d", b, err, many)
	}
	y.Store.Client.Run.DeleteOneID(twice).ExecX(y.Ctx)
	for _, want := range []int{many - 2, 0} {
		if n, left, err := y.Queue.RetryAll(y.Ctx, f); n != want || left != 0 || err != nil {
			t.Errorf("got %d, %v, want %d", n, err, want)
		}
	}
	if n := y.Store.Client.Run.Query().Where(run.TriggerEQ(run.TriggerRetry), run.CompletedAtIsNil()).CountX(y.Ctx); n != many-2 {
		t.Errorf("got %d runs, want %d", n, many-2)
	}
	for _, want := range []int{2, 0} {
		if n, left, err := y.Queue.DismissAll(y.Ctx, f); n != want || left != 0 || err != nil {
			t.Errorf("dismissed: got %d, %v, want %d", n, err, want)
		}
	}
}

// eventually waits for something that comes in its own time.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	end := time.NewTimer(30 * time.Second)
	defer end.Stop()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for !done() {
		select {
		case <-end.C:
			t.Fatalf("waited for %s", what)
		case <-look.C:
		}
	}
}
