package console

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/health/healthtest"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// N5: whatever runs there are, the console shows what the rows add up to.
func TestConsoleEqualsTheRows(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		w := newWorld(t)
		rng := rand.New(rand.NewPCG(seed, 7))
		hidden := w.Connect("tiktok", "sandbox", func(c *ent.ConnectionCreate) { c.SetSource(connection.SourceSandbox) })
		ended := []run.State{run.StateSuccess, run.StatePartial, run.StateFailed, run.StateDead}
		var rows []*ent.Run
		for range 120 {
			p := []string{"instagram", "tiktok"}[rng.IntN(2)]
			took := time.Duration(rng.IntN(90_000)) * time.Millisecond
			wait := time.Duration(rng.IntN(90_000)) * time.Millisecond
			end := healthtest.Noon.Add(-time.Duration(rng.IntN(48*3600)+1) * time.Second)
			q := w.DB.Run.Create().
				SetConnectionID(w.Conn[p]).
				SetPlatform(p).
				SetTrigger(run.TriggerSchedule).
				SetState(ended[rng.IntN(4)]).
				SetRateLimited(rng.IntN(5) == 0).
				SetCreatedAt(end.Add(-took - wait)).
				SetStartedAt(end.Add(-took)).
				SetCompletedAt(end)
			if rng.IntN(10) == 0 {
				w.Must(q.SetConnectionID(hidden).Exec(w.Ctx)) // of the other mode: must not be seen
				continue
			}
			r, err := q.Save(w.Ctx)
			w.Must(err)
			rows = append(rows, r)
		}
		w.Active("tiktok", "a", run.StateRunning)
		w.Active("tiktok", "b", run.StateQueued)
		w.Active("instagram", "c", run.StateRetrying)

		var good, all, failed, limited, weekGood int
		var took, waits []time.Duration
		perHour := map[string]int{}
		for _, r := range rows {
			ok := r.State == run.StateSuccess || r.State == run.StatePartial
			if ok {
				weekGood++
			}
			age := healthtest.Noon.Sub(*r.CompletedAt)
			if age > 24*time.Hour {
				continue
			}
			all++
			if ok {
				good++
			} else {
				failed++
			}
			if r.RateLimited {
				limited++
			}
			took = append(took, r.CompletedAt.Sub(*r.StartedAt))
			waits = append(waits, r.StartedAt.Sub(r.CreatedAt))
			perHour[fmt.Sprint(r.Platform, 23-int((age-time.Second)/time.Hour))]++
		}
		slices.Sort(took)
		slices.Sort(waits)
		c := w.overview("")
		if c.Runs24h != all || c.Failed24h != failed || c.RateLimits != limited || c.Running != 1 || c.Queued != 2 ||
			c.Connections != 5 {
			t.Errorf(
				"seed %d: got %d runs, %d failed, %d limited, %d running, %d queued, %d connections; want %d, %d, %d, 1, 2, 5",
				seed,
				c.Runs24h,
				c.Failed24h,
				c.RateLimits,
				c.Running,
				c.Queued,
				c.Connections,
				all,
				failed,
				limited,
			)
		}
		if got, want := *c.Success24h, float64(good)/float64(all)*100; !near(got, want) {
			t.Errorf("seed %d: success in 24 h: got %f, want %f", seed, got, want)
		}
		if got, want := *c.Success7d, float64(weekGood)/float64(len(rows))*100; !near(got, want) {
			t.Errorf("seed %d: success in 7 days: got %f, want %f", seed, got, want)
		}
		at := (len(took)*95+99)/100 - 1
		if got := *c.P95Duration; got != took[at] {
			t.Errorf("seed %d: p95: got %s, want %s", seed, got, took[at])
		}
		if got := *c.QueueWait; got != waits[at] {
			t.Errorf("seed %d: queue wait p95: got %s, want %s", seed, got, waits[at])
		}
		// Of the same runs as p95, so that neither can contradict the other.
		if got, want := *c.MedianDuration, took[(len(took)*50+99)/100-1]; got != want || got > *c.P95Duration {
			t.Errorf("seed %d: median: got %s, want %s", seed, got, want)
		}
		for _, p := range c.Panels {
			for i, h := range p.Hours {
				if got, want := h.Good+h.Partial+h.Failed, perHour[fmt.Sprint(p.Platform.Platform, i)]; got != want {
					t.Errorf("seed %d: %s hour %d: got %d runs, want %d", seed, p.Name, i, got, want)
				}
			}
		}
		if c.Recent[0].State != "running" || len(c.Recent) != maxRecent {
			t.Errorf(
				"seed %d: recent: got %d, first %s, want %d, the running one first",
				seed,
				len(c.Recent),
				c.Recent[0].State,
				maxRecent,
			)
		}
	}
}

func near(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 }

func TestRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dead := w.Run(
		"tiktok",
		run.StateDead,
		time.Hour,
		healthtest.Code("TIMEOUT"),
		func(r *ent.RunCreate) { r.SetErrorMessage("video list: no answer").SetAttempt(5) },
	)
	settled := w.Run("tiktok", run.StateFailed, 2*time.Hour, func(r *ent.RunCreate) { r.SetSettledAt(healthtest.Noon) })
	limited := w.Run(
		"tiktok",
		run.StateSuccess,
		3*time.Hour,
		func(r *ent.RunCreate) { r.SetRateLimited(true).SetItems(21) },
	)
	ended := w.Connect("tiktok", "leo", func(c *ent.ConnectionCreate) {
		c.SetStatus(connection.StatusNeedsReconnect).
			SetStatusCode("AUTH_EXPIRED").
			SetStatusDetail("refresh: invalid_grant").
			SetStatusSince(healthtest.Noon.AddDate(0, 0, -3))
	})
	c := w.overview("")
	if len(c.Failures) != 1 || c.Failures[0].ID != dead || !c.Failures[0].CanRetry ||
		c.Failures[0].Words != "video list: no answer" ||
		c.Failures[0].Handle != "@mina" {
		t.Errorf("failures: got %+v, want the dead letter alone, to be retried", c.Failures)
	}
	if len(c.Expired) != 1 || c.Expired[0].Owner != "Mina Park" || c.Expired[0].Words != "refresh: invalid_grant" ||
		c.NeedAction != 1 ||
		!c.OldestNeed.Equal(healthtest.Noon.AddDate(0, 0, -3)) {
		t.Errorf("expired: got %+v since %v, want leo of Mina Park since three days", c.Expired, c.OldestNeed)
	}
	for filter, want := range map[string]int{"all": 3, "failed": 2, "limited": 1} {
		if got := len(w.overview(filter).Recent); got != want {
			t.Errorf("recent %s: got %d, want %d", filter, got, want)
		}
	}
	if _, err := w.co.Overview(w.Ctx, "x"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("unknown filter: got %v, want INVALID", err)
	}
	r, err := w.co.RunRow(w.Ctx, settled)
	w.Must(err)
	if r.CanRetry || r.Active || *r.Duration != time.Second {
		t.Errorf("settled run: got %+v, want one second and no retry", r)
	}
	if r, err = w.co.RunRow(w.Ctx, limited); err != nil || r.Words != "21 items saved." {
		t.Errorf("run that went well: got %+v, %v, want 21 items", r, err)
	}
	row, err := w.co.ConnectionRow(w.Ctx, ended)
	w.Must(err)
	if row.Status != "needs_reconnect" {
		t.Errorf("connection: got %+v", row)
	}
	for _, id := range []string{"nope", "a\x00b", "\xff"} {
		if _, err := w.co.RunRow(w.Ctx, id); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("run %q: got %v, want NOT_FOUND", id, err)
		}
		if _, err := w.co.ConnectionRow(w.Ctx, id); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("connection %q: got %v, want NOT_FOUND", id, err)
		}
		if _, err := w.co.Panel(w.Ctx, id); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("panel %q: got %v, want NOT_FOUND", id, err)
		}
	}
}

func TestPanels(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	word := func(id string) string {
		p, err := w.co.Panel(w.Ctx, id)
		w.Must(err)
		return p.Word + ", " + p.Tone
	}
	want := func(id, words string) {
		t.Helper()
		if got := word(id); got != words {
			t.Errorf("%s: got %s, want %s", id, got, words)
		}
	}
	want("youtube", "Not configured, neutral")
	want("tiktok", "No syncs yet, neutral")
	w.Run("tiktok", run.StateSuccess, 30*time.Hour)
	want("tiktok", "No syncs in 24 h, neutral")
	w.Run("tiktok", run.StateSuccess, time.Hour)
	want("tiktok", "Healthy, ok")
	w.Run("tiktok", run.StateFailed, time.Minute)
	want("tiktok", "Some failed, warn")
	w.Run("tiktok", run.StateFailed, time.Second, healthtest.Code("APP_REFUSED"))
	want("tiktok", "Refused, err")
	p, err := w.co.Panel(w.Ctx, "instagram")
	w.Must(err)
	if p.Schedule != "daily at 03:00 UTC" || p.Connections != 1 || len(p.Hours) != 24 {
		t.Errorf("panel: got %q, %d connections, %d hours", p.Schedule, p.Connections, len(p.Hours))
	}
}

// A batch is what was asked for together; a single run, and what waits for a limit, is none.
func TestBatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asked := func(ago time.Duration) func(*ent.RunCreate) {
		return func(r *ent.RunCreate) { r.SetCreatedAt(healthtest.Noon.Add(-ago)) }
	}
	w.Active("tiktok", "waits", run.StateDeferred, asked(3*time.Hour))
	w.Active("tiktok", "one", run.StateQueued, asked(time.Minute))
	if b := w.overview("all").Batch; b != nil {
		t.Errorf("got %+v for one run, want no batch", b)
	}
	for i := range 8 {
		w.Run("tiktok", run.StateSuccess, time.Duration(5+5*i)*time.Second, asked(time.Minute))
	}
	w.Active("tiktok", "two", run.StateRunning, asked(time.Minute))
	b := w.overview("all").Batch
	if b == nil || b.All != 10 || b.Ended != 8 || b.Left == nil || *b.Left != 15*time.Second {
		t.Errorf("got %+v, want 8 of 10 and 15 s left", b)
	}
}
