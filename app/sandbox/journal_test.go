package sandbox

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// reopen opens the world of a journal again, as after a restart.
func reopen(t *testing.T, path string, c *clock) *World {
	t.Helper()
	w, err := settled(Open(Options{Path: path, Now: c.now, Seed: 7, Clients: clients()}))
	if err != nil {
		t.Fatalf("reopen: %v", err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

func TestGrantsSurviveARestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "deep", "sandbox.jsonl")
	w, clk := world(t, path)
	g := granted(t, w)
	spent := must[string](t)(w.Refresher(g, 180*day))
	next, seen, err := w.Rotate("tiktok", spent)
	if err != nil {
		t.Fatal(err)
	}
	access, old := must[string](t)(w.Access(g, time.Hour)), must[string](t)(w.Access(g, time.Minute))
	added := w.AddAccounts("tiktok", 3)
	clk.pass(time.Minute)
	// No Close: a killed process does not close.

	again := reopen(t, path, clk)
	got, err := again.Bearer("tiktok", access)
	if err != nil || got.Account != g.Account || !reflect.DeepEqual(got.Scopes, g.Scopes) {
		t.Errorf("got %+v, %v, want the grant of %s", got, err, g.Account)
	}
	if _, err := again.Bearer("tiktok", old); !errors.Is(err, ErrTokenExpired) {
		t.Errorf("got %v, want %v", err, ErrTokenExpired)
	}
	if _, ok := again.Account("tiktok", added[2].ID); !ok {
		t.Error("got no account that was added, want it")
	}
	if _, kept, err := again.Rotate("tiktok", next); err != nil || !kept.Expires.Equal(seen.Expires) {
		t.Errorf("got end %s, %v, want %s", kept.Expires, err, seen.Expires)
	}
	if _, _, err := again.Rotate("tiktok", spent); !errors.Is(err, ErrTokenSpent) {
		t.Errorf("got %v, want %v", err, ErrTokenSpent)
	}
	if n := reopen(t, path, clk).GrantCount("tiktok", g.Account); n != 0 {
		t.Errorf("got %d grants after the second restart, want 0", n)
	}
}

func TestRevokeAndExpireSurviveARestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sandbox.jsonl")
	w, clk := world(t, path)
	g := granted(t, w)
	access := must[string](t)(w.Access(g, time.Hour))
	if err := w.Expire("tiktok", g.Account); err != nil {
		t.Fatal(err)
	}
	if _, err := reopen(t, path, clk).Bearer("tiktok", access); !errors.Is(err, ErrTokenExpired) {
		t.Errorf("got %v, want %v", err, ErrTokenExpired)
	}
	if err := w.Revoke("tiktok", g.Account); err != nil {
		t.Fatal(err)
	}
	if _, err := reopen(t, path, clk).Bearer("tiktok", access); !errors.Is(err, ErrTokenRevoked) {
		t.Errorf("got %v, want %v", err, ErrTokenRevoked)
	}
}

func TestTornLastLineIsDropped(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sandbox.jsonl")
	w, clk := world(t, path)
	g := granted(t, w)
	kept := must[string](t)(w.Access(g, time.Hour))
	whole := must[[]byte](t)(os.ReadFile(path))
	torn := must[string](t)(w.Access(g, time.Hour))
	_ = w.Close()
	all := must[[]byte](t)(os.ReadFile(path))
	if err := os.WriteFile(path, all[:len(whole)+20], 0o600); err != nil {
		t.Fatal(err)
	}

	again := reopen(t, path, clk)
	if _, err := again.Bearer("tiktok", kept); err != nil {
		t.Errorf("got %v, want the whole line to count", err)
	}
	if _, err := again.Bearer("tiktok", torn); !errors.Is(err, ErrToken) {
		t.Errorf("got %v, want %v", err, ErrToken)
	}
	later := must[string](t)(again.Access(g, time.Hour))
	if _, err := reopen(t, path, clk).Bearer("tiktok", later); err != nil {
		t.Errorf("got %v, want what was written after the torn line", err)
	}
}

func TestBrokenLineStopsTheStart(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"not JSON": "{\n", "of another version": `{"e":"dance"}` + "\n", "token of no grant": `{"e":"token","g":9,"h":"aa"}` + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "sandbox.jsonl")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(Options{Path: path}); err == nil || !strings.Contains(err.Error(), "line 1") {
				t.Errorf("got %v, want an error that names line 1", err)
			}
		})
	}
}

func TestJournalHoldsNoSecretAndIsPrivate(t *testing.T) { // T1, L2
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sandbox.jsonl")
	w, _ := world(t, path)
	g := granted(t, w)
	access, refresh := must[string](t)(w.Access(g, time.Hour)), must[string](t)(w.Refresher(g, 0))
	b := must[[]byte](t)(os.ReadFile(path))
	for _, s := range []string{Marker, access, refresh} {
		if bytes.Contains(b, []byte(s)) {
			t.Error("got a secret in the journal")
		}
	}
	if bytes.Count(b, []byte("\n")) != 3 {
		t.Errorf("got %d lines, want 3", bytes.Count(b, []byte("\n")))
	}
	if mode := must[os.FileInfo](t)(os.Stat(path)).Mode().Perm(); mode != 0o600 {
		t.Errorf("got mode %o, want 600", mode)
	}
}

func TestJournalIsCompactedAtTheStart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sandbox.jsonl")
	w, clk := world(t, path)
	g := granted(t, w)
	w.AddAccounts("youtube", 2)
	w.AddAccounts("youtube", 3)
	next := must[string](t)(w.Refresher(g, 180*day))
	for range 300 {
		must[string](t)(w.Access(g, time.Hour))
	}
	clk.pass(10 * day)
	access := must[string](t)(w.Access(g, time.Hour))
	_ = w.Close()
	before := must[os.FileInfo](t)(os.Stat(path)).Size()

	again := reopen(t, path, clk)
	if after := must[os.FileInfo](t)(os.Stat(path)); after.Size() > before/10 || after.Mode().Perm() != 0o600 {
		t.Errorf("got %d bytes, mode %o, want a tenth of %d and 600", after.Size(), after.Mode().Perm(), before)
	}
	later := must[string](t)(again.Access(g, time.Hour))
	third := reopen(t, path, clk)
	for name, text := range map[string]string{"before": access, "after": later} {
		if _, err := third.Bearer("tiktok", text); err != nil {
			t.Errorf("got %v for the token given %s compaction, want it to live", err, name)
		}
	}
	if _, _, err := third.Rotate("tiktok", next); err != nil {
		t.Errorf("got %v, want the refresh token to live", err)
	}
	if got, want := len(third.Accounts("youtube")), len(pretended["youtube"].Accounts)+5; got != want {
		t.Errorf("got %d accounts, want %d", got, want)
	}
}

func TestWhatCannotBeWrittenIsNotGiven(t *testing.T) { // T8
	t.Parallel()
	w, _ := world(t, filepath.Join(t.TempDir(), "sandbox.jsonl"))
	g := granted(t, w)
	refresh := must[string](t)(w.Refresher(g, 0))
	_ = w.journal.file.Close() // the disk is gone
	if _, err := w.Access(g, time.Hour); err == nil {
		t.Error("got a token, want an error")
	}
	if _, _, err := w.Rotate("tiktok", refresh); err == nil || errors.Is(err, ErrTokenSpent) {
		t.Errorf("got %v, want the write to fail", err)
	}
	if _, err := w.RefreshGrant("tiktok", refresh); err != nil {
		t.Errorf("got %v, want the refresh token not to be spent", err)
	}
}
