package config

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones without the system's files

	"github.com/caarlos0/env/v11"
	"github.com/joho/godotenv"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/words"
)

// Config is the whole configuration, checked.
type Config struct {
	Addr            string // host:port to listen on
	BaseURL         string // scheme://host[:port], no trailing slash; empty when Addr's port is 0 and none was given
	DatabaseURL     fault.Secret
	DataDir         string // where our own files live
	EncryptionKeys  fault.Secret
	Sandbox         bool
	AutoMigrate     bool
	SyncTimezone    *time.Location
	Signup          string
	Platforms       []Platform
	SyncWorkers     int
	JobsSecret      fault.Secret
	MetricsToken    fault.Secret
	AlertURLs       []fault.Secret
	HeartbeatURL    fault.Secret
	SMTPURL         fault.Secret
	MailFrom        string
	ContactEmail    string // who answers people, on the privacy, terms and deletion pages; empty: nobody is named
	SentryDSN       fault.Secret
	SentryRuns      bool // failed runs are Sentry events too
	TrustedProxies  []string
	SyncIntervalMin time.Duration
	Keep            Keep
	Backup          Backup
	MemoryLimit     int64 // bytes; 0: by measurement
	LogLevel        string
	LogFormat       string

	// What this process leaves to others; set by the command line, not by a variable.
	NoWeb, NoWorker bool
	New             bool // begin with an empty SQLite database, although there was one

	Warnings []string // one line each: names nobody knows, settings without effect
}

// Embedded reports whether the database is a file of this machine.
func (c Config) Embedded() bool { return strings.HasPrefix(c.DatabaseURL.Reveal(), "sqlite:") }

// Keep is how long things are kept; 0 is for ever.
type Keep struct {
	Logs      time.Duration // steps of runs
	Runs      time.Duration // runs that ended
	History   time.Duration // how posts grew
	Snapshots time.Duration // daily values of accounts
}

// raw is the environment as text, with the defaults of the outside contract.
type raw struct {
	Addr            string       `env:"ADDR" envDefault:"127.0.0.1:8080"`
	BaseURL         string       `env:"BASE_URL"`
	DatabaseURL     string       `env:"DATABASE_URL" envDefault:"sqlite://data/truecount.db"`
	EncryptionKeys  string       `env:"ENCRYPTION_KEYS"`
	Sandbox         string       `env:"SANDBOX"`
	AutoMigrate     string       `env:"AUTO_MIGRATE" envDefault:"true"`
	SyncTimezone    string       `env:"SYNC_TIMEZONE" envDefault:"UTC"`
	Signup          string       `env:"SIGNUP" envDefault:"invite"`
	SyncWorkers     string       `env:"SYNC_WORKERS" envDefault:"8"`
	JobsSecret      fault.Secret `env:"JOBS_SECRET"`
	MetricsToken    fault.Secret `env:"METRICS_TOKEN"`
	AlertURLs       string       `env:"ALERT_URLS"`
	HeartbeatURL    string       `env:"HEARTBEAT_URL"`
	SMTPURL         string       `env:"SMTP_URL"`
	MailFrom        string       `env:"MAIL_FROM"`
	ContactEmail    string       `env:"CONTACT_EMAIL"`
	SentryRuns      string       `env:"SENTRY_RUNS" envDefault:"false"`
	SentryDSN       string       `env:"SENTRY_DSN"`
	TrustedProxies  string       `env:"TRUSTED_PROXIES"`
	SyncIntervalMin string       `env:"SYNC_INTERVAL_MIN" envDefault:"15m"`
	KeepLogs        string       `env:"KEEP_LOGS" envDefault:"90d"`
	KeepRuns        string       `env:"KEEP_RUNS" envDefault:"400d"`
	KeepHistory     string       `env:"KEEP_HISTORY" envDefault:"0"`
	KeepSnapshots   string       `env:"KEEP_SNAPSHOTS" envDefault:"0"`
	BackupEvery     string       `env:"BACKUP_EVERY" envDefault:"24h"`
	BackupDir       string       `env:"BACKUP_DIR"`
	BackupKeep      string       `env:"BACKUP_KEEP" envDefault:"7"`
	MemoryLimit     string       `env:"MEMORY_LIMIT" envDefault:"0"`
	LogLevel        string       `env:"LOG_LEVEL" envDefault:"info"`
	LogFormat       string       `env:"LOG_FORMAT" envDefault:"text"`
}

