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
	"github.com/truecount/truecount/ent/connection"
)

// Pause stops the syncs of a connection by an admin's word; its access is kept alive. NOT_FOUND: no such
// connection; CONFLICT: it cannot be paused as it is.
func (c *Connect) Pause(ctx context.Context, id string) error {
	return c.change(ctx, id, func(tx store.Tx) error {
		n, err := tx.Connection.Update().Where(connection.ID(id), connection.StatusIn(lifecycle.SyncableConnections()...)).
			SetStatus(connection.StatusPaused).SetStatusCode("").SetStatusDetail("").SetStatusSince(c.o.Now()).Save(ctx)
		if err != nil {
			return err
		}
		if n != 1 {
			return fault.New(fault.Conflict, words.New("errors.connect.notPausable"))
		}
		row, err := tx.Connection.Get(ctx, id)
		if err != nil {
			return err
		}
		if err := c.Grants.SetDeletionTime(ctx, tx, row); err != nil {
			return err
		}
		if err := c.Grants.AddEvent(ctx, tx, id, grants.EventPaused, "",
			words.English.Say("creator.event.paused")); err != nil {
			return err
		}
		return c.o.Queue.Drop(ctx, tx, id, fault.Conflict, words.English.Say("errors.run.paused"))
	})
}

// Resume gives a paused connection back the status that its access has. NOT_FOUND: no such connection;
// CONFLICT: it is not paused.
func (c *Connect) Resume(ctx context.Context, id string) error {
	return c.change(ctx, id, func(tx store.Tx) error {
		row, err := tx.Connection.Get(ctx, id)
		if err != nil {
			return err
		}
		p, ok := c.o.Platforms.Get(row.Platform)
		if !ok {
			return fault.New(fault.NotFound, words.New("errors.noPlatform"))
		}
		status, code := connection.StatusConnected, "" // the next sweep says if access ends soon
		if _, missing := p.Spec().MissingScopes(row.Scopes); len(missing) > 0 {
			status, code = connection.StatusLimited, string(fault.ScopeMissing)
		}
		n, err := tx.Connection.Update().Where(connection.ID(id), connection.StatusEQ(connection.StatusPaused)).
			SetStatus(status).SetStatusCode(code).SetStatusSince(c.o.Now()).ClearDeleteBy().Save(ctx)
		if err != nil {
			return err
		}
		if n != 1 {
			return fault.New(fault.Conflict, words.New("errors.connect.notPaused"))
		}
		return c.Grants.AddEvent(ctx, tx, id, grants.EventResumed, "", words.English.Say("creator.event.resumed"))
	})
}

// change makes an admin's change to a connection of our source.
func (c *Connect) change(ctx context.Context, id string, do func(store.Tx) error) error {
	there, err := c.o.Store.Read.Connection.Query().Where(connection.ID(id), connection.SourceEQ(c.source())).Exist(ctx)
	if err != nil {
		return fmt.Errorf("read connection %s: %w", id, err)
	}
	if !there {
		return fault.New(fault.NotFound, words.New("errors.noConnection"))
	}
	return c.o.Store.Tx(ctx, do)
}

// noEnd is the end of a pause that nobody has set.
const noEnd = 100 * 365 * 24 * time.Hour

// PausePlatform stops all syncs of a platform by an admin's word; access is kept alive. Twice changes
// nothing.
func (c *Connect) PausePlatform(ctx context.Context, platformID string) error {
	now := c.o.Now()
	err := c.o.Store.Client.Hold.Create().
		SetID(platform.PauseOf(platformID)).
		SetCode(platform.PausedCode).
		SetSince(now).
		SetUntil(now.Add(noEnd)).
		OnConflictColumns("id").
		Ignore().
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("pause %s: %w", platformID, err)
	}
	return nil
}

// ResumePlatform ends it.
func (c *Connect) ResumePlatform(ctx context.Context, platformID string) error {
	return c.Grants.Release(ctx, platform.PauseOf(platformID))
}
