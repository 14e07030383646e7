package fault

import (
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
