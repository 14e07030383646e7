package syncer_test

import (
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent/quotause"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/schedule"
	"github.com/truecount/truecount/ent/synclog"
)

// J14: a clock that moved by more than a day between two looks is believed when it has gone on at its pace for six
// hours, looked at all the while, in this process or in others; one that goes back meanwhile starts anew.
func TestAClockIsBelievedWhenItIsSteady(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	look := func() (ok bool, leapt time.Duration) {
		t.Helper()
		s, err := y.Planner.Clock.Trusted(y.Ctx)
		if err != nil {
			t.Fatal(err)
		}
		return s.OK, s.Leapt
	}
	believed := func(when string, want bool) {
		t.Helper()
		if ok, _ := look(); ok != want {
			t.Errorf("%s: got %t, want %t", when, ok, want)
		}
	}
	// after lets time go by in steps, and gives how long it took until the clock was believed.
	after := func(step time.Duration) time.Duration {
		t.Helper()
		for took := time.Duration(0); took <= 24*time.Hour; took += step {
			if ok, _ := look(); ok {
				return took
			}
			y.Advance(step)
		}
		t.Fatal("got no belief within a day")
		return 0
	}
	believed("a new database", true)
	y.Advance(20 * time.Hour)
	believed("a night off", true)
	y.Advance(40 * 24 * time.Hour)
	if ok, leapt := look(); ok || leapt != 40*24*time.Hour {
		t.Errorf("after 40 days: got %t, %s, want no belief and the leap told", ok, leapt)
	}
	if _, leapt := look(); leapt != 0 {
		t.Errorf("got %s told twice", leapt)
	}
	if took := after(time.Minute); took != 6*time.Hour {
		t.Errorf("got belief after %s, want six hours", took)
	}
	// 400 days ahead and back.
	y.Advance(400 * 24 * time.Hour)
	believed("ahead", false)
	y.Advance(5 * time.Hour)
	believed("ahead, hours in which nobody looked", false)
	y.Advance(-400 * 24 * time.Hour)
	if took := after(5 * time.Minute); took > 6*time.Hour {
		t.Errorf("back: got belief after %s, want it within six hours", took)
	}
	y.Advance(-time.Hour)
	believed("an hour back", true)
	// On for two hours at a time: what was seen of the clock counts together.
	y.Advance(30 * 24 * time.Hour)
	evenings := 0
	for ok := false; !ok && evenings < 10; evenings++ {
		other := y.SecondProcess()
		for range 24 {
			s, err := other.Planner.Clock.Trusted(y.Ctx)
			if err != nil {
				t.Fatal(err)
			}
			ok = s.OK
			y.Advance(5 * time.Minute)
		}
		y.Advance(22 * time.Hour)
	}
	if evenings < 3 || evenings > 4 {
		t.Errorf("got belief on evening %d, want the fourth", evenings)
	}
}

// J14: what is forgotten once an hour is forgotten again when a clock that was a year ahead is right.
func TestPruningGoesOnWhenTheClockWentBack(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("back@example.test"), "tiktok", sandbox.Choice{})
	y.Advance(400 * day)
	keep := config.Keep{Logs: 90 * day}
	if _, err := y.Syncer.Prune(y.Ctx, keep); err != nil {
		t.Fatal(err)
	}
	y.Advance(-400 * day)
	old := y.Now().Add(-91 * day)
	y.Store.Client.SyncLog.Create().
		SetConnectionID(id).
		SetRunID("x").
		SetPlatform("tiktok").
		SetSyncType("token").
		SetStatus("success").
		SetStartedAt(old).
		SetCompletedAt(old).
		SetDuration(1).
		SetAttempt(1).
		ExecX(y.Ctx)
	got, err := y.Syncer.Prune(y.Ctx, keep)
	if err != nil || got.Logs != 1 || y.Store.Client.SyncLog.Query().Where(synclog.RunID("x")).ExistX(y.Ctx) {
		t.Errorf("got %+v, %v, want the old row forgotten", got, err)
	}
}

// J14: what is due of accounts as a whole is brought back, too, when a clock was a year ahead.
func TestInsightsAreRealigned(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("insights@example.test"), "instagram", sandbox.Choice{})
	y.RunDue()
	y.Store.Client.Schedule.Update().
		Where(schedule.ConnectionID(id)).
		SetInsightsDueAt(y.Now().Add(400 * 24 * time.Hour)).
		ExecX(y.Ctx)
	if _, err := y.Planner.Realign(y.Ctx); err != nil {
		t.Fatal(err)
	}
	s := y.Store.Client.Schedule.Query().Where(schedule.ConnectionID(id)).OnlyX(y.Ctx)
	if s.InsightsDueAt == nil || s.InsightsDueAt.Sub(y.Now()) > 8*24*time.Hour {
		t.Errorf("got %v, want it within a week", s.InsightsDueAt)
	}
}

// Posts that were not read do not count as read, though their run is kept as a partial one.
func TestPostsThatWereNotReadAreNotFresh(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("unread@example.test"), "tiktok", sandbox.Choice{})
	y.RunDue()
	was := y.Store.Client.Schedule.Query().Where(schedule.ConnectionID(id)).OnlyX(y.Ctx).PostsReadAt
	y.World.AddFault(
		sandbox.Fault{Platform: "tiktok", Endpoint: "/v2/video/list/", Kind: sandbox.FaultStatus, Status: 500},
	)
	y.Advance(24 * time.Hour)
	r := y.RequestSync(id)
	y.RunDue()
	got := y.Store.Client.Schedule.Query().Where(schedule.ConnectionID(id)).OnlyX(y.Ctx).PostsReadAt
	if state := y.Store.Client.Run.GetX(y.Ctx, r).State; state != run.StatePartial || was == nil || got == nil ||
		!got.Equal(*was) {
		t.Errorf("got a run that ended %s and posts read at %v, want a partial one and %v", state, got, was)
	}
}

// What a person's accounts spent of the quotas is kept by the account's id at the platform, and goes with them.
func TestErasingForgetsWhatWasSpent(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	owner := y.Creator("spent@example.test")
	id := y.AddAccount(owner, "instagram", sandbox.Choice{})
	c := y.Store.Client.Connection.GetX(y.Ctx, id)
	if c.AltID == "" {
		t.Fatal("got no second id, want one to be forgotten")
	}
	for _, who := range []string{c.ID, c.ExternalID, c.AltID} {
		y.Store.Client.QuotaUse.Create().
			SetPlatform("instagram").
			SetBucket("calls").
			SetScope("~1h0m0s " + who).
			SetWindowStart(y.Now()).
			SetWindowEnd(y.Now().Add(time.Hour)).
			SetUsed(1).
			ExecX(y.Ctx)
	}
	if err := y.Store.Tx(y.Ctx, func(tx store.Tx) error { return y.Syncer.Erase(y.Ctx, tx, owner) }); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{c.ID, c.ExternalID, c.AltID} {
		if y.Store.Client.QuotaUse.Query().Where(quotause.ScopeHasSuffix(who)).ExistX(y.Ctx) {
			t.Errorf("got what %s spent, want it forgotten", who)
		}
	}
}
