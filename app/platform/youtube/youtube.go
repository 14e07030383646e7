// Package youtube speaks to Google for channels: sign-in, the channel, its newest uploads and their
// counters, at three quota units for fifty videos. It refuses to guess: a count that is not
// in the answer is unknown, and which video is a Short is only told as far as the API allows.
//
// Facts: https://developers.google.com/youtube/v3/docs and
// https://developers.google.com/identity/protocols/oauth2/web-server (seen 2026-11).
package youtube

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
	id        = "youtube"
	readScope = "https://www.googleapis.com/auth/youtube.readonly"
	pageSize  = 50 // of playlistItems and of videos?id=
)

// Maker is the adapter.
var Maker = platform.Maker{Spec: spec, New: open}

var spec = platform.Spec{
	ID: id, Name: "YouTube", Icon: icon,
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
	Renewal: platform.Renewal{Mode: platform.Keeps, Margin: 5 * time.Minute},
	Limits: []platform.Limit{
		{Suffix: "QUOTA", By: outbound.ByApp, Pacific: true},
		{Suffix: "STATS_QUOTA", By: outbound.ByApp, Pacific: true},
	},
	Unavailable: []string{"reach", "saves", "shares"},
	Followers:   "Subscribers", PostNoun: "videos",
	AccountKind: "A Google account with a YouTube channel.",
	Notes: []string{
		"YouTube rounds the subscriber count down to three digits above 1,000, for the owner too, so day-to-day changes come in steps.",
		"YouTube counts public videos only.",
		"Since 24 August 2026 YouTube counts a view from the first frame played; numbers before and after do not compare.",
		"YouTube does not say which videos are Shorts: one of at most three minutes that carries #shorts is shown as a Short.",
		"Broadcasts and premieres look alike in YouTube's answers; both are shown as live.",
	},
	DeleteWithin: 7 * 24 * time.Hour, DerivedRestricted: true, RoundedFollowers: true,
	PictureHosts: []string{".ytimg.com", ".ggpht.com", ".googleusercontent.com", ".youtube.com"},
}

type adapter struct {
	s    config.Platform
	http *outbound.Client
	now  func() time.Time
}

func open(d platform.Deps) platform.Platform {
	if d.Now == nil {
		d.Now = time.Now
	}
	return &adapter{s: d.Settings, http: d.HTTP, now: d.Now}
}

// Spec implements platform.Platform.
func (a *adapter) Spec() platform.Spec { return spec }

// call reads one list of the Data API into out; one unit, however many parts are asked for.
func (a *adapter) call(ctx context.Context, t platform.Token, step platform.Step, list string, q url.Values, out any) *platform.Error {
	resp, err := a.http.Do(ctx, outbound.Request{
		Platform: id, Endpoint: "/youtube/v3/" + list, Account: t.Account, Cost: 1,
		Method: http.MethodGet, URL: a.s.URLs["API_URL"] + "/youtube/v3/" + list, Query: q, Bearer: t.Access,
	})
	if err != nil {
		return platform.Unanswered(id, step, err)
	}
	return a.decode(step, resp, out)
}

// Profile reads the channel the token belongs to: one unit.
func (a *adapter) Profile(ctx context.Context, t platform.Token) (platform.Profile, error) {
	var list channelList
	q := url.Values{"mine": {"true"}, "part": {"snippet,contentDetails,statistics"}}
	if err := a.call(ctx, t, platform.StepProfile, "channels", q, &list); err != nil {
		return platform.Profile{}, err
	}
	if !list.shaped() {
		return platform.Profile{}, bad(platform.StepProfile, "no list of channels")
	}
	if len(list.Items) == 0 {
		return platform.Profile{}, &platform.Error{
			Platform: id, Step: platform.StepProfile, Code: fault.NotFound, Status: http.StatusOK, Native: platform.NativeNoChannel,
			Detail: "this Google account has no YouTube channel",
		}
	}
	c := list.Items[0]
	if c.ID == "" {
		return platform.Profile{}, bad(platform.StepProfile, "a channel without an id")
	}
	return c.profile(), nil
}

// Posts reads the newest uploads: a unit for each fifty of the list, and one for each fifty videos.
func (a *adapter) Posts(ctx context.Context, t platform.Token, q platform.PostQuery) (platform.Batch, error) {
	list := q.Profile.Listing
	if rest, ok := strings.CutPrefix(q.Profile.ExternalID, "UC"); list == "" && ok {
		list = "UU" + rest // the uploads list is named after its channel; only a fallback
	}
	if list == "" {
		return platform.Batch{}, bad(platform.StepPosts, "the channel names no list of uploads")
	}
	ids, failed := a.uploads(ctx, t, list, q.Limit) // what came before a failure is still worth its unit
	var b platform.Batch
	odd := map[string]bool{}
	for len(ids) > 0 {
		n := min(pageSize, len(ids))
		var videos videoList
		v := url.Values{"id": {strings.Join(ids[:n], ",")}, "part": {"snippet,contentDetails,statistics,status,liveStreamingDetails"}}
		err := a.call(ctx, t, platform.StepPosts, "videos", v, &videos)
		if err == nil && !videos.shaped() {
			err = bad(platform.StepPosts, "no list of videos")
		}
		if err != nil {
			b.Posts = platform.Tidy(b.Posts, q.Limit)
			return b, err
		}
		for _, x := range videos.Items {
			b.Posts = append(b.Posts, x.post(odd))
		}
		ids = ids[n:]
	}
	b.Posts, b.Listed = platform.Tidy(b.Posts, q.Limit), failed == nil
	if b.Listed {
		b.Gone = q.Unlisted(b.Posts)
	}
	for _, name := range []string{"views", "likes", "comments"} {
		if odd[name] {
			e := bad(platform.StepMetrics, "the count of "+name+" is not a number")
			e.Metric = name
			b.Gaps = append(b.Gaps, e)
		}
	}
	return b, asError(failed)
}

// uploads lists video ids, never more pages than limit needs.
func (a *adapter) uploads(ctx context.Context, t platform.Token, list string, limit int) ([]string, *platform.Error) {
	var ids []string
	seen, page := map[string]bool{}, ""
	for want := limit; want > 0; want -= pageSize {
		q := url.Values{"playlistId": {list}, "part": {"snippet,contentDetails"}, "maxResults": {strconv.Itoa(min(pageSize, want))}}
		if page != "" {
			q.Set("pageToken", page)
		}
		var items itemList
		if err := a.call(ctx, t, platform.StepPosts, "playlistItems", q, &items); err != nil {
			if err.Code == fault.NotFound && err.Native == "playlistNotFound" {
				return nil, nil // a channel without uploads
			}
			return ids, err
		}
		if !items.shaped() {
			return ids, bad(platform.StepPosts, "no list of uploads")
		}
		for _, it := range items.Items {
			if v := it.video(); v != "" && !seen[v] {
				seen[v] = true
				ids = append(ids, v)
			}
		}
		if items.Next == "" || seen["\x00"+items.Next] {
			break // the last page, or a list that leads back to itself
		}
		page = items.Next
		seen["\x00"+page] = true
	}
	return ids[:min(len(ids), limit)], nil
}

func bad(step platform.Step, what string) *platform.Error {
	return &platform.Error{Platform: id, Step: step, Code: fault.BadResponse, Detail: what}
}

// asError keeps a nil *Error a nil error.
func asError(e *platform.Error) error {
	if e == nil {
		return nil
	}
	return e
}
