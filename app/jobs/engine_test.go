package jobs_test

import (
	"sync"
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/snapshot"
	"github.com/truecount/truecount/ent/synclog"
)

func noPace(p *config.Platform) { p.Delay, p.Quotas = 0, nil }

// ended waits until n runs have ended.
func ended(t *testing.T, y *jobstest.Harness, n int) {
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
		ids = append(ids, y.AddAccount(owner, "tiktok", sandbox.Choice{Account: a.ID}))
	}
	y.RunDue() // first syncs
	before := y.Store.Client.Run.Query().CountX(y.Ctx)
	y.Advance(24 * time.Hour)
	runs, err := y.Queue.Plan(y.Ctx, "tiktok", planner.SelectDue, planner.TriggerSchedule)
	if err != nil || len(runs) != many {
		t.Fatalf("got %d planned, %v, want %d", len(runs), err, many)
	}
	// The stalest go first: the one asked for is among the last.
	asked, err := y.Queue.Sync(y.Ctx, ids[many-1], planner.TriggerCreator)
	if err != nil || asked.New {
		t.Fatalf("got %+v, %v, want the planned run brought forward", asked, err)
	}
	if err := y.Runner.Work(y.Ctx); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := y.Runner.Stop(y.Ctx, 10*time.Second); err != nil {
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

// J4: after three days without any process, three that come back at once make one run of each account, and
// spread them over half an hour.
func TestThreeDaysDown(t *testing.T) {
	t.Parallel()
	const many = 60
	y := jobstest.New(t, jobstest.Options{Platform: noPace})
	owner := y.Creator("down@example.test")
	for _, a := range y.World.AddAccounts("tiktok", many) {
		y.AddAccount(owner, "tiktok", sandbox.Choice{Account: a.ID})
	}
	y.RunDue()
	before := y.Store.Client.Run.Query().CountX(y.Ctx)
	y.Advance(3 * 24 * time.Hour)
	var wg sync.WaitGroup
	for _, p := range []*jobstest.Harness{y, y.SecondProcess(), y.SecondProcess()} {
		wg.Go(func() { p.Runner.Tick(y.Ctx) })
	}
	wg.Wait()
	if n := y.Store.Client.Run.Query().CountX(y.Ctx) - before; n != many {
		t.Errorf("got %d runs of %d accounts, want one each", n, many)
	}
	rows, err := y.Store.SQL().
		QueryContext(y.Ctx, `SELECT scheduled_at FROM river_job WHERE state = 'scheduled' ORDER BY scheduled_at`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var last time.Time
	n := 0
	for rows.Next() {
		if err := rows.Scan(&last); err != nil {
			t.Fatal(err)
		}
		n++
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if span := last.Sub(y.Now()); n < many/2 || span < 15*time.Minute || span > 31*time.Minute {
		t.Errorf("got %d that wait, the last for %s, want them spread over half an hour", n, span)
	}
	y.RunDue()
	for range 3 {
		y.Advance(time.Hour)
		y.Runner.Tick(y.Ctx)
	}
	if n := y.Store.Client.Run.Query().Where(run.KindEQ(run.KindSync)).CountX(y.Ctx); n != 2*many {
		t.Errorf("got %d syncs three hours later, want %d and no second catch-up", n, 2*many)
	}
}

// J5: over a year with a leap day, a 02:30 that one day does not have and one that comes twice, the clock
// ticking each hour makes one scheduled run and one snapshot a day.
func TestAYearOfNights(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"America/New_York", "Australia/Lord_Howe"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		cron, err := config.ParseCron("30 2 * * *", zone)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Date(2027, 10, 1, 0, 15, 0, 0, time.UTC)
		y := jobstest.New(
			t,
			jobstest.Options{Now: start, Platform: func(p *config.Platform) { noPace(p); p.Cron, p.PostLimit = cron, 1 }},
		)
		id := y.AddAccount(y.Creator("year@example.test"), "youtube", sandbox.Choice{})
		y.RunDue()
		const days = 400
		for hour := range days * 24 {
			y.Advance(time.Hour)
			if next := cron.Next(y.Now().Add(-time.Hour)); hour%24 != 0 && next.After(y.Now()) {
				continue // an hour in which nothing can be due; one a day is looked at all the same
			}
			y.Runner.Tick(y.Ctx)
			y.RunDue()
		}
		runs := y.Store.Client.Run.Query().Where(run.ConnectionID(id), run.TriggerEQ(run.TriggerSchedule)).AllX(y.Ctx)
		if len(runs) != days {
			t.Errorf("%s: got %d scheduled runs in %d days", name, len(runs), days)
		}
		nights := map[string]int{}
		for _, r := range runs {
			nights[r.CreatedAt.In(zone).Format(time.DateOnly)]++
		}
		snapshots := map[string]bool{}
		for _, s := range y.Store.Client.Snapshot.Query().Where(snapshot.ConnectionID(id), snapshot.Metric("follower_count")).AllX(y.Ctx) {
			snapshots[s.Day] = true
		}
		for d := 2; d < days-1; d++ {
			day := start.AddDate(0, 0, d)
			if n := nights[day.In(zone).Format(time.DateOnly)]; n != 1 {
				t.Errorf("%s: got %d runs in the night of %s, want 1", name, n, day.In(zone).Format(time.DateOnly))
			}
			if !snapshots[day.Format(time.DateOnly)] {
				t.Errorf("%s: got no snapshot of %s", name, day.Format(time.DateOnly))
			}
		}
	}
}
