package syncer_test

import (
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/ent/synclog"
)

// J14: a clock that moved by more than a day between two looks is believed when it has gone on at its pace for six
// hours, looked at all the while, in this process or in others; one that goes back meanwhile starts anew.
func TestAClockIsBelievedWhenItIsSteady(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	look := func() (ok bool, leapt time.Duration) {
		t.Helper()
		s, err := y.Syncer.Steady(y.Ctx)
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
			y.Turn(step)
		}
		t.Fatal("got no belief within a day")
		return 0
	}
	believed("a new database", true)
	y.Turn(20 * time.Hour)
	believed("a night off", true)
	y.Turn(40 * 24 * time.Hour)
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
	y.Turn(400 * 24 * time.Hour)
	believed("ahead", false)
	y.Turn(5 * time.Hour)
	believed("ahead, hours in which nobody looked", false)
	y.Turn(-400 * 24 * time.Hour)
	if took := after(5 * time.Minute); took > 6*time.Hour {
		t.Errorf("back: got belief after %s, want it within six hours", took)
	}
	y.Turn(-time.Hour)
	believed("an hour back", true)
	// On for two hours at a time: what was seen of the clock counts together.
	y.Turn(30 * 24 * time.Hour)
	evenings := 0
	for ok := false; !ok && evenings < 10; evenings++ {
		other := y.Another()
		for range 24 {
			s, err := other.Syncer.Steady(y.Ctx)
			if err != nil {
				t.Fatal(err)
			}
			ok = s.OK
			y.Turn(5 * time.Minute)
		}
		y.Turn(22 * time.Hour)
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
	id := y.Join(y.Creator("back@example.test"), "tiktok", sandbox.Choice{})
	y.Turn(400 * day)
	keep := config.Keep{Logs: 90 * day}
	if _, err := y.Syncer.Prune(y.Ctx, keep); err != nil {
		t.Fatal(err)
	}
	y.Turn(-400 * day)
	old := y.Now().Add(-91 * day)
	y.Store.Client.SyncLog.Create().SetConnectionID(id).SetRunID("x").SetPlatform("tiktok").SetSyncType("token").SetStatus("success").
		SetStartedAt(old).SetCompletedAt(old).SetDuration(1).SetAttempt(1).ExecX(y.Ctx)
	got, err := y.Syncer.Prune(y.Ctx, keep)
	if err != nil || got.Logs != 1 || y.Store.Client.SyncLog.Query().Where(synclog.RunID("x")).ExistX(y.Ctx) {
		t.Errorf("got %+v, %v, want the old row forgotten", got, err)
	}
}
