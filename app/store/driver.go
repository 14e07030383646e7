package store

import (
	"context"
	"database/sql"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/ent"
)

// utc hands every time to the database in UTC and whole microseconds, so that SQLite compares
// them as text and both databases keep the same value.
type utc struct{ entsql.ExecQuerier }

func (u utc) ExecContext(ctx context.Context, q string, args ...any) (sql.Result, error) {
	return u.ExecQuerier.ExecContext(ctx, q, normalise(args)...)
}

func (u utc) QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	return u.ExecQuerier.QueryContext(ctx, q, normalise(args)...)
}

func normalise(args []any) []any {
	for i, a := range args {
		switch t := a.(type) {
		case time.Time:
			args[i] = t.UTC().Truncate(time.Microsecond)
		case *time.Time:
			if t != nil {
				args[i] = t.UTC().Truncate(time.Microsecond)
			}
		case sql.NullTime:
			t.Time = t.Time.UTC().Truncate(time.Microsecond)
			args[i] = t
		}
	}
	return args
}

// driver is ent's driver on a pool, with times normalised also inside ent's own transactions.
type driver struct {
	*entsql.Driver
	db *sql.DB
}

func newDriver(name string, db *sql.DB) driver {
	return driver{Driver: entsql.NewDriver(name, entsql.Conn{ExecQuerier: utc{db}}), db: db}
}

// Tx is used by ent where one call needs several statements.
func (d driver) Tx(ctx context.Context) (dialect.Tx, error) { return d.BeginTx(ctx, nil) }

// BeginTx is Tx with options.
func (d driver) BeginTx(ctx context.Context, o *sql.TxOptions) (dialect.Tx, error) {
	tx, err := d.db.BeginTx(ctx, o)
	if err != nil {
		return nil, err
	}
	return &entsql.Tx{Conn: entsql.Conn{ExecQuerier: utc{tx}}, Tx: tx}, nil
}

// Close leaves the pool to the store.
func (d driver) Close() error { return nil }

// txDriver puts a client on a transaction we hold; a nested Tx must not reach the pool.
type txDriver struct{ *entsql.Driver }

func (d txDriver) Tx(context.Context) (dialect.Tx, error) { return dialect.NopTx(d), nil }
func (d txDriver) BeginTx(context.Context, *sql.TxOptions) (dialect.Tx, error) {
	return dialect.NopTx(d), nil
}

func onTx(name string, x entsql.ExecQuerier) *ent.Client {
	return ent.NewClient(ent.Driver(txDriver{entsql.NewDriver(name, entsql.Conn{ExecQuerier: utc{x}})}))
}
