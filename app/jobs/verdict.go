package jobs

import (
	"math/rand/v2"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/app/syncer/planner"
)

const (
	firstWait   = 30 * time.Second
	unknownWait = 15 * time.Minute // a limit that does not say how long
)

// verdict is the only place where a code becomes retry, wait or give up.
func (r *Runner) verdict(report syncer.Report) syncer.Decision {
	return decide(report, r.queue.o.Now(), rand.Float64()) //nolint:gosec // jitter
}

// decide turns a report into what becomes of the run; jitter is from 0 to 1.
func decide(r syncer.Report, now time.Time, jitter float64) syncer.Decision {
	if r.Err == nil && r.Gap == nil {
		return syncer.Decision{State: planner.StateSuccess}
	}
	if r.Err == nil {
		return syncer.Decision{State: planner.StatePartial, Code: r.Gap.Code, Words: syncer.Words(r.Gap)}
	}
	d := syncer.Decision{Code: fault.CodeOf(r.Err), Words: syncer.Words(r.Err)}
	wait := func(state planner.State, least time.Duration) syncer.Decision {
		d.State, d.At = state, now.Add(least+time.Duration(jitter*float64(min(least/5, 5*time.Minute))))
		return d
	}
	switch {
	case r.Stopped:
		return syncer.Decision{State: planner.StateQueued, At: now} // this process ends: the next one goes on
	case r.Away:
		return wait(planner.StateQueued, databaseRetry)
	case d.Code == fault.RateLimit, d.Code == fault.QuotaExhausted:
		return wait(planner.StateDeferred, orElse(r.RetryAfter, unknownWait))
	case r.NoCall: // a breaker is open, or the platform refused us a moment ago: not this account's fault
		return wait(planner.StateDeferred, orElse(r.RetryAfter, firstWait))
	case unexplained(r.Err) && r.Attempt < lifecycle.MaxAttempts: // what it proves shows when it is asked once more
		return wait(planner.StateRetrying, max(backoff(r.Attempt), r.RetryAfter))
	case permanent(d.Code), malformed(r.Err):
		d.State = planner.StateFailed
	case r.Saved:
		d.State = planner.StatePartial // what came is kept, and the plan comes back for the rest
	case r.Attempt < lifecycle.MaxAttempts:
		return wait(planner.StateRetrying, max(backoff(r.Attempt), r.RetryAfter))
	default:
		d.State = planner.StateDead
	}
	return d
}

// permanent lists what no repetition mends.
func permanent(c fault.Code) bool {
	switch c {
	case fault.AuthFailed, fault.AuthExpired, fault.AuthRevoked, fault.ScopeMissing, fault.NotFound,
		fault.AppRefused, fault.NotConnected, fault.NotConfigured, fault.Conflict:
		return true
	default:
		return false
	}
}

// unexplained reports a refusal that ended everything and of which nobody knows yet whose it is.
func unexplained(err error) bool {
	p, ok := platform.AsError(err)
	return ok && p.Unexplained && permanent(p.Code) && p.Code != fault.AppRefused
}

// malformed reports a request of ours that the platform called wrong: it is as wrong the next time.
func malformed(err error) bool {
	p, ok := platform.AsError(err)
	return ok && p.Code == fault.Internal && p.Status >= 400 && p.Status < 500
}

// backoff is half a minute, two, eight, half an hour.
func backoff(attempt int) time.Duration { return firstWait << (2 * (attempt - 1)) }

func orElse(d, other time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return other
}

func isFault(err error) bool { return err != nil && fault.CodeOf(err) != fault.Internal }
