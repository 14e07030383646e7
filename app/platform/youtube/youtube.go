package youtube

import (
	"context"
	_ "embed"
	"net/http"
	"net/url"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
)

//go:embed icon.svg
var icon string

//go:embed guide.md
var guide string

const (
	id        = "youtube"
	readScope = "https://www.googleapis.com/auth/youtube.readonly"
	pageSize  = 50 // of playlistItems and of videos?id=

	noChannel = "no_channel" // a Google account without a channel
)

// Maker is the adapter.
var Maker = platform.Maker{Spec: spec, New: open}

// viewEpochs are the days on which YouTube changed what a view is
// (https://developers.google.com/youtube/v3/revision_history, seen 2026-11).
var viewEpochs = []platform.Epoch{
	{
		From: time.Date(2025, 3, 31, 0, 0, 0, 0, time.UTC),
		What: "Since 31 March 2025 YouTube counts every start and replay of a Short as a view.",
	},
	{
		From: time.Date(2026, 8, 24, 0, 0, 0, 0, time.UTC),
		What: "Since 24 August 2026 YouTube counts a view from the first frame played.",
	},
}

var spec = platform.Spec{
	ID: id, Name: "YouTube", Icon: icon, Colour: platform.Colour{Light: "#D3201F", Dark: "#FF6B4A"},
	Settings: config.Declared{
		ID: id, ClientID: "CLIENT_ID", ClientSecret: "CLIENT_SECRET",
		URLs: []config.URL{
			{Suffix: "AUTHORIZE_URL", Default: "https://accounts.google.com/o/oauth2/v2/auth"},
			{Suffix: "TOKEN_URL", Default: "https://oauth2.googleapis.com/token"},
			{Suffix: "REVOKE_URL", Default: "https://oauth2.googleapis.com/revoke"},
			{Suffix: "API_URL", Default: "https://www.googleapis.com"},
			{Suffix: "ANALYTICS_URL", Default: "https://youtubeanalytics.googleapis.com"},
		},
		Options: []config.Option{{Suffix: "DERIVED_METRICS", Example: "true"}},
		Quotas:  []config.Quota{{Suffix: "QUOTA", Default: "10000/day"}, {Suffix: "STATS_QUOTA", Default: "0"}},
		Cron:    "0 4 * * *", Delay: 2 * time.Second, PostLimit: 50,
	},
	Scopes: []platform.Scope{{
		Name: readScope, Required: true, Label: "Channel, videos and their counts",
		Why: "To read your channel's name, subscriber count and videos with their views, likes and comments. It cannot change anything.",
	}},
	PKCE:    platform.PKCES256,
	Renewal: platform.Renewal{Mode: platform.RenewalKeeps, Margin: 15 * time.Minute},
	Price:   platform.Price{Profile: 1, Posts: 2},
	Limits: []platform.Limit{
		{Suffix: "QUOTA", By: outbound.ByApp, Pacific: true},
		// Three readings of ten stay with the first: new videos, and titles that grow old (a simulated month of 60
		// channels; the page of quota costs names the second's size, seen 2026-11).
		{
			Suffix:  "STATS_QUOTA",
			By:      outbound.ByApp,
			Pacific: true,
			Relief:  &platform.Relief{Of: "QUOTA", Units: 0.7, Offer: 10000},
		},
	},
	PostPage:    pageSize,
	Unavailable: []string{"reach", "saves", "shares"},
	Followers:   "Subscribers", PostNoun: "videos",
	AccountKind: "A Google account with a YouTube channel.",
	Refusals: []platform.Refusal{{
		Reason: noChannel,
		Says:   "This Google account has no YouTube channel. Choose the account that owns your channel, or create a channel first.",
	}},
	Notes: []string{
		"YouTube rounds subscriber counts above 1,000 down to three digits, for the owner too. Daily changes come in steps.",
		"YouTube counts public videos only.",
		"Since 24 August 2026 YouTube counts a view from the first frame played. Earlier views do not compare with later ones.",
		"YouTube does not say which videos are Shorts. A video of at most three minutes with #shorts is shown as a Short.",
		"Broadcasts and premieres look alike in YouTube's data. Both are shown as live.",
	},
	Figures: platform.Figures{
		Gains: map[string]platform.AccountCount{"views_gained": platform.CountViews},
		Terms: []platform.Derivation{
			platform.DeriveSum, platform.DeriveGain, platform.DeriveRate, platform.DeriveComparison, platform.DeriveUsual,
		},
	},
	DeleteWithin: 7 * 24 * time.Hour, DerivedRestricted: true, RoundedFollowers: true,
	RoundedDigits: 3, PublicOnly: true,
	VerifyWithin: 30 * 24 * time.Hour, Revokes: true,
	Service: "YouTube API Services", TermsURL: "https://www.youtube.com/t/terms",
	PrivacyURL: "https://policies.google.com/privacy",
	AccessPage: platform.Page{
		URL:  "https://security.google.com/settings/security/permissions",
		Path: "Google Account → Security → Your connections to third-party apps & services",
	},
	GoneIsForgotten: true, Trial: 7 * 24 * time.Hour,
	Metrics: []platform.Metric{
		{
			ID:    "followers",
			Name:  "Subscribers",
			Means: "How many people subscribe to the channel, rounded down to three digits above 1,000.",
		},
		{ID: "post_count", Name: "Videos", Means: "How many public videos the channel has."},
		{
			ID:     "account_views",
			Name:   "Views of the channel",
			Means:  "How often all of its videos together were viewed.",
			Epochs: viewEpochs,
		},
		{ID: "views", Name: "Views", Means: "How often the video was viewed so far.", Epochs: viewEpochs},
		{ID: "likes", Name: "Likes", Means: "How many people like the video. Its owner may hide the number."},
		{
			ID:    "comments",
			Name:  "Comments",
			Means: "How many comments and replies the video has. Its owner may turn them off.",
		},
	},
	PictureHosts: []string{".ytimg.com", ".ggpht.com", ".googleusercontent.com", ".youtube.com"},
	Guide:        guide, Setup: []platform.SetupStep{
		{ID: "project", Text: "Create a Google Cloud project and enable the YouTube Data API."},
		{ID: "consent", Text: "Fill in the consent screen with your domain."},
		{ID: "credentials", Text: "Create a web client and set its ID and secret."},
		{ID: "redirect", Text: "Enter the redirect URI of the web client."},
		{ID: "permissions", Text: "Add the permissions to the consent screen."},
		{ID: "production", Text: "Set the publishing status to In production, not Testing."},
		{ID: "test", Text: "Connect a channel and see the first sync succeed."},
		{ID: "verification", Text: "Verify the domain and submit the video for the sensitive permission."},
		{ID: "amendment", Text: "Decide about derived metrics: without an accepted amendment leave them off."},
	},
}

