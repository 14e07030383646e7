package app_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/sandbox"
)

// openly is the program under a shell that would let everybody read and write what it makes.
func openly(t *testing.T, binary string) string {
	t.Helper()
	path := filepath.Join(filepath.Dir(binary), "openly")
	if err := os.WriteFile(path, []byte("#!/bin/sh\numask 0\nexec '"+binary+"' \"$@\"\n"), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	return path
}

// modes lists what lies in a directory, and names what others than its owner may touch.
func modes(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if names = append(names, rel); info.Mode().Perm() != want {
			t.Errorf("%s: got mode %o, want %o", rel, info.Mode().Perm(), want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// L2: whatever the program and its commands write is their owner's alone, however open the shell is they
// are started from: database, log, shared memory, locks, keys, copies, the sandbox's journal.
func TestFilesAreTheOwnersAlone(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the program: left out in -short")
	}
	binary, home := program(t), t.TempDir()
	open := openly(t, binary)
	in := func(names ...string) string { return filepath.Join(append([]string{home}, names...)...) }
	run := func(vars map[string]string, args ...string) {
		t.Helper()
		if code, out, said := invoke(t, open, vars, args...); code != 0 {
			t.Fatalf("%v: got %d, %s%s", args, code, out, said)
		}
	}
	w, address := abroad(t, "http://127.0.0.1:1", nil)
	vars := settings(t, w, address, "", "sqlite://"+in("live", "truecount.db"))
	vars["ENCRYPTION_KEYS"] = in("keys", "keys.json")
	run(nil, "keys", "new", in("keys", "keys.json"))
	run(vars, "migrate")
	p := start(t, open, vars)
	until(t, "the scheduled copy", func() bool { return strings.Contains(p.said.String(), "the database was copied") })
	if err := os.MkdirAll(in("mine"), 0o700); err != nil {
		t.Fatal(err)
	}
	run(vars, "backup", in("mine", "copy.db"))
	run(vars, "keys", "rotate")
	during := modes(t, home)
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Fatalf("got %v, want a good end: %s", err, p.said)
	}
	run(vars, "restore", "--yes", in("mine", "copy.db"))
	made := maps.Clone(vars)
	made["DATABASE_URL"] = "sqlite://" + in("home", "truecount.db")
	delete(made, "ENCRYPTION_KEYS") // a keyset is made
	run(made, "migrate")
	run(made, "user", "list")
	play := start(
		t,
		open,
		map[string]string{"ADDR": "127.0.0.1:0", "DATABASE_URL": "sqlite://" + in("play", "truecount.db")},
	)
	during = append(during, modes(t, home)...)
	play.kill(t)
	for _, want := range []string{
		"keys/keys.json", "live", "live/truecount.db", "live/truecount.db-wal", "live/truecount.db-shm", "live/truecount.db.serve.lock", "live/truecount.db.migrate.lock", "live/backups", "mine/copy.db",
		"home/truecount.db", "home/keys.json", "play/truecount.db", "play/truecount.db-wal", "play/sandbox.journal", "play/keys.json",
	} {
		if !slices.Contains(during, want) {
			t.Errorf("got no %s, want it to look at; there are %v", want, during)
		}
	}
	for _, want := range []string{"live/backups/truecount-", "live/truecount.db.before-restore-"} {
		if !slices.ContainsFunc(during, func(s string) bool { return strings.HasPrefix(s, want) }) {
			t.Errorf("got nothing that begins with %s; there are %v", want, during)
		}
	}
}

// L3: an installation that others reach is not started with what is unsafe: exit code 1, one line that names
// the setting and holds no secret, nothing on the other stream and nothing written.
func TestTheProgramRefusesToStart(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the program: left out in -short")
	}
	binary, dir := program(t), t.TempDir()
	keys := filepath.Join(dir, "keys.json")
	if code, _, said := invoke(t, binary, nil, "keys", "new", keys); code != 0 {
		t.Fatal(said)
	}
	shared := func(mode fs.FileMode) string {
		b, err := os.ReadFile(keys)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, mode.String()[1:])
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const secret = sandbox.Marker + "-secret"
	type change map[string]string
	for name, tc := range map[string]struct {
		change change
		named  string
	}{
		"http":                                 {change{"BASE_URL": "http://count.example.org"}, "BASE_URL"},
		"debug":                                {change{"LOG_LEVEL": "debug"}, "LOG_LEVEL"},
		"no keyset":                            {change{"ENCRYPTION_KEYS": ""}, "ENCRYPTION_KEYS"},
		"a placeholder for a keyset":           {change{"ENCRYPTION_KEYS": "changeme"}, "ENCRYPTION_KEYS"},
		"no such keyset":                       {change{"ENCRYPTION_KEYS": filepath.Join(dir, "none.json")}, "ENCRYPTION_KEYS"},
		"a keyset that is none":                {change{"ENCRYPTION_KEYS": `{"` + secret + `": 1}`}, "ENCRYPTION_KEYS"},
		"a keyset that others may write":       {change{"ENCRYPTION_KEYS": shared(0o602)}, "ENCRYPTION_KEYS"},
		"a keyset that the group may write":    {change{"ENCRYPTION_KEYS": shared(0o620)}, "ENCRYPTION_KEYS"},
		"a keyset that others may read":        {change{"ENCRYPTION_KEYS": shared(0o604)}, "ENCRYPTION_KEYS"},
		"a keyset that the group may read":     {change{"ENCRYPTION_KEYS": shared(0o640)}, "ENCRYPTION_KEYS"},
		"the same by the name of its file":     {change{"ENCRYPTION_KEYS": "", "ENCRYPTION_KEYS_FILE": shared(0o644)}, "ENCRYPTION_KEYS"},
		"two keysets":                          {change{"ENCRYPTION_KEYS_FILE": keys}, "ENCRYPTION_KEYS_FILE"},
		"a placeholder for an id":              {change{"TIKTOK_CLIENT_KEY": "your-client-key", "TIKTOK_CLIENT_SECRET": secret}, "TIKTOK_CLIENT_KEY"},
		"a placeholder for a secret":           {change{"INSTAGRAM_CLIENT_ID": "70815523", "INSTAGRAM_CLIENT_SECRET": "changeme"}, "INSTAGRAM_CLIENT_SECRET"},
		"a placeholder for the jobs' secret":   {change{"JOBS_SECRET": "change-me-to-something-long"}, "JOBS_SECRET"},
		"a placeholder for the metrics' token": {change{"METRICS_TOKEN": "a-long-random-text-nobody-guesses"}, "METRICS_TOKEN"},
		"a jobs' secret that is short":         {change{"JOBS_SECRET": sandbox.Marker[:6]}, "JOBS_SECRET"},
		"half of Instagram":                    {change{"INSTAGRAM_CLIENT_ID": "70815523"}, "INSTAGRAM_CLIENT_SECRET"},
		"the other half of Instagram":          {change{"INSTAGRAM_CLIENT_SECRET": secret}, "INSTAGRAM_CLIENT_ID"},
		"half of TikTok":                       {change{"TIKTOK_CLIENT_KEY": "awx71"}, "TIKTOK_CLIENT_SECRET"},
		"the other half of TikTok":             {change{"TIKTOK_CLIENT_SECRET": secret}, "TIKTOK_CLIENT_KEY"},
		"half of YouTube":                      {change{"YOUTUBE_CLIENT_ID": "7-q.apps.googleusercontent.com"}, "YOUTUBE_CLIENT_SECRET"},
		"the other half of YouTube":            {change{"YOUTUBE_CLIENT_SECRET": secret}, "YOUTUBE_CLIENT_ID"},
	} {
		data := filepath.Join(t.TempDir(), "data")
		vars := map[string]string{
			"ADDR": "127.0.0.1:0", "BASE_URL": "https://count.example.org", "ENCRYPTION_KEYS": keys, "DATABASE_URL": "sqlite://" + filepath.Join(data, "truecount.db"),
		}
		maps.Copy(vars, tc.change)
		code, out, said := invoke(t, binary, vars, "serve")
		if code != 1 || out != "" || strings.Count(said, "\n") != 1 || !strings.HasPrefix(said, "truecount: "+tc.named) ||
			strings.Contains(said, sandbox.Marker) {
			t.Errorf("%s: got %d, %q, %q, want 1 and a line about %s", name, code, out, said, tc.named)
		}
		if _, err := os.Stat(filepath.Join(data, "keys.json")); err == nil {
			t.Errorf("%s: got a keyset made, want none", name)
		}
	}
	p := start(t, binary, map[string]string{
		"ADDR": "127.0.0.1:0", "BASE_URL": "https://count.example.org", "ENCRYPTION_KEYS": keys, "DATABASE_URL": "sqlite://" + filepath.Join(dir, "data", "truecount.db"),
		"TIKTOK_CLIENT_KEY": "awx71", "TIKTOK_CLIENT_SECRET": secret, "JOBS_SECRET": "6f1d5c0b9e3a4d77",
	})
	if p.url != "https://count.example.org" {
		t.Errorf("got %q, want what is safe started", p.url)
	}
}
