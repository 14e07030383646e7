package outbound

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"
)

func quotas(bucket string, q Quota) map[string]map[string]Quota {
	return map[string]map[string]Quota{"p": {bucket: q}}
}

func limited(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Kind != KindLimited {
		t.Fatalf("got %v, want %s", err, KindLimited)
	}
	return e
}

func ok(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }

func TestPaceWaitsShortAndAnswersLong(t *testing.T) {
	t.Parallel()
	c, at, clk := stand(
		t,
		Options{Quotas: quotas("QUOTA", Quota{By: ByEndpoint, Rates: []Rate{{Limit: 10, Per: time.Minute}}})},
		ok,
	)
	call := func(endpoint string) error {
		r := get(at)
		r.Endpoint = endpoint
		_, err := c.Do(t.Context(), r)
		return err
	}
	for range 10 {
		if err := call("/a"); err != nil {
			t.Fatal(err)
		}
	}
	e := limited(t, call("/a"))
	if e.Day || e.PerAccount || e.RetryAfter <= maxPace || e.RetryAfter > 62*time.Second {
		t.Errorf("got %+v, want a wait of up to a minute for the app", e)
	}
	if err := call("/b"); err != nil {
		t.Errorf("another endpoint has its own count: got %v", err)
	}
	clk.turn(59 * time.Second)
	before := clk.now()
	if err := call("/a"); err != nil {
		t.Errorf("a short wait is waited out: got %v", err)
	}
	if d := clk.now().Sub(before); d <= 0 || d > maxPace {
		t.Errorf("got a pause of %v, want a short one", d)
	}
}

// J11: whatever the pattern of calls, no window of the rate's length holds more than its limit.
func TestSlidingWindowNeverHoldsMoreThanItsLimit(t *testing.T) {
	t.Parallel()
	clk := newClock(noon)
	l := newLimiter(
		quotas("QUOTA", Quota{By: ByApp, Rates: []Rate{{Limit: 20, Per: time.Minute}, {Limit: 100, Per: time.Hour}}}),
		nil,
		clk.now,
	)
	var spent []time.Time
	for i := range 20000 {
		if l.take(t.Context(), Request{Platform: "p"}) == nil {
			spent = append(spent, clk.now())
		}
		clk.turn(time.Duration(i*7919%1500) * time.Millisecond)
	}
	for i := range spent {
		for _, r := range []Rate{{Limit: 20, Per: time.Minute}, {Limit: 100, Per: time.Hour}} {
			if j := i + int(r.Limit); j < len(spent) && spent[j].Sub(spent[i]) < r.Per {
				t.Fatalf("got %d calls in %v, want at most %d in %v", r.Limit+1, spent[j].Sub(spent[i]), r.Limit, r.Per)
			}
		}
	}
	if len(spent) < 350 { // four hours of a hundred
		t.Errorf("got %d calls let through, want nearly all the quota used", len(spent))
	}
}

func TestPacificDay(t *testing.T) {
	t.Parallel()
	c, at, clk := stand(
		t,
		Options{Quotas: quotas("QUOTA", Quota{By: ByApp, Rates: []Rate{{Limit: 5, Per: 24 * time.Hour, Pacific: true}}})},
		ok,
	)
	r := get(at)
	r.Cost = 3
	if _, err := c.Do(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	_, err := c.Do(t.Context(), r)
	e := limited(t, err)
	if !e.Day || e.RetryAfter != 12*time.Hour {
		t.Errorf("got %+v, want the day spent until midnight in 12 h", e)
	}
	if u := c.Usage("p"); len(u) != 1 || u[0].Used != 3 {
		t.Errorf("got %+v, want 3 used", u)
	}
	clk.turn(12 * time.Hour)
	if _, err := c.Do(t.Context(), r); err != nil {
		t.Errorf("a new Pacific day: got %v", err)
	}
}

func TestNextPacificMidnightOverTheClockChange(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"2026-11-01T08:30:00Z": "2026-11-02T08:00:00Z", // the day of 25 hours
		"2026-03-08T09:00:00Z": "2026-03-09T07:00:00Z", // of 23
		"2026-07-01T06:59:59Z": "2026-07-01T07:00:00Z",
	} {
		at, _ := time.Parse(time.RFC3339, in)
		if got := NextPacificMidnight(at).Format(time.RFC3339); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestAccountQuotaIsItsOwn(t *testing.T) {
	t.Parallel()
	c, at, _ := stand(
		t,
		Options{Quotas: quotas("USER_QUOTA", Quota{By: ByAccount, Rates: []Rate{{Limit: 2, Per: time.Hour}}})},
		ok,
	)
	call := func(account, bucket string) error {
		r := get(at)
		r.Account, r.Bucket = account, bucket
		_, err := c.Do(t.Context(), r)
		return err
	}
	for range 2 {
		if err := call("a", ""); err != nil {
			t.Fatal(err)
		}
	}
	if e := limited(t, call("a", "")); !e.PerAccount || e.Day {
		t.Errorf("got %+v, want the account's own hour", e)
	}
	for _, other := range [][2]string{{"b", ""}, {"", ""}, {"a", Free}} {
		if err := call(other[0], other[1]); err != nil {
			t.Errorf("account %q bucket %q: got %v, want no limit", other[0], other[1], err)
		}
	}
}

func TestAZeroQuotaIsNotToBeUsed(t *testing.T) {
	t.Parallel()
	c, at, _ := stand(
		t,
		Options{Quotas: quotas("STATS_QUOTA", Quota{By: ByApp, Rates: []Rate{{Limit: 0, Per: 24 * time.Hour}}})},
		ok,
	)
	r := get(at)
	r.Bucket = "STATS_QUOTA"
	_, err := c.Do(t.Context(), r)
	if e := limited(t, err); !e.Day {
		t.Errorf("got %+v, want a day's quota", e)
	}
}

func TestIdleWindowsAreDropped(t *testing.T) {
	t.Parallel()
	clk := newClock(noon)
	l := newLimiter(quotas("USER_QUOTA", Quota{By: ByAccount, Rates: []Rate{{Limit: 9, Per: time.Minute}}}), nil, clk.now)
	for i := range 20000 {
		_ = l.take(t.Context(), Request{Platform: "p", Account: fmt.Sprint(i)})
		clk.turn(time.Second)
	}
	if n := len(l.windows); n > 4096 {
		t.Errorf("got %d windows kept, want at most 4096", n)
	}
}

// J14: what was spent while a clock was wrong holds nobody up for longer than its window, and is not forgotten.
func TestAClockThatWasAhead(t *testing.T) {
	t.Parallel()
	const ahead = 400 * 24 * time.Hour
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	w := &window{rate: Rate{Limit: 10, Per: time.Minute}}
	w.turn(now.Add(ahead))
	w.spend(10)
	if got := w.wait(now, 1); got <= 0 || got > 2*time.Minute {
		t.Errorf("got a wait of %s, want about the window's length", got)
	}
	if got := w.wait(now.Add(2*time.Minute), 1); got != 0 {
		t.Errorf("got a wait of %s when the window is over, want none", got)
	}
	b := &breaker{state: open, openedAt: now.Add(ahead)}
	if got := b.wait(now); got != 0 {
		t.Errorf("got a breaker open for %s, want a probe", got)
	}
}
