package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/platform/all"
)

func load(vars map[string]string) (config.Config, error) {
	return config.Load(vars, all.Platforms().Declared())
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c, err := load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Sandbox || c.BaseURL != "http://localhost:8080" || c.SyncIntervalMin != 15*time.Minute || c.SyncWorkers != 8 ||
		!c.AutoMigrate {
		t.Errorf("got %+v, want the contract's defaults", c)
	}
	want := map[string]struct {
		cron  string
		delay time.Duration
		posts int
	}{"instagram": {"0 3 * * *", 2 * time.Second, 25}, "tiktok": {"30 3 * * *", 3 * time.Second, 20}, "youtube": {"0 4 * * *", 2 * time.Second, 50}}
	for _, p := range c.Platforms {
		w, ok := want[p.ID]
		if !ok {
			continue // no platform of the contract
		}
		delete(want, p.ID)
		if p.Cron.Text != w.cron || p.Delay != w.delay || p.PostLimit != w.posts ||
			p.RedirectURI != "http://localhost:8080/api/auth/"+p.ID+"/callback" {
			t.Errorf("%s: got %s %v %d %s, want %+v", p.ID, p.Cron.Text, p.Delay, p.PostLimit, p.RedirectURI, w)
		}
	}
	if len(want) > 0 {
		t.Errorf("got no %v, want the contract's platforms", want)
	}
}

// L3: each bad value is refused in one line that names the variable and gives an example.
func TestBadValues(t *testing.T) {
	t.Parallel()
	for name, vars := range map[string]map[string]string{
		"ADDR":                    {"ADDR": "8080"},
		"ALERT_URLS":              {"ALERT_URLS": "https://h/x,CANARY"},
		"BASE_URL":                {"BASE_URL": "count.example.com"},
		"DATABASE_URL":            {"DATABASE_URL": "mysql://x"},
		"ENCRYPTION_KEYS":         {"BASE_URL": "https://count.example.com"},
		"SANDBOX":                 {"SANDBOX": "true", "TIKTOK_CLIENT_KEY": "k", "TIKTOK_CLIENT_SECRET": "s"},
		"AUTO_MIGRATE":            {"AUTO_MIGRATE": "perhaps"},
		"SYNC_TIMEZONE":           {"SYNC_TIMEZONE": "Mars/Olympus"},
		"SYNC_WORKERS":            {"SYNC_WORKERS": "0"},
		"SYNC_INTERVAL_MIN":       {"SYNC_INTERVAL_MIN": "soon"},
		"LOG_LEVEL":               {"LOG_LEVEL": "loud"},
		"MAIL_FROM":               {"MAIL_FROM": "nobody"},
		"BACKUP_EVERY":            {"BACKUP_EVERY": "1m"},
		"BACKUP_KEEP":             {"BACKUP_KEEP": "0"},
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
		if s := err.Error(); !strings.HasPrefix(s, name+" ") || !strings.Contains(s, "for example "+name+"=") ||
			strings.Contains(s, "\n") ||
			strings.Contains(s, "CANARY") {
			t.Errorf("%s: got %q, want one line with name and example", name, s)
		}
	}
}

// N3: places are told apart by commas; one inside a parameter belongs to it. None of these settings warns.
func TestAlertURLs(t *testing.T) {
	t.Parallel()
	c, err := load(map[string]string{
		"ALERT_URLS": "smtp://u:p@h/?to=a@example.com,b@example.com, https://h/x,slack://hook:a-b-c@webhook", "SENTRY_DSN": "https://k@h/1",
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, u := range c.AlertURLs {
		got = append(got, u.Reveal())
	}
	want := "smtp://u:p@h/?to=a@example.com,b@example.com https://h/x slack://hook:a-b-c@webhook"
	if strings.Join(got, " ") != want || len(c.Warnings) != 0 {
		t.Errorf("got %v and %v, want %s without a warning", got, c.Warnings, want)
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

// A schedule that never comes, or that is none of five fields, is refused by doctor and serve alike.
func TestSchedulesThatNoClockCouldKeep(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"0 0 31 2 *", "0 0 30 2 *", "@every 1s", "@daily", "TZ=Asia/Tokyo 0 3 * * *", "0 3 * *", "0 3 * * * *", ""} {
		if _, err := config.ParseCron(line, time.UTC); err == nil {
			t.Errorf("%q: got it taken, want it refused with the settings and not at the start", line)
		}
	}
	if _, err := config.ParseCron("0 3 29 2 *", time.UTC); err != nil { // a leap day comes
		t.Errorf("a leap day: got %v, want it taken", err)
	}
}

// J5: no day is skipped and none counted twice: not the spring day without a 02:30, not the autumn day with two.
func TestCronOverDaylightSaving(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"} {
		for _, line := range []string{"0 3 * * *", "30 2 * * *", "30 1 * * *", "15 0 * * *"} {
			zone, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			c, err := config.ParseCron(line, zone)
			if err != nil {
				t.Fatal(err)
			}
			at := c.Next(time.Date(2027, 1, 1, 0, 0, 0, 0, zone))
			for day := range 2 * 366 { // with a leap day
				if want := time.Date(2027, 1, 1+day, 12, 0, 0, 0, zone); at.In(zone).
					Format(time.DateOnly) !=
					want.Format(
						time.DateOnly,
					) {
					t.Fatalf("%s in %s: got %v, want once on %s", line, name, at.In(zone), want.Format(time.DateOnly))
				}
				if last := c.Last(at); !last.Equal(at) {
					t.Fatalf("%s in %s at %v: got %v as the last, want itself", line, name, at, last)
				}
				at = c.Next(at)
			}
		}
	}
}

// Copies are kept beside the database, and for no longer than deleted data may live on in them unless
// somebody wants that.
func TestBackups(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		vars map[string]string
		want config.Backup
		warn bool
	}{
		{nil, config.Backup{Every: 24 * time.Hour, Dir: "data/backups", Keep: 7}, false},
		{map[string]string{"DATABASE_URL": "sqlite:///var/lib/truecount/t.db", "BACKUP_EVERY": "0", "BACKUP_KEEP": "365"}, config.Backup{Dir: "/var/lib/truecount/backups", Keep: 365}, false},
		{map[string]string{"BACKUP_DIR": "/mnt/copies", "BACKUP_EVERY": "6h", "BACKUP_KEEP": "120"}, config.Backup{Every: 6 * time.Hour, Dir: "/mnt/copies", Keep: 120}, false},
		{map[string]string{"BACKUP_KEEP": "31"}, config.Backup{Every: 24 * time.Hour, Dir: "data/backups", Keep: 31}, true},
	} {
		c, err := load(tc.vars)
		if err != nil || c.Backup != tc.want {
			t.Errorf("%v: got %+v, %v, want %+v", tc.vars, c.Backup, err, tc.want)
		}
		if warned := strings.Contains(strings.Join(c.Warnings, " "), "BACKUP_KEEP"); warned != tc.warn {
			t.Errorf("%v: got warnings %v, want one of the copies' age: %v", tc.vars, c.Warnings, tc.warn)
		}
	}
}
