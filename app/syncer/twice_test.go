package syncer_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/ent/audience"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/schedule"
	"github.com/truecount/truecount/ent/snapshot"
)

// whole is what is stored of an account as a whole, without what says when.
func whole(t *testing.T, y *jobstest.Harness, id string) []string {
	t.Helper()
	var out []string
	for _, s := range y.Store.Client.Snapshot.Query().Where(snapshot.ConnectionID(id)).AllX(y.Ctx) {
		out = append(out, fmt.Sprint(s.ID, s.Metric, s.Day, *s.Value))
	}
	for _, a := range y.Store.Client.Audience.Query().Where(audience.ConnectionID(id)).AllX(y.Ctx) {
		out = append(out, fmt.Sprint(a.Of, a.By, a.Key, a.Value))
	}
	slices.Sort(out)
	return out
}

// J1: a run of either kind made twice gives the same rows as once, also by several workers at once: one of them has
// it, and the others keep nothing of it.
func TestWorkersAtOnceChangeNothing(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{Platform: func(p *config.Platform) { p.Delay = 0 }})
	id := y.AddAccount(y.Creator("once@example.test"), "instagram", sandbox.Choice{})
	y.RunDue()
	var posts rows
	var account []string
	for round := range 4 {
		for _, k := range []planner.Kind{planner.KindSync, planner.KindInsights} {
			r := made(t, y, id, k)
			workers := []*jobstest.Harness{y, y, y.SecondProcess(), y.SecondProcess()} // of one process and of others
			ended := make([]syncer.Decision, len(workers))
			var wg sync.WaitGroup
			for i, w := range workers {
				wg.Go(func() {
					var err error
					if ended[i], err = w.Runner.Attempt(y.Ctx, r); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			did := 0
			for _, d := range ended {
				if d.State != "" && !d.Early {
					did++
				}
			}
			if got := runOf(t, y, r); did != 1 || got.State != run.StateSuccess || got.Attempt != 1 {
				t.Fatalf("%s: got %d outcomes, %s in attempt %d, want one success", k, did, got.State, got.Attempt)
			}
		}
		switch round {
		case 0: // the first reading of an account goes further back than the others
			continue
		case 1:
			posts, account = saved(t, y, id), whole(t, y, id)
			if len(posts.Posts) == 0 || len(account) < 30 {
				t.Fatalf("got %d posts and %d rows of the account, want some", len(posts.Posts), len(account))
			}
			continue
		default: // compared
		}
		if diff := cmp.Diff(posts, saved(t, y, id)); diff != "" {
			t.Errorf("round %d: %s", round, diff)
		}
		if diff := cmp.Diff(account, whole(t, y, id)); diff != "" {
			t.Errorf("round %d, the account as a whole: %s", round, diff)
		}
	}
	if n := y.Store.Client.Schedule.Query().Where(schedule.ConnectionID(id)).CountX(y.Ctx); n != 1 {
		t.Errorf("got %d schedules, want one", n)
	}
}
