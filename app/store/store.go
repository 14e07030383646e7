package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the embedded database

	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	_ "github.com/truecount/truecount/ent/runtime" // privacy rules and defaults
)

// Store is an open database. Client reads and writes; Read serves pages and never waits behind a
// writer (on PostgreSQL it is the same pool).
type Store struct {
	Dialect string // dialect.SQLite or dialect.Postgres
	Client  *ent.Client
	Read    *ent.Client
	Path    string // of the SQLite file, else empty

	write, read *sql.DB
	pool, jobs  *pgxpool.Pool
	lock        *fileLock
	file        os.FileInfo // of the SQLite file as it was opened
}

// Tx is one transaction: the models on it, and its handle for the queue. Exactly one of SQL and
// PGX is set. Inside it only this client may be used: any other call would wait on itself.
type Tx struct {
	*ent.Client
	SQL *sql.Tx
	PGX pgx.Tx
}

// Alone lets the transaction go on only when no other one holds the same number, until it ends. SQLite has one writer
// anyway.
func (t Tx) Alone(ctx context.Context, number int64) error {
	if t.PGX == nil {
		return nil
	}
	if _, err := t.PGX.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", number); err != nil {
		return fmt.Errorf("wait for another transaction: %w", err)
	}
	return nil
}

const sqlitePragmas = "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)" +
	"&_pragma=foreign_keys(1)&_pragma=secure_delete(1)&_txlock=immediate&_time_format=sqlite&_timezone=UTC"

// Open opens the database that a DATABASE_URL names: sqlite://PATH or postgres://…
// The SQLite file and its directory are made when absent, readable by their owner alone.
func Open(ctx context.Context, databaseURL string) (*Store, error) {
	switch {
	case strings.HasPrefix(databaseURL, "sqlite://"):
		return openSQLite(ctx, strings.TrimPrefix(databaseURL, "sqlite://"))
	case strings.HasPrefix(databaseURL, "postgres://"), strings.HasPrefix(databaseURL, "postgresql://"):
		return openPostgres(ctx, databaseURL)
	default:
		return nil, errors.New("database url is neither sqlite:// nor postgres://")
	}
}

// readers is how many questions SQLite is asked at once.
const readers = 4

func openSQLite(ctx context.Context, path string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the database's directory: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) // #nosec G304 -- the operator names it
	if err != nil {
		return nil, fmt.Errorf("open the database file: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open the database file: %w", err)
	}
	s := &Store{Dialect: dialect.SQLite, Path: path}
	if s.write, err = openKeeping(sqliteDSN(path, sqlitePragmas)); err != nil {
		return nil, fmt.Errorf("open sqlite: %w", err)
	}
	s.write.SetMaxOpenConns(1)
	if s.read, err = openKeeping(sqliteDSN(path, sqlitePragmas+"&_pragma=query_only(1)")); err != nil {
		return nil, errors.Join(fmt.Errorf("open sqlite: %w", err), s.write.Close())
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers) // what they keep prepared would go with them
	if err := s.write.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open sqlite: %w", err), s.Close())
	}
	if s.file, err = os.Stat(path); err != nil {
		return nil, errors.Join(fmt.Errorf("look at the database file: %w", err), s.Close())
	}
	s.Client = ent.NewClient(ent.Driver(newDriver(dialect.SQLite, s.write)))
	s.Read = ent.NewClient(ent.Driver(newDriver(dialect.SQLite, s.read)))
	return s, nil
}

func sqliteDSN(path, query string) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query}).String()
}

func openPostgres(ctx context.Context, databaseURL string) (*Store, error) {
	s := &Store{Dialect: dialect.Postgres}
	var err error
	if s.pool, err = openPool(ctx, databaseURL); err != nil {
		return nil, err
	}
	if s.jobs, err = openPool(ctx, databaseURL); err != nil {
		s.pool.Close()
		return nil, err
	}
	s.write = stdlib.OpenDBFromPool(s.pool) // MaxIdleConns stays 0, or it would sit on the pool's connections
	s.read = s.write
	s.Client = ent.NewClient(ent.Driver(newDriver(dialect.Postgres, s.write)))
	s.Read = s.Client
	return s, nil
}

func openPool(ctx context.Context, databaseURL string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		return nil, errors.New(words.English.Say("errors.database.url")) // the cause repeats the password
	}
	cfg.MaxConns = 10
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open postgres on %s: %w", cfg.ConnConfig.Host, err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, unreached(cfg.ConnConfig, err)
	}
	if pooled(ctx, pool) {
		pool.Close()
		return nil, ErrPooled
	}
	return pool, nil
}

// Embedded reports whether the database is SQLite, with one server to a file.
func (s *Store) Embedded() bool { return s.Dialect == dialect.SQLite }

// SQL is the write pool, for the queue on SQLite.
func (s *Store) SQL() *sql.DB { return s.write }

// Jobs is the queue's own pool on PostgreSQL, else nil.
func (s *Store) Jobs() *pgxpool.Pool { return s.jobs }

// Tx runs fn in one transaction: it commits when fn returns nil and rolls back otherwise, also on
// a panic. fn must be short and make no call to anything outside the database.
func (s *Store) Tx(ctx context.Context, fn func(Tx) error) error {
	if s.Dialect == dialect.Postgres {
		return s.pgTx(ctx, fn)
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit this does nothing
	if err := fn(Tx{Client: onTx(dialect.SQLite, tx), SQL: tx}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}

func (s *Store) pgTx(ctx context.Context, fn func(Tx) error) error {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer func() { _ = conn.Close() }()
	var tx pgx.Tx
	err = conn.Raw(func(c any) error {
		var err error
		tx, err = c.(*stdlib.Conn).Conn().Begin(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if err := fn(Tx{Client: onTx(dialect.Postgres, conn), PGX: tx}); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}

// Writable reports whether the database takes writes now, by writing nothing of meaning. A file that is not there any
// more (ErrGone) takes none that anybody will find.
func (s *Store) Writable(ctx context.Context) error {
	if err := s.Present(); err != nil {
		return err
	}
	do := func(query string) error { _, err := s.write.ExecContext(ctx, query); return err }
	const probe = "INSERT INTO writable_probe VALUES ('x')"
	err := do(probe)
	if err != nil { // the first time; of several that make the table at once all but one are refused
		_ = do("CREATE TABLE IF NOT EXISTS writable_probe (at TEXT)")
		err = do(probe)
	}
	if err == nil {
		err = do("DELETE FROM writable_probe")
	}
	if err != nil {
		return fmt.Errorf("write to the database: %w", err)
	}
	return nil
}

// Close closes every connection and gives the serve lock back.
func (s *Store) Close() error {
	var errs []error
	if s.write != nil {
		errs = append(errs, s.write.Close())
	}
	if s.read != nil && s.read != s.write {
		errs = append(errs, s.read.Close())
	}
	for _, p := range []*pgxpool.Pool{s.jobs, s.pool} {
		if p != nil {
			p.Close()
		}
	}
	if s.lock != nil {
		errs = append(errs, s.lock.release())
	}
	return errors.Join(errs...)
}
