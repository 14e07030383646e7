package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/platform/all"
)

// What stands raw in a password, and what editors and shells leave behind, is said in one line, and nothing of
// the value with it.
func TestHowValuesAreWritten(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, value, want string }{
		{"DATABASE_URL", "postgres://u:CANARY#b@host/db", "raw # in its user name or password. Write it as %23"},
		{"DATABASE_URL", "postgres://u:CANARY%b@host/db", "raw % in its user name or password. Write it as %25"},
		{"DATABASE_URL", "postgres://u:CANARY@b@host/db", "raw @ in its user name or password. Write it as %40"},
		{"DATABASE_URL", "postgres://u:CANARY/b@host/db", "raw / in its user name or password. Write it as %2F"},
		{"DATABASE_URL", "postgres://u:CANARY?b@host/db", "raw ? in its user name or password. Write it as %3F"},
		{"DATABASE_URL", "postgres://u:CANARY b@host/db", "raw blank in its user name or password. Write it as %20"},
		{"SMTP_URL", "smtps://u:CANARY#b@mail.example.com", "raw # in its user name or password. Write it as %23"},
		{"SMTP_URL", "smtps://me@example.com:CANARY@mail.example.com", "raw @ in its user name or password. Write it as %40"},
		{"DATABASE_URL", "postgres://u:CANARY%23b@host/db", ""},
		{"DATABASE_URL", "postgres://u:p@host/db?application_name=a@b", ""},
		{"DATABASE_URL", "postgres://host/db", ""},
		{"SMTP_URL", "smtp://me%40example.com:CANARY@mail.example.com:587", ""},
		{"BASE_URL", `"https://count.example.com"`, "is written in quotes"},
		{"MAIL_FROM", `'t@example.com'`, "is written in quotes"},
		{"MAIL_FROM", "t@exam\u200bple.com", "invisible character (U+200B, character 7)"},
		{"TIKTOK_CLIENT_SECRET", "\ufeffCANARY", "invisible character (U+FEFF, character 1)"},
		{"SMTP_URL", "smtp://mail.example.com\r\nX", "invisible character (U+000D"},
		{"MAIL_FROM", "t@example.com\r\n", ""},
	} {
		_, wrong := config.Examine(map[string]string{tc.name: tc.value}, all.Platforms().Declared())
		var lines []string
		for _, err := range wrong {
			if strings.HasPrefix(err.Error(), tc.name+" ") {
				lines = append(lines, err.Error())
			}
		}
		got := strings.Join(lines, "\n")
		if tc.want == "" {
			if got != "" {
				t.Errorf("%s=%q: got %s, want it taken", tc.name, tc.value, got)
			}
			continue
		}
		if len(lines) == 0 || !strings.Contains(lines[0], tc.want) || strings.Contains(got, "CANARY") ||
			strings.Contains(lines[0], "\n") {
			t.Errorf("%s=%q: got %q, want a line with %q and nothing of the value", tc.name, tc.value, got, tc.want)
		}
	}
}

// A file of settings as some editors write it: with a mark at its beginning and the other line ends.
func TestAFileOfAnEditor(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile(filepath.Join(".", ".env"), []byte("\ufeffADDR=127.0.0.1:9999\r\nSYNC_WORKERS=3\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	vars, err := config.Environ(all.Platforms().Declared())
	if err != nil || vars["ADDR"] != "127.0.0.1:9999" || vars["SYNC_WORKERS"] != "3" {
		t.Errorf("got %q, %q, %v, want what stands there", vars["ADDR"], vars["SYNC_WORKERS"], err)
	}
}

// Calculated numbers of YouTube are off with real credentials and on in the sandbox, unless the setting says otherwise.
func TestDerivedMetricsOfYouTube(t *testing.T) {
	t.Parallel()
	live := map[string]string{
		"YOUTUBE_CLIENT_ID":     "1.apps.googleusercontent.com",
		"YOUTUBE_CLIENT_SECRET": "GOCSPX-0123456789abcdefghij",
	}
	with := func(v string) map[string]string {
		out := map[string]string{"YOUTUBE_DERIVED_METRICS": v}
		for k, x := range live {
			out[k] = x
		}
		return out
	}
	for name, tc := range map[string]struct {
		vars map[string]string
		want bool
	}{
		"live": {live, false}, "sandbox": {nil, true}, "live, on": {with("true"), true}, "live, off": {with("false"), false},
		"sandbox, off": {map[string]string{"YOUTUBE_DERIVED_METRICS": "false"}, false},
	} {
		c, err := load(tc.vars)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, id := range []string{"youtube"} {
			if p, _ := c.Platform(id); p.Derived != tc.want {
				t.Errorf("%s: got derived metrics %t, want %t", name, p.Derived, tc.want)
			}
		}
	}
}
