package store_test

import (
	"database/sql"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"ariga.io/atlas/sql/sqltool"
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"

	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/ent/migrate"
	"github.com/truecount/truecount/migrations"
)

// The migrations replayed on an empty database give exactly the models' schema. After a change of
// the models, WRITE_MIGRATION=name go test ./app/store -run Schema writes the next file for each
// database; read it before it is committed.
func TestMigrationsMatchTheSchema(t *testing.T) {
	t.Parallel()
	for _, d := range []struct {
		folder, dialect string
		open            func(*testing.T) *sql.DB
	}{
		{"sqlite", dialect.SQLite, func(t *testing.T) *sql.DB {
			return open(t, "sqlite", "file:"+filepath.Join(t.TempDir(), "dev.db")+"?_pragma=foreign_keys(1)")
		}},
		{"postgres", dialect.Postgres, func(t *testing.T) *sql.DB {
			return open(t, "pgx", storetest.PostgresURL(t))
		}},
	} {
		t.Run(d.folder, func(t *testing.T) {
			t.Parallel()
			name, write := os.LookupEnv("WRITE_MIGRATION")
			path := filepath.Join("..", "..", "migrations", d.folder)
			if !write {
				name, path = "missing", t.TempDir()
				copyMigrations(t, d.folder, path)
			}
			before := list(t, path)
			dir, err := sqltool.NewGooseDir(path)
			if err != nil {
				t.Fatal(err)
			}
			m, err := schema.NewMigrate(entsql.OpenDB(d.dialect, d.open(t)),
				schema.WithDir(dir), schema.WithMigrationMode(schema.ModeReplay), schema.WithDialect(d.dialect),
				schema.WithFormatter(sqltool.GooseFormatter), schema.WithDropIndex(true), schema.WithDropColumn(true))
			if err != nil {
				t.Fatal(err)
			}
			if err := m.NamedDiff(t.Context(), name, migrate.Tables...); err != nil {
				t.Fatalf("compare migrations with the schema: %v", err)
			}
			if after := list(t, path); !write && len(after) != len(before) {
				body, _ := os.ReadFile(after[len(after)-1])
				t.Errorf(
					"the schema has changed and migrations/%s has not: got %d files, want %d\n%s",
					d.folder,
					len(after),
					len(before),
					body,
				)
			}
		})
	}
}

func open(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func list(t *testing.T, path string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(path, "*.sql"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func copyMigrations(t *testing.T, folder, to string) {
	t.Helper()
	sub, err := fs.Sub(migrations.Files, folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(to, sub); err != nil {
		t.Fatal(err)
	}
	// The check sums are not shipped; they only guard hand edits while a file is written.
	sum, err := os.ReadFile(filepath.Join("..", "..", "migrations", folder, "atlas.sum"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(to, "atlas.sum"), sum, 0o600); err != nil {
		t.Fatal(err)
	}
}
