package syncer

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/ent/connection"
)

// Grants is what the syncer asks of connect: tokens that may be used, and where to say what a sync
// learned of a grant.
type Grants interface {
	Fresh(ctx context.Context, id string, refused int64) (platform.Token, int64, error)
	Lost(ctx context.Context, id string, version int64, code fault.Code, detail string) error
	Held(ctx context.Context, platformID string) error
	// Enter lets an attempt go to a platform; the context it gives is let through when access is renewed, too.
	Enter(ctx context.Context, platformID, connectionID string) (context.Context, error)
	// Doubt takes a refusal of data and finds whose it is.
	Doubt(ctx context.Context, connectionID string, e *platform.Error) (platform.Blame, error)
	// Served says that the platform gave a connection its data, asked at that time.
	Served(ctx context.Context, platformID, connectionID string, at time.Time) error
	Block(ctx context.Context, id string, version int64, detail string) error
	Seen(
		ctx context.Context,
		tx store.Tx,
		id string,
		version int64,
		profile platform.Profile,
		blocked, scopeMissing bool,
		detail string,
	) error
}

// Options is what a Syncer is made of.
type Options struct {
	Store     *store.Store
	Planner   *planner.Planner
	Platforms *platform.Registry
	Grants    Grants
	Source    string // "live" or "sandbox"
	Now       func() time.Time
	// Ended is told how each attempt ended and how long it took. May be nil.
	Ended func(platform, state string, took time.Duration)
	// StoredLate is told of an outcome that no job is told of, as it was stored later than its attempt ended. May be nil.
	StoredLate func(ctx context.Context, runID, platform string, d Decision)
}

// Syncer is the room. All its methods may be used at once, in several processes.
type Syncer struct {
	o      Options
	holder string // who has the runs this process claimed
	under  activeRuns
	kept   pendingOutcomes

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
	if o.StoredLate == nil {
		o.StoredLate = func(context.Context, string, string, Decision) {}
	}
	return &Syncer{o: o, holder: uuid.NewString()}
}

func (s *Syncer) source() connection.Source { return connection.Source(s.o.Source) }