type adapter struct {
	s    config.Platform
	http *outbound.Client
	now  func() time.Time
}

func open(d platform.Deps) platform.Platform {
	return &adapter{s: d.Settings, http: d.HTTP, now: d.Now}
}

// Spec implements platform.Platform.
func (a *adapter) Spec() platform.Spec { return spec }

// The buckets that calls are paid from, named as the settings name them.
const (
	units = "QUOTA"
	stats = "STATS_QUOTA" // of videos:batchGetStats alone
)

// call reads one list of the Data API into out; one unit of its bucket, however many parts are asked for.
func (a *adapter) call(
	ctx context.Context,
	t platform.Token,
	step platform.Step,
	bucket, list string,
	q url.Values,
	out any,
) *platform.Error {
	resp, err := a.http.Do(ctx, outbound.Request{
		Platform: id, Endpoint: "/youtube/v3/" + list, Account: t.Account, Cost: 1, Bucket: bucket,
		Method: http.MethodGet, URL: a.s.URLs["API_URL"] + "/youtube/v3/" + list, Query: q, Bearer: t.Access,
	})
	if err != nil {
		return platform.Unanswered(id, step, err)
	}
	failed := a.decode(step, resp, out)
	if failed != nil && failed.Code == fault.QuotaExhausted {
		// Whatever we had counted: nobody asks again before the day is over.
		a.http.Exhausted(ctx, id, bucket, outbound.NextPacificMidnight(a.now()))
	}
	return failed
}

// Profile reads the channel the token belongs to: one unit.
func (a *adapter) Profile(ctx context.Context, t platform.Token) (platform.Profile, error) {
	var list channelList
	q := url.Values{"mine": {"true"}, "part": {"snippet,contentDetails,statistics"}}
	if err := a.call(ctx, t, platform.StepProfile, units, "channels", q, &list); err != nil {
		return platform.Profile{}, err
	}
	if !list.shaped() {
		return platform.Profile{}, badResponse(platform.StepProfile, "no list of channels")
	}
	if len(list.Items) == 0 {
		return platform.Profile{}, &platform.Error{
			Platform: id, Step: platform.StepProfile, Code: fault.NotFound, Status: http.StatusOK, Native: noChannel,
			Detail: "this Google account has no YouTube channel",
		}
	}
	c := list.Items[0]
	if c.ID == "" {
		return platform.Profile{}, badResponse(platform.StepProfile, "a channel without an id")
	}
	return c.profile(), nil
}

func badResponse(step platform.Step, what string) *platform.Error {
	return &platform.Error{Platform: id, Step: step, Code: fault.BadResponse, Detail: what}
}

// asError keeps a nil *Error a nil error.
func asError(e *platform.Error) error {
	if e == nil {
		return nil
	}
	return e
}
