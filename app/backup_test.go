package app_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/viewer"
)

// turned is a clock that a test turns.
type turned struct{ at atomic.Int64 }

func (c *turned) now() time.Time             { return time.Unix(0, c.at.Load()).UTC() }
func (c *turned) turn(d time.Duration)       { c.at.Add(int64(d)) }
func clockAt(t time.Time) *turned            { c := &turned{}; c.at.Store(t.UnixNano()); return c }
func (c *turned) file() string               { return "truecount-" + c.now().Format("20060102T150405Z") + ".db" }
func ls(t *testing.T, dir string) (s string) { return strings.Join(listed(t, dir), " ") }

func listed(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// keeper is the program with copies made every hour, three of them kept.
func keeper(t *testing.T, c *turned, more map[string]string) (*app.App, string) {
	t.Helper()
	const base = "http://127.0.0.1:1"
	w, address := abroad(t, base, nil)
	dir := filepath.Join(t.TempDir(), "copies")
	vars := settings(t, w, address, base, "sqlite://"+filepath.Join(t.TempDir(), "test.db"))
	vars["BACKUP_EVERY"], vars["BACKUP_KEEP"], vars["BACKUP_DIR"] = "1h", "3", dir
	for k, v := range more {
		vars[k] = v
	}
	a, err := app.Open(viewer.System(t.Context(), viewer.ReasonTest), app.Options{Config: load(t, vars), Now: c.now, Serve: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a, vars["BACKUP_DIR"]
}

// D4: copies are made by their names' age, the oldest go, and nothing else in the directory is touched.
func TestScheduledCopies(t *testing.T) {
	t.Parallel()
	c := clockAt(time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC))
	a, dir := keeper(t, c, nil)
	if at, err := a.Backups.Last(); !at.IsZero() || err != nil {
		t.Errorf("before any: got %v, %v", at, err)
	}
	ahead := filepath.Join(dir, "truecount-20300101T000000Z.db") // of a clock that was wrong once
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ahead, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		at := c.now()
		until(t, "a copy", func() bool { // asked again and again, it makes one
			if err := a.Backups.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			got, err := a.Backups.Last()
			return err == nil && got.Equal(at)
		})
		c.turn(59 * time.Minute)
		if err := a.Backups.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if dir := ls(t, dir); strings.Contains(dir, c.file()) {
			t.Errorf("after 59 minutes: got %s, want no further copy", dir)
		}
		if at.Hour() == 4 { // what is not a scheduled copy stays, what a killed process left goes
			for _, name := range []string{"truecount-mine.db", "truecount-20200101T000000Z.db.gz", ".truecount-20261101T000000Z.db.77.part", ".other.db.1.part"} {
				if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		c.turn(time.Minute)
	}
	const want = ".other.db.1.part truecount-20200101T000000Z.db.gz truecount-20261123T070000Z.db truecount-20261123T080000Z.db truecount-20300101T000000Z.db truecount-mine.db"
	until(t, "the oldest to go", func() bool { return ls(t, dir) == want })
	if _, err := store.Inspect(t.Context(), filepath.Join(dir, "truecount-20261123T080000Z.db")); err != nil {
		t.Errorf("got %v, want a whole copy", err)
	}
}

// A copy that cannot be made is told, tried again after an hour, and stops nothing.
func TestACopyThatFails(t *testing.T) {
	t.Parallel()
	c := clockAt(time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC))
	a, dir := keeper(t, c, map[string]string{"BACKUP_EVERY": "24h"})
	taken := filepath.Join(dir, c.file())
	if err := os.MkdirAll(taken, 0o700); err != nil { // the name is taken by something that is no copy
		t.Fatal(err)
	}
	asked := func(done func(at time.Time, err error) bool) func() bool {
		return func() bool {
			if err := a.Backups.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			return done(a.Backups.Last())
		}
	}
	for range 3 {
		until(t, "the failure", asked(func(at time.Time, err error) bool { return at.IsZero() && err != nil }))
		c.turn(20 * time.Minute)
	}
	until(t, "a copy", asked(func(at time.Time, err error) bool { return err == nil && at.Equal(c.now()) }))
	if got, want := ls(t, dir), filepath.Base(taken)+" "+c.file(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What must not be copied is not: the sandbox's numbers, and nothing with copies off. After the end none begins.
func TestNoCopies(t *testing.T) {
	t.Parallel()
	c := clockAt(time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC))
	off, dir := keeper(t, c, map[string]string{"BACKUP_EVERY": "0"})
	ended, endedDir := keeper(t, c, nil)
	if err := ended.Close(); err != nil {
		t.Fatal(err)
	}
	cfg := load(t, map[string]string{"ADDR": "127.0.0.1:0", "DATABASE_URL": "sqlite://" + filepath.Join(t.TempDir(), "test.db")})
	sandbox, err := app.Open(viewer.System(t.Context(), viewer.ReasonTest), app.Options{Config: cfg, Now: c.now, Serve: true, Inside: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []*app.App{off, ended, sandbox} {
		if err := a.Backups.Run(context.Background()); err != nil {
			t.Error(err)
		}
	}
	if err := sandbox.Close(); err != nil {
		t.Error(err)
	}
	if err := off.Close(); err != nil {
		t.Error(err)
	}
	for _, dir := range []string{dir, endedDir, cfg.Backup.Dir} {
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("got copies in %s, want none", dir)
		}
	}
}
