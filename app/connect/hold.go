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
	"github.com/truecount/truecount/ent/hold"
)

// holdFor is how long a platform that refused this installation is left alone.
const holdFor = time.Hour

// Hold notes that a platform refuses this installation: its credentials, its review, its approval.
// Nobody's connection is blamed, and nobody is asked for until the hold ends.
func (c *Connect) Hold(ctx context.Context, e *platform.Error) error { return c.hold(ctx, e) }

func (c *Connect) hold(ctx context.Context, e *platform.Error) error {
	now := c.o.Now()
	old, err := c.o.Store.Read.Hold.Get(ctx, e.Platform)
	if err != nil && !store.Missing(err) {
		return fmt.Errorf("read the hold of %s: %w", e.Platform, err)
	}
	since := now
	if old != nil && now.Sub(old.Until) < holdFor { // it goes on
		since = old.Since
	}
	detail := e.Detail
	if e.Native != "" {
		detail += " (" + e.Native + ")"
	}
	err = c.o.Store.Client.Hold.Create().SetID(e.Platform).SetCode(string(fault.AppRefused)).SetDetail(detail).SetSince(since).SetUntil(now.Add(holdFor)).
		OnConflictColumns("id").UpdateNewValues().Exec(ctx)
	if err != nil {
		return fmt.Errorf("hold %s: %w", e.Platform, err)
	}
	return nil
}

// Held gives the error of a platform that is left alone at present, nil when it is not.
func (c *Connect) Held(ctx context.Context, platformID string) error {
	h, err := c.o.Store.Read.Hold.Get(ctx, platformID)
	if store.Missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the hold of %s: %w", platformID, err)
	}
	wait := h.Until.Sub(c.o.Now())
	if wait <= 0 {
		return nil
	}
	return &platform.Error{
		Platform: platformID, Step: platform.StepToken, Code: fault.AppRefused, RetryAfter: wait, AppWide: true, Status: -1,
		Detail: "the platform refuses this installation; it is asked again later",
	}
}

// AskAgain ends a hold by an admin's word: they have mended what was wrong. The platform is really asked
// next, and held again if it refuses again. It reports whether there was a hold.
func (c *Connect) AskAgain(ctx context.Context, platformID string) (bool, error) {
	now := c.o.Now()
	held := false
	err := c.o.Store.Tx(ctx, func(tx store.Tx) error {
		old, err := tx.Hold.Get(ctx, platformID)
		if err != nil && !store.Missing(err) {
			return err
		}
		since := now
		if held = err == nil && old.Until.After(now); err == nil {
			since = old.Since
		}
		// The row stays: it says since when the platform refuses, and that somebody asked after that.
		return tx.Hold.Create().SetID(platformID).SetCode(string(fault.AppRefused)).SetSince(since).SetUntil(now).
			OnConflictColumns(hold.FieldID).Update(func(u *ent.HoldUpsert) { u.UpdateUntil() }).Exec(ctx)
	})
	if err != nil {
		return false, fmt.Errorf("end the hold of %s: %w", platformID, err)
	}
	return held, nil
}

// PlatformOf names the platform of a connection of our source; NOT_CONNECTED: there is none.
func (c *Connect) PlatformOf(ctx context.Context, connectionID string) (string, error) {
	row, err := c.o.Store.Read.Connection.Query().Where(connection.ID(connectionID), connection.SourceEQ(c.source())).Select(connection.FieldPlatform).Only(ctx)
	if store.Missing(err) {
		return "", fault.New(fault.NotConnected, "There is no such connection.")
	}
	if err != nil {
		return "", fmt.Errorf("read connection %s: %w", connectionID, err)
	}
	return row.Platform, nil
}

// release forgets a hold, or a pause.
func (c *Connect) release(ctx context.Context, id string) error {
	err := c.o.Store.Client.Hold.DeleteOneID(id).Exec(ctx)
	if err != nil && !store.Missing(err) {
		return fmt.Errorf("release %s: %w", id, err)
	}
	return nil
}
