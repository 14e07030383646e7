package store

import (
	"context"
	"fmt"
	"time"
)

// Skew is how far the database's clock is ahead of this machine's, now, to within the time of one
// question. It is zero on SQLite, where both are one machine.
func (s *Store) Skew(ctx context.Context, now func() time.Time) (time.Duration, error) {
	if s.Embedded() {
		return 0, nil
	}
	var theirs time.Time
	start := now()
	if err := s.write.QueryRowContext(ctx, `SELECT clock_timestamp()`).Scan(&theirs); err != nil {
		return 0, fmt.Errorf("ask the database for the time: %w", err)
	}
	took := now().Sub(start)
	return theirs.Sub(start.Add(took / 2)), nil
}
