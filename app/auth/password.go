package auth

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/words"
)

// cost is about 100 ms of one core and 19 MiB.
var cost = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

const (
	shortest = 10  // characters of a password
	longest  = 256 // bytes of one

	// Memory is bounded whatever arrives: each hash holds 19 MiB, and the library takes no buffer that could be used
	// again.
	atOnce   = 2               // hashes computed at the same time in a process
	inLine   = 20              // that wait for their turn
	patience = 2 * time.Second // how long
)

// hasher computes password hashes, few at once.
type hasher struct {
	cost  argon2id.Params
	slots chan struct{}
	line  chan struct{}
	after func(time.Duration) <-chan time.Time
	held  func()        // told while a hash is computed; for tests
	dummy func() string // of no password: compared when there is no account, so that both take as long
}

func newHasher() *hasher {
	h := &hasher{
		cost: *cost, slots: make(chan struct{}, atOnce), line: make(chan struct{}, inLine), after: time.After,
		held: func() {},
	}
	h.dummy = sync.OnceValue(func() string {
		s, err := argon2id.CreateHash(fault.Random().Reveal(), &h.cost)
		if err != nil {
			return ""
		}
		return s
	})
	return h
}

// enter waits for a turn. BUSY: too many wait already, or it took too long.
func (h *hasher) enter(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		h.held()
		return nil
	default:
	}
	select {
	case h.line <- struct{}{}:
		defer func() { <-h.line }()
	default:
		return errBusy()
	}
	select {
	case h.slots <- struct{}{}:
		h.held()
		return nil
	case <-h.after(patience):
		return errBusy()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func errBusy() error {
	return &fault.Error{Code: fault.Busy, Message: words.New("errors.auth.busy"), RetryAfter: 5 * time.Second}
}

func (h *hasher) leave() { <-h.slots }

func (h *hasher) make(ctx context.Context, password fault.Secret) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	s, err := argon2id.CreateHash(password.Reveal(), &h.cost)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return s, nil
}

// matches compares; an empty hash takes as long and never matches.
func (h *hasher) matches(ctx context.Context, password fault.Secret, hash string) (bool, error) {
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	known := hash != ""
	if !known {
		hash = h.dummy()
	}
	text := password.Reveal()
	if len(text) > longest {
		text, known = text[:longest], false
	}
	ok, err := argon2id.ComparePasswordAndHash(text, hash)
	if err != nil {
		return false, fmt.Errorf("compare password: %w", err)
	}
	return ok && known, nil
}

// weak says why a password cannot be used, or nothing.
func weak(password fault.Secret) words.Text {
	switch p := password.Reveal(); {
	case len([]rune(p)) < shortest:
		return words.New("errors.auth.short", "Number", shortest)
	case len(p) > longest:
		return words.New("errors.auth.long", "Number", longest)
	default:
		return words.Text{}
	}
}
