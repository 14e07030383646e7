package sandbox

import (
	"errors"
	"time"
)

// RevokeToken ends everything the token's owner granted the app; any token of a living grant will
// do, an expired access token will not.
func (of grantBook) RevokeToken(platform, text string) error {
	g, err := of.world.Bearer(platform, text)
	if errors.Is(err, ErrToken) {
		g, err = of.world.RefreshGrant(platform, text)
	}
	if err != nil {
		return err
	}
	return of.world.Revoke(platform, g.Account)
}

// Revoke ends everything an account granted the app, as its owner can in the platform's settings.
func (g grantBook) Revoke(platform, externalID string) error {
	g.world.grants.mu.Lock()
	defer g.world.grants.mu.Unlock()
	if err := g.world.record(entry{E: "revoke", P: platform, A: externalID}); err != nil {
		return err
	}
	g.world.grants.revoke(platform, externalID)
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
func (g grantBook) Expire(platform, externalID string) error {
	now := g.world.Now()
	g.world.grants.mu.Lock()
	defer g.world.grants.mu.Unlock()
	if err := g.world.record(entry{E: "expire", P: platform, A: externalID, At: now.UnixMilli()}); err != nil {
		return err
	}
	g.world.grants.expire(platform, externalID, now)
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
func (of grantBook) GrantCount(platform, externalID string) int {
	now := of.world.Now()
	of.world.grants.mu.Lock()
	defer of.world.grants.mu.Unlock()
	live := map[int64]bool{}
	for _, t := range of.world.grants.tokens {
		g := t.grant
		if g.platform == platform && g.account == externalID && !g.dead && !t.spent &&
			(t.expires.IsZero() || now.Before(t.expires)) {
			live[g.id] = true
		}
	}
	return len(live)
}
