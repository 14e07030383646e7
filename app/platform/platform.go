package platform

import (
	"context"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/reading"
)

// Platform is one social platform. Every method that calls out returns *Error on failure,
// never blocks past the client's deadline, and never puts a token into an error.
type Platform interface {
	// Spec tells what the platform is and gives; it never changes while the process lives.
	Spec() Spec
	// AuthorizeURL is where the creator's browser is sent.
	AuthorizeURL(AuthRequest) string
	// Exchange trades the single-use code for a token that lasts. Called once, never retried.
	Exchange(ctx context.Context, x Exchange) (Token, error)
	// Refresh gives a new token for an old one. Fields the answer leaves out are carried over.
	// A grant that is dead answers AUTH_REVOKED or AUTH_EXPIRED.
	Refresh(ctx context.Context, old Token) (Token, error)
	// Revoke ends the grant at the platform. A grant that is already dead is success.
	// Platforms that have no such call return nil without calling.
	Revoke(ctx context.Context, t Token) error
	// Profile reads the account behind the token.
	Profile(ctx context.Context, t Token) (Profile, error)
	// Posts reads the newest posts with their counters. On an error the batch still holds
	// what came before it.
	Posts(ctx context.Context, t Token, q PostQuery) (Batch, error)
}

// Deps is what an adapter is made of.
type Deps struct {
	Settings config.Platform
	HTTP     *outbound.Client
	Now      func() time.Time
}

// Maker is an adapter before it is opened: its spec, and how to open it.
type Maker struct {
	Spec Spec
	New  func(Deps) Platform
}

// AuthRequest is what an authorization URL is made of.
type AuthRequest struct {
	RedirectURI string
	State       string
	Challenge   string // PKCE challenge in the spec's encoding; empty when the platform takes none
	Reconnect   bool   // ask for the account and the permissions again
}

// Exchange is what the callback brought.
type Exchange struct {
	Code        fault.Secret
	RedirectURI string
	Verifier    fault.Secret // empty when no challenge was sent
}

// Token is a grant as it stands. Zero times mean the platform did not say.
type Token struct {
	Access           fault.Secret
	Refresh          fault.Secret // empty where the platform has none
	IssuedAt         time.Time    // our clock before the request that brought it
	ExpiresAt        time.Time    // end of the access token
	RefreshExpiresAt time.Time    // end of the refresh token
	Scopes           []string     // granted; nil when the answer did not say
	Subject          string       // the external id the answer names, if any
	AltSubject       string       // the second id the answer names (Instagram's app-scoped one), if any
	Account          string       // our connection id, for per-account pace; empty before there is one
}

// Profile is the account as the platform shows it. A nil count was not given.
type Profile struct {
	ExternalID  string // the key of a connection, together with the platform
	AltID       string // a second id the platform uses elsewhere (Instagram's app-scoped id)
	Handle      string // without "@"
	DisplayName string
	Bio         string
	PictureURL  string
	URL         string // the account's page at the platform
	AccountType string // lower case, empty when the platform has none
	Followers   *int64
	Following   *int64
	Posts       *int64
	Views       *int64 // of the whole account
	Likes       *int64 // of the whole account
	Verified    *bool
	Listing     string   // opaque: where Posts finds the list (YouTube's uploads playlist)
	Gaps        []*Error // parts that were not permitted or could not be read; Metric names them in the contract's words
}

// PostQuery says what Posts should read, and what is known already so that it need not be read again.
type PostQuery struct {
	Limit   int       // newest posts wanted
	Profile Profile   // as just read
	Known   []Known   // stored posts that were not gone, newest first
	Listed  time.Time // when the list was last read whole; zero: never
	Count   *int64    // the platform's own count of posts then
	Without []string  // metrics, by their Spec id, that the platform refuses everybody at present
	Page    int       // posts at a time that the platform gave of this account lately; 0: no less than its page
}

// Known is a post as it is stored.
type Known struct {
	ExternalID string
	PostedAt   time.Time // zero when the platform did not say
	ReadAt     time.Time // when its title, caption and pictures were last read
	SeenAt     time.Time // when its counters were last read
	Settled    bool      // the platform will never give its insights
}

// Settled lists the stored posts whose insights will never come.
func (q PostQuery) Settled() map[string]bool {
	out := map[string]bool{}
	for _, k := range q.Known {
		if k.Settled {
			out[k.ExternalID] = true
		}
	}
	return out
}

