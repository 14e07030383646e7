package accounts

import (
	"context"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
)

// Options is what Accounts are made of.
type Options struct {
	Store     *store.Store
	Platforms *platform.Registry
	Source    string           // "live" or "sandbox": only connections of this mode exist for anyone
	Now       func() time.Time // nil: time.Now
	// SyncIntervalMin is the least time between a creator's own requests; 0 for none.
	SyncIntervalMin time.Duration
}

// Accounts tells creators how their accounts stand.
type Accounts struct {
	db        *ent.Client
	platforms *platform.Registry
	source    connection.Source
	clock     func() time.Time
	interval  time.Duration
}

// New makes the read models of one database.
func New(o Options) *Accounts {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Accounts{
		db: o.Store.Read, platforms: o.Platforms, source: connection.Source(o.Source),
		clock: o.Now, interval: o.SyncIntervalMin,
	}
}

func (a *Accounts) now() time.Time { return a.clock().UTC() }

// Resolve finds the connection a request means: the one Named, or the creator's primary one on the
// platform. One that was disconnected is found when there is no other. An id that is not the
// creator's, or not of that platform, is NOT_FOUND like an unknown platform; without any connection
// it is NOT_CONNECTED.
func (a *Accounts) Resolve(ctx context.Context, creatorID, platformID, connectionID string) (string, error) {
	acc, _, err := a.Find(ctx, creatorID, platformID, connectionID)
	if err != nil {
		return "", err
	}
	return acc.Row.ID, nil
}

// Find is Resolve that gives the account, and all of the creator's accounts on the platform.
func (a *Accounts) Find(ctx context.Context, creatorID, platformID, connectionID string) (*Account, []*Account, error) {
	spec, ok := a.platforms.Spec(platformID)
	if !ok {
		return nil, nil, NothingThere()
	}
	if connectionID != "" && !text.Storable(connectionID) {
		return nil, nil, NothingThere()
	}
	found, err := a.Load(ctx, creatorID, connection.Platform(platformID))
	if err != nil {
		return nil, nil, err
	}
	for _, acc := range found { // primary first, live before disconnected
		if connectionID == "" || acc.Row.ID == connectionID {
			return acc, found, nil
		}
	}
	if connectionID != "" {
		return nil, nil, NothingThere()
	}
	return nil, nil, NotConnected(spec.Name)
}

// Has reports whether this build has a platform.
func (a *Accounts) Has(platformID string) bool {
	_, ok := a.platforms.Spec(platformID)
	return ok
}

func NothingThere() error { return fault.New(fault.NotFound, words.New("errors.nothing")) }

func NotConnected(name string) error {
	return fault.New(fault.NotConnected, words.New("errors.notConnected", "Platform", name))
}
