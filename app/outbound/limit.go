package outbound

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // Los Angeles without the system's files
)

// By is what a quota is counted for.
type By string

// The three ways to count.
const (
	ByApp      By = "app"      // one count for all calls that name the bucket
	ByEndpoint By = "endpoint" // one for each endpoint
	ByAccount  By = "account"  // one for each account; drawn by every call that names an account and costs anything
)

// Rate is one window. A day in Pacific time is a calendar day, every other window slides.
type Rate struct {
	Limit   int64 // 0: nothing may be spent
	Per     time.Duration
	Pacific bool
}

// Quota is what a platform lets us spend from one bucket. No rates: unlimited.
type Quota struct {
	By    By
	Rates []Rate
}

// Usage is how much of a window is spent; of many endpoints or accounts, the fullest one.
type Usage struct {
	Bucket string
	By     By
	Rate   Rate
	Used   int64
}

var pacific = func() *time.Location {
	l, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		return time.FixedZone("PST", -8*3600)
	}
	return l
}()

// NextPacificMidnight is when a Pacific day that holds t ends.
func NextPacificMidnight(t time.Time) time.Time {
	y, m, d := t.In(pacific).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, pacific).UTC()
}

// A sliding window is counted in parts, one more than it is long: the oldest part counts in full
// until all of it has left.
const (
	grains = 60
	slots  = grains + 1
)

// window counts one Rate for one key.
type window struct {
	rate  Rate
	parts [slots]int64
	head  int64 // newest part, counted from the epoch; for a Pacific day its start
}

func (w *window) grain() time.Duration { return w.rate.Per / grains }

// turn drops what has left the window by now.
func (w *window) turn(now time.Time) {
	if w.rate.Pacific {
		if end := NextPacificMidnight(now).Unix(); end != w.head {
			w.head, w.parts[0] = end, 0
		}
		return
	}
	head := now.UnixNano() / int64(w.grain())
	if w.head-head > slots { // spent while a clock was wrong: it counts as spent now
		used := w.used()
		w.parts, w.head = [slots]int64{}, head
		w.parts[head%slots] = used
		return
	}
	if head <= w.head {
		return // also when the clock steps back: nothing is forgotten
	}
	for i := max(w.head+1, head-slots+1); i <= head; i++ {
		w.parts[i%slots] = 0
	}
	w.head = head
}

func (w *window) used() int64 {
	if w.rate.Pacific {
		return w.parts[0]
	}
	var n int64
	for _, p := range w.parts {
		n += p
	}
	return n
}

// wait is how long until cost fits; the window itself when it never will.
func (w *window) wait(now time.Time, cost int64) time.Duration {
	w.turn(now)
	over := w.used() + cost - w.rate.Limit
	if over <= 0 {
		return 0
	}
	if w.rate.Pacific {
		return NextPacificMidnight(now).Sub(now)
	}
	for i := w.head - slots + 1; i <= w.head; i++ {
		if over -= w.parts[((i%slots)+slots)%slots]; over <= 0 {
			return time.Unix(0, (i+slots)*int64(w.grain())).Sub(now)
		}
	}
	return w.rate.Per
}

// spend adds a cost to the newest part; a negative one gives it back.
func (w *window) spend(cost int64) {
	i := int64(0)
	if !w.rate.Pacific {
		i = w.head % slots
	}
	w.parts[i] = max(0, w.parts[i]+cost)
}

// longestDay is the longest calendar day, on which clocks are set back: no bucket is shut for longer.
const longestDay = 25 * time.Hour

type limitKey struct {
	platform, bucket, who string
	i                     int // which rate of the quota
}

// limiter holds the windows in memory, and those of a day in the ledger too: a restart forgets only
// the short ones.
type limiter struct {
	mu      sync.Mutex
	now     func() time.Time
	quotas  map[string]map[string]Quota
	windows map[limitKey]*window
	sweepAt int
	ledger  Ledger // nil: none
	noted   map[limitKey]noted
	shut    map[bucketKey]time.Time
}

func newLimiter(q map[string]map[string]Quota, ledger Ledger, now func() time.Time) *limiter {
	return &limiter{
		now: now, quotas: q, windows: map[limitKey]*window{}, sweepAt: 4096,
		ledger: ledger, noted: map[limitKey]noted{}, shut: map[bucketKey]time.Time{},
	}
}