// Environ gives the process's environment over the .env file of the working directory, and takes what is
// secret out of the process's own, so that no child is given it. When the file cannot be read it gives
// the environment alone, with the error.
func Environ(declared []Declared) (map[string]string, error) {
	var vars map[string]string
	file, err := os.ReadFile(".env")
	switch {
	case errors.Is(err, os.ErrNotExist):
		err = nil
	case err == nil:
		// Some editors begin a file with a mark that nobody sees.
		vars, err = godotenv.UnmarshalBytes(bytes.TrimPrefix(file, []byte("\xef\xbb\xbf")))
	}
	if err != nil {
		err = errors.New(".env cannot be read: each line is NAME=value") // the cause may quote a secret
	}
	if vars == nil {
		vars = map[string]string{}
	}
	for _, kv := range os.Environ() {
		if k, v, ok := strings.Cut(kv, "="); ok {
			vars[k] = v
		}
	}
	for _, name := range Secrets(declared) {
		err = errors.Join(err, os.Unsetenv(name))
	}
	return vars, err
}

// invalidValue is the one line a invalidValue value is refused with.
func invalidValue(name, wrong, example string) error {
	return fmt.Errorf("%s %s, for example %s=%s", name, wrong, name, example)
}

// problems collects what is wrong, in the order it was found.
type problems []error

func (p *problems) add(err error) {
	if err != nil {
		*p = append(*p, err)
	}
}

// Load checks vars. declared is what each platform asks for. Of several faults it gives the first.
func Load(vars map[string]string, declared []Declared) (Config, error) {
	c, wrong := Examine(vars, declared)
	if len(wrong) > 0 {
		return Config{}, wrong[0]
	}
	return c, nil
}

// Examine is Load for whoever wants to know everything: what could be read, and every fault, one line each.
func Examine(vars map[string]string, declared []Declared) (Config, []error) {
	clean := make(map[string]string, len(vars))
	for k, v := range vars {
		if v = strings.TrimSpace(v); v != "" { // an empty variable is an unset one
			clean[k] = v
		}
	}
	var wrong problems
	fromFiles(clean, declared, &wrong)
	spelled(clean, settingNames(clean, declared), &wrong)
	var r raw
	if err := env.ParseWithOptions(&r, env.Options{Environment: clean}); err != nil {
		wrong.add(fmt.Errorf("read the environment: %w", err))
		return Config{}, wrong
	}
	c := Config{
		Addr: r.Addr, DatabaseURL: fault.Secret(r.DatabaseURL), EncryptionKeys: fault.Secret(r.EncryptionKeys),
		JobsSecret: r.JobsSecret, MetricsToken: r.MetricsToken, MailFrom: r.MailFrom, ContactEmail: r.ContactEmail,
		HeartbeatURL: fault.Secret(r.HeartbeatURL), SMTPURL: fault.Secret(r.SMTPURL), SentryDSN: fault.Secret(r.SentryDSN),
	}
	wrong.add(c.addresses(r))
	wrong.add(c.database(r))
	c.readPlainSettings(r, &wrong)
	c.platforms(clean, declared, r, &wrong)
	c.production(declared, &wrong)
	c.Warnings = append(c.Warnings, unknown(clean, declared)...)
	return c, wrong
}

