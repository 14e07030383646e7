package outbound

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// book is a ledger in memory.
type book struct {
	mu   sync.Mutex
	used map[Spend]int64
	seen []Spend
	err  error
}

func (b *book) Reserve(_ context.Context, s Spend) (Reserved, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return Reserved{}, b.err
	}
	if b.used == nil {
		b.used = map[Spend]int64{}
	}
	b.seen = append(b.seen, s)
	k := s
	k.Cost = 0
	if b.used[k]+s.Cost > s.Limit {
		return Reserved{Used: b.used[k], Free: s.End}, nil
	}
	b.used[k] += s.Cost
	return Reserved{Used: b.used[k], OK: true}, nil
}

// The quota day is Los Angeles's, also on the days of 23 and 25 hours; other days are UTC's.
func TestDays(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, now  string
		pacific    bool
		start, end string
		hours      float64
	}{
		{"winter", "2026-11-24T12:00:00Z", true, "2026-11-24T08:00:00Z", "2026-11-25T08:00:00Z", 24},
		{"before midnight there", "2026-11-24T07:59:59Z", true, "2026-11-23T08:00:00Z", "2026-11-24T08:00:00Z", 24},
		{"summer", "2026-07-01T12:00:00Z", true, "2026-07-01T07:00:00Z", "2026-07-02T07:00:00Z", 24},
		{"the clock goes forward", "2026-03-08T12:00:00Z", true, "2026-03-08T08:00:00Z", "2026-03-09T07:00:00Z", 23},
		{"the clock goes back", "2026-11-01T12:00:00Z", true, "2026-11-01T07:00:00Z", "2026-11-02T08:00:00Z", 25},
		{"in UTC", "2026-11-01T23:59:00Z", false, "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", 24},
	} {
		now, _ := time.Parse(time.RFC3339, tc.now)
		start, end := Rate{Per: 24 * time.Hour, Pacific: tc.pacific}.day(now)
		if start.Format(time.RFC3339) != tc.start || end.Format(time.RFC3339) != tc.end ||
			end.Sub(start).Hours() != tc.hours {
			t.Errorf("%s: got %s to %s, want %s to %s", tc.name, start, end, tc.start, tc.end)
		}
	}
}

var daily = quotas("QUOTA", Quota{By: ByApp, Rates: []Rate{{Limit: 100, Per: 24 * time.Hour, Pacific: true}}})

// Two processes that share a ledger never spend more than there is, and a restart forgets nothing.
func TestTheLedgerIsShared(t *testing.T) {
	t.Parallel()
	clk := newClock(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	b := &book{}
	both := []*limiter{newLimiter(daily, b, clk.now), newLimiter(daily, b, clk.now)}
	var mu sync.Mutex
	passed := 0
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			for range 10 {
				if both[i%2].take(t.Context(), Request{Platform: "p", Cost: 1}) == nil {
					mu.Lock()
					passed++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if passed != 100 {
		t.Errorf("got %d calls let out of 100, want 100", passed)
	}
	fresh := newLimiter(daily, b, clk.now)
	refused := fresh.take(t.Context(), Request{Platform: "p"})
	if refused == nil || refused.Kind != KindLimited || !refused.Day || refused.RetryAfter != 20*time.Hour {
		t.Errorf("after a restart: got %+v, want the wait for midnight in Los Angeles", refused)
	}
	clk.turn(20 * time.Hour)
	if refused := fresh.take(t.Context(), Request{Platform: "p"}); refused != nil {
		t.Errorf("on the next day: got %+v, want the call let out", refused)
	}
}

// What memory let pass and the ledger did not is given back, and a ledger that cannot be written
// stops the call.
func TestALedgerThatRefuses(t *testing.T) {
	t.Parallel()
	clk := newClock(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	b := &book{err: errors.New("disk full")}
	l := newLimiter(daily, b, clk.now)
	for range 200 {
		if e := l.take(t.Context(), Request{Platform: "p"}); e == nil || e.Kind != KindLedger {
			t.Fatalf("got %+v, want no call", e)
		}
	}
	b.err = nil
	if e := l.take(t.Context(), Request{Platform: "p"}); e != nil {
		t.Errorf("got %+v, want the refused calls given back", e)
	}
	if e := l.take(t.Context(), Request{Platform: "p", Bucket: Free}); e != nil || len(b.seen) != 1 {
		t.Errorf("got %+v with %d reservations, want free calls to cost nothing", e, len(b.seen))
	}
}

// A bucket that the platform itself calls spent stays shut until its day is over; others go on.
func TestExhausted(t *testing.T) {
	t.Parallel()
	clk := newClock(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	c := New(Options{Now: clk.now})
	defer c.Close()
	c.Exhausted(t.Context(), "p", "QUOTA", clk.now().Add(time.Hour))
	c.Exhausted(t.Context(), "p", "QUOTA", clk.now().Add(time.Minute)) // a shorter word changes nothing
	if e := c.limiter.take(t.Context(), Request{Platform: "p"}); e == nil || !e.Day || e.RetryAfter != time.Hour {
		t.Errorf("got %+v, want an hour's wait", e)
	}
	if e := c.limiter.take(t.Context(), Request{Platform: "p", Bucket: "STATS_QUOTA"}); e != nil {
		t.Errorf("got %+v, want the other bucket open", e)
	}
	clk.turn(time.Hour)
	if e := c.limiter.take(t.Context(), Request{Platform: "p"}); e != nil {
		t.Errorf("got %+v, want the bucket open again", e)
	}
}

func (b *book) Exhaust(_ context.Context, s Spend) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.used == nil {
		b.used = map[Spend]int64{}
	}
	b.used[s] = s.Limit
	return b.err
}

// The platform's word is in the ledger, so that another process, or this one after a restart, asks nothing before the
// reset, and the window counts as full.
func TestThePlatformsWordIsKept(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	quotas := map[string]map[string]Quota{
		"p": {"QUOTA": {By: ByApp, Rates: []Rate{{Limit: 10000, Per: 24 * time.Hour, Pacific: true}}}},
	}
	b := &book{}
	c := New(Options{Now: func() time.Time { return now }, Quotas: quotas, Ledger: b})
	defer c.Close()
	c.Exhausted(t.Context(), "p", "QUOTA", NextPacificMidnight(now))
	if u := c.Usage("p"); len(u) != 1 || u[0].Used != 10000 {
		t.Errorf("got %+v, want it full", u)
	}
	again := newLimiter(quotas, b, func() time.Time { return now })
	if full := again.take(t.Context(), Request{Platform: "p"}); full == nil || full.Kind != KindLimited {
		t.Errorf("got %v in another process, want it refused", full)
	}
}
