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
func (w *World) Calls(platform string) map[string]int64 {
	w.calls.mu.Lock()
	defer w.calls.mu.Unlock()
	out := map[string]int64{}
	maps.Copy(out, w.calls.by[platform])
	return out
}

// CallsOf counts the calls made with an account's codes and tokens, by endpoint template.
func (w *World) CallsOf(platform, externalID string) map[string]int64 {
	w.calls.mu.Lock()
	defer w.calls.mu.Unlock()
	out := map[string]int64{}
	maps.Copy(out, w.calls.of[owner(platform, externalID)])
	return out
}

// Units is the quota spent since the last ResetCalls, on a platform that counts in units.
func (w *World) Units(platform string) int64 {
	w.calls.mu.Lock()
	defer w.calls.mu.Unlock()
	return w.calls.units[platform]
}

// UnitsByDay is the quota spent in each Pacific day, by its beginning, on a platform that counts in units.
func (w *World) UnitsByDay(platform string) map[time.Time]int64 {
	w.calls.mu.Lock()
	defer w.calls.mu.Unlock()
	return maps.Clone(w.calls.daily[platform])
}

// InFlight is how many calls are being answered now, on all platforms.
func (w *World) InFlight() int64 {
	w.calls.mu.Lock()
	defer w.calls.mu.Unlock()
	return w.calls.now
}

// MaxInFlight is the most calls that were answered at once since the last ResetCalls.
func (w *World) MaxInFlight() int64 {
	w.calls.mu.Lock()
	defer w.calls.mu.Unlock()
	return w.calls.max
}

// ResetCalls sets all counters to zero, but those by day. What was spent of a limit stays spent.
func (w *World) ResetCalls() {
	w.calls.mu.Lock()
	defer w.calls.mu.Unlock()
	b := &w.calls
	b.by, b.of, b.units, b.max = map[string]map[string]int64{}, map[string]map[string]int64{}, map[string]int64{}, b.now
}

// CountUnits books quota units that a call costs.
func (w *World) CountUnits(platform string, units int64) {
	now := w.Now().In(w.limits.pacific)
	w.calls.mu.Lock()
	defer w.calls.mu.Unlock()
	w.calls.units[platform] += units
	if w.calls.daily[platform] == nil {
		w.calls.daily[platform] = map[time.Time]int64{}
	}
	y, m, d := now.Date()
	w.calls.daily[platform][time.Date(y, m, d, 0, 0, 0, 0, now.Location()).UTC()] += units
}
