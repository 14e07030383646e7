package people

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/words"
)

// Eraser is a room that keeps something of people: it deletes its part inside one transaction with all others.
type Eraser interface {
	Erase(ctx context.Context, tx store.Tx, personID string) error
}

// Options is what a People is made of.
type Options struct {
	Store   *store.Store
	Connect *connect.Connect
	Auth    *auth.Auth
	// Erasers are the rooms that write tables, in the order in which they delete: what refers to something goes before it.
	Erasers []Eraser
	Log     *slog.Logger
}

// People is the room. All its methods may be called at once.
type People struct{ o Options }

// New opens the room.
func New(o Options) *People { return &People{o} }

// Erase deletes a person with everything they own, in one transaction, ends their access at the platforms, and leaves a
// receipt. NOT_FOUND: there is no such person; CONFLICT: they are the last admin.
func (p *People) Erase(ctx context.Context, personID string, cause connect.Cause) (out connect.Erasure, err error) {
	ctx = viewer.System(context.WithoutCancel(ctx), viewer.ReasonErase)
	grants, err := p.o.Connect.Accesses(ctx, personID)
	if err != nil {
		return out, err
	}
	if out.Connections, err = p.o.Connect.Owned(ctx, personID); err != nil {
		return out, err
	}
	err = p.o.Store.Tx(ctx, func(tx store.Tx) error {
		if _, err := tx.User.Get(ctx, personID); err != nil {
			if store.Missing(err) {
				return fault.New(fault.NotFound, words.New("errors.auth.noPerson"))
			}
			return fmt.Errorf("read %s: %w", personID, err)
		}
		for _, room := range p.o.Erasers {
			if err := room.Erase(ctx, tx, personID); err != nil {
				return err
			}
		}
		out.Receipt, err = p.o.Connect.Deletions.Erased(ctx, tx, personID, out.Connections, cause)
		return err
	})
	if err != nil {
		return out, err
	}
	// It is done: what is left over outside of the database is removed later, and is no reason to say otherwise.
	if out.Unconfirmed, err = grants.Revoke(ctx); err != nil {
		p.o.Log.WarnContext(
			ctx,
			"a renewed token of somebody who was erased could not be removed from the spool",
			"error",
			err,
		)
	}
	return out, nil
}

// PurgeOverdue has connect look at what only time changes, and notes in the audit log what the platforms' terms had it
// delete. Jobs calls it every minute.
func (p *People) PurgeOverdue(ctx context.Context) error {
	purged, err := p.o.Connect.Deletions.Sweep(ctx)
	for _, gone := range purged {
		p.o.Log.InfoContext(
			ctx,
			"data was deleted that may not be kept any longer",
			"platform",
			gone.Platform,
			"connection",
			gone.ConnectionID,
			"connection_removed",
			gone.Removed,
		)
		err = errors.Join(
			err,
			p.o.Auth.Log.Record(
				ctx,
				auth.Event{Action: "purge", Target: gone.Platform + "/" + gone.ConnectionID, Result: "terms"},
			),
		)
	}
	return err
}
