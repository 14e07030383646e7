package health

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/notify"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
)

// Platforms is what health asks of the platform registry.
type Platforms interface {
	Spec(id string) (platform.Spec, bool)
	Specs() []platform.Spec
	Settings(id string) (config.Platform, bool)
	Configured(id string) bool
}

// Options is what health is made of.
type Options struct {
	Store     *store.Store
	Platforms Platforms
	Source    string // "live" or "sandbox": the only connections that exist
	Now       func() time.Time
	Started   time.Time // of this process: what was due before is late only from here on
	BaseURL   string    // for the links in messages
	// Channels gives where alerts go; nil: nowhere.
	Channels func(context.Context) ([]notify.Channel, error)
	// Extra gives causes that another room knows of; may be nil.
	Extra func(context.Context) []Condition
}

// Health reads how syncing goes, and keeps the alerts.
type Health struct {
	notes     notes // of messages, that could not be written down
	store     *store.Store
	db        *ent.Client
	platforms Platforms
	source    connection.Source
	clock     func() time.Time
	started   time.Time

	mu      sync.Mutex // guards the write probe below
	probed  time.Time
	refusal error

	reporting sync.Mutex // guards the last report
	report    *Report
	until     time.Time

	forecasting sync.Mutex // guards the last forecasts
	forecasts   []Forecast
	foreseen    time.Time // they hold until then
	weeks       map[string]week

	looking sync.Mutex // guards whether there are connections of the other mode
	mixed   bool
	looked  time.Time // it holds until then

	counting sync.Mutex // guards the counts of connections
	counts   map[string]population
	crowded  atomic.Bool // there are so many that counting is dear
	counted  time.Time   // they hold until then

	remembering sync.Mutex // guards what was read of the runs that ended
	last        kept
	past        map[string]Day // days that are over, by date

	checking sync.Mutex  // one check of the alerts at a time
	idle     time.Time   // no other before this
	broke    *breakage   // the database takes no writes
	breaks   []time.Time // when somebody was told that, of late
	off      []string    // the rules that are switched off
	forgot   time.Time   // when old alerts were last forgotten

	testing sync.Mutex // guards what became of test messages
	tests   map[string]tested

	base     string
	channels func(context.Context) ([]notify.Channel, error)
	extra    func(context.Context) []Condition
}

// New makes health of one database.
func New(o Options) *Health {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Health{
		store: o.Store, db: o.Store.Read, platforms: o.Platforms, source: connection.Source(o.Source),
		clock: o.Now, started: o.Started.UTC(), weeks: map[string]week{}, base: o.BaseURL, channels: o.Channels, extra: o.Extra,
	}
}

func (h *Health) now() time.Time { return h.clock().UTC().Truncate(time.Second) }

// probeEvery keeps a route that anyone may poll from writing at every call.
const probeEvery = 5 * time.Second

// writable reports whether the database takes writes.
func (h *Health) writable(ctx context.Context, now time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if age := now.Sub(h.probed); h.probed.IsZero() || age < 0 || age >= probeEvery {
		h.refusal, h.probed = h.store.Writable(ctx), now
	}
	return h.refusal
}

// other reports that there are connections of the other mode. Only then do the big queries have to
// leave them out, which costs them their best indexes.
func (h *Health) other(ctx context.Context) (bool, error) {
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
	if h.mixed = mixed; h.crowded.Load() {
		h.looked = now.Add(countsKept) // this process makes none of the other mode
	}
	return mixed, nil
}

func utc(t *time.Time) *time.Time {
	if t == nil || t.IsZero() {
		return nil
	}
	u := t.UTC()
	return &u
}
