package store

import (
	"container/list"
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"strings"
)

// keptStatements is how many prepared statements a connection to SQLite keeps. A page asks a few dozen.
const keptStatements = 100

// openKeeping opens a pool on a SQLite file whose connections keep their statements prepared. SQLite parses and plans a
// text each time that it is handed one, which takes longer than most of our statements run. The pool closes them with
// their connection.
func openKeeping(dsn string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	c := keepingConnector{driver: db.Driver(), dsn: dsn}
	return sql.OpenDB(c), db.Close() // it was opened for its driver alone, and has no connection
}

type keepingConnector struct {
	driver sqldriver.Driver
	dsn    string
}

func (k keepingConnector) Driver() sqldriver.Driver { return k.driver }

func (k keepingConnector) Connect(context.Context) (sqldriver.Conn, error) {
	inner, err := k.driver.Open(k.dsn)
	if err != nil {
		return nil, err
	}
	c, ok := inner.(sqliteConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("SQLite's driver gives a %T, which lacks a method", inner), inner.Close())
	}
	return &keepingConn{sqliteConn: c, kept: map[string]*list.Element{}, order: list.New()}, nil
}

// sqliteConn is what the driver's connections can do, as far as the pool uses it.
type sqliteConn interface {
	sqldriver.Conn
	sqldriver.ConnBeginTx
	sqldriver.ConnPrepareContext
	sqldriver.ExecerContext
	sqldriver.QueryerContext
	sqldriver.Pinger
	sqldriver.SessionResetter
	sqldriver.Validator
}

// sqliteStatement is what the driver's statements can do.
type sqliteStatement interface {
	sqldriver.Stmt
	sqldriver.StmtExecContext
	sqldriver.StmtQueryContext
}

// sqliteRows is what the driver's rows can do.
type sqliteRows interface {
	sqldriver.Rows
	sqldriver.RowsColumnTypeDatabaseTypeName
	sqldriver.RowsColumnTypeLength
	sqldriver.RowsColumnTypeNullable
	sqldriver.RowsColumnTypePrecisionScale
	sqldriver.RowsColumnTypeScanType
}

// keepingConn is a connection that keeps the statements which it was asked last. The pool hands it to one user at a
// time, who may still read one answer while asking the next question: a statement is lent to one of them, and a second
// asker of the same text gets a fresh one.
type keepingConn struct {
	sqliteConn

	kept  map[string]*list.Element // of *keptStatement, by their text
	order *list.List               // the one that was asked last comes first
}

type keptStatement struct {
	sqliteStatement

	text string
	lent bool
}

// QueryContext asks a statement that is kept, or the driver.
func (c *keepingConn) QueryContext(
	ctx context.Context,
	text string,
	args []sqldriver.NamedValue,
) (sqldriver.Rows, error) {
	s, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.sqliteConn.QueryContext(ctx, text, args)
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, c.drop(s))
	}
	own, ok := rows.(sqliteRows)
	if !ok {
		return nil, errors.Join(
			fmt.Errorf("SQLite's driver gives %T, which lacks a method", rows),
			rows.Close(),
			c.drop(s),
		)
	}
	return &lentRows{sqliteRows: own, conn: c, statement: s}, nil
}

// ExecContext runs a statement that is kept, or the driver's.
func (c *keepingConn) ExecContext(
	ctx context.Context,
	text string,
	args []sqldriver.NamedValue,
) (sqldriver.Result, error) {
	s, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.sqliteConn.ExecContext(ctx, text, args)
	}
	result, err := s.ExecContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, c.drop(s))
	}
	s.lent = false
	return result, nil
}

// take lends the statement of a text; nil when the text is none to keep, or is lent already.
func (c *keepingConn) take(ctx context.Context, text string) (*keptStatement, error) {
	if e, ok := c.kept[text]; ok {
		s := e.Value.(*keptStatement)
		if s.lent {
			return nil, nil
		}
		c.order.MoveToFront(e)
		s.lent = true
		return s, nil
	}
	if !keeps(text) {
		return nil, nil
	}
	prepared, err := c.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	own, ok := prepared.(sqliteStatement)
	if !ok {
		return nil, errors.Join(
			fmt.Errorf("SQLite's driver gives a %T, which lacks a method", prepared),
			prepared.Close(),
		)
	}
	s := &keptStatement{sqliteStatement: own, text: text, lent: true}
	c.kept[text] = c.order.PushFront(s)
	return s, c.trim()
}

// trim closes those that were not asked for longest, until no more are kept than may be. One that is lent stays.
func (c *keepingConn) trim() error {
	for e := c.order.Back(); e != nil && len(c.kept) > keptStatements; {
		s, before := e.Value.(*keptStatement), e.Prev()
		if !s.lent {
			if err := c.drop(s); err != nil {
				return err
			}
		}
		e = before
	}
	return nil
}

// drop closes a statement. One that failed is not asked again.
func (c *keepingConn) drop(s *keptStatement) error {
	if e, ok := c.kept[s.text]; ok && e.Value == s {
		c.order.Remove(e)
		delete(c.kept, s.text)
	}
	return s.Close()
}

// Close closes the statements, and then the connection.
func (c *keepingConn) Close() error {
	var all error
	for _, e := range c.kept {
		all = errors.Join(all, e.Value.(*keptStatement).Close())
	}
	clear(c.kept)
	return errors.Join(all, c.sqliteConn.Close())
}

// keeps reports that a text is one statement that reads or writes rows. Scripts, schema changes, transactions and
// settings are not asked often, or change what others were prepared for. The queue's statements begin with a comment.
func keeps(text string) bool {
	text = strings.TrimLeft(text, " \t\r\n")
	for strings.HasPrefix(text, "--") {
		_, text, _ = strings.Cut(text, "\n")
		text = strings.TrimLeft(text, " \t\r\n")
	}
	for _, verb := range []string{"SELECT ", "SELECT\n", "WITH ", "INSERT ", "UPDATE ", "DELETE "} {
		if len(text) >= len(verb) && strings.EqualFold(text[:len(verb)], verb) {
			return true
		}
	}
	return false
}

// lentRows are the rows of a statement that is lent until they are closed.
type lentRows struct {
	sqliteRows

	conn      *keepingConn
	statement *keptStatement
}

// Close gives the statement back, or away when it failed.
func (r *lentRows) Close() error {
	s := r.statement
	if s == nil {
		return nil
	}
	r.statement = nil
	if err := r.sqliteRows.Close(); err != nil {
		return errors.Join(err, r.conn.drop(s))
	}
	s.lent = false
	return nil
}
