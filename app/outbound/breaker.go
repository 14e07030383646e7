package outbound

import (
	"sync"
	"time"
)

const (
	openAfter  = 5 // failures in a row
	probeEvery = 30 * time.Second
)

type state int

const (
	closed state = iota
	open
	probing // one call is out to see whether the platform is back
)

// breaker is one platform's. Its clock is ours, so that a test can turn it. A nil breaker lets
// everything through.
type breaker struct {
	mu       sync.Mutex
	state    state
	row      int // failures in a row while closed
	openedAt time.Time
	age      int // grows with every change of state: results of calls begun before it do not count
}

type outcome int

const (
	fine    outcome = iota // an answer that is no outage
	broken                 // an outage
	unknown                // the caller went away
)

func verdict(failed *Error, down bool) outcome {
	switch {
	case failed == nil && !down:
		return fine
	case failed != nil && failed.Kind == KindCanceled:
		return unknown
	case failed != nil && failed.Kind != KindTimeout && failed.Kind != KindNetwork:
		return fine // a redirect, a huge body or our own guard: the platform is there
	default:
		return broken
	}
}

func (c *Client) breaker(platform string) *breaker {
	if c.o.NoBreaker {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.breakers[platform]
	if b == nil {
		b = &breaker{}
		c.breakers[platform] = b
	}
	return b
}

// enter lets a call through and gives its pass, or tells how long the breaker stays open.
func (b *breaker) enter(now time.Time) (pass int, wait time.Duration) {
	if b == nil {
		return 0, 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if wait := b.left(now); wait > 0 || b.state == closed {
		return b.age, wait
	}
	b.become(probing)
	b.openedAt = now // the next probe is due a span after this one, whatever becomes of it
	return b.age, 0
}

// wait tells how long the breaker stays open, and lets nothing through.
func (b *breaker) wait(now time.Time) time.Duration {
	if b == nil {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.left(now)
}

func (b *breaker) left(now time.Time) time.Duration {
	switch left := probeEvery - now.Sub(b.openedAt); {
	case b.state == closed:
		return 0
	case left > probeEvery: // it opened while a clock was wrong
		return 0
	case left > 0:
		return left
	case b.state == probing:
		return time.Second // the probe is still out
	default:
		return 0
	}
}

// leave reports how a call ended.
func (b *breaker) leave(pass int, now time.Time, o outcome) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case pass != b.age:
	case b.state == probing && o == fine:
		b.become(closed)
	case b.state == probing:
		b.become(open)
	case o == fine:
		b.row = 0
	case o == broken:
		if b.row++; b.row >= openAfter {
			b.become(open)
			b.openedAt = now
		}
	}
}

func (b *breaker) become(s state) {
	b.state, b.row = s, 0
	b.age++
}
