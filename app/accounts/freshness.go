package accounts

import (
	"cmp"
	"slices"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// staleAfter is a day and two hours of grace: a daily sync may be late by that much.
const staleAfter = 26 * time.Hour

// Freshness says how far the account's numbers can be trusted.
func (acc *Account) Freshness(now time.Time) Freshness {
	f := Freshness{Status: "fresh", AsOf: acc.AsOf(), Source: string(acc.Row.Source), Missing: acc.missing()}
	switch {
	case acc.Row.Status == connection.StatusNeedsReconnect:
		f.Status = "expired"
	case f.AsOf == nil:
		f.Status = "never"
	case now.Sub(*f.AsOf) > staleAfter || acc.missed() || acc.behind(now) != "":
		f.Status = "stale"
	}
	return f
}

// missing lists what the platform and the granted permissions do not give at present.
func (acc *Account) missing() []string {
	lost := slices.Concat(acc.Withdrawn, acc.Refused)
	if acc.FollowersAt != nil { // what is known of them is older than the sync
		lost = append(lost, reading.Followers)
	}
	for _, s := range acc.withheld() {
		lost = append(lost, acc.Spec.ByScope[s.Name]...)
	}
	return acc.Spec.Missing(acc.Row.Scopes, lost...)
}

// partAfter is how long profile or posts may be without a success, whatever the runs were called.
const partAfter = 7 * 24 * time.Hour

// behind names the part of the account that has had no success for too long; empty: none.
func (acc *Account) behind(now time.Time) string {
	what, _ := acc.behindSince(now)
	return what
}

// behindSince tells beside it since when; nil when it never had one.
func (acc *Account) behindSince(now time.Time) (string, *time.Time) {
	if acc.Profile != nil && now.Sub(acc.Profile.ObservedAt) > partAfter {
		return "profile", store.UTC(&acc.Profile.ObservedAt)
	}
	if acc.Schedule == nil {
		return "", nil
	}
	noun := cmp.Or(acc.Spec.PostNoun, "posts")
	if at := acc.Schedule.PostsReadAt; at != nil {
		if now.Sub(*at) > partAfter {
			return noun, store.UTC(at)
		}
		return "", nil
	}
	if acc.Unread { // synced for longer than that, and never once its posts
		return noun, nil
	}
	return "", nil
}

// missed reports that the last scheduled run failed and that nothing has succeeded since.
func (acc *Account) missed() bool {
	r := acc.Scheduled
	if r == nil || (r.State != run.StateFailed && r.State != run.StateDead) {
		return false
	}
	asOf := acc.AsOf()
	return asOf == nil || r.CompletedAt == nil || asOf.Before(*r.CompletedAt)
}

// actBy is when access ends unless a person acts; nil where it renews itself without end. Of the
// sealed refresh token it only matters that there is one.
func (acc *Account) actBy() *time.Time {
	if !acc.Live() {
		return nil
	}
	t := platform.Token{}
	if acc.renewable() {
		t.Refresh = fault.Redacted
	}
	if acc.Row.TokenExpiresAt != nil {
		t.ExpiresAt = *acc.Row.TokenExpiresAt
	}
	if acc.Row.RefreshExpiresAt != nil {
		t.RefreshExpiresAt = *acc.Row.RefreshExpiresAt
	}
	at := acc.Spec.Renewal.ActBy(t)
	return store.UTC(&at)
}

// renewable reports that there is a refresh token; a column without one reads as an empty value.
func (acc *Account) renewable() bool {
	return acc.Row.RefreshSealed != nil && len(*acc.Row.RefreshSealed) > 0
}
