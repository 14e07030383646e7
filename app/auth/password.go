package auth

import (
	"context"
	"fmt"
	"sync"

	"github.com/alexedwards/argon2id"

	"github.com/truecount/truecount/app/fault"
)

// cost is about 100 ms of one core and 19 MiB.
var cost = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

const (
	shortest = 10  // characters of a password
	longest  = 256 // bytes of one
	atOnce   = 4   // hashes computed at the same time: memory is bounded whatever arrives
)

// hasher computes password hashes, few at once.
type hasher struct {
	slots chan struct{}
	dummy func() string // of no password: compared when there is no account, so that both take as long
}

func newHasher() *hasher {
	return &hasher{
		slots: make(chan struct{}, atOnce),
		dummy: sync.OnceValue(func() string {
			h, err := argon2id.CreateHash(fault.Random().Reveal(), cost)
			if err != nil {
				return ""
			}
			return h
		}),
	}
}

func (h *hasher) enter(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *hasher) leave() { <-h.slots }

func (h *hasher) make(ctx context.Context, password fault.Secret) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	s, err := argon2id.CreateHash(password.Reveal(), cost)
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
func weak(password fault.Secret) string {
	switch p := password.Reveal(); {
	case len([]rune(p)) < shortest:
		return fmt.Sprintf("A password has at least %d characters.", shortest)
	case len(p) > longest:
		return fmt.Sprintf("A password has at most %d bytes.", longest)
	default:
		return ""
	}
}
