package app_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/run"
)

// tape notes when each call came to a platform.
type tape struct {
	mu    sync.Mutex
	calls map[string][]time.Time
}

func (p *tape) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.calls[r.URL.Path] = append(p.calls[r.URL.Path], time.Now())
		p.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

// most is the most calls of one path in any span of that length.
func (p *tape) most(ending string, span time.Duration) (n, all int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for at, times := range p.calls {
		if !strings.HasSuffix(at, ending) {
			continue
		}
		all += len(times)
		for i, j := 0, 0; j < len(times); j++ {
			for times[j].Sub(times[i]) >= span {
				i++
			}
			n = max(n, j-i+1)
		}
	}
	return n, all
}

// J2, J3, J11, T7: three processes on one PostgreSQL are killed at random for as long as SOAK says, while
// everything is asked for again and again. Every run ends, nothing is double, no grant is lost, and no
// platform sees more than it allows. One process serves no pages and one does no work, so that the roles
// are killed too.
func TestSoak(t *testing.T) {
	long, err := time.ParseDuration(os.Getenv("SOAK"))
	if err != nil {
		t.Skip("takes minutes: set SOAK=1m (task soak takes ten)")
	}
	t.Parallel()
	const each, perMinute = 25, 90
	const base = "http://127.0.0.1:1" // for the consents only
	tape := &tape{calls: map[string][]time.Time{}}
	database := storetest.PostgresURL(t)
	w, address := abroadAt(t, base, tape.around, time.Now)
	vars := settings(t, w, address, base, database)
	vars["TIKTOK_QUOTA"] = "90/minute"
	seed(t, w, vars, each)
	binary := program(t)
	delete(vars, "BASE_URL")
	roles := [][]string{nil, {"--no-web"}, {"--no-worker"}}
	processes := make([]*process, len(roles))
	for i, role := range roles {
		processes[i] = start(t, binary, vars, role...)
	}
	end, kills, asked := time.Now().Add(long), 0, 0
	ctx, cancel := context.WithDeadline(t.Context(), end)
	defer cancel()
	for ctx.Err() == nil {
		if kills%4 == 0 { // an account that is asked all the time meets its own hourly limit and waits
			asked += processes[0].ask(t, vars["JOBS_SECRET"])
		}
		pause(ctx, time.Duration(500+rand.IntN(2500))*time.Millisecond)
		i := rand.IntN(len(processes))
		processes[i].kill(t)
		processes[i] = start(t, binary, vars, roles[i]...)
		kills++
	}
	var after tally
	calm := time.Now()
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(stuck(t, vars))
		}
	})
	// What a process held that was killed last is found within the job's limit and a minute and a half.
	within(t, 4*time.Minute, "every run to end", func() bool { after = look(t, vars); return after.ended == after.runs })
	if after.succeeded != after.runs || after.posts != after.distinct || after.connections != 3*each ||
		after.runs < 3*each+asked {
		t.Errorf("got %+v after %d asked for, want all done and nothing double", after, asked)
	}
	for _, p := range []string{"/video/list/", "/user/info/"} {
		if n, all := tape.most(p, time.Minute); n > perMinute {
			t.Errorf("got %d calls of %s in a minute (%d in all), want at most %d", n, p, all, perMinute)
		}
	}
	t.Logf(
		"%d kills in %s, %d runs, all ended well, the last %s after the last kill",
		kills,
		long,
		after.runs,
		time.Since(calm).Round(time.Second),
	)
}

// stuck tells of the runs that have not ended, and of their jobs.
func stuck(t *testing.T, vars map[string]string) string {
	ctx := viewer.System(context.Background(), viewer.ReasonTest) //nolint:usetesting // the test is over
	a, err := app.Open(ctx, app.Options{Platforms: tested, Config: load(t, vars)})
	if err != nil {
		return err.Error()
	}
	defer func() { _ = a.Close() }()
	runs, err := a.Store.Client.Run.Query().Where(run.CompletedAtIsNil()).All(ctx)
	if err != nil {
		return err.Error()
	}
	out := fmt.Sprintf("%d runs have not ended at %s\n", len(runs), time.Now().UTC().Format(time.TimeOnly))
	for _, r := range runs[:min(len(runs), 10)] {
		var state, queue string
		var at, scheduled sql.NullTime
		err := a.Store.SQL().
			QueryRowContext(ctx, `SELECT state, queue, attempted_at, scheduled_at FROM river_job WHERE id = $1`, r.JobID).
			Scan(&state, &queue, &at, &scheduled)
		out += fmt.Sprintf(
			"%s %s %s attempt %d, code %s, next %v, claimed %v; its job: %s in %s, taken %v, due %v (%v)\n",
			r.ID,
			r.Platform,
			r.State,
			r.Attempt,
			r.ErrorCode,
			r.NextAttemptAt,
			r.ClaimedAt,
			state,
			queue,
			at.Time,
			scheduled.Time,
			err,
		)
	}
	return out
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
