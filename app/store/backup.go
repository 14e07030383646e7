package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/truecount/truecount/app/words"
)

// Backup writes a consistent copy of an SQLite database to a new file, readable by its owner alone, while
// others go on writing. The copy is looked at with Inspect before it gets its name: what has the name is
// whole. A file that exists is never written over (fs.ErrExist).
func (s *Store) Backup(ctx context.Context, path string) (c Snapshot, err error) {
	if !s.Embedded() {
		return c, errors.New(words.English.Say("errors.database.postgresCopy"))
	}
	if path, err = filepath.Abs(path); err != nil {
		return c, fmt.Errorf("find the place for the copy: %w", err)
	}
	if _, err := os.Lstat(path); err == nil {
		return c, fmt.Errorf("write the copy to %s: %w", path, fs.ErrExist)
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return c, fmt.Errorf("make the copy's directory: %w", err)
	}
	part, err := halfFile(path)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, discard(part)) }()
	if err := s.copyInto(ctx, part); err != nil {
		return c, err
	}
	if err := syncFile(part); err != nil {
		return c, err
	}
	if c, err = Inspect(ctx, part); err != nil {
		return c, fmt.Errorf("look at the copy: %w", err)
	}
	c.Path = path
	if err := name(part, path); err != nil {
		return c, err
	}
	return c, syncFile(dir)
}

// copyInto copies the database on a connection of its own: the pool's one writer is not kept waiting.
func (s *Store) copyInto(ctx context.Context, path string) (err error) {
	db, err := sql.Open("sqlite", sqliteDSN(s.Path, "mode=rw&_pragma=busy_timeout(10000)"))
	if err != nil {
		return fmt.Errorf("open the database to copy it: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	return nil
}

const halfSuffix = ".part"

// halfFile makes the empty file beside path that becomes it.
func halfFile(path string) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*"+halfSuffix) // 0600
	if err != nil {
		return "", fmt.Errorf("make a file for the copy: %w", err)
	}
	return f.Name(), f.Close()
}

// half tells which file a half-written one was to become.
func half(name string) (of string, ok bool) {
	name, isHalf := strings.CutSuffix(name, halfSuffix)
	i := strings.LastIndex(name, ".")
	if !isHalf || i < 1 || name[0] != '.' {
		return "", false
	}
	return name[1:i], true
}

// SweepHalves removes from a directory what killed processes left of files they did not finish: of those
// that were to have a name that mine knows. Nobody may be writing one now.
func SweepHalves(dir string, mine func(name string) bool) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for unfinished copies: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if of, ok := half(strings.TrimSuffix(e.Name(), "-journal")); ok && mine(of) && e.Type().IsRegular() {
			errs = append(errs, discard(filepath.Join(dir, e.Name())))
		}
	}
	return errors.Join(errs...)
}

// name gives a finished file its name, unless something has that name by now.
func name(part, path string) error {
	err := os.Link(part, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := os.Lstat(path); err == nil { // a file system without links
		return fmt.Errorf("write the copy to %s: %w", path, fs.ErrExist)
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("name the copy: %w", err)
	}
	return nil
}

func syncFile(path string) error {
	f, err := os.Open(path) // #nosec G304 -- beside what the operator names
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s to the disk: %w", path, err)
	}
	return nil
}

// discard removes a file that may be gone already.
func discard(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", path, err)
	}
	return nil
}
