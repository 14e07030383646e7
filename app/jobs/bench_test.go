package jobs_test

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/analytics"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/run"
)

// size reads a number from the environment: the full figures take minutes.
func size(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// crowd is a harness with that many accounts that were synced once, and so many workers.
func crowd(b *testing.B, accounts, workers int) *jobstest.Harness {
	b.Helper()
	debug.SetGCPercent(300) // as the server does
	y := jobstest.New(
		b,
		jobstest.Options{
			Platform: func(p *config.Platform) { p.Delay, p.Quotas, p.PostLimit = 0, nil, 50 },
			Workers:  workers,
		},
	)
	owner := y.Creator("crowd@example.test")
	for i, p := range []string{"instagram", "tiktok", "youtube"} {
		for _, a := range y.World.AddAccounts(p, (accounts+2-i)/3) {
			y.AddAccount(owner, p, sandbox.Choice{Account: a.ID})
		}
	}
	y.RunDue()
	return y
}

// all queues every account and waits until all are done.
func all(b *testing.B, y *jobstest.Harness) int {
	b.Helper()
	y.Advance(time.Minute)
	n := 0
	for _, p := range []string{"instagram", "tiktok", "youtube"} {
		runs, err := y.Queue.Plan(y.Ctx, p, planner.SelectAll, planner.TriggerCommand)
		if err != nil {
			b.Fatal(err)
		}
		n += len(runs)
	}
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for since := time.Now(); y.Store.Client.Run.Query().Where(run.CompletedAtIsNil()).CountX(y.Ctx) > 0; <-look.C {
		if time.Since(since) > 2*time.Minute {
			b.Fatalf("got stuck at %v", y.Store.Client.Run.Query().Where(run.CompletedAtIsNil()).FirstX(y.Ctx))
		}
		y.Advance(time.Second) // the pretend platforms take so many a minute
	}
	return n
}

// Full syncs a second (a profile, up to 50 posts, snapshots and logs), fakes that answer at once on the
// same cores.
func BenchmarkSyncs(b *testing.B) {
	y := crowd(b, size("ACCOUNTS", 600), 32)
	if err := y.Runner.Work(y.Ctx); err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		n += all(b, y)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "syncs/s")
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MB")
	if err := y.Runner.Stop(y.Ctx, time.Minute); err != nil {
		b.Error(err)
	}
}

// How close a batch comes to what the platforms' 80 ms a call allow with 32 workers: 1 is as good as can be.
func BenchmarkLatencyBound(b *testing.B) {
	const each = 80 * time.Millisecond
	y := crowd(b, size("ACCOUNTS", 300), 32)
	for _, p := range []string{"instagram", "tiktok", "youtube"} {
		y.World.AddFault(sandbox.Fault{Platform: p, Kind: sandbox.FaultDelay, Delay: each})
	}
	if err := y.Runner.Work(y.Ctx); err != nil {
		b.Fatal(err)
	}
	y.World.ResetCalls()
	for b.Loop() {
		all(b, y)
	}
	calls := int64(0)
	for _, p := range []string{"instagram", "tiktok", "youtube"} {
		for _, n := range y.World.Calls(p) {
			calls += n
		}
	}
	bound := time.Duration(calls) * each / 32
	b.ReportMetric(float64(b.Elapsed())/float64(bound), "×bound")
	if err := y.Runner.Stop(y.Ctx, time.Minute); err != nil {
		b.Error(err)
	}
}

// many fills the database with connections that are due, without accounts behind them.
func many(b *testing.B, y *jobstest.Harness, n int) {
	b.Helper()
	owner := y.Creator("many@example.test")
	for from := 0; from < n; from += 500 {
		var connections []*ent.ConnectionCreate
		var schedules []*ent.ScheduleCreate
		for i := from; i < min(n, from+500); i++ {
			id := uuid.Must(uuid.NewV7()).String()
			connections = append(
				connections,
				y.Store.Client.Connection.Create().SetID(id).SetOwnerID(owner).SetPlatform("tiktok").SetSource("sandbox").
					SetExternalID(strconv.Itoa(i)).
					SetHandle(fmt.Sprintf("account%d", i)).SetStatus("connected").SetStatusSince(y.Now()),
			)
			schedules = append(
				schedules,
				y.Store.Client.Schedule.Create().SetConnectionID(id).SetPlatform("tiktok").SetDueAt(y.Now()).
					SetLastSuccessAt(y.Now().Add(-24*time.Hour)).
					SetPostsReadAt(y.Now().Add(-24*time.Hour+time.Duration(i)*time.Millisecond)),
			)
		}
		y.Store.Client.Connection.CreateBulk(connections...).ExecX(y.Ctx)
		y.Store.Client.Schedule.CreateBulk(schedules...).ExecX(y.Ctx)
	}
}

// Planning a night: who is due is picked, and those whose turn comes within minutes get a run and a job; the
// next minutes take the rest.
func BenchmarkPlanANight(b *testing.B) {
	n := size("CONNECTIONS", 10_000)
	y := jobstest.New(b, jobstest.Options{Platform: noPace})
	many(b, y, n)
	b.ReportAllocs()
	for b.Loop() {
		runs, err := y.Queue.Plan(y.Ctx, "tiktok", planner.SelectDue, planner.TriggerSchedule)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(runs)), "runs/op")
		b.StopTimer()
		y.Store.Client.Run.Delete().ExecX(y.Ctx)
		y.Store.Client.Schedule.Update().SetDueAt(y.Now()).ExecX(y.Ctx)
		b.StartTimer()
	}
}

