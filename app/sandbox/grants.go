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
func (w *World) issueCode(c code) string {
	t, _ := w.traits(c.platform)
	text := mint(t.CodePrefix, t.TokenSuffix)
	c.issued = w.Now()
	c.expires = c.issued.Add(t.CodeLife)
	w.grants.mu.Lock()
	defer w.grants.mu.Unlock()
	if len(w.grants.codes)%1000 == 999 { // day-old codes are of no interest even as spent ones
		maps.DeleteFunc(w.grants.codes, func(_ string, old *code) bool { return c.issued.Sub(old.expires) > day })
	}
	w.grants.codes[digest(text)] = &c
	return text
}

// Redemption is what a token endpoint is asked with grant_type=authorization_code.
type Redemption struct {
	ClientID, ClientSecret, Code, RedirectURI, Verifier string
}

// Redeem trades a code for a grant. A code that was shown by the right client is spent, whatever
// comes of it.
func (w *World) Redeem(platform string, r Redemption) (Grant, error) {
	if err := w.CheckClient(platform, r.ClientID, r.ClientSecret); err != nil {
		return Grant{}, err
	}
	now := w.Now()
	t, _ := w.traits(platform)
	w.grants.mu.Lock()
	defer w.grants.mu.Unlock()
	c := w.grants.codes[digest(r.Code)]
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
	g := &grant{id: w.grants.last + 1, platform: platform, account: c.account, scopes: c.scopes, began: now}
	if err := w.record(g.entry()); err != nil {
		return Grant{}, err
	}
	again := false
	for _, old := range w.grants.grants {
		again = again || old.platform == platform && old.account == g.account && !old.dead
	}
	w.grants.last = g.id
	w.grants.grants[g.id] = g
	seen := g.seen()
	seen.Again = again
	seen.Issued, seen.Expires, seen.Asked = c.issued, c.expires, c.asked
	return seen, nil
}

// Access gives out an access token of a grant that lives for life.
func (w *World) Access(g Grant, life time.Duration) (string, error) {
	t, _ := w.traits(g.Platform)
	return w.give(g, false, mint(t.AccessPrefix, t.TokenSuffix), life)
}

// Refresher gives out a refresh token of a grant; a life of 0 is without end.
func (w *World) Refresher(g Grant, life time.Duration) (string, error) {
	t, _ := w.traits(g.Platform)
	return w.give(g, true, mint(t.RefreshPrefix, t.TokenSuffix), life)
}

func (w *World) give(g Grant, refresh bool, text string, life time.Duration) (string, error) {
	now := w.Now()
	w.grants.mu.Lock()
	defer w.grants.mu.Unlock()
	own := w.grants.grants[g.id]
	if own == nil || own.dead {
		return "", ErrTokenRevoked
	}
	t := &token{grant: own, refresh: refresh, issued: now}
	if life > 0 {
		t.expires = now.Add(life)
	}
	return text, w.keep(text, t)
}

// keep writes a new token down and remembers it. The caller holds the ledger.
func (w *World) keep(text string, t *token) error {
	h := digest(text)
	if err := w.record(t.entry(h)); err != nil {
		return err
	}
	w.grants.tokens[h] = t
	return nil
}

// find looks a token up, or says why not. The caller holds the ledger.
func (w *World) find(platform, text string, refresh bool, now time.Time) (*token, error) {
	t := w.grants.tokens[digest(text)]
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
func (w *World) Bearer(platform, access string) (Grant, error) {
	return w.look(platform, access, false)
}

// RefreshGrant is the grant behind a refresh token that stays good.
func (w *World) RefreshGrant(platform, refresh string) (Grant, error) {
	return w.look(platform, refresh, true)
}

func (w *World) look(platform, text string, refresh bool) (Grant, error) {
	now := w.Now()
	w.grants.mu.Lock()
	defer w.grants.mu.Unlock()
	t, err := w.find(platform, text, refresh, now)
	if t == nil {
		return Grant{}, err
	}
	return t.seen(), err
}

// Rotate trades a refresh token for the next one, with the same end. The old one is dead
// at once; whoever shows it again ends the whole grant, which is stricter than life.
func (w *World) Rotate(platform, refresh string) (next string, g Grant, err error) {
	now := w.Now()
	w.grants.mu.Lock()
	defer w.grants.mu.Unlock()
	old, err := w.find(platform, refresh, true, now)
	if errors.Is(err, ErrTokenSpent) {
		if noted := w.record(entry{E: "dead", G: old.grant.id}); noted != nil {
			return "", Grant{}, noted
		}
		old.grant.dead = true
	}
	if err != nil {
		return "", Grant{}, err
	}
	t, _ := w.traits(platform)
	next = mint(t.RefreshPrefix, t.TokenSuffix)
	fresh := &token{grant: old.grant, refresh: true, issued: now, expires: old.expires}
	h := digest(next)
	e := fresh.entry(h)
	e.Old = digest(refresh)
	if err := w.record(e); err != nil {
		return "", Grant{}, err
	}
	old.spent = true
	w.grants.tokens[h] = fresh
	return next, fresh.seen(), nil
}

// Extend renews an access token that is at least minAge old. With same the text stays;
// else the old one lives on until its own end.
func (w *World) Extend(platform, access string, minAge, life time.Duration, same bool) (string, error) {
	now := w.Now()
	w.grants.mu.Lock()
	defer w.grants.mu.Unlock()
	old, err := w.find(platform, access, false, now)
	if err != nil {
		return "", err
	}
	if now.Sub(old.issued) < minAge {
		return "", ErrTokenYoung
	}
	text := access
	if !same {
		t, _ := w.traits(platform)
		text = mint(t.AccessPrefix, t.TokenSuffix)
	}
	return text, w.keep(text, &token{grant: old.grant, issued: now, expires: now.Add(life)})
}
