package sandbox

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/url"
	"slices"
	"time"
)

// Why a code, a token or a client was refused. Which words a platform has for it is the fake's business.
var (
	ErrClient       = errors.New("sandbox: no such client")
	ErrSecret       = errors.New("sandbox: wrong client secret")
	ErrCode         = errors.New("sandbox: no such code")
	ErrCodeSpent    = errors.New("sandbox: the code was used before")
	ErrCodeExpired  = errors.New("sandbox: the code is too old")
	ErrRedirect     = errors.New("sandbox: not the redirect URI the code was given for")
	ErrVerifier     = errors.New("sandbox: the verifier does not fit the challenge")
	ErrToken        = errors.New("sandbox: no such token")
	ErrTokenExpired = errors.New("sandbox: the token has expired")
	ErrTokenRevoked = errors.New("sandbox: the grant is over")
	ErrTokenSpent   = errors.New("sandbox: the refresh token was used before, which ends the grant")
	ErrTokenYoung   = errors.New("sandbox: the token is too young to be extended")
)

// Grant is what somebody allowed the app, as seen through one code or token.
type Grant struct {
	Platform, Account string
	Scopes            []string
	Began             time.Time
	Issued, Expires   time.Time  // of the code or token; a zero Expires is no end
	Asked             url.Values // what a code's authorization request said, with Redeem only
	Again             bool       // the account had let the app in before, with Redeem only

	id int64
}

// Has reports whether a scope was granted.
func (g Grant) Has(scope string) bool { return slices.Contains(g.Scopes, scope) }

// mint makes a secret that looks like the platform's and can be searched for.
func mint(head, tail string) string {
	b := make([]byte, 24)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return head + Marker + base64.RawURLEncoding.EncodeToString(b) + tail
}

// digest is all that is kept of a secret.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// fits reports whether verifier answers the challenge. No challenge takes no verifier: otherwise
// somebody in between could have taken the challenge out (RFC 9700, 2.1.1).
func (t Traits) fits(challenge, verifier string) bool {
	if challenge == "" || verifier == "" {
		return challenge == verifier
	}
	sum := sha256.Sum256([]byte(verifier))
	same := func(s string) bool { return subtle.ConstantTimeCompare([]byte(s), []byte(challenge)) == 1 }
	return same(base64.RawURLEncoding.EncodeToString(sum[:])) || t.HexPKCE && same(hex.EncodeToString(sum[:]))
}

// challengeOK reports whether a challenge has a form that a verifier can fit.
func (t Traits) challengeOK(challenge string) bool {
	if b, err := base64.RawURLEncoding.DecodeString(challenge); err == nil && len(b) == sha256.Size {
		return true
	}
	b, err := hex.DecodeString(challenge)
	return t.HexPKCE && err == nil && len(b) == sha256.Size
}

// CheckClient compares an app's credentials: ErrClient, ErrSecret or nil.
func (w *World) CheckClient(platform, id, secret string) error {
	c := w.clients[platform]
	if c.ID == "" || id != c.ID {
		return ErrClient
	}
	if subtle.ConstantTimeCompare([]byte(secret), []byte(c.Secret)) != 1 {
		return ErrSecret
	}
	return nil
}
