package platform

import (
	"slices"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/reading"
)

// Spec is everything that the rest of the product needs to know of a platform, as data. It is written once in the
// platform's folder and never changes. Sentences are plain English for the person named with each field, and end in a
// full stop. Lacks names what is missing of one.
type Spec struct {
	ID       string // lower-case letters and digits: part of addresses, of settings' names and of style sheets
	Name     string // as people write it
	Icon     string // the mark: one <svg> element of viewBox "0 0 24 24", fill currentColor, from icon.svg
	Colour   Colour
	Settings config.Declared // what the platform asks of the environment
	Scopes   []Scope         // the permissions asked for, in the platform's order; exactly one is required
	PKCE     PKCEMethod      // PKCENone or PKCES256: how a challenge is made, unless the option PKCE says otherwise

	Renewal  Renewal
	Limits   []Limit // how the quotas of Settings are counted; the first pays for posts unless another relieves it
	Price    Price
	PostPage int // posts that one call brings; each further page is a call more

	// Unavailable lists what the platform never gives, in the words of reading.Missable.
	Unavailable []string
	// ByScope lists, by the name of an optional scope, what is missing without it: the same words, "following" and
	// "post_count".
	ByScope map[string][]string

	Followers   string    // what people there call followers: "Subscribers"
	PostNoun    string    // the plural of what is posted there: "videos"
	AccountKind string    // which kind of account is needed; for a creator who is about to connect
	Refusals    []Refusal // the kinds of account that have no numbers; empty: every kind has
	Notes       []string  // what a creator should know about these numbers, one or two sentences each
	Metrics     []Metric  // every number the platform gives, with its meaning and the days on which that changed

	Figures       Figures       // where the product's metrics come from
	InsightsEvery time.Duration // how often an Insighter is asked; 0: the adapter is none
	InsightsBack  int           // how many days back it is asked for, not counting today

	KeepAfterDisconnect bool          // the platform's terms allow data to be kept after a disconnect
	DeleteWithin        time.Duration // where they do not: data is deleted within this time
	// VerifyWithin is how long the terms let data be kept after the last call that proved the account's authorisation,
	// and a post's data after the post was last seen; 0: they set no limit.
	VerifyWithin time.Duration
	Revokes      bool // the platform lets us end a grant; else a disconnect only forgets it
	AccessPage   Page // where a person sees and removes what has access to their account

	Service    string // what the platform calls its interface, for the pages about privacy
	TermsURL   string // the platform's own terms for people
	PrivacyURL string // the platform's own privacy policy

	DerivedRestricted bool // the terms allow rates, growth and sums of its numbers only with permission
	GoneIsForgotten   bool // the terms forbid keeping texts, pictures and numbers of a post that is gone
	// a consent to an app that is still being tested ends after it; 0: there is no such end
	Trial            time.Duration
	RoundedFollowers bool          // the platform rounds the follower count
	RoundedDigits    int           // so many digits are left of a rounded count from 1,000, rounded down
	PublicOnly       bool          // the platform reports public posts only
	Hooks            []HookAddress // the addresses that the platform calls; empty: the adapter is no Hooker
	// hosts of pictures and permalinks; one that begins with a dot takes every host below it
	PictureHosts []string

	// Guide is how to get the developer app that the platform wants, as Markdown of the help: its placeholders are those
	// of app/help. Setup is the same as a checklist.
	Guide string
	Setup []SetupStep
}

// Refusal is a kind of account that the platform gives no numbers of.
type Refusal struct {
	// Reason is the Native of the NOT_FOUND that Profile answers for such an account, and part of the address that the
	// person comes back to ("/connections?error=instagram_not_professional").
	Reason string
	// Says tells the person in one or two sentences what is wrong and what to do.
	Says string
}

// Refusal finds a kind of account by its reason.
func (s Spec) Refusal(reason string) (Refusal, bool) {
	i := slices.IndexFunc(s.Refusals, func(r Refusal) bool { return r.Reason == reason })
	if i < 0 {
		return Refusal{}, false
	}
	return s.Refusals[i], true
}

// SetupStep is one line of the checklist of a platform's set-up.
type SetupStep struct {
	ID   string // lower-case letters and dashes; what is remembered as done
	Text string // an imperative: "Enter the redirect URI."
}

// Page is a page of the platform that people are sent to.
type Page struct {
	URL  string
	Path string // how to get there by hand: "Settings and activity → Website permissions"
}

// Price is what reading one account costs at most on an ordinary day, in units of the quota QUOTA. It
// decides who waits when little is left, never what is counted as spent.
type Price struct {
	Profile int64
	Posts   int64
}

// Scope is one permission, and why we ask for it.
type Scope struct {
	Name     string
	Required bool
	Label    string // "Profile and follower count"
	Why      string // one sentence
}

// Metric is one number a platform gives: of a post under the contract's words (views, likes, comments,
// shares, saves, reach, interactions), of the account (followers, account_views), of a day of the
// account (account_reach).
type Metric struct {
	ID     string
	Name   string  // "Views"
	Means  string  // one sentence
	Unique bool    // counts people once: days do not add up
	Ads    Ads     // whether ads count; empty: the platform does not say
	Epochs []Epoch // when its definition changed, oldest first
}

// Ads says whether a number counts what ads brought.
type Ads string

// What platforms say about ads.
const (
	AdsCounted Ads = "counted"
	AdsLeftOut Ads = "left_out"
)

