package app

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
	"github.com/truecount/truecount/app/platform/all"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/viewer"
)

// Restore is a copy about to take the place of the database. While it is open no server starts.
type Restore struct {
	Copy     store.Snapshot
	Path     string // of the database
	Since    connect.Since
	Shut     auth.ShutOut
	Again    connect.Again
	Unread   bool // there is a database that cannot be read
	Replaces bool // there is one, readable or not
	Vanished bool // there was one, and it is gone: nothing tells what was erased since

	now     time.Time
	specs   []platform.Spec
	release func() error
}

// OpenRestore checks that a copy is whole and may take the database's place: no server runs, and the
// keyset opens it. It changes nothing and calls nobody. Close what it gives.
func OpenRestore(ctx context.Context, c config.Config, file string, now time.Time) (r *Restore, err error) {
	ctx = viewer.System(ctx)
	path := strings.TrimPrefix(c.DatabaseURL.Reveal(), "sqlite://")
	if same(file, path) {
		return nil, fmt.Errorf("%s is the present database itself", file)
	}
	r = &Restore{Path: path, now: now}
	for _, m := range all.Platforms().Makers() {
		r.specs = append(r.specs, m.Spec)
	}
	if r.Copy, err = store.Inspect(ctx, file); err != nil {
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
	copied, err := store.Peek(ctx, file)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, copied.Close()) }()
	if err := opens(ctx, c, copied); err != nil {
		return r, err
	}
	return r, r.compare(ctx, copied)
}

func same(a, b string) bool {
	x, err := os.Stat(a)
	y, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(x, y)
}

// opens refuses a copy that the configured keyset does not open.
func opens(ctx context.Context, c config.Config, copied *store.Store) error {
	sealed, err := grants.Sealed(ctx, copied)
	if err != nil || !sealed {
		return err
	}
	keys, err := (&App{Config: c, Store: copied}).openVault(ctx)
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
		err = r.against(ctx, copied)
		if r.Unread = err != nil; !r.Unread {
			return nil
		}
	}
	return r.hold(ctx, copied, nil)
}

func (r *Restore) against(ctx context.Context, copied *store.Store) (err error) {
	present, err := store.Open(ctx, "sqlite://"+r.Path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, present.Close()) }()
	return r.hold(ctx, copied, present)
}

// hold holds the copy against the present database, nil for none.
func (r *Restore) hold(ctx context.Context, copied, present *store.Store) (err error) {
	if r.Since, err = connect.Compare(ctx, copied, present, r.specs, r.now); err != nil {
		return err
	}
	if r.Shut, err = auth.Compare(ctx, copied, present); err != nil {
		return err
	}
	r.Again, err = connect.CompareErasures(ctx, copied, present, r.Copy.Written)
	return err
}

// Asks reports whether somebody must agree: something of worth would be moved aside, or nothing tells what was erased
// since the copy was made, so that it may come back.
func (r *Restore) Asks() bool {
	return r.Unread || r.Vanished || r.Since.Present > 0 || (r.Replaces && !r.Again.Known)
}

// Aside is where the present database goes.
func (r *Restore) Aside() string { return store.Aside(r.Path, r.now) }

// Do puts the copy in place, and the present database aside. What is put in place lets nobody in by a session or a
// link of then, nor whom the present database shuts out; the copy itself is not changed.
func (r *Restore) Do(ctx context.Context) error {
	ctx = viewer.System(ctx)
	return store.Replace(ctx, r.Copy.Path, r.Path, r.Aside(), func(s *store.Store) error {
		if err := r.Shut.Apply(ctx, s, r.now); err != nil {
			return err
		}
		if err := connect.Forget(ctx, s); err != nil {
			return err
		}
		held, err := r.Again.Apply(ctx, s)
		if err != nil {
			return err
		}
		if held {
			if err := s.Rewrite(ctx); err != nil { // nothing of it stays in the file's gaps
				return err
			}
		}
		if r.Again.Last.IsZero() {
			return nil
		}
		return noteCleaned(ctx, s, r.Again.Last) // the database that is moved aside holds none of it, and may stay
	})
}

// Close lets servers start again.
func (r *Restore) Close() error { return r.release() }

// Tell says what the copy means, in sentences that blame nobody.
func (r *Restore) Tell() []string {
	out := []string{r.age()}
	if s := r.usedUp(); s != "" {
		out = append(out, s)
	}
	switch s := r.Since; {
	case r.Unread:
		out = append(out, "The present database cannot be read.")
	case s.Ended > 0 || s.Made > 0:
		out = append(out, fmt.Sprintf("Disconnected or deleted since, and to be ended again: %d. Connected since, and not in it: %d.", s.Ended, s.Made))
	}
	switch a := r.Again; {
	case a.People+a.Accounts > 0:
		out = append(out, fmt.Sprintf("Erased since, and erased in the copy again: %s, %s of others.", people(a.People), count(a.Accounts, "account")))
	case !a.Known:
		out = append(out, "Nothing tells what was erased since the copy was made: people and accounts that were erased come back. Erase them again.")
	}
	return append(out, r.doors()...)
}

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

// doors says who may come in afterwards.
func (r *Restore) doors() []string {
	s := r.Shut
	out := []string{fmt.Sprintf("Everybody has to sign in again. Sessions of then that end: %d, links that were not used yet and end: %d.", s.Sessions, s.Links)}
	if s.Known {
		out = append(out, fmt.Sprintf("Since then, and it stays so: accounts disabled: %d, admins made creators: %d, passwords changed: %d, API tokens revoked: %d. API tokens that stay valid: %d.",
			s.Disabled(), s.Demoted(), s.Passwords(), s.Revoked(), s.Tokens))
	} else {
		out = append(out, fmt.Sprintf("Nothing tells which accounts were disabled, passwords changed and API tokens revoked since: they are as they were then, among them %s. Look at People before others do.",
			count(s.Tokens, "valid API token")))
	}
	if s.Admins == 0 {
		out = append(out, "No admin can sign in afterwards: make one with truecount user create.")
	}
	return out
}

func (r *Restore) age() string {
	holds := fmt.Sprintf("holds %s", count(r.Copy.Connections, "connection"))
	if r.Copy.Written.IsZero() {
		return fmt.Sprintf("%s %s.", r.Copy.Path, holds)
	}
	return fmt.Sprintf("%s was last written %s, %s ago, and %s; what was synced since is not in it.",
		r.Copy.Path, r.Copy.Written.Format("2 Jan 2006 15:04 MST"), ago(r.now.Sub(r.Copy.Written)), holds)
}

// usedUp says what rotation costs: the platform takes each refresh token once, and the copy may hold one
// that was taken already.
func (r *Restore) usedUp() string {
	var names []string
	n := 0
	for _, s := range r.specs {
		if of := r.Since.UsedUp[s.ID]; of > 0 {
			names = append(names, s.Name)
			n += of
		}
	}
	if n == 0 {
		return ""
	}
	who, may := strings.Join(names, " and "), "has given newer ones"
	if !r.Since.Known {
		may = "has probably given newer ones"
	}
	return fmt.Sprintf("%s takes each refresh token once, and %s since for %s: each will cost one call and then ask its creator to reconnect.",
		who, may, count(n, "of these connections"))
}

func count(n int, what string) string {
	if n != 1 && !strings.HasSuffix(what, "s") {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// ago is a length of time in its largest unit.
func ago(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return count(int(d/time.Hour), "hour")
	default:
		return count(int(max(d, 0)/time.Minute), "minute")
	}
}
