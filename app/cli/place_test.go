package cli_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// D9: a command that is run in another folder, or without the server's settings, says so. An empty database there would
// look like an installation in which everybody is missing.
func TestCommandsMakeNoDatabase(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"list people":     {"user", "list"},
		"disable":         {"user", "disable", "--email", "mina@example.com"},
		"unlock":          {"user", "unlock", "--email", "mina@example.com"},
		"reset":           {"user", "reset", "--email", "mina@example.com"},
		"delete":          {"user", "delete", "--email", "mina@example.com", "--yes"},
		"create a token":  {"token", "create", "--email", "mina@example.com", "--name", "script"},
		"list tokens":     {"token", "list", "--email", "mina@example.com"},
		"revoke a token":  {"token", "revoke", "01a22f0e-5155-7509-892d-f1c3ddc29519"},
		"sync":            {"sync"},
		"sync and wait":   {"sync", "--wait"},
		"rotate the keys": {"keys", "rotate"},
		"back up":         {"backup", "copy.db"},
	} {
		dir := t.TempDir()
		vars := map[string]string{"DATABASE_URL": "sqlite://" + filepath.Join(dir, "data", "truecount.db")}
		code, out, said := run(t, vars, nil, args...)
		if code != 1 || out != "" || strings.Count(said, "\n") != 1 ||
			!strings.Contains(said, "There is no database at "+filepath.Join(dir, "data", "truecount.db")) ||
			!strings.Contains(said, "working directory") {
			t.Errorf("%s: got %d, %q, %q, want it said that there is no database", name, code, out, said)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%s: got %v, %v, want nothing written", name, left, err)
		}
	}
}

// A first admin may be made before the first start, and one connection is not several.
func TestFirstAccountMakesTheDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	vars := map[string]string{"DATABASE_URL": "sqlite://" + filepath.Join(dir, "data", "truecount.db")}
	code, _, said := runWith(t, vars, "Kestrel-vast-41x\n",
		"user", "create", "--email", "mina@example.com", "--name", "Mina", "--role", "admin", "--password-stdin")
	if code != 0 {
		t.Fatal(said)
	}
	if code, out, said := run(t, vars, nil, "user", "list"); code != 0 || !strings.Contains(out, "mina@example.com") {
		t.Errorf("got %d, %q, %q, want the account listed", code, out, said)
	}
	code, out, said := run(t, vars, nil, "backup", filepath.Join(dir, "copy.db"))
	if code != 0 || !strings.Contains(out, " bytes, 0 connections, in ") {
		t.Errorf("got %d, %q, %q, want a copy with no connections", code, out, said)
	}
}

// An address in use names the setting, the address and what to do, in one line.
func TestServeWhereAnotherListens(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	dir := t.TempDir()
	address := l.Addr().String()
	code, _, said := run(t, map[string]string{
		"ADDR": address, "DATABASE_URL": "sqlite://" + filepath.Join(dir, "data", "truecount.db"),
	}, nil, "serve")
	want := "truecount: Cannot listen on ADDR=" + address + ": address already in use. Free this address, or set ADDR to " +
		"another one.\n"
	if code != 1 || said != want {
		t.Errorf("got %d, %q, want 1, %q", code, said, want)
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); err == nil {
		t.Error("got a database made, want nothing written")
	}
}
