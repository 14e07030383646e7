package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"github.com/pressly/goose/v3"

	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/migrations"
)

// Snapshot is what a copy of an SQLite database holds.
type Snapshot struct {
	Path        string
	Size        int64
	Schema      int64     // its newest migration
	Written     time.Time // the newest moment anything in it tells of; zero: it holds nothing
	Users       int
	Connections int // those that have not ended
}

// Inspect looks whether a file is a whole Truecount database of a schema that this program knows, and
// what it holds. It changes nothing, and leaves nothing beside the file.
func Inspect(ctx context.Context, path string) (c Snapshot, err error) {
	s, err := Peek(ctx, path)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := checkIntegrity(ctx, s.read, path); err != nil {
		return c, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return c, fmt.Errorf("look at %s: %w", path, err)
	}
	c = Snapshot{Path: path, Size: info.Size()}
	for _, ask := range []struct {
		query string
		into  any
	}{
		{`SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`, &c.Schema},
		{`SELECT count(*) FROM users`, &c.Users},
		{`SELECT count(*) FROM connections WHERE status <> 'disconnected'`, &c.Connections},
	} {
		if err := s.read.QueryRowContext(ctx, ask.query).Scan(ask.into); err != nil {
			return c, fmt.Errorf("read %s: %w", path, err)
		}
	}
	known, err := newestKnown()
	if err != nil {
		return c, err
	}
	if c.Schema > known {
		return c, errors.New(
			words.English.Say(
				"errors.database.newer",
				"Path",
				path,
				"Version",
				strconv.Itoa(int(c.Schema)),
				"Known",
				strconv.Itoa(int(known)),
			),
		)
	}
	c.Written, err = written(ctx, s.read)
	return c, err
}

// Peek opens an SQLite file that nobody uses, to be read alone. Nothing is made or locked beside it.
func Peek(ctx context.Context, path string) (*Store, error) {
	if err := sqliteFile(path); err != nil {
		return nil, err
	}
	db, err := sql.Open(
		"sqlite",
		sqliteDSN(path, "mode=ro&immutable=1&_pragma=query_only(1)&_time_format=sqlite&_timezone=UTC"),
	)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	s := &Store{Dialect: dialect.SQLite, Path: path, write: db, read: db}
	if err := db.PingContext(ctx); err != nil { // that it can be read at all was seen before
		return nil, errors.Join(errors.New(words.English.Say("errors.database.unopened", "Path", path)), ctx.Err(), s.Close())
	}
	s.Client = ent.NewClient(ent.Driver(newDriver(dialect.SQLite, db)))
	s.Read = s.Client
	return s, nil
}

const sqliteHeader = "SQLite format 3\x00"

// sqliteHead reports whether a file begins as an SQLite database does.
func sqliteHead(path string) (err error) {
	f, err := os.Open(path) // #nosec G304 -- the operator names it
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New(words.English.Say("errors.database.noFile", "Path", path))
	}
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		return errors.New(words.English.Say("errors.database.notFile", "Path", path))
	}
	head := make([]byte, len(sqliteHeader))
	if _, err := io.ReadFull(f, head); err != nil || string(head) != sqliteHeader {
		return errors.New(words.English.Say("errors.database.notSQLite", "Path", path))
	}
	return nil
}

// sqliteFile tells what is no finished SQLite file from one that is damaged inside.
func sqliteFile(path string) error {
	if err := sqliteHead(path); err != nil {
		return err
	}
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		return errors.New(words.English.Say("errors.database.journal", "Path", path))
	}
	return nil
}

func checkIntegrity(ctx context.Context, db *sql.DB, path string) error {
	var tables int
	err := db.QueryRowContext(ctx,
		`SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('goose_db_version', 'users', 'connections', 'meta')`).
		Scan(&tables)
	if err == nil && tables < 4 {
		return errors.New(words.English.Say("errors.database.notOurs", "Path", path))
	}
	var said string
	if err == nil {
		err = db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&said)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil || said != "ok" {
		return errors.New(words.English.Say("errors.database.damaged", "Path", path))
	}
	rows, err := db.QueryContext(ctx, `PRAGMA foreign_key_check`)
	if err != nil {
		return fmt.Errorf("check the foreign keys of %s: %w", path, err)
	}
	defer func() { _ = rows.Close() }()
	if rows.Next() {
		return errors.New(words.English.Say("errors.database.dangling", "Path", path))
	}
	return rows.Err()
}

// newestKnown is the version of this program's last migration.
func newestKnown() (int64, error) {
	entries, err := fs.ReadDir(migrations.Files, "sqlite")
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	var newest int64
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".sql") {
			continue
		}
		v, err := goose.NumericComponent(e.Name())
		if err != nil {
			return 0, fmt.Errorf("read migrations: %w", err)
		}
		newest = max(newest, v)
	}
	return newest, nil
}

// written is the newest moment of what a running program writes often.
func written(ctx context.Context, db *sql.DB) (newest time.Time, err error) {
	for _, of := range []struct{ table, column string }{
		{"clocks", "last_at"}, {"sync_logs", "completed_at"}, {"connections", "token_issued_at"}, {"audit_events", "at"},
	} {
		var at sql.NullTime
		// #nosec G202 -- names of our own
		query := "SELECT " + of.column + " FROM " + of.table + " ORDER BY " + of.column + " DESC LIMIT 1"
		if err := db.QueryRowContext(ctx, query).Scan(&at); err != nil && !errors.Is(err, sql.ErrNoRows) {
			return newest, fmt.Errorf("find what was written last: %w", err)
		}
		if at.Valid && at.Time.After(newest) {
			newest = at.Time.UTC()
		}
	}
	return newest, nil
}
