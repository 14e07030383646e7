package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"github.com/truecount/truecount/app/store"
)

// copies is the making of scheduled copies: one at a time, beside everything else.
type copies struct {
	mu     sync.Mutex
	under  bool      // one is being made
	tried  time.Time // the last that failed
	failed error
	closed bool
	cancel context.CancelFunc
	done   sync.WaitGroup
}

const (
	copyStamp = "20060102T150405Z"
	tryAgain  = time.Hour // after a copy that could not be made
)

var copyName = regexp.MustCompile(`^truecount-(\d{8}T\d{6}Z)\.db$`)

// Backup begins a copy of an SQLite database when the newest one in BACKUP_DIR is older than BACKUP_EVERY,
// and does not wait for it. It makes none in the sandbox and on PostgreSQL.
func (a *App) Backup(ctx context.Context) error {
	if !a.backsUp() {
		return nil
	}
	list, err := a.copies()
	if err != nil {
		return err
	}
	now := a.now().UTC()
	if at := newest(list, now); !at.IsZero() && now.Sub(at) < a.Config.Backup.Every {
		return nil
	}
	m := &a.copying
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.under || m.closed || (m.failed != nil && now.Sub(m.tried) < min(tryAgain, a.Config.Backup.Every)) {
		return nil
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	m.under, m.cancel = true, cancel
	m.done.Go(func() {
		defer cancel()
		err := a.copyNow(ctx, now)
		m.mu.Lock()
		defer m.mu.Unlock()
		m.under, m.tried, m.failed = false, now, err
		if err != nil && !m.closed {
			a.log.ErrorContext(ctx, "no copy of the database could be made", "error", err)
		}
	})
	return nil
}

func (a *App) backsUp() bool {
	return a.Store.Embedded() && !a.Config.Sandbox && a.Config.Backup.Every > 0
}

// LastBackup tells when the newest good copy was made, zero when there is none, and why the last try of
// this process failed.
func (a *App) LastBackup() (at time.Time, err error) {
	a.copying.mu.Lock()
	err = a.copying.failed
	a.copying.mu.Unlock()
	list, lerr := a.copies()
	return newest(list, a.now()), errors.Join(err, lerr)
}

// newest is when the last copy up to now was made. A name from a time to come, of a clock that was wrong,
// must not keep others from being made.
func newest(list []copied, now time.Time) (at time.Time) {
	for _, c := range list {
		if !c.at.After(now) {
			at = c.at
		}
	}
	return at
}

// copyNow makes a copy and forgets the oldest ones.
func (a *App) copyNow(ctx context.Context, now time.Time) error {
	dir := a.Config.Backup.Dir
	if err := store.SweepHalves(dir, copyName.MatchString); err != nil {
		return err
	}
	c, err := a.Store.Backup(ctx, filepath.Join(dir, "truecount-"+now.Format(copyStamp)+".db"))
	if err != nil {
		return err
	}
	a.log.InfoContext(ctx, "the database was copied", "file", c.Path, "bytes", c.Size, "connections", c.Connections)
	list, err := a.copies()
	if err != nil {
		return err
	}
	var errs []error
	for _, old := range list[:max(0, len(list)-a.Config.Backup.Keep)] {
		if err := os.Remove(old.path); err != nil {
			errs = append(errs, fmt.Errorf("forget an old copy: %w", err))
		}
	}
	return errors.Join(errs...)
}

type copied struct {
	path string
	at   time.Time
}

func (a *App) copies() ([]copied, error) { return scheduledCopies(a.Config.Backup.Dir) }

// scheduledCopies lists the scheduled copies of a directory, oldest first. Only a whole one has such a name. None when
// there is no such directory.
func scheduledCopies(dir string) ([]copied, error) {
	entries, err := os.ReadDir(dir) // sorted by name, and so by time
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for copies of the database: %w", err)
	}
	var out []copied
	for _, e := range entries {
		m := copyName.FindStringSubmatch(e.Name())
		if m == nil || !e.Type().IsRegular() {
			continue
		}
		if at, err := time.Parse(copyStamp, m[1]); err == nil {
			out = append(out, copied{filepath.Join(dir, e.Name()), at})
		}
	}
	return out, nil
}

// close breaks a copy off and waits for its end.
func (m *copies) close() error {
	m.mu.Lock()
	m.closed = true
	if m.cancel != nil {
		m.cancel()
	}
	m.mu.Unlock()
	m.done.Wait()
	return nil
}
