package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"entgo.io/ent/dialect"
	"github.com/gofrs/flock"

	"github.com/truecount/truecount/app/words"
)

// fileLock is an advisory lock of the operating system on a file of its own: it ends with its process.
type fileLock struct{ f *flock.Flock }

var errLocked = errors.New("another process holds the lock")

func tryFileLock(path string) (*fileLock, error) {
	f := flock.New(path, flock.SetPermissions(0o600))
	got, err := f.TryLock()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	if !got {
		return nil, errors.Join(errLocked, f.Close())
	}
	return &fileLock{f}, nil
}

func waitFileLock(ctx context.Context, path string) (*fileLock, error) {
	for {
		l, err := tryFileLock(path)
		if err == nil || !errors.Is(err, errLocked) {
			return l, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (l *fileLock) release() error { return l.f.Close() }

// Served takes the lock for much less than a glance.
const (
	glance  = 20 * time.Millisecond
	glances = 10
)

// LockServe makes this process the one server of an SQLite file; the lock lasts until Close. A
// second one is refused. On PostgreSQL any number may serve.
func (s *Store) LockServe() error {
	if s.Dialect != dialect.SQLite || s.lock != nil {
		return nil
	}
	l, err := tryFileLock(s.Path + ".serve.lock")
	for range glances { // whoever only looks holds it for a moment
		if !errors.Is(err, errLocked) {
			break
		}
		time.Sleep(glance)
		l, err = tryFileLock(s.Path + ".serve.lock")
	}
	if errors.Is(err, errLocked) {
		return errors.New(words.English.Say("errors.database.served", "Path", s.Path))
	}
	s.lock = l
	return err
}

// Served reports whether some serve holds the SQLite file now.
func (s *Store) Served() bool {
	if s.Dialect != dialect.SQLite || s.lock != nil {
		return false
	}
	if _, err := os.Stat(s.Path + ".serve.lock"); err != nil {
		return false // there never was one
	}
	l, err := tryFileLock(s.Path + ".serve.lock")
	if err != nil {
		return errors.Is(err, errLocked)
	}
	_ = l.release()
	return false
}
