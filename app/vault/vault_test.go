package vault_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/mac"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/vault"
)

func ensure(t *testing.T) (*vault.Vault, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys", "keys.json")
	v, err := vault.Ensure(path)
	if err != nil {
		t.Fatal(err)
	}
	return v, path
}

// T1, T2: what is sealed opens for its own purpose and key alone.
func TestSealed(t *testing.T) {
	t.Parallel()
	v, path := ensure(t)
	other, _ := ensure(t)
	sealed, err := v.Seal("CANARY-token", "conn:a:access:1")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := v.Open(sealed, "conn:a:access:1"); err != nil || got != "CANARY-token" {
		t.Errorf("got %v, want the token", err)
	}
	again, err := vault.Load(fault.Secret(path))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Open(sealed, "conn:a:access:1"); err != nil || got != "CANARY-token" {
		t.Errorf("loaded again: got %v, want the token", err)
	}
	broken := append([]byte(nil), sealed...)
	broken[len(broken)-1] ^= 1
	for name, try := range map[string]func() error{
		"another row":     func() error { _, err := v.Open(sealed, "conn:b:access:1"); return err },
		"another field":   func() error { _, err := v.Open(sealed, "conn:a:refresh:1"); return err },
		"another version": func() error { _, err := v.Open(sealed, "conn:a:access:2"); return err },
		"another key":     func() error { _, err := other.Open(sealed, "conn:a:access:1"); return err },
		"damaged":         func() error { _, err := v.Open(broken, "conn:a:access:1"); return err },
	} {
		if err := try(); !errors.Is(err, vault.ErrSealed) {
			t.Errorf("%s: got %v, want ErrSealed", name, err)
		}
	}
}

// L2: a keyset is its owner's alone, and never written over.
func TestKeysetFile(t *testing.T) {
	t.Parallel()
	_, path := ensure(t)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v, want 0600", info.Mode(), err)
	}
	if err := vault.NewFile(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second time: got %v, want it refused", err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Load(fault.Secret(path)); err == nil {
		t.Error("readable by others: got it loaded, want a refusal")
	}
	if _, err := vault.Load("{}"); err == nil {
		t.Error("no keyset: got it loaded, want a refusal")
	}
}

// T3: a rotated file is taken up by whoever has it open; the old key goes on opening until it is taken out.
func TestRotate(t *testing.T) {
	t.Parallel()
	v, path := ensure(t)
	old, err := v.Seal("one", "p")
	if err != nil {
		t.Fatal(err)
	}
	if !v.Current(old) || !v.Current(nil) || v.Current([]byte("nonsense that is no ciphertext")) {
		t.Error("got another key for the current one")
	}
	if err := vault.Rotate(path); err != nil {
		t.Fatal(err)
	}
	if v.Current(old) {
		t.Error("got the old key for the current one")
	}
	if got, err := v.Open(old, "p"); err != nil || got != "one" {
		t.Errorf("got %v, want the old key to go on opening", err)
	}
	fresh, err := v.Seal("two", "p")
	if err != nil || !v.Current(fresh) {
		t.Errorf("got %v, want the new key to seal", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v, want the file its owner's alone", info.Mode(), err)
	}
	if err := vault.Prune(path); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Open(old, "p"); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("got %v, want the old key gone", err)
	}
	if got, err := v.Open(fresh, "p"); err != nil || got != "two" {
		t.Errorf("got %v, want the new key to open", err)
	}
	for name, try := range map[string]func() error{
		"no file": func() error { return vault.Rotate(filepath.Join(t.TempDir(), "none.json")) },
		"nonsense": func() error {
			p := filepath.Join(t.TempDir(), "bad.json")
			if err := os.WriteFile(p, []byte("{}"), 0o600); err != nil {
				t.Fatal(err)
			}
			return vault.Prune(p)
		},
	} {
		if err := try(); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

// T4: what is no keyset, or one of another kind, is refused, and what is said of it holds nothing of it.
func TestNoKeysets(t *testing.T) {
	t.Parallel()
	mac, err := keyset.NewHandle(mac.HMACSHA256Tag256KeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	var other bytes.Buffer
	if err := insecurecleartextkeyset.Write(mac, keyset.NewJSONWriter(&other)); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a directory
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing":         "",
		"an empty object": "{}",
		"half a keyset":   `{"primaryKeyId": 1, "key": [{"CANARY`,
		"no primary key":  strings.ReplaceAll(other.String(), `"primaryKeyId"`, `"CANARY"`),
		"another kind":    other.String(),
		"a directory":     dir,
		"no file":         filepath.Join(dir, "CANARY"),
	} {
		_, err := vault.Load(fault.Secret(text))
		if err == nil || strings.Contains(err.Error(), "CANARY") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want it refused in a line that holds nothing of it", name, err)
		}
	}
}

// A keyset pasted into the environment seals and opens, has no file, and does not change.
func TestKeysetAsText(t *testing.T) {
	t.Parallel()
	v, path := ensure(t)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := vault.Load(fault.Secret("  " + string(b) + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := vault.Rotate(path); err != nil {
		t.Fatal(err)
	}
	sealed, err := text.Seal("CANARY-token", "p")
	if err != nil || !text.Current(sealed) || v.Current(sealed) || text.File() != "" || v.File() != path {
		t.Errorf("got %v, want it sealed with the key of the text", err)
	}
	if got, err := v.Open(sealed, "p"); err != nil || got != "CANARY-token" {
		t.Errorf("got %v, want the file's old key to open it", err)
	}
	for name, empty := range map[string]func() (bool, error){
		"sealed": func() (bool, error) { b, err := text.Seal("", "p"); return b == nil, err },
		"opened": func() (bool, error) { s, err := text.Open(nil, "p"); return s.Empty(), err },
	} {
		if ok, err := empty(); !ok || err != nil {
			t.Errorf("nothing %s: got something, %v", name, err)
		}
	}
}

// A keyset that cannot be put where it belongs is told of, and leaves nothing half done.
func TestKeysetsThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	_, path := ensure(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	long := filepath.Join(filepath.Dir(path), strings.Repeat("k", 255)) // no room for a name beside it
	if err := os.Rename(path, long); err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]func() error{
		"below a file":   func() error { return vault.NewFile(filepath.Join(long, "x", "keys.json")) },
		"made below one": func() error { _, err := vault.Ensure(filepath.Join(long, "keys.json")); return err },
		"rotated":        func() error { return vault.Rotate(long) },
		"pruned":         func() error { return vault.Prune(long) },
		"a directory":    func() error { return vault.Rotate(filepath.Dir(long)) },
	} {
		if err := try(); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	after, err := os.ReadFile(long)
	if err != nil || !bytes.Equal(after, before) {
		t.Errorf("got another keyset, %v, want it as it was", err)
	}
	entries, err := os.ReadDir(filepath.Dir(long))
	if err != nil || len(entries) != 1 {
		t.Errorf("got %v, %v, want nothing left beside it", entries, err)
	}
}
