package sandbox

import (
	"errors"
	"time"
)

// RevokeToken ends everything the token's owner granted the app; any token of a living grant will
// do, an expired access token will not.
func (w *World) RevokeToken(platform, text string) error {
	g, err := w.Bearer(platform, text)
	if errors.Is(err, ErrToken) {
		g, err = w.RefreshGrant(platform, text)
	}
	if err != nil {
		return err
	}
	return w.Revoke(platform, g.Account)
}

// Revoke ends everything an account granted the app, as its owner can in the platform's settings.
func (w *World) Revoke(platform, externalID string) error {
	w.grants.mu.Lock()
	defer w.grants.mu.Unlock()
	if err := w.record(entry{E: "revoke", P: platform, A: externalID}); err != nil {
		return err
	}
	w.grants.revoke(platform, externalID)
	return nil
}

func (l *grantStore) revoke(platform, account string) {
	for _, g := range l.grants {
		if g.platform == platform && g.account == account {
			g.dead = true
		}
	}
}

// Expire ends the account's access tokens now; its refresh tokens live on.
func (w *World) Expire(platform, externalID string) error {
	now := w.Now()
	w.grants.mu.Lock()
	defer w.grants.mu.Unlock()
	if err := w.record(entry{E: "expire", P: platform, A: externalID, At: now.UnixMilli()}); err != nil {
		return err
	}
	w.grants.expire(platform, externalID, now)
	return nil
}

func (l *grantStore) expire(platform, account string, now time.Time) {
	for _, t := range l.tokens {
		own := t.grant.platform == platform && t.grant.account == account
		if own && !t.refresh && (t.expires.IsZero() || t.expires.After(now)) {
			t.expires = now
		}
	}
}

// GrantCount is how many of an account's grants can still be used.
func (w *World) GrantCount(platform, externalID string) int {
	now := w.Now()
	w.grants.mu.Lock()
	defer w.grants.mu.Unlock()
	live := map[int64]bool{}
	for _, t := range w.grants.tokens {
		g := t.grant
		if g.platform == platform && g.account == externalID && !g.dead && !t.spent && (t.expires.IsZero() || now.Before(t.expires)) {
			live[g.id] = true
		}
	}
	return len(live)
}
