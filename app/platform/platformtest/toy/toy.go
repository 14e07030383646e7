package toy

import (
	"context"
	_ "embed"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
)

//go:embed icon.svg
var icon string

const (
	id           = "toy"
	accountScope = "account.read"
	statsScope   = "stats.read"
	pageSize     = 50

	suspended = "suspended" // an account that has no numbers
)

// Maker is the adapter.
var Maker = platform.Maker{Spec: spec, New: open}

var spec = platform.Spec{
	ID: id, Name: "Toy", Icon: icon, Colour: platform.Colour{Light: "#0F766E", Dark: "#5EEAD4"},
	Settings: config.Declared{
		ID: id, ClientID: "CLIENT_ID", ClientSecret: "CLIENT_SECRET",
		URLs: []config.URL{
			{Suffix: "AUTHORIZE_URL", Default: "https://toy.example/authorize"},
			{Suffix: "API_URL", Default: "https://api.toy.example"},
		},
		Quotas: []config.Quota{{Suffix: "QUOTA", Default: "1000/hour"}},
		Cron:   "15 3 * * *", Delay: time.Second, PostLimit: 30,
	},
	Scopes: []platform.Scope{
		{
			Name:     accountScope,
			Required: true,
			Label:    "Account and posts",
			Why:      "To read your account and your posts with their likes and comments. It cannot post or change anything.",
		},
		{Name: statsScope, Label: "Views and shares", Why: "To read how often your posts were viewed and shared."},
	},
	PKCE:        platform.PKCES256,
	Renewal:     platform.Renewal{Mode: platform.RenewalKeeps, Margin: 10 * time.Minute},
	Limits:      []platform.Limit{{Suffix: "QUOTA", By: outbound.ByApp}},
	Price:       platform.Price{Profile: 1, Posts: 1},
	PostPage:    pageSize,
	Unavailable: []string{"reach", "saves"},
	ByScope:     map[string][]string{statsScope: {"views", "shares"}},
	Followers:   "Fans", PostNoun: "clips",
	AccountKind: "Any Toy account.",
	Refusals: []platform.Refusal{
		{
			Reason: suspended,
			Says:   "Toy has suspended this account, so it has no numbers. Ask Toy to restore it, then connect again.",
		},
	},
	Notes: []string{"Toy counts a view after three seconds."},
	Metrics: []platform.Metric{
		{ID: "followers", Name: "Fans", Means: "How many accounts follow this one."},
		{ID: "post_count", Name: "Clips", Means: "How many clips the account has."},
		{ID: "views", Name: "Views", Means: "How often the clip was viewed so far."},
		{ID: "likes", Name: "Likes", Means: "How many people like the clip."},
		{ID: "comments", Name: "Comments", Means: "How many comments the clip has."},
		{ID: "shares", Name: "Shares", Means: "How often the clip was shared."},
	},
	KeepAfterDisconnect: true, Revokes: true,
	AccessPage: platform.Page{URL: "https://toy.example/settings/apps", Path: "Toy → Settings → Connected apps"},
	Service:    "the Toy API", TermsURL: "https://toy.example/terms", PrivacyURL: "https://toy.example/privacy",
	PictureHosts: []string{".toy.example"},
	Guide:        "# Set up Toy\n\nHow to get an app that may use the Toy API.\n\n```copy\n{{.Platform.RedirectURI}}\n```\n",
	Setup:        []platform.SetupStep{{ID: "app", Text: "Create an app at toy.example."}},
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

// get reads one path of the API into out.
func (a *adapter) get(
	ctx context.Context,
	t platform.Token,
	step platform.Step,
	path string,
	q url.Values,
	out answer,
) *platform.Error {
	r, err := a.http.Do(ctx, outbound.Request{
		Platform: id, Endpoint: path, Account: t.Account, Method: http.MethodGet, URL: a.s.URLs["API_URL"] + path,
		Query: q, Bearer: t.Access,
	})
	if err != nil {
		return platform.Unanswered(id, step, err)
	}
	return a.read(step, r, out)
}

// Profile implements platform.Platform: one call.
func (a *adapter) Profile(ctx context.Context, t platform.Token) (platform.Profile, error) {
	var u account
	if err := a.get(ctx, t, platform.StepProfile, "/v1/account", nil, &u); err != nil {
		return platform.Profile{}, err
	}
	return u.profile(), nil
}

// Posts implements platform.Platform: one call for each page of fifty.
func (a *adapter) Posts(ctx context.Context, t platform.Token, q platform.PostQuery) (platform.Batch, error) {
	var b platform.Batch
	stats := t.Scopes == nil || strings.Contains(strings.Join(t.Scopes, " "), statsScope)
	seen := map[string]bool{}
	cursor := ""
	for len(seen) < q.Limit {
		var p page
		params := url.Values{"limit": {strconv.Itoa(min(pageSize, q.Limit-len(seen)))}}
		if cursor != "" {
			params.Set("after", cursor)
		}
		if err := a.get(ctx, t, platform.StepPosts, "/v1/clips", params, &p); err != nil {
			b.Posts = platform.Tidy(b.Posts, q.Limit)
			return b, err
		}
		fresh := false
		for _, c := range p.Clips {
			if c.ID != "" && !seen[string(c.ID)] {
				seen[string(c.ID)], fresh = true, true
				b.Posts = append(b.Posts, c.post())
			}
		}
		if cursor = string(p.Next); cursor == "" || !fresh { // a list that leads back to itself ends
			break
		}
	}
	b.Listed = cursor == "" || len(seen) >= q.Limit
	b.Posts = platform.Tidy(b.Posts, q.Limit)
	if b.Listed {
		b.Gone = q.Unlisted(b.Posts)
	}
	if !stats {
		b.Gaps = append(
			b.Gaps,
			&platform.Error{
				Platform: id,
				Step:     platform.StepPosts,
				Code:     fault.ScopeMissing,
				Detail:   "the permission " + statsScope + " was not granted",
			},
		)
	}
	return b, nil
}
