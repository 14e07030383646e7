package config_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/platform/all"
)

const canary = "CANARY-7f3a9c"

// L1: what is secret is read, and no child of this process is given it.
func TestChildrenGetNoSecret(t *testing.T) {
	t.Chdir(t.TempDir())
	names := config.Secrets(all.Platforms().Declared())
	for _, name := range names {
		t.Setenv(name, canary)
	}
	t.Setenv("MAIL_FROM", "count@example.com")
	vars, err := config.Environ(all.Platforms().Declared())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if vars[name] != canary {
			t.Errorf("%s: got %q, want it read", name, vars[name])
		}
	}
	out, err := exec.CommandContext(t.Context(), "env").Output()
	if err != nil {
		t.Fatal(err)
	}
	if s := string(out); strings.Contains(s, canary) || !strings.Contains(s, "count@example.com") {
		t.Errorf("got %s, want everything but the secrets", s)
	}
}

// A file that cannot be read is said without what stands in it; the environment is there all the same.
func TestBrokenEnvFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile(".env", []byte("TIKTOK_CLIENT_SECRET\n= '"+canary), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("MAIL_FROM", "count@example.com")
	vars, err := config.Environ(nil)
	if err == nil || strings.Contains(err.Error(), canary) || vars["MAIL_FROM"] != "count@example.com" {
		t.Errorf("got %v and %d names, want an error without the text, and the environment", err, len(vars))
	}
}

// L1: every secret may lie in a file.
func TestSecretsFromFiles(t *testing.T) {
	t.Parallel()
	write := func(text string) string {
		path := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	keys := write("{}")
	c, err := load(map[string]string{
		"DATABASE_URL_FILE": write(
			"postgres://u:p@db/x\n",
		), "JOBS_SECRET_FILE": write("  sixteen-and-more-of-it\n"), "ENCRYPTION_KEYS_FILE": keys,
		"TIKTOK_CLIENT_KEY": "awk1", "TIKTOK_CLIENT_SECRET_FILE": write("s1\n"), "SMTP_URL_FILE": write("smtp://mail.example.com"),
	})
	if err != nil {
		t.Fatal(err)
	}
	p, _ := c.Platform("tiktok")
	if c.DatabaseURL != "postgres://u:p@db/x" || c.JobsSecret != "sixteen-and-more-of-it" || p.ClientSecret != "s1" ||
		c.EncryptionKeys.Reveal() != keys ||
		c.SMTPURL != "smtp://mail.example.com" ||
		len(c.Warnings) > 0 {
		t.Errorf("got %+v, want what the files hold", c)
	}
	for name, vars := range map[string]map[string]string{
		"METRICS_TOKEN_FILE":         {"METRICS_TOKEN_FILE": write(canary), "METRICS_TOKEN": canary},
		"JOBS_SECRET_FILE":           {"JOBS_SECRET_FILE": filepath.Join(t.TempDir(), "none")},
		"YOUTUBE_CLIENT_SECRET_FILE": {"YOUTUBE_CLIENT_ID": "a1", "YOUTUBE_CLIENT_SECRET_FILE": write(" \n")},
	} {
		if _, err := load(vars); err == nil || !strings.HasPrefix(err.Error(), name+" ") ||
			strings.Contains(err.Error(), canary) {
			t.Errorf("%s: got %v, want it named", name, err)
		}
	}
}

// Everything that is wrong is told at once, in the order of the first that Load would give.
func TestExamine(t *testing.T) {
	t.Parallel()
	vars := map[string]string{
		"ADDR": "8080", "SYNC_WORKERS": "0", "SYNC_TIMEZONE": "Mars", "TIKTOK_CLIENT_KEY": "a1", "YOUTUBE_POST_LIMIT": "x", "YOUTUBE_QUOTA": "much", "LOG_LEVEL": "loud",
		"INSTAGRAM_TOKEN_URL": "nowhere",
	}
	c, wrong := config.Examine(vars, all.Platforms().Declared())
	var names []string
	for _, err := range wrong {
		name, _, _ := strings.Cut(err.Error(), " ")
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{
		"ADDR",
		"INSTAGRAM_TOKEN_URL",
		"LOG_LEVEL",
		"SYNC_TIMEZONE",
		"SYNC_WORKERS",
		"TIKTOK_CLIENT_SECRET",
		"YOUTUBE_POST_LIMIT",
		"YOUTUBE_QUOTA",
	}
	if !slices.Equal(names, want) || len(c.Platforms) != len(all.Platforms()) || c.Sandbox {
		t.Errorf("got %v, want %v", names, want)
	}
	if _, err := load(vars); err == nil || err.Error() != wrong[0].Error() {
		t.Errorf("got %v, want the first of them", err)
	}
}

// L3: an installation that others reach does not begin with what a guide put there; at home it may.
func TestProductionRefuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]map[string]string{
		"LOG_LEVEL":               {"LOG_LEVEL": "debug"},
		"BASE_URL":                {"BASE_URL": "http://count.example.com"},
		"ENCRYPTION_KEYS":         {"ENCRYPTION_KEYS": "<path>"},
		"TIKTOK_CLIENT_KEY":       {"TIKTOK_CLIENT_KEY": "your-client-key", "TIKTOK_CLIENT_SECRET": "b7ac81"},
		"TIKTOK_CLIENT_SECRET":    {"TIKTOK_CLIENT_KEY": "awx71", "TIKTOK_CLIENT_SECRET": "xxxxxxxxxxxx"},
		"INSTAGRAM_CLIENT_SECRET": {"INSTAGRAM_CLIENT_ID": "70815523", "INSTAGRAM_CLIENT_SECRET": "changeme"},
		"YOUTUBE_CLIENT_SECRET":   {"YOUTUBE_CLIENT_ID": "7-q.apps.googleusercontent.com"},
		"JOBS_SECRET":             {"JOBS_SECRET": "change-me-to-something-long"},
		"METRICS_TOKEN":           {"METRICS_TOKEN": "a-long-random-text-nobody-guesses"},
	} {
		vars := map[string]string{"BASE_URL": "https://count.example.com", "ENCRYPTION_KEYS": "/etc/truecount/keys.json"}
		for k, v := range change {
			vars[k] = v
		}
		_, err := load(vars)
		if err == nil || !strings.HasPrefix(err.Error(), name+" ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want it refused by name", name, err)
		}
	}
	good := map[string]string{
		"BASE_URL": "https://count.example.com", "ENCRYPTION_KEYS": "/etc/truecount/keys.json", "TIKTOK_CLIENT_KEY": "awtest81example", "TIKTOK_CLIENT_SECRET": "testing-81-of-password",
		"JOBS_SECRET": "6f1d5c0b9e3a4d77", "DATABASE_URL": "postgres://truecount:password@db/truecount", "SMTP_URL": "smtp://u:81gk@mail/",
	}
	c, err := load(good)
	if err != nil {
		t.Errorf("got %v, want it accepted", err)
	}
	if got := c.WeakPasswords(); !slices.Equal(got, []string{"DATABASE_URL"}) {
		t.Errorf("got %v, want the database's", got)
	}
	home, err := load(map[string]string{"TIKTOK_CLIENT_KEY": "your-client-key", "TIKTOK_CLIENT_SECRET": "changeme"})
	if got := home.Placeholders(all.Platforms().Declared()); err != nil ||
		!slices.Equal(got, []string{"TIKTOK_CLIENT_KEY", "TIKTOK_CLIENT_SECRET"}) {
		t.Errorf("at home: got %v, %v, want them named and not refused", got, err)
	}
}
