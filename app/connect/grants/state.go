package grants

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/predicate"
)

// Lost says that a grant is over: the connection needs its creator. version is that of the token
// that was refused, so that a consent given meanwhile is not undone.
func (g *Grants) Lost(ctx context.Context, id string, version int64, code fault.Code, detail string) error {
	err := g.o.Store.Tx(ctx, func(tx store.Tx) error {
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
		).SetStatus(connection.StatusNeedsReconnect).SetStatusCode(string(code)).SetStatusDetail(detail).
			SetStatusSince(g.o.Now()).
			SetLeaseHolder("").ClearLeaseUntil().ClearRefreshIntentAt().Save(ctx)
		if err != nil || n == 0 {
			return err
		}
		if err := g.SetDeletionTime(ctx, tx, row); err != nil {
			return err
		}
		if detail == platform.NativeSealed {
			return g.AddEvent(ctx, tx, id, EventTampered, string(code), words.English.Say("creator.event.tampered"))
		}
		return g.AddEvent(ctx, tx, id, EventLost, string(code), LostWords(g.PlatformName(row.Platform), code, detail))
	})
	if err != nil {
		return fmt.Errorf("mark connection %s as lost: %w", id, err)
	}
	return nil
}

// Seen writes down, inside a run's transaction, what a sync learned of the account: its handle, and whether the
// platform held it back on the way, or a permission was missing. It never makes a half connection look whole.
func (g *Grants) Seen(
	ctx context.Context,
	tx store.Tx,
	id string,
	version int64,
	profile platform.Profile,
	blocked, scopeMissing bool,
	detail string,
) error {
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
		g.updateStatus(row, u, version, scopeMissing, detail)
	}
	if len(u.Mutation().Fields())+len(u.Mutation().ClearedFields()) == 0 {
		return nil // as it was: most syncs learn nothing new of the account
	}
	if err := u.Exec(ctx); err != nil {
		return fmt.Errorf("update connection %s: %w", id, err)
	}
	return nil
}

func (g *Grants) updateStatus(
	row *ent.Connection,
	u *ent.ConnectionUpdate,
	version int64,
	scopeMissing bool,
	detail string,
) {
	if row.TokenVersion != version {
		return
	}
	p, ok := g.o.Platforms.Get(row.Platform)
	if !ok {
		return
	}
	_, asked := p.Spec().MissingScopes(row.Scopes)
	switch {
	case row.StatusCode == platform.BlockedCode: // the platform lets it through again
		u.SetStatusCode("").SetStatusDetail("").SetStatusSince(g.o.Now())
		if row.Status == connection.StatusLimited {
			u.SetStatusCode(string(fault.ScopeMissing))
		}
	case row.Status == connection.StatusConnected && scopeMissing:
		u.SetStatus(connection.StatusLimited).
			SetStatusCode(string(fault.ScopeMissing)).
			SetStatusDetail(detail).
			SetStatusSince(g.o.Now())
	case row.Status == connection.StatusLimited && !scopeMissing && len(asked) == 0:
		u.SetStatus(connection.StatusConnected).SetStatusCode("").SetStatusDetail("").SetStatusSince(g.o.Now())
	}
}

// Sweep looks at what only time changes: moments that were written while a clock was wrong, and access that will end
// soon.
func (g *Grants) Sweep(ctx context.Context) error {
	now := g.o.Now()
	if err := g.realign(ctx, now); err != nil {
		return err
	}
	for _, spec := range g.o.Platforms.Specs() {
		if err := g.markExpiring(ctx, spec, now); err != nil {
			return err
		}
	}
	return nil
}

// markExpiring marks connections whose access ends soon for good. The end is a column, so no token is opened for it.
// That it has ended is never our clock's to say: access whose time has come is renewed, and the platform says that it
// cannot be.
func (g *Grants) markExpiring(ctx context.Context, spec platform.Spec, now time.Time) error {
	if spec.Renewal.Mode == platform.RenewalExtends {
		return nil // it renews itself without end
	}
	mine := []predicate.Connection{connection.Platform(spec.ID), connection.SourceEQ(g.o.source())}
	err := g.o.Store.Client.Connection.Update().Where(mine...).Where(
		connection.StatusIn(connection.StatusConnected, connection.StatusLimited),
		connection.RefreshExpiresAtLT(now.Add(ExpiringWithin)),
	).
		SetStatus(connection.StatusExpiring).SetStatusSince(now).Exec(ctx)
	if err != nil {
		return fmt.Errorf("mark access of %s that ends soon: %w", spec.ID, err)
	}
	return nil
}

// StatusOf is the status a token alone gives.
func (g *Grants) StatusOf(spec platform.Spec, token platform.Token) connection.Status {
	_, missing := spec.MissingScopes(token.Scopes)
	switch by := spec.Renewal.ActBy(token); {
	case !by.IsZero() && by.Before(g.o.Now().Add(ExpiringWithin)):
		return connection.StatusExpiring
	case len(missing) > 0:
		return connection.StatusLimited
	default:
		return connection.StatusConnected
	}
}

// ExpiringWithin is how long before its end access counts as ending.
const ExpiringWithin = 14 * 24 * time.Hour

func TimePointer(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// SetDeletionTime says, inside the transaction that makes a connection lost or paused, when its data must be deleted:
// the platform's terms let it be kept for so long after the last call that proved the authorisation. Coming back in
// time cancels it.
func (g *Grants) SetDeletionTime(ctx context.Context, tx store.Tx, row *ent.Connection) error {
	p, ok := g.o.Platforms.Get(row.Platform)
	if !ok || p.Spec().VerifyWithin == 0 {
		return nil
	}
	proved, err := g.LastVerified(ctx, tx.Client, row)
	if err != nil {
		return err
	}
	return tx.Connection.UpdateOneID(row.ID).SetDeleteBy(proved.Add(p.Spec().VerifyWithin)).Exec(ctx)
}

// LastVerified is when a call last proved the authorisation: the last time the account itself was read, or else the
// consent. Renewing a token is not counted: it shows that the grant lives, and nothing of what is stored is read again.
func (g *Grants) LastVerified(ctx context.Context, db *ent.Client, row *ent.Connection) (time.Time, error) {
	at := row.CreatedAt
	if row.ConsentedAt != nil {
		at = *row.ConsentedAt
	}
	p, err := db.Connection.QueryProfile(row).
		Only(viewer.System(ctx, viewer.ReasonUpkeep))
		// the time alone, also for an admin
	if err != nil && !store.Missing(err) {
		return at, fmt.Errorf("read when connection %s was last read: %w", row.ID, err)
	}
	if p != nil && p.ObservedAt.After(at) {
		at = p.ObservedAt
	}
	return at, nil
}
