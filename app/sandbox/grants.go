package sandbox

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"sync"
	"time"
)

// grantStore is every code, grant and token there is, found by digest.
type grantStore struct {
	mu     sync.Mutex
	last   int64
	codes  map[string]*code
	grants map[int64]*grant
	tokens map[string]*token
}

// code waits to be redeemed, once.
type code struct {
	platform, account   string
	scopes              []string
	redirect, challenge string
	asked               url.Values
	issued, expires     time.Time
	spent               bool
}

type grant struct {
	id                int64
	platform, account string
	scopes            []string
	began             time.Time
	dead              bool
}

type token struct {
	grant           *grant
	refresh         bool
	issued, expires time.Time // expires is zero for no end
	spent           bool      // a refresh token that was rotated away
}

func (l *grantStore) init() {
	l.codes, l.grants, l.tokens = map[string]*code{}, map[int64]*grant{}, map[string]*token{}
}

func (g *grant) seen() Grant {
	return Grant{Platform: g.platform, Account: g.account, Scopes: slices.Clone(g.scopes), Began: g.began, id: g.id}
}

func (t *token) seen() Grant {
	g := t.grant.seen()
	g.Issued, g.Expires = t.issued, t.expires
	return g
}

// issueCode gives out a code for what a person allowed.
func (g grantBook) issueCode(c code) string {
	t, _ := g.world.traits(c.platform)
	text := mint(t.CodePrefix, t.TokenSuffix)
	c.issued = g.world.Now()
	c.expires = c.issued.Add(t.CodeLife)
	g.world.grants.mu.Lock()
	defer g.world.grants.mu.Unlock()
	if len(g.world.grants.codes)%1000 == 999 { // day-old codes are of no interest even as spent ones
		maps.DeleteFunc(g.world.grants.codes, func(_ string, old *code) bool { return c.issued.Sub(old.expires) > day })
	}
	g.world.grants.codes[digest(text)] = &c
	return text
}

// Redemption is what a token endpoint is asked with grant_type=authorization_code.
type Redemption struct {
	ClientID, ClientSecret, Code, RedirectURI, Verifier string
}

// Redeem trades a code for a grant. A code that was shown by the right client is spent, whatever
// comes of it.
func (of grantBook) Redeem(platform string, r Redemption) (Grant, error) {
	if err := of.world.CheckClient(platform, r.ClientID, r.ClientSecret); err != nil {
		return Grant{}, err
	}
	now := of.world.Now()
	t, _ := of.world.traits(platform)
	of.world.grants.mu.Lock()
	defer of.world.grants.mu.Unlock()
	c := of.world.grants.codes[digest(r.Code)]
	if c == nil || c.platform != platform {
		return Grant{}, ErrCode
	}
	if c.spent {
		return Grant{}, ErrCodeSpent
	}
	c.spent = true
	switch {
	case !now.Before(c.expires):
		return Grant{}, ErrCodeExpired
	case r.RedirectURI != c.redirect:
		return Grant{}, ErrRedirect
	case !t.fits(c.challenge, r.Verifier):
		return Grant{}, ErrVerifier
	}
	g := &grant{id: of.world.grants.last + 1, platform: platform, account: c.account, scopes: c.scopes, began: now}
	if err := of.world.record(g.entry()); err != nil {
		return Grant{}, err
	}
	again := false
	for _, old := range of.world.grants.grants {
		again = again || old.platform == platform && old.account == g.account && !old.dead
	}
	of.world.grants.last = g.id
	of.world.grants.grants[g.id] = g
	seen := g.seen()
	seen.Again = again
	seen.Issued, seen.Expires, seen.Asked = c.issued, c.expires, c.asked
	return seen, nil
}

// Access gives out an access token of a grant that lives for life.
func (of grantBook) Access(g Grant, life time.Duration) (string, error) {
	t, _ := of.world.traits(g.Platform)
	return of.world.give(g, false, mint(t.AccessPrefix, t.TokenSuffix), life)
}

// Refresher gives out a refresh token of a grant; a life of 0 is without end.
func (of grantBook) Refresher(g Grant, life time.Duration) (string, error) {
	t, _ := of.world.traits(g.Platform)
	return of.world.give(g, true, mint(t.RefreshPrefix, t.TokenSuffix), life)
}

