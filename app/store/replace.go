package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"entgo.io/ent/dialect"

	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
)

// Claim keeps servers and migrations away from an SQLite file, which need not exist, until release is
// called. A server that uses it is an error.
func Claim(ctx context.Context, path string) (release func() error, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the database's directory: %w", err)
	}
	s := &Store{Dialect: "sqlite3", Path: path}
	if err := s.LockServe(); err != nil {
		return nil, err
	}
	unlock, err := s.lockMigrations(ctx)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return func() error { unlock(); return s.Close() }, nil
}

// Replace puts a copy in the place of the database at path and moves what was there to aside, with its log.
// prepare changes what is put in place before that; the copy itself stays as it is.
// The place must be claimed. At every moment either the old or the new database is there, whole; whoever
// else has the old one open is an error, and nothing is changed.
func Replace(ctx context.Context, from, path, aside string, prepare func(*Store) error) (err error) {
	if _, err := os.Lstat(aside); err == nil {
		return fmt.Errorf("move the present database to %s: %w", aside, fs.ErrExist)
	}
	mine := func(name string) bool { return name == filepath.Base(path) }
	if err := SweepHalves(filepath.Dir(path), mine); err != nil {
		return err
	}
	part, err := halfFile(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, discard(part)) }()
	if err := copyFile(part, from); err != nil {
		return err
	}
	if err := edit(ctx, part, prepare); err != nil {
		return err
	}
	if err := moveAside(ctx, path, aside); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("put the copy in place: %w", err)
	}
	return syncFile(filepath.Dir(path))
}

// edit changes a database file that nobody else knows of, and leaves nothing beside it.
func edit(ctx context.Context, path string, do func(*Store) error) (err error) {
	db, err := sql.Open(
		"sqlite",
		sqliteDSN(
			path,
			"mode=rw&_pragma=journal_mode(DELETE)&_pragma=foreign_keys(1)&_pragma=secure_delete(1)&_time_format=sqlite&_timezone=UTC",
		),
	)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	s := &Store{Dialect: dialect.SQLite, Path: path, write: db, read: db}
	defer func() { err = errors.Join(err, s.Close()) }()
	s.Client = ent.NewClient(ent.Driver(newDriver(dialect.SQLite, db)))
	s.Read = s.Client
	if err := do(s); err != nil {
		return err
	}
	return syncFile(path)
}

func copyFile(to, from string) error {
	in, err := os.Open(from) // #nosec G304 -- the operator names it
	if err != nil {
		return fmt.Errorf("read the copy: %w", err)
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_TRUNC, 0o600) // #nosec G304 -- a file just made
	if err != nil {
		return errors.Join(fmt.Errorf("write the database: %w", err), in.Close())
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Sync(), out.Close(), in.Close()); err != nil {
		return fmt.Errorf("copy %s: %w", from, err)
	}
	return nil
}

func moveAside(ctx context.Context, path, aside string) error {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := settle(ctx, path); err != nil {
		return err
	}
	for _, part := range []string{"-wal", "-shm"} { // of a file too damaged to be settled
		if err := os.Rename(path+part, aside+part); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("move the present database aside: %w", err)
		}
	}
	if os.Link(path, aside) == nil { // the new one then takes the old one's place in one step
		return nil
	}
	if err := os.Rename(path, aside); err != nil {
		return fmt.Errorf("move the present database aside: %w", err)
	}
	return nil
}

// settle brings everything into the one file. It needs to be alone with it, and so finds out who is not.
func settle(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", sqliteDSN(path, "mode=rw&_pragma=busy_timeout(2000)"))
	if err != nil {
		return fmt.Errorf("open the present database: %w", err)
	}
	db.SetMaxOpenConns(1)
	var mode string
	err = db.QueryRowContext(ctx, "PRAGMA journal_mode=DELETE").Scan(&mode)
	_ = db.Close()
	if err != nil && (strings.Contains(err.Error(), "SQLITE_BUSY") || strings.Contains(err.Error(), "locked")) {
		return errors.New(words.English.Say("errors.database.open", "Path", path))
	}
	return ctx.Err() // a damaged file is moved aside as it is
}
