package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/backup"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/vault"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent"
)

// place is a folder in which an installation lives, or lived.
type place struct {
	*testing.T
	vars map[string]string
	db   string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	const base = "http://127.0.0.1:1"
	w, address := abroad(t, base, nil)
	db := filepath.Join(t.TempDir(), "data", "truecount.db")
	vars := settings(t, w, address, base, "sqlite://"+db)
	vars["BACKUP_DIR"] = filepath.Join(t.TempDir(), "copies")
	return &place{t, vars, db}
}

// start opens the program as serve does, and closes it again.
func (p *place) start(change func(*app.Options)) error {
	p.Helper()
	o := app.Options{Platforms: tested, Config: load(p.T, p.vars), Serve: true}
	if change != nil {
		change(&o)
	}
	a, err := app.Open(viewer.System(p.Context(), viewer.ReasonTest), o)
	if err != nil {
		return err
	}
	return a.Close()
}

func (p *place) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func (p *place) lose() {
	p.Helper()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(p.db + suffix); err != nil && !os.IsNotExist(err) {
			p.Fatal(err)
		}
	}
}

// sqlite does something to the database file.
func sqlite(p *place, queries ...string) error {
	db, err := sql.Open("sqlite", p.db)
	if err != nil {
		return err
	}
	for _, q := range queries {
		if _, err = db.ExecContext(p.Context(), q); err != nil {
			break
		}
	}
	return errors.Join(err, db.Close())
}

// D9: a database that is missing or empty although there was one is refused, by serve and by every other command,
// with the command that brings a copy back.
func TestAVanishedDatabaseIsNotAFirstStart(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*place){
		"deleted":   func(p *place) { p.lose() },
		"truncated": func(p *place) { p.lose(); p.must(os.WriteFile(p.db, nil, 0o600)) },
		"another SQLite file without a table": func(p *place) {
			p.lose()
			s, err := store.Open(p.Context(), "sqlite://"+p.db)
			p.must(err)
			p.must(s.Close())
		},
		"another SQLite file that doctor and migrate --status looked at": func(p *place) {
			p.lose()
			s, err := store.Open(p.Context(), "sqlite://"+p.db)
			p.must(err)
			p.must(s.Close())
			command(t, p.vars, "doctor", "--offline")
			command(t, p.vars, "migrate", "--status")
		},
		"one whose first migration was broken off": func(p *place) {
			p.lose()
			p.must(sqlite(p, `CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')))`,
				`INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1)`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			p.must(p.start(nil))
			lose(p)
			for role, change := range map[string]func(*app.Options){"serve": nil, "a command": func(o *app.Options) { o.Serve = false }} {
				err := p.start(change)
				if err == nil || !strings.Contains(err.Error(), "missing or empty") ||
					!strings.Contains(err.Error(), "truecount restore") ||
					!strings.Contains(err.Error(), "serve --new") {
					t.Errorf("%s: got %v, want a refusal that names restore and --new", role, err)
				}
			}
			if code, _, said := command(t, p.vars, "migrate"); code != 1 || !strings.Contains(said, "truecount restore") {
				t.Errorf("migrate: got %d %s, want a refusal", code, said)
			}
			if left, err := store.Absent(p.db); (name == "deleted" || name == "truncated") && (err != nil || !left) {
				t.Errorf("got a database after refusals (absent %v, %v), want none", left, err)
			}
			p.must(p.start(func(o *app.Options) { o.Config.New = true }))
			p.must(p.start(nil)) // the new one is at home now
		})
	}
}

// D9: a database file that is damaged is refused with the command that brings a copy back.
func TestADamagedDatabaseNamesTheWayBack(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"no database": strings.Repeat("x", 9000), "cut off": "SQLite format 3\x00" + strings.Repeat("x", 9000)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			p.must(p.start(nil))
			p.lose()
			p.must(os.WriteFile(p.db, []byte(content), 0o600))
			err := p.start(nil)
			if err == nil || !strings.Contains(err.Error(), "damaged") || !strings.Contains(err.Error(), "truecount restore") {
				t.Errorf("got %v, want a refusal that says damaged and names restore", err)
			}
		})
	}
}

// The migrate command leaves the marker too, before there is a keyset.
func TestMigrateLeavesTheMarker(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	must(t, p.vars, "migrate")
	p.lose()
	if err := p.start(nil); err == nil || !strings.Contains(err.Error(), "missing or empty") {
		t.Errorf("got %v, want a refusal", err)
	}
}

