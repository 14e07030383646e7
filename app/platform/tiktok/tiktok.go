package tiktok

import (
	"context"
	_ "embed"
	"net/http"
	"net/url"
	"slices"
	"strings"
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
	id           = "tiktok"
	basicScope   = "user.info.basic"
	profileScope = "user.info.profile"
	statsScope   = "user.info.stats"
	videoScope   = "video.list"
	pageSize     = 20 // most of video/list
)

// Maker is the adapter.
var Maker = platform.Maker{Spec: spec, New: open}

var spec = platform.Spec{
	ID: id, Name: "TikTok", Icon: icon, Colour: platform.Colour{Light: "#101828", Dark: "#E8EBF1"},
	Settings: config.Declared{
		ID: id, ClientID: "CLIENT_KEY", ClientSecret: "CLIENT_SECRET",
		URLs: []config.URL{
			{Suffix: "AUTHORIZE_URL", Default: "https://www.tiktok.com/v2/auth/authorize/"},
			{Suffix: "API_URL", Default: "https://open.tiktokapis.com"},
		},
		Options: []config.Option{{Suffix: "PKCE", Default: "off", Allowed: []string{"off", "hex", "base64url"}}},
		Quotas:  []config.Quota{{Suffix: "QUOTA", Default: "600/minute"}},
		Cron:    "30 3 * * *", Delay: 3 * time.Second, PostLimit: 20,
	},
	Scopes: []platform.Scope{
		{
			Name: basicScope, Required: true, Label: "Name and picture",
			Why: "To know which account you connected and show it by its name.",
		},
		{
			Name: profileScope, Label: "Handle, bio and verified mark",
			Why: "To show your @handle and link to your profile.",
		},
		{
			Name: statsScope, Label: "Follower, following and like counts",
			Why: "To keep a daily record of how many people follow you.",
		},
		{
			Name: videoScope, Label: "Public posts and their counts",
			Why: "To read your public posts with their views, likes, comments and shares. It cannot post or change anything.",
		},
	},
	PKCE:        platform.PKCENone, // TikTok asks web apps for none; the setting turns it on
	Renewal:     platform.Renewal{Mode: platform.RenewalRotates, Margin: 15 * time.Minute},
	Price:       platform.Price{Profile: 1, Posts: 1},
	Limits:      []platform.Limit{{Suffix: "QUOTA", By: outbound.ByEndpoint}},
	PostPage:    pageSize,
	Unavailable: []string{"reach", "saves"},
	ByScope: map[string][]string{
		statsScope: {"followers", "following", "post_count"},
		videoScope: {"likes", "comments", "views", "shares"},
	},
	Followers: "Followers", PostNoun: "posts",
	AccountKind: "Any TikTok account. Only its public posts are read.",
	PublicOnly:  true,
	Notes: []string{
		"TikTok reports public posts only. The post count leaves private ones out.",
		"TikTok reports current counts without their history. Growth is the difference between two syncs.",
		"TikTok does not report reach, saves or watch time.",
		"TikTok's permission expires. Half a year to a year after connecting, TikTok asks you to agree again.",
	},
	Metrics: []platform.Metric{
		{ID: "followers", Name: "Followers", Means: "How many accounts follow this one."},
		{ID: "following", Name: "Following", Means: "How many accounts this one follows."},
		{ID: "post_count", Name: "Posts", Means: "How many public posts the account has."},
		{ID: "account_likes", Name: "Likes of the account", Means: "How many likes all of its posts have together."},
		{ID: "views", Name: "Views", Means: "How often the post was viewed so far."},
		{ID: "likes", Name: "Likes", Means: "How many people like the post."},
		{ID: "comments", Name: "Comments", Means: "How many comments the post has."},
		{ID: "shares", Name: "Shares", Means: "How often the post was shared."},
	},
	Revokes: true,
	Service: "the TikTok API", TermsURL: "https://www.tiktok.com/legal/terms-of-service",
	PrivacyURL: "https://www.tiktok.com/legal/privacy-policy",
	AccessPage: platform.Page{
		URL:  "https://www.tiktok.com/setting",
		Path: "TikTok app → Settings and privacy → Security & permissions → Apps and services permissions",
	},
	KeepAfterDisconnect: true,
	Hooks: []platform.HookAddress{
		{Label: "Webhook callback URL", Says: "Something happened to an account on TikTok."},
	},
	PictureHosts: []string{".tiktokcdn.com", ".tiktokcdn-us.com", ".tiktokcdn-eu.com", ".tiktok.com"},
	Guide:        guide, Setup: []platform.SetupStep{
		{ID: "app", Text: "Create an app with Login Kit for Web."},
		{ID: "credentials", Text: "Set the client key and secret, without spaces."},
		{ID: "urls", Text: "Verify the addresses of terms, privacy policy and website."},
		{ID: "redirect", Text: "Register the redirect URI."},
		{ID: "permissions", Text: "Add all permissions under Scopes."},
		{ID: "webhook", Text: "Enter the webhook address."},
		{ID: "sandbox", Text: "Create a sandbox with target users and connect one of them."},
		{ID: "review", Text: "Submit the app with a video and an explanation for each permission."},
		{ID: "production", Text: "Replace the sandbox credentials by the production ones."},
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

// userFields are the fields of user/info by the scope that gives them. Picture and name come with
// every sign-in.
var userFields = []struct{ scope, fields string }{
	{basicScope, "open_id,avatar_url,avatar_large_url,display_name"},
	{profileScope, "bio_description,is_verified,username"},
	{statsScope, "follower_count,following_count,likes_count,video_count"},
}

const videoFields = "id,create_time,cover_image_url,share_url,video_description,duration,title,like_count,comment_count,share_count,view_count"

// hasScope reports whether a scope was granted, or may have been: an answer that names no scopes hides none.
func hasScope(t platform.Token, scope string) bool {
	return t.Scopes == nil || slices.Contains(t.Scopes, scope)
}

// call makes one call of the API and reads its data into out. Paths without the last slash are 404.
func (a *adapter) call(
	ctx context.Context,
	t platform.Token,
	step platform.Step,
	method, path, fields string,
	body any,
	out data,
) *platform.Error {
	resp, err := a.http.Do(ctx, outbound.Request{
		Platform: id, Endpoint: path, Account: t.Account,
		Method: method, URL: a.s.URLs["API_URL"] + path, Query: url.Values{"fields": {fields}}, JSON: body, Bearer: t.Access,
	})
	if err != nil {
		return platform.Unanswered(id, step, err)
	}
	return a.decode(step, resp, out)
}

// Profile reads the account behind the token: one call. Where TikTok refuses a field although we
// were told of its permission, a second call asks for what every sign-in gives.
func (a *adapter) Profile(ctx context.Context, t platform.Token) (platform.Profile, error) {
	var fields []string
	var gaps []*platform.Error
	for _, f := range userFields {
		if f.scope == basicScope || hasScope(t, f.scope) {
			fields = append(fields, f.fields)
		} else {
			gaps = append(gaps, ungranted(platform.StepProfile, f.scope))
		}
	}
	u, err := a.user(ctx, t, strings.Join(fields, ","))
	if err != nil && err.Code == fault.ScopeMissing && len(fields) > 1 {
		gaps = []*platform.Error{err}
		err.Metric = "followers"
		u, err = a.user(ctx, t, userFields[0].fields)
	}
	if err != nil {
		return platform.Profile{}, err
	}
	p := u.profile()
	p.Gaps = append(gaps, p.Gaps...)
	return p, nil
}

func (a *adapter) user(ctx context.Context, t platform.Token, fields string) (user, *platform.Error) {
	var d userData
	if err := a.call(ctx, t, platform.StepProfile, http.MethodGet, "/v2/user/info/", fields, nil, &d); err != nil {
		return user{}, err
	}
	return d.User, nil
}

// ungranted is the gap a permission leaves that was asked for and not given.
func ungranted(step platform.Step, scope string) *platform.Error {
	e := &platform.Error{
		Platform: id,
		Step:     step,
		Code:     fault.ScopeMissing,
		Detail:   "the permission " + scope + " was not granted",
	}
	if scope == statsScope {
		e.Metric = "followers"
	}
	return e
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
