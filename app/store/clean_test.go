package store_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
)

func sqliteOnly(t *testing.T) {
	t.Helper()
	if storetest.Postgres() {
		t.Skip("the file is SQLite's")
	}
}

// What is deleted is overwritten where it stood, on the connection that everybody writes with, in and outside of
// transactions.
func TestDeletedContentIsOverwritten(t *testing.T) {
	t.Parallel()
	sqliteOnly(t)
	s := storetest.New(t)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	var on int
	if err := s.SQL().QueryRowContext(ctx, "PRAGMA secure_delete").Scan(&on); err != nil || on != 1 {
		t.Errorf("got secure_delete %d, %v on the writing connection, want 1", on, err)
	}
	const mark = "CANARY-a-value-that-was-deleted-"
	for i := range 50 {
		s.Client.Meta.Create().
			SetID(string(rune('a'+i%26)) + strings.Repeat("x", i)).
			SetValue([]byte(mark + strings.Repeat("y", 100*i))).
			ExecX(ctx)
	}
	if !inFiles(t, s, mark) {
		t.Fatal("got no mark before the deletion, want one")
	}
	s.Client.Meta.Delete().ExecX(ctx)
	if done, err := s.Truncate(ctx); err != nil || !done {
		t.Fatalf("got done %v, %v, want the log emptied", done, err)
	}
	if inFiles(t, s, mark) {
		t.Error("got deleted content in the file, want it overwritten")
	}
}

func inFiles(t *testing.T, s *store.Store, mark string) bool {
	t.Helper()
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(s.Path + suffix)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(mark)) {
			return true
		}
	}
	return false
}

// A file from before deleted content was overwritten is rewritten once, with the start that brings it.
func TestAnOlderFileIsRewrittenOnce(t *testing.T) {
	t.Parallel()
	sqliteOnly(t)
	s := storetest.New(t)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	const mark = "CANARY-left-in-a-gap"
	old := func(query string) {
		t.Helper()
		if _, err := s.SQL().ExecContext(ctx, query); err != nil {
			t.Fatal(err)
		}
	}
	old("PRAGMA secure_delete = 0")
	old("INSERT INTO meta (id, value) VALUES ('old', '" + mark + strings.Repeat("z", 9000) + "')")
	old("DELETE FROM meta WHERE id = 'old'")
	old("PRAGMA user_version = 0")
	if _, err := s.Truncate(ctx); err != nil {
		t.Fatal(err)
	}
	if !inFiles(t, s, mark) {
		t.Fatal("got no deleted content in the gaps, want the older behaviour")
	}
	if err := s.Migrate(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if inFiles(t, s, mark) {
		t.Error("got deleted content after the start, want the file rewritten")
	}
}

// Only databases that were moved aside before an erasure are removed, with their logs.
func TestRemoveAside(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "true[count].db")
	erased := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	before, after := store.Aside(path, erased.Add(-time.Hour)), store.Aside(path, erased.Add(time.Hour))
	for _, f := range []string{path, before, before + "-wal", after, path + ".other"} {
		if err := os.WriteFile(f, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := store.RemoveAside(path, erased); n != 2 || err != nil {
		t.Errorf("got %d removed, %v, want the older one and its log", n, err)
	}
	for f, want := range map[string]bool{path: true, before: false, before + "-wal": false, after: true, path + ".other": true} {
		if _, err := os.Stat(f); (err == nil) != want {
			t.Errorf("%s: got there %v, want %v", filepath.Base(f), err == nil, want)
		}
	}
}

// D9: Present tells each way in which the file under an open database goes.
func TestPresent(t *testing.T) {
	t.Parallel()
	sqliteOnly(t)
	for name, lose := range map[string]func(path string) error{
		"nothing":  func(string) error { return nil },
		"deleted":  os.Remove,
		"emptied":  func(path string) error { return os.Truncate(path, 0) },
		"moved":    func(path string) error { return os.Rename(path, path+".moved") },
		"replaced": func(path string) error { return copyOver(path) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := storetest.New(t)
			if err := lose(s.Path); err != nil {
				t.Fatal(err)
			}
			err := s.Writable(context.WithoutCancel(t.Context()))
			if gone := err != nil; gone != (name != "nothing") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// copyOver puts an equal file in the place of another.
func copyOver(path string) error {
	b, err := os.ReadFile(path) // #nosec G304 -- the test's own
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".copy", b, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".copy", path)
}
