package fault

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
)

// Redacted is what every secret prints as.
const Redacted = "[redacted]"

// Secret is a string that never prints itself: not by any fmt verb, not as JSON, not in slog.
// Reveal is the only way to its text, so that a search finds every use.
type Secret string

// Reveal gives the secret's text.
func (s Secret) Reveal() string { return string(s) }

// Random is a secret of 256 random bits, as text that fits a URL and is long enough for a PKCE verifier.
func Random() Secret {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: the runtime ends the process instead
	return Secret(base64.RawURLEncoding.EncodeToString(b[:]))
}

// Digest is its SHA-256 in hex: what is kept of a secret that is only ever compared.
func (s Secret) Digest() string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// Empty reports whether there is no secret.
func (s Secret) Empty() bool { return s == "" }

// String implements fmt.Stringer.
func (s Secret) String() string { return Redacted }

// GoString implements fmt.GoStringer.
func (s Secret) GoString() string { return Redacted }

// Format implements fmt.Formatter for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// MarshalText covers JSON, XML and every other text encoder.
func (s Secret) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(Redacted) }
