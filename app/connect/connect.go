// Package connect owns a connection's life: the consent that begins it, the tokens that keep it
// alive, its loss, and its end. It is the one writer of pending flows and connections, and the only
// room that opens the vault. It never decides when something is synced.
package connect

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/vault"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
)

// Platforms is what connect asks of the registry.
type Platforms interface {
	Get(id string) (platform.Platform, bool)
	Settings(id string) (config.Platform, bool)
	Configured(id string) bool
	Specs() []platform.Spec
}

// Queue is what connect asks of the queue, inside its own transaction.
type Queue interface {
	// First queues the first sync of a connection that was just made or made well again.
	First(ctx context.Context, tx store.Tx, connectionID string) error
	// Drop ends what is queued or under way for a connection, and says why.
	Drop(ctx context.Context, tx store.Tx, connectionID string, code fault.Code, why string) error
	// Resume brings forward what waited for a platform, when it answers again.
	Resume(ctx context.Context, platformID string) error
	// Purge deletes everything that was synced of a connection, which goes on living.
	Purge(ctx context.Context, tx store.Tx, connectionID string) error
}

// Options is what a Connect is made of.
type Options struct {
	Store     *store.Store
	Vault     *vault.Vault
	Platforms Platforms
	Queue     Queue
	Source    string // "live" or "sandbox": whose connections these are
	Now       func() time.Time
	BaseURL   string // of the links in messages
	// Notify sends one message to a creator. Nil: nobody can be written to, and an admin hands links on.
	Notify   func(context.Context, Reminder) error
	Patience time.Duration // how long a database in trouble is asked to take a token; 30 s unless given
	Spool    string        // directory for tokens on their way into the database; empty: none
	// Step is told of each step of a refresh, before the next: where a test lets a process die. May be nil.
	Step func(step string)
	// CopiesUntil tells until when the copies that this program makes of the database may hold what is erased now; nil, or
	// a nil time: it makes none.
	CopiesUntil func() *time.Time
	// Steady reports whether the time may decide that something is deleted for good; nil: always.
	Steady func(context.Context) (bool, error)
	// Refreshed is told how each refresh ended: "success", "dead", "failed". May be nil.
	Refreshed func(platform, outcome string)
}

// Connect is the room. All its methods may be used at once, in several processes.
type Connect struct {
	o      Options
	holder string // who holds a lease: this process
}

// New opens the room.
func New(o Options) *Connect {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Refreshed == nil {
		o.Refreshed = func(string, string) {}
	}
	if o.Patience <= 0 {
		o.Patience = saveLimit
	}
	if o.Steady == nil {
		o.Steady = func(context.Context) (bool, error) { return true, nil }
	}
	if o.Step == nil {
		o.Step = func(string) {}
	}
	return &Connect{o: o, holder: uuid.NewString()}
}

const keyCheck = "key_check"

// CheckKeys proves that the keyset opens what this database holds. The first time it leaves a
// sealed word to be checked against later.
func (c *Connect) CheckKeys(ctx context.Context) error {
	_, err := c.o.Store.Read.Meta.Get(ctx, keyCheck)
	if !store.Missing(err) {
		return Opens(ctx, c.o.Store, c.o.Vault)
	}
	sealed, err := c.o.Vault.Seal("truecount", "meta:"+keyCheck)
	if err != nil {
		return err
	}
	err = c.o.Store.Client.Meta.Create().SetID(keyCheck).SetValue(sealed).Exec(ctx)
	if store.Clash(err) { // another process was first: its word must open too
		return c.CheckKeys(ctx)
	}
	if err != nil {
		return fmt.Errorf("store the key check: %w", err)
	}
	return nil
}

// Sealed reports whether the database holds something sealed, so that a missing keyset is an error
// and not a reason to make a new one.
func Sealed(ctx context.Context, s *store.Store) (bool, error) {
	_, err := s.Client.Meta.Get(ctx, keyCheck)
	if store.Missing(err) {
		return false, nil
	}
	return err == nil, err
}

// own gives a creator's connection. NOT_FOUND for another's, an unknown one, or one of the other source.
func (c *Connect) own(ctx context.Context, ownerID, id string) (*ent.Connection, error) {
	row, err := c.o.Store.Read.Connection.Query().
		Where(connection.ID(id), connection.OwnerID(ownerID), connection.SourceEQ(c.source())).Only(ctx)
	if store.Missing(err) {
		return nil, fault.New(fault.NotFound, "There is no such connection.")
	}
	if err != nil {
		return nil, fmt.Errorf("find connection %s: %w", id, err)
	}
	return row, nil
}

func (c *Connect) source() connection.Source { return connection.Source(c.o.Source) }

// live lists the statuses of a connection that is not over.
var live = []connection.Status{
	connection.StatusConnected, connection.StatusLimited, connection.StatusExpiring,
	connection.StatusNeedsReconnect, connection.StatusPaused,
}
