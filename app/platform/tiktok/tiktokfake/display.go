package tiktokfake

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/truecount/truecount/app/sandbox"
)

// userFields and videoFields tell which scope a field needs.
var (
	userFields = map[string]string{
		"open_id": basic, "union_id": basic, "avatar_url": basic, "avatar_url_100": basic, "avatar_large_url": basic,
		"display_name":    basic,
		"bio_description": profile, "profile_deep_link": profile, "username": profile, "is_verified": profile,
		"follower_count": stats, "following_count": stats, "likes_count": stats, "video_count": stats,
	}
	videoFields = map[string]string{
		"id": videos, "create_time": videos, "cover_image_url": videos, "share_url": videos,
		"video_description": videos, "duration": videos,
		"height": videos, "width": videos, "title": videos, "embed_html": videos, "embed_link": videos, "like_count": videos,
		"comment_count": videos, "share_count": videos, "view_count": videos, "is_aigc": videos,
	}
)

// api checks limit, token, fields and scopes, in this order. One field without its scope fails the call.
func (f *fake) api(
	endpoint string,
	known map[string]string,
	h func(http.ResponseWriter, *http.Request, sandbox.Grant, []string),
) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		g, err := f.w.Bearer(id, sandbox.BearerToken(r))
		if err != nil {
			f.apiError(rw, "access_token_invalid")
			return
		}
		if !f.w.Spend(perEndpoint, endpoint, 1).OK {
			f.apiError(rw, "rate_limit_exceeded")
			return
		}
		fields := strings.Split(r.URL.Query().Get("fields"), ",")
		for _, name := range fields {
			if known[name] == "" {
				f.apiError(rw, "invalid_params")
				return
			}
		}
		for _, name := range fields {
			if !g.Has(known[name]) {
				f.apiError(rw, "scope_not_authorized")
				return
			}
		}
		h(rw, r, g, fields)
	}
}

// only keeps the fields that were asked for and are known.
func only(of object, fields []string) object {
	out := object{}
	for _, name := range fields {
		if v, ok := of[name]; ok {
			out[name] = v
		}
	}
	return out
}

func hash(parts ...any) string {
	sum := sha256.Sum256([]byte(fmt.Sprint(parts...)))
	return hex.EncodeToString(sum[:])
}

// signed makes a picture's link, which holds for a while. The parameter named refresh_token is in
// the real ones too.
func signed(path string, until time.Time, size string) string {
	h := hash(path, until.Unix())
	return "https://p16-sign.tiktokcdn-us.com/" + path + "~tplv-tiktokx-cropcenter:" + size + ".jpeg?" +
		"dr=8835&refresh_token=" + h[:8] + "&x-expires=" + fmt.Sprint(until.Unix()) + "&x-signature=" +
		url.QueryEscape(h[8:28]+"=") + "&t=4d5b0474&idc=useast5"
}

func (f *fake) userInfo(rw http.ResponseWriter, _ *http.Request, g sandbox.Grant, fields []string) {
	p, ok := f.w.Profile(id, g.Account)
	if !ok {
		f.apiError(rw, "internal_error")
		return
	}
	h := hash("union", p.ID)
	until := f.w.Hour().Add(48 * time.Hour)
	avatar := "tos-useast5-avt-0068-tx/" + hash("avatar", p.ID)[:32]
	user := object{
		"open_id": p.ID, "union_id": fmt.Sprintf("%s-%s-4%s-a%s-%s", h[:8], h[8:12], h[12:15], h[15:18], h[18:30]),
		"avatar_url": signed(
			avatar,
			until,
			"168:168",
		), "avatar_url_100": signed(avatar, until, "100:100"), "avatar_large_url": signed(avatar, until, "1080:1080"),
		"display_name": p.Name, "bio_description": p.Bio, "profile_deep_link": "https://vm.tiktok.com/ZM" + h[:7] + "/",
		"username": p.Handle, "is_verified": p.Verified, "following_count": p.Following, "likes_count": p.Likes,
		"video_count": p.Posts,
	}
	if p.Followers != nil {
		user["follower_count"] = *p.Followers
	}
	f.ok(rw, object{"user": only(user, fields)})
}

