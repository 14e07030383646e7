package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"github.com/truecount/truecount/app/store"
)

// Options is what Copies are made of.
type Options struct {
	Store   *store.Store
	Dir     string        // where the copies lie
	Every   time.Duration // between two of them; 0: none is made
	Keep    int           // how many are kept
	Sandbox bool          // made-up numbers are not copied
	Now     func() time.Time
	Started time.Time // of this process: it has its time before a copy is late
	Log     *slog.Logger
}

// Copies makes the scheduled copies of one database: one at a time, beside everything else. All its methods may be
// called at once.
type Copies struct {
	o Options

	mu      sync.Mutex
	running bool      // one is being made
	tried   time.Time // the last that failed
	failed  error
	closed  bool
	cancel  context.CancelFunc
	done    sync.WaitGroup
}

// New makes the copies of one database. Close them before the store.
func New(o Options) *Copies { return &Copies{o: o} }

const (
	copyStamp = "20060102T150405Z"
	tryAgain  = time.Hour     // after a copy that could not be made
	lateAfter = 2 * time.Hour // how much later than asked a copy may be before somebody is told
)

var copyName = regexp.MustCompile(`^truecount-(\d{8}T\d{6}Z)\.db$`)

// Run begins a copy when the newest one is older than BACKUP_EVERY, and does not wait for it. It makes none in the
// sandbox and on PostgreSQL. Jobs calls it every minute.
func (c *Copies) Run(ctx context.Context) error {
	if !c.Scheduled() {
		return nil
	}
	list, err := listCopies(c.o.Dir)
	if err != nil {
		return err
	}
	now := c.o.Now().UTC()
	if at := newest(list, now); !at.IsZero() && now.Sub(at) < c.o.Every {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running || c.closed || (c.failed != nil && now.Sub(c.tried) < min(tryAgain, c.o.Every)) {
		return nil
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c.running, c.cancel = true, cancel
	c.done.Go(func() {
		defer cancel()
		err := c.copy(ctx, now)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.running, c.tried, c.failed = false, now, err
		if err != nil && !c.closed {
			c.o.Log.ErrorContext(ctx, "no copy of the database could be made", "error", err)
		}
	})
	return nil
}

// Scheduled reports whether this program makes copies.
func (c *Copies) Scheduled() bool { return c.o.Store.Embedded() && !c.o.Sandbox && c.o.Every > 0 }

// Last tells when the newest good copy was made, zero when there is none, and why the last try of this process failed.
func (c *Copies) Last() (at time.Time, err error) {
	c.mu.Lock()
	err = c.failed
	c.mu.Unlock()
	list, lerr := listCopies(c.o.Dir)
	return newest(list, c.o.Now()), errors.Join(err, lerr)
}

// Trouble says in a sentence that no copy was made in time; empty: all is well, or none is made here. Alerts asks it.
func (c *Copies) Trouble(context.Context) string {
	if !c.Scheduled() {
		return ""
	}
	at, err := c.Last()
	since := at
	if since.Before(c.o.Started) {
		since = c.o.Started
	}
	if c.o.Now().Sub(since) <= c.o.Every+lateAfter && err == nil {
		return ""
	}
	return trouble(at, err)
}

// KeptUntil is when the last copy that holds what is in the database now will have been replaced. Nil: none is made
// here.
func (c *Copies) KeptUntil() *time.Time {
	if !c.Scheduled() {
		return nil
	}
	at := c.o.Now().Add(time.Duration(c.o.Keep+1) * c.o.Every).UTC()
	return &at
}

// newest is when the last copy up to now was made. A name from a time to come, of a clock that was wrong,
// must not keep others from being made.
func newest(list []file, now time.Time) (at time.Time) {
	for _, c := range list {
		if !c.at.After(now) {
			at = c.at
		}
	}
	return at
}

// copy makes a copy and deletes the oldest ones.
func (c *Copies) copy(ctx context.Context, now time.Time) error {
	dir := c.o.Dir
	if err := store.SweepHalves(dir, copyName.MatchString); err != nil {
		return err
	}
	made, err := c.o.Store.Backup(ctx, filepath.Join(dir, "truecount-"+now.Format(copyStamp)+".db"))
	if err != nil {
		return err
	}
	c.o.Log.InfoContext(
		ctx,
		"the database was copied",
		"file",
		made.Path,
		"bytes",
		made.Size,
		"connections",
		made.Connections,
	)
	list, err := listCopies(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, old := range list[:max(0, len(list)-c.o.Keep)] {
		if err := os.Remove(old.path); err != nil {
			errs = append(errs, fmt.Errorf("forget an old copy: %w", err))
		}
	}
	return errors.Join(errs...)
}

// file is one scheduled copy.
type file struct {
	path string
	at   time.Time
}

// listCopies lists the scheduled copies of a directory, oldest first. Only a whole one has such a name. None when
// there is no such directory.
func listCopies(dir string) ([]file, error) {
	entries, err := os.ReadDir(dir) // sorted by name, and so by time
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for copies of the database: %w", err)
	}
	var out []file
	for _, e := range entries {
		m := copyName.FindStringSubmatch(e.Name())
		if m == nil || !e.Type().IsRegular() {
			continue
		}
		if at, err := time.Parse(copyStamp, m[1]); err == nil {
			out = append(out, file{filepath.Join(dir, e.Name()), at})
		}
	}
	return out, nil
}

// Close breaks a copy off and waits for its end.
func (c *Copies) Close() error {
	c.mu.Lock()
	c.closed = true
	if c.cancel != nil {
		c.cancel()
	}
	c.mu.Unlock()
	c.done.Wait()
	return nil
}
