package outbound

import (
	"context"
	"time"
)

// Ledger keeps what is spent of every window where a restart and other processes see it.
type Ledger interface {
	// Reserve spends the cost if it fits, before the call is made. An error means that nobody knows: the
	// call is not made.
	Reserve(ctx context.Context, s Spend) (Reserved, error)
	// Exhaust notes that the platform itself calls the window spent, whatever was counted: nothing more of it can be
	// reserved.
	Exhaust(ctx context.Context, s Spend) error
}

// Spend is a cost and the window it is drawn from.
type Spend struct {
	Platform, Bucket string
	Scope            string    // the endpoint or account the quota is counted for; empty: the whole app
	Start, End       time.Time // a row's; what starts together is counted in one
	Sliding          bool      // all rows that have not ended count, not this one alone
	Cost, Limit      int64
}

// Reserved is what became of a Spend.
type Reserved struct {
	OK   bool      // false: nothing was spent
	Used int64     // of the window, afterwards
	Free time.Time // when the cost may fit, with OK false
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

// parts is in how many a sliding window is counted in the ledger, one more than it is long: coarser than
// in memory, for each is a row.
const parts = 12

// row is the ledger's row of a window that holds now. A row of a sliding window counts until all of it has
// left the window.
func (r Rate) row(now time.Time) (start, end time.Time, sliding bool) {
	if r.Per >= 24*time.Hour {
		start, end = r.day(now)
		return start, end, false
	}
	part := r.Per / parts
	start = now.UTC().Truncate(part)
	return start, start.Add(part + r.Per), true
}

// SlidingMark begins the scope of every row of a sliding window.
const SlidingMark = "~"

// scope is what a window is counted for in the ledger: rows of two windows of one bucket may start together.
func (d draw) scope() string {
	if d.rate.Per >= 24*time.Hour {
		return d.key.who
	}
	return SlidingMark + d.rate.Per.String() + " " + d.key.who
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

// reserve spends the windows in the ledger, after memory let the request pass. What was spent of earlier
// windows stays spent when a later one refuses: too careful is better than too much.
func (l *limiter) reserve(ctx context.Context, drawn []draw, cost int64) *Error {
	if l.ledger == nil {
		return nil
	}
	for _, d := range drawn {
		now := l.now()
		start, end, sliding := d.rate.row(now)
		got, err := l.ledger.Reserve(ctx, Spend{
			Platform: d.key.platform, Bucket: d.key.bucket, Scope: d.scope(), Start: start, End: end,
			Sliding: sliding, Cost: cost, Limit: d.rate.Limit,
		})
		if err != nil {
			return &Error{Kind: KindLedger, ended: ctx.Err()}
		}
		l.mu.Lock()
		if sliding {
			end = now.Add(d.rate.Per / parts) // soon some of it has left
		}
		l.noted[d.key] = noted{end, got.Used}
		l.mu.Unlock()
		if !got.OK {
			return &Error{
				Kind: KindLimited, RetryAfter: max(got.Free.Sub(now), time.Millisecond), Day: !sliding,
				PerAccount: l.quotas[d.key.platform][d.key.bucket].By == ByAccount,
			}
		}
	}
	return nil
}

type bucketKey struct{ platform, bucket string }

// wordLimit is how long the ledger may take to note what a platform said.
const wordLimit = 5 * time.Second

// Exhausted notes that the platform itself called a bucket spent, whatever we had counted: nobody
// draws on it before until. The ledger tells other processes, and this one after a restart.
func (c *Client) Exhausted(ctx context.Context, platform, bucket string, until time.Time) {
	l := c.limiter
	l.mu.Lock()
	if k := (bucketKey{platform, bucket}); l.shut[k].Before(until) {
		l.shut[k] = until
	}
	var words []Spend
	now, q := l.now(), l.quotas[platform][bucket]
	for i, rate := range q.Rates {
		if q.By != ByApp || rate.Per < 24*time.Hour {
			continue
		}
		start, end := rate.day(now)
		l.noted[limitKey{platform: platform, bucket: bucket, i: i}] = noted{end, rate.Limit}
		words = append(words, Spend{Platform: platform, Bucket: bucket, Start: start, End: end, Limit: rate.Limit})
	}
	l.mu.Unlock()
	if l.ledger == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), wordLimit)
	defer cancel()
	for _, s := range words {
		_ = l.ledger.Exhaust(ctx, s) // memory rules here all the same, and others are told by the platform itself
	}
}
