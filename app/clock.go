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

// steady reports whether the time may decide that something is deleted for good, and says once when it may not.
func (a *App) steady(ctx context.Context) (bool, error) {
	s, err := a.Planner.Clock.Steady(ctx)
	if s.Leapt > 0 {
		a.log.WarnContext(ctx, "the clock is far ahead of when this database was last in use: nothing is deleted for its age until then. If the clock is wrong, set it right",
			"ahead", s.Leapt.Round(time.Minute), "until", s.Until.UTC().Format(time.RFC3339))
	}
	return s.OK, err
}

// steadily gives what deletes by time alone a look at the clock first.
func (a *App) steadily(do func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if ok, err := a.steady(ctx); err != nil || !ok {
			return err
		}
		return do(ctx)
	}
}
