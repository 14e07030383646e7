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
)

// platformChecks look at each platform's settings and credentials.
type platformChecks struct{ o Options }

// platforms looks at each platform's settings and, unless offline, asks the platform. wrong are the settings that
// cannot be used.
func (d platformChecks) all(ctx context.Context, offline bool, wrong map[string]bool) []console.Finding {
	if d.o.Config.Sandbox {
		return []console.Finding{
			about(
				Platforms,
				"platforms.sandbox",
				"sandbox",
			).skipped("The sandbox stands in for every platform: there is no credential to try."),
		}
	}
	probes := d.probes(ctx, offline)
	forecasts, err := d.forecasts(ctx)
	var out []console.Finding
	for _, m := range d.o.Makers {
		spec := m.Spec
		s, _ := d.o.Config.Platform(spec.ID)
		f := about(Platforms, spec.ID+".credentials", spec.Name)
		switch id, secret := name(spec, spec.Settings.ClientID), name(spec, spec.Settings.ClientSecret); {
		case wrong[id] || wrong[secret]:
			out = append(out, f.skipped("What is wrong with "+spec.Name+"'s credentials is said of the settings themselves."))
		case s.Configured():
			out = append(out, f.ok("%s and %s are set.", id, secret))
		default:
			out = append(out, f.skipped(spec.Name+" has no credentials here, so nobody can connect it."))
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
		out = append(out, about(Platforms, "platforms.forecast", "quotas").unknown(err))
	}
	return out
}

// name is a platform's setting in full.
func name(spec platform.Spec, suffix string) string {
	return strings.ToUpper(spec.ID) + "_" + suffix
}

// redirect looks at the address that the platform sends browsers back to.
func (d platformChecks) redirect(spec platform.Spec, s config.Platform) console.Finding {
	f := about(Platforms, spec.ID+".redirect-uri", spec.Name)
	set := name(spec, "REDIRECT_URI")
	register := "Register it with " + spec.Name + " exactly as it stands, character by character."
	u, err := url.Parse(s.RedirectURI)
	if s.RedirectURI == "" || err != nil {
		return f.skipped("The redirect URI is made of the port when the server begins.")
	}
	f.Copy = s.RedirectURI
	base, err := url.Parse(d.o.Config.BaseURL)
	switch {
	case u.Path != config.CallbackPath(spec.ID):
		return f.fail(
			set+" leads to "+u.Path+", where nothing listens.",
			"Let it end in "+config.CallbackPath(spec.ID)+", or take it out.",
		)
	case d.o.Config.Production() && u.Scheme != "https":
		return f.fail(set+" is not https.", "Set it to https, or take it out: BASE_URL is used then.")
	case err != nil || !strings.EqualFold(u.Host, base.Host):
		return f.warn(
			set+" leads to "+u.Host+", not to BASE_URL's "+base.Host+": a browser that comes back there has no session.",
			"Take it out, or set BASE_URL to the same host.",
		)
	default:
		return f.with(console.FindingOK, "Browsers come back to "+s.RedirectURI+".", register)
	}
}

// held tells of a platform that refuses this installation, as its last answers said; nothing when it does not.
func (d platformChecks) held(ctx context.Context, spec platform.Spec) []console.Finding {
	if d.o.Connect == nil {
		return nil
	}
	f := about(Platforms, spec.ID+".held", spec.Name)
	since, detail, err := d.o.Connect.Grants.Refusal(ctx, spec.ID)
	switch {
	case err != nil:
		return []console.Finding{f.unknown(err)}
	case since.IsZero():
		return nil
	}
	return []console.Finding{f.fail(
		fmt.Sprintf("%s has refused this installation since %s: %s.", spec.Name, since.Format("2 Jan 15:04 MST"), detail),
		"Fix it on "+spec.Name+"'s developer page. Truecount asks again every 15 minutes and goes on by itself.",
	)}
}

// hooks names the addresses that the platform calls when a person ends our access there.
func (d platformChecks) hooks(spec platform.Spec) (out []console.Finding) {
	for _, h := range spec.Hooks {
		id := spec.ID + ".webhook"
		if h.Name != "" {
			id += "-" + h.Name
		}
		f := about(Platforms, id, spec.Name)
		if d.o.Config.BaseURL == "" || !d.o.Config.Production() {
			out = append(out, f.skipped(h.Label+": "+spec.Name+" cannot reach this machine, so it is not registered."))
			continue
		}
		f.Copy = d.o.Config.BaseURL + platform.HookPath(spec.ID, h.Name)
		out = append(
			out,
			f.with(console.FindingOK, h.Label+": "+f.Copy, "Register it with "+spec.Name+" as the "+h.Label+"."),
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
		f := about(Platforms, spec.ID+".probe", spec.Name)
		if offline || d.o.Registry == nil {
			say(spec.ID, f.skipped(spec.Name+" was not asked whether it takes the credentials."))
			continue
		}
		p, ok := d.o.Registry.Get(spec.ID)
		prober, able := p.(platform.Prober)
		if !ok || !able {
			say(spec.ID, f.manual(spec.Name+" tells nothing of credentials without a sign-in.", "Connect an account of your own."))
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
		f := about(Platforms, spec.ID+".probe."+strings.ToLower(strings.ReplaceAll(r.What, " ", "-")), spec.Name)
		switch r.Found {
		case platform.FindingOK:
			out = append(out, f.ok("%s", r.Detail))
		case platform.FindingWrong:
			out = append(
				out,
				f.fail(
					r.Detail,
					"Correct "+name(
						spec,
						spec.Settings.ClientID,
					)+", "+name(
						spec,
						spec.Settings.ClientSecret,
					)+" or what is registered with "+spec.Name+", and restart.",
				),
			)
		case platform.FindingManual:
			out = append(out, f.manual(r.Detail, "Connect an account of your own to try it."))
		default:
			out = append(
				out,
				f.with(
					console.FindingUnknown,
					r.Detail,
					"Run doctor again; if it stays so, look whether this machine reaches "+spec.Name+".",
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
		out = append(out, about(Platforms, spec.ID+"."+strings.ToLower(l.Suffix), spec.Name).warn(
			fmt.Sprintf("%s is %s; what %s gives is %s.", name(spec, l.Suffix), set, spec.Name, gives),
			"Keep it only if "+spec.Name+" has granted that much, or you mean to spend less."))
	}
	if len(out) == 0 && len(same) > 0 {
		out = append(
			out,
			about(
				Platforms,
				spec.ID+".quota",
				spec.Name,
			).ok("The quotas are what %s gives: %s.", spec.Name, strings.Join(same, ", ")),
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
		out = append(out, about(Platforms, spec.ID+".capacity", spec.Name).warn(
			fmt.Sprintf("%s carries %s a day and %d are connected.", spec.Name, counted(*f.Carries, "account", "accounts"), f.Accounts),
			"Look at Quotas for what each setting would change."),
		)
	}
	for _, c := range f.Changes {
		if c.Setting == name(spec, "SYNC_CRON") {
			out = append(
				out,
				about(
					Platforms,
					spec.ID+".sync-cron",
					spec.Name,
				).warn("The quota is short: "+c.Why, "Set "+c.Setting+"="+c.To+"."),
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
		out = append(out, about(Platforms, spec.ID+".derived-metrics", spec.Name).manual(
			name(
				spec,
				"DERIVED_METRICS",
			)+" is on: "+spec.Name+"'s terms allow rates and totals only with its written consent.", "Keep it only if you have that consent."),
		)
	}
	return out
}

// trial looks for accounts that were lost because the app is still being tested.
func (d platformChecks) trial(ctx context.Context, spec platform.Spec) console.Finding {
	f := about(Platforms, spec.ID+".testing", spec.Name)
	days := int(spec.Trial.Hours() / 24)
	publish := fmt.Sprintf(
		"In %s's developer console, look that the app's publishing status is not \"Testing\".",
		spec.Name,
	)
	if d.o.Health != nil {
		n, err := d.o.Health.EndedAfter(ctx, spec.ID, spec.Trial)
		if err != nil {
			return f.unknown(err)
		}
		if n > 0 {
			return f.warn(
				fmt.Sprintf(
					"Access to %s ended about %d days after consent, as it does while an app is in \"Testing\".",
					counted(n, "account", "accounts"),
					days,
				),
				publish,
			)
		}
	}
	return f.manual(fmt.Sprintf("While the app is in \"Testing\", every consent ends after %d days.", days), publish)
}
