package doctor

import (
	"fmt"
	"strings"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/console"
)

// settingsChecks look at the settings by themselves.
type settingsChecks struct{ o Options }

func setting(name string) finding { return about(Settings, "settings."+name, name) }

// settings looks at the environment.
func (d settingsChecks) all() []console.Finding {
	var out []console.Finding
	told := map[string]bool{}
	for _, err := range d.o.Problems {
		f := problem(err)
		told[f.Subject] = true
		out = append(out, f)
	}
	for _, name := range d.o.Config.Placeholders(d.o.Declared) {
		if !told[name] {
			out = append(out, setting(name).fail(name+" holds a placeholder.", "Set it to a value of your own, and restart."))
		}
		told[name] = true
	}
	for _, name := range d.o.Config.WeakPasswords() {
		out = append(
			out,
			setting(
				name,
			).warn("The password in "+name+" is one that every guide uses.", "Change it there and here, and restart."),
		)
	}
	for _, w := range d.o.Config.Warnings {
		name, rest, _ := strings.Cut(w, " ")
		name, _, _ = strings.Cut(name, "=")
		if !told[name] { // a channel that is wrong is told of once
			out = append(out, setting(name).warn(strings.TrimSuffix(name+" "+rest, ".")+".", "Correct it or take it out."))
		}
	}
	if len(out) == 0 {
		out = append(
			out,
			about(Settings, "settings.all", "environment").ok("Every setting is understood and none holds a placeholder."),
		)
	}
	return gravestOnly(append(out, d.addresses()...))
}

// problem makes a finding of the one line a bad value is refused with.
func problem(err error) console.Finding {
	line := strings.Join(strings.Fields(err.Error()), " ")
	name, _, _ := strings.Cut(line, " ")
	if name == "" || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
		return about(
			Settings,
			"settings.environment",
			"environment",
		).fail(sentence(err), "Mend it; until then the settings in it are not known.")
	}
	words, example, found := strings.Cut(line, ", for example ")
	todo := "Correct it."
	if found {
		todo = "Correct it, for example " + example + "."
	}
	return setting(name).fail(words+".", todo)
}

func (d settingsChecks) addresses() []console.Finding {
	c := d.o.Config
	var out []console.Finding
	base := setting("BASE_URL")
	switch live := d.genuine(); {
	case c.BaseURL == "":
		out = append(out, base.skipped("BASE_URL is made of the port when the server begins."))
	case c.Production() && c.Sandbox:
		out = append(
			out,
			setting(
				"SANDBOX",
			).warn("The sandbox is on at an address that others can reach.", "Set the platforms' credentials, or SANDBOX=false."),
		)
	case !c.Production() && len(live) > 0:
		out = append(out, base.warn(
			fmt.Sprintf(
				"BASE_URL is %s while %s has credentials: no browser but this machine's comes back from a consent.",
				c.BaseURL,
				live[0],
			),
			"Set BASE_URL to the public https address.",
		))
	default:
		out = append(out, base.ok("People reach it at %s.", c.BaseURL))
	}
	if c.Production() && strings.HasPrefix(c.BaseURL, "https://") {
		proxies := setting("TRUSTED_PROXIES")
		if len(c.TrustedProxies) == 0 {
			out = append(
				out,
				proxies.warn(
					"TRUSTED_PROXIES is empty, so behind the proxy every visitor counts as one address.",
					"Set it to the proxy's address, for example TRUSTED_PROXIES=10.0.0.0/8.",
				),
			)
		} else {
			out = append(out, proxies.ok("The forwarded-for header of %s is believed.", strings.Join(c.TrustedProxies, ", ")))
		}
	}
	if c.SyncWorkers > manyWorkers {
		out = append(
			out,
			setting(
				"SYNC_WORKERS",
			).warn(fmt.Sprintf("SYNC_WORKERS is %d: more than %d bring nothing but memory.", c.SyncWorkers, manyWorkers), "Set SYNC_WORKERS=8 and raise it by what Sync health shows."),
		)
	}
	if !c.JobsSecret.Empty() && c.JobsSecret == c.MetricsToken {
		out = append(
			out,
			setting(
				"METRICS_TOKEN",
			).warn("METRICS_TOKEN and JOBS_SECRET are the same, so who may read numbers may start syncs.", "Give each a value of its own."),
		)
	}
	return append(out, d.doors()...)
}

const manyWorkers = 64

// doors are the two routes with a secret of their own.
func (d settingsChecks) doors() []console.Finding {
	c := d.o.Config
	jobs, metrics := setting("JOBS_SECRET"), setting("METRICS_TOKEN")
	out := []console.Finding{jobs.ok("The jobs route asks for JOBS_SECRET.")}
	if c.JobsSecret.Empty() {
		out[0] = jobs.skipped("JOBS_SECRET is not set: the jobs route answers 404, and the built-in schedule does all.")
	}
	switch {
	case c.MetricsToken.Empty():
		out = append(out, metrics.skipped("METRICS_TOKEN is not set: /metrics answers this machine alone."))
	case c.MetricsToken != c.JobsSecret:
		out = append(out, metrics.ok("/metrics asks for METRICS_TOKEN."))
	}
	return out
}

// genuine names the platforms with credentials that are not stood in for.
func (d settingsChecks) genuine() []string {
	var out []string
	for _, m := range d.o.Makers {
		if p, ok := d.o.Config.Platform(m.Spec.ID); ok && !d.o.Config.Sandbox && p.Configured() &&
			!p.Moved["AUTHORIZE_URL"] {
			out = append(out, m.Spec.Name)
		}
	}
	return out
}

// written is a quota as its setting writes it.
func written(rates []config.Rate) string {
	if len(rates) == 0 {
		return "unlimited"
	}
	parts := make([]string, len(rates))
	for i, r := range rates {
		if parts[i] = fmt.Sprintf("%d/%s", r.Limit, r.Per); r.Limit == 0 {
			parts[i] = "0"
		}
	}
	return strings.Join(parts, ",")
}