func (of grantBook) give(g Grant, refresh bool, text string, life time.Duration) (string, error) {
	now := of.world.Now()
	of.world.grants.mu.Lock()
	defer of.world.grants.mu.Unlock()
	own := of.world.grants.grants[g.id]
	if own == nil || own.dead {
		return "", ErrTokenRevoked
	}
	t := &token{grant: own, refresh: refresh, issued: now}
	if life > 0 {
		t.expires = now.Add(life)
	}
	return text, of.world.keep(text, t)
}

// keep writes a new token down and remembers it. The caller holds the ledger.
func (g grantBook) keep(text string, t *token) error {
	h := digest(text)
	if err := g.world.record(t.entry(h)); err != nil {
		return err
	}
	g.world.grants.tokens[h] = t
	return nil
}

// find looks a token up, or says why not. The caller holds the ledger.
func (g grantBook) find(platform, text string, refresh bool, now time.Time) (*token, error) {
	t := g.world.grants.tokens[digest(text)]
	switch {
	case t == nil || t.grant.platform != platform || t.refresh != refresh:
		return nil, ErrToken
	case t.grant.dead:
		return t, ErrTokenRevoked
	case t.spent:
		return t, ErrTokenSpent
	case !t.expires.IsZero() && !now.Before(t.expires):
		return t, ErrTokenExpired
	}
	return t, nil
}

// Bearer is whose access token it is, or why it opens nothing. With ErrTokenExpired and
// ErrTokenRevoked the grant still names the account.
func (g grantBook) Bearer(platform, access string) (Grant, error) {
	return g.world.look(platform, access, false)
}

// RefreshGrant is the grant behind a refresh token that stays good.
func (g grantBook) RefreshGrant(platform, refresh string) (Grant, error) {
	return g.world.look(platform, refresh, true)
}

func (g grantBook) look(platform, text string, refresh bool) (Grant, error) {
	now := g.world.Now()
	g.world.grants.mu.Lock()
	defer g.world.grants.mu.Unlock()
	t, err := g.world.find(platform, text, refresh, now)
	if t == nil {
		return Grant{}, err
	}
	return t.seen(), err
}

// Rotate trades a refresh token for the next one, with the same end. The old one is dead
// at once; whoever shows it again ends the whole grant, which is stricter than life.
func (of grantBook) Rotate(platform, refresh string) (next string, g Grant, err error) {
	now := of.world.Now()
	of.world.grants.mu.Lock()
	defer of.world.grants.mu.Unlock()
	old, err := of.world.find(platform, refresh, true, now)
	if errors.Is(err, ErrTokenSpent) {
		if noted := of.world.record(entry{E: "dead", G: old.grant.id}); noted != nil {
			return "", Grant{}, noted
		}
		old.grant.dead = true
	}
	if err != nil {
		return "", Grant{}, err
	}
	t, _ := of.world.traits(platform)
	next = mint(t.RefreshPrefix, t.TokenSuffix)
	fresh := &token{grant: old.grant, refresh: true, issued: now, expires: old.expires}
	h := digest(next)
	e := fresh.entry(h)
	e.Old = digest(refresh)
	if err := of.world.record(e); err != nil {
		return "", Grant{}, err
	}
	old.spent = true
	of.world.grants.tokens[h] = fresh
	return next, fresh.seen(), nil
}

// Extend renews an access token that is at least minAge old. With same the text stays;
// else the old one lives on until its own end.
func (g grantBook) Extend(platform, access string, minAge, life time.Duration, same bool) (string, error) {
	now := g.world.Now()
	g.world.grants.mu.Lock()
	defer g.world.grants.mu.Unlock()
	old, err := g.world.find(platform, access, false, now)
	if err != nil {
		return "", err
	}
	if now.Sub(old.issued) < minAge {
		return "", ErrTokenYoung
	}
	text := access
	if !same {
		t, _ := g.world.traits(platform)
		text = mint(t.AccessPrefix, t.TokenSuffix)
	}
	return text, g.world.keep(text, &token{grant: old.grant, issued: now, expires: now.Add(life)})
}
