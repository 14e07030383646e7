package connect

import (
	"context"
	"errors"
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
	"github.com/truecount/truecount/ent/connectionevent"
	"github.com/truecount/truecount/ent/deletion"
	"github.com/truecount/truecount/ent/notice"
	"github.com/truecount/truecount/ent/pendingflow"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/profile"
)

// Cause says who asked for an erasure, or that the platform's terms did.
type Cause = deletion.Cause

// Causes of an erasure.
const (
	CausePlatform = deletion.CausePlatform // its webhook
	CauseCreator  = deletion.CauseCreator
	CauseAdmin    = deletion.CauseAdmin
	CauseCommand  = deletion.CauseCommand
	CauseTerms    = deletion.CauseTerms // data that may not be kept any longer
)

// subject is how a receipt names an account: a hash, so that the receipt outlives the data without holding any of it.
func subject(platformID, externalID string) string {
	return fault.Secret(platformID + ":" + externalID).Digest()
}

// person is how a receipt names a person.
func person(id string) string { return subject("person", id) }

// erase deletes a connection with everything that belongs to it, and leaves a receipt.
func (d *Deletions) erase(ctx context.Context, tx store.Tx, row *ent.Connection, cause Cause, why string) error {
	if err := d.o.Queue.Drop(ctx, tx, row.ID, fault.NotConnected, why); err != nil {
		return err
	}
	if err := dropFlows(ctx, tx, row.ID); err != nil {
		return err
	}
	if err := tx.Connection.DeleteOneID(row.ID).Exec(ctx); err != nil && !store.Missing(err) {
		return fmt.Errorf("erase connection %s: %w", row.ID, err)
	}
	_, err := d.writeReceipt(ctx, tx, row.Platform, subject(row.Platform, row.ExternalID), 1, cause)
	return err
}

// Owned counts the accounts at platforms that a person owns, ended ones too.
func (c *Connect) Owned(ctx context.Context, personID string) (int, error) {
	n, err := c.o.Store.Read.Connection.Query().Where(connection.OwnerID(personID)).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("count the connections of %s: %w", personID, err)
	}
	return n, nil
}

// Erasure is what the erasure of a person came to.
type Erasure struct {
	Receipt     string   // the confirmation code
	Connections int      // accounts at platforms that went with the person
	Unconfirmed []string // names of the platforms that did not confirm the end of access
}

// Accesses is what a person's erasure ends outside of the database: the grants at the platforms.
type Accesses struct {
	c      *Connect
	grants []access
}

type access struct {
	id, platform string
	token        platform.Token
}

// Accesses opens the grants of a person before they are erased, so that they can be revoked afterwards. One that does
// not open is left out: it cannot be revoked by us.
func (c *Connect) Accesses(ctx context.Context, personID string) (*Accesses, error) {
	rows, err := c.o.Store.Read.Connection.Query().
		Where(connection.OwnerID(personID), connection.SourceEQ(c.source())).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the connections of %s: %w", personID, err)
	}
	out := &Accesses{c: c}
	for _, row := range rows {
		a := access{id: row.ID, platform: row.Platform}
		if t, err := c.Grants.Keys.Open(row); err == nil {
			a.token = t
		}
		out.grants = append(out.grants, a)
	}
	return out, nil
}

// Revoke ends the grants at their platforms, as far as it can be done, and removes what lies in the spool. It gives the
// names of the platforms that did not confirm. It is called after the erasure was committed.
func (a *Accesses) Revoke(ctx context.Context) (unconfirmed []string, err error) {
	var errs []error
	for _, g := range a.grants {
		errs = append(errs, a.c.Grants.RemoveSpooled(g.id))
		p, ok := a.c.o.Platforms.Get(g.platform)
		if !ok || g.token.Access.Empty() || !p.Spec().Revokes {
			continue
		}
		if err := a.c.Grants.Revoke(ctx, p, g.token); err != nil {
			unconfirmed = append(unconfirmed, p.Spec().Name)
		}
	}
	return unconfirmed, errors.Join(errs...)
}

