package doctor

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"github.com/truecount/truecount/app/capacity"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/words"
)

// platformChecks look at each platform's settings and credentials.
type platformChecks struct{ o Options }

// platforms looks at each platform's settings and, unless offline, asks the platform. wrong are the settings that
// cannot be used.
func (d platformChecks) all(ctx context.Context, offline bool, wrong map[string]bool) []console.Finding {
	if d.o.Config.Sandbox {
		return []console.Finding{
			newFinding(
				console.AreaPlatforms,
				"platforms.sandbox",
				"sandbox",
			).skipped(words.New("doctor.platforms.demo")),
		}
	}
	probes := d.probes(ctx, offline)
	forecasts, err := d.forecasts(ctx)
	var out []console.Finding
	for _, m := range d.o.Makers {
		spec := m.Spec
		s, _ := d.o.Config.Platform(spec.ID)
		f := newFinding(console.AreaPlatforms, spec.ID+".credentials", spec.Name)
		switch id, secret := name(spec, spec.Settings.ClientID), name(spec, spec.Settings.ClientSecret); {
		case wrong[id] || wrong[secret]:
			out = append(out, f.skipped(words.New("doctor.platforms.credentialsBad", "Platform", spec.Name)))
		case s.Configured():
			out = append(out, f.ok(words.New("doctor.platforms.credentials", "ID", id, "Secret", secret)))
		default:
			out = append(out, f.skipped(words.New("doctor.platforms.unconfigured", "Platform", spec.Name)))
		}
		if !s.Configured() {
			continue
		}
		out = append(out, d.redirect(spec, s))
		out = append(out, d.hooks(spec)...)
		out = append(out, probes[spec.ID]...)
		out = append(out, d.held(ctx, spec)...)
		out = append(out, d.quotas(spec, s)...)
		if err == nil {
			out = append(out, shortage(spec, forecasts[spec.ID])...)
		}
		out = append(out, d.terms(ctx, spec, s)...)
	}
	if err != nil {
		out = append(out, newFinding(console.AreaPlatforms, "platforms.forecast", "quotas").unknown(err))
	}
	return out
}

// name is a platform's setting in full.
func name(spec platform.Spec, suffix string) string {
	return strings.ToUpper(spec.ID) + "_" + suffix
}

// redirect looks at the address that the platform sends browsers back to.
func (d platformChecks) redirect(spec platform.Spec, s config.Platform) console.Finding {
	f := newFinding(console.AreaPlatforms, spec.ID+".redirect-uri", spec.Name)
	set := name(spec, "REDIRECT_URI")

	u, err := url.Parse(s.RedirectURI)
	if s.RedirectURI == "" || err != nil {
		return f.skipped(words.New("doctor.platforms.redirectLater"))
	}
	f.Copy = s.RedirectURI
	base, err := url.Parse(d.o.Config.BaseURL)
	switch {
	case u.Path != config.CallbackPath(spec.ID):
		return f.fail(
			words.New(
				"doctor.platforms.redirectPath",
				"Setting",
				set,
				"Path",
				u.Path,
			),
			words.New("doctor.platforms.redirectPathDo", "Path", config.CallbackPath(spec.ID)),
		)
	case d.o.Config.Production() && u.Scheme != "https":
		return f.fail(
			words.New("doctor.platforms.redirectPlain", "Setting", set),
			words.New("doctor.platforms.redirectPlainDo"),
		)
	case err != nil || !strings.EqualFold(u.Host, base.Host):
		return f.warn(
			words.New(
				"doctor.platforms.redirectHost",
				"Setting",
				set,
				"Host",
				u.Host,
				"Base",
				hostOf(base),
			),
			words.New("doctor.platforms.redirectHostDo"),
		)
	default:
		return f.with(
			console.FindingOK, words.New("doctor.platforms.redirect", "URI", s.RedirectURI),
			words.New("doctor.platforms.redirectDo", "Platform", spec.Name))
	}
}

// hostOf is the host of an address; empty when it could not be read.
func hostOf(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.Host
}

