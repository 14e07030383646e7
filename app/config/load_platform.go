package config

import (
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/words"
)

// common suffixes every platform has.
var common = []string{"REDIRECT_URI", "SYNC_CRON", "SYNC_DELAY", "POST_LIMIT"}

func (c *Config) platforms(vars map[string]string, declared []Declared, r raw, wrong *problems) {
	anyCredential := ""
	for _, d := range declared {
		p := c.platform(vars, d, wrong)
		if p.ClientID != "" || !p.ClientSecret.Empty() {
			anyCredential = prefix(d) + d.ClientID
		}
		c.Platforms = append(c.Platforms, p)
	}
	addrHost, _, _ := net.SplitHostPort(c.Addr)
	local := Loopback(addrHost) && (c.BaseURL == "" || Loopback(hostOf(c.BaseURL)))
	if r.Sandbox == "" {
		c.Sandbox = anyCredential == "" && local
	} else {
		on, err := boolean("SANDBOX", r.Sandbox)
		wrong.add(err)
		if on && anyCredential != "" {
			wrong.add(invalidValue("SANDBOX", words.English.Say("config.sandbox", "Name", anyCredential), "false"))
			on = false
		}
		c.Sandbox = on
	}
	for i := range c.Platforms {
		p := &c.Platforms[i]
		if v, ok := vars[prefix(declared[i])+"DERIVED_METRICS"]; ok &&
			slices.ContainsFunc(declared[i].Options, func(o Option) bool { return o.Suffix == "DERIVED_METRICS" }) {
			on, err := boolean(prefix(declared[i])+"DERIVED_METRICS", v)
			wrong.add(err)
			p.Derived = on
		} else {
			p.Derived = c.Sandbox
		}
	}
}

func prefix(d Declared) string { return strings.ToUpper(d.ID) + "_" }

func (c *Config) platform(vars map[string]string, d Declared, wrong *problems) Platform {
	pre := prefix(d)
	get := func(suffix, def string) string {
		if v, ok := vars[pre+suffix]; ok {
			return v
		}
		return def
	}
	p := Platform{
		ID: d.ID, ClientID: get(d.ClientID, ""), ClientSecret: fault.Secret(get(d.ClientSecret, "")),
		URLs: map[string]string{}, Moved: map[string]bool{}, Options: map[string]string{}, Quotas: map[string][]Rate{},
	}
	if (p.ClientID == "") != p.ClientSecret.Empty() {
		missing, there := d.ClientSecret, d.ClientID
		if p.ClientID == "" {
			missing, there = there, missing
		}
		wrong.add(
			invalidValue(pre+missing, words.English.Say("config.half", "Name", pre+there),
				words.English.Say("config.fromPlatform")),
		)
	}
	var err error
	p.RedirectURI, err = redirect(pre+"REDIRECT_URI", get("REDIRECT_URI", ""), c.BaseURL, d.ID)
	wrong.add(err)
	for _, u := range d.URLs {
		v := get(u.Suffix, u.Default)
		if !isWeb(v) {
			wrong.add(invalidValue(pre+u.Suffix, words.English.Say("config.web"), u.Default))
			v = u.Default
		}
		if !strings.HasSuffix(u.Default, "/") {
			v = strings.TrimRight(v, "/")
		}
		p.URLs[u.Suffix], p.Moved[u.Suffix] = v, v != u.Default
	}
	for _, o := range d.Options {
		v := get(o.Suffix, o.Default)
		switch {
		case o.Allowed != nil && !slices.Contains(o.Allowed, v):
			wrong.add(
				invalidValue(pre+o.Suffix,
					words.English.Say("config.oneOf", "Values", strings.Join(o.Allowed, ", ")), o.Allowed[0]),
			)
		case o.Pattern != "" && !regexp.MustCompile(`^(?:`+o.Pattern+`)$`).MatchString(v):
			wrong.add(invalidValue(pre+o.Suffix, words.English.Say("config.malformed"), o.Example))
		}
		p.Options[o.Suffix] = v
	}
	for _, q := range d.Quotas {
		p.Quotas[q.Suffix], err = rates(pre+q.Suffix, get(q.Suffix, q.Default), q.Default)
		wrong.add(err)
	}
	if p.Cron, err = ParseCron(get("SYNC_CRON", d.Cron), c.SyncTimezone); err != nil {
		wrong.add(invalidValue(pre+"SYNC_CRON", words.English.Say("config.cron"), d.Cron))
	}
	p.Delay, err = duration(pre+"SYNC_DELAY", get("SYNC_DELAY", d.Delay.String()), d.Delay.String())
	wrong.add(err)
	limit := get("POST_LIMIT", strconv.Itoa(d.PostLimit))
	if p.PostLimit, err = strconv.Atoi(limit); err != nil || p.PostLimit < 1 || p.PostLimit > 1000 {
		wrong.add(invalidValue(pre+"POST_LIMIT", words.English.Say("config.to1000"), strconv.Itoa(d.PostLimit)))
	}
	return p
}

