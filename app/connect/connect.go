package connect

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/connect/grants"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
)

// Queue is what connect asks of the queue, inside its own transaction.
type Queue interface {
	// First queues the first sync of a connection that was just made or made well again.
	First(ctx context.Context, tx store.Tx, connectionID string) error
	// Drop ends what is queued or under way for a connection, and says why.
	Drop(ctx context.Context, tx store.Tx, connectionID string, code fault.Code, why string) error
}

// Synced is what connect asks of the syncer, inside its own transaction.
type Synced interface {
	// Purge deletes everything that was synced of a connection, which goes on living.
	Purge(ctx context.Context, tx store.Tx, connectionID string) error
}

// Options is what a Connect is made of.
type Options struct {
	Store     *store.Store
	Grants    *grants.Grants
	Platforms *platform.Registry
	Queue     Queue
	Synced    Synced
	Source    string // "live" or "sandbox": whose connections these are
	Now       func() time.Time
	BaseURL   string // of the links in messages
	// Notify sends one message to a creator. Nil: there is no mail, and an admin passes links on.
	Notify func(context.Context, Reminder) error
	// CopiesUntil tells until when the copies that this program makes of the database may hold what is erased now; nil,
	// or a nil time: it makes none.
	CopiesUntil func() *time.Time
	// Steady reports whether the clock may decide that something is deleted for good; nil: always.
	Steady func(context.Context) (bool, error)
}

// Connect begins and ends connections. All its methods may be used at once, in several processes.
type Connect struct {
	core
	Notices   *Notices
	Deletions *Deletions
}

// Notices asks creators to reconnect, by mail or by links that an admin passes on.
type Notices struct{ core }

// Deletions deletes what belongs to a connection or a person, and what may not be kept any longer.
type Deletions struct{ core }

// core is what the parts of the room share.
type core struct {
	o      Options
	Grants *grants.Grants // keeps the access alive
}

// New opens the room.
func New(o Options) *Connect {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Steady == nil {
		o.Steady = func(context.Context) (bool, error) { return true, nil }
	}
	shared := core{o, o.Grants}
	return &Connect{core: shared, Notices: &Notices{shared}, Deletions: &Deletions{shared}}
}

// ownConnection gives a creator's connection. NOT_FOUND for another's, an unknown one, or one of the other source.
func (c *Connect) ownConnection(ctx context.Context, ownerID, id string) (*ent.Connection, error) {
	row, err := c.o.Store.Read.Connection.Query().
		Where(connection.ID(id), connection.OwnerID(ownerID), connection.SourceEQ(c.source())).Only(ctx)
	if store.Missing(err) {
		return nil, fault.New(fault.NotFound, words.New("errors.noConnection"))
	}
	if err != nil {
		return nil, fmt.Errorf("find connection %s: %w", id, err)
	}
	return row, nil
}

func (c core) source() connection.Source { return connection.Source(c.o.Source) }

// PlatformOf names the platform of a connection of our source; NOT_CONNECTED: there is none.
func (c *Connect) PlatformOf(ctx context.Context, connectionID string) (string, error) {
	row, err := c.o.Store.Read.Connection.Query().
		Where(connection.ID(connectionID), connection.SourceEQ(c.source())).
		Select(connection.FieldPlatform).
		Only(ctx)
	if store.Missing(err) {
		return "", fault.New(fault.NotConnected, words.New("errors.noConnection"))
	}
	if err != nil {
		return "", fmt.Errorf("read connection %s: %w", connectionID, err)
	}
	return row.Platform, nil
}
