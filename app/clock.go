package app

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/truecount/truecount/app/store"
)

// clock is this process's time. Leases and due times are compared between replicas, so on PostgreSQL
// all of them go by the database's clock; a difference below a second is left alone.
type clock struct {
	local func() time.Time // nil: the machine's
	skew  atomic.Int64
}

// Now is the time now.
func (c *clock) Now() time.Time { return c.machine().Add(time.Duration(c.skew.Load())) }

func (c *clock) machine() time.Time {
	if c.local != nil {
		return c.local()
	}
	return time.Now()
}

// set asks the database how far this machine's clock is off.
func (c *clock) set(ctx context.Context, s *store.Store, log *slog.Logger) error {
	skew, err := s.Skew(ctx, c.machine)
	if err != nil {
		return err
	}
	if skew.Abs() < time.Second {
		skew = 0
	}
	if was := time.Duration(c.skew.Swap(int64(skew))); (was == 0) != (skew == 0) || (skew-was).Abs() > time.Minute {
		log.WarnContext(ctx, "this machine's clock differs from the database's; the database's is used", "ahead", skew.Round(time.Second))
	}
	return nil
}
