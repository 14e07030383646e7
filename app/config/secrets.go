package config

import (
	"net/url"
	"os"
	"strings"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/words"
)

// fileSuffix ends the name of a setting that gives the path of a file with a secret in it.
const fileSuffix = "_FILE"

const keysName = "ENCRYPTION_KEYS"

// Secrets names the settings whose values are nobody's business. Each may be given as a file instead,
// under its name with _FILE behind it.
func Secrets(declared []Declared) []string {
	names := []string{
		"DATABASE_URL",
		keysName,
		"JOBS_SECRET",
		"METRICS_TOKEN",
		"ALERT_URLS",
		"HEARTBEAT_URL",
		"SMTP_URL",
		"SENTRY_DSN",
	}
	for _, d := range declared {
		names = append(names, prefix(d)+d.ClientSecret)
	}
	return names
}

// fromFiles puts what the files hold where the settings themselves would stand.
func fromFiles(vars map[string]string, declared []Declared, wrong *problems) {
	for _, name := range Secrets(declared) {
		path, given := vars[name+fileSuffix]
		if !given {
			continue
		}
		const example = "/run/secrets/truecount"
		if vars[name] != "" {
			wrong.add(invalidValue(name+fileSuffix, words.English.Say("config.twice", "Name", name), example))
			continue
		}
		if name == keysName { // that setting takes a path as it is, and a keyset in a file can be rotated
			vars[name] = path
			continue
		}
		b, err := os.ReadFile(path) // #nosec G304 -- the operator names it
		value := strings.TrimSpace(string(b))
		switch {
		case err != nil:
			wrong.add(invalidValue(name+fileSuffix, words.English.Say("config.unreadable"), example))
		case value == "":
			wrong.add(invalidValue(name+fileSuffix, words.English.Say("config.emptyFile"), example))
		default:
			vars[name] = value
		}
	}
}

// passwordOf gives the password that an address holds, if there is one.
func passwordOf(address fault.Secret) (string, bool) {
	u, err := url.Parse(address.Reveal())
	if err != nil || u.User == nil {
		return "", false
	}
	return u.User.Password()
}
