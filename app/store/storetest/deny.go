package storetest

import (
	"database/sql"
	"testing"
)

// Deny makes a database refuse every change of a table, as a full or broken one would, until allow is
// called.
func Deny(t testing.TB, db *sql.DB, dialect, table string) (allow func()) {
	t.Helper()
	do := func(queries ...string) {
		t.Helper()
		for _, q := range queries {
			if _, err := db.ExecContext(t.Context(), q); err != nil {
				t.Fatalf("deny %s: %v", table, err)
			}
		}
	}
	if dialect == "sqlite3" {
		do(`CREATE TRIGGER deny_update BEFORE UPDATE ON `+table+` BEGIN SELECT RAISE(ABORT, 'disk full'); END`,
			`CREATE TRIGGER deny_insert BEFORE INSERT ON `+table+` BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
		return func() { do(`DROP TRIGGER deny_update`, `DROP TRIGGER deny_insert`) }
	}
	do(
		`CREATE OR REPLACE FUNCTION deny() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$ LANGUAGE plpgsql`,
		`CREATE TRIGGER deny_change BEFORE INSERT OR UPDATE ON `+table+` FOR EACH STATEMENT EXECUTE FUNCTION deny()`,
	)
	return func() { do(`DROP TRIGGER deny_change ON ` + table) }
}
