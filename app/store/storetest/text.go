package storetest

import (
	"database/sql"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var bytesAsHex = regexp.MustCompile(`\\x([0-9a-f]{2,})`)

// Text is everything a database holds, as text: what must not be in it can be searched for. Of SQLite
// it is the file with its log, of PostgreSQL every row of every table and sequence of ours.
func Text(t testing.TB, databaseURL string) string {
	t.Helper()
	var all strings.Builder
	if path, ok := strings.CutPrefix(databaseURL, "sqlite://"); ok {
		files, _ := filepath.Glob(path + "*")
		for _, f := range files {
			content, err := os.ReadFile(f) // #nosec G304 -- the test's own
			if err != nil {
				t.Fatal(err)
			}
			all.Write(content)
		}
		return all.String()
	}
	db, err := sql.Open("pgx", databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var tables []string
	collect(
		t,
		db,
		`SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
		func(s string) { tables = append(tables, s) },
	)
	for _, name := range tables {
		collect(t, db, `SELECT r::text FROM `+name+` r`, func(s string) {
			all.WriteString(name + " " + s + "\n")
			for _, m := range bytesAsHex.FindAllStringSubmatch(s, -1) { // what is text in bytes is looked at as text
				plain, _ := hex.DecodeString(m[1][:len(m[1])/2*2])
				all.Write(plain)
			}
		})
	}
	return all.String()
}

func collect(t testing.TB, db *sql.DB, query string, each func(string)) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		each(s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}
