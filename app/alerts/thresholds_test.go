package alerts

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/health/healthtest"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// Each number that an admin may set decides: just below it nothing is opened, at it the alert is. A new threshold
// without a case here fails.
func TestEveryThresholdDecides(t *testing.T) {
	t.Parallel()
	several := func(n int, do func(w *world)) func(*world) {
		return func(w *world) {
			for range n {
				do(w)
			}
		}
	}
	failures := func(failed, good int) func(*world) {
		return func(w *world) {
			several(failed, func(w *world) {
				w.Run("tiktok", run.StateFailed, time.Hour, healthtest.Code("NOT_FOUND"))
			})(w)
			several(good, func(w *world) { w.Run("tiktok", run.StateSuccess, time.Hour) })(w)
		}
	}
	cases := map[string]struct {
		rule      string
		do        func(w *world)
		quiet, at int // the number that opens nothing, and the one next to it that opens the alert
	}{
		"failure_percent": {health.ReasonFailureRate, failures(4, 6), 40, 39},
		"failure_runs":    {health.ReasonFailureRate, failures(4, 6), 11, 10},
		"late_minutes": {health.ReasonScheduleLate, func(w *world) {
			w.Must(w.DB.Clock.Create().SetID("tiktok").SetNextAt(w.Time.Add(-30*time.Minute - time.Second)).Exec(w.Ctx))
		}, 31, 30},
		"dead_letters": {
			RuleDeadLetter, several(3, func(w *world) { w.Run("tiktok", run.StateDead, time.Hour) }), 4, 3,
		},
		"expired": {RuleTokenExpired, several(3, func(w *world) {
			w.Connect(
				"tiktok",
				fmt.Sprint("lost", w.DB.Connection.Query().CountX(w.Ctx)),
				func(c *ent.ConnectionCreate) {
					c.SetStatus(connection.StatusNeedsReconnect)
				},
			)
		}), 4, 3},
		"rate_limits": {RuleRateLimitHit, several(3, func(w *world) {
			w.Run("tiktok", run.StateSuccess, time.Hour, func(r *ent.RunCreate) { r.SetRateLimited(true) })
		}), 4, 3},
		"quota_percent": {RuleQuotaSpent, func(w *world) {
			w.quota(healthtest.Noon.Truncate(24*time.Hour), 24*time.Hour, 500)
		}, 51, 50},
	}
	for _, th := range Thresholds() {
		tc, there := cases[th.Name]
		if !there {
			t.Errorf("%s: got a threshold that nothing shows to decide", th.Name)
			continue
		}
		t.Run(th.Name, func(t *testing.T) {
			t.Parallel()
			for set, opens := range map[int]bool{tc.quiet: false, tc.at: true} {
				w := newWorld(t)
				s := DefaultSettings()
				s.Values[th.Name] = set
				w.Must(w.al.SetSettings(w.Ctx, s))
				tc.do(w)
				got := fmt.Sprint(w.check())
				if strings.Contains(got, tc.rule+"/tiktok") != opens {
					t.Errorf("set to %d: got %s, want %s opened: %t", set, got, tc.rule, opens)
				}
			}
		})
	}
}
