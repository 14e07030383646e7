package storetest

import (
	"database/sql"
	"fmt"
	"testing"
)

// Fill makes an SQLite database as large as it may be, as on a disk without space, until free is called. db is its
// one writing connection.
func Fill(t testing.TB, db *sql.DB) (free func()) {
	t.Helper()
	ctx := t.Context()
	do := func(query string) {
		t.Helper()
		if _, err := db.ExecContext(ctx, query); err != nil {
			t.Fatalf("fill the database: %v", err)
		}
	}
	var pages int64
	if err := db.QueryRowContext(ctx, `PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	do(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages))
	for size := 4000; size > 0; size /= 2 { // what is free inside is taken too
		for {
			if _, err := db.ExecContext(ctx, `INSERT INTO writable_probe VALUES (zeroblob($1))`, size); err != nil {
				break
			}
		}
	}
	return func() {
		do(`PRAGMA max_page_count = 1073741823`)
		do(`DELETE FROM writable_probe`)
	}
}
