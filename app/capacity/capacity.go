package capacity

import (
	"context"
	"sync"
	"time"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
)

const (
	day        = 24 * time.Hour
	largeReuse = 90 * time.Second // how long a large installation's forecasts are shown; the minute's check makes new ones
)

// Scale is what capacity asks about the size of the installation. Health answers it.
type Scale interface {
	// Mixed reports that the database also holds connections of the other mode, live or sandbox.
	Mixed(ctx context.Context) (bool, error)
	// Large reports that there is so much that reading it is expensive.
	Large() bool
}

// Options is what a Capacity is made of.
type Options struct {
	Store     *store.Store
	Platforms *platform.Registry
	Scale     Scale
	Source    string           // "live" or "sandbox": the only connections that exist
	Now       func() time.Time // nil: the machine's clock
}

// Capacity tells how far the limits reach. All its methods may be called at once.
type Capacity struct {
	db        *ent.Client
	platforms *platform.Registry
	scale     Scale
	source    connection.Source
	clock     func() time.Time

	mu        sync.Mutex // guards what was last read
	forecasts []Forecast
	until     time.Time // the forecasts are shown until then
	weeks     map[string]week
}

// New makes the capacity of one database.
func New(o Options) *Capacity {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Capacity{
		db: o.Store.Read, platforms: o.Platforms, scale: o.Scale, source: connection.Source(o.Source), clock: o.Now,
		weeks: map[string]week{},
	}
}

func (c *Capacity) now() time.Time { return c.clock().UTC().Truncate(time.Second) }
