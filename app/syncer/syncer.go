// Package syncer owns what a sync is: who is next, one run from beginning to end, and what is
// saved of it. It is the one writer of profiles, posts, snapshots, runs, logs, schedules and the
// scheduler's pulse. It refuses to decide whether a failed run is tried again (jobs does), opens no
// vault, and makes no call inside a transaction.
package syncer

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent/connection"
)

// Platforms is what the syncer asks of the registry.
type Platforms interface {
	Get(id string) (platform.Platform, bool)
	Settings(id string) (config.Platform, bool)
	Configured(id string) bool
	Specs() []platform.Spec
}

// Grants is what the syncer asks of connect: tokens that may be used, and where to say what a sync
// learned of a grant.
type Grants interface {
	Fresh(ctx context.Context, id string, refused int64) (platform.Token, int64, error)
	Lost(ctx context.Context, id string, version int64, code fault.Code, detail string) error
	Held(ctx context.Context, platformID string) error
	// Enter lets an attempt go to a platform; the context it gives is let through when access is renewed, too.
	Enter(ctx context.Context, platformID, connectionID string) (context.Context, error)
	// Doubt takes a refusal of data and finds whose it is.
	Doubt(ctx context.Context, connectionID string, e *platform.Error) (platform.Whose, error)
	// Served says that the platform gave a connection its data, asked at that time.
	Served(ctx context.Context, platformID, connectionID string, at time.Time) error
	Block(ctx context.Context, id string, version int64, detail string) error
	Seen(ctx context.Context, tx store.Tx, id string, version int64, profile platform.Profile, blocked, scopeMissing bool, detail string) error
}

// Options is what a Syncer is made of.
type Options struct {
	Store     *store.Store
	Platforms Platforms
	Grants    Grants
	Source    string // "live" or "sandbox"
	Now       func() time.Time
	Interval  time.Duration // least time between an account's last success and its first sync after a new consent; 0: none
	// Ended is told how each attempt ended and how long it took. May be nil.
	Ended func(platform, state string, took time.Duration)
}

// Syncer is the room. All its methods may be used at once, in several processes.
type Syncer struct {
	o      Options
	holder string // who has the runs this process claimed
	under  underway
	kept   outcomes
	// settled is told of outcomes that were stored later than their attempts ended.
	settled func(ctx context.Context, runID, platform string, d Decision)

	pruning      sync.Mutex
	pruned       time.Time // when old rows were last forgotten
	lookedUnseen time.Time // when posts were last looked for that were not seen for long
}

// New opens the room.
func New(o Options) *Syncer {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Ended == nil {
		o.Ended = func(string, string, time.Duration) {}
	}
	return &Syncer{o: o, holder: uuid.NewString()}
}

// Settled sets who is told of an outcome that no job is told of, as it was stored later than its attempt ended. It is set
// before anything runs.
func (s *Syncer) Settled(tell func(ctx context.Context, runID, platform string, d Decision)) {
	s.settled = tell
}

func (s *Syncer) source() connection.Source { return connection.Source(s.o.Source) }

// Known tells an unknown platform (NOT_FOUND) from one without credentials (NOT_CONFIGURED).
func (s *Syncer) Known(platformID string) error {
	p, ok := s.o.Platforms.Get(platformID)
	if !ok {
		return fault.New(fault.NotFound, "There is no such platform.")
	}
	if !s.o.Platforms.Configured(platformID) {
		return fault.New(fault.NotConfigured, p.Spec().Name+" is not set up here.")
	}
	return nil
}

// Tick writes the scheduler's pulse: name is "tick" or a platform's id. next may be zero.
func (s *Syncer) Tick(ctx context.Context, name string, last, next time.Time) error {
	c := s.o.Store.Client.Clock.Create().SetID(name)
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

// Pulse reads when the scheduler last ticked; zero when it never did.
func (s *Syncer) Pulse(ctx context.Context, name string) (last time.Time, err error) {
	row, err := s.o.Store.Read.Clock.Get(ctx, name)
	if store.Missing(err) || (err == nil && row.LastAt == nil) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read the pulse of %s: %w", name, err)
	}
	return *row.LastAt, nil
}

// Beat writes down that a platform's schedule came round, once for each time, and when it comes next.
func (s *Syncer) Beat(ctx context.Context, platformID string) error {
	now := s.o.Now()
	settings, _ := s.o.Platforms.Settings(platformID)
	row, err := s.o.Store.Read.Clock.Get(ctx, platformID)
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
	return s.Tick(ctx, platformID, last, next)
}