// A creator's overview and the admin's page with few and with many connections beside them.
func BenchmarkPages(b *testing.B) {
	for _, n := range []int{1_000, size("CONNECTIONS", 10_000)} {
		y := jobstest.New(b, jobstest.Options{Platform: noPace})
		many(b, y, n)
		owner := y.Creator("reader@example.test")
		for _, p := range []string{"instagram", "tiktok", "youtube"} {
			y.AddAccount(owner, p, sandbox.Choice{})
		}
		y.RunDue()
		b.Run("admin/"+strconv.Itoa(n), func(b *testing.B) {
			h := show(y)
			for b.Loop() {
				if _, err := h.console.Overview(y.Ctx, "all"); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("overview/"+strconv.Itoa(n), func(b *testing.B) {
			a := pages(y)
			ctx := viewer.With(b.Context(), viewer.Viewer{UserID: owner})
			span, err := analytics.ParseSpan("", y.Now())
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := a.Overview(ctx, owner, span, ""); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// How long a page's reading takes, 95 of 100 times, while a batch runs with the workers of the default.
func BenchmarkReadsUnderLoad(b *testing.B) {
	y := crowd(b, size("ACCOUNTS", 300), 8)
	owner := y.Creator("reader@example.test")
	for _, p := range []string{"instagram", "tiktok", "youtube"} {
		y.AddAccount(owner, p, sandbox.Choice{Account: y.World.AddAccounts(p, 1)[0].ID})
	}
	y.RunDue()
	a := pages(y)
	h := show(y)
	if err := y.Runner.Work(y.Ctx); err != nil {
		b.Fatal(err)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				all(b, y)
			}
		}
	})
	var took []time.Duration
	ctx := viewer.With(b.Context(), viewer.Viewer{UserID: owner})
	for b.Loop() {
		began := time.Now()
		if _, err := a.Platform(ctx, owner, "tiktok", analytics.PlatformQuery{}); err != nil {
			b.Fatal(err)
		}
		if _, err := h.console.Overview(y.Ctx, "all"); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began)/2)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100])/float64(time.Millisecond), "p95-ms")
	close(stop)
	wg.Wait()
	if err := y.Runner.Stop(y.Ctx, time.Minute); err != nil {
		b.Error(err)
	}
}

// What an admin is told before acting on many, and the lists of people and of what was done, beside many accounts, of
// which every tenth waits for somebody. CONNECTIONS=100000.
func BenchmarkQuestions(b *testing.B) {
	n := size("CONNECTIONS", 10_000)
	y := jobstest.New(b, jobstest.Options{Platform: noPace})
	many(b, y, n)
	db, counter := y.Store.SQL(), fmt.Sprintf(
		"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d) ",
		n-1,
	)
	for _, q := range []string{
		counter + `INSERT INTO users (id, email, name, role, password_hash, created_at) SELECT 'u' || i, 'p' || i || '@example.test', 'P' || i, 'creator', 'x', $1 FROM n`,
		`INSERT INTO runs (id, connection_id, platform, kind, "trigger", state, attempt, items, api_calls, error_code, error_message, rate_limited, completed_at, claimed_by, job_id, created_at)
			SELECT 'r' || id, id, platform, 'sync', 'schedule', 'dead', 1, 0, 0, 'TIMEOUT', '', 1 = 0, $1, '', 0, $1 FROM connections WHERE id LIKE '%0'`,
	} {
		if _, err := db.ExecContext(y.Ctx, q, y.Now()); err != nil {
			b.Fatal(err)
		}
	}
	a := auth.New(auth.Options{Store: y.Store, Now: y.Now})
	for range min(n, 2000) {
		if err := a.Log.Record(y.Ctx, auth.Event{Action: "sync", Target: "x", Result: "ok"}); err != nil {
			b.Fatal(err)
		}
	}
	for name, ask := range map[string]func() error{
		"bulk":         func() error { _, err := y.Connect.Count(y.Ctx, connect.Filter{}); return err },
		"bulk/search":  func() error { _, err := y.Connect.Count(y.Ctx, connect.Filter{Search: "unt43"}); return err },
		"retry":        func() error { _, err := y.Queue.Estimate(y.Ctx, planner.Filter{}); return err },
		"people":       func() error { _, err := a.People(y.Ctx, "", 1); return err },
		"people/query": func() error { _, err := a.People(y.Ctx, "p4321", 1); return err },
		"audit":        func() error { _, err := a.Log.Trail(y.Ctx, auth.TrailQuery{Action: "sync"}); return err },
	} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				if err := ask(); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*95/100])/float64(time.Millisecond), "p95-ms")
		})
	}
}

// pages are the read models of the creator's pages.
func pages(y *jobstest.Harness) *analytics.Analytics {
	known := accounts.New(accounts.Options{Store: y.Store, Platforms: y.Platforms, Source: "sandbox", Now: y.Now})
	return analytics.New(analytics.Options{
		Store: y.Store, Platforms: y.Platforms, Now: y.Now, Accounts: known,
		Numbers: numbers.New(numbers.Options{Store: y.Store, Accounts: known, Now: y.Now}),
	})
}
