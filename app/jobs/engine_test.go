package jobs_test

import (
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/synclog"
)

func noPace(p *config.Platform) { p.Delay, p.Quotas = 0, nil }

// ended waits until n runs have ended.
func ended(t *testing.T, y *jobstest.Yard, n int) {
	t.Helper()
	end := time.NewTimer(time.Minute)
	defer end.Stop()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		got := y.Store.Client.Run.Query().Where(run.CompletedAtNotNil()).CountX(y.Ctx)
		if got >= n {
			return
		}
		select {
		case <-end.C:
			t.Fatalf("got %d runs ended, want %d", got, n)
		case <-look.C:
		}
	}
}

// J7: whoever waits for a result does not wait for the night's work, on either database's engine.
func TestInteractiveBeforeNightly(t *testing.T) {
	t.Parallel()
	const many = 150
	y := jobstest.New(t, jobstest.Options{Platform: noPace})
	owner := y.Creator("night@example.test")
	var ids []string
	for _, a := range y.World.AddAccounts("tiktok", many) {
		ids = append(ids, y.Join(owner, "tiktok", sandbox.Choice{Account: a.ID}))
	}
	y.Work() // first syncs
	before := y.Store.Client.Run.Query().CountX(y.Ctx)
	y.Turn(24 * time.Hour)
	runs, err := y.Queue.Plan(y.Ctx, "tiktok", syncer.Due, syncer.Schedule)
	if err != nil || len(runs) != many {
		t.Fatalf("got %d planned, %v, want %d", len(runs), err, many)
	}
	// The stalest go first: the one asked for is among the last.
	asked, err := y.Queue.Sync(y.Ctx, ids[many-1], syncer.Creator)
	if err != nil || asked.New {
		t.Fatalf("got %+v, %v, want the planned run brought forward", asked, err)
	}
	if err := y.Queue.Work(y.Ctx); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := y.Queue.Stop(y.Ctx, 10*time.Second); err != nil {
			t.Error(err)
		}
	}()
	ended(t, y, before+many)
	place, seen := 0, map[string]bool{}
	for _, l := range y.Store.Client.SyncLog.Query().Where(synclog.RunIDIn(runs...)).Order(synclog.ByID()).AllX(y.Ctx) {
		if seen[l.RunID] = true; l.RunID == asked.RunID {
			place = len(seen)
			break
		}
	}
	if place == 0 || place > 16 { // the first that are fetched are on their way together
		t.Errorf("got the awaited run in place %d of %d, want it among the first", place, many)
	}
}
