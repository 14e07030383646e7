package health

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
)

// Options is what health is made of.
type Options struct {
	Store     *store.Store
	Platforms *platform.Registry
	Source    string // "live" or "sandbox": the only connections that exist
	Now       func() time.Time
	Started   time.Time // of this process: what was due before is late only from here on
	// Writable asks whether the database takes writes. Nil: the store is asked.
	Writable func(context.Context) error
}

// Health reads how syncing goes. All its methods may be called at once.
type Health struct {
	db        *ent.Client
	platforms *platform.Registry
	source    connection.Source
	clock     func() time.Time
	probe     func(context.Context) error
	started   time.Time

	mu      sync.Mutex // guards the write probe below
	probed  time.Time
	refusal error

	reporting sync.Mutex // guards the last report
	report    *Report
	until     time.Time

	looking sync.Mutex // guards whether there are connections of the other mode
	mixed   bool
	looked  time.Time // it holds until then

	counting sync.Mutex // guards the counts of connections
	counts   map[string]population
	large    atomic.Bool // there are so many that counting is expensive
	counted  time.Time   // they hold until then

	remembering sync.Mutex // guards what was read of the runs that ended
	last        remembered
	past        map[string]Day // days that are over, by date
}

// New makes health of one database.
func New(o Options) *Health {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Writable == nil {
		o.Writable = o.Store.Writable
	}
	return &Health{
		db: o.Store.Read, platforms: o.Platforms, source: connection.Source(o.Source),
		clock: o.Now, probe: o.Writable, started: o.Started.UTC(),
	}
}

func (h *Health) now() time.Time { return h.clock().UTC().Truncate(time.Second) }

// probeEvery keeps a route that anyone may poll from writing at every call.
const probeEvery = 5 * time.Second

// Writable reports whether the database takes writes: nil, or why it does not. It tries at most once in five seconds,
// and gives what came of the last try otherwise.
func (h *Health) Writable(ctx context.Context) error {
	now := h.now()
	h.mu.Lock()
	defer h.mu.Unlock()
	if age := now.Sub(h.probed); h.probed.IsZero() || age < 0 || age >= probeEvery {
		h.refusal, h.probed = h.probe(ctx), now
	}
	return h.refusal
}

// Mixed reports that the database also holds connections of the other mode, live or sandbox. Only then do the big
// queries have to leave them out, which costs them their best indexes.
func (h *Health) Mixed(ctx context.Context) (bool, error) {
	h.looking.Lock()
	defer h.looking.Unlock()
	now := h.now()
	if now.Before(h.looked) {
		return h.mixed, nil
	}
	theirs := connection.SourceLive
	if h.source == theirs {
		theirs = connection.SourceSandbox
	}
	mixed, err := h.db.Connection.Query().Where(connection.SourceEQ(theirs)).Exist(ctx)
	if err != nil {
		return false, fmt.Errorf("look for connections of the other mode: %w", err)
	}
	if h.mixed = mixed; h.large.Load() {
		h.looked = now.Add(countsKept) // this process makes none of the other mode
	}
	return mixed, nil
}

// Large reports an installation with so many connections, or runs a day, that counting them is expensive. Pages then
// show what the minute's check of the alerts has read.
func (h *Health) Large() bool { return h.large.Load() }
