package config_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/platform/all"
)

// The settings of the platforms stand between these lines of two files.
const (
	settingsBegin = "# Platforms: written by WRITE_SETTINGS=1 go test ./app/config -run TestPlatformSettings"
	settingsEnd   = "# End of the platforms."
)

// setting is a name with its default.
type setting struct{ name, value string }

func settingsOf(d config.Declared) []setting {
	pre := strings.ToUpper(d.ID) + "_"
	out := []setting{
		{pre + d.ClientID, ""},
		{pre + d.ClientSecret, ""},
		{pre + "REDIRECT_URI", "http://localhost:8080" + config.CallbackPath(d.ID)},
	}
	for _, u := range d.URLs {
		out = append(out, setting{pre + u.Suffix, u.Default})
	}
	for _, o := range d.Options {
		out = append(out, setting{pre + o.Suffix, o.Default})
	}
	out = append(
		out,
		setting{pre + "SYNC_CRON", d.Cron},
		setting{pre + "SYNC_DELAY", d.Delay.String()},
		setting{pre + "POST_LIMIT", strconv.Itoa(d.PostLimit)},
	)
	for _, q := range d.Quotas {
		out = append(out, setting{pre + q.Suffix, q.Default})
	}
	return out
}

// The example of an environment and the compose file hold every setting that a platform declares.
func TestPlatformSettings(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]func(setting) string{
		".env.example":         func(s setting) string { return "#" + s.name + "=" + s.value + "\n" },
		".deploy/compose.yaml": func(s setting) string { return "    " + s.name + ": ${" + s.name + ":-}\n" },
	} {
		text := string(root(t, name))
		before, rest, began := strings.Cut(text, settingsBegin+"\n")
		got, after, ended := strings.Cut(rest, settingsEnd)
		if !began || !ended {
			t.Errorf("%s: got no lines %q and %q", name, settingsBegin, settingsEnd)
			continue
		}
		indent := before[strings.LastIndex(before, "\n")+1:]
		var b strings.Builder
		for i, d := range all.Platforms().Declared() {
			if i > 0 && indent == "" {
				b.WriteString("\n")
			}
			for _, s := range settingsOf(d) {
				b.WriteString(line(s))
			}
		}
		want := b.String() + indent
		if got == want {
			continue
		}
		if os.Getenv("WRITE_SETTINGS") == "" {
			t.Errorf("%s: got settings of platforms that are out of date, want what WRITE_SETTINGS=1 writes", name)
			continue
		}
		if err := os.WriteFile(filepath.Join("..", "..", name), []byte(before+settingsBegin+"\n"+want+settingsEnd+after), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
