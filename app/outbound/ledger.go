package outbound

import (
	"context"
	"time"
)

// Ledger keeps the windows of a day where a restart and other processes see them. Shorter windows
// are forgotten soon enough to stay in memory.
type Ledger interface {
	// Reserve spends the cost if it fits. used is what is spent of the window afterwards; with ok false
	// nothing was spent. An error means that nobody knows: the call is not made.
	Reserve(ctx context.Context, s Spend) (used int64, ok bool, err error)
}

// Spend is a cost and the window it is drawn from.
type Spend struct {
	Platform, Bucket string
	Scope            string    // the endpoint or account the quota is counted for; empty: the whole app
	Start, End       time.Time // of the window
	Cost, Limit      int64
}

// day is the calendar day of a window that holds now: in Los Angeles, or in UTC.
func (r Rate) day(now time.Time) (start, end time.Time) {
	zone := time.UTC
	if r.Pacific {
		zone = pacific
	}
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone).UTC(), time.Date(y, m, d+1, 0, 0, 0, 0, zone).UTC()
}

// draw is one window that a request spends from.
type draw struct {
	key  limitKey
	rate Rate
	w    *window
}

// noted is what the ledger last said of a window.
type noted struct {
	end  time.Time
	used int64
}

// reserve spends the windows of a day in the ledger, after memory let the request pass. What was spent
// of earlier windows stays spent when a later one refuses: too careful is better than too much.
func (l *limiter) reserve(ctx context.Context, drawn []draw, cost int64) *Error {
	if l.ledger == nil {
		return nil
	}
	for _, d := range drawn {
		if d.rate.Per < 24*time.Hour {
			continue
		}
		now := l.now()
		start, end := d.rate.day(now)
		used, ok, err := l.ledger.Reserve(ctx, Spend{
			Platform: d.key.platform, Bucket: d.key.bucket, Scope: d.key.who, Start: start, End: end, Cost: cost, Limit: d.rate.Limit,
		})
		if err != nil {
			return &Error{Kind: KindLedger, ended: ctx.Err()}
		}
		l.mu.Lock()
		l.noted[d.key] = noted{end, used}
		l.mu.Unlock()
		if !ok {
			return &Error{Kind: KindLimited, RetryAfter: end.Sub(now), Day: true, PerAccount: l.quotas[d.key.platform][d.key.bucket].By == ByAccount}
		}
	}
	return nil
}

type bucketKey struct{ platform, bucket string }

// Exhausted notes that the platform itself called a bucket spent, whatever we had counted: nobody
// draws on it before until.
func (c *Client) Exhausted(platform, bucket string, until time.Time) {
	l := c.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	if k := (bucketKey{platform, bucket}); l.shut[k].Before(until) {
		l.shut[k] = until
	}
}
