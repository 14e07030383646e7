package tiktok

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/truecount/truecount/app/platform"
)

type user struct {
	OpenID      platform.Text  `json:"open_id"`
	Avatar      string         `json:"avatar_url"`
	AvatarLarge string         `json:"avatar_large_url"`
	Name        string         `json:"display_name"`
	Bio         string         `json:"bio_description"`
	Verified    *bool          `json:"is_verified"`
	Username    string         `json:"username"`
	Followers   platform.Count `json:"follower_count"`
	Following   platform.Count `json:"following_count"`
	Likes       platform.Count `json:"likes_count"`
	Videos      platform.Count `json:"video_count"`
}

// userData is what user/info brings.
type userData struct {
	User user `json:"user"`
}

func (d *userData) lacks() string {
	if d.User.OpenID == "" {
		return "a user without an id"
	}
	return ""
}

func (u user) profile() platform.Profile {
	p := platform.Profile{
		ExternalID: string(
			u.OpenID,
		), Handle: strings.TrimPrefix(u.Username, "@"), DisplayName: u.Name, Bio: u.Bio, Verified: u.Verified,
		Followers: u.Followers.N, Following: u.Following.N, Posts: u.Videos.N, Likes: u.Likes.N,
	}
	if p.PictureURL = spec.Link(u.Avatar); p.PictureURL == "" {
		p.PictureURL = spec.Link(u.AvatarLarge)
	}
	if p.Handle != "" {
		p.URL = spec.Link("https://www.tiktok.com/@" + url.PathEscape(p.Handle))
	}
	for _, n := range []struct {
		name  string
		count platform.Count
	}{{"followers", u.Followers}, {"likes", u.Likes}} {
		if n.count.Bad {
			e := badResponse(platform.StepProfile, "the count of "+n.name+" is not a number")
			e.Metric = n.name
			p.Gaps = append(p.Gaps, e)
		}
	}
	p.Clean()
	return p
}

// videoPage is one page of the list. An account without posts may leave videos out, but then the
// other two are there.
type videoPage struct {
	Videos []video         `json:"videos"`
	Cursor platform.Count  `json:"cursor"` // milliseconds, where create_time is in seconds
	More   json.RawMessage `json:"has_more"`
}

func (p *videoPage) lacks() string {
	if p.Videos == nil && p.More == nil && p.Cursor.N == nil {
		return "no list of videos"
	}
	return ""
}

func (p videoPage) more() bool { return string(p.More) == "true" || string(p.More) == "1" }

type video struct {
	ID          platform.Text  `json:"id"` // nineteen digits, more than a float holds
	Created     platform.Count `json:"create_time"`
	Cover       string         `json:"cover_image_url"`
	Share       string         `json:"share_url"`
	Title       string         `json:"title"`
	Description string         `json:"video_description"`
	Duration    platform.Count `json:"duration"`
	Likes       platform.Count `json:"like_count"`
	Comments    platform.Count `json:"comment_count"`
	Shares      platform.Count `json:"share_count"`
	Views       platform.Count `json:"view_count"`
}

// post turns a video into a post; odd collects the names of counts that are no counts.
func (v video) post(handle string, odd map[string]bool) platform.Post {
	p := platform.Post{
		ExternalID: string(v.ID), MediaType: v.kind(), Title: v.Title, Caption: v.Description, Permalink: v.permalink(handle),
		ThumbnailURL: spec.Link(v.Cover), PostedAt: v.posted(),
		Views: v.Views.N, Likes: v.Likes.N, Comments: v.Comments.N, Shares: v.Shares.N,
	}
	if v.Duration.N != nil && *v.Duration.N > 0 {
		p.DurationSeconds = v.Duration.N // a photo post has 0
	}
	for name, n := range map[string]platform.Count{"views": v.Views, "likes": v.Likes, "comments": v.Comments,
		"shares": v.Shares} {
		if n.Bad {
			odd[name] = true
		}
	}
	p.Clean()
	return p
}

// kind tells photo posts, which the list holds too: they last 0 seconds and their cover comes from
// TikTok's photo mode (recorded 2025-10).
func (v video) kind() platform.MediaType {
	if v.Duration.N != nil && *v.Duration.N == 0 && strings.Contains(v.Cover, "photomode") {
		return platform.MediaPhoto
	}
	return platform.MediaVideo
}

// permalink drops the query, which names our client key.
func (v video) permalink(handle string) string {
	if u, err := url.Parse(v.Share); err == nil && v.Share != "" {
		u.RawQuery, u.Fragment = "", ""
		if link := spec.Link(u.String()); link != "" {
			return link
		}
	}
	if handle == "" || v.ID == "" {
		return ""
	}
	return spec.Link("https://www.tiktok.com/@" + url.PathEscape(handle) + "/video/" + url.PathEscape(string(v.ID)))
}

const year9999 = 253402300799 // a later second has no RFC 3339 form

func (v video) posted() time.Time {
	if n := v.Created.N; n != nil && *n > 0 && *n <= year9999 {
		return time.Unix(*n, 0).UTC()
	}
	return time.Time{}
}
