package posts

import (
	"math"
	"time"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
)

// How old the reading of a post may be: the newest posts of an account are read each day, others once in a while.
const (
	planDaily  = 26 * time.Hour
	planSeldom = 26 * 24 * time.Hour
	sameSync   = time.Hour // what was read so shortly before the account's posts was read with them
)

// RateKey is the key of a post's engagement rate among its counters.
const RateKey = "engagement_rate"

// counters are a post's counters as values, with its engagement rate.
func counters(acc *accounts.Account, r *ent.Post, now time.Time) map[string]numbers.Value {
	out := map[string]numbers.Value{}
	why := acc.Absences(r)
	for i, n := range store.PostCounters(r) {
		if c := reading.Counter(i); c.Shown() {
			out[c.String()] = counter(acc, r, c, n, why[c.String()], now)
		}
	}
	out[RateKey] = rate(acc, out)
	return out
}

func counter(
	acc *accounts.Account,
	r *ent.Post,
	c reading.Counter,
	n *int64,
	why words.Text,
	now time.Time,
) numbers.Value {
	v := numbers.Value{Unit: numbers.UnitCount, Definition: defined(c.String())}
	switch {
	case acc.Ungranted(c.String()):
		v.State = numbers.StateMissing
		v.Reason = &numbers.Reason{
			Code:    numbers.ReasonNotGranted,
			Message: words.New("numbers.why.notGranted", "Platform", acc.Spec.Name),
		}
		return v
	case n == nil:
		v.State, v.Reason = numbers.StateMissing, &numbers.Reason{Code: reasonOf(acc, r, c), Message: why}
		return v
	}
	f := float64(*n)
	at := readAt(r, c)
	v.Value, v.AsOf, v.State = &f, &at, numbers.StateMeasured
	if stale(acc, r, at, now) {
		v.State = numbers.StateStale
	}
	return v
}

// reasonOf is why a counter of a post is unknown.
func reasonOf(acc *accounts.Account, r *ent.Post, c reading.Counter) numbers.ReasonCode {
	if acc.Lacks(c.String()) {
		return numbers.ReasonNotReported
	}
	if r.GoneAt != nil && acc.Spec.GoneIsForgotten {
		return numbers.ReasonGone
	}
	switch platform.Absence(r.Absent[c.String()]) {
	case platform.AbsenceLate:
		return numbers.ReasonNotYet
	case platform.AbsenceUnsupported, platform.AbsenceBefore, platform.AbsenceHidden,
		platform.AbsenceWithdrawn, platform.AbsenceRefused:
		return numbers.ReasonNotReported
	default:
		if r.InsightsNever {
			return numbers.ReasonNotReported
		}
		return numbers.ReasonNeverRead
	}
}

// readAt is when a counter of a post was last read: not by the sync that did not bring it.
func readAt(r *ent.Post, c reading.Counter) time.Time {
	if at, dated := r.KnownAt[c.String()]; dated {
		return at.UTC()
	}
	return r.ObservedAt.UTC()
}

// stale reports that a newer reading should be there, or that none will come.
func stale(acc *accounts.Account, r *ent.Post, at, now time.Time) bool {
	plan := planSeldom
	if acc.Schedule != nil && acc.Schedule.PostsReadAt != nil && acc.Schedule.PostsReadAt.Sub(r.ObservedAt) < sameSync {
		plan = planDaily
	}
	return r.GoneAt != nil || now.Sub(at) > plan || !acc.Live() || acc.Freshness(now).Status != "fresh"
}

// rate is a post's engagement rate: the known ones of likes, comments, saves and shares over views, or over reach where
// the platform gives no views, in percent with two decimals.
func rate(acc *accounts.Account, of map[string]numbers.Value) numbers.Value {
	v := numbers.Value{
		Unit: numbers.UnitPercent, Calculated: true, Definition: defined(RateKey),
	}
	if acc.Spec.Forbids(platform.DeriveRate) && !acc.Settings.Derived {
		v.State = numbers.StateWithheld
		v.Reason = &numbers.Reason{Code: numbers.ReasonPlatformTerms, Message: acc.Terms()}
		return v
	}
	seen := of[reading.Views.String()]
	if seen.Value == nil {
		seen = of[reading.Reach.String()]
	}
	engaged, known := 0.0, false
	state, at := numbers.StateDerived, seen.AsOf
	note := func(part numbers.Value) {
		if part.State == numbers.StateStale {
			state = numbers.StateStale
		}
		if part.AsOf.Before(*at) {
			at = part.AsOf
		}
	}
	for _, c := range []reading.Counter{reading.Likes, reading.Comments, reading.Saves, reading.Shares} {
		if part := of[c.String()]; part.Value != nil && seen.Value != nil {
			engaged, known = engaged+*part.Value, true
			note(part)
		}
	}
	switch {
	case seen.Value == nil:
		v.State, v.Reason = numbers.StateMissing, seen.Reason
	case !known:
		v.State, v.Reason = numbers.StateMissing, of[reading.Likes.String()].Reason
	case *seen.Value <= 0:
		v.State = numbers.StateMissing
		v.Reason = &numbers.Reason{Code: numbers.ReasonNoBase, Message: words.New("numbers.why.unseen")}
	default:
		note(seen)
		percent := math.Round(engaged / *seen.Value * 10000) / 100
		v.Value, v.State, v.AsOf = &percent, state, at
	}
	return v
}
