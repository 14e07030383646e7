package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/platform/all"
)

func load(vars map[string]string) (config.Config, error) { return config.Load(vars, all.Declared()) }

func TestDefaults(t *testing.T) {
	t.Parallel()
	c, err := load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Sandbox || c.BaseURL != "http://localhost:8080" || c.SyncIntervalMin != 15*time.Minute || c.SyncWorkers != 8 || !c.AutoMigrate {
		t.Errorf("got %+v, want the contract's defaults", c)
	}
	want := map[string]struct {
		cron  string
		delay time.Duration
		posts int
	}{"instagram": {"0 3 * * *", 2 * time.Second, 25}, "tiktok": {"30 3 * * *", 3 * time.Second, 20}, "youtube": {"0 4 * * *", 2 * time.Second, 50}}
	for _, p := range c.Platforms {
		w := want[p.ID]
		if p.Cron.Text != w.cron || p.Delay != w.delay || p.PostLimit != w.posts || p.RedirectURI != "http://localhost:8080/api/auth/"+p.ID+"/callback" {
			t.Errorf("%s: got %s %v %d %s, want %+v", p.ID, p.Cron.Text, p.Delay, p.PostLimit, p.RedirectURI, w)
		}
	}
}

// L3: each bad value is refused in one line that names the variable and gives an example.
func TestBadValues(t *testing.T) {
	t.Parallel()
	for name, vars := range map[string]map[string]string{
		"ADDR":                    {"ADDR": "8080"},
		"BASE_URL":                {"BASE_URL": "count.example.com"},
		"DATABASE_URL":            {"DATABASE_URL": "mysql://x"},
		"ENCRYPTION_KEYS":         {"BASE_URL": "https://count.example.com"},
		"SANDBOX":                 {"SANDBOX": "true", "TIKTOK_CLIENT_KEY": "k", "TIKTOK_CLIENT_SECRET": "s"},
		"AUTO_MIGRATE":            {"AUTO_MIGRATE": "perhaps"},
		"SYNC_TIMEZONE":           {"SYNC_TIMEZONE": "Mars/Olympus"},
		"SYNC_WORKERS":            {"SYNC_WORKERS": "0"},
		"SYNC_INTERVAL_MIN":       {"SYNC_INTERVAL_MIN": "soon"},
		"LOG_LEVEL":               {"LOG_LEVEL": "loud"},
		"JOBS_SECRET":             {"JOBS_SECRET": "short"},
		"YOUTUBE_CLIENT_SECRET":   {"YOUTUBE_CLIENT_ID": "CANARY-id"},
		"INSTAGRAM_SYNC_CRON":     {"INSTAGRAM_SYNC_CRON": "at night"},
		"TIKTOK_SYNC_DELAY":       {"TIKTOK_SYNC_DELAY": "-1s"},
		"TIKTOK_QUOTA":            {"TIKTOK_QUOTA": "many"},
		"TIKTOK_PKCE":             {"TIKTOK_PKCE": "on"},
		"YOUTUBE_POST_LIMIT":      {"YOUTUBE_POST_LIMIT": "-3"},
		"INSTAGRAM_REDIRECT_URI":  {"INSTAGRAM_REDIRECT_URI": "ftp://x"},
		"YOUTUBE_DERIVED_METRICS": {"YOUTUBE_DERIVED_METRICS": "maybe"},
		"INSTAGRAM_API_VERSION":   {"INSTAGRAM_API_VERSION": "latest"},
	} {
		_, err := load(vars)
		if err == nil {
			t.Errorf("%s: got it accepted, want a refusal of %v", name, vars)
			continue
		}
		if s := err.Error(); !strings.HasPrefix(s, name+" ") || !strings.Contains(s, "for example "+name+"=") || strings.Contains(s, "\n") || strings.Contains(s, "CANARY") {
			t.Errorf("%s: got %q, want one line with name and example", name, s)
		}
	}
}

func TestUnknownNamesWarn(t *testing.T) {
	t.Parallel()
	c, err := load(map[string]string{"YOUTUBE_CLIENTID": "x", "TRUECOUNT_PORT": "1", "HOME": "/root"})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) != 2 || !strings.Contains(strings.Join(c.Warnings, " "), "YOUTUBE_CLIENTID") {
		t.Errorf("got %q, want one for each of two names", c.Warnings)
	}
}

// J5: the spring day on which 02:30 does not exist is not skipped.
func TestCronOverDaylightSaving(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.ParseCron("0 3 * * *", zone)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 400 {
		next := c.Next(at)
		if gap := next.Sub(at); gap <= 0 || gap > 26*time.Hour {
			t.Fatalf("after %v: got %v, want within a day", at, next)
		}
		if last := c.Last(next); !last.Equal(next) {
			t.Fatalf("at %v: got %v as the last, want itself", next, last)
		}
		at = next
	}
}
