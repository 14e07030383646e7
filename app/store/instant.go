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

// ParseInstant reads what Instant gives.
func ParseInstant(s string) (time.Time, error) {
	at, err := time.Parse("2006-01-02 15:04:05.999999", strings.TrimSuffix(s, "+00:00"))
	if err != nil {
		return at, fmt.Errorf("read the time %q: %w", s, err)
	}
	return at, nil
}
