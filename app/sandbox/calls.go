package sandbox

import (
	"maps"
	"sync"
	"time"
)

// callCounts counts what was asked of the fakes.
type callCounts struct {
	mu       sync.Mutex
	by       map[string]map[string]int64 // platform -> endpoint
	of       map[string]map[string]int64 // platform + account -> endpoint
	units    map[string]int64
	daily    map[string]map[time.Time]int64 // platform -> midnight in Los Angeles -> units
	now, max int64
}

func (b *callCounts) init() {
	b.by, b.of, b.units = map[string]map[string]int64{}, map[string]map[string]int64{}, map[string]int64{}
	b.daily = map[string]map[time.Time]int64{}
}

func owner(platform, account string) string { return platform + "\x00" + account }

// begin counts a call; account may be empty. The call lasts until the result is called.
func (b *callCounts) begin(platform, endpoint, account string) (end func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	add(b.by, platform, endpoint)
	if account != "" {
		add(b.of, owner(platform, account), endpoint)
	}
	b.now++
	b.max = max(b.max, b.now)
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.now--
	}
}

func add(m map[string]map[string]int64, key, endpoint string) {
	if m[key] == nil {
		m[key] = map[string]int64{}
	}
	m[key][endpoint]++
}

// Calls counts a platform's calls since the last ResetCalls, by endpoint template
// ("/{version}/me/media"). Calls that hit a fault count too.
func (l callLog) Calls(platform string) map[string]int64 {
	l.world.calls.mu.Lock()
	defer l.world.calls.mu.Unlock()
	out := map[string]int64{}
	maps.Copy(out, l.world.calls.by[platform])
	return out
}

// CallsOf counts the calls made with an account's codes and tokens, by endpoint template.
func (l callLog) CallsOf(platform, externalID string) map[string]int64 {
	l.world.calls.mu.Lock()
	defer l.world.calls.mu.Unlock()
	out := map[string]int64{}
	maps.Copy(out, l.world.calls.of[owner(platform, externalID)])
	return out
}

// Units is the quota spent since the last ResetCalls, on a platform that counts in units.
func (l callLog) Units(platform string) int64 {
	l.world.calls.mu.Lock()
	defer l.world.calls.mu.Unlock()
	return l.world.calls.units[platform]
}

// UnitsByDay is the quota spent in each Pacific day, by its beginning, on a platform that counts in units.
func (l callLog) UnitsByDay(platform string) map[time.Time]int64 {
	l.world.calls.mu.Lock()
	defer l.world.calls.mu.Unlock()
	return maps.Clone(l.world.calls.daily[platform])
}

// InFlight is how many calls are being answered now, on all platforms.
func (l callLog) InFlight() int64 {
	l.world.calls.mu.Lock()
	defer l.world.calls.mu.Unlock()
	return l.world.calls.now
}

// MaxInFlight is the most calls that were answered at once since the last ResetCalls.
func (l callLog) MaxInFlight() int64 {
	l.world.calls.mu.Lock()
	defer l.world.calls.mu.Unlock()
	return l.world.calls.max
}

// ResetCalls sets all counters to zero, but those by day. What was spent of a limit stays spent.
func (l callLog) ResetCalls() {
	l.world.calls.mu.Lock()
	defer l.world.calls.mu.Unlock()
	b := &l.world.calls
	b.by, b.of, b.units, b.max = map[string]map[string]int64{}, map[string]map[string]int64{}, map[string]int64{}, b.now
}

// CountUnits books quota units that a call costs.
func (l callLog) CountUnits(platform string, units int64) {
	now := l.world.Now().In(l.world.limits.pacific)
	l.world.calls.mu.Lock()
	defer l.world.calls.mu.Unlock()
	l.world.calls.units[platform] += units
	if l.world.calls.daily[platform] == nil {
		l.world.calls.daily[platform] = map[time.Time]int64{}
	}
	y, m, d := now.Date()
	l.world.calls.daily[platform][time.Date(y, m, d, 0, 0, 0, 0, now.Location()).UTC()] += units
}
