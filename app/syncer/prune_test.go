package syncer_test

import (
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/ent/run"
)

// What is older than it is kept for is forgotten in batches, once an hour; what is kept for ever stays, and so
// does a run that has not ended.
func TestPrune(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("old@example.test"), "tiktok", sandbox.Choice{})
	y.RunDue()
	old := y.Now()
	for range 1200 { // more than two batches
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
			SaveX(y.Ctx)
	}
	y.Advance(50 * day)
	y.RequestSync(id)
	y.RunDue()
	y.Advance(50 * day)
	waits := y.RequestSync(id)
	keep := config.Keep{Logs: 90 * day, Runs: 90 * day}
	snapshots := y.Store.Client.Snapshot.Query().CountX(y.Ctx)
	got, err := y.Syncer.Prune(y.Ctx, keep)
	if err != nil || got.Logs < 1200 || got.Runs != 1 || got.Snapshots != 0 || got.History != 0 {
		t.Errorf("got %+v, %v, want the first sync and its logs forgotten", got, err)
	}
	if again, err := y.Syncer.Prune(y.Ctx, keep); err != nil || again != (syncer.Pruned{}) {
		t.Errorf("a moment later: got %+v, %v, want nothing done", again, err)
	}
	if n := y.Store.Client.SyncLog.Query().CountX(y.Ctx); n == 0 {
		t.Error("got no log rows, want those of the younger run")
	}
	if ids := y.Store.Client.Run.Query().Where(run.CompletedAtIsNil()).IDsX(y.Ctx); len(ids) != 1 || ids[0] != waits {
		t.Errorf("got %v, want the run that waits kept", ids)
	}
	if n := y.Store.Client.Snapshot.Query().CountX(y.Ctx); n != snapshots {
		t.Errorf("got %d snapshots, want all %d", n, snapshots)
	}
	y.Advance(60 * day)
	if got, err := y.Syncer.Prune(y.Ctx, config.Keep{Snapshots: 40 * day, History: 40 * day}); err != nil ||
		got.Snapshots != snapshots ||
		got.History == 0 ||
		got.Runs != 0 {
		t.Errorf("with snapshots kept 40 days: got %+v, %v, want those alone forgotten", got, err)
	}
}
