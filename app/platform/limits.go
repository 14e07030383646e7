package platform

import (
	"net/url"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/outbound"
)

// MainBucket is the quota that prices are in. KeptShare is the part of its day, where it is one for the whole
// app, that the schedule leaves to people who ask: a twentieth.
const (
	MainBucket = "QUOTA"
	KeptShare  = 20
)

// Limit says how a quota of the settings is counted.
type Limit struct {
	Suffix  string // of Settings.Quotas
	By      outbound.By
	Pacific bool // its day is a calendar day in Los Angeles
	Relief  *Relief
}

// Relief is what a quota that may be left unused takes off another one.
type Relief struct {
	Of    string  // suffix of the quota that pays while this one is 0
	Units float64 // that it pays less, for an account, a day and a page of posts; this one pays a whole one
	Offer int64   // units a day that the platform grants
}

// Quotas is the settings' quotas as the outgoing client counts them, by bucket.
func (s Spec) Quotas(p config.Platform) map[string]outbound.Quota {
	spans := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	out := map[string]outbound.Quota{}
	for _, l := range s.Limits {
		q := outbound.Quota{By: l.By}
		for _, r := range p.Quotas[l.Suffix] {
			per := spans[r.Per]
			q.Rates = append(q.Rates, outbound.Rate{Limit: r.Limit, Per: per, Pacific: l.Pacific && r.Per == "day"})
		}
		if len(q.Rates) > 0 {
			out[l.Suffix] = q
		}
	}
	return out
}

// MovedHosts lists host:port of the addresses that settings moved away from the real platform: the
// outgoing client may reach these wherever they are.
func MovedHosts(p config.Platform) []string {
	var out []string
	for suffix, moved := range p.Moved {
		u, err := url.Parse(p.URLs[suffix])
		if !moved || err != nil || u.Hostname() == "" {
			continue
		}
		port := u.Port()
		if port == "" {
			port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
		}
		host := u.Hostname()
		if len(u.Host) > 0 && u.Host[0] == '[' {
			host = "[" + host + "]"
		}
		out = append(out, host+":"+port)
	}
	return out
}