// body reads a JSON body into v.
func body(r *http.Request, v any) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return false
	}
	return json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(v) == nil
}

// videoList is public posts, newest first. The cursor is a time in milliseconds: posts before it.
func (f *fake) videoList(rw http.ResponseWriter, r *http.Request, g sandbox.Grant, fields []string) {
	q := struct {
		Max    *int   `json:"max_count"`
		Cursor *int64 `json:"cursor"`
	}{}
	if !body(r, &q) || q.Cursor != nil && *q.Cursor < 0 {
		f.apiError(rw, "invalid_params")
		return
	}
	n := 10
	if q.Max != nil {
		n = *q.Max
	}
	if n < 1 || n > 20 {
		f.apiError(rw, "invalid_params")
		return
	}
	skip := 0
	if q.Cursor != nil {
		skip = f.w.Before(id, g.Account, time.UnixMilli(*q.Cursor))
	}
	posts := f.w.List(id, g.Account, skip, n)
	list := []object{}
	var cursor int64
	for _, p := range posts {
		list = append(list, only(f.video(g, p), fields))
		cursor = p.PublishedAt.Unix() * 1000
	}
	f.ok(rw, object{"videos": list, "cursor": cursor, "has_more": skip+len(posts) < f.w.Listed(id, g.Account)})
}

// videoQuery leaves out ids that are unknown or somebody else's, without a word.
func (f *fake) videoQuery(rw http.ResponseWriter, r *http.Request, g sandbox.Grant, fields []string) {
	var q struct {
		Filters struct {
			IDs []string `json:"video_ids"`
		} `json:"filters"`
	}
	if !body(r, &q) || len(q.Filters.IDs) == 0 || len(q.Filters.IDs) > 20 {
		f.apiError(rw, "invalid_params")
		return
	}
	list := []object{}
	for _, vid := range q.Filters.IDs {
		if p, _, ok := f.w.Post(id, vid); ok && p.AccountID == g.Account {
			list = append(list, only(f.video(g, p), fields))
		}
	}
	f.ok(rw, object{"videos": list, "cursor": 0, "has_more": false})
}

func (f *fake) video(g sandbox.Grant, p sandbox.Post) object {
	a, _ := f.w.Account(id, g.Account)
	tail := "utm_campaign=tt4d_open_api&utm_source=" + f.w.Client(id).ID
	cover, life := "tos-useast5-p-0068-tx/", 24*time.Hour
	if p.Kind == sandbox.PostPhoto {
		cover, life = "tos-useast5-photomode-0068-tx/", 15*24*time.Hour
	}
	title := []rune(p.Caption)
	if len(title) > 150 {
		title = title[:150]
	}
	v := object{
		"id": p.ID, "create_time": p.PublishedAt.Unix(),
		"cover_image_url":   signed(cover+hash("cover", p.ID)[:32], f.w.Hour().Add(life), "300:400"),
		"share_url":         "https://www.tiktok.com/@" + a.Handle + "/video/" + p.ID + "?" + tail,
		"video_description": p.Caption, "title": string(title), "duration": p.Seconds, "height": 400, "width": 300,
		"is_aigc":    false,
		"embed_link": "https://www.tiktok.com/player/v1/" + p.ID + "?music_info=1&description=1&autoplay=1&loop=1&" + tail,
		"embed_html": `<blockquote class="tiktok-embed" data-video-id="` + p.ID +
			`"><section></section></blockquote> <script async src="https://www.tiktok.com/embed.js"></script>`,
	}
	for name, n := range map[string]*int64{"like_count": p.Likes, "comment_count": p.Comments,
		"share_count": p.Shares, "view_count": p.Views} {
		if n != nil {
			v[name] = *n
		}
	}
	return v
}
