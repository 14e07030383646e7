package store

import (
	"fmt"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
)

// HoursSince gives an SQL expression that numbers the hours of a time column from a moment on: 0 for the first hour.
// The moment counts in whole seconds, so that both databases put a row into the same hour.
func HoursSince(s *entsql.Selector, column string, from time.Time) string {
	if s.Dialect() == dialect.Postgres {
		return fmt.Sprintf("CAST(FLOOR((EXTRACT(EPOCH FROM %s) - %d) / 3600) AS BIGINT)", column, from.Unix())
	}
	return fmt.Sprintf("(CAST(strftime('%%s', %s) AS INTEGER) - %d) / 3600", column, from.Unix())
}

// MillisBetween gives an SQL expression for the whole milliseconds from one time column to another.
func MillisBetween(s *entsql.Selector, from, to string) string {
	if s.Dialect() == dialect.Postgres {
		return fmt.Sprintf("CAST(ROUND(EXTRACT(EPOCH FROM (%s - %s)) * 1000) AS BIGINT)", to, from)
	}
	return fmt.Sprintf("CAST(ROUND((julianday(%s) - julianday(%s)) * 86400000) AS INTEGER)", to, from)
}

// UTC gives a time that a row holds in UTC, and nil for one that is nil or zero.
func UTC(t *time.Time) *time.Time {
	if t == nil || t.IsZero() {
		return nil
	}
	u := t.UTC()
	return &u
}

// What was read may be shown again for ten times as long as reading it took: a small installation is read at every
// request, and a huge one is not brought down by those who ask how it is.
const (
	reuseFactor = 10
	reuseMost   = 10 * time.Second
)

// ReuseFor gives how long an answer may be shown again that took this long to read, at most ten seconds.
func ReuseFor(took time.Duration) time.Duration { return min(reuseFactor*took, reuseMost) }
