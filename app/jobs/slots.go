package jobs

import "context"

// slots shares the accounts synced at once in this process out between the platforms: each has one that
// is its own, the others go to whoever comes first. A platform that hangs holds up no other.
type slots struct {
	own    map[string]chan struct{}
	shared chan struct{}
}

func newSlots(platforms []string, workers int) slots {
	s := slots{own: map[string]chan struct{}{}}
	mine := 1
	if workers < len(platforms) { // too few for one each
		mine = 0
	}
	for _, p := range platforms {
		s.own[p] = make(chan struct{}, mine)
	}
	s.shared = make(chan struct{}, workers-mine*len(platforms))
	return s
}

// most is how many one platform can have.
func (s slots) most() int {
	n := cap(s.shared)
	for _, own := range s.own {
		return n + cap(own)
	}
	return n
}

// take waits for a slot of a platform; the function gives it back.
func (s slots) take(ctx context.Context, platform string) (func(), error) {
	own := s.own[platform] // nil for one that is not known: it never gives
	if cap(own) == 0 {
		own = nil
	}
	select {
	case own <- struct{}{}:
		return func() { <-own }, nil
	case s.shared <- struct{}{}:
		return func() { <-s.shared }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
