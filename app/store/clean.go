package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Deleted content is overwritten where it stood (secure_delete on every writing connection). It can still be found in
// two places until these functions have run: in the log of writes, and in the gaps that rebalanced pages leave.

// Truncate writes SQLite's log back into the database file and empties it. done is false while a reader keeps the log
// in use: call it again later. On PostgreSQL there is nothing to do.
func (s *Store) Truncate(ctx context.Context) (done bool, err error) {
	if !s.Embedded() {
		return true, nil
	}
	var busy, log, moved int
	if err := s.write.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &moved); err != nil {
		return false, fmt.Errorf("empty the database's log: %w", err)
	}
	return busy == 0, nil
}

// ErrNoSpace means that there is not enough free disk space to rewrite the database file.
var ErrNoSpace = errors.New("not enough free disk space to rewrite the database")

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
		return fmt.Errorf("%w: %d bytes are free and %d are needed", ErrNoSpace, free, 2*size)
	}
	if _, err := s.write.ExecContext(ctx, "VACUUM"); err != nil {
		return fmt.Errorf("rewrite the database: %w", err)
	}
	return nil
}

// vacuumTables lets PostgreSQL reclaim what deleted rows took, table by table: its own catalogues are not ours.
func (s *Store) vacuumTables(ctx context.Context) error {
	rows, err := s.write.QueryContext(ctx, "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename")
	if err != nil {
		return fmt.Errorf("list the tables: %w", err)
	}
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return errors.Join(fmt.Errorf("list the tables: %w", err), rows.Close())
		}
		names = append(names, name)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("list the tables: %w", err)
	}
	for _, name := range names {
		if _, err := s.write.ExecContext(ctx, "VACUUM "+name); err != nil { // #nosec G202 -- quoted by the database
			return fmt.Errorf("vacuum %s: %w", name, err)
		}
	}
	return nil
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

const asideInfix = ".before-restore-"

// Aside names the file that a database is moved to when a copy takes its place. stamp tells several apart.
func Aside(path, stamp string) string { return path + asideInfix + stamp }

// RemoveAside deletes the databases that restores moved aside, with their logs, and gives how many there were. They
// hold people who were erased since.
func RemoveAside(path string) (n int, err error) {
	found, err := filepath.Glob(globSafe(path) + asideInfix + "*")
	if err != nil {
		return 0, fmt.Errorf("look for databases moved aside: %w", err)
	}
	var errs []error
	for _, f := range found {
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
