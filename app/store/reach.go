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
	"github.com/truecount/truecount/app/words"
)

// ErrPooled is a pooler that gives each transaction another connection. Prepared statements, the locks of migrations
// and the queue's notices need the same one.
var ErrPooled = errors.New(words.English.Say("errors.database.pooled"))

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
	at, w := fmt.Sprintf("%s:%d", c.Host, c.Port), words.English
	var p *pgconn.PgError
	if errors.As(err, &p) {
		switch p.Code {
		case "28P01":
			return &ReachError{w.Say("errors.postgres.signIn", "At", at), p.Code, w.Say("errors.postgres.signInFix"), err}
		case "28000":
			return &ReachError{w.Say("errors.postgres.user", "At", at), p.Code, w.Say("errors.postgres.userFix"), err}
		case "3D000":
			return &ReachError{w.Say("errors.postgres.missing", "At", at), p.Code, w.Say("errors.postgres.missingFix"), err}
		case "53300":
			return &ReachError{w.Say("errors.postgres.full", "At", at), p.Code, w.Say("errors.postgres.fullFix"), err}
		case "57P03":
			return &ReachError{w.Say("errors.postgres.starting", "At", at), p.Code, w.Say("errors.wait"), err}
		default:
			return &ReachError{w.Say("errors.postgres.refused", "At", at), p.Code, w.Say("errors.postgres.refusedFix"), err}
		}
	}
	if why, help := fault.Unreached(err, c.Host, strconv.Itoa(int(c.Port))); why != "" {
		return &ReachError{w.Say("errors.postgres.unreached", "Why", why), "", help, err}
	}
	return fmt.Errorf("reach postgres on %s:%d: %w", c.Host, c.Port, err)
}

// pooled reports a pooler in transaction mode: two connections of ours that are open at once are then the same one of
// the server's. A direct connection, or a pooler in session mode, gives each its own.
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
