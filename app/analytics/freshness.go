package analytics

import (
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
	f := Freshness{Status: "fresh", AsOf: acc.asOf(), Source: string(acc.c.Source), Missing: acc.spec.Missing(acc.c.Scopes, slices.Concat(acc.withdrawn, acc.refused)...)}
	switch {
	case acc.c.Status == connection.StatusNeedsReconnect:
		f.Status = "expired"
	case f.AsOf == nil:
		f.Status = "never"
	case now.Sub(*f.AsOf) > staleAfter || acc.missed():
		f.Status = "stale"
	}
	return f
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
