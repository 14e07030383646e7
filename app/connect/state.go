package connect

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/predicate"
)

// Lost says that a grant is over: the connection needs its creator. version is that of the token
// that was refused, so that a consent given meanwhile is not undone.
func (c *Connect) Lost(ctx context.Context, id string, version int64, code fault.Code, detail string) error {
	err := c.o.Store.Tx(ctx, func(tx store.Tx) error {
		row, err := tx.Connection.Get(ctx, id)
		if store.Missing(err) {
			return nil
		}
		if err != nil {
			return err
		}
		n, err := tx.Connection.Update().Where(
			connection.ID(id), connection.TokenVersion(version),
			connection.StatusNotIn(connection.StatusDisconnected, connection.StatusNeedsReconnect),
		).SetStatus(connection.StatusNeedsReconnect).SetStatusCode(string(code)).SetStatusDetail(detail).SetStatusSince(c.o.Now()).
			SetLeaseHolder("").ClearLeaseUntil().ClearRefreshIntentAt().Save(ctx)
		if err != nil || n == 0 {
			return err
		}
		if err := c.expire(ctx, tx, row); err != nil {
			return err
		}
		if detail == platform.NativeSealed {
			return c.tell(ctx, tx, id, EventTampered, string(code), "The access we stored was changed or moved in the database. It is not used; nothing was sent with it.")
		}
		return c.tell(ctx, tx, id, EventLost, string(code), lostWords(c.name(row.Platform), code, detail))
	})
	if err != nil {
		return fmt.Errorf("mark connection %s as lost: %w", id, err)
	}
	return nil
}

// Seen writes down, inside a run's transaction, what a sync learned of the account: its handle, and
// whether the platform held it back on the way, or a permission was missing. It never makes a half connection look whole.
func (c *Connect) Seen(ctx context.Context, tx store.Tx, id string, version int64, profile platform.Profile, blocked, scopeMissing bool, detail string) error {
	row, err := tx.Connection.Get(ctx, id)
	if err != nil {
		return fmt.Errorf("read connection %s: %w", id, err)
	}
	u := tx.Connection.Update().Where(connection.ID(id))
	if profile.ExternalID == row.ExternalID {
		if profile.Handle != "" && row.Handle != profile.Handle { // one that is not told any more is not gone
			u.SetHandle(profile.Handle)
		}
		if profile.AltID != "" && row.AltID != profile.AltID {
			u.SetAltID(profile.AltID)
		}
	}
	if row.DeleteBy != nil && row.Status != connection.StatusDisconnected {
		u.ClearDeleteBy() // it was read: that proves the authorisation
	}
	if !blocked { // it stands as Block has written it
		c.restate(row, u, version, scopeMissing, detail)
	}
	if len(u.Mutation().Fields())+len(u.Mutation().ClearedFields()) == 0 {
		return nil // as it was: most syncs learn nothing new of the account
	}
	if err := u.Exec(ctx); err != nil {
		return fmt.Errorf("update connection %s: %w", id, err)
	}
	return nil
}

func (c *Connect) restate(row *ent.Connection, u *ent.ConnectionUpdate, version int64, scopeMissing bool, detail string) {
	if row.TokenVersion != version {
		return
	}
	p, ok := c.o.Platforms.Get(row.Platform)
	if !ok {
		return
	}
	_, asked := p.Spec().MissingScopes(row.Scopes)
	switch {
	case row.StatusCode == platform.BlockedCode: // the platform lets it through again
		u.SetStatusCode("").SetStatusDetail("").SetStatusSince(c.o.Now())
		if row.Status == connection.StatusLimited {
			u.SetStatusCode(string(fault.ScopeMissing))
		}
	case row.Status == connection.StatusConnected && scopeMissing:
		u.SetStatus(connection.StatusLimited).SetStatusCode(string(fault.ScopeMissing)).SetStatusDetail(detail).SetStatusSince(c.o.Now())
	case row.Status == connection.StatusLimited && !scopeMissing && len(asked) == 0:
		u.SetStatus(connection.StatusConnected).SetStatusCode("").SetStatusDetail("").SetStatusSince(c.o.Now())
	}
}

// Sweep looks at what only time changes: access that will end soon, access that ended, and data
// whose keeping is over. It gives what it deleted: nothing while the clock may be wrong.
func (c *Connect) Sweep(ctx context.Context) ([]Purged, error) {
	now := c.o.Now()
	if err := c.realign(ctx, now); err != nil {
		return nil, err
	}
	for _, spec := range c.o.Platforms.Specs() {
		if err := c.age(ctx, spec, now); err != nil {
			return nil, err
		}
	}
	if steady, err := c.o.Steady(ctx); err != nil || !steady {
		return nil, err
	}
	return c.purge(ctx, now)
}

// age marks connections whose access ends soon for good. The end is a column, so no token is opened for it. That it has
// ended is never our clock's to say: access whose time has come is renewed, and the platform says that it cannot be.
func (c *Connect) age(ctx context.Context, spec platform.Spec, now time.Time) error {
	if spec.Renewal.Mode == platform.Extends {
		return nil // it renews itself without end
	}
	mine := []predicate.Connection{connection.Platform(spec.ID), connection.SourceEQ(c.source())}
	err := c.o.Store.Client.Connection.Update().Where(mine...).Where(
		connection.StatusIn(connection.StatusConnected, connection.StatusLimited), connection.RefreshExpiresAtLT(now.Add(soon)),
	).SetStatus(connection.StatusExpiring).SetStatusSince(now).Exec(ctx)
	if err != nil {
		return fmt.Errorf("mark access of %s that ends soon: %w", spec.ID, err)
	}
	return nil
}
