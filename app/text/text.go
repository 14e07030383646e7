package text

import (
	"strings"
	"unicode/utf8"
)

// Storable reports whether both databases take a text: PostgreSQL refuses what is not UTF-8, and NUL characters.
// Whatever somebody typed is asked this before it becomes part of a query.
func Storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// Clean makes a text from outside storable: what is not UTF-8 becomes U+FFFD, and NUL characters go.
func Clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// CutBytes gives at most n bytes from the beginning of s, never half a character.
func CutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
