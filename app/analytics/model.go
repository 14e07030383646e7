package analytics

import (
	"time"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/numbers/posts"
	"github.com/truecount/truecount/app/words"
)

// Post is one post with its counters; nil is unknown.
type Post struct {
	ID              string                `json:"id,omitempty"`
	Platform        string                `json:"platform"`
	Handle          string                `json:"handle"`
	ExternalID      string                `json:"externalId"`
	Title           *string               `json:"title"`
	Caption         *string               `json:"caption"`
	MediaType       string                `json:"mediaType"`
	Permalink       *string               `json:"permalink"`
	MediaURL        *string               `json:"-"`
	ThumbnailURL    *string               `json:"-"`
	ViewCount       *int64                `json:"viewCount"`
	LikeCount       *int64                `json:"likeCount"`
	CommentCount    *int64                `json:"commentCount"`
	ShareCount      *int64                `json:"shareCount"`
	SaveCount       *int64                `json:"saveCount"`
	Reach           *int64                `json:"-"`
	DurationSeconds *int64                `json:"-"`
	EngagementRate  *float64              `json:"engagementRate"` // percent, two decimals
	PostedAt        *time.Time            `json:"postedAt"`
	Gone            bool                  `json:"-"` // the platform no longer lists it
	Items           *int64                `json:"-"` // pictures and films of a carousel
	Visibility      string                `json:"-"` // unlisted, private; empty for public
	Broadcast       string                `json:"-"` // upcoming, live
	Why             map[string]words.Text `json:"-"` // metric: why it is unknown, one sentence
	Calculated      bool                  `json:"-"` // what is ours is of a platform whose terms want that told
	ConnectionID    string                `json:"-"`
	Usual           *posts.VsUsual        `json:"-"` // against the account's usual; nil: not asked, or its age is unknown
	Bar             int                   `json:"-"` // views against the best post of the table, 0 to 100
}

// Overview is everything of one creator on one page.
type Overview struct {
	TotalFollowers *int64        `json:"totalFollowers"`
	TotalPosts     *int64        `json:"totalPosts"`
	TotalExcludes  []string      `json:"totalExcludes"`
	Platforms      []PlatformRow `json:"platforms"`
	RecentPosts    []Post        `json:"recentPosts"`

	Span     Span              `json:"-"`
	KPIs     []KPI             `json:"-"`
	Chart    Chart             `json:"-"`
	TopPosts []Post            `json:"-"` // of the span, by views
	Problems []accounts.Notice `json:"-"` // connections that need someone, worst first
	Syncing  int               `json:"-"` // connections with a run under way
	Context  words.Text        `json:"-"` // "All platforms · synced 12 minutes ago"
	Patterns *posts.Patterns   `json:"-"` // when and with what posts did well; nil: the terms forbid it
	Excluded words.Text        `json:"-"` // the sentence that says who is left out of totals, if any
	Sandbox  bool              `json:"-"` // every number here is made up by the sandbox
}

// PlatformRow is one live connection in the overview.
type PlatformRow struct {
	Platform       string             `json:"platform"`
	Handle         string             `json:"handle"`
	Followers      *int64             `json:"followers"`
	Posts          *int64             `json:"posts"`
	EngagementRate *float64           `json:"engagementRate"`
	LastSynced     *time.Time         `json:"lastSynced"`
	ProfileImage   *string            `json:"profileImage"`
	Freshness      accounts.Freshness `json:"freshness"`

	ConnectionID string        `json:"-"`
	Name         string        `json:"-"` // "Instagram"
	FollowersWhy words.Text    `json:"-"` // why there is no count
	FollowersAt  *time.Time    `json:"-"` // when they were read, where the last sync did not bring them
	Change       numbers.Value `json:"-"` // followers over the span
	Days         int           `json:"-"` // days the change spans, 0 when there is none
	Pill         accounts.Pill `json:"-"`
	Rounded      bool          `json:"-"`
	Initials     string        `json:"-"`
	FollowerWord words.Text    `json:"-"` // "followers", "subscribers"
}

