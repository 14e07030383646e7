package console

import (
	"context"
	"time"

	"github.com/truecount/truecount/app/capacity"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
)

const day = 24 * time.Hour

// Alerts is what console asks about alerts, for the banner.
type Alerts interface {
	// WorstOpen gives the message of the open alert that needs somebody most, whether it is critical, and how many others
	// are open. An empty message: none is open.
	WorstOpen(ctx context.Context) (message string, critical bool, others int, err error)
}

// Options is what a Console is made of.
type Options struct {
	Store     *store.Store
	Platforms *platform.Registry
	Health    *health.Health
	Capacity  *capacity.Capacity
	Alerts    Alerts
	Source    string           // "live" or "sandbox": the only connections that exist
	Now       func() time.Time // nil: the machine's clock
}

// Console makes the admin's read models. All its methods may be called at once.
type Console struct {
	store     *store.Store
	db        *ent.Client
	platforms *platform.Registry
	health    *health.Health
	capacity  *capacity.Capacity
	alerts    Alerts
	source    connection.Source
	clock     func() time.Time
}

// New makes the console of one database.
func New(o Options) *Console {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Console{
		store: o.Store, db: o.Store.Read, platforms: o.Platforms, health: o.Health, capacity: o.Capacity, alerts: o.Alerts,
		source: connection.Source(o.Source), clock: o.Now,
	}
}

func (co *Console) now() time.Time { return co.clock().UTC().Truncate(time.Second) }

func (co *Console) nameOf(platformID string) string {
	if s, ok := co.platforms.Spec(platformID); ok {
		return s.Name
	}
	return platformID
}
