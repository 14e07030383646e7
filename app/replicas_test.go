package app_test

import (
	"sync"
	"testing"

	"github.com/truecount/truecount/app/store/storetest"
)

// J3, J4: two processes on one PostgreSQL, asked for everything at once by two clocks, do each
// connection once at a time and lose none.
func TestTwoReplicas(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the program and runs it twice: left out in -short")
	}
	const each = 15
	const base = "http://127.0.0.1:1" // for the consents only
	database := storetest.PostgresURL(t)
	w, address := abroad(t, base, nil)
	vars := settings(t, w, address, base, database)
	seed(t, w, vars, each)
	binary := program(t)
	delete(vars, "BASE_URL")
	replicas := []*process{start(t, binary, vars), start(t, binary, vars)}
	until(t, "the first syncs to end", func() bool { l := look(t, vars); return l.ended == l.runs })
	w.ResetCalls()
	queued := make([]int, len(replicas))
	var wg sync.WaitGroup
	for i, p := range replicas {
		wg.Go(func() { queued[i] = p.ask(t, vars["JOBS_SECRET"]) })
	}
	wg.Wait()
	made := queued[0] + queued[1]
	if made < 3*each {
		t.Errorf("got %d and %d runs, want at least one for each of %d connections", queued[0], queued[1], 3*each)
	}
	var after tally
	until(t, "every run to end", func() bool { after = look(t, vars); return after.ended == after.runs })
	all := 3*each + made
	want := tally{runs: all, ended: all, succeeded: all, connections: 3 * each, posts: after.posts, distinct: after.posts}
	if after != want {
		t.Errorf("got %+v, want %+v; they said %s%s", after, want, replicas[0].said, replicas[1].said)
	}
	if got := w.Calls("youtube")["/youtube/v3/channels"]; got > int64(made) {
		t.Errorf("got %d channel reads for %d runs in all, want one a run at most", got, made)
	}
}