// A copy in BACKUP_DIR proves that there was a database, also without the marker, and the newest is named.
func TestACopyProvesThatThereWasADatabase(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	c := clockAt(time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC))
	a, err := app.Open(
		viewer.System(t.Context(), viewer.ReasonTest),
		app.Options{Platforms: tested, Config: load(t, p.vars), Serve: true, Now: c.now},
	)
	p.must(err)
	newest := filepath.Join(p.vars["BACKUP_DIR"], c.file())
	_, err = a.Store.Backup(t.Context(), newest)
	p.must(err)
	p.must(a.Close())
	p.lose()
	p.must(os.Remove(store.MarkerPath(p.db)))
	if err := p.start(nil); err == nil || !strings.Contains(err.Error(), "truecount restore "+newest) {
		t.Errorf("got %v, want a refusal that names %s", err, newest)
	}
}

// A keyset proves nothing: it is made before the first start.
func TestAKeysetAloneIsNoInstallation(t *testing.T) {
	t.Parallel()
	p := newPlace(t) // settings made a keyset
	p.must(os.MkdirAll(filepath.Dir(p.db), 0o700))
	if _, err := os.Stat(p.vars["ENCRYPTION_KEYS"]); err != nil {
		t.Fatal(err)
	}
	p.must(p.start(nil))
}

// What comes to the folder by restore is not refused, and the marker keeps naming the same installation.
func TestARestoredDatabaseIsAtHome(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.must(p.start(nil))
	before, there := store.ReadMarker(p.db)
	if !there || before.Installation == "" || before.Keyset == "" {
		t.Fatalf("got marker %+v (there: %v), want one with both ids", before, there)
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	s, err := store.Open(t.Context(), "sqlite://"+p.db)
	p.must(err)
	_, err = s.Backup(t.Context(), copied)
	p.must(err)
	p.must(s.Close())
	p.lose()
	r, err := backup.OpenRestore(
		t.Context(),
		backup.RestoreOptions{Config: load(t, p.vars), Makers: tested.Makers(), File: copied, Now: time.Now()},
	)
	p.must(err)
	p.must(r.Apply(t.Context()))
	p.must(r.Close())
	p.must(p.start(nil))
	if after, _ := store.ReadMarker(p.db); after.Installation != before.Installation {
		t.Errorf("got installation %s after the restore, want %s", after.Installation, before.Installation)
	}
	if info, err := os.Stat(store.MarkerPath(p.db)); err != nil || info.Mode().Perm() != 0o600 { // L2
		t.Errorf("got marker %v (%v), want mode 0600", info.Mode(), err)
	}
}

// D9: when the file under a running server is deleted, emptied or replaced, health and readiness say so at once,
// and the setup check too.
func TestTheDatabaseFileVanishesUnderARunningServer(t *testing.T) {
	t.Parallel()
	if storetest.Postgres() {
		t.Skip("PostgreSQL looks after its own files")
	}
	for name, lose := range map[string]func(path string) error{
		"deleted": os.Remove,
		"emptied": func(path string) error { return os.Truncate(path, 0) },
		"replaced": func(path string) error {
			other := path + ".other"
			if err := os.WriteFile(other, []byte("SQLite format 3\x00 of somebody else"), 0o600); err != nil {
				return err
			}
			return os.Rename(other, path)
		},
		"overwritten": func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("x", 5000)), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			path, b := h.Store.Path, h.browser()
			if got := b.get("/readyz").status; got != http.StatusOK {
				t.Fatalf("got %d from /readyz before, want 200", got)
			}
			if err := lose(path); err != nil {
				t.Fatal(err)
			}
			if got := b.get("/readyz").status; got != http.StatusServiceUnavailable {
				t.Errorf("got %d from /readyz, want 503", got)
			}
			until(t, "health to say so", func() bool {
				return b.get("/api/health/social-sync").status == http.StatusServiceUnavailable
			})
			d := h.Doctor(context.WithoutCancel(t.Context()))
			said := ""
			for _, f := range d.CheckQuickly(t.Context()) {
				if f.ID == "storage.writable" {
					said = string(f.State) + ": " + f.Words.String() + " " + f.Todo.String()
				}
			}
			if !strings.HasPrefix(said, "fail: The database file is missing or was replaced") ||
				!strings.Contains(said, "truecount restore") {
				t.Errorf("got %q from the setup check, want the file named as gone and restore named", said)
			}
		})
	}
}

