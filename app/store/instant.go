package store

import (
	"fmt"
	"strings"
	"time"

	"entgo.io/ent/dialect"
)

// Instant is an expression of a time as both databases write it alike, in UTC: a plain text is read faster than a time.
func Instant(d, expression string) string {
	if d == dialect.Postgres {
		return fmt.Sprintf("to_char(%s AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')", expression)
	}
	return "CAST(" + expression + " AS TEXT)"
}

// ParseInstant reads what Instant gives. Each digit is read where it stands, a third of the time that a layout takes:
// a year of days has over a thousand of them.
func ParseInstant(s string) (time.Time, error) {
	const layout = "2006-01-02 15:04:05"
	plain := strings.TrimSuffix(s, "+00:00")
	var n [6]int
	at := 0
	for i := range len(layout) {
		if i >= len(plain) {
			return time.Time{}, fmt.Errorf("read the time %q: it is too short", s)
		}
		if c := layout[i]; c >= '0' && c <= '9' {
			if plain[i] < '0' || plain[i] > '9' {
				return time.Time{}, fmt.Errorf("read the time %q: no digit at %d", s, i)
			}
			n[at] = n[at]*10 + int(plain[i]-'0')
		} else if at++; plain[i] != c {
			return time.Time{}, fmt.Errorf("read the time %q: want %q at %d", s, c, i)
		}
	}
	nanos, unit := 0, 100_000_000
	for _, c := range strings.TrimPrefix(plain[len(layout):], ".") {
		if c < '0' || c > '9' {
			return time.Time{}, fmt.Errorf("read the time %q: its fraction is no number", s)
		}
		nanos, unit = nanos+int(c-'0')*unit, unit/10
	}
	return time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], nanos, time.UTC), nil
}