// Unlisted lists the known posts that a list read whole should have held and did not. Older ones than
// a full list reaches, and a list that is empty although the account has posts, tell nothing.
func (q PostQuery) Unlisted(listed []Post) []string {
	if len(listed) == 0 && (q.Profile.Posts == nil || *q.Profile.Posts > 0) {
		return nil
	}
	there := map[string]bool{}
	var oldest time.Time
	for _, p := range listed {
		there[p.ExternalID] = true
		if !p.PostedAt.IsZero() && (oldest.IsZero() || p.PostedAt.Before(oldest)) {
			oldest = p.PostedAt
		}
	}
	full := len(listed) >= q.Limit
	var out []string
	for _, k := range q.Known {
		if !there[k.ExternalID] && (!full || (!oldest.IsZero() && k.PostedAt.After(oldest))) {
			out = append(out, k.ExternalID)
		}
	}
	return out
}

// Batch is a set of posts, newest first, without doubles, and what is missing of it.
type Batch struct {
	Posts  []Post
	Gaps   []*Error // parts that failed or were not permitted; the rest is good
	Listed bool     // the list was read whole, as far as the limit goes
	Gone   []string // known ids that the platform no longer has
	Page   int      // posts at a time that the platform gives of this account; 0: it takes its whole page
}

// Post is one post with its counters. A nil counter was not given: unknown, never zero.
type Post struct {
	ExternalID      string
	MediaType       MediaType
	Title           string
	Caption         string
	Permalink       string
	MediaURL        string
	ThumbnailURL    string
	PostedAt        time.Time // zero when the platform did not say
	DurationSeconds *int64
	Views           *int64
	Likes           *int64
	Comments        *int64
	Shares          *int64
	Saves           *int64
	Reach           *int64
	Interactions    *int64 // the platform's own total, stored as given
	Items           *int64 // pictures and films of a carousel
	InsightsNever   bool   // the platform said this post will never have insights
	Visibility      string // "public", "unlisted", "private"; empty when the platform does not say
	Broadcast       string // "upcoming", "live"; empty for all else, and for one that is over
	CountersOnly    bool   // only the counters were read: all else is to stay as it was

	// Absent says why a counter is nil, by the contract's word for it, where the platform lets us know.
	Absent map[string]Absence
}

// Fields are the post's counters, to be set.
func (p *Post) Fields() reading.Table[**int64] {
	return reading.Table[**int64]([...]**int64{
		reading.Views: &p.Views, reading.Reach: &p.Reach, reading.Likes: &p.Likes, reading.Comments: &p.Comments,
		reading.Shares: &p.Shares, reading.Saves: &p.Saves, reading.Interactions: &p.Interactions,
	})
}

// Counters are the post's counters as they stand.
func (p *Post) Counters() (out reading.Counters) {
	for i, n := range p.Fields() {
		out[i] = *n
	}
	return out
}

// SetCounters replaces all counters.
func (p *Post) SetCounters(n reading.Counters) {
	for i, to := range p.Fields() {
		*to = n[i]
	}
}

// Absence is why a number is not there.
type Absence string

// The reasons.
const (
	AbsenceLate        Absence = "late"        // not yet delivered
	AbsenceUnsupported Absence = "unsupported" // this kind of post does not have it
	AbsenceBefore      Absence = "before"      // the post is older than the professional account
	AbsenceHidden      Absence = "hidden"      // its owner hides it, or switched it off
	AbsenceWithdrawn   Absence = "withdrawn"   // the platform refuses it to everybody at present
	AbsenceRefused     Absence = "refused"     // the platform refuses this post's numbers, and gives others'
)

// Insighter is a Platform that also tells of the account as a whole, day by day, and of its audience.
type Insighter interface {
	// Insights reads the days of q. On an error the answer still holds what came before it.
	Insights(ctx context.Context, t Token, q InsightQuery) (Insights, error)
}

// InsightQuery says which days to read: whole days of the platform's calendar, From to To, both in.
type InsightQuery struct {
	From, To time.Time
	Profile  Profile
}

// Insights is what the platform tells of the account as a whole.
type Insights struct {
	Days     []DayValue
	Audience []Share
	Gaps     []*Error
}

// DayValue is one metric of one day of the platform's calendar.
type DayValue struct {
	Metric string // a Spec id, "account_reach"
	Day    string // 2006-01-02
	Value  int64
}

// Share is one part of an audience.
type Share struct {
	Of    string // whose: "followers", "engaged"
	By    string // "age", "gender", "country", "city"
	Key   string // "25-34", "PT"
	Value int64  // people
}

// Paced is a Platform whose answers tell how near the whole app is to its limit.
type Paced interface {
	// Slower is by how much the delay between two accounts should grow now; 1 is as configured.
	Slower() float64
}

// MediaType is what kind of post it is, in the contract's words.
type MediaType string

// The kinds of post.
const (
	MediaImage    MediaType = "image"
	MediaVideo    MediaType = "video"
	MediaCarousel MediaType = "carousel"
	MediaReel     MediaType = "reel"
	MediaShort    MediaType = "short"
	MediaLive     MediaType = "live"
	MediaPhoto    MediaType = "photo"
)
