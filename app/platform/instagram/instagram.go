package instagram

import (
	"context"
	_ "embed"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
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
	id            = "instagram"
	basicScope    = "instagram_business_basic"
	insightsScope = "instagram_business_manage_insights"
	pageSize      = 25 // of the media list

	notProfessional = "not_professional" // a personal account
)

// Maker is the adapter.
var Maker = platform.Maker{Spec: spec, New: open}

var spec = platform.Spec{
	ID: id, Name: "Instagram", Icon: icon, Colour: platform.Colour{Light: "#B5179E", Dark: "#D978D8"},
	Settings: config.Declared{
		ID: id, ClientID: "CLIENT_ID", ClientSecret: "CLIENT_SECRET",
		URLs: []config.URL{
			{Suffix: "AUTHORIZE_URL", Default: "https://www.instagram.com/oauth/authorize"},
			{Suffix: "TOKEN_URL", Default: "https://api.instagram.com/oauth/access_token"},
			{Suffix: "GRAPH_URL", Default: "https://graph.instagram.com"},
		},
		Options: []config.Option{{Suffix: "API_VERSION", Default: "v25.0", Pattern: `v[0-9]+\.[0-9]+`, Example: "v25.0"}},
		Quotas:  []config.Quota{{Suffix: "QUOTA", Default: "unlimited"}, {Suffix: "USER_QUOTA", Default: "200/hour"}},
		Cron:    "0 3 * * *", Delay: 2 * time.Second, PostLimit: 25,
	},
	Scopes: []platform.Scope{
		{
			Name: basicScope, Required: true, Label: "Profile, posts and follower count",
			Why: "To read your account's name, follower count and posts with their likes and comments. It cannot post or change anything.",
		},
		{
			Name: insightsScope, Label: "Insights of your posts",
			Why: "To read how often your posts were viewed, saved and shared, and how many people they reached.",
		},
	},
	PKCE:    platform.PKCENone, // not documented for this sign-in
	Renewal: platform.Renewal{Mode: platform.RenewalExtends, MinAge: 24 * time.Hour, HalfLife: true},
	Price:   platform.Price{Profile: 1, Posts: 1},
	Limits: []platform.Limit{
		{Suffix: "QUOTA", By: outbound.ByApp},
		{Suffix: "USER_QUOTA", By: outbound.ByAccount},
	},
	PostPage:  pageSize,
	ByScope:   map[string][]string{insightsScope: {"views", "reach", "saves", "shares"}},
	Followers: "Followers", PostNoun: "posts",
	AccountKind: "An Instagram professional account (Business or Creator). Instagram gives no numbers for personal accounts.",
	Refusals: []platform.Refusal{{
		Reason: notProfessional,
		Says:   "This is a personal Instagram account, and Instagram gives numbers only for professional accounts. Switch it to creator or business in the Instagram app (it is free), then connect again.",
	}},
	Notes: []string{
		"Instagram's insights can be up to 48 hours late. Until then a new post's numbers are pending, not zero.",
		"Posts from before the account became professional never have insights.",
		"Instagram counts organic activity only. Paid views are left out.",
		"Instagram does not report whether an account is verified.",
		"A like count that its owner hides may be missing.",
	},
	Metrics: known,
	Figures: platform.Figures{Days: map[string]string{
		"views_gained": "account_views", "reach": "account_reach", "likes_gained": "account_likes",
		"comments_gained": "account_comments", "shares_gained": "account_shares", "saves_gained": "account_saves",
		"link_taps": "account_link_taps", "followers_gained": "account_new_followers",
	}, Zone: dayZone, Delay: 48 * time.Hour},
	// Figures of periods rest on these days, so they are read daily; the last three days may still be restated.
	InsightsEvery: 24 * time.Hour, InsightsBack: 3,
	Service: "the Instagram API", TermsURL: "https://help.instagram.com/581066165581870",
	PrivacyURL: "https://privacycenter.instagram.com/policy",
	AccessPage: platform.Page{
		URL:  "https://www.instagram.com/accounts/manage_access/",
		Path: "Instagram → Settings and activity → Website permissions → Apps and websites",
	},
	KeepAfterDisconnect: true,
	Hooks: []platform.HookAddress{
		{
			Name:  hookDeauthorize,
			Label: "Deauthorize callback URL",
			Says:  "A person removed the app on Instagram.",
			Form:  true,
		},
		{
			Name:   hookDeletion,
			Label:  "Data deletion request URL",
			Says:   "A person asks on Instagram for their data to be deleted.",
			Form:   true,
			Tracks: true,
		},
	},
	PictureHosts: []string{".cdninstagram.com", ".fbcdn.net", ".instagram.com"},
	Guide:        guide, Setup: []platform.SetupStep{
		{ID: "app", Text: "Create a Meta app with Instagram login."},
		{ID: "credentials", Text: "Set the Instagram app ID and secret, not those of Facebook."},
		{ID: "redirect", Text: "Enter the redirect URI under Business login settings."},
		{ID: "permissions", Text: "Add both permissions to the app."},
		{ID: "webhooks", Text: "Enter the deauthorize and the data deletion address."},
		{ID: "testers", Text: "Add test accounts as Instagram testers and have them accept."},
		{ID: "test", Text: "Connect a tester and see the first sync succeed."},
		{ID: "verification", Text: "Pass Business Verification."},
		{ID: "review", Text: "Submit both permissions with a video each, and get Advanced Access."},
	},
}

