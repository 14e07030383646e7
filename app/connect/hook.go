package connect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/truecount/truecount/app/connect/grants"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/deletion"
)

// HookOutcome is what a platform's call came to.
type HookOutcome struct {
	Platform    string
	Happened    platform.EventKind // empty: nothing we take notice of
	Connections []string           // those it changed
	Receipt     string             // the confirmation code of a deletion, for an unknown person too
}

// ReceiveHook takes a platform's own word that a person ended access, or wants their data deleted. It may be
// told again and in any order: what is older than the consent a connection stands on changes nothing.
// NOT_FOUND: the platform makes no calls under this name; FORBIDDEN: the call is not the platform's.
func (c *Connect) ReceiveHook(
	ctx context.Context,
	platformID, name string,
	call platform.HookCall,
) (HookOutcome, error) {
	p, ok := c.o.Platforms.Get(platformID)
	h, hooks := p.(platform.Hooker)
	if !ok || !hooks || !c.o.Platforms.Configured(platformID) ||
		!slices.ContainsFunc(p.Spec().Hooks, func(a platform.HookAddress) bool { return a.Name == name }) {
		return HookOutcome{}, fault.New(fault.NotFound, words.New("errors.nothing"))
	}
	e, err := h.Hook(name, call)
	if err != nil {
		return HookOutcome{}, fault.New(fault.Forbidden, words.New("errors.connect.signature"))
	}
	out := HookOutcome{Platform: platformID, Happened: e.Kind}
	if e.Kind == "" {
		return out, nil
	}
	err = c.o.Store.Tx(ctx, func(tx store.Tx) error {
		rows, err := tx.Connection.Query().Where(connection.Platform(platformID), connection.SourceEQ(c.source()),
			connection.Or(connection.ExternalID(e.Subject), connection.AltID(e.Subject))).All(ctx)
		if err != nil {
			return fmt.Errorf("find the account of a call: %w", err)
		}
		for _, row := range rows {
			if row.ConsentedAt != nil && e.At.Before(*row.ConsentedAt) {
				continue // a late or repeated call does not undo a newer consent
			}
			changed, err := c.applyHook(ctx, tx, row, e)
			if err != nil {
				return err
			}
			if changed {
				out.Connections = append(out.Connections, row.ID)
			}
		}
		if e.Kind != platform.EventDeletion {
			return nil
		}
		out.Receipt, err = c.Deletions.writeReceipt(
			ctx,
			tx,
			platformID,
			subject(platformID, e.Subject),
			len(out.Connections),
			CausePlatform,
		)
		return err
	})
	if err == nil && e.Kind == platform.EventDeletion {
		for _, id := range out.Connections {
			err = errors.Join(err, c.Grants.RemoveSpooled(id))
		}
	}
	return out, err
}

// applyHook does to one connection what happened to its account.
func (c *Connect) applyHook(
	ctx context.Context,
	tx store.Tx,
	row *ent.Connection,
	e platform.Event,
) (changed bool, err error) {
	if e.Kind == platform.EventDeletion {
		return true, c.Deletions.erase(ctx, tx, row, CausePlatform, words.English.Say("errors.run.platformAsked"))
	}
	if row.Status == connection.StatusDisconnected ||
		(row.Status == connection.StatusNeedsReconnect && (row.AccessSealed == nil || len(*row.AccessSealed) == 0)) {
		return false, nil
	}
	err = tx.Connection.UpdateOneID(row.ID).
		SetStatus(connection.StatusNeedsReconnect).
		SetStatusCode(string(fault.AuthRevoked)).
		SetStatusDetail(e.Reason).
		SetStatusSince(c.o.Now()).
		ClearAccessSealed().
		ClearRefreshSealed().
		AddTokenVersion(1).
		ClearRefreshDueAt().
		ClearRefreshIntentAt().
		SetLeaseHolder("").
		ClearLeaseUntil().
		Exec(ctx)
	if err != nil {
		return false, fmt.Errorf("end the access of connection %s: %w", row.ID, err)
	}
	if err := c.scheduleDeletion(ctx, tx, row); err != nil {
		return false, err
	}
	return true, c.Grants.AddEvent(
		ctx,
		tx,
		row.ID,
		grants.EventLost,
		string(fault.AuthRevoked),
		grants.LostWords(c.Grants.PlatformName(row.Platform), fault.AuthRevoked, e.Reason),
	)
}

