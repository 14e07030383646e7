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

	"github.com/truecount/truecount/app/health/healthtest"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

func claim(ago time.Duration) func(*ent.RunCreate) {
	return func(r *ent.RunCreate) { r.SetClaimedAt(healthtest.Noon.Add(-ago)) }
}

// N4: the rules of health, one by one.
func TestReasons(t *testing.T) {
	t.Parallel()
	many := func(w *world, platformID string, state run.State, n int, change ...func(*ent.RunCreate)) {
		for i := range n {
			w.Run(platformID, state, time.Duration(i+1)*time.Minute, change...)
		}
	}
	clock := func(w *world, id string, next time.Time) {
		w.Must(w.DB.Clock.Create().SetID(id).SetLastAt(next.AddDate(0, 0, -1)).SetNextAt(next).Exec(w.Ctx))
	}
	ticked := func(w *world, ago time.Duration) {
		w.Must(w.DB.Clock.UpdateOneID(tick).SetLastAt(healthtest.Noon.Add(-ago)).Exec(w.Ctx))
	}
	for _, tc := range []struct {
		name string
		do   func(w *world)
		want string
	}{
		{"a fresh installation", func(*world) {}, "[]"},
		{"ticked five minutes ago", func(w *world) { ticked(w, 5*time.Minute) }, "[]"},
		{"no tick for longer", func(w *world) { ticked(w, 5*time.Minute+time.Second) }, "[SCHEDULER_SILENT]"},
		{"no tick, but just started", func(w *world) { ticked(w, time.Hour); w.h.started = healthtest.Noon.Add(-4 * time.Minute) }, "[]"},
		{"never ticked since the start", func(w *world) {
			w.Must(w.DB.Clock.DeleteOneID(tick).Exec(w.Ctx))
			w.h.started = healthtest.Noon.Add(-6 * time.Minute)
		}, "[SCHEDULER_SILENT]"},
		{"a schedule 15 minutes late", func(w *world) { clock(w, "tiktok", healthtest.Noon.Add(-15*time.Minute)) }, "[]"},
		{"a schedule later than that", func(w *world) { clock(w, "tiktok", healthtest.Noon.Add(-16*time.Minute)) }, "[SCHEDULE_LATE/tiktok]"},
		{"a schedule missed while down", func(w *world) {
			clock(w, "tiktok", healthtest.Noon.Add(-5*time.Hour))
			w.h.started = healthtest.Noon.Add(-10 * time.Minute)
		}, "[]"},
		{"a schedule of a platform without credentials", func(w *world) { clock(w, "youtube", healthtest.Noon.Add(-time.Hour)) }, "[]"},
		// J12: a claim without a sign of life is stuck, wherever it came from.
		{"a run at work", func(w *world) { w.Active("tiktok", "a", run.StateRunning, claim(5*time.Minute)) }, "[]"},
		{"a run that nobody is at work on", func(w *world) { w.Active("tiktok", "a", run.StateRunning, claim(5*time.Minute+time.Second)) }, "[RUN_STUCK/tiktok]"},
		{"a run that nobody ever took", func(w *world) { w.Active("tiktok", "a", run.StateRunning) }, "[RUN_STUCK/tiktok]"},
		{"nine of nine failed", func(w *world) { many(w, "tiktok", run.StateDead, 9, healthtest.Code("INTERNAL")) }, "[]"},
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
				w.Run("tiktok", run.StateDead, 25*time.Hour+time.Duration(i)*time.Minute)
			}
		}, "[]"},
		{"the app refused", func(w *world) { w.Run("instagram", run.StateFailed, time.Hour, healthtest.Code("APP_REFUSED")) }, "[APP_REFUSED/instagram]"},
		{"the app refused and waiting", func(w *world) {
			w.Run("instagram", run.StateSuccess, time.Hour)
			w.Active("instagram", "x", run.StateDeferred, healthtest.Code("APP_REFUSED"))
		}, "[APP_REFUSED/instagram]"},
		{"the app accepted again", func(w *world) {
			w.Run("instagram", run.StateFailed, time.Hour, healthtest.Code("APP_REFUSED"))
			w.Run("instagram", run.StateSuccess, time.Minute)
		}, "[]"},
		{"a platform that fails altogether", func(w *world) {
			w.Run("tiktok", run.StateSuccess, time.Hour)
			many(w, "tiktok", run.StateDead, 2, healthtest.Code("PLATFORM_ERROR"))
			w.Active("tiktok", "x", run.StateRetrying, healthtest.Code("TIMEOUT"))
		}, "[PLATFORM_DOWN/tiktok]"},
		{"and answers again", func(w *world) {
			for i := range 3 {
				w.Run("tiktok", run.StateDead, time.Duration(i+1)*time.Hour, healthtest.Code("PLATFORM_ERROR"))
			}
			w.Run("tiktok", run.StateSuccess, time.Minute)
		}, "[]"},
		{"expired tokens and dead letters alone", func(w *world) {
			w.Connect("tiktok", "x", func(c *ent.ConnectionCreate) { c.SetStatus(connection.StatusNeedsReconnect) })
			many(w, "tiktok", run.StateDead, 3, healthtest.Code("AUTH_EXPIRED"))
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
	w.Run("tiktok", run.StateSuccess, time.Hour)
	w.Run("tiktok", run.StatePartial, 2*time.Hour, func(r *ent.RunCreate) { r.SetRateLimited(true) })
	w.Run("tiktok", run.StateDead, 3*time.Hour)
	w.Run("tiktok", run.StateDead, 30*time.Hour, func(r *ent.RunCreate) { r.SetSettledAt(healthtest.Noon) })
	w.Active("tiktok", "waits", run.StateDeferred, func(r *ent.RunCreate) { r.SetRateLimited(true) })
	w.Connect("tiktok", "ended", func(c *ent.ConnectionCreate) { c.SetStatus(connection.StatusNeedsReconnect) })
	raw, err := json.Marshal(w.report())
	w.Must(err)
	want := `{"platform":"tiktok","configured":true,"lastSuccess":"2026-11-24T11:00:00Z","nextRun":"2026-11-25T03:00:00Z",` +
		`"last24h":{"success":1,"partial":1,"failed":1,"rateLimited":2},"failureRate":0.3333333333333333,"expiredTokens":1,"deadLetters":1}`
	if !strings.Contains(string(raw), want) {
		t.Errorf("report: got %s, want %s in it", raw, want)
	}
	if !strings.Contains(
		string(raw),
		`{"platform":"youtube","configured":false,"lastSuccess":null,"nextRun":null,"last24h":{"success":0,"partial":0,"failed":0,"rateLimited":0},"failureRate":null,`,
	) {
		t.Errorf("a platform without credentials: got %s, want nothing known of it", raw)
	}
	if strings.Contains(string(raw), "mina") || strings.Contains(string(raw), "ended\"") {
		t.Errorf("report names an account: %s", raw)
	}
	var keys map[string]any
	w.Must(json.Unmarshal(raw, &keys))
	if got := strings.Join(slices.Sorted(maps.Keys(keys)), " "); got != "checkedAt healthy platforms reasons" {
		t.Errorf("keys: got %s", got)
	}
}

func TestUnreadableDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.h.Writable(w.Ctx); err != nil {
		t.Fatalf("open database: got %v, want writable", err)
	}
	w.h.probed = time.Time{}
	w.Must(w.Store.Close())
	r := w.report()
	if r.Healthy || fmt.Sprint(codes(r.Reasons)) != "[DATABASE_NOT_WRITABLE]" || r.Platforms == nil ||
		len(r.Platforms) != 0 {
		t.Errorf(
			"closed database: got healthy %t, %v, %v, want DATABASE_NOT_WRITABLE and nothing said of platforms",
			r.Healthy,
			codes(r.Reasons),
			r.Platforms,
		)
	}
	ctx, cancel := context.WithCancel(w.Ctx)
	cancel()
	if _, err := w.h.Report(ctx); err == nil {
		t.Error("an asker who left: got a report, want an error")
	}
}

func TestWriteProbeIsPaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.h.now()
	w.Must(w.h.Writable(w.Ctx))
	w.Time = first.Add(4 * time.Second)
	w.Must(w.h.Writable(w.Ctx))
	if !w.h.probed.Equal(first) {
		t.Errorf("probed at %s, want once at %s", w.h.probed, first)
	}
	w.Time = first.Add(5 * time.Second)
	w.Must(w.h.Writable(w.Ctx))
	if w.h.probed.Equal(first) {
		t.Error("probe after five seconds: got none, want one")
	}
}

// An expensive report is given again for a while; a cheap one is read anew.
func TestExpensiveReportsAreReused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.report()
	if w.report() == first {
		t.Error("a report that cost no time: got it again, want a new one")
	}
	cost := 300 * time.Millisecond
	w.h.clock = func() time.Time { // each look at the clock costs
		w.Time = w.Time.Add(cost)
		return w.Time
	}
	first = w.report()
	cost = 100 * time.Millisecond
	if w.report() != first {
		t.Error("a report that cost a third of a second: got a new one, want it again")
	}
	w.Time = w.Time.Add(10 * time.Second)
	if w.report() == first {
		t.Error("ten seconds later: got it again, want a new one")
	}
}
