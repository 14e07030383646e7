package health

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

func claim(ago time.Duration) func(*ent.RunCreate) {
	return func(r *ent.RunCreate) { r.SetClaimedAt(noon.Add(-ago)) }
}

// N4: the rules of health, one by one.
func TestReasons(t *testing.T) {
	t.Parallel()
	many := func(w *world, platformID string, state run.State, n int, change ...func(*ent.RunCreate)) {
		for i := range n {
			w.run(platformID, state, time.Duration(i+1)*time.Minute, change...)
		}
	}
	clock := func(w *world, id string, next time.Time) {
		w.must(w.db.Clock.Create().SetID(id).SetLastAt(next.AddDate(0, 0, -1)).SetNextAt(next).Exec(w.ctx))
	}
	ticked := func(w *world, ago time.Duration) {
		w.must(w.db.Clock.UpdateOneID(tick).SetLastAt(noon.Add(-ago)).Exec(w.ctx))
	}
	for _, tc := range []struct {
		name string
		do   func(w *world)
		want string
	}{
		{"a fresh installation", func(*world) {}, "[]"},
		{"ticked five minutes ago", func(w *world) { ticked(w, 5*time.Minute) }, "[]"},
		{"no tick for longer", func(w *world) { ticked(w, 5*time.Minute+time.Second) }, "[SCHEDULER_SILENT]"},
		{"no tick, but just started", func(w *world) { ticked(w, time.Hour); w.h.started = noon.Add(-4 * time.Minute) }, "[]"},
		{"never ticked since the start", func(w *world) {
			w.must(w.db.Clock.DeleteOneID(tick).Exec(w.ctx))
			w.h.started = noon.Add(-6 * time.Minute)
		}, "[SCHEDULER_SILENT]"},
		{"a schedule 15 minutes late", func(w *world) { clock(w, "tiktok", noon.Add(-15*time.Minute)) }, "[]"},
		{"a schedule later than that", func(w *world) { clock(w, "tiktok", noon.Add(-16*time.Minute)) }, "[SCHEDULE_LATE/tiktok]"},
		{"a schedule missed while down", func(w *world) {
			clock(w, "tiktok", noon.Add(-5*time.Hour))
			w.h.started = noon.Add(-10 * time.Minute)
		}, "[]"},
		{"a schedule of a platform without credentials", func(w *world) { clock(w, "youtube", noon.Add(-time.Hour)) }, "[]"},
		// F1, J12: a claim without a sign of life is stuck, wherever it came from.
		{"a run at work", func(w *world) { w.active("tiktok", "a", run.StateRunning, claim(5*time.Minute)) }, "[]"},
		{"a run that nobody is at work on", func(w *world) { w.active("tiktok", "a", run.StateRunning, claim(5*time.Minute+time.Second)) }, "[RUN_STUCK/tiktok]"},
		{"a run that nobody ever took", func(w *world) { w.active("tiktok", "a", run.StateRunning) }, "[RUN_STUCK/tiktok]"},
		{"nine of nine failed", func(w *world) { many(w, "tiktok", run.StateDead, 9, code("INTERNAL")) }, "[]"},
		{"one of ten failed", func(w *world) {
			many(w, "tiktok", run.StateSuccess, 9)
			many(w, "tiktok", run.StateFailed, 1)
		}, "[]"},
		{"two of eleven failed", func(w *world) {
			many(w, "tiktok", run.StateSuccess, 9)
			many(w, "tiktok", run.StateDead, 2)
		}, "[FAILURE_RATE/tiktok]"},
		{"two of eleven over platforms", func(w *world) {
			many(w, "tiktok", run.StatePartial, 8)
			many(w, "tiktok", run.StateFailed, 1)
			many(w, "instagram", run.StateFailed, 2)
		}, "[FAILURE_RATE]"},
		{"failures of the day before", func(w *world) {
			for i := range 20 {
				w.run("tiktok", run.StateDead, 25*time.Hour+time.Duration(i)*time.Minute)
			}
		}, "[]"},
		{"the app refused", func(w *world) { w.run("instagram", run.StateFailed, time.Hour, code("APP_REFUSED")) }, "[APP_REFUSED/instagram]"},
		{"the app refused and waiting", func(w *world) {
			w.run("instagram", run.StateSuccess, time.Hour)
			w.active("instagram", "x", run.StateDeferred, code("APP_REFUSED"))
		}, "[APP_REFUSED/instagram]"},
		{"the app accepted again", func(w *world) {
			w.run("instagram", run.StateFailed, time.Hour, code("APP_REFUSED"))
			w.run("instagram", run.StateSuccess, time.Minute)
		}, "[]"},
		{"a platform that fails altogether", func(w *world) {
			w.run("tiktok", run.StateSuccess, time.Hour)
			many(w, "tiktok", run.StateDead, 2, code("PLATFORM_ERROR"))
			w.active("tiktok", "x", run.StateRetrying, code("TIMEOUT"))
		}, "[PLATFORM_DOWN/tiktok]"},
		{"and answers again", func(w *world) {
			for i := range 3 {
				w.run("tiktok", run.StateDead, time.Duration(i+1)*time.Hour, code("PLATFORM_ERROR"))
			}
			w.run("tiktok", run.StateSuccess, time.Minute)
		}, "[]"},
		{"expired tokens and dead letters alone", func(w *world) {
			w.connect("tiktok", "x", func(c *ent.ConnectionCreate) { c.SetStatus(connection.StatusNeedsReconnect) })
			many(w, "tiktok", run.StateDead, 3, code("AUTH_EXPIRED"))
		}, "[]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tc.do(w)
			r := w.report()
			if got := fmt.Sprint(codes(r.Reasons)); got != tc.want {
				t.Errorf("reasons: got %s, want %s", got, tc.want)
			}
			if r.Healthy != (tc.want == "[]") {
				t.Errorf("healthy: got %t with reasons %v", r.Healthy, codes(r.Reasons))
			}
		})
	}
}

func TestReportShapeAndCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run("tiktok", run.StateSuccess, time.Hour)
	w.run("tiktok", run.StatePartial, 2*time.Hour, func(r *ent.RunCreate) { r.SetRateLimited(true) })
	w.run("tiktok", run.StateDead, 3*time.Hour)
	w.run("tiktok", run.StateDead, 30*time.Hour, func(r *ent.RunCreate) { r.SetSettledAt(noon) })
	w.active("tiktok", "waits", run.StateDeferred, func(r *ent.RunCreate) { r.SetRateLimited(true) })
	w.connect("tiktok", "ended", func(c *ent.ConnectionCreate) { c.SetStatus(connection.StatusNeedsReconnect) })
	raw, err := json.Marshal(w.report())
	w.must(err)
	want := `{"platform":"tiktok","configured":true,"lastSuccess":"2026-11-24T11:00:00Z","nextRun":"2026-11-25T03:00:00Z",` +
		`"last24h":{"success":1,"partial":1,"failed":1,"rateLimited":2},"failureRate":0.3333333333333333,"expiredTokens":1,"deadLetters":1}`
	if !strings.Contains(string(raw), want) {
		t.Errorf("report: got %s, want %s in it", raw, want)
	}
	if !strings.Contains(string(raw), `{"platform":"youtube","configured":false,"lastSuccess":null,"nextRun":null,"last24h":{"success":0,"partial":0,"failed":0,"rateLimited":0},"failureRate":null,`) {
		t.Errorf("a platform without credentials: got %s, want nothing known of it", raw)
	}
	if strings.Contains(string(raw), "mina") || strings.Contains(string(raw), "ended\"") {
		t.Errorf("report names an account: %s", raw)
	}
	var keys map[string]any
	w.must(json.Unmarshal(raw, &keys))
	if got := strings.Join(slices.Sorted(maps.Keys(keys)), " "); got != "checkedAt healthy platforms reasons" {
		t.Errorf("keys: got %s", got)
	}
}

func TestUnreadableDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.h.writable(w.ctx, noon); err != nil {
		t.Fatalf("open database: got %v, want writable", err)
	}
	w.h.probed = time.Time{}
	w.must(w.store.Close())
	r := w.report()
	if r.Healthy || fmt.Sprint(codes(r.Reasons)) != "[DATABASE_NOT_WRITABLE]" || r.Platforms == nil || len(r.Platforms) != 0 {
		t.Errorf("closed database: got healthy %t, %v, %v, want DATABASE_NOT_WRITABLE and nothing said of platforms", r.Healthy, codes(r.Reasons), r.Platforms)
	}
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	if _, err := w.h.Report(ctx); err == nil {
		t.Error("an asker who left: got a report, want an error")
	}
}

func TestWriteProbeIsPaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.h.now()
	w.must(w.h.writable(w.ctx, first))
	w.must(w.h.writable(w.ctx, first.Add(4*time.Second)))
	if !w.h.probed.Equal(first) {
		t.Errorf("probed at %s, want once at %s", w.h.probed, first)
	}
	w.must(w.h.writable(w.ctx, first.Add(5*time.Second)))
	if w.h.probed.Equal(first) {
		t.Error("probe after five seconds: got none, want one")
	}
}

// A dear report is given again for a while; a cheap one is read anew.
func TestDearReportsAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.report()
	if w.report() == first {
		t.Error("a report that cost no time: got it again, want a new one")
	}
	cost := 300 * time.Millisecond
	w.h.clock = func() time.Time { // each look at the clock costs
		w.now = w.now.Add(cost)
		return w.now
	}
	first = w.report()
	cost = 100 * time.Millisecond
	if w.report() != first {
		t.Error("a report that cost a third of a second: got a new one, want it again")
	}
	w.now = w.now.Add(keepMost)
	if w.report() == first {
		t.Error("ten seconds later: got it again, want a new one")
	}
}