const receiptLength = 16

// scheduleDeletion says when the data of a connection must go whose access was ended by the platform's own word: as
// after a disconnect here.
func (c *Connect) scheduleDeletion(ctx context.Context, tx store.Tx, row *ent.Connection) error {
	p, ok := c.o.Platforms.Get(row.Platform)
	if !ok || p.Spec().KeepAfterDisconnect {
		return nil
	}
	return tx.Connection.UpdateOneID(row.ID).
		SetDeleteBy(earlier(row.DeleteBy, c.o.Now().Add(p.Spec().DeleteWithin))).
		Exec(ctx)
}

// earlier gives the earlier of two times by which data must be gone; the first may be nil.
func earlier(a *time.Time, b time.Time) time.Time {
	if a != nil && a.Before(b) {
		return *a
	}
	return b
}

// writeReceipt gives the confirmation code of a deletion: asking again for the same subject gives the same.
func (d *Deletions) writeReceipt(
	ctx context.Context,
	tx store.Tx,
	platformID, hash string,
	connections int,
	cause Cause,
) (string, error) {
	ctx = viewer.System(ctx, viewer.ReasonReceipt)
	now := d.o.Now()
	var copies *time.Time
	if d.o.CopiesUntil != nil {
		copies = d.o.CopiesUntil()
	}
	old, err := tx.Deletion.Query().Where(deletion.Platform(platformID), deletion.SubjectHash(hash)).Only(ctx)
	if err == nil {
		u := tx.Deletion.UpdateOneID(old.ID).AddConnections(connections).SetCause(cause).SetDoneAt(now)
		if copies != nil {
			u.SetCopiesUntil(*copies)
		}
		return old.ID, u.Exec(ctx)
	}
	if !store.Missing(err) {
		return "", fmt.Errorf("look for a receipt: %w", err)
	}
	code := strings.Map(func(r rune) rune {
		if r == '-' || r == '_' {
			return 'x'
		}
		return r
	}, fault.Random().Reveal())[:receiptLength]
	err = tx.Deletion.Create().
		SetID(code).
		SetPlatform(platformID).
		SetSubjectHash(hash).
		SetCause(cause).
		SetConnections(connections).
		SetNillableCopiesUntil(copies).
		SetAskedAt(now).
		SetDoneAt(now).
		Exec(ctx)
	if err != nil {
		return "", fmt.Errorf("write a receipt: %w", err)
	}
	return code, nil
}

// Receipt is what became of a deletion.
type Receipt struct {
	Platform    string // its name; empty: a person with everything they owned
	Code        string
	Cause       Cause
	AskedAt     time.Time
	DoneAt      *time.Time
	Nothing     bool       // we held nothing of that account
	CopiesUntil *time.Time // when the last copy that this program made and that may hold it ends; nil: none is made
	Embedded    bool       // the database is this program's own file; else its operator keeps logs and dumps of it
}

// Kept says, a sentence each, where what was deleted may still be, and until when.
func (r Receipt) Kept() []words.Text {
	var out []words.Text
	if r.CopiesUntil != nil {
		out = append(out, words.New("door.receipt.copies", "Day", words.Date(*r.CopiesUntil, time.UTC)))
	}
	if !r.Embedded {
		out = append(out, words.New("door.receipt.dumps"))
	}
	return out
}

// Receipt finds a deletion by its confirmation code. NOT_FOUND: there is no such one.
func (d *Deletions) Receipt(ctx context.Context, code string) (Receipt, error) {
	none := fault.New(fault.NotFound, words.New("errors.connect.noDeletion"))
	if len(code) != receiptLength || platform.ShortCode(code) == "" {
		return Receipt{}, none
	}
	done, err := d.o.Store.Read.Deletion.Get(ctx, code)
	if store.Missing(err) {
		return Receipt{}, none
	}
	if err != nil {
		return Receipt{}, fmt.Errorf("read a receipt: %w", err)
	}
	r := Receipt{
		Code: done.ID, Cause: done.Cause, AskedAt: done.AskedAt, DoneAt: done.DoneAt, CopiesUntil: done.CopiesUntil,
		Embedded: d.o.Store.Embedded(),
	}
	if done.Platform != "" {
		r.Platform, r.Nothing = d.Grants.PlatformName(done.Platform), done.Connections == 0 && done.Cause == CausePlatform
	}
	return r, nil
}
