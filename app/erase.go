package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/viewer"
)

// eraser is a room that keeps something of people: it deletes its part inside one transaction with all others.
type eraser interface {
	Erase(ctx context.Context, tx store.Tx, personID string) error
}

// erasers lists the rooms that write tables, in the order in which they let go: what refers to something goes before it.
func (a *App) erasers() []eraser { return []eraser{a.Syncer, a.Alerts, a.Connect.Deletions, a.Auth} }

// Erase deletes a person with everything they own, in one transaction, ends their access at the platforms, and leaves a
// receipt. NOT_FOUND: there is no such person; CONFLICT: they are the last admin.
func (a *App) Erase(ctx context.Context, personID string, cause connect.Cause) (out connect.Erasure, err error) {
	ctx = viewer.System(context.WithoutCancel(ctx))
	grants, err := a.Connect.Accesses(ctx, personID)
	if err != nil {
		return out, err
	}
	if out.Connections, err = a.Connect.Owned(ctx, personID); err != nil {
		return out, err
	}
	err = a.Store.Tx(ctx, func(tx store.Tx) error {
		if _, err := tx.User.Get(ctx, personID); err != nil {
			if store.Missing(err) {
				return fault.New(fault.NotFound, "There is no such person.")
			}
			return fmt.Errorf("read %s: %w", personID, err)
		}
		for _, room := range a.erasers() {
			if err := room.Erase(ctx, tx, personID); err != nil {
				return err
			}
		}
		out.Receipt, err = a.Connect.Deletions.Erased(ctx, tx, personID, out.Connections, cause)
		return err
	})
	if err != nil {
		return out, err
	}
	// It is done: what is left over outside of the database is removed later, and is no reason to say otherwise.
	if out.Unconfirmed, err = grants.Revoke(ctx); err != nil {
		a.log.WarnContext(ctx, "a renewed token of somebody who was erased could not be removed from the spool", "error", err)
	}
	return out, nil
}

// copiesUntil is when the last scheduled copy of the database that holds what is there now will have been replaced. Nil:
// this program makes none.
func (a *App) copiesUntil() *time.Time {
	if !a.backsUp() {
		return nil
	}
	at := a.now().Add(time.Duration(a.Config.Backup.Keep+1) * a.Config.Backup.Every).UTC()
	return &at
}

// cleaning is how far this process has come with cleaning up.
type cleaning struct {
	mu        sync.Mutex
	truncated time.Time // the log was emptied after what was erased then
	failed    time.Time // the last try to rewrite the file that failed
}

const (
	cleanedKey  = "cleaned_until" // what was erased up to then is in no file of ours any more
	compactHour = 2               // of the night, in SYNC_TIMEZONE: before the syncs of the day begin
	compactMost = 23 * time.Hour  // and no later than that after an erasure
	compactWait = time.Hour       // after one that could not be done
)

// CleanUp removes what an erasure leaves behind outside of the tables: the database's log at once, and in the following
// night the gaps in the file and the databases that restores moved aside. It is called each minute.
func (a *App) CleanUp(ctx context.Context) error {
	since, err := a.cleanedUntil(ctx)
	if err != nil {
		return err
	}
	first, last, err := a.Connect.Deletions.LastErasure(ctx, since)
	if err != nil || last == nil {
		return err
	}
	m := &a.cleaning
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.truncated.Before(*last) {
		done, err := a.Store.Truncate(ctx)
		if err != nil {
			return err
		}
		if done {
			m.truncated = *last
		}
	}
	now := a.now()
	if now.Before(compactAt(*first, a.Config.SyncTimezone)) || now.Sub(m.failed) < compactWait {
		return nil
	}
	if err := a.compact(ctx, *last); err != nil {
		m.failed = now
		if errors.Is(err, store.ErrNoSpace) {
			a.log.WarnContext(ctx, "what was erased is overwritten in the database, but the file could not be rewritten", "error", err)
			return nil
		}
		return err
	}
	return nil
}

// compactAt is when the file is rewritten after an erasure.
func compactAt(erased time.Time, zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	local := erased.In(zone)
	at := time.Date(local.Year(), local.Month(), local.Day(), compactHour, 0, 0, 0, zone)
	if !at.After(erased) {
		at = time.Date(local.Year(), local.Month(), local.Day()+1, compactHour, 0, 0, 0, zone)
	}
	if latest := erased.Add(compactMost); at.After(latest) {
		return latest
	}
	return at
}

// compact rewrites the database file without what was erased up to a time, and removes the older databases that hold it.
func (a *App) compact(ctx context.Context, erased time.Time) error {
	if err := a.Store.Compact(ctx); err != nil {
		return err
	}
	if a.Store.Embedded() {
		n, err := store.RemoveAside(a.Store.Path, erased)
		if err != nil {
			return err
		}
		if n > 0 {
			a.log.InfoContext(ctx, "databases that a restore had moved aside were removed: they held what was erased since", "files", n)
		}
	}
	if err := noteCleaned(ctx, a.Store, erased); err != nil {
		return err
	}
	_, err := a.Store.Truncate(ctx)
	return err
}

// noteCleaned notes in a database that what was erased up to a time is not in its files any more.
func noteCleaned(ctx context.Context, s *store.Store, until time.Time) error {
	err := s.Client.Meta.Create().SetID(cleanedKey).SetValue([]byte(until.UTC().Format(time.RFC3339Nano))).OnConflictColumns("id").UpdateValue().Exec(ctx)
	if err != nil {
		return fmt.Errorf("note that the database was cleaned: %w", err)
	}
	return nil
}

// CleanUpNow is CleanUp for a command that works without a server: nobody else is kept waiting. Beside a server it leaves
// the file to it.
func (a *App) CleanUpNow(ctx context.Context) error {
	ctx = viewer.System(ctx)
	since, err := a.cleanedUntil(ctx)
	if err != nil {
		return err
	}
	_, last, err := a.Connect.Deletions.LastErasure(ctx, since)
	if err != nil || last == nil {
		return err
	}
	if served, err := a.Served(ctx); err != nil || served {
		return err
	}
	err = a.compact(ctx, *last)
	if errors.Is(err, store.ErrNoSpace) {
		return nil // the next server tries again
	}
	return err
}

func (a *App) cleanedUntil(ctx context.Context) (time.Time, error) {
	m, err := a.Store.Read.Meta.Get(ctx, cleanedKey)
	if store.Missing(err) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read when the database was last cleaned: %w", err)
	}
	at, err := time.Parse(time.RFC3339Nano, string(m.Value))
	if err != nil {
		return time.Time{}, nil //nolint:nilerr // not understood: it is cleaned once more
	}
	return at, nil
}

// ForgetOverdue has connect look at what only time changes, and notes what the platforms' terms had it delete.
func (a *App) ForgetOverdue(ctx context.Context) error {
	purged, err := a.Connect.Deletions.Sweep(ctx)
	for _, p := range purged {
		a.log.InfoContext(ctx, "data was deleted that may not be kept any longer", "platform", p.Platform, "connection", p.ConnectionID, "connection_removed", p.Removed)
		err = errors.Join(err, a.Auth.Record(ctx, auth.Event{Action: "purge", Target: p.Platform + "/" + p.ConnectionID, Result: "terms"}))
	}
	return err
}