// PlatformView is one account in depth.
type PlatformView struct {
	Platform  string             `json:"platform"`
	Handle    string             `json:"handle"`
	Freshness accounts.Freshness `json:"freshness"`
	Profile   Profile            `json:"profile"`
	Posts     []PostRow          `json:"posts"`
	Metrics   []Metric           `json:"metrics"`

	Card     accounts.Connection `json:"-"`
	Accounts []AccountLink       `json:"-"` // all of the creator's accounts here, when more than one
	Span     Span                `json:"-"`
	KPIs     []KPI               `json:"-"`
	Chart    Chart               `json:"-"`
	Table    PostTable           `json:"-"`
	Notes    []words.Text        `json:"-"` // what these numbers mean
	Whole    AccountInsights     `json:"-"` // the account as a whole
	Rate     words.Text          `json:"-"` // why there is no engagement rate, if so
	PostNoun string              `json:"-"` // "posts", "videos"
}

// PostRow is Post with the fields only the platform route shows.
type PostRow struct {
	Post
	Title           *string `json:"title"`
	MediaURL        *string `json:"mediaUrl"`
	ThumbnailURL    *string `json:"thumbnailUrl"`
	Reach           *int64  `json:"reach"`
	DurationSeconds *int64  `json:"durationSeconds"`
}

// Profile is the account's own facts.
type Profile struct {
	DisplayName     *string  `json:"displayName"`
	Bio             *string  `json:"bio"`
	ProfileImageURL *string  `json:"profileImageUrl"`
	FollowerCount   *int64   `json:"followerCount"`
	FollowingCount  *int64   `json:"followingCount"`
	PostCount       *int64   `json:"postCount"`
	EngagementRate  *float64 `json:"engagementRate"`
	IsVerified      *bool    `json:"isVerified"`

	URL      *string `json:"-"`
	Initials string  `json:"-"`
	Rounded  bool    `json:"-"`
}

// Metric is one snapshot.
type Metric struct {
	MetricType   string `json:"metricType"`
	Value        *int64 `json:"value"`
	SnapshotDate string `json:"snapshotDate"` // UTC date, 2006-01-02
}

// AccountLink leads to another account of the same platform.
type AccountLink struct {
	ConnectionID string
	Handle       string
	Current      bool
}

// PostTable is one page of an account's posts as filtered and sorted by the reader.
type PostTable struct {
	Rows  []Post
	Sort  string // posted, views, likes, comments, rate
	Desc  bool
	Type  string   // media type filter, empty for all
	Types []string // media types there are
	Query string   // search text
	Page  int      // from 1
	Pages int
	Total int // rows after the filter
	All   int // rows before it
}

// Span is the period a page shows, whole days of a zone, both ends included.
type Span struct {
	Key     string // 7d, 30d, last-month, ...; empty: the reader's own dates
	Days    int
	From    time.Time         // the first day, named by its midnight in UTC
	To      time.Time         // the last day, likewise
	Zone    *time.Location    // nil: UTC
	Compare period.Comparison // empty: the days before
	AsOf    time.Time         // as it was known then; zero: now
}

// KPI is one big number. A nil value is unknown, and Why says why.
type KPI struct {
	Key    string // followers, views, engagement, posts, typical
	Metric string // the metric behind it, as it is asked for
	State  numbers.State
	// Calculated marks what we computed from the numbers of a platform whose terms want that marked.
	Calculated bool
	Label      words.Text
	Value      *float64
	Percent    bool       // Value is in percent
	Rounded    bool       // the platform rounds it
	Delta      *float64   // change: percent, or percentage points when Percent
	Against    words.Text // what the change is against, "since 25 Oct"
	Why        words.Text // why Value or Delta is missing
	Detail     words.Text // one short line: "47 posts in these 30 days"
	Spark      []Point
	Selected   bool // the chart shows it
}

// Point is one day of a series; nil is a day without a value and stays a gap.
type Point struct {
	Day   time.Time
	Value *float64
}

// Chart is one line chart and its text equivalent.
type Chart struct {
	Metric  string     // followers, views, engagement, posts
	Title   words.Text // "Followers by platform"
	Finding words.Text // one sentence, for those who do not see it
	Percent bool
	From    time.Time
	To      time.Time
	Series  []Series
	Breaks  []Break
	Empty   words.Text // why there is nothing to draw, if so
}

// Break is a day from which a line means something else.
type Break struct {
	Day  time.Time
	What string // one sentence
}

// Series is one line.
type Series struct {
	Platform string
	Label    words.Text // the platform's name, with the handle where there are several
	Points   []Point
}