// held tells of a platform that refuses this installation, as its last answers said; nothing when it does not.
func (d platformChecks) held(ctx context.Context, spec platform.Spec) []console.Finding {
	if d.o.Connect == nil {
		return nil
	}
	f := newFinding(console.AreaPlatforms, spec.ID+".held", spec.Name)
	since, detail, err := d.o.Connect.Grants.Refusal(ctx, spec.ID)
	switch {
	case err != nil:
		return []console.Finding{f.unknown(err)}
	case since.IsZero():
		return nil
	}
	return []console.Finding{f.fail(
		words.New(
			"doctor.platforms.refused",
			"Platform",
			spec.Name,
			"At",
			words.Clock(since, d.o.Now(), nil),
			"Why",
			strings.TrimSuffix(detail, "."),
		),
		words.New("doctor.platforms.refusedDo", "Platform", spec.Name),
	)}
}

// hooks names the addresses that the platform calls when a person ends our access there.
func (d platformChecks) hooks(spec platform.Spec) (out []console.Finding) {
	for _, h := range spec.Hooks {
		id := spec.ID + ".webhook"
		if h.Name != "" {
			id += "-" + h.Name
		}
		f := newFinding(console.AreaPlatforms, id, spec.Name)
		if d.o.Config.BaseURL == "" || !d.o.Config.Production() {
			out = append(
				out,
				f.skipped(words.New("doctor.platforms.hookLocal", "Hook", h.Label, "Platform", spec.Name)),
			)
			continue
		}
		f.Copy = d.o.Config.BaseURL + platform.HookPath(spec.ID, h.Name)
		out = append(
			out,
			f.with(
				console.FindingOK, words.New("doctor.platforms.hook", "Hook", h.Label, "URL", f.Copy),
				words.New("doctor.platforms.hookDo", "Platform", spec.Name, "Hook", h.Label)),
		)
	}
	return out
}

// probes asks every configured platform at once.
func (d platformChecks) probes(ctx context.Context, offline bool) map[string][]console.Finding {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	out := map[string][]console.Finding{}
	var mu sync.Mutex
	var all sync.WaitGroup
	say := func(id string, found ...console.Finding) { // others are being asked meanwhile
		mu.Lock()
		defer mu.Unlock()
		out[id] = found
	}
	for _, m := range d.o.Makers {
		spec := m.Spec
		s, _ := d.o.Config.Platform(spec.ID)
		if !s.Configured() {
			continue
		}
		f := newFinding(console.AreaPlatforms, spec.ID+".probe", spec.Name)
		if offline || d.o.Registry == nil {
			say(spec.ID, f.skipped(words.New("doctor.platforms.probeSkipped", "Platform", spec.Name)))
			continue
		}
		p, ok := d.o.Registry.Get(spec.ID)
		prober, able := p.(platform.Prober)
		if !ok || !able {
			say(spec.ID, f.manual(
				words.New("doctor.platforms.probeManual", "Platform", spec.Name),
				words.New("doctor.platforms.probeManualDo"),
			))
			continue
		}
		all.Go(func() {
			say(spec.ID, d.probe(ctx, spec, prober, s.RedirectURI)...)
		})
	}
	all.Wait()
	return out
}

func (d platformChecks) probe(
	ctx context.Context,
	spec platform.Spec,
	p platform.Prober,
	redirectURI string,
) []console.Finding {
	var out []console.Finding
	for _, r := range p.Probe(ctx, redirectURI) {
		f := newFinding(console.AreaPlatforms,
			spec.ID+".probe."+strings.ToLower(strings.ReplaceAll(r.What, " ", "-")), spec.Name)
		switch r.Found {
		case platform.FindingOK:
			out = append(out, f.ok(words.Plain(r.Detail)))
		case platform.FindingWrong:
			out = append(
				out,
				f.fail(
					words.Plain(
						r.Detail,
					),
					words.New(
						"doctor.platforms.probeWrongDo",
						"ID",
						name(spec, spec.Settings.ClientID),
						"Secret",
						name(spec, spec.Settings.ClientSecret),
						"Platform",
						spec.Name,
					),
				),
			)
		case platform.FindingManual:
			out = append(out, f.manual(words.Plain(r.Detail), words.New("doctor.platforms.probeManualDo")))
		default:
			out = append(
				out,
				f.with(
					console.FindingUnknown,
					words.Plain(r.Detail), words.New("doctor.platforms.probeUnknownDo", "Platform", spec.Name),
				),
			)
		}
	}
	return out
}

