package grants

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/vault"
	"github.com/truecount/truecount/ent/connection"
)

// Options is what Grants are made of.
type Options struct {
	Store     *store.Store
	Vault     *vault.Vault
	Platforms *platform.Registry
	Source    string           // "live" or "sandbox": whose connections these are
	Now       func() time.Time // nil: time.Now
	// Resume brings forward the syncs that waited for a platform, when it answers again.
	Resume   func(ctx context.Context, platformID string) error
	Patience time.Duration // how long a database in trouble is asked to take a token; 30 s unless given
	Spool    string        // directory for tokens on their way into the database; empty: none
	// Step is told of each step of a refresh, before the next: where a test lets a process die. May be nil.
	Step func(step string)
	// Refreshed is told how each refresh ended: "success", "dead", "failed". May be nil.
	Refreshed func(platform, outcome string)
}

// Grants gives tokens that may be used, and keeps them alive. All methods may be used at once, in several processes.
type Grants struct {
	*Holds
	Keys   *Keys
	o      Options
	holder string // who holds a lease: this process
}

// Holds knows which platforms refuse this installation, and which refusals nobody can explain yet.
type Holds struct{ o Options }

// Keys seals and opens stored tokens.
type Keys struct{ o Options }

// New makes the grants of one database.
func New(o Options) *Grants {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Refreshed == nil {
		o.Refreshed = func(string, string) {}
	}
	if o.Patience <= 0 {
		o.Patience = saveLimit
	}
	if o.Step == nil {
		o.Step = func(string) {}
	}
	if o.Resume == nil {
		o.Resume = func(context.Context, string) error { return nil }
	}
	return &Grants{Holds: &Holds{o}, Keys: &Keys{o}, o: o, holder: uuid.NewString()}
}

func (o Options) source() connection.Source { return connection.Source(o.Source) }
