package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/jobs"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/ent/run"
)

// runner is another runner on a harness's rooms. log may be nil.
func runner(t *testing.T, y *jobstest.Harness, o jobs.RunnerOptions, log *slog.Logger) *jobs.Runner {
	t.Helper()
	q, err := jobs.New(jobs.Options{Store: y.Store, Planner: y.Planner, Platforms: y.Platforms, Now: y.Now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	o.Queue, o.Syncer = q, y.Syncer
	r, err := jobs.NewRunner(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// without takes a platform's credentials away.
func without(y *jobstest.Harness, platformID string) *jobstest.Harness {
	return y.Reopen(func(p *config.Platform) {
		if p.ID == platformID {
			p.ClientID, p.ClientSecret = "", ""
		}
	})
}

var nightly = map[string]string{"instagram": "0 3 * * *", "tiktok": "0 3 * * *", "youtube": "0 3 * * *"}

// due makes accounts of a platform whose time has come.
func due(y *jobstest.Harness, platformID string, n int) (ids []string) {
	owner := y.Creator("due@example.test")
	for _, a := range y.World.AddAccounts(platformID, n) {
		ids = append(ids, y.AddAccount(owner, platformID, sandbox.Choice{Account: a.ID}))
	}
	y.RunDue()
	y.Advance(24 * time.Hour)
	return ids
}

// A clock that cannot be set, or a database that cannot be read, stops the start with an error.
func TestAClockThatCannotStart(t *testing.T) {
	t.Parallel()
	bad := map[string]string{"instagram": "0 3 * * *", "tiktok": "at night", "youtube": "0 3 * * *"}
	y := jobstest.New(t, jobstest.Options{})
	for name, o := range map[string]jobs.RunnerOptions{
		"no zone":             {Crons: nightly},
		"a line that is none": {Zone: time.UTC, Crons: bad},
	} {
		q := runner(t, without(y, "instagram"), o, nil)
		if err := q.Start(y.Ctx, false); err == nil {
			t.Errorf("%s: got it started", name)
		}
		if err := q.Stop(y.Ctx, time.Second); err != nil {
			t.Errorf("%s: stop: %v", name, err)
		}
	}
	if y.Store.Embedded() {
		if _, err := y.Store.SQL().ExecContext(y.Ctx, `DROP TABLE river_leader`); err != nil {
			t.Fatal(err)
		}
		if err := runner(t, y, jobs.RunnerOptions{Zone: time.UTC, Crons: nightly}, nil).Work(y.Ctx); err == nil {
			t.Error("without a table of the queue's: got it started")
		}
	}
	s, err := store.Open(t.Context(), storetest.URL(t)) // without tables
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	empty := *y
	empty.Store = s
	empty.Planner = planner.New(planner.Options{Store: s, Platforms: y.Platforms, Source: "sandbox", Now: y.Now})
	empty.Syncer = syncer.New(syncer.Options{
		Store: s, Planner: empty.Planner, Platforms: y.Platforms, Grants: y.Connect.Grants, Source: "sandbox", Now: y.Now,
	})
	q := runner(t, &empty, jobs.RunnerOptions{Zone: time.UTC, Crons: nightly}, nil)
	begins := map[string]func() error{"the clock": func() error { return q.Start(y.Ctx, false) }}
	if s.Embedded() { // PostgreSQL's workers wait for their tables
		begins["all"] = func() error { return q.Start(y.Ctx, true) }
		begins["a command"] = func() error { return q.Work(y.Ctx) }
	}
	for name, begin := range begins {
		if err := begin(); err == nil {
			t.Errorf("%s without tables: got it started", name)
		}
	}
}

// What cannot be planned now stays due, is told in the log once for each piece of work, and is planned when it can be.
func TestATickInTrouble(t *testing.T) {
	t.Parallel()
	const many = 5
	y := jobstest.New(t, jobstest.Options{Platform: noPace})
	due(y, "tiktok", many)
	var said bytes.Buffer
	asked := 0
	part := without(y, "youtube")
	q := runner(t, part, jobs.RunnerOptions{
		Zone: time.UTC, Crons: nightly,
		EveryMinute: map[string]func(context.Context) error{
			"a chore":        func(context.Context) error { asked++; return nil },
			"one that fails": func(context.Context) error { return errors.New("it could not") },
		},
	}, slog.New(slog.NewTextHandler(&said, nil)))
	tick := func(want ...string) {
		t.Helper()
		said.Reset()
		q.Tick(y.Ctx)
		if n := strings.Count(said.String(), "level=ERROR"); n != len(want) {
			t.Errorf("got %d errors, want %d: %s", n, len(want), said.String())
		}
		for _, w := range want {
			if !strings.Contains(said.String(), w) {
				t.Errorf("got %s, want %q in it", said.String(), w)
			}
		}
	}
	waiting := func() int { return y.Store.Client.Run.Query().Where(run.CompletedAtIsNil()).CountX(y.Ctx) }
	for _, table := range []string{"river_job", "runs"} {
		allow := storetest.Deny(t, y.Store.SQL(), y.Store.Dialect, table)
		tick(`what="plan tiktok"`, `what="one that fails"`)
		allow()
		if n := waiting(); n != 0 {
			t.Errorf("%s: got %d runs planned half, want none", table, n)
		}
	}
	tick(`what="one that fails"`)
	if n := waiting(); n != many || asked != 3 {
		t.Errorf("got %d planned and a chore done %d times, want %d and 3", n, asked, many)
	}
	gone, cancel := context.WithCancel(y.Ctx)
	cancel()
	said.Reset()
	if q.Tick(gone); said.Len() != 0 {
		t.Errorf("told to stop: got %s, want nothing said", said.String())
	}
	for _, which := range []planner.Selection{planner.SelectDue, planner.SelectAll} {
		if _, err := part.Queue.Plan(gone, "tiktok", which, planner.TriggerAdmin); !errors.Is(err, context.Canceled) {
			t.Errorf("told to stop: got %v, want that", err)
		}
	}
}

// J4: two replicas that plan the same accounts in the same moment make one run of each, and lose none.
func TestTwoPlansAtOnce(t *testing.T) {
	t.Parallel()
	if !storetest.Postgres() {
		t.Skip("SQLite has one process, and writes one after the other")
	}
	for _, many := range []int{6, 1} {
		planTwice(t, many)
	}
}

// planTwice lets one replica ask for an account, and another plan it with others before the first is done.
func planTwice(t *testing.T, many int) {
	t.Helper()
	y := jobstest.New(t, jobstest.Options{Platform: noPace})
	ids := due(y, "tiktok", many)
	before := y.Store.Client.Run.Query().CountX(y.Ctx)
	held, release := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() { // the other replica has taken one and is not done
		first <- y.Store.Tx(y.Ctx, func(tx store.Tx) error {
			a, err := y.Planner.Ask(y.Ctx, tx, ids[many/2], planner.KindSync, planner.TriggerSchedule)
			if err != nil || !a.New {
				t.Errorf("got %+v, %v, want a run", a, err)
			}
			close(held)
			<-release
			return err
		})
	}()
	<-held
	var runs []string
	second := make(chan error, 1)
	go func() {
		var err error
		runs, err = y.Queue.Plan(y.Ctx, "tiktok", planner.SelectDue, planner.TriggerSchedule)
		second <- err
	}()
	eventually(t, "the second plan to wait for the first", func() bool {
		var n int
		err := y.Store.SQL().
			QueryRowContext(y.Ctx, `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`).
			Scan(&n)
		return err == nil && n > 0
	})
	close(release)
	if err := errors.Join(<-first, <-second); err != nil {
		t.Fatal(err)
	}
	if n := y.Store.Client.Run.Query().CountX(y.Ctx) - before; n != many || len(runs) != many-1 {
		t.Errorf("got %d runs, %d of them of the second plan, want %d and %d", n, len(runs), many, many-1)
	}
}

// J10: a run that hangs at its platform when the process is to end is cut off in time, and goes back to the queue.
func TestStoppedInTheMiddle(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{Platform: noPace})
	id := y.AddAccount(y.Creator("stop@example.test"), "tiktok", sandbox.Choice{})
	y.RunDue()
	hang := y.World.AddFault(sandbox.Fault{Platform: "tiktok", Kind: sandbox.FaultHang})
	if err := y.Runner.Work(y.Ctx); err != nil {
		t.Fatal(err)
	}
	asked := y.RequestSync(id)
	eventually(t, "the run to hang", func() bool {
		f := y.World.Faults()
		return len(f) == 1 && f[0].Hits > 0
	})
	began := time.Now()
	if err := y.Runner.Stop(y.Ctx, 50*time.Millisecond); err != nil {
		t.Errorf("got %v, want a good end", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("got %s until the end, want it soon", took)
	}
	y.World.RemoveFault(hang)
	if r := y.Store.Client.Run.GetX(y.Ctx, asked); r.CompletedAt != nil || r.State == run.StateRunning {
		t.Errorf("got %s, completed %v, want it open and nobody's", r.State, r.CompletedAt)
	}
	again := runner(t, y, jobs.RunnerOptions{Zone: time.UTC, Crons: nightly}, nil)
	if err := again.Work(y.Ctx); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the next process to end it", func() bool { return state(y, asked) == run.StateSuccess })
	if err := again.Stop(y.Ctx, 10*time.Second); err != nil {
		t.Error(err)
	}
}
