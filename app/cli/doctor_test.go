package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/cli"
)

// run runs one command line in a world of its own.
func run(t *testing.T, vars map[string]string, broken error, args ...string) (code int, out, said string) {
	t.Helper()
	return runWorld(t, func() (map[string]string, error) { return maps.Clone(vars), broken }, "", args...)
}

// runWith is run with something on standard input.
func runWith(t *testing.T, vars map[string]string, in string, args ...string) (code int, out, said string) {
	t.Helper()
	return runWorld(t, func() (map[string]string, error) { return maps.Clone(vars), nil }, in, args...)
}

func runWorld(
	t *testing.T, vars func() (map[string]string, error), in string, args ...string,
) (code int, out, said string) {
	t.Helper()
	var o, e bytes.Buffer
	code = cli.Run(cli.World{Context: t.Context(), In: strings.NewReader(in), Out: &o, Err: &e, Vars: vars}, args)
	return code, o.String(), e.String()
}

// The exit code is for scripts, the lines are for people, and JSON is for machines.
func TestDoctorCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	well := map[string]string{"DATABASE_URL": "sqlite://" + filepath.Join(dir, "data", "truecount.db")}
	ill := map[string]string{
		"DATABASE_URL": well["DATABASE_URL"], "SYNC_WORKERS": "many", "TIKTOK_CLIENT_KEY": "CANARY-key", "YOUTUBE_SYNC_CRON": "at night", "JOBS_SECRET": "CANARY",
	}
	for _, tc := range []struct {
		name   string
		vars   map[string]string
		broken error
		args   []string
		code   int
		want   []string
	}{
		{"a fresh sandbox", well, nil, []string{"doctor"}, 0, []string{"skipped storage/database: No database yet", "summary: "}},
		{"offline", well, nil, []string{"doctor", "--offline"}, 0, []string{"summary: "}},
		{"a configuration that does not load", ill, nil, []string{"doctor"}, 1, []string{
			"fail    settings/SYNC_WORKERS: ", "fail    settings/TIKTOK_CLIENT_SECRET: ", "fail    settings/YOUTUBE_SYNC_CRON: ", "fail    settings/JOBS_SECRET: ", "ok      storage/disk: ", "4 fail",
		}},
		{"a file that cannot be read", well, errors.New(".env cannot be read: each line is NAME=value"), []string{"doctor"}, 1, []string{"fail    settings/environment: .env cannot be read", "storage/disk"}},
		{"wrong usage", well, nil, []string{"doctor", "--loud"}, 2, nil},
	} {
		code, out, said := run(t, tc.vars, tc.broken, tc.args...)
		if code != tc.code || (code == 0) != (said == "") || strings.Count(said, "\n") > 1 ||
			strings.Contains(out+said, "CANARY") {
			t.Errorf("%s: got %d, %q, want %d and one line on stderr if it is not well", tc.name, code, said, tc.code)
		}
		for _, w := range tc.want {
			if !strings.Contains(out, w) {
				t.Errorf("%s: got %s, want %q in it", tc.name, out, w)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); err == nil {
		t.Error("got a directory made, want nothing written where nothing was")
	}
	for _, vars := range []map[string]string{well, ill} {
		code, out, _ := run(t, vars, nil, "doctor", "--json")
		var got struct {
			OK        bool
			CheckedAt string
			Checks    []map[string]string
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatalf("got %v of %s", err, out)
		}
		if got.OK != (code == 0) || !strings.HasSuffix(got.CheckedAt, "Z") || len(got.Checks) < 10 {
			t.Errorf("got %+v with exit code %d, want them to agree", got, code)
		}
		for _, c := range got.Checks {
			for _, key := range []string{"id", "area", "subject", "status", "message"} {
				if c[key] == "" {
					t.Errorf("got no %s in %v", key, c)
				}
			}
		}
	}
}

// L3: an installation that others reach begins only when it is safe: else one line, and exit code 1.
func TestServeRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys.json")
	if code, _, said := run(t, nil, nil, "keys", "new", keys); code != 0 {
		t.Fatal(said)
	}
	open := filepath.Join(dir, "open.json")
	b, err := os.ReadFile(keys)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(open, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o622); err != nil {
		t.Fatal(err)
	}
	for name, vars := range map[string]map[string]string{
		"http":                           {"BASE_URL": "http://count.example.org"},
		"no keyset":                      {"ENCRYPTION_KEYS": ""},
		"a placeholder for a keyset":     {"ENCRYPTION_KEYS": "changeme"},
		"a keyset that others may write": {"ENCRYPTION_KEYS": open},
		"debug":                          {"LOG_LEVEL": "debug"},
		"a placeholder":                  {"TIKTOK_CLIENT_KEY": "your-client-key", "TIKTOK_CLIENT_SECRET": "CANARY-secret"},
		"half a pair":                    {"YOUTUBE_CLIENT_ID": "CANARY-id"},
	} {
		all := map[string]string{
			"ADDR":            "127.0.0.1:0",
			"BASE_URL":        "https://count.example.org",
			"ENCRYPTION_KEYS": keys,
			"DATABASE_URL":    "sqlite://" + filepath.Join(t.TempDir(), "x.db"),
		}
		maps.Copy(all, vars)
		code, _, said := run(t, all, nil, "serve")
		if code != 1 || strings.Count(said, "\n") != 1 || strings.Contains(said, "CANARY") {
			t.Errorf("%s: got %d, %q, want it refused in one line", name, code, said)
		}
	}
}
