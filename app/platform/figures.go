package platform

import (
	"slices"
	"time"
)

// AccountCount is one of an account's own counts, as the profile gives it.
type AccountCount string

// The counts, by the names of their columns.
const (
	CountFollowers AccountCount = "followers"
	CountViews     AccountCount = "view_count"
	CountLikes     AccountCount = "like_count"
)

// Metric is the id of the count among the metrics of a Spec.
func (c AccountCount) Metric() string {
	if c == CountViews {
		return "account_views"
	}
	return string(c)
}

// Derivation is a way in which we compute a figure from a platform's numbers. A platform's terms may forbid it without
// permission.
type Derivation string

// The derivations.
const (
	DeriveSum        Derivation = "sum"        // one figure of several accounts or posts
	DeriveGain       Derivation = "gain"       // the difference between two readings
	DeriveRate       Derivation = "rate"       // one number over another
	DeriveComparison Derivation = "comparison" // one period against another
	DeriveUsual      Derivation = "usual"      // a post against other posts
)

// Figures says where the product's metrics come from on a platform. A metric that is in neither list is made of the
// posts' counters, or is not given.
type Figures struct {
	// Days lists, by the product's metric, the Metric of the platform's own daily figures of the whole account.
	Days map[string]string
	// Gains lists, by the product's metric, the account's own count that it is the gain of.
	Gains map[string]AccountCount
	// Zone is the time zone of the platform's own days; empty: it has none.
	Zone string
	// Delay is how late the platform's own figures may come; 0: it names no delay.
	Delay time.Duration
	// Terms lists what counts as derived under the platform's terms: with DerivedRestricted it takes permission.
	Terms []Derivation
}

// Forbids reports that the platform's terms take permission for a derivation.
func (s Spec) Forbids(d Derivation) bool {
	return s.DerivedRestricted && slices.Contains(s.Figures.Terms, d)
}