// Erase deletes what this room keeps of a person: their connections with everything that belongs to them, whichever
// source they are of, and the consents under way. A receipt for each account stays.
func (d *Deletions) Erase(ctx context.Context, tx store.Tx, personID string) error {
	rows, err := tx.Connection.Query().Where(connection.OwnerID(personID)).All(ctx)
	if err != nil {
		return fmt.Errorf("read the connections of %s: %w", personID, err)
	}
	mine := connection.OwnerID(personID)
	if _, err := tx.Notice.Delete().Where(notice.HasConnectionWith(mine)).Exec(ctx); err != nil {
		return fmt.Errorf("erase notices: %w", err)
	}
	if _, err := tx.ConnectionEvent.Delete().Where(connectionevent.HasConnectionWith(mine)).Exec(ctx); err != nil {
		return fmt.Errorf("erase timelines: %w", err)
	}
	if _, err := tx.PendingFlow.Delete().Where(pendingflow.UserID(personID)).Exec(ctx); err != nil {
		return fmt.Errorf("erase consents under way: %w", err)
	}
	for _, row := range rows {
		if err := d.erase(ctx, tx, row, CauseCreator, words.English.Say("errors.run.person")); err != nil {
			return err
		}
	}
	return nil
}

// Erased leaves the receipt of a person's erasure, inside its transaction, and gives its confirmation code.
func (d *Deletions) Erased(
	ctx context.Context,
	tx store.Tx,
	personID string,
	connections int,
	cause Cause,
) (code string, err error) {
	return d.writeReceipt(ctx, tx, "", person(personID), connections, cause)
}

