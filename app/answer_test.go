package app_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
)

const refreshPath = "/v2/oauth/token/"

// answers counts what a platform answered to refreshes, and says when there were so many.
type answers struct {
	mu      sync.Mutex
	left    int
	reached chan struct{}
}

// after gives a channel that is closed once n more answers are on their way.
func (a *answers) after(n int) <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.left, a.reached = n, make(chan struct{})
	return a.reached
}

func (a *answers) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		if !strings.HasSuffix(r.URL.Path, refreshPath) {
			return
		}
		_ = http.NewResponseController(w).Flush() // it leaves now
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.left--; a.left == 0 {
			close(a.reached)
		}
	})
}

// with opens the database beside the program.
func with(t *testing.T, vars map[string]string, do func(*ent.Client)) {
	t.Helper()
	a, err := app.Open(
		viewer.System(t.Context(), viewer.ReasonTest),
		app.Options{Platforms: tested, Config: load(t, vars)},
	)
	if err != nil {
		t.Fatal(err)
	}
	do(a.Store.Client)
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

// T9, T15: the real program is killed ten times just as a platform's answer to a refresh arrives, 200 ms after it was
// asked, on a platform that ends a grant whose old token is used twice. What reached the disk is used; of what did not,
// and only of that, the connection says that we were stopped.
func TestKilledAsTheAnswerComes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the program and kills it: left out in -short")
	}
	const accounts, kills = 60, 10
	seen := &answers{}
	const base = "http://127.0.0.1:1" // for the consents only
	w, address := abroad(t, base, seen.around)
	vars := settings(t, w, address, base, "sqlite://"+filepath.Join(t.TempDir(), "test.db"))
	// The spool lies beside the database, where the program's own data directory is.
	seedOf(t, w, vars, "tiktok", accounts)
	w.AddFault(
		sandbox.Fault{Platform: "tiktok", Endpoint: refreshPath, Kind: sandbox.FaultDelay, Delay: 200 * time.Millisecond},
	)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	due := func() { // a day goes by, and with it the lease of whoever died
		with(t, vars, func(db *ent.Client) {
			db.Connection.Update().SetRefreshDueAt(time.Now().Add(-time.Hour)).ClearLeaseUntil().ClearRefreshRetryAt().ExecX(ctx)
		})
	}
	binary := program(t)
	delete(vars, "BASE_URL")
	for kill := range kills {
		due()
		reached := seen.after(1 + kill%3)
		p := start(t, binary, vars)
		select {
		case <-reached:
		case <-time.After(patience):
			t.Fatalf("kill %d: too few were refreshed; the process said %s", kill, p.said)
		}
		p.kill(t)
	}
	due()
	last := start(t, binary, vars)
	until(t, "every grant to be renewed or lost", func() bool {
		left := 0
		with(t, vars, func(db *ent.Client) {
			left = db.Connection.Query().
				Where(connection.StatusNEQ(connection.StatusNeedsReconnect), connection.RefreshDueAtLT(time.Now())).
				CountX(ctx)
		})
		return left == 0
	})
	lost := 0
	with(t, vars, func(db *ent.Client) {
		for _, c := range db.Connection.Query().WithEvents().AllX(ctx) {
			if c.Status != connection.StatusNeedsReconnect {
				continue
			}
			lost++
			words := ""
			for _, e := range c.Edges.Events {
				if e.Kind == "lost" {
					words = e.Words
				}
			}
			if c.StatusDetail != platform.DetailStopped ||
				!strings.HasPrefix(words, "Truecount was stopped while TikTok renewed access") {
				t.Errorf("got %q, %q, want it said that we were stopped", c.StatusDetail, words)
			}
		}
	})
	if lost > kills*4 { // as many as are renewed at once
		t.Errorf("got %d grants lost in %d kills, want at most those that were being renewed", lost, kills)
	}
	asked := last.ask(t, vars["JOBS_SECRET"])
	var after tally
	until(t, "every run to end", func() bool { after = look(t, vars); return after.ended == after.runs })
	if asked > accounts-lost || strings.Contains(after.bad, "AUTH") {
		t.Errorf("got %d asked for with %d lost, %+v, want every other grant to work", asked, lost, after)
	}
	t.Logf("%d kills just as an answer came cost %d of %d grants", kills, lost, accounts)
}