// A metric that a platform refuses this many accounts altogether, one not having it meanwhile, counts
// as withdrawn: nobody is asked for it until the refusals are this old.
const (
	WithdrawnFrom = 3
	WithdrawnFor  = 7 * 24 * time.Hour
)

// Epoch is a day from which a metric means something else.
type Epoch struct {
	From time.Time // UTC midnight
	What string    // one sentence: what changed
}

// Metric finds one by its id.
func (s Spec) Metric(id string) (Metric, bool) {
	i := slices.IndexFunc(s.Metrics, func(m Metric) bool { return m.ID == id })
	if i < 0 {
		return Metric{}, false
	}
	return s.Metrics[i], true
}

// Crossed gives the last change of the definition after from and not after to: numbers of the two
// days do not compare.
func (m Metric) Crossed(from, to time.Time) (Epoch, bool) {
	for _, e := range slices.Backward(m.Epochs) {
		if from.Before(e.From) && !to.Before(e.From) {
			return e, true
		}
	}
	return Epoch{}, false
}

// ScopeNames lists the scopes asked for.
func (s Spec) ScopeNames() []string {
	names := make([]string, len(s.Scopes))
	for i, sc := range s.Scopes {
		names[i] = sc.Name
	}
	return names
}

// MissingScopes tells which asked scopes were not granted, required ones apart.
// granted nil means the platform did not say: nothing is missing.
func (s Spec) MissingScopes(granted []string) (required, optional []Scope) {
	if granted == nil {
		return nil, nil
	}
	for _, sc := range s.Scopes {
		if slices.Contains(granted, sc.Name) {
			continue
		}
		if sc.Required {
			required = append(required, sc)
		} else {
			optional = append(optional, sc)
		}
	}
	return required, optional
}

// Missing lists what this platform, the granted scopes and present withdrawals do not give, in the
// contract's order.
func (s Spec) Missing(granted []string, withdrawn ...string) []string {
	lost := slices.Concat(s.Unavailable, withdrawn)
	_, optional := s.MissingScopes(granted)
	for _, sc := range optional {
		lost = append(lost, s.ByScope[sc.Name]...)
	}
	out := []string{}
	for _, m := range reading.Missable() {
		if slices.Contains(lost, m) {
			out = append(out, m)
		}
	}
	return out
}

// RenewalMode is how a platform's grants are kept alive.
type RenewalMode string

// The three ways.
const (
	RenewalExtends RenewalMode = "extends" // the access token itself is extended (Instagram)
	RenewalRotates RenewalMode = "rotates" // each refresh brings a new refresh token and kills the old (TikTok)
	RenewalKeeps   RenewalMode = "keeps"   // the refresh token stays (Google)
)

// Renewal says when a grant is refreshed and when a person must act.
type Renewal struct {
	Mode     RenewalMode
	MinAge   time.Duration // the platform refuses a refresh of a younger token
	Margin   time.Duration // refresh when less than this, or a tenth of the life, is left
	HalfLife bool          // refresh already when half the life is over
}

// Due reports whether t must be refreshed before it is used at now.
// An unknown end means: refresh before the next use, once it is old enough.
func (r Renewal) Due(t Token, now time.Time) bool {
	if r.MinAge > 0 && now.Sub(t.IssuedAt) < r.MinAge {
		return false
	}
	if t.ExpiresAt.IsZero() {
		return true
	}
	margin := r.Margin
	if life := t.ExpiresAt.Sub(t.IssuedAt); life > 0 {
		margin = min(margin, life/10)
	}
	if !now.Before(t.ExpiresAt.Add(-margin)) {
		return true
	}
	return r.HalfLife && now.Sub(t.IssuedAt) >= t.ExpiresAt.Sub(t.IssuedAt)/2
}

// KeepAlive is how often a grant that must be used to stay alive is renewed at least.
const KeepAlive = 24 * time.Hour

// Next is when a grant is renewed although nobody needs it: half way through a life that can only be
// extended, else daily, and before a refresh token ends. An access token of hours is left to whoever
// needs it: each rotation is a risk.
func (r Renewal) Next(t Token) time.Time {
	if r.Mode == RenewalExtends {
		at := t.IssuedAt.Add(r.MinAge)
		if half := t.IssuedAt.Add(t.ExpiresAt.Sub(t.IssuedAt) / 2); !t.ExpiresAt.IsZero() && half.After(at) {
			return half
		}
		return at
	}
	at := t.IssuedAt.Add(KeepAlive)
	if end := t.RefreshExpiresAt.Add(-time.Hour); !t.RefreshExpiresAt.IsZero() && end.Before(at) {
		return end
	}
	return at
}

// Ended reports that no refresh can save the grant any more at now.
func (r Renewal) Ended(t Token, now time.Time) bool {
	if r.Mode == RenewalExtends {
		return !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt)
	}
	if t.Refresh.Empty() {
		return !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt)
	}
	return !t.RefreshExpiresAt.IsZero() && !now.Before(t.RefreshExpiresAt)
}

// ActBy is when access ends for good unless a person acts; zero where it renews itself without end.
func (r Renewal) ActBy(t Token) time.Time {
	switch {
	case r.Mode == RenewalExtends:
		return time.Time{}
	case t.Refresh.Empty():
		return t.ExpiresAt
	default:
		return t.RefreshExpiresAt
	}
}
