package jobs

import (
	"errors"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/app/syncer/planner"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func failure(code fault.Code, after time.Duration) error {
	return &platform.Error{Platform: "p", Step: platform.StepPosts, Code: code, RetryAfter: after}
}

// J9, P5, T13: one table says what each code leads to.
func TestVerdict(t *testing.T) {
	t.Parallel()
	gap := &platform.Error{Platform: "p", Step: platform.StepMetrics, Code: fault.ScopeMissing}
	for _, tc := range []struct {
		name string
		r    syncer.Report
		want planner.State
		wait time.Duration
	}{
		{"all done", syncer.Report{Attempt: 1}, planner.StateSuccess, 0},
		{"a permission missing", syncer.Report{Attempt: 1, Gap: gap}, planner.StatePartial, 0},
		{"posts failed, profile kept", syncer.Report{Attempt: 1, Saved: true, Err: failure(fault.PlatformError, 0)}, planner.StatePartial, 0},
		{"first failure", syncer.Report{Attempt: 1, Err: failure(fault.PlatformError, 0)}, planner.StateRetrying, 30 * time.Second},
		{"second failure", syncer.Report{Attempt: 2, Err: failure(fault.Timeout, 0)}, planner.StateRetrying, 2 * time.Minute},
		{"fourth failure", syncer.Report{Attempt: 4, Err: failure(fault.BadResponse, 0)}, planner.StateRetrying, 32 * time.Minute},
		{"fifth failure", syncer.Report{Attempt: 5, Err: failure(fault.Network, 0)}, planner.StateDead, 0},
		{"told to come back later", syncer.Report{Attempt: 1, Err: failure(fault.PlatformError, time.Hour)}, planner.StateRetrying, time.Hour},
		{"a limit with its end", syncer.Report{Attempt: 5, Err: failure(fault.RateLimit, 7*time.Minute)}, planner.StateDeferred, 7 * time.Minute},
		{"a limit without one", syncer.Report{Attempt: 1, Err: failure(fault.RateLimit, 0)}, planner.StateDeferred, unknownWait},
		{"a day's quota", syncer.Report{Attempt: 1, Saved: true, Err: failure(fault.QuotaExhausted, 9*time.Hour)}, planner.StateDeferred, 9 * time.Hour},
		{"a breaker is open", syncer.Report{Attempt: 5, NoCall: true, RetryAfter: 20 * time.Second, Err: failure(fault.PlatformError, 20*time.Second)}, planner.StateDeferred, 20 * time.Second},
		{"the grant is dead", syncer.Report{Attempt: 1, Err: failure(fault.AuthRevoked, 0)}, planner.StateFailed, 0},
		{"access ended", syncer.Report{Attempt: 1, Err: failure(fault.AuthExpired, 0)}, planner.StateFailed, 0},
		{"the account is gone", syncer.Report{Attempt: 1, Err: failure(fault.NotFound, 0)}, planner.StateFailed, 0},
		{"the app is refused", syncer.Report{Attempt: 1, Err: failure(fault.AppRefused, 0)}, planner.StateFailed, 0},
		{"a request that the platform calls wrong", syncer.Report{Attempt: 1, Err: &platform.Error{Code: fault.Internal, Status: 400}}, planner.StateFailed, 0},
		{"a fault of ours", syncer.Report{Attempt: 1, Err: errors.New("plain")}, planner.StateRetrying, 30 * time.Second},
		{"told to stop", syncer.Report{Attempt: 3, Stopped: true, Err: failure(fault.Network, 0)}, planner.StateQueued, 0},
	} {
		r := tc.r
		if p, ok := platform.AsError(r.Err); ok && r.RetryAfter == 0 {
			r.RetryAfter = p.RetryAfter
		}
		for _, jitter := range []float64{0, 1} {
			d := decide(r, noon, jitter)
			if d.State != tc.want {
				t.Errorf("%s: got %s, want %s", tc.name, d.State, tc.want)
			}
			if tc.wait == 0 {
				continue
			}
			if got := d.At.Sub(noon); got < tc.wait || got > tc.wait+tc.wait/4 {
				t.Errorf("%s: got a wait of %v, want %v and a little", tc.name, got, tc.wait)
			}
		}
	}
}
