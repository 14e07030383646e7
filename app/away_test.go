package app_test

import (
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/app/viewer"
)

// mended is how long a database may be back before every run that it interrupted has ended. // J12
const mended = 2 * time.Minute

// rounds is how often a database goes away: once for each way, or for as long as SOAK says.
func rounds(ways int) func(n int) bool {
	long, err := time.ParseDuration(os.Getenv("SOAK"))
	if err != nil {
		return func(n int) bool { return n < ways }
	}
	end := time.Now().Add(long)
	return func(int) bool { return time.Now().Before(end) }
}

// J12: PostgreSQL is restarted, fast and without a word, in the middle of a batch of two replicas, and comes
// back only after runs have ended whose outcome nobody could store. Every one of them ends, without a restart of ours,
// nothing is double, and the log stays short.
func TestPostgresAway(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the program and takes its database away: left out in -short")
	}
	const each = 12
	g := &gate{}
	const base = "http://127.0.0.1:1" // for the consents only
	pg := storetest.NewServer(t)
	w, address := abroad(t, base, g.around)
	vars := settings(t, w, address, base, pg.URL)
	seed(t, w, vars, each)
	binary := program(t)
	delete(vars, "BASE_URL")
	replicas := []*process{start(t, binary, vars), start(t, binary, vars)}
	all := func() (l tally) {
		end := time.Now().Add(mended)
		until(
			t,
			"every run to end, or too long",
			func() bool { l = look(t, vars); return l.ended == l.runs || time.Now().After(end) },
		)
		if l.ended != l.runs {
			t.Fatalf("waited %s for every run to end: %s", mended, unended(t, vars))
		}
		return l
	}
	runs := all().runs
	ways := []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT}
	again := rounds(len(ways))
	for n := 0; again(n); n++ {
		b := g.shut(15)
		runs += replicas[0].ask(t, vars["JOBS_SECRET"])
		select {
		case <-b.reached:
		case <-time.After(patience):
			t.Fatalf("no call was kept; the processes said %s%s", replicas[0].said, replicas[1].said)
		}
		pg.Stop(ways[n%len(ways)])
		g.open(b) // what was in the middle of its calls ends now
		until(t, "the calls to end", func() bool { return w.InFlight() == 0 })
		if err := pg.Start(); err != nil {
			t.Fatal(err)
		}
		back := time.Now()
		if after := all(); after.runs != runs || after.succeeded != runs || after.posts != after.distinct {
			t.Errorf(
				"round %d: got %+v, want %d runs, all done and nothing double; they said %s%s",
				n,
				after,
				runs,
				replicas[0].said,
				replicas[1].said,
			)
		}
		t.Logf("every run had ended %s after the database was back", time.Since(back).Round(time.Second))
	}
	for _, p := range replicas {
		within(t, 2*time.Minute, "the end of the outage to be told", func() bool {
			return strings.Count(p.said.String(), "does not work;") == strings.Count(p.said.String(), "works again")
		})
		if n := strings.Count(p.said.String(), "level=ERROR"); n > 4*len(ways) && os.Getenv("SOAK") == "" {
			t.Errorf("got %d lines of errors, want a few for each outage: %s", n, p.said)
		}
	}
}

// unended says how the runs stand that have not ended, and their jobs.
func unended(t *testing.T, vars map[string]string) (out string) {
	t.Helper()
	s, err := store.Open(t.Context(), vars["DATABASE_URL"])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	rows, err := s.Read.QueryContext(
		viewer.System(t.Context(), viewer.ReasonTest),
		`SELECT now()::text || ' ' || runs::text || ' JOB ' || coalesce(river_job::text, 'none') FROM runs LEFT JOIN river_job ON river_job.id = runs.job_id WHERE completed_at IS NULL`,
	)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		out += line + "\n"
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// J12, D2: a disk that fills up in the middle of a batch, and has space again a while later, costs no run; while one
// waits for space no platform is asked for another.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	const each = 8
	g := &gate{}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + l.Addr().String()
	w, address := abroad(t, base, g.around)
	vars := settings(t, w, address, base, "sqlite://"+filepath.Join(t.TempDir(), "test.db"))
	seed(t, w, vars, each)
	said := &transcript{}
	s, err := app.Start(
		t.Context(),
		app.Options{Platforms: tested, Config: load(t, vars), Log: slog.New(slog.NewTextHandler(said, nil))},
		l,
		func(string) {},
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop(viewer.System(t.Context(), viewer.ReasonTest)) })
	p := &process{url: s.URL, said: said}
	all := func() (l tally) {
		within(t, mended, "every run to end", func() bool { l = look(t, vars); return l.ended == l.runs })
		return l
	}
	runs := all().runs
	if err := s.Store.Writable(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := rounds(1)
	for n := 0; again(n); n++ {
		b := g.shut(10)
		runs += p.ask(t, vars["JOBS_SECRET"])
		<-b.reached
		space := storetest.Fill(t, s.Store.SQL())
		g.open(b)
		until(t, "outcomes to wait for space", func() bool { return s.Syncer.Unstored() > 0 })
		space()
		after := all()
		if after.runs != runs || after.succeeded != runs || after.posts != after.distinct {
			t.Errorf("round %d: got %+v, want %d runs, all done and nothing double; it said %s", n, after, runs, said)
		}
	}
	if syncer.HeartbeatEvery > mended/4 {
		t.Errorf("got a sign of life each %s, want several within %s", syncer.HeartbeatEvery, mended)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/api/health/social-sync", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said.String(), "does not work;") {
		t.Errorf("got nothing said of a full disk: %s", said)
	}
	within(t, time.Minute, "health to be well", func() bool {
		res, err := (&http.Client{Timeout: patience}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		var body struct{ Healthy bool }
		return res.StatusCode == http.StatusOK && json.NewDecoder(res.Body).Decode(&body) == nil
	})
}
