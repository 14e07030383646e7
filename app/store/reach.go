package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/truecount/truecount/app/fault"
)

// ErrPooled is a pooler that gives each transaction another connection. Prepared statements, the locks of migrations
// and the queue's notices need the same one.
var ErrPooled = errors.New("a connection pooler in transaction mode (PgBouncer) stands before PostgreSQL: let it use pool_mode = session, or name PostgreSQL itself in DATABASE_URL")

// ReachError is why PostgreSQL was not reached: in words that hold no password, with the server's code and what helps.
type ReachError struct {
	Words string
	Code  string // SQLSTATE, empty without one
	Help  string
	cause error
}

// Error says it, code and all.
func (e *ReachError) Error() string {
	if e.Code != "" {
		return e.Words + " (" + e.Code + ")"
	}
	return e.Words
}

// Unwrap gives the cause.
func (e *ReachError) Unwrap() error { return e.cause }

func unreached(c *pgx.ConnConfig, err error) error {
	at := fmt.Sprintf("PostgreSQL on %s:%d", c.Host, c.Port)
	var p *pgconn.PgError
	if errors.As(err, &p) {
		words, help := map[string][2]string{
			"28P01": {at + " refused the sign-in", "Look at user and password in DATABASE_URL."},
			"28000": {at + " lets this user not in from here", "Look at the user in DATABASE_URL and at pg_hba.conf."},
			"3D000": {at + " has no such database", "Create the database that DATABASE_URL names."},
			"53300": {at + " takes no more connections", "Raise max_connections, or end what holds them."},
			"57P03": {at + " is starting or stopping", "Wait: nothing has to be changed."},
		}[p.Code], ""
		if words[0] != "" {
			return &ReachError{words[0], p.Code, words[1], err}
		}
		return &ReachError{at + " refuses us" + help, p.Code, "Look at the server's log.", err}
	}
	if words, help := fault.Unreached(err, c.Host, strconv.Itoa(int(c.Port))); words != "" {
		return &ReachError{"reach postgres: " + words, "", help, err}
	}
	return fmt.Errorf("reach postgres on %s:%d: %w", c.Host, c.Port, err)
}

// pooled reports a pooler in transaction mode: two connections of ours that are open at once are then the same one of the
// server's. A direct connection, or a pooler in session mode, gives each its own.
func pooled(ctx context.Context, pool *pgxpool.Pool) bool {
	first, err := pool.Acquire(ctx)
	if err != nil {
		return false
	}
	defer first.Release()
	second, err := pool.Acquire(ctx)
	if err != nil {
		return false
	}
	defer second.Release()
	var one, other int
	ask := func(c *pgxpool.Conn, to *int) error {
		return c.QueryRow(ctx, "SELECT pg_backend_pid()", pgx.QueryExecModeSimpleProtocol).Scan(to)
	}
	if ask(first, &one) != nil || ask(second, &other) != nil {
		return false
	}
	return one == other
}
