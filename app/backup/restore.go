package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/connect/grants"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/words"
)

// Restore is a copy about to take the place of the database, and what was found by comparing the two. While it is open
// no server starts.
type Restore struct {
	Copy       store.Snapshot
	Path       string // of the database
	Since      connect.Comparison
	Access     auth.AccessSince
	Erased     connect.ErasedSince
	Unreadable bool // there is a database that cannot be read
	Replaces   bool // there is one, readable or not
	Vanished   bool // there was one, and it is gone: nothing tells what was erased since

	now     time.Time
	specs   []platform.Spec
	release func() error
}

// RestoreOptions is what a Restore is opened with.
type RestoreOptions struct {
	Config config.Config
	Makers []platform.Maker // every platform
	File   string           // the copy
	Now    time.Time
}

// OpenRestore checks that a copy is whole and may take the database's place: no server runs, and the
// keyset opens it. It changes nothing and calls nobody. Close what it gives.
func OpenRestore(ctx context.Context, o RestoreOptions) (r *Restore, err error) {
	ctx = viewer.System(ctx, viewer.ReasonBackup)
	path := strings.TrimPrefix(o.Config.DatabaseURL.Reveal(), "sqlite://")
	if sameFile(o.File, path) {
		return nil, errors.New(words.English.Say("errors.database.itself", "Path", o.File))
	}
	r = &Restore{Path: path, now: o.Now}
	for _, m := range o.Makers {
		r.specs = append(r.specs, m.Spec)
	}
	if r.Copy, err = store.Inspect(ctx, o.File); err != nil {
		return nil, err
	}
	if r.release, err = store.Claim(ctx, path); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
			r = nil
		}
	}()
	copied, err := store.Peek(ctx, o.File)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, copied.Close()) }()
	if err := checkKeyset(ctx, o.Config, copied); err != nil {
		return r, err
	}
	return r, r.compare(ctx, copied)
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	y, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(x, y)
}

// checkKeyset refuses a copy that the configured keyset does not open.
func checkKeyset(ctx context.Context, c config.Config, copied *store.Store) error {
	sealed, err := grants.Sealed(ctx, copied)
	if err != nil || !sealed {
		return err
	}
	keys, err := grants.Keyset(ctx, copied, c.EncryptionKeys, c.KeysFile())
	if err != nil {
		return err
	}
	return grants.Opens(ctx, copied, keys)
}

// compare looks at the database there is. One that cannot be read may hold anything.
func (r *Restore) compare(ctx context.Context, copied *store.Store) (err error) {
	info, err := os.Stat(r.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look at the present database: %w", err)
	}
	r.Replaces = err == nil
	if _, marked := store.ReadMarker(r.Path); marked {
		r.Vanished = !r.Replaces || info.Size() == 0
	}
	if r.Replaces && info.Size() > 0 {
		err = r.comparePresent(ctx, copied)
		if r.Unreadable = err != nil; !r.Unreadable {
			return nil
		}
	}
	return r.compareWith(ctx, copied, nil)
}

func (r *Restore) comparePresent(ctx context.Context, copied *store.Store) (err error) {
	present, err := store.Open(ctx, "sqlite://"+r.Path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, present.Close()) }()
	return r.compareWith(ctx, copied, present)
}

// compareWith compares the copy with the present database, nil for none.
func (r *Restore) compareWith(ctx context.Context, copied, present *store.Store) (err error) {
	if r.Since, err = connect.Compare(ctx, copied, present, r.specs, r.now); err != nil {
		return err
	}
	if r.Access, err = auth.Compare(ctx, copied, present); err != nil {
		return err
	}
	r.Erased, err = connect.CompareErasures(ctx, copied, present, r.Copy.Written)
	return err
}

// NeedsConsent reports whether somebody must agree: something of worth would be moved aside, or nothing tells what was
// erased since the copy was made, so that it may come back.
func (r *Restore) NeedsConsent() bool {
	return r.Unreadable || r.Vanished || r.Since.Present > 0 || (r.Replaces && !r.Erased.Known)
}

// Aside is where the present database goes.
func (r *Restore) Aside() string { return store.Aside(r.Path, r.now) }

// Apply puts the copy in place, and the present database aside. What is put in place lets nobody in by a session or a
// link of then, nor whom the present database shuts out; the copy itself is not changed.
func (r *Restore) Apply(ctx context.Context) error {
	ctx = viewer.System(ctx, viewer.ReasonBackup)
	return store.Replace(ctx, r.Copy.Path, r.Path, r.Aside(), func(s *store.Store) error {
		if err := r.Access.Apply(ctx, s, r.now); err != nil {
			return err
		}
		if err := connect.Forget(ctx, s); err != nil {
			return err
		}
		held, err := r.Erased.Apply(ctx, s)
		if err != nil {
			return err
		}
		if held {
			if err := s.Rewrite(ctx); err != nil { // nothing of it stays in the file's gaps
				return err
			}
		}
		if r.Erased.Last.IsZero() {
			return nil
		}
		return noteCleaned(ctx, s, r.Erased.Last) // the database that is moved aside holds none of it, and may stay
	})
}

// Close lets servers start again.
func (r *Restore) Close() error { return r.release() }
