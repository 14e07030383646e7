package analytics

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

// Options is what analytics is made of.
type Options struct {
	Store           *store.Store
	Platforms       *platform.Registry
	Source          string // "live" or "sandbox": only connections of this mode exist for anyone
	Now             func() time.Time
	SyncIntervalMin time.Duration // least time between a creator's own requests; 0 for none
}

// Analytics reads what creators see.
type Analytics struct {
	db        *ent.Client
	platforms *platform.Registry
	source    connection.Source
	clock     func() time.Time
	interval  time.Duration
}

// New makes the read models of one database.
func New(o Options) *Analytics {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Analytics{
		db: o.Store.Read, platforms: o.Platforms, source: connection.Source(o.Source),
		clock: o.Now, interval: o.SyncIntervalMin,
	}
}

func (a *Analytics) now() time.Time { return a.clock().UTC() }

// Resolve finds the connection a request means: the one named, or the creator's primary one on the
// platform. One that was disconnected is found when there is no other. An id that is not the
// creator's, or not of that platform, is NOT_FOUND like an unknown platform; without any connection
// it is NOT_CONNECTED.
func (a *Analytics) Resolve(ctx context.Context, creatorID, platformID, connectionID string) (string, error) {
	acc, _, err := a.resolve(ctx, creatorID, platformID, connectionID)
	if err != nil {
		return "", err
	}
	return acc.c.ID, nil
}

// resolve also gives all of the creator's accounts on the platform.
func (a *Analytics) resolve(ctx context.Context, creatorID, platformID, connectionID string) (*account, []*account, error) {
	spec, ok := a.platforms.Spec(platformID)
	if !ok {
		return nil, nil, errNothing()
	}
	if connectionID != "" && !text.Storable(connectionID) {
		return nil, nil, errNothing()
	}
	found, err := a.accounts(ctx, creatorID, connection.Platform(platformID))
	if err != nil {
		return nil, nil, err
	}
	for _, acc := range found { // primary first, live before disconnected
		if connectionID == "" || acc.c.ID == connectionID {
			return acc, found, nil
		}
	}
	if connectionID != "" {
		return nil, nil, errNothing()
	}
	return nil, nil, errNotConnected(spec.Name)
}

func errNothing() error { return fault.New(fault.NotFound, words.New("errors.nothing")) }

func errNotConnected(name string) error {
	return fault.New(fault.NotConnected, words.New("errors.notConnected", "Platform", name))
}
