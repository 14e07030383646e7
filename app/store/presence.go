package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/truecount/truecount/app/words"
)

// ErrGone means that the SQLite file under a running program was deleted, emptied or replaced. What is written
// then goes into a file that nobody finds again.
var ErrGone = errors.New(words.English.Say("errors.database.gone"))

// Present reports whether the SQLite file is still the one that was opened: nil when it is, ErrGone when it was
// deleted, emptied or replaced since. On PostgreSQL it is always nil.
func (s *Store) Present() error {
	if s.file == nil {
		return nil
	}
	now, err := os.Stat(s.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %s", ErrGone, words.English.Say("errors.database.deleted", "Path", s.Path))
	case err != nil:
		return fmt.Errorf("look at the database file: %w", err)
	case !os.SameFile(s.file, now):
		return fmt.Errorf("%w: %s", ErrGone, words.English.Say("errors.database.replaced", "Path", s.Path))
	}
	if err := sqliteHead(s.Path); err != nil {
		return fmt.Errorf("%w: %s", ErrGone, words.English.Say("errors.database.emptied", "Path", s.Path))
	}
	return nil
}

// Absent reports whether an SQLite file is missing or has no content. A file that cannot be looked at is an error.
func Absent(path string) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("look at the database file: %w", err)
	}
	return info.Mode().IsRegular() && info.Size() == 0, nil
}

// Blank reports whether no migration was ever applied to this database. The table of migrations alone proves nothing:
// it is made before the first of them.
func (s *Store) Blank(ctx context.Context) (bool, error) {
	if there, err := s.tracked(ctx); err != nil || !there {
		return err == nil, err
	}
	var n int
	if err := s.read.QueryRowContext(ctx, "SELECT count(*) FROM goose_db_version WHERE version_id > 0").
		Scan(&n); err != nil {
		return false, fmt.Errorf("count the migrations: %w", err)
	}
	return n == 0, nil
}

// tracked reports whether there is a table of migrations.
func (s *Store) tracked(ctx context.Context) (bool, error) {
	query := "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'"
	if !s.Embedded() {
		query = "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'goose_db_version'"
	}
	var n int
	if err := s.read.QueryRowContext(ctx, query).Scan(&n); err != nil {
		return false, fmt.Errorf("look for the migrations table: %w", err)
	}
	return n > 0, nil
}

// Marker lies beside an SQLite file and says that an installation lives there, so that a file that vanished is not
// mistaken for a first start.
type Marker struct {
	Installation string    `json:"installation"` // an id of our own, also kept in the database
	Keyset       string    `json:"keyset"`       // the id of the keyset's primary key
	Written      time.Time `json:"written"`
}

const markerSuffix = ".installation"

// MarkerPath is where the marker of an SQLite file lies.
func MarkerPath(path string) string { return path + markerSuffix }

// ReadMarker reads the marker beside an SQLite file. there is true also for one that cannot be read or understood:
// it proves that something was here.
func ReadMarker(path string) (m Marker, there bool) {
	b, err := os.ReadFile(MarkerPath(path)) // #nosec G304 -- beside the database
	if errors.Is(err, fs.ErrNotExist) {
		return m, false
	}
	if err == nil {
		_ = json.Unmarshal(b, &m) // what is damaged still proves that there was one
	}
	return m, true
}

// WriteMarker writes the marker beside an SQLite file, readable by its owner alone. It writes nothing when the marker
// says the same already.
func WriteMarker(path string, m Marker) (err error) {
	if old, _ := ReadMarker(path); old.Installation == m.Installation && old.Keyset == m.Keyset {
		return nil
	}
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("write the installation's marker: %w", err)
	}
	part, err := halfFile(MarkerPath(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, discard(part)) }()
	if err := os.WriteFile(part, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the installation's marker: %w", err)
	}
	if err := syncFile(part); err != nil {
		return err
	}
	if err := os.Rename(part, MarkerPath(path)); err != nil {
		return fmt.Errorf("write the installation's marker: %w", err)
	}
	return syncFile(filepath.Dir(path))
}
