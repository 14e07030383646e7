package backup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/viewer"
)

// Erasures is what a Cleaner asks about erasures. Connect answers it.
type Erasures interface {
	// LastErasure is when something was erased first and last after a moment; nil for never.
	LastErasure(ctx context.Context, since time.Time) (first, last *time.Time, err error)
}

// CleanerOptions is what a Cleaner is made of.
type CleanerOptions struct {
	Store    *store.Store
	Erasures Erasures
	Zone     *time.Location // of the night; nil: UTC
	Now      func() time.Time
	Log      *slog.Logger
}

// Cleaner removes what an erasure leaves behind outside of the tables. Its methods may be called at once.
type Cleaner struct {
	o CleanerOptions

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

// NewCleaner makes the cleaner of one database.
func NewCleaner(o CleanerOptions) *Cleaner { return &Cleaner{o: o} }

// Run removes the database's log at once, and in the night after an erasure the gaps in the file and the databases that
// restores moved aside. Jobs calls it every minute.
func (c *Cleaner) Run(ctx context.Context) error {
	since, err := c.cleanedUntil(ctx)
	if err != nil {
		return err
	}
	first, last, err := c.o.Erasures.LastErasure(ctx, since)
	if err != nil || last == nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.truncated.Before(*last) {
		done, err := c.o.Store.Truncate(ctx)
		if err != nil {
			return err
		}
		if done {
			c.truncated = *last
		}
	}
	now := c.o.Now()
	if now.Before(compactAt(*first, c.o.Zone)) || now.Sub(c.failed) < compactWait {
		return nil
	}
	if err := c.compact(ctx, *last); err != nil {
		c.failed = now
		if errors.Is(err, store.ErrNoSpace) {
			c.o.Log.WarnContext(
				ctx,
				"what was erased is overwritten in the database, but the file could not be rewritten",
				"error",
				err,
			)
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

// compact rewrites the database file without what was erased up to a time, and removes the older databases that hold
// it.
func (c *Cleaner) compact(ctx context.Context, erased time.Time) error {
	if err := c.o.Store.Compact(ctx); err != nil {
		return err
	}
	if c.o.Store.Embedded() {
		n, err := store.RemoveAside(c.o.Store.Path, erased)
		if err != nil {
			return err
		}
		if n > 0 {
			c.o.Log.InfoContext(
				ctx,
				"databases that a restore had moved aside were removed: they held what was erased since",
				"files",
				n,
			)
		}
	}
	if err := noteCleaned(ctx, c.o.Store, erased); err != nil {
		return err
	}
	_, err := c.o.Store.Truncate(ctx)
	return err
}

// noteCleaned notes in a database that what was erased up to a time is not in its files any more.
func noteCleaned(ctx context.Context, s *store.Store, until time.Time) error {
	err := s.Client.Meta.Create().
		SetID(cleanedKey).
		SetValue([]byte(until.UTC().Format(time.RFC3339Nano))).
		OnConflictColumns("id").
		UpdateValue().
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("note that the database was cleaned: %w", err)
	}
	return nil
}

// RunNow removes all of it at once, for a command: nobody else is kept waiting. Beside a server, which served reports,
// it leaves the file to the server.
func (c *Cleaner) RunNow(ctx context.Context, served func(context.Context) (bool, error)) error {
	ctx = viewer.System(ctx, viewer.ReasonBackup)
	since, err := c.cleanedUntil(ctx)
	if err != nil {
		return err
	}
	_, last, err := c.o.Erasures.LastErasure(ctx, since)
	if err != nil || last == nil {
		return err
	}
	if there, err := served(ctx); err != nil || there {
		return err
	}
	err = c.compact(ctx, *last)
	if errors.Is(err, store.ErrNoSpace) {
		return nil // the next server tries again
	}
	return err
}

func (c *Cleaner) cleanedUntil(ctx context.Context) (time.Time, error) {
	m, err := c.o.Store.Read.Meta.Get(ctx, cleanedKey)
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