// T4: a database is not opened with another keyset, by nobody, and nothing in it changes.
func TestAnotherKeysetIsRefused(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.vars["DATABASE_URL"] = storetest.URL(t)
	p.must(p.start(nil))
	p.vars["ENCRYPTION_KEYS"] = filepath.Join(t.TempDir(), "other.json")
	p.must(vault.NewFile(p.vars["ENCRYPTION_KEYS"]))
	facts := func() (out []*ent.Meta) {
		s, err := store.Open(t.Context(), p.vars["DATABASE_URL"])
		p.must(err)
		defer func() { p.must(s.Close()) }()
		return s.Read.Meta.Query().AllX(viewer.System(t.Context(), viewer.ReasonTest))
	}
	before := facts()
	for _, serve := range []bool{true, false} {
		err := p.start(func(o *app.Options) { o.Serve = serve })
		if err == nil || !strings.Contains(err.Error(), "ENCRYPTION_KEYS") {
			t.Errorf("serve %v: got %v, want a refusal that names ENCRYPTION_KEYS", serve, err)
		}
	}
	for i, now := range facts() {
		if len(before) <= i || now.ID != before[i].ID || !bytes.Equal(now.Value, before[i].Value) {
			t.Errorf("got the fact %s changed by a start that was refused, want nothing written", now.ID)
		}
	}
}

// D6: a schema that is newer than the program is refused, by a server and by commands, in words that say what to do.
func TestANewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.vars["DATABASE_URL"] = storetest.URL(t)
	p.must(p.start(nil))
	s, err := store.Open(t.Context(), p.vars["DATABASE_URL"])
	p.must(err)
	_, err = s.SQL().
		ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (29991231235959, true)")
	p.must(err)
	p.must(s.Close())
	for _, migrate := range []bool{true, false} {
		for _, serve := range []bool{true, false} {
			err := p.start(func(o *app.Options) { o.Serve, o.Config.AutoMigrate = serve, migrate })
			if err == nil || !strings.Contains(err.Error(), "Use a newer truecount") {
				t.Errorf("serve %v, AUTO_MIGRATE %v: got %v, want a refusal that says what to do", serve, migrate, err)
			}
		}
	}
}

// A keyset that cannot be used is refused in one line with an example, and nothing of what was set is printed.
func TestAnUnusableKeysetIsRefusedWithAnExample(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string]string{
		"no file": "/nowhere/CANARY/keys.json", "no JSON": `{"CANARYsecret`, "no keyset": `{"primary":"CANARYsecret"}`, "a word": "CANARYsecret",
	} {
		p := newPlace(t)
		c := load(t, p.vars)
		c.EncryptionKeys = fault.Secret(keys)
		a, err := app.Open(
			viewer.System(t.Context(), viewer.ReasonTest),
			app.Options{Platforms: tested, Config: c, Serve: true},
		)
		if a != nil {
			_ = a.Close()
		}
		if err == nil {
			t.Errorf("%s: got no error", name)
			continue
		}
		got := err.Error()
		if !strings.HasPrefix(got, "ENCRYPTION_KEYS cannot be used: ") ||
			!strings.Contains(got, "for example ENCRYPTION_KEYS=/etc/truecount/keys.json, made by truecount keys new") ||
			strings.Contains(got, "\n") {
			t.Errorf("%s: got %q, want one line with an example", name, got)
		}
		if strings.Contains(got, "CANARYsecret") {
			t.Errorf("%s: got %q, want nothing of the keyset in it", name, got)
		}
	}
}

// A database that was begun anew knows nothing of what was erased before: a restore over it asks first.
func TestARestoreOverADatabaseBegunAnewAsks(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	old := time.Date(2026, 11, 1, 4, 0, 0, 0, time.UTC)
	a, err := app.Open(
		viewer.System(t.Context(), viewer.ReasonTest),
		app.Options{Platforms: tested, Config: load(t, p.vars), Serve: true, Now: func() time.Time { return old }},
	)
	p.must(err)
	p.must(
		a.Planner.Clock.Tick(viewer.System(t.Context(), viewer.ReasonTest), "tick", old, time.Time{}),
	) // a copy says by this when it was written
	copied := filepath.Join(t.TempDir(), "copy.db")
	_, err = a.Store.Backup(t.Context(), copied)
	p.must(err)
	p.must(a.Close())
	p.lose()
	p.must(p.start(func(o *app.Options) { o.Config.New = true }))
	if code, out, said := command(t, p.vars, "restore", copied); code != 1 || !strings.Contains(said, "--yes") ||
		!strings.Contains(out, "come back") {
		t.Errorf("got %d %s %s, want to be asked", code, out, said)
	}
	must(t, p.vars, "restore", "--yes", copied)
}