// take spends the request's cost from every window it draws on, or from none.
func (l *limiter) take(ctx context.Context, r Request) *Error {
	cost := max(r.Cost, 1)
	drawn, full := l.draw(r, cost)
	if full != nil || len(drawn) == 0 {
		return full
	}
	refused := l.reserve(ctx, drawn, cost)
	if refused != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, d := range drawn {
			d.w.spend(-cost)
		}
	}
	return refused
}

// draw is take for the windows in memory.
func (l *limiter) draw(r Request, cost int64) ([]draw, *Error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket := r.Bucket
	if bucket == "" {
		bucket = "QUOTA"
	}
	if bucket == Free {
		return nil, nil
	}
	now := l.now()
	if wait := l.shut[bucketKey{r.Platform, bucket}].Sub(now); wait > 0 && wait <= longestDay {
		return nil, &Error{Kind: KindLimited, RetryAfter: wait, Day: true}
	}
	var drawn []draw
	var full *Error
	for name, q := range l.quotas[r.Platform] {
		who := ""
		switch {
		case q.By == ByAccount:
			if who = r.Account; who == "" {
				continue
			}
		case name != bucket:
			continue
		case q.By == ByEndpoint:
			who = r.Endpoint
		}
		for i, rate := range q.Rates {
			k := limitKey{r.Platform, name, who, i}
			w := l.window(k, rate, now)
			drawn = append(drawn, draw{k, rate, w})
			if d := w.wait(now, cost); d > 0 && (full == nil || d > full.RetryAfter) {
				full = &Error{Kind: KindLimited, RetryAfter: d, Day: rate.Per >= 24*time.Hour, PerAccount: q.By == ByAccount}
			}
		}
	}
	if full != nil {
		return nil, full
	}
	for _, d := range drawn {
		d.w.spend(cost)
	}
	return drawn, nil
}

func (l *limiter) window(k limitKey, rate Rate, now time.Time) *window {
	w := l.windows[k]
	if w == nil {
		if len(l.windows) >= l.sweepAt {
			for old, x := range l.windows {
				if x.turn(now); x.used() == 0 {
					delete(l.windows, old)
					delete(l.noted, old)
				}
			}
			l.sweepAt = max(4096, 2*len(l.windows))
		}
		w = &window{rate: rate}
		l.windows[k] = w
	}
	return w
}

// pace takes the cost, waiting in place when the wait is short.
func (c *Client) pace(ctx context.Context, r Request, host string) *Error {
	var waited time.Duration
	for {
		if end := ctx.Err(); end != nil {
			return &Error{Kind: KindCanceled, Host: host, ended: end}
		}
		full := c.limiter.take(ctx, r)
		if full == nil {
			return nil
		}
		if full.Host = host; full.Kind == KindLedger {
			return full
		}
		if waited += full.RetryAfter; waited > maxPace {
			return full
		}
		if end := c.pause(ctx, full.RetryAfter); end != nil {
			return &Error{Kind: KindCanceled, Host: host, ended: end}
		}
	}
}

// Usage tells how full each of a platform's windows is now, in a stable order. Windows without a
// limit are left out.
func (c *Client) Usage(platform string) []Usage {
	l := c.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Usage
	for bucket, q := range l.quotas[platform] {
		for i, rate := range q.Rates {
			u := Usage{Bucket: bucket, By: q.By, Rate: rate}
			for k, w := range l.windows {
				if k.platform == platform && k.bucket == bucket && k.i == i {
					w.turn(l.now())
					u.Used = max(u.Used, w.used())
				}
			}
			for k, n := range l.noted {
				if k.platform == platform && k.bucket == bucket && k.i == i && l.now().Before(n.end) {
					u.Used = max(u.Used, n.used)
				}
			}
			out = append(out, u)
		}
	}
	slices.SortFunc(out, func(a, b Usage) int {
		return cmp.Or(cmp.Compare(a.Bucket, b.Bucket), cmp.Compare(a.Rate.Per, b.Rate.Per))
	})
	return out
}