func (c *Config) addresses(r raw) error {
	host, port, err := net.SplitHostPort(r.Addr)
	n, perr := strconv.Atoi(port)
	if err != nil || perr != nil || n < 0 || n > 65535 {
		return invalidValue("ADDR", words.English.Say("config.hostPort"), "127.0.0.1:8080")
	}
	_ = host
	if r.BaseURL == "" {
		if n != 0 {
			c.BaseURL = "http://localhost:" + port
		}
		return nil
	}
	u, err := url.Parse(r.BaseURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" ||
		u.Fragment != "" ||
		strings.Trim(u.Path, "/") != "" {
		return invalidValue("BASE_URL", words.English.Say("config.plainNoPath"), "https://count.example.com")
	}
	c.BaseURL = u.Scheme + "://" + strings.ToLower(u.Host)
	return nil
}

func (c *Config) database(r raw) error {
	switch {
	case strings.HasPrefix(r.DatabaseURL, "sqlite://"):
		path := strings.TrimPrefix(r.DatabaseURL, "sqlite://")
		if path == "" || strings.ContainsAny(path, "?#") || strings.HasSuffix(path, "/") {
			return invalidValue("DATABASE_URL", words.English.Say("config.noFile"), "sqlite://data/truecount.db")
		}
		c.DataDir = filepath.Dir(path)
	case strings.HasPrefix(r.DatabaseURL, "postgres://"), strings.HasPrefix(r.DatabaseURL, "postgresql://"):
		const example = "postgres://truecount:password@db.example.com/truecount" //nolint:gosec // nobody's
		if err := misread("DATABASE_URL", r.DatabaseURL, example); err != nil {
			return err
		}
		if u, err := url.Parse(r.DatabaseURL); err != nil || u.Host == "" || strings.Trim(u.Path, "/") == "" {
			return invalidValue("DATABASE_URL", words.English.Say("config.noDatabase"), example)
		}
		c.DataDir = "data"
	default:
		return invalidValue("DATABASE_URL", words.English.Say("config.database"), "sqlite://data/truecount.db")
	}
	return nil
}

func (c *Config) readPlainSettings(r raw, wrong *problems) {
	var err error
	c.AutoMigrate, err = boolean("AUTO_MIGRATE", r.AutoMigrate)
	wrong.add(err)
	if c.SyncTimezone, err = time.LoadLocation(r.SyncTimezone); err != nil || r.SyncTimezone == "Local" {
		wrong.add(invalidValue("SYNC_TIMEZONE", words.English.Say("config.zone"), "Europe/Berlin"))
		c.SyncTimezone = time.UTC
	}
	if a, err := mail.ParseAddress(r.ContactEmail); r.ContactEmail != "" && (err != nil || a.Address != r.ContactEmail) {
		wrong.add(invalidValue("CONTACT_EMAIL", words.English.Say("config.email"), "privacy@example.com"))
		c.ContactEmail = ""
	}
	// A sender may have a name: Truecount <truecount@example.com>.
	if _, err := mail.ParseAddress(r.MailFrom); r.MailFrom != "" && err != nil {
		wrong.add(invalidValue("MAIL_FROM", words.English.Say("config.email"), "truecount@example.com"))
	}
	c.SentryRuns, err = boolean("SENTRY_RUNS", r.SentryRuns)
	wrong.add(err)
	c.Signup, err = oneOf("SIGNUP", r.Signup, "invite", "open")
	wrong.add(err)
	if c.Signup == "open" {
		c.Warnings = append(c.Warnings, words.English.Say("config.signupOpen"))
	}
	c.LogLevel, err = oneOf("LOG_LEVEL", r.LogLevel, "debug", "info", "warn", "error")
	wrong.add(err)
	c.LogFormat, err = oneOf("LOG_FORMAT", r.LogFormat, "text", "json")
	wrong.add(err)
	if c.SyncWorkers, err = strconv.Atoi(r.SyncWorkers); err != nil || c.SyncWorkers < 1 || c.SyncWorkers > 1000 {
		wrong.add(invalidValue("SYNC_WORKERS", words.English.Say("config.to1000"), "8"))
	}
	c.SyncIntervalMin, err = duration("SYNC_INTERVAL_MIN", r.SyncIntervalMin, "15m")
	wrong.add(err)
	c.Keep, err = keeps(r)
	wrong.add(err)
	wrong.add(c.backups(r))
	c.MemoryLimit, err = size("MEMORY_LIMIT", r.MemoryLimit, "512MiB")
	wrong.add(err)
	if c.MemoryLimit > 0 && c.MemoryLimit < leastMemory {
		wrong.add(invalidValue("MEMORY_LIMIT", words.English.Say("config.memory"), "512MiB"))
	}
	for _, s := range []struct {
		name  string
		value fault.Secret
	}{{"JOBS_SECRET", r.JobsSecret}, {"METRICS_TOKEN", r.MetricsToken}} {
		if s.value != "" && len(s.value) < 16 {
			wrong.add(invalidValue(s.name, words.English.Say("config.shortSecret"), "a-long-random-text-nobody-guesses"))
		}
	}
	for _, p := range fields(r.TrustedProxies) {
		_, aerr := netip.ParseAddr(p)
		_, perr := netip.ParsePrefix(p)
		if aerr != nil && perr != nil {
			wrong.add(invalidValue("TRUSTED_PROXIES", words.English.Say("config.networks"), "10.0.0.0/8,127.0.0.1"))
			continue
		}
		c.TrustedProxies = append(c.TrustedProxies, p)
	}
	for _, u := range fields(r.AlertURLs) {
		last := len(c.AlertURLs) - 1
		switch i := strings.Index(u, "://"); {
		case i > 0:
			c.AlertURLs = append(c.AlertURLs, fault.Secret(u))
		case last >= 0 && strings.Contains(c.AlertURLs[last].Reveal(), "?"): // a comma inside a parameter: ?to=a@x,b@x
			c.AlertURLs[last] += fault.Secret("," + u)
		default:
			wrong.add(invalidValue("ALERT_URLS", words.English.Say("config.notifications"),
				"generic+https://hooks.example.com/x"))
		}
	}
	for _, u := range []struct{ name, value, example string }{
		{"HEARTBEAT_URL", r.HeartbeatURL, "https://hc.example.com/ping/1"},
		{"SENTRY_DSN", r.SentryDSN, "https://key@sentry.example.com/1"},
	} {
		if u.value != "" && !isWeb(u.value) {
			wrong.add(invalidValue(u.name, words.English.Say("config.web"), u.example))
		}
	}
	if r.SMTPURL != "" {
		const example = "smtps://user:password@mail.example.com:465" //nolint:gosec // nobody's
		if err := misread("SMTP_URL", r.SMTPURL, example); err != nil {
			wrong.add(err)
		} else if u, err := url.Parse(r.SMTPURL); err != nil || (u.Scheme != "smtp" && u.Scheme != "smtps") || u.Host == "" {
			wrong.add(invalidValue("SMTP_URL", words.English.Say("config.smtp"), example))
		}
	}
}

// Production reports whether others than this machine can reach BaseURL.
func (c Config) Production() bool { return c.BaseURL != "" && !Loopback(hostOf(c.BaseURL)) }

// Platform gives one platform's settings.
func (c Config) Platform(id string) (Platform, bool) {
	i := slices.IndexFunc(c.Platforms, func(p Platform) bool { return p.ID == id })
	if i < 0 {
		return Platform{}, false
	}
	return c.Platforms[i], true
}

// Source is what connections made under this configuration are labelled with.
func (c Config) Source() string {
	if c.Sandbox {
		return "sandbox"
	}
	return "live"
}

// Loopback reports whether a host name or address means this machine.
func Loopback(host string) bool {
	host = strings.ToLower(strings.Trim(host, "[]"))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func isWeb(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

func fields(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

func boolean(name, v string) (bool, error) {
	b, err := strconv.ParseBool(v)
	if err != nil {
		return false, invalidValue(name, words.English.Say("config.boolean"), "true")
	}
	return b, nil
}

func oneOf(name, v string, allowed ...string) (string, error) {
	if v = strings.ToLower(v); slices.Contains(allowed, v) {
		return v, nil
	}
	return "", invalidValue(name, words.English.Say("config.oneOf", "Values", strings.Join(allowed, ", ")), allowed[0])
}

func duration(name, v, example string) (time.Duration, error) {
	if v == "0" {
		return 0, nil
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < 0 {
		return 0, invalidValue(name, words.English.Say("config.duration"), example)
	}
	return d, nil
}

const leastMemory = 64 << 20

// size reads a number of bytes, with KiB, MiB or GiB behind it or nothing.
func size(name, v, example string) (int64, error) {
	digits, unit := strings.TrimRight(v, "KMGiB"), int64(1)
	switch strings.TrimPrefix(v, digits) {
	case "":
	case "KiB":
		unit = 1 << 10
	case "MiB":
		unit = 1 << 20
	case "GiB":
		unit = 1 << 30
	default:
		return 0, invalidValue(name, words.English.Say("config.size"), example)
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || n > (1<<46)/unit {
		return 0, invalidValue(name, words.English.Say("config.size"), example)
	}
	return n * unit, nil
}

// leastKept is what the pages and alerts look back over.
const leastKept = 30 * 24 * time.Hour

func keeps(r raw) (Keep, error) {
	var k Keep
	for _, s := range []struct {
		name, value string
		to          *time.Duration
	}{{"KEEP_LOGS", r.KeepLogs, &k.Logs}, {"KEEP_RUNS", r.KeepRuns, &k.Runs}, {"KEEP_HISTORY", r.KeepHistory,
		&k.History}, {"KEEP_SNAPSHOTS", r.KeepSnapshots, &k.Snapshots}} {
		days, err := strconv.Atoi(strings.TrimSuffix(s.value, "d"))
		if err != nil || days < 0 || days > 36500 {
			return k, invalidValue(s.name, words.English.Say("config.days"), "90d")
		}
		if *s.to = time.Duration(days) * 24 * time.Hour; days > 0 && *s.to < leastKept {
			return k, invalidValue(s.name, words.English.Say("config.days30"), "90d")
		}
	}
	return k, nil
}
