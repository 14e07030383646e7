package config

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/words"
)

// production holds what an address others can reach demands; on this machine alone most of it is only told.
func (c *Config) production(declared []Declared, wrong *problems) {
	if !c.Production() {
		for _, name := range c.Placeholders(declared) {
			c.Warnings = append(c.Warnings, words.English.Say("config.placeholder", "Name", name))
		}
		for _, f := range c.open(declared) {
			c.Warnings = append(c.Warnings, f.name+" "+f.wrong)
		}
		return
	}
	for _, f := range c.open(declared) {
		wrong.add(invalidValue(f.name, f.wrong, f.example))
	}
	if !c.Sandbox && !slices.ContainsFunc(c.Platforms, Platform.Configured) {
		c.Warnings = append(c.Warnings, words.English.Say("config.noPlatforms"))
	}
	if c.EncryptionKeys.Empty() {
		wrong.add(invalidValue(keysName, words.English.Say("config.keys"), "/etc/truecount/keys.json"))
	}
	if !strings.HasPrefix(c.BaseURL, "https://") {
		wrong.add(invalidValue("BASE_URL", words.English.Say("config.https"), "https://"+hostOf(c.BaseURL)))
	}
	if c.LogLevel == "debug" {
		wrong.add(invalidValue("LOG_LEVEL", words.English.Say("config.debug"), "info"))
	}
	for _, name := range c.Placeholders(declared) {
		wrong.add(invalidValue(name, words.English.Say("config.placeholderPublic"), words.English.Say("config.ownValue")))
	}
}

// opening is a setting that lets strangers do what they should not.
type opening struct{ name, wrong, example string }

// open lists the settings that are unsafe where others can reach us.
func (c *Config) open(declared []Declared) (out []opening) {
	if slices.ContainsFunc(c.TrustedProxies, everybody) {
		out = append(out, opening{"TRUSTED_PROXIES", words.English.Say("config.everyProxy"), "10.0.0.5"})
	}
	for i, p := range c.Platforms {
		for _, u := range declared[i].URLs {
			address, err := url.Parse(p.URLs[u.Suffix])
			if err == nil && address.Scheme == "http" && !Loopback(address.Hostname()) {
				out = append(out, opening{prefix(declared[i]) + u.Suffix, words.English.Say("config.unencrypted"), u.Default})
			}
		}
	}
	return out
}

// everybody reports a network that no set of proxies can fill: forwarded-for headers would be believed of strangers.
func everybody(network string) bool {
	p, err := netip.ParsePrefix(network)
	if err != nil {
		return false
	}
	const v4, v6, mapped = 8, 16, 96
	if p.Addr().Is4() {
		return p.Bits() < v4
	}
	if p.Addr().Is4In6() && p.Bits() >= mapped {
		return p.Bits()-mapped < v4
	}
	return p.Bits() < v6
}

// Placeholders names the settings that still hold what a guide or an example put there.
func (c Config) Placeholders(declared []Declared) []string {
	var out []string
	look := func(name string, value fault.Secret) {
		if placeholder(value.Reveal()) {
			out = append(out, name)
		}
	}
	for i, p := range c.Platforms {
		d := declared[i]
		look(prefix(d)+d.ClientID, fault.Secret(p.ClientID))
		look(prefix(d)+d.ClientSecret, p.ClientSecret)
	}
	look("JOBS_SECRET", c.JobsSecret)
	look("METRICS_TOKEN", c.MetricsToken)
	look(keysName, c.EncryptionKeys)
	return out
}

// WeakPasswords names the settings with an address whose password is one of an example.
func (c Config) WeakPasswords() []string {
	var out []string
	for _, s := range []struct {
		name  string
		value fault.Secret
	}{{"DATABASE_URL", c.DatabaseURL}, {"SMTP_URL", c.SMTPURL}} {
		if word, ok := passwordOf(s.value); ok && placeholder(word) {
			out = append(out, s.name)
		}
	}
	return out
}

// What guides and examples write where a value of one's own belongs, without case and punctuation.
var fillers = []string{
	"changeme", "changethis", "changeit", "replaceme", "replacethis", "fillme", "fillmein", "fillin", "insertme",
	"todo", "tbd", "fixme", "none", "null", "undefined", "nil",
	"secret", "supersecret", "verysecret", "mysecret", "password", "passwd", "pass", "key", "token", "value",
	"default", "admin", "root",
	"example", "sample", "placeholder", "dummy", "test", "testing", "foo", "bar", "foobar", "demo", "fake", "abc",
	"abcdef", "qwerty",
	"clientid", "clientsecret", "clientkey", "appid", "appsecret", "jobssecret", "metricstoken", "encryptionkeys",
	"12345", "123456", "1234567", "12345678", "123456789", "1234567890", "0123456789",
	"alongrandomtextnobodyguesses", "thevaluefromtheplatformsdeveloperpage", "avalueofyourown",
}

// placeholder reports a value that nobody means.
func placeholder(value string) bool {
	v := strings.ToLower(strings.TrimSpace(value))
	if v == "" {
		return false
	}
	if strings.Trim(v, v[:1]) == "" { // xxxxxxxx
		return true
	}
	for _, around := range []string{"<>", "[]", "{}", "${}", "()", "%%"} {
		if strings.HasPrefix(v, around[:len(around)-1]) && strings.HasSuffix(v, around[len(around)-1:]) &&
			!strings.Contains(v, `"`) {
			return true
		}
	}
	parts := strings.FieldsFunc(v, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	if len(parts) > 1 &&
		slices.Contains(
			[]string{
				"your",
				"change",
				"replace",
				"insert",
				"enter",
				"put",
				"paste",
				"example",
				"sample",
				"placeholder",
				"dummy",
				"xxx",
				"todo",
			},
			parts[0],
		) {
		return true
	}
	bare := strings.Join(parts, "")
	return slices.Contains(fillers, bare) || strings.HasPrefix(bare, "changeme") ||
		strings.HasSuffix(bare, "changeme") || strings.Contains(bare, "placeholder") ||
		strings.HasPrefix(bare, "yourclient") ||
		strings.HasPrefix(bare, "yourapp") ||
		strings.HasPrefix(bare, "yoursecret") ||
		strings.Contains(bare, "xxxxxx")
}
