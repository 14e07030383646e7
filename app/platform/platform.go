package platform

import (
	"context"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/reading"
)

// Platform is one social platform, as an adapter makes it. Connect calls the sign-in methods, the syncer the reading
// ones. All methods may be called at once.
//
// A method that calls out returns a *Error on failure, which AsError finds: with a code that decides what happens next,
// and never with a token in it. It ends when ctx ends or the client's own deadline passes, whichever is first.
type Platform interface {
	// Spec says what the platform is and gives. It makes no call and is the same while the process lives.
	Spec() Spec
	// AuthorizeURL is the whole address that the creator's browser is sent to. It makes no call.
	AuthorizeURL(AuthRequest) string
	// Exchange trades the single-use code of a consent for a Token. Connect calls it once and never again for the same
	// code. AUTH_FAILED: the code was used, expired or not the platform's. APP_REFUSED: our credentials or the redirect
	// URI were refused.
	Exchange(ctx context.Context, x Exchange) (Token, error)
	// Refresh gives a new Token for old one. What the answer leaves out is carried over from it. AUTH_REVOKED or
	// AUTH_EXPIRED: the grant is dead, and only the person can give another one. NativeYoung: it is too early, and old
	// stays good.
	Refresh(ctx context.Context, old Token) (Token, error)
	// Revoke ends the grant at the platform. It returns nil for a grant that is dead already, and, without a call, where
	// the platform has no way to end one (Spec.Revokes).
	Revoke(ctx context.Context, t Token) error
	// Profile reads the account behind a token. NOT_FOUND with a Native that is one of Spec.Refusals: the account is of a
	// kind that has no numbers. Parts that could not be read are in Profile.Gaps, and are no error.
	Profile(ctx context.Context, t Token) (Profile, error)
	// Posts reads the newest posts with their counters. Parts that could not be read are in Batch.Gaps. With an error the
	// batch still holds what came before it, which the syncer keeps.
	Posts(ctx context.Context, t Token, q PostQuery) (Batch, error)
}

// Deps is what an adapter is made of.
type Deps struct {
	Settings config.Platform  // of this platform; addresses may be moved to another server
	HTTP     *outbound.Client // the only way out; shared by all platforms
	Now      func() time.Time // never nil
}

// Maker is an adapter before it is opened. A platform's package exports one, and platform/all lists it.
type Maker struct {
	Spec Spec
	New  func(Deps) Platform // never fails, and makes no call
}

// AuthRequest is what an authorization URL is made of.
type AuthRequest struct {
	RedirectURI string // as registered with the platform, character by character
	State       string // opaque and single-use; the platform sends it back
	Challenge   string // PKCE challenge in the Spec's encoding; empty when the platform takes none
	Reconnect   bool   // the person is asked for the account and the permissions again
}

// Exchange is what the callback brought, and what the authorization URL was made with.
type Exchange struct {
	Code        fault.Secret
	RedirectURI string       // the same as in the AuthRequest
	Verifier    fault.Secret // empty when no challenge was sent
}

// Token is a grant as it stands, from an Exchange or a Refresh. Connect seals and stores it and hands it to the syncer.
// Times are UTC; a zero time is one that the platform did not give.
type Token struct {
	Access           fault.Secret
	Refresh          fault.Secret // empty where the platform has none
	IssuedAt         time.Time    // our clock before the request that brought the token
	ExpiresAt        time.Time    // end of the access token
	RefreshExpiresAt time.Time    // end of the refresh token; zero also where it has no end
	Scopes           []string     // granted, by the platform's names; nil when the answer did not say, which hides none
	Subject          string       // the external id that the answer names; empty: none
	AltSubject       string       // the second id that the answer names, where the platform has two; empty: none
	Account          string       // our connection id, for pace by account; empty before there is a connection
}

// Profile is the account as the platform shows it, from Profile. A nil count was not given: it is unknown, never zero.
// Texts are storable (valid UTF-8 without NUL); links are on the platform's own hosts, or empty.
type Profile struct {
	ExternalID  string // the key of a connection, together with the platform; never empty
	AltID       string // a second id that the platform uses elsewhere; empty: none
	Handle      string // without "@"; empty where the platform has none
	DisplayName string
	Bio         string
	PictureURL  string // may expire
	URL         string // the account's page at the platform
	AccountType string // lower case; empty when the platform has none
	Followers   *int64
	Following   *int64
	Posts       *int64 // the platform's own count, which may leave private ones out
	Views       *int64 // of the whole account
	Likes       *int64 // of the whole account
	Verified    *bool  // nil: the platform does not say
	Listing     string // opaque to all but the adapter: where Posts finds the list
	// Gaps are parts that were not permitted or could not be read; Metric names each in the contract's words.
	Gaps []*Error
}

// PostQuery says what Posts should read, and what is stored already so that it need not be read again. The syncer makes
// it of the connection's rows.
type PostQuery struct {
	Limit   int       // how many of the newest posts are wanted; at least 1
	Profile Profile   // as read just before, with the same token
	Known   []Known   // stored posts that were not gone, newest first
	Listed  time.Time // when the list was last read to its end; zero: never
	Count   *int64    // the platform's own count of posts at Listed; nil: unknown
	Without []string  // metrics, by their Spec id, that the platform refuses to everybody at present: do not ask for them
	Page    int       // posts a call that the platform took of this account lately; 0: a whole page of Spec.PostPage
}

// Known is a post as it is stored.
type Known struct {
	ExternalID string
	PostedAt   time.Time // zero when the platform did not say
	ReadAt     time.Time // when its title, caption and pictures were last read
	SeenAt     time.Time // when its counters were last read
	Settled    bool      // the platform will never have insights of it
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

// Batch is what one reading of posts brought. The syncer saves it in one transaction.
type Batch struct {
	Posts  []Post   // newest first, each id once; those without a date come last
	Gaps   []*Error // parts that failed or were not permitted; all else is good
	Listed bool     // the list was read to its end, or as far as the limit goes
	Gone   []string // ids of Known that the platform no longer has; it is sure of each
	Page   int      // posts a call that the platform takes of this account, to be remembered; 0: a whole page
}

// Post is one post with its counters. A nil counter was not given: it is unknown, never zero. Texts are storable, links
// are on the platform's own hosts or empty, and times are UTC.
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

// MediaTypes lists the kinds of post.
func MediaTypes() []MediaType {
	return []MediaType{MediaImage, MediaVideo, MediaCarousel, MediaReel, MediaShort, MediaLive, MediaPhoto}
}
