package sandbox

import (
	"sync"
	"time"
	_ "time/tzdata" // quota days turn at midnight in Los Angeles, wherever this runs
)

// Unlimited takes a limit away.
const Unlimited = int64(-1)

// Limit is what a platform lets be spent. Per is a sliding window; 0 is a calendar day in Los Angeles.
type Limit struct {
	Platform, Name string
	Max            int64
	Per            time.Duration
}

// limitCounts is what was spent of the limits lately.
type limitCounts struct {
	mu      sync.Mutex
	max     map[string]int64 // platform + name, set by SetLimit
	spent   map[string]*spent
	pacific *time.Location
}

// spent is what one window holds: a row a second, and their sum.
type spent struct {
	rows []spending
	sum  int64
}

type spending struct {
	at    time.Time
	units int64
}

func (b *limitCounts) init() {
	b.max, b.spent = map[string]int64{}, map[string]*spent{}
	loc, err := time.LoadLocation("America/Los_Angeles")
	if err != nil { // cannot happen with tzdata built in
		loc = time.FixedZone("PST", -8*3600)
	}
	b.pacific = loc
}

// forget drops what is not younger than since.
func (s *spent) forget(since time.Time) {
	for len(s.rows) > 0 && !s.rows[0].at.After(since) {
		s.sum -= s.rows[0].units
		s.rows = s.rows[1:]
	}
}

func (s *spent) add(at time.Time, units int64) {
	s.sum += units
	if n := len(s.rows); n > 0 && s.rows[n-1].at.Equal(at) {
		s.rows[n-1].units += units
		return
	}
	s.rows = append(s.rows, spending{at, units})
}

// SetLimit replaces a limit of a fake by another number; Unlimited takes it away. The fakes name
// theirs in their Limit constants.
func (w *World) SetLimit(platform, name string, most int64) {
	w.limits.mu.Lock()
	defer w.limits.mu.Unlock()
	w.limits.max[owner(platform, name)] = most
}

// Use is how far a limit is used up.
type Use struct {
	OK      bool          // the call may go on
	Percent int64         // of the limit that is spent; 0 without a limit
	Again   time.Duration // until there is room, when there is none
}

// Spend books units on a limit for whom it is counted (an account, an endpoint, or "" for all) and
// says whether there was room. What is refused costs nothing.
func (w *World) Spend(l Limit, whom string, units int64) Use {
	now := w.Now()
	b := &w.limits
	b.mu.Lock()
	defer b.mu.Unlock()
	most, ok := b.max[owner(l.Platform, l.Name)]
	if !ok {
		most = l.Max
	}
	if most < 0 {
		return Use{OK: true}
	}
	key := owner(l.Platform, l.Name) + "\x00" + whom
	s := b.spent[key]
	if s == nil {
		s = &spent{}
		b.spent[key] = s
	}
	begin, end := l.window(now, b.pacific)
	s.forget(begin)
	u := Use{OK: s.sum+units <= most, Percent: 100}
	switch {
	case u.OK:
		s.add(now.Truncate(time.Second), units)
	case l.Per > 0 && len(s.rows) > 0:
		u.Again = s.rows[0].at.Add(l.Per).Sub(now)
	default:
		u.Again = end.Sub(now)
	}
	if most > 0 {
		u.Percent = 100 * s.sum / most
	}
	return u
}

// window is the time that counts at now: what was spent at its begin or before is forgotten.
func (l Limit) window(now time.Time, pacific *time.Location) (begin, end time.Time) {
	if l.Per > 0 {
		return now.Add(-l.Per), now.Add(l.Per)
	}
	y, m, d := now.In(pacific).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, pacific).Add(-time.Nanosecond), time.Date(y, m, d+1, 0, 0, 0, 0, pacific)
}