// quotas holds the set quotas against what the platform gives everybody.
func (d platformChecks) quotas(spec platform.Spec, s config.Platform) []console.Finding {
	defaults, _ := config.Examine(nil, d.o.Declared)
	usual, _ := defaults.Platform(spec.ID)
	var out []console.Finding
	var same []string
	for _, l := range spec.Limits {
		set, gives := written(s.Quotas[l.Suffix]), written(usual.Quotas[l.Suffix])
		offered := l.Relief != nil && set == fmt.Sprintf("%d/day", l.Relief.Offer)
		if set == gives || offered {
			same = append(same, name(spec, l.Suffix)+"="+set)
			continue
		}
		out = append(out, newFinding(console.AreaPlatforms, spec.ID+"."+strings.ToLower(l.Suffix), spec.Name).warn(
			words.New("doctor.platforms.quota", "Setting", name(spec, l.Suffix), "Set", set, "Platform", spec.Name,
				"Usual", gives),
			words.New("doctor.platforms.quotaDo", "Platform", spec.Name)),
		)
	}
	if len(out) == 0 && len(same) > 0 {
		out = append(
			out,
			newFinding(
				console.AreaPlatforms,
				spec.ID+".quota",
				spec.Name,
			).ok(words.New("doctor.platforms.quotas", "Platform", spec.Name, "Settings", strings.Join(same, ", "))),
		)
	}
	return out
}

func (d platformChecks) forecasts(ctx context.Context) (map[string]capacity.Forecast, error) {
	out := map[string]capacity.Forecast{}
	if d.o.Capacity == nil {
		return out, nil
	}
	all, err := d.o.Capacity.Forecasts(ctx)
	for _, f := range all {
		out[f.Platform] = f
	}
	return out, err
}

// shortage says when the quota does not carry the accounts, and whether another hour would help.
func shortage(spec platform.Spec, f capacity.Forecast) []console.Finding {
	short := f.Carries != nil && !f.Unlimited && f.Accounts > *f.Carries
	for _, n := range f.Plan.Needs {
		short = short || n.Units != nil && *n.Units > float64(n.Left)
	}
	if !short {
		return nil
	}
	var out []console.Finding
	if f.Carries != nil && f.Accounts > *f.Carries {
		out = append(out, newFinding(console.AreaPlatforms, spec.ID+".capacity", spec.Name).warn(
			words.New("doctor.platforms.capacity", "Platform", spec.Name, "Count", *f.Carries, "Accounts", f.Accounts),
			words.New("doctor.platforms.capacityDo")),
		)
	}
	for _, c := range f.Changes {
		if c.Setting == name(spec, "SYNC_CRON") {
			out = append(
				out,
				newFinding(console.AreaPlatforms, spec.ID+".sync-cron", spec.Name).warn(
					words.New("doctor.platforms.short", "Why", c.Why),
					words.New("doctor.platforms.set", "Setting", c.Setting, "To", c.To)),
			)
		}
	}
	return out
}

// terms are what a platform's own rules ask for, and no program can see.
func (d platformChecks) terms(ctx context.Context, spec platform.Spec, s config.Platform) []console.Finding {
	var out []console.Finding
	if spec.Trial > 0 {
		out = append(out, d.trial(ctx, spec))
	}
	if spec.DerivedRestricted && s.Derived {
		out = append(out, newFinding(console.AreaPlatforms, spec.ID+".derived-metrics", spec.Name).manual(
			words.New("doctor.platforms.derived", "Setting", name(spec, "DERIVED_METRICS"), "Platform", spec.Name),
			words.New("doctor.platforms.derivedDo")),
		)
	}
	return out
}

// trial looks for accounts that were lost because the app is still being tested.
func (d platformChecks) trial(ctx context.Context, spec platform.Spec) console.Finding {
	f := newFinding(console.AreaPlatforms, spec.ID+".testing", spec.Name)
	days := int(spec.Trial.Hours() / 24)
	publish := words.New("doctor.platforms.testingDo", "Platform", spec.Name)
	if d.o.Health != nil {
		n, err := d.o.Health.EndedAfter(ctx, spec.ID, spec.Trial)
		if err != nil {
			return f.unknown(err)
		}
		if n > 0 {
			return f.warn(
				words.New("doctor.platforms.testingEnded", "Count", n, "Days", days), publish,
			)
		}
	}
	return f.manual(words.New("doctor.platforms.testing", "Count", days), publish)
}
