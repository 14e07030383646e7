package analytics

import (
	"cmp"
	"slices"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// staleAfter is a day and two hours of grace: a daily sync may be late by that much.
const staleAfter = 26 * time.Hour

// fresh says how far the account's numbers can be trusted.
func (acc *account) fresh(now time.Time) Freshness {
	f := Freshness{Status: "fresh", AsOf: acc.asOf(), Source: string(acc.c.Source), Missing: acc.missing()}
	switch {
	case acc.c.Status == connection.StatusNeedsReconnect:
		f.Status = "expired"
	case f.AsOf == nil:
		f.Status = "never"
	case now.Sub(*f.AsOf) > staleAfter || acc.missed() || acc.behind(now) != "":
		f.Status = "stale"
	}
	return f
}

// missing lists what the platform and the granted permissions do not give at present.
func (acc *account) missing() []string {
	lost := slices.Concat(acc.withdrawn, acc.refused)
	for _, s := range acc.withheld() {
		lost = append(lost, acc.spec.ByScope[s.Name]...)
	}
	return acc.spec.Missing(acc.c.Scopes, lost...)
}

// partAfter is how long profile or posts may be without a success, whatever the runs were called.
const partAfter = 7 * 24 * time.Hour

// behind names the part of the account that has had no success for too long; empty: none.
func (acc *account) behind(now time.Time) string {
	what, _ := acc.behindSince(now)
	return what
}

// behindSince tells beside it since when; nil when it never had one.
func (acc *account) behindSince(now time.Time) (string, *time.Time) {
	if acc.profile != nil && now.Sub(acc.profile.ObservedAt) > partAfter {
		return "profile", utc(&acc.profile.ObservedAt)
	}
	if acc.schedule == nil {
		return "", nil
	}
	noun := cmp.Or(acc.spec.PostNoun, "posts")
	if at := acc.schedule.PostsReadAt; at != nil {
		if now.Sub(*at) > partAfter {
			return noun, utc(at)
		}
		return "", nil
	}
	if acc.unread { // synced for longer than that, and never once its posts
		return noun, nil
	}
	return "", nil
}

// missed reports that the last scheduled run failed and that nothing has succeeded since.
func (acc *account) missed() bool {
	r := acc.scheduled
	if r == nil || (r.State != run.StateFailed && r.State != run.StateDead) {
		return false
	}
	asOf := acc.asOf()
	return asOf == nil || r.CompletedAt == nil || asOf.Before(*r.CompletedAt)
}

// actBy is when access ends unless a person acts; nil where it renews itself without end. Of the
// sealed refresh token it only matters that there is one.
func (acc *account) actBy() *time.Time {
	if !acc.live() {
		return nil
	}
	t := platform.Token{}
	if acc.renewable() {
		t.Refresh = fault.Redacted
	}
	if acc.c.TokenExpiresAt != nil {
		t.ExpiresAt = *acc.c.TokenExpiresAt
	}
	if acc.c.RefreshExpiresAt != nil {
		t.RefreshExpiresAt = *acc.c.RefreshExpiresAt
	}
	at := acc.spec.Renewal.ActBy(t)
	return utc(&at)
}

// renewable reports that there is a refresh token; a column without one reads as an empty value.
func (acc *account) renewable() bool {
	return acc.c.RefreshSealed != nil && len(*acc.c.RefreshSealed) > 0
}
