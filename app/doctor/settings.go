package doctor

import (
	"fmt"
	"strings"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/words"
)

// settingsChecks look at the settings by themselves.
type settingsChecks struct{ o Options }

func settingFinding(name string) finding {
	return newFinding(console.AreaSettings, "settings."+name, name)
}

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
			out = append(out, settingFinding(name).fail(
				words.New("doctor.settings.placeholder", "Name", name), words.New("doctor.settings.placeholderDo")))
		}
		told[name] = true
	}
	for _, name := range d.o.Config.WeakPasswords() {
		out = append(
			out,
			settingFinding(
				name,
			).warn(words.New("doctor.settings.weak", "Name", name), words.New("doctor.settings.weakDo", "Name", name)),
		)
	}
	for _, w := range d.o.Config.Warnings {
		name, rest, _ := strings.Cut(w, " ")
		name, _, _ = strings.Cut(name, "=")
		if !told[name] { // a channel that is wrong is told of once
			out = append(
				out,
				settingFinding(
					name,
				).warn(words.Plain(strings.TrimSuffix(name+" "+rest, ".")+"."), words.New("doctor.settings.warningDo")),
			)
		}
	}
	if len(out) == 0 {
		out = append(
			out,
			newFinding(console.AreaSettings, "settings.all", "environment").ok(words.New("doctor.settings.fine")),
		)
	}
	return gravestOnly(append(out, d.addresses()...))
}

// problem makes a finding of the one line a bad value is refused with.
func problem(err error) console.Finding {
	line := strings.Join(strings.Fields(err.Error()), " ")
	name, _, _ := strings.Cut(line, " ")
	if name == "" || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
		return newFinding(
			console.AreaSettings,
			"settings.environment",
			"environment",
		).fail(words.Plain(sentence(err)), words.New("doctor.settings.unreadDo"))
	}
	what, example, found := strings.Cut(line, ", for example ")
	todo := words.New("doctor.settings.fix")
	if found {
		todo = words.New("doctor.settings.fixLike", "Example", example)
	}
	return settingFinding(name).fail(words.Plain(what+"."), todo)
}

func (d settingsChecks) addresses() []console.Finding {
	c := d.o.Config
	var out []console.Finding
	base := settingFinding("BASE_URL")
	switch live := d.genuine(); {
	case c.BaseURL == "":
		out = append(out, base.skipped(words.New("doctor.settings.baseLater")))
	case c.Production() && c.Sandbox:
		out = append(
			out,
			settingFinding("SANDBOX").warn(words.New("doctor.settings.publicDemo"), words.New("doctor.settings.publicDemoDo")),
		)
	case !c.Production() && len(live) > 0:
		out = append(out, base.warn(
			words.New(
				"doctor.settings.local",
				"URL",
				c.BaseURL,
				"Platform",
				live[0],
			),
			words.New("doctor.settings.localDo"),
		))
	default:
		out = append(out, base.ok(words.New("doctor.settings.base", "URL", c.BaseURL)))
	}
	if c.Production() && strings.HasPrefix(c.BaseURL, "https://") {
		proxies := settingFinding("TRUSTED_PROXIES")
		if len(c.TrustedProxies) == 0 {
			out = append(
				out,
				proxies.warn(words.New("doctor.settings.noProxies"), words.New("doctor.settings.noProxiesDo")),
			)
		} else {
			out = append(out, proxies.ok(words.New("doctor.settings.proxies", "Proxies", strings.Join(c.TrustedProxies, ", "))))
		}
	}
	if c.SyncWorkers > manyWorkers {
		out = append(
			out,
			settingFinding(
				"SYNC_WORKERS",
			).warn(words.New("doctor.settings.workers", "Number", c.SyncWorkers, "Most", manyWorkers),
				words.New("doctor.settings.workersDo")),
		)
	}
	if !c.JobsSecret.Empty() && c.JobsSecret == c.MetricsToken {
		out = append(
			out,
			settingFinding(
				"METRICS_TOKEN",
			).warn(words.New("doctor.settings.sameSecret"), words.New("doctor.settings.sameSecretDo")),
		)
	}
	return append(out, d.doors()...)
}

const manyWorkers = 64

// doors are the two routes with a secret of their own.
func (d settingsChecks) doors() []console.Finding {
	c := d.o.Config
	jobs, metrics := settingFinding("JOBS_SECRET"), settingFinding("METRICS_TOKEN")
	out := []console.Finding{jobs.ok(words.New("doctor.settings.jobs"))}
	if c.JobsSecret.Empty() {
		out[0] = jobs.skipped(words.New("doctor.settings.noJobs"))
	}
	switch {
	case c.MetricsToken.Empty():
		out = append(out, metrics.skipped(words.New("doctor.settings.noMetrics")))
	case c.MetricsToken != c.JobsSecret:
		out = append(out, metrics.ok(words.New("doctor.settings.metrics")))
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
