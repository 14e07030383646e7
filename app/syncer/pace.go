package syncer

import (
	"sync"
	"time"
)

// pacer keeps the least time between the starts of two accounts' syncs on a platform, in this
// process. Slots are given in the order they are asked for.
type pacer struct {
	mu   sync.Mutex
	next map[string]time.Time
}

// patience is how far ahead a slot may be taken: a longer wait goes back to the queue.
const patience = 5 * time.Second

// slot gives how long to wait for the platform's next slot and takes it, unless the wait is too
// long: then nothing is taken.
func (p *pacer) slot(platform string, delay time.Duration, now time.Time) (wait time.Duration, taken bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next == nil {
		p.next = map[string]time.Time{}
	}
	at := p.next[platform]
	if at.Before(now) || delay == 0 {
		at = now
	}
	if at.Sub(now) > max(patience, delay) {
		return at.Sub(now), false
	}
	p.next[platform] = at.Add(delay)
	return at.Sub(now), true
}
