package alerts

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/health/healthtest"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

func (w *world) check() []string {
	w.T.Helper()
	w.Must(w.al.Check(w.Ctx))
	open, err := w.DB.Alert.Query().Where(alert.ResolvedAtIsNil()).All(w.Ctx)
	w.Must(err)
	n, err := w.al.CountOpen(w.Ctx)
	w.Must(err)
	if n != len(open) {
		w.T.Errorf("open alerts: got %d, want %d", n, len(open))
	}
	out := []string{}
	for _, a := range open {
		out = append(out, fmt.Sprintf("%s/%s%s×%d", a.Rule, a.Platform, a.Scope, a.Occurrences))
	}
	slices.Sort(out)
	return out
}

// N1: each rule of the contract opens its alert.
func TestAlertRules(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		do   func(w *world)
		want string
	}{
		{"nothing", func(*world) {}, "[]"},
		{"a token expired", func(w *world) {
			w.Connect("tiktok", "x", func(c *ent.ConnectionCreate) { c.SetStatus(connection.StatusNeedsReconnect) })
		}, "[TOKEN_EXPIRED/tiktok×1]"},
		{"a token changed in the database", func(w *world) {
			w.Connect("tiktok", "x", func(c *ent.ConnectionCreate) {
				c.SetStatus(connection.StatusNeedsReconnect).SetStatusDetail(platform.NativeSealed)
			})
		}, "[TOKEN_EXPIRED/tiktok×1 TOKEN_TAMPERED/tiktok×1]"}, // T2
		{"a rate limit was hit", func(w *world) {
			w.Run("tiktok", run.StateSuccess, time.Hour, func(r *ent.RunCreate) { r.SetRateLimited(true) })
		}, "[RATE_LIMIT_HIT/tiktok×1]"},
		{"a schedule did not start", func(w *world) {
			w.Must(w.DB.Clock.Create().SetID("tiktok").SetNextAt(healthtest.Noon.Add(-time.Hour)).Exec(w.Ctx))
		}, "[SCHEDULE_LATE/tiktok×1]"},
		{"a dead letter", func(w *world) { w.Run("tiktok", run.StateDead, time.Hour) }, "[DEAD_LETTER/tiktok×1]"},
		{"a metric that several accounts are refused", func(w *world) { w.refuse("tiktok", "shares", 3, false) }, "[METRIC_WITHDRAWN/tiktokshares×3]"},
		{"one that others are given", func(w *world) { w.refuse("tiktok", "shares", 3, true) }, "[]"},
		{"one that few are refused", func(w *world) { w.refuse("tiktok", "shares", 2, false) }, "[]"},
		{"what few were refused since, and others long ago", func(w *world) {
			w.Time = healthtest.Noon.Add(-platform.WithdrawnFor - time.Hour)
			w.refuse("tiktok", "shares", 3, false)
			w.Time = healthtest.Noon
		}, "[]"},
		{"syncs that wait and none moves", func(w *world) { w.waits("tiktok") }, "[QUEUE_STUCK/tiktok×1]"},
		{"they wait for a platform that is paused", func(w *world) {
			w.waits("tiktok")
			w.leaveAlone(platform.PauseOf("tiktok"), platform.PausedCode)
		}, "[]"},
		{"they wait for one that is left alone for a while", func(w *world) {
			w.waits("tiktok")
			w.leaveAlone("tiktok", "APP_REFUSED")
		}, "[APP_REFUSED/tiktok×1]"},
		{"80 % of a day's quota", func(w *world) { w.quota(healthtest.Noon.Truncate(24*time.Hour), 24*time.Hour, 800) }, "[QUOTA_SPENT/tiktokQUOTA×1]"},
		{"less than that", func(w *world) { w.quota(healthtest.Noon.Truncate(24*time.Hour), 24*time.Hour, 799) }, "[]"},
		{"80 % of a minute's quota", func(w *world) { w.quota(healthtest.Noon, time.Minute, 80) }, "[QUOTA_SPENT/tiktokQUOTA×1]"},
		{"a window that is over", func(w *world) { w.quota(healthtest.Noon.Add(-time.Minute), time.Minute, 100) }, "[]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tc.do(w)
			if got := fmt.Sprint(w.check()); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

// waits adds a sync that was asked for so long ago that something should have moved since.
func (w *world) waits(platformID string) {
	w.T.Helper()
	w.Must(
		w.DB.Run.Create().
			SetConnectionID(w.Conn[platformID]).
			SetPlatform(platformID).
			SetTrigger(run.TriggerAdmin).
			SetState(run.StateQueued).
			SetCreatedAt(w.Time.Add(-stuckAfter - time.Minute)).
			Exec(w.Ctx),
	)
}

// leaveAlone lets a platform wait for an hour, or be paused.
func (w *world) leaveAlone(id, code string) {
	w.T.Helper()
	w.Must(w.DB.Hold.Create().SetID(id).SetCode(code).SetSince(w.Time).SetUntil(w.Time.Add(time.Hour)).Exec(w.Ctx))
}

// refuse notes that some accounts were refused a metric; lone: others were given it meanwhile.
func (w *world) refuse(platformID, metric string, accounts int, lone bool) {
	w.T.Helper()
	for i := range accounts {
		c := w.Connect(platformID, fmt.Sprint("refused", i))
		w.Must(
			w.DB.Refusal.Create().
				SetConnectionID(c).
				SetPlatform(platformID).
				SetMetric(metric).
				SetLone(lone).
				SetAt(w.Time).
				Exec(w.Ctx),
		)
	}
}

func (w *world) quota(start time.Time, long time.Duration, used int64) {
	w.T.Helper()
	w.Must(
		w.DB.QuotaUse.Create().
			SetPlatform("tiktok").
			SetBucket("QUOTA").
			SetWindowStart(start).
			SetWindowEnd(start.Add(long)).
			SetUsed(used).
			Exec(w.Ctx),
	)
}

// N2: a thousand failures with one cause are one alert, which ends once.
func TestAlertLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 12 {
		w.Run("tiktok", run.StateDead, time.Duration(i+1)*time.Minute, healthtest.Code("INTERNAL"))
		w.check()
	}
	if got := fmt.Sprint(w.check()); got != "[DEAD_LETTER/tiktok×12 FAILURE_RATE/tiktok×12]" {
		t.Fatalf("after twelve failures: got %s", got)
	}
	w.Time = healthtest.Noon.Add(2 * time.Minute)
	w.Must(w.DB.Clock.UpdateOneID("tick").SetLastAt(w.Time).Exec(w.Ctx))
	w.check()
	a, err := w.DB.Alert.Query().Where(alert.Rule(health.ReasonFailureRate)).Only(w.Ctx)
	w.Must(err)
	if !a.OpenedAt.Equal(healthtest.Noon) || !a.LastSeenAt.Equal(w.Time) ||
		a.Message != "TikTok failing: 12 of 12 syncs (100%) in 24 h." {
		t.Errorf(
			"alert: got opened %s, seen %s, %q, want noon, two minutes later and the rate",
			a.OpenedAt,
			a.LastSeenAt,
			a.Message,
		)
	}

	w.Time = healthtest.Noon.Add(25 * time.Hour)
	w.Must(w.DB.Clock.UpdateOneID("tick").SetLastAt(w.Time).Exec(w.Ctx))
	w.Must(w.DB.Run.Update().SetSettledAt(w.Time).Exec(w.Ctx))
	if got := fmt.Sprint(w.check()); got != "[]" {
		t.Errorf("a day later, settled: got %s, want []", got)
	}
	w.check()
	over, err := w.DB.Alert.Query().Where(alert.ResolvedAt(w.Time)).Count(w.Ctx)
	w.Must(err)
	if all := w.DB.Alert.Query().CountX(w.Ctx); over != 2 || all != 2 {
		t.Errorf("alerts: got %d over of %d, want 2 of 2", over, all)
	}
}
