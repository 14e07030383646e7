package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/truecount/truecount/app/words"
)

// Deleted content is overwritten where it stood (secure_delete on every writing connection). It can still be found in
// two places until these functions have run: in the log of writes, and in the gaps that rebalanced pages leave.

// Truncate writes SQLite's log back into the database file and empties it. done is false while a reader keeps the log
// in use: call it again later. It has a connection of its own and little patience, so that writers are not kept waiting
// behind a long reader. On PostgreSQL there is nothing to do.
func (s *Store) Truncate(ctx context.Context) (done bool, err error) {
	if !s.Embedded() {
		return true, nil
	}
	db, err := sql.Open("sqlite", sqliteDSN(s.Path, "mode=rw&_pragma=busy_timeout(500)&_pragma=secure_delete(1)"))
	if err != nil {
		return false, fmt.Errorf("open the database to empty its log: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	var busy, log, moved int
	err = db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &moved)
	if code, ok := resultCode(err); ok && code == sqlite3.SQLITE_BUSY {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("empty the database's log: %w", err)
	}
	return busy == 0, nil
}

// ErrNoSpace means that there is not enough free disk space to rewrite the database file.
var ErrNoSpace = errors.New(words.English.Say("errors.database.noSpace"))

// Compact rewrites the whole database without anything that was deleted: VACUUM on either database. On SQLite it needs
// free space of twice the file's size (ErrNoSpace) and keeps writers waiting while it runs.
func (s *Store) Compact(ctx context.Context) error {
	if !s.Embedded() {
		return s.vacuumTables(ctx)
	}
	free, err := Free(filepath.Dir(s.Path))
	if err != nil {
		return err
	}
	if size := Size(s.Path); free < 2*uint64(max(0, size)) { // #nosec G115 -- not negative
		return fmt.Errorf(
			"%w: %s",
			ErrNoSpace,
			words.English.Say("errors.database.needs", "Free", int64(free), "Needed", int64(2*size)),
		)
	}
	return s.Rewrite(ctx)
}

// Rewrite is Compact for an SQLite file without asking for space first.
func (s *Store) Rewrite(ctx context.Context) error {
	if _, err := s.write.ExecContext(ctx, "VACUUM"); err != nil {
		return fmt.Errorf("rewrite the database: %w", err)
	}
	return nil
}

// vacuumTables lets PostgreSQL reclaim what deleted rows took, table by table: its own catalogues are not ours.
func (s *Store) vacuumTables(ctx context.Context) error {
	names, err := s.tables(ctx)
	if err != nil {
		return fmt.Errorf("list the tables: %w", err)
	}
	for _, name := range names {
		if _, err := s.write.ExecContext(ctx, "VACUUM "+name); err != nil { // #nosec G202 -- quoted by the database
			return fmt.Errorf("vacuum %s: %w", name, err)
		}
	}
	return nil
}

// tables lists PostgreSQL's tables of ours, quoted.
func (s *Store) tables(ctx context.Context) (names []string, err error) {
	rows, err := s.write.QueryContext(
		ctx,
		"SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename",
	)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// compactOnce is the user_version of an SQLite file that was rewritten since deleted content is overwritten.
const compactOnce = 1

// compactFirst rewrites a file from before deleted content was overwritten, once. Without space for it the next start
// tries again: that is no reason not to start.
func (s *Store) compactFirst(ctx context.Context) error {
	if !s.Embedded() {
		return nil
	}
	var version int
	if err := s.write.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return fmt.Errorf("read the file's version: %w", err)
	}
	if version >= compactOnce {
		return nil
	}
	err := s.Compact(ctx)
	if errors.Is(err, ErrNoSpace) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := s.write.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", compactOnce)); err != nil {
		return fmt.Errorf("note that the file was rewritten: %w", err)
	}
	_, err = s.Truncate(ctx)
	return err
}

const (
	asideInfix = ".before-restore-"
	asideStamp = "20060102T150405Z"
)

// Aside names the file that the database at path is moved to when a copy takes its place at a time.
func Aside(path string, at time.Time) string { return path + asideInfix + at.UTC().Format(asideStamp) }

// RemoveAside deletes the databases, with their logs, that restores moved aside before a time, and gives how many files
// there were. They hold what was erased since.
func RemoveAside(path string, before time.Time) (n int, err error) {
	found, err := filepath.Glob(globSafe(path) + asideInfix + "*")
	if err != nil {
		return 0, fmt.Errorf("look for databases moved aside: %w", err)
	}
	var errs []error
	for _, f := range found {
		stamp, _, _ := strings.Cut(strings.TrimPrefix(f, path+asideInfix), "-")
		if at, err := time.Parse(asideStamp, stamp); err == nil && at.After(before) {
			continue // moved aside later: what was erased is not in it
		}
		if err := os.Remove(f); err != nil {
			errs = append(errs, fmt.Errorf("remove a database that was moved aside: %w", err))
			continue
		}
		n++
	}
	return n, errors.Join(errs...)
}

// globSafe takes the meaning from what a pattern would read as its own.
func globSafe(path string) string {
	var out []rune
	for _, r := range path {
		switch r {
		case '*', '?', '[', '\\':
			out = append(out, '\\')
		}
		out = append(out, r)
	}
	return string(out)
}