// LastErasure is when something was erased last, nil for never. since leaves out what was erased before it.
func (d *Deletions) LastErasure(ctx context.Context, since time.Time) (first, last *time.Time, err error) {
	done := d.o.Store.Read.Deletion.Query().
		Where(deletion.DoneAtGT(since)).
		Order(deletion.ByDoneAt()).
		Select(deletion.FieldDoneAt)
	rows, err := done.All(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("look for erasures: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil, nil
	}
	return rows[0].DoneAt, rows[len(rows)-1].DoneAt, nil
}

// unprovenGrace is how long a connection that works gets to prove its authorisation once the platform's time is over,
// after an outage of ours that was longer than that.
const unprovenGrace = 24 * time.Hour

// Purged is data that was deleted because a platform's terms do not let it be kept.
type Purged struct {
	ConnectionID, Platform string
	Removed                bool // the connection is gone too; else it lives, without data
}

// purge deletes the data that may not be kept any longer, and notes from when on more of it may not. The terms hold for
// connections of the other mode, too.
func (d *Deletions) purge(ctx context.Context, now time.Time) (out []Purged, err error) {
	for _, spec := range d.o.Platforms.Specs() {
		if spec.VerifyWithin == 0 {
			continue
		}
		if err := d.setDeletionTimes(ctx, spec, now); err != nil {
			return out, err
		}
	}
	due, err := d.o.Store.Read.Connection.Query().Where(connection.DeleteByLTE(now)).All(ctx)
	if err != nil {
		return out, fmt.Errorf("look for data that may not be kept: %w", err)
	}
	for _, row := range due {
		p, err := d.purgeConnection(ctx, row.ID, now)
		if err != nil {
			return out, err
		}
		if p != nil {
			out = append(out, *p)
		}
	}
	return out, nil
}

// setDeletionTimes notes the time for connections that have none and still hold something of the platform's: those that
// were lost or paused before there was one, and those that work and were not read for long. One that was emptied
// already has nothing left that could be due.
func (d *Deletions) setDeletionTimes(ctx context.Context, spec platform.Spec, now time.Time) error {
	early := now.Add(2*unprovenGrace - spec.VerifyWithin) // well before it is over, so that the grace makes nothing later
	rows, err := d.o.Store.Read.Connection.Query().Where(connection.Platform(spec.ID), connection.DeleteByIsNil(),
		connection.Or(
			connection.StatusEQ(connection.StatusNeedsReconnect),
			connection.And(connection.StatusEQ(connection.StatusPaused), holdsData()),
			connection.And(connection.StatusIn(lifecycle.SyncableConnections()...), holdsData(), connection.ConsentedAtLT(early),
				connection.Not(connection.HasProfileWith(profile.ObservedAtGTE(early)))),
		)).All(ctx)
	if err != nil {
		return fmt.Errorf("look for accounts of %s that were not read for long: %w", spec.ID, err)
	}
	for _, row := range rows {
		proved, err := d.Grants.LastVerified(ctx, d.o.Store.Read, row)
		if err != nil {
			return err
		}
		at := proved.Add(spec.VerifyWithin)
		if grace := now.Add(unprovenGrace); row.Status != connection.StatusNeedsReconnect &&
			row.Status != connection.StatusPaused &&
			grace.After(at) {
			at = grace
		}
		err = d.o.Store.Client.Connection.Update().
			Where(connection.ID(row.ID), connection.StatusEQ(row.Status), connection.DeleteByIsNil()).
			SetDeleteBy(at).
			Exec(ctx)
		if err != nil {
			return fmt.Errorf("note until when connection %s is kept: %w", row.ID, err)
		}
	}
	return nil
}

// holdsData selects connections that hold something that was read.
func holdsData() predicate.Connection {
	return connection.Or(
		connection.HandleNEQ(""),
		connection.HasProfile(),
		connection.HasPosts(),
		connection.HasSnapshots(),
		connection.HasAudience(),
	)
}

// purgeConnection deletes one connection's data. A grant that is over takes the connection with it; one that lives,
// paused or working, keeps it and loses the data alone. It gives nil when the time was lifted meanwhile.
func (d *Deletions) purgeConnection(ctx context.Context, id string, now time.Time) (*Purged, error) {
	var out *Purged
	var grant platform.Token
	var row *ent.Connection
	err := d.o.Store.Tx(ctx, func(tx store.Tx) error {
		var err error
		row, err = tx.Connection.Query().Where(connection.ID(id), connection.DeleteByLTE(now)).Only(ctx)
		if store.Missing(err) {
			return nil
		}
		if err != nil {
			return err
		}
		out = &Purged{
			ConnectionID: id,
			Platform:     row.Platform,
			Removed:      row.Status == connection.StatusDisconnected || row.Status == connection.StatusNeedsReconnect,
		}
		if out.Removed {
			if t, err := d.Grants.Keys.Open(row); err == nil &&
				row.Source == d.source() { // the other mode's platforms are elsewhere
				grant = t
			}
			return d.erase(ctx, tx, row, CauseTerms, words.English.Say("errors.run.retention"))
		}
		if err := d.o.Queue.Drop(ctx, tx, id, fault.Conflict, words.English.Say("errors.run.retention")); err != nil {
			return err
		}
		if err := d.o.Synced.Purge(ctx, tx, id); err != nil {
			return err
		}
		// The name of the account is of the platform's data too; its id stays, as the key of the grant.
		if err := tx.Connection.UpdateOneID(id).SetHandle("").SetAltID("").ClearDeleteBy().Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.ConnectionEvent.Delete().Where(connectionevent.ConnectionID(id)).Exec(ctx); err != nil {
			return err
		}
		if _, err := d.writeReceipt(ctx, tx, row.Platform, subject(row.Platform, row.ExternalID), 0, CauseTerms); err != nil {
			return err
		}
		return d.Grants.AddEvent(
			ctx,
			tx,
			id,
			grants.EventEmptied,
			"",
			words.English.Say(
				"creator.event.emptied",
				"Platform", d.Grants.PlatformName(row.Platform),
				"Length", words.English.Days(d.daysWithoutProof(row.Platform)),
			),
		)
	})
	if err != nil {
		return nil, fmt.Errorf("delete what may not be kept of connection %s: %w", id, err)
	}
	if out != nil && out.Removed {
		if err := d.Grants.RemoveSpooled(id); err != nil {
			return out, err
		}
		if p, ok := d.o.Platforms.Get(row.Platform); ok && !grant.Access.Empty() {
			_ = d.Grants.Revoke(context.WithoutCancel(ctx), p, grant) // a grant that is over refuses it, and that is its end too
		}
	}
	return out, nil
}

// daysWithoutProof is how many days the platform's terms let numbers be kept after its last reading. 0: the platform is
// not known any more, or its terms set no such limit.
func (d *Deletions) daysWithoutProof(id string) int {
	p, ok := d.o.Platforms.Get(id)
	if !ok {
		return 0
	}
	return int(p.Spec().VerifyWithin / (24 * time.Hour))
}

// Sweep deletes what may not be kept any longer, after grants has looked at what only time changes. It gives what it
// deleted: nothing while the clock may be wrong.
func (d *Deletions) Sweep(ctx context.Context) ([]Purged, error) {
	if err := d.Grants.Sweep(ctx); err != nil {
		return nil, err
	}
	if steady, err := d.o.Steady(ctx); err != nil || !steady {
		return nil, err
	}
	return d.purge(ctx, d.o.Now())
}
