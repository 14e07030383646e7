package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/truecount/truecount/app/store"
)

// keeping opens a database with one table of the numbers from 1 to 5.
func keeping(t *testing.T) *sql.DB {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "kept.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	must(t, s.SQL(), "CREATE TABLE n (i INTEGER PRIMARY KEY, word TEXT UNIQUE)")
	for i := 1; i <= 5; i++ {
		must(t, s.SQL(), "INSERT INTO n (i, word) VALUES (?, ?)", i, fmt.Sprint("word ", i))
	}
	return s.SQL()
}

func must(t *testing.T, db interface {
	ExecContext(ctx context.Context, q string, args ...any) (sql.Result, error)
}, q string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), q, args...); err != nil {
		t.Fatalf("%s: %v", q, err)
	}
}

func numbersOf(t *testing.T, rows *sql.Rows) (out []int) {
	t.Helper()
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		out = append(out, n)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// A statement that is still being read is not lent again: who asks the same meanwhile has an answer of their own.
func TestOneStatementAskedTwiceAtOnce(t *testing.T) {
	t.Parallel()
	db := keeping(t)
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	const q = "SELECT i FROM n WHERE i > ? ORDER BY i"
	ask := func() { // the second time the statement was prepared before
		first, err := tx.QueryContext(t.Context(), q, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = first.Close() }()
		first.Next()
		second, err := tx.QueryContext(t.Context(), q, 3)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = second.Close() }()
		if got := numbersOf(t, second); fmt.Sprint(got) != "[4 5]" {
			t.Errorf("got %v of the second, want 4 and 5", got)
		}
		if got := numbersOf(t, first); fmt.Sprint(got) != "[3 4 5]" { // 2 was read before
			t.Errorf("got %v of the first, want 3 to 5", got)
		}
	}
	for range 3 {
		ask()
	}
}

// A statement that failed, or whose answer was left half read, serves the next one as if it were new.
func TestAStatementThatFailed(t *testing.T) {
	t.Parallel()
	db := keeping(t)
	const insert = "INSERT INTO n (i, word) VALUES (?, ?)"
	for i := 6; i < 9; i++ {
		if _, err := db.ExecContext(t.Context(), insert, i, "word 1"); err == nil {
			t.Fatal("got no error for a word that is there, want one")
		}
		must(t, db, insert, i, fmt.Sprint("word ", i))
		var n int
		if err := db.QueryRowContext(t.Context(), "SELECT i FROM n WHERE i >= ? ORDER BY i", i).Scan(&n); err != nil ||
			n != i {
			t.Fatalf("got %d and %v, want %d", n, err, i) // and the rest is not read
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		err := db.QueryRowContext(ended, "SELECT i FROM n WHERE i >= ? ORDER BY i", 1).Scan(&n)
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v, want that the question was withdrawn", err)
		}
	}
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT nothing FROM n").Scan(&n); err == nil {
		t.Error("got no error for a column that is not there, want one")
	}
	if _, err := db.QueryContext(t.Context(), "SELECT i FROM n WHERE i = ? AND word = ?", 1); err == nil { //nolint:rowserrcheck,sqlclosecheck // there are no rows
		t.Error("got no error for an argument too few, want one")
	}
	looked(t, db, func(c any) {
		if got := store.Lent(c); got != 0 || store.Kept(c) == 0 {
			t.Errorf("got %d of %d statements in use, want none", got, store.Kept(c))
		}
	})
}

// A change of the schema is seen by statements that were prepared before it.
func TestTheSchemaChangesUnderAStatement(t *testing.T) {
	t.Parallel()
	db := keeping(t)
	ask := func() (columns []string) {
		rows, err := db.QueryContext(t.Context(), "SELECT * FROM n WHERE i = 1")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		if columns, err = rows.Columns(); err != nil || !rows.Next() || rows.Err() != nil {
			t.Fatalf("got no row (%v), want one", err)
		}
		return columns
	}
	if got := len(ask()); got != 2 {
		t.Fatalf("got %d columns, want 2", got)
	}
	must(t, db, "ALTER TABLE n ADD COLUMN more TEXT")
	if got := len(ask()); got != 3 {
		t.Errorf("got %d columns, want 3", got)
	}
	must(t, db, "DROP TABLE n") // what is prepared holds no lock
	var n, word any
	if err := db.QueryRowContext(t.Context(), "SELECT * FROM n WHERE i = 1").Scan(&n, &word); err == nil {
		t.Error("got no error for a table that is gone, want one")
	}
}

// Thousands of different statements, asked by many at once, are answered, and no more of them are kept than may be.
func TestManyStatements(t *testing.T) {
	t.Parallel()
	db := keeping(t)
	var wait sync.WaitGroup
	for worker := range 4 {
		wait.Go(func() {
			for i := range 500 {
				var n int
				q := fmt.Sprintf("SELECT i + %d FROM n WHERE i = ?", i)
				if err := db.QueryRowContext(t.Context(), q, worker+1).Scan(&n); err != nil || n != worker+1+i {
					t.Errorf("got %d and %v, want %d", n, err, worker+1+i)
				}
			}
		})
	}
	wait.Wait()
	looked(t, db, func(c any) {
		if got := store.Kept(c); got == 0 || got > store.KeptStatements {
			t.Errorf("got %d kept statements, want at most %d", got, store.KeptStatements)
		}
	})
}

// looked looks at the driver's connection.
func looked(t *testing.T, db *sql.DB, look func(c any)) {
	t.Helper()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.Raw(func(c any) error { look(c); return nil }); err != nil {
		t.Fatal(err)
	}
}

// A time is read as both databases write it, to the microsecond.
func TestParseInstant(t *testing.T) {
	t.Parallel()
	at := func(micros int) time.Time { return time.Date(2026, 2, 28, 23, 59, 7, micros*1000, time.UTC) }
	for s, want := range map[string]time.Time{
		"2026-02-28 23:59:07":              at(0),
		"2026-02-28 23:59:07+00:00":        at(0),
		"2026-02-28 23:59:07.5+00:00":      at(500_000),
		"2026-02-28 23:59:07.000123":       at(123),
		"2026-02-28 23:59:07.123456+00:00": at(123_456),
	} {
		if got, err := store.ParseInstant(s); err != nil || !got.Equal(want) {
			t.Errorf("%s: got %s and %v, want %s", s, got, err, want)
		}
	}
	for _, s := range []string{"", "2026-02-28", "2026-02-28T23:59:07", "2026-02-28 23:59:0x", "2026-02-28 23:59:07.1z"} {
		if got, err := store.ParseInstant(s); err == nil {
			t.Errorf("%q: got %s, want an error", s, got)
		}
	}
}
