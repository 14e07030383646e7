package connect

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/connect/grants"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
)

// Ended is what is left after a disconnect.
type Ended struct {
	Platform string
	Handle   string
	DataKept bool
	DeleteBy *time.Time // nil when the data stays, or is gone already
	Revoked  error      // why the platform did not confirm the end of access, nil when it did
	Before   bool       // it was disconnected already
}

// Disconnect ends a connection: its tokens are deleted and what is queued for it is dropped in one
// transaction, then access is revoked at the platform. erase deletes its data at once. Twice gives
// the same. NOT_FOUND for another's.
func (c *Connect) Disconnect(ctx context.Context, ownerID, id string, erase bool) (Ended, error) {
	row, err := c.ownConnection(ctx, ownerID, id)
	if err != nil {
		return Ended{}, err
	}
	p, ok := c.o.Platforms.Get(row.Platform)
	if !ok {
		return Ended{}, fault.New(fault.NotFound, words.New("errors.noPlatform"))
	}
	token, opened := c.Grants.Keys.Open(row)
	end := Ended{Platform: row.Platform, Handle: row.Handle}
	err = c.o.Store.Tx(ctx, func(tx store.Tx) error {
		// Taken first, so that of two at once one ends it.
		n, err := tx.Connection.Update().
			Where(connection.ID(id), connection.StatusNEQ(connection.StatusDisconnected)).
			SetStatus(connection.StatusDisconnected).
			Save(ctx)
		if err != nil {
			return err
		}
		if err := dropFlows(ctx, tx, id); err != nil {
			return err
		}
		if end.Before = n == 0; !end.Before {
			if err := c.endConnection(ctx, tx, p.Spec(), row); err != nil {
				return err
			}
		}
		if erase {
			return c.Deletions.erase(ctx, tx, row, CauseCreator, words.English.Say("errors.run.erased"))
		}
		now, err := tx.Connection.Get(ctx, id)
		if err != nil {
			return err
		}
		end.DataKept, end.DeleteBy = now.DeleteBy == nil, now.DeleteBy
		return nil
	})
	if store.Missing(err) { // erased by somebody else, just now
		return Ended{}, fault.New(fault.NotFound, words.New("errors.noConnection"))
	}
	if err != nil {
		return Ended{}, fmt.Errorf("disconnect %s: %w", id, err)
	}
	if erase {
		if err := c.Grants.RemoveSpooled(id); err != nil {
			return end, err
		}
	}
	if opened == nil && !end.Before {
		end.Revoked = c.Grants.Revoke(context.WithoutCancel(ctx), p, token)
	}
	return end, nil
}

// DisconnectAny ends a creator's connection by an admin's word, as Disconnect does. NOT_FOUND: no such connection;
// CONFLICT: it is disconnected already.
func (c *Connect) DisconnectAny(ctx context.Context, id string) (Ended, error) {
	row, err := c.o.Store.Read.Connection.Query().Where(connection.ID(id), connection.SourceEQ(c.source())).Only(ctx)
	if store.Missing(err) {
		return Ended{}, fault.New(fault.NotFound, words.New("errors.noConnection"))
	}
	if err != nil {
		return Ended{}, fmt.Errorf("read connection %s: %w", id, err)
	}
	if row.Status == connection.StatusDisconnected {
		return Ended{}, fault.New(fault.Conflict, words.New("errors.connect.already"))
	}
	end, err := c.Disconnect(ctx, row.OwnerID, id, false)
	if err == nil && end.Before { // by somebody else, just now
		return Ended{}, fault.New(fault.Conflict, words.New("errors.connect.already"))
	}
	return end, err
}

func (c *Connect) endConnection(ctx context.Context, tx store.Tx, spec platform.Spec, row *ent.Connection) error {
	now := c.o.Now()
	u := tx.Connection.UpdateOneID(row.ID).
		SetStatus(connection.StatusDisconnected).
		SetStatusCode("").
		SetStatusDetail("").
		SetStatusSince(now).
		ClearAccessSealed().
		ClearRefreshSealed().
		AddTokenVersion(1).
		ClearTokenIssuedAt().
		ClearTokenExpiresAt().
		ClearRefreshExpiresAt().
		ClearRefreshIntentAt().
		ClearRefreshDueAt().
		ClearRefreshRetryAt().
		ClearFailingSince().
		SetLeaseHolder("").
		ClearLeaseUntil().
		SetDisconnectedAt(now)
	if !spec.KeepAfterDisconnect {
		u.SetDeleteBy(earlier(row.DeleteBy, now.Add(spec.DeleteWithin)))
	}
	if err := u.Exec(ctx); err != nil {
		return err
	}
	if row.Primary {
		if err := c.promoteNext(ctx, tx, row); err != nil {
			return err
		}
	}
	if err := c.Grants.AddEvent(ctx, tx, row.ID, grants.EventEnded, "",
		words.English.Say("creator.event.disconnected")); err != nil {
		return err
	}
	return c.o.Queue.Drop(ctx, tx, row.ID, fault.NotConnected, words.English.Say("errors.run.disconnected"))
}

// promoteNext gives the primary place to the creator's oldest live connection there. With none left it
// stays where it was.
func (c *Connect) promoteNext(ctx context.Context, tx store.Tx, row *ent.Connection) error {
	next, err := tx.Connection.Query().
		Where(connection.OwnerID(row.OwnerID), connection.Platform(row.Platform), connection.SourceEQ(c.source()),
			connection.IDNEQ(row.ID),
			connection.StatusIn(lifecycle.LiveConnections()...)).
		Order(connection.ByCreatedAt(), connection.ByID()).
		First(ctx)
	if store.Missing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := tx.Connection.UpdateOneID(row.ID).SetPrimary(false).Exec(ctx); err != nil {
		return err
	}
	return tx.Connection.UpdateOneID(next.ID).SetPrimary(true).Exec(ctx)
}