type adapter struct {
	s    config.Platform
	http *outbound.Client
	now  func() time.Time

	mu      sync.Mutex
	blocked map[string]time.Time // account -> end of the block its last answer told of; "" is the app
	loads   map[string]load      // account -> what its last usage header told; "" is the app
	doubts  map[string]doubt     // account -> metrics that not all of its posts have
}

func open(d platform.Deps) platform.Platform {
	return &adapter{
		s:       d.Settings,
		http:    d.HTTP,
		now:     d.Now,
		blocked: map[string]time.Time{},
		loads:   map[string]load{},
		doubts:  map[string]doubt{},
	}
}

// Spec implements platform.Platform.
func (a *adapter) Spec() platform.Spec { return spec }

// get reads one path of the versioned graph into out. The token goes as a query parameter, the only
// way the documentation knows; the outgoing client never prints it.
func (a *adapter) get(
	ctx context.Context,
	t platform.Token,
	step platform.Step,
	path, endpoint string,
	q url.Values,
	out any,
) *platform.Error {
	if wait, app := a.blockedFor(t.Account); wait > 0 {
		return &platform.Error{
			Platform:   id,
			Step:       step,
			Code:       fault.RateLimit,
			RetryAfter: wait,
			AppWide:    app,
			Status:     -1,
			Detail:     "Instagram asked Truecount to wait, so no call was made",
		}
	}
	version := "/" + a.s.Options["API_VERSION"]
	q.Set("access_token", t.Access.Reveal())
	resp, err := a.http.Do(ctx, outbound.Request{
		Platform: id, Endpoint: endpoint, Account: t.Account,
		Method: http.MethodGet, URL: a.s.URLs["GRAPH_URL"] + version + path, Query: q, Down: isOutage,
	})
	if err != nil {
		return platform.Unanswered(id, step, err)
	}
	a.heed(t.Account, resp.Header)
	failed := a.decode(step, resp, out)
	if failed != nil && failed.Code == fault.ScopeMissing {
		// What the token itself says was granted may be the app's own loss, or one post's.
		failed.Unexplained = slices.Contains(t.Scopes, needed(step))
	}
	return failed
}

// needed is the permission that a step cannot do without.
func needed(step platform.Step) string {
	if step == platform.StepMetrics {
		return insightsScope
	}
	return basicScope
}

// ask is get for a list of fields: one that the platform no longer knows fails the whole call, so
// it is dropped, said once, and the call repeated.
func (a *adapter) ask(
	ctx context.Context,
	t platform.Token,
	step platform.Step,
	path string,
	fields []string,
	q url.Values,
	out any,
) (gaps []*platform.Error, failed *platform.Error) {
	fields = slices.Clone(fields)
	for range 3 {
		q.Set("fields", strings.Join(fields, ","))
		failed = a.get(ctx, t, step, path, path, q, out)
		if failed == nil || failed.Code != fault.Internal {
			return gaps, failed
		}
		i := slices.Index(fields, failed.Metric)
		if i < 0 || slices.Contains(vital, failed.Metric) {
			return gaps, failed
		}
		gap := badResponse(step, "Instagram no longer has the field "+failed.Metric)
		gap.Metric = word(failed.Metric)
		gaps, fields = append(gaps, gap), slices.Delete(fields, i, i+1)
	}
	return gaps, failed
}

var (
	profileFields = []string{
		"id",
		"user_id",
		"username",
		"name",
		"account_type",
		"profile_picture_url",
		"followers_count",
		"follows_count",
		"media_count",
		"biography",
	}
	mediaFields = []string{
		"id",
		"caption",
		"media_type",
		"media_product_type",
		"media_url",
		"thumbnail_url",
		"permalink",
		"timestamp",
		"like_count",
		"comments_count",
		"children{id,media_type,media_url,thumbnail_url}",
	}
	vital = []string{"id", "user_id"}
)

// Profile reads the account behind the token: one call.
func (a *adapter) Profile(ctx context.Context, t platform.Token) (platform.Profile, error) {
	var answer meAnswer
	gaps, failed := a.ask(ctx, t, platform.StepProfile, "/me", profileFields, url.Values{}, &answer)
	if failed != nil {
		return platform.Profile{}, failed
	}
	m := answer.me()
	if strings.EqualFold(m.Type, "personal") {
		return platform.Profile{}, &platform.Error{
			Platform: id, Step: platform.StepProfile, Code: fault.NotFound, Status: http.StatusOK, Native: notProfessional,
			Detail: "this is a personal Instagram account, which has no API",
		}
	}
	p, ok := m.profile()
	if !ok {
		return platform.Profile{}, badResponse(platform.StepProfile, "an account without its professional id")
	}
	p.Gaps = append(gaps, p.Gaps...)
	return p, nil
}

// Revoke implements platform.Platform: Instagram has no such call, the person removes the app there.
func (a *adapter) Revoke(context.Context, platform.Token) error { return nil }

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
