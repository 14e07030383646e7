package jobs_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/truecount/truecount/app/jobs"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/ent/run"
)

// falling is a platform that falls over when its profile is read. first may be nil.
type falling struct {
	platform.Platform
	first func()
}

func (f falling) Profile(context.Context, platform.Token) (platform.Profile, error) {
	if f.first != nil {
		f.first()
	}
	panic("nobody thought of this")
}

// fallingSyncer is a harness's syncer whose platforms fall over.
func fallingSyncer(y *jobstest.Harness, report jobs.Report, first func()) *syncer.Syncer {
	return syncer.New(syncer.Options{
		Store: y.Store, Planner: y.Planner, Grants: y.Connect.Grants, Source: "sandbox", Now: y.Now, StoredLate: report,
		Platforms: platformtest.Wrapped(
			y.Platforms,
			func(p platform.Platform) platform.Platform { return falling{p, first} },
		),
	})
}

// log is what was logged, line by line.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) lines(with string) (out []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range strings.Split(l.b.String(), "\n") {
		if strings.Contains(line, with) {
			out = append(out, line)
		}
	}
	return out
}

// J13: a run that falls over is one line in the log, an error with its stack, and its job waits for the time that
// was stored, not for one of the queue's own.
func TestARunThatFallsOver(t *testing.T) {
	t.Parallel()
	seen := &log{}
	y := jobstest.New(t, jobstest.Options{Log: slog.New(slog.NewTextHandler(seen, nil))})
	id := y.AddAccount(y.Creator("over@example.test"), "tiktok", sandbox.Choice{})
	y.Use(fallingSyncer(y, nil, nil))
	if err := y.Runner.Work(y.Ctx); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := y.Runner.Stop(y.Ctx, time.Minute); err != nil {
			t.Error(err)
		}
	}()
	var state string
	var at time.Time
	began := time.Now()
	for state != "scheduled" && state != "retryable" {
		if err := y.Store.SQL().QueryRowContext(y.Ctx, `SELECT state, scheduled_at FROM river_job`).Scan(&state, &at); err != nil {
			t.Fatal(err)
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("got the job %s after a minute", state)
		}
	}
	r := y.Store.Client.Run.Query().Where(run.ConnectionID(id)).OnlyX(y.Ctx)
	wait := r.NextAttemptAt.Sub(y.Now())
	if state != "scheduled" || r.State != run.StateRetrying || wait < 30*time.Second || at.Sub(began) < wait {
		t.Errorf(
			"got the job %s in %s, the run %s in %s, want both to wait for the stored time",
			state,
			at.Sub(began),
			r.State,
			wait,
		)
	}
	if got := seen.lines("level=ERROR"); len(got) != 1 || !strings.Contains(got[0], "nobody thought of this") ||
		!strings.Contains(got[0], "panic_test.go") {
		t.Errorf("got %q, want one line with the stack", got)
	}
}

// J13: a run that falls over while the database takes nothing is told of all the same, once, with its stack: when its
// outcome is stored with the next sign of life.
func TestARunThatFallsOverUnstored(t *testing.T) {
	t.Parallel()
	seen := &log{}
	y := jobstest.New(t, jobstest.Options{Log: slog.New(slog.NewTextHandler(seen, nil))})
	id := y.AddAccount(y.Creator("unstored@example.test"), "tiktok", sandbox.Choice{})
	r := y.Store.Client.Run.Query().Where(run.ConnectionID(id)).OnlyX(y.Ctx)
	var allow func()
	s := fallingSyncer(y, jobs.Reporter(slog.New(slog.NewTextHandler(seen, nil)), nil), func() {
		if allow == nil {
			allow = storetest.Deny(t, y.Store.SQL(), y.Store.Dialect, "runs")
		}
	})
	y.Use(s)
	if _, err := y.Runner.Attempt(y.Ctx, r.ID); err == nil {
		t.Fatal("got an outcome stored, want an error")
	}
	if got := seen.lines("msg=sync"); len(got) != 0 {
		t.Errorf("got %q before anything is stored, want nothing told", got)
	}
	allow()
	for range 2 {
		if err := s.Heartbeat(y.Ctx); err != nil {
			t.Fatal(err)
		}
	}
	got := seen.lines("msg=sync")
	if len(got) != 1 || !strings.Contains(got[0], "level=ERROR") || !strings.Contains(got[0], "nobody thought of this") ||
		!strings.Contains(
			got[0],
			"panic_test.go",
		) || !strings.Contains(got[0], r.ID) || !strings.Contains(got[0], "platform=tiktok") {
		t.Errorf("got %q, want one line with the stack", got)
	}
	if d, err := y.Runner.Attempt(y.Ctx, r.ID); err != nil || !d.Early || d.State != planner.StateRetrying {
		t.Errorf("got %+v, %v, want it to wait for its time", d, err)
	}
}
