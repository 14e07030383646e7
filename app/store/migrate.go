package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"entgo.io/ent/dialect"
	"github.com/pressly/goose/v3"

	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/migrations"
)

// Extra brings a part that is not ours up to date (the queue's tables). It runs after our own
// migrations and under the same lock.
type Extra func(ctx context.Context, s *Store) error

// Migration is one step of the schema's history.
type Migration struct {
	Version   int64
	Name      string
	AppliedAt *time.Time // nil: waits
}

// Migrate applies what is missing. Processes that start together wait for each other. A schema
// newer than this program is refused.
func (s *Store) Migrate(ctx context.Context, extra Extra) error {
	unlock, err := s.lockMigrations(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	db, done, err := s.migrationDB()
	if err != nil {
		return err
	}
	defer done()
	p, err := s.provider(db)
	if err != nil {
		return err
	}
	if err := refuseNewer(ctx, p); err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("apply migrations: %w", err)
	}
	if err := s.checkForeignKeys(ctx, db); err != nil {
		return err
	}
	if extra != nil {
		if err := extra(ctx, s); err != nil {
			return err
		}
	}
	return s.compactFirst(ctx)
}

// Migrated reports nil when every migration of this program is applied.
func (s *Store) Migrated(ctx context.Context) error {
	list, err := s.Migrations(ctx)
	if err != nil {
		return err
	}
	for _, m := range list {
		if m.AppliedAt == nil {
			return errors.New(
				words.English.Say("errors.database.unapplied", "Version", strconv.Itoa(int(m.Version)), "Name", m.Name),
			)
		}
	}
	return nil
}

// Migrations lists the steps this program knows, oldest first. It writes nothing: a database that was only looked at
// stays without a table.
func (s *Store) Migrations(ctx context.Context) ([]Migration, error) {
	db, done, err := s.migrationDB()
	if err != nil {
		return nil, err
	}
	defer done()
	p, err := s.provider(db)
	if err != nil {
		return nil, err
	}
	there, err := s.tracked(ctx)
	if err != nil {
		return nil, err
	}
	if !there { // goose would make its table
		var out []Migration
		for _, m := range p.ListSources() {
			out = append(out, Migration{Version: m.Version, Name: m.Path})
		}
		return out, nil
	}
	if err := refuseNewer(ctx, p); err != nil {
		return nil, err
	}
	status, err := p.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the state of migrations: %w", err)
	}
	out := make([]Migration, 0, len(status))
	for _, st := range status {
		m := Migration{Version: st.Source.Version, Name: st.Source.Path}
		if st.State == goose.StateApplied {
			at := st.AppliedAt
			m.AppliedAt = &at
		}
		out = append(out, m)
	}
	return out, nil
}

func refuseNewer(ctx context.Context, p *goose.Provider) error {
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	sources := p.ListSources()
	if newest := sources[len(sources)-1].Version; have > newest {
		return errors.New(
			words.English.Say(
				"errors.database.newerHere",
				"Version",
				strconv.Itoa(int(have)),
				"Known",
				strconv.Itoa(int(newest)),
			),
		)
	}
	return nil
}

func (s *Store) provider(db *sql.DB) (*goose.Provider, error) {
	name, d := "sqlite", goose.DialectSQLite3
	if s.Dialect == dialect.Postgres {
		name, d = "postgres", goose.DialectPostgres
	}
	files, err := fs.Sub(migrations.Files, name)
	if err != nil {
		return nil, fmt.Errorf("open migrations: %w", err)
	}
	p, err := goose.NewProvider(d, db, files)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return p, nil
}

// migrationDB gives the pool migrations run on. On SQLite it is one connection without foreign
// keys: a rebuilt table would otherwise take its children with it, and the pragma does nothing
// inside goose's transaction.
func (s *Store) migrationDB() (*sql.DB, func(), error) {
	if s.Dialect == dialect.Postgres {
		return s.write, func() {}, nil
	}
	db, err := sql.Open("sqlite", sqliteDSN(
		s.Path,
		"_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(0)&_pragma=secure_delete(1)&_txlock=immediate&_time_format=sqlite",
	))
	if err != nil {
		return nil, nil, fmt.Errorf("open sqlite for migrations: %w", err)
	}
	db.SetMaxOpenConns(1)
	return db, func() { _ = db.Close() }, nil
}

func (s *Store) checkForeignKeys(ctx context.Context, db *sql.DB) error {
	if s.Dialect != dialect.SQLite {
		return nil
	}
	rows, err := db.QueryContext(ctx, "PRAGMA foreign_key_check")
	if err != nil {
		return fmt.Errorf("check foreign keys: %w", err)
	}
	defer func() { _ = rows.Close() }()
	if rows.Next() {
		return errors.New(words.English.Say("errors.database.broken"))
	}
	return rows.Err()
}

const migrationLock = 4_711_201_126 // any number of our own, the same in every replica

func (s *Store) lockMigrations(ctx context.Context) (func(), error) {
	if s.Dialect == dialect.SQLite {
		l, err := waitFileLock(ctx, s.Path+".migrate.lock")
		if err != nil {
			return nil, fmt.Errorf("wait for another migration: %w", err)
		}
		return func() { _ = l.release() }, nil
	}
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to migrate: %w", err)
	}
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for another migration: %w", err), conn.Close())
	}
	return func() {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(migrationLock))
		_ = conn.Close()
	}, nil
}
