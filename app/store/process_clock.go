package store

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// Clock is this process's time. Leases and due times are compared between replicas, so on PostgreSQL
// all of them go by the database's clock; a difference below a second is left alone.
type Clock struct {
	Local func() time.Time // the machine's clock; nil: time.Now
	skew  atomic.Int64
}

// Now is the time now.
func (c *Clock) Now() time.Time { return c.machine().Add(time.Duration(c.skew.Load())) }

// Correction is what is added to the machine's time; below a second it is 0.
func (c *Clock) Correction() time.Duration { return time.Duration(c.skew.Load()) }

func (c *Clock) machine() time.Time {
	if c.Local != nil {
		return c.Local()
	}
	return time.Now()
}

// Set asks the database how far this machine's clock is off, and warns when that has changed. It is called before the
// rooms are opened and every minute.
func (c *Clock) Set(ctx context.Context, s *Store, log *slog.Logger) error {
	skew, err := s.Skew(ctx, c.machine)
	if err != nil {
		return err
	}
	if skew.Abs() < time.Second {
		skew = 0
	}
	if was := time.Duration(c.skew.Swap(int64(skew))); (was == 0) != (skew == 0) || (skew-was).Abs() > time.Minute {
		log.WarnContext(
			ctx,
			"this machine's clock differs from the database's; the database's is used",
			"ahead",
			skew.Round(time.Second),
		)
	}
	return nil
}