func redirect(name, v, base, id string) (string, error) {
	if v == "" {
		if base == "" {
			return "", nil // known once the port is
		}
		return base + CallbackPath(id), nil
	}
	u, err := url.Parse(v)
	if err != nil || !isWeb(v) || u.Fragment != "" || u.RawQuery != "" {
		return "", invalidValue(name, words.English.Say("config.plain"), "https://count.example.com"+CallbackPath(id))
	}
	return v, nil
}

// CallbackPath is where a platform sends the browser back to.
func CallbackPath(id string) string { return "/api/auth/" + id + "/callback" }

// WithBaseURL fills in what hangs on the public address, once the port is known.
func (c Config) WithBaseURL(base string) Config {
	c.BaseURL = base
	c.Platforms = slices.Clone(c.Platforms)
	for i := range c.Platforms {
		if c.Platforms[i].RedirectURI == "" {
			c.Platforms[i].RedirectURI = base + CallbackPath(c.Platforms[i].ID)
		}
	}
	return c
}

// rates reads "600/minute,1000/day", "10000/day", "0" (do not use) or "unlimited" (none).
func rates(name, v, example string) ([]Rate, error) {
	if v == "unlimited" || v == "" {
		return nil, nil
	}
	if v == "0" {
		return []Rate{{Limit: 0, Per: "day"}}, nil
	}
	var out []Rate
	for _, part := range fields(v) {
		n, per, ok := strings.Cut(part, "/")
		limit, err := strconv.ParseInt(n, 10, 64)
		if !ok || err != nil || limit < 0 || !slices.Contains([]string{"minute", "hour", "day"}, per) {
			if example == "0" || example == "unlimited" {
				example = "10000/day"
			}
			return nil, invalidValue(name, words.English.Say("config.rate"), example)
		}
		out = append(out, Rate{Limit: limit, Per: per})
	}
	return out, nil
}

// unknown warns of names that look like ours and are not.
func unknown(vars map[string]string, declared []Declared) []string {
	var out []string
	for name := range vars {
		for _, d := range declared {
			suffix, ours := strings.CutPrefix(name, prefix(d))
			if ours && !slices.Contains(suffixes(d), suffix) && suffix != d.ClientSecret+fileSuffix {
				out = append(out, words.English.Say("config.unknown", "Name", name))
			}
		}
		if strings.HasPrefix(name, "TRUECOUNT_") {
			out = append(out, words.English.Say("config.unknownPrefix", "Name", name))
		}
	}
	slices.Sort(out)
	return out
}

func suffixes(d Declared) []string {
	s := append([]string{d.ClientID, d.ClientSecret}, common...)
	for _, u := range d.URLs {
		s = append(s, u.Suffix)
	}
	for _, o := range d.Options {
		s = append(s, o.Suffix)
	}
	for _, q := range d.Quotas {
		s = append(s, q.Suffix)
	}
	return s
}
