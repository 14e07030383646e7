package store_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
)

// embedded is a fresh SQLite database, whatever the suite runs on.
// asItIs changes nothing of a copy.
func asItIs(*store.Store) error { return nil }

func embedded(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return s
}

// names lists a directory.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

// D4, L2: while twenty write, a copy is made that is whole and its owner's alone, and nobody is refused.
func TestBackup(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	ctx, stop := context.WithCancel(viewer.System(t.Context(), viewer.ReasonTest))
	defer stop()
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				id := string(rune('a'+i)) + strings.Repeat("x", n%40)
				if err := s.Client.Meta.Create().SetID(id).SetValue([]byte("v")).OnConflictColumns("id").UpdateNewValues().Exec(ctx); err != nil &&
					ctx.Err() == nil {
					t.Errorf("write: %v", err)
				}
			}
		})
	}
	path := filepath.Join(t.TempDir(), "copies", "copy.db")
	for try := range 5 {
		got, err := s.Backup(ctx, path)
		if err != nil || got.Path != path || got.Size == 0 || got.Schema == 0 || !got.Written.IsZero() ||
			got.Connections != 0 {
			t.Fatalf("try %d: got %+v, %v, want a copy", try, got, err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("got mode %v, %v, want 0600", info.Mode(), err)
		}
		if _, err := s.Backup(ctx, path); !errors.Is(err, fs.ErrExist) {
			t.Errorf("over a file: got %v, want a refusal", err)
		}
		if left := names(t, filepath.Dir(path)); left != "copy.db" {
			t.Errorf("got %s beside the copy, want nothing", left)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	wg.Wait()
	if _, err := s.Backup(ctx, path); err == nil {
		t.Error("got a copy although nobody waits for it any more")
	}
	if left := names(t, filepath.Dir(path)); left != "" {
		t.Errorf("broken off: got %s, want nothing left", left)
	}
}

// D4: what is not a whole database of ours is told apart, in one line each.
func TestInspect(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.db")
	if _, err := s.Backup(t.Context(), whole); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	damaged := append([]byte(nil), content...)
	for i := len(damaged) / 3; i < len(damaged)/2; i++ {
		damaged[i] ^= 0x5a
	}
	write("logged.db-wal", []byte("x"))
	for name, want := range map[string]string{
		filepath.Join(dir, "none.db"): "there is no file",
		dir:                           "is not a file",
		write("empty.db", nil):        "is not an SQLite database",
		write("page.html", []byte("<!doctype html>...")): "is not an SQLite database",
		write("damaged.db", damaged):                     "is damaged",
		write("cut.db", content[:len(content)/2]):        "is damaged",
		write("logged.db", content):                      "in a -wal file",
	} {
		if _, err := store.Inspect(t.Context(), name); err == nil || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
	before := names(t, dir)
	if got, err := store.Inspect(t.Context(), whole); err != nil || got.Size != int64(len(content)) {
		t.Errorf("got %+v, %v, want it whole", got, err)
	}
	if after := names(t, dir); after != before {
		t.Errorf("got %s after looking, want %s", after, before)
	}
}

// D4: whoever has the present database open is not cut off from it, and a place that is claimed lets no server in.
func TestReplace(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	s.Client.Meta.Create().SetID("a").SetValue([]byte("old")).ExecX(ctx)
	from, aside := filepath.Join(t.TempDir(), "copy.db"), s.Path+".aside"
	if _, err := s.Backup(ctx, from); err != nil {
		t.Fatal(err)
	}
	s.Client.Meta.UpdateOneID("a").SetValue([]byte("new")).ExecX(ctx)
	release, err := store.Claim(ctx, s.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.LockServe(); err == nil {
		t.Error("got a server into a claimed place")
	}
	if err := store.Replace(ctx, from, s.Path, aside, asItIs); err == nil || !strings.Contains(err.Error(), "open") {
		t.Errorf("in use: got %v, want a refusal", err)
	}
	if got := string(s.Client.Meta.GetX(ctx, "a").Value); got != "new" {
		t.Errorf("after the refusal: got %s, want it unchanged", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(filepath.Dir(s.Path), "."+filepath.Base(s.Path)+".123.part") // of a killed process
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := store.Replace(ctx, from, s.Path, aside, asItIs); err != nil {
		t.Fatal(err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{s.Path: "old", aside: "new"} {
		s, err := store.Peek(ctx, path)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(s.Client.Meta.GetX(ctx, "a").Value); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
		_ = s.Close()
		if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: got mode %v, %v, want 0600", path, info.Mode(), err)
		}
	}
	if all := names(t, filepath.Dir(s.Path)); strings.Contains(all, ".part") || strings.Contains(all, "-wal") {
		t.Errorf("got %s, want nothing unfinished", all)
	}
	if err := store.Replace(ctx, from, s.Path, aside, asItIs); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over what was moved aside before: got %v, want a refusal", err)
	}
}

// On PostgreSQL another tool copies.
func TestNoBackupOfPostgres(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	if s.Embedded() {
		t.Skip("on PostgreSQL only")
	}
	if _, err := s.Backup(t.Context(), filepath.Join(t.TempDir(), "x")); err == nil ||
		!strings.Contains(err.Error(), "pg_dump") {
		t.Errorf("got %v, want pg_dump named", err)
	}
}
