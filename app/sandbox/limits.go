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

// limitBook is what was spent of the limits lately.
type limitBook struct {
	mu      sync.Mutex
	max     map[string]int64 // platform + name, set by SetLimit
	spent   map[string][]spending
	pacific *time.Location
}

type spending struct {
	at    time.Time
	units int64
}

func (b *limitBook) init() {
	b.max, b.spent = map[string]int64{}, map[string][]spending{}
	loc, err := time.LoadLocation("America/Los_Angeles")
	if err != nil { // cannot happen with tzdata built in
		loc = time.FixedZone("PST", -8*3600)
	}
	b.pacific = loc
}

// SetLimit replaces a limit of a face by another number; Unlimited takes it away. The faces name
// theirs in their Limit constants.
func (w *World) SetLimit(platform, name string, max int64) {
	w.limits.mu.Lock()
	defer w.limits.mu.Unlock()
	w.limits.max[owner(platform, name)] = max
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
	since := now.Add(-l.Per)
	if l.Per == 0 {
		y, m, d := now.In(b.pacific).Date()
		since = time.Date(y, m, d, 0, 0, 0, 0, b.pacific).Add(-time.Nanosecond)
	}
	list := b.spent[key]
	for len(list) > 0 && !list[0].at.After(since) {
		list = list[1:]
	}
	var used int64
	for _, s := range list {
		used += s.units
	}
	u := Use{OK: used+units <= most}
	if u.OK {
		used += units
		if n := len(list); l.Per == 0 && n > 0 { // one day needs one row
			list[n-1].units += units
		} else {
			list = append(list, spending{now, units})
		}
	} else {
		u.Again = l.again(list, now, b.pacific)
	}
	b.spent[key] = list
	u.Percent = 100
	if most > 0 {
		u.Percent = 100 * used / most
	}
	return u
}

// again is how long until the limit lets something through.
func (l Limit) again(list []spending, now time.Time, pacific *time.Location) time.Duration {
	if l.Per == 0 {
		y, m, d := now.In(pacific).Date()
		return time.Date(y, m, d+1, 0, 0, 0, 0, pacific).Sub(now)
	}
	if len(list) == 0 {
		return l.Per
	}
	return list[0].at.Add(l.Per).Sub(now)
}
