package planner

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent/connection"
)

// Known tells an unknown platform (NOT_FOUND) from one without credentials (NOT_CONFIGURED).
func (pl *Planner) Known(platformID string) error {
	p, ok := pl.o.Platforms.Get(platformID)
	if !ok {
		return fault.New(fault.NotFound, words.New("errors.noPlatform"))
	}
	if !pl.o.Platforms.Configured(platformID) {
		return fault.New(fault.NotConfigured, words.New("errors.notConfigured", "Platform", p.Spec().Name))
	}
	return nil
}

// Tick writes the scheduler's pulse: name is "tick" or a platform's id. next may be zero.
func (ck *Clock) Tick(ctx context.Context, name string, last, next time.Time) error {
	c := ck.o.Store.Client.Clock.Create().SetID(name)
	if !last.IsZero() {
		c.SetLastAt(last)
	}
	if !next.IsZero() {
		c.SetNextAt(next)
	}
	if err := c.OnConflictColumns("id").UpdateNewValues().Exec(ctx); err != nil {
		return fmt.Errorf("write the pulse of %s: %w", name, err)
	}
	return nil
}

// LastTick reads when the scheduler last ticked; zero when it never did.
func (ck *Clock) LastTick(ctx context.Context, name string) (last time.Time, err error) {
	row, err := ck.o.Store.Read.Clock.Get(ctx, name)
	if store.Missing(err) || (err == nil && row.LastAt == nil) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read the pulse of %s: %w", name, err)
	}
	return *row.LastAt, nil
}

// RecordSchedule writes down that a platform's schedule came round, once for each time, and when it comes next.
func (ck *Clock) RecordSchedule(ctx context.Context, platformID string) error {
	now := ck.o.Now()
	settings, _ := ck.o.Platforms.Settings(platformID)
	row, err := ck.o.Store.Read.Clock.Get(ctx, platformID)
	if err != nil && !store.Missing(err) {
		return fmt.Errorf("read the pulse of %s: %w", platformID, err)
	}
	next := settings.Cron.Next(now)
	var last time.Time
	if row != nil && row.NextAt != nil && !now.Before(*row.NextAt) {
		last = now
	}
	if row != nil && row.NextAt != nil && row.NextAt.Equal(next) && last.IsZero() {
		return nil
	}
	return ck.Tick(ctx, platformID, last, next)
}

// Options is what a Planner is made of.
type Options struct {
	Store     *store.Store
	Platforms *platform.Registry
	Source    string           // "live" or "sandbox": whose connections are planned
	Now       func() time.Time // nil: time.Now
	// least time between an account's last success and its first sync after a new consent; 0: none
	Interval time.Duration
}

// Planner plans runs. All its methods may be used at once, in several processes.
type Planner struct {
	Clock *Clock
	o     Options
}

// Clock is the scheduler's memory in the database: when it ticked, when each platform's schedule came round, and
// whether the machine's time can be believed.
type Clock struct{ o Options }

// New makes a Planner.
func New(o Options) *Planner {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Planner{Clock: &Clock{o}, o: o}
}

func (o Options) source() connection.Source { return connection.Source(o.Source) }
