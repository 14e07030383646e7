package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/truecount/truecount/app/words"
)

// Intact looks through the whole SQLite file for damage. On PostgreSQL it looks at nothing.
func (s *Store) Intact(ctx context.Context) error {
	if !s.Embedded() {
		return nil
	}
	var said string
	if err := s.read.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&said); err != nil {
		return fmt.Errorf("look through the database: %w", err)
	}
	if said != "ok" {
		return errors.New(words.English.Say("errors.database.fileDamaged"))
	}
	return nil
}

// Damaged reports whether an error says that an SQLite file is not, or not any more, a database.
func Damaged(err error) bool {
	code, ok := resultCode(err)
	return ok && (code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB)
}

// resultCode is SQLite's primary result code in an error; false when the error is none of SQLite's.
func resultCode(err error) (int, bool) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0, false
	}
	return e.Code() & 0xff, true // the rest tells which kind
}

// Exposed names the files of an SQLite database that others than their owner may read or write.
func Exposed(path string) ([]string, error) {
	var out []string
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("look at the database's files: %w", err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			out = append(out, path+suffix)
		}
	}
	return out, nil
}

// Size is how many bytes an SQLite database takes.
func Size(path string) int64 {
	var sum int64
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(path + suffix); err == nil {
			sum += info.Size()
		}
	}
	return sum
}
