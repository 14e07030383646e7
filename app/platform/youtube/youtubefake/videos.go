package youtubefake

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/truecount/truecount/app/sandbox"
)

// thumbnails of a video; the largest is missing now and then.
func thumbnails(p sandbox.Post) object {
	out := object{}
	for _, t := range []struct {
		key, file string
		w, h      int
	}{{"default", "default", 120, 90}, {"medium", "mqdefault", 320, 180}, {"high", "hqdefault", 480,
		360}, {"standard", "sddefault", 640, 480}, {"maxres", "maxresdefault", 1280, 720}} {
		if t.key == "maxres" && p.Index%6 == 1 {
			continue
		}
		out[t.key] = object{"url": "https://i.ytimg.com/vi/" + p.ID + "/" + t.file + ".jpg", "width": t.w, "height": t.h}
	}
	return out
}

func (f *fake) playlistItems(rw http.ResponseWriter, q url.Values, g sandbox.Grant) {
	asked, ok := parts(rw, q, "snippet", "contentDetails", "status", "id")
	if !ok {
		return
	}
	list := q.Get("playlistId")
	if list == "" {
		badRequest(rw, "missingRequiredParameter", "No filter selected. Expected one of: id, playlistId", "parameters.")
		return
	}
	n := 5
	if s := q.Get("maxResults"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil || n < 0 || n > 50 {
			badRequest(
				rw,
				"invalidParameter",
				fmt.Sprintf("Invalid value '%s'. Values must be within the range: [0, 50]", s),
				"maxResults",
			)
			return
		}
	}
	p, ok := f.w.Profile(id, "UC"+strings.TrimPrefix(list, "UU"))
	total := f.w.Listed(id, p.ID)
	if !ok || !strings.HasPrefix(list, "UU") || total == 0 {
		apiError(
			rw,
			http.StatusNotFound,
			"youtube.playlistItem",
			"playlistNotFound",
			`The playlist identified with the request's <code>playlistId</code> parameter cannot be found.`,
			object{"location": "playlistId", "locationType": "parameter"},
		)
		return
	}
	skip := 0
	if token := q.Get("pageToken"); token != "" {
		below, ok := pageIndex(token)
		if !ok || below > total {
			badRequest(rw, "invalidPageToken", "The request specifies an invalid page token.", "pageToken")
			return
		}
		skip = total - below
	}
	posts := f.w.List(id, p.ID, skip, n)
	items := []object{}
	for i, post := range posts {
		items = append(items, pick(f.entry(p, post, list, skip+i), asked, "kind", "etag", "id"))
	}
	out := object{
		"kind": "youtube#playlistItemListResponse", "etag": etag(list, skip, n, f.w.Hour()), "items": items,
		"pageInfo": object{"totalResults": total, "resultsPerPage": n},
	}
	if skip+len(posts) < total && len(posts) > 0 {
		out["nextPageToken"] = pageToken(posts[len(posts)-1].Index)
	}
	if skip > 0 {
		out["prevPageToken"] = pageToken(min(total, posts[0].Index+1+n))
	}
	answer(rw, http.StatusOK, out)
}

// A page token names the post above it, so that new uploads do not shift pages.
func pageToken(below int) string {
	return base64.RawURLEncoding.EncodeToString([]byte("PT:" + strconv.Itoa(below)))
}

func pageIndex(token string) (int, bool) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return 0, false
	}
	s, ok := strings.CutPrefix(string(b), "PT:")
	n, err := strconv.Atoi(s)
	return n, ok && err == nil && n > 0
}

// entry is one line of the list of uploads. What is gone leaves a tombstone.
func (f *fake) entry(p sandbox.Profile, post sandbox.Post, list string, position int) object {
	snippet := object{
		// When it was added, a little before it was seen.
		"publishedAt": when(
			post.PublishedAt.Add(-12*time.Second),
			0,
		), "channelId": p.ID, "channelTitle": p.Name, "playlistId": list, "position": position,
		"resourceId": object{"kind": "youtube#video", "videoId": post.ID},
	}
	details := object{"videoId": post.ID}
	privacy := "public"
	switch post.Gone {
	case "private":
		snippet["title"], snippet["description"], snippet["thumbnails"] = "Private video", "This video is private.", object{}
		privacy = "private"
	case "deleted": // recorded with "public", and without the key
		snippet["title"], snippet["description"] = "Deleted video", "This video is unavailable."
	default:
		snippet["title"], snippet["description"], snippet["thumbnails"] = post.Title, post.Caption, thumbnails(post)
		snippet["videoOwnerChannelTitle"], snippet["videoOwnerChannelId"] = p.Name, p.ID
		if !post.PublishedAt.After(f.w.Now()) {
			details["videoPublishedAt"] = when(post.PublishedAt, post.Index)
		} else {
			snippet["publishedAt"] = when(post.PublishedAt.Add(-2*24*time.Hour), 0)
		}
	}
	return object{
		"kind": "youtube#playlistItem", "etag": etag("entry", post.ID),
		"id":      base64.RawURLEncoding.EncodeToString([]byte(list + "." + post.ID)),
		"snippet": snippet, "contentDetails": details, "status": object{"privacyStatus": privacy},
	}
}

// asked are the ids of a call, each once.
func (f *fake) asked(rw http.ResponseWriter, q url.Values) ([]sandbox.Post, bool) {
	ids := listParameter(q, "id")
	switch {
	case len(ids) == 0:
		badRequest(rw, "missingRequiredParameter", "No filter selected. Expected one of: chart, id, myRating", "parameters.")
		return nil, false
	case len(ids) > 50:
		badRequest(rw, "invalidFilters", "The request specifies too many video ids.", "id")
		return nil, false
	}
	var out []sandbox.Post
	for i, vid := range ids {
		// Unknown, deleted and private ids are left out without a word.
		if p, _, ok := f.w.Post(id, vid); ok && p.Gone == "" && !slices.Contains(ids[:i], vid) {
			out = append(out, p)
		}
	}
	return out, true
}

func (f *fake) videos(rw http.ResponseWriter, q url.Values, _ sandbox.Grant) {
	part, ok := parts(rw, q, "snippet", "contentDetails", "statistics", "status", "liveStreamingDetails", "id")
	if !ok {
		return
	}
	posts, ok := f.asked(rw, q)
	if !ok {
		return
	}
	items := []object{}
	for _, p := range posts {
		items = append(items, pick(f.video(p), part, "kind", "etag", "id"))
	}
	answer(rw, http.StatusOK, object{
		"kind": "youtube#videoListResponse", "etag": etag("videos", q["id"], f.w.Hour()), "items": items,
		"pageInfo": object{"totalResults": len(items), "resultsPerPage": len(items)},
	})
}

func (f *fake) video(p sandbox.Post) object {
	owner, _ := f.w.Account(id, p.AccountID)
	now, state := f.w.Now(), "none"
	end := p.StartsAt.Add(time.Duration(p.Seconds) * time.Second)
	live := object{"scheduledStartTime": when(p.StartsAt, 0)}
	if p.Kind == sandbox.PostLive {
		switch {
		case now.Before(p.StartsAt):
			state = "upcoming"
		case now.Before(end):
			state = "live"
			live["actualStartTime"], live["concurrentViewers"] = when(p.StartsAt, 0), "17"
		default:
			live["actualStartTime"], live["actualEndTime"] = when(p.StartsAt, 0), when(end, 0)
		}
	}
	published := p.PublishedAt
	if state == "upcoming" {
		published = published.Add(-2 * 24 * time.Hour)
	}
	duration := isoDuration(p.Seconds)
	if state != "none" {
		duration = "P0D"
	}
	v := object{
		"kind": "youtube#video", "etag": etag("video", p.ID, p.Views), "id": p.ID,
		"snippet": object{
			"publishedAt": when(
				published,
				p.Index,
			), "channelId": p.AccountID, "title": p.Title, "description": p.Caption, "thumbnails": thumbnails(p),
			"channelTitle": owner.Name, "categoryId": "26", "liveBroadcastContent": state,
			"localized": object{"title": p.Title, "description": p.Caption},
		},
		"contentDetails": object{
			"duration":        duration,
			"dimension":       "2d",
			"definition":      "hd",
			"caption":         "false",
			"licensedContent": true,
			"projection":      "rectangular",
		},
		"status": object{
			"uploadStatus":        "processed",
			"privacyStatus":       "public",
			"license":             "youtube",
			"embeddable":          true,
			"publicStatsViewable": true,
			"madeForKids":         false,
		},
		"statistics": statistics(p, true),
	}
	if p.Kind == sandbox.PostLive {
		v["liveStreamingDetails"] = live
	}
	return v
}

// statistics leaves out, key by key, what is not told.
func statistics(p sandbox.Post, favorites bool) object {
	out := object{}
	if favorites {
		out["favoriteCount"] = "0"
	}
	for name, n := range map[string]*int64{"viewCount": p.Views, "likeCount": p.Likes, "commentCount": p.Comments} {
		if n != nil {
			out[name] = strconv.FormatInt(*n, 10)
		}
	}
	return out
}

// batchGetStats has every even post's duration in the documentation's form, every odd one's in the
// discovery document's: which one life uses is not known (youtube.md 3, 2026-11).
func (f *fake) batchGetStats(rw http.ResponseWriter, q url.Values, _ sandbox.Grant) {
	part, ok := parts(rw, q, "id", "snippet", "statistics", "contentDetails")
	if !ok {
		return
	}
	posts, ok := f.asked(rw, q)
	if !ok {
		return
	}
	items := []object{}
	for _, p := range posts {
		duration := isoDuration(p.Seconds)
		if p.Index%2 == 1 {
			duration = strconv.FormatInt(p.Seconds, 10) + "s"
		}
		items = append(items, pick(object{
			"kind": "youtube#videoStats", "etag": etag("stats", p.ID, p.Views), "id": p.ID,
			"snippet": object{
				"publishTime": when(p.PublishedAt, 1),
			}, "statistics": statistics(p, false), "contentDetails": object{"duration": duration},
		}, part, "kind", "etag", "id"))
	}
	answer(
		rw,
		http.StatusOK,
		object{"kind": "youtube#batchGetStatsResponse", "etag": etag("batch", q["id"], f.w.Hour()), "items": items},
	)
}

// isoDuration writes PT1H2M3S, and P0D for nothing yet.
func isoDuration(s int64) string {
	if s == 0 {
		return "P0D"
	}
	out := "P"
	if d := s / 86400; d > 0 {
		out += strconv.FormatInt(d, 10) + "D"
	}
	out += "T"
	for _, u := range []struct {
		n int64
		c string
	}{{s / 3600 % 24, "H"}, {s / 60 % 60, "M"}, {s % 60, "S"}} {
		if u.n > 0 {
			out += strconv.FormatInt(u.n, 10) + u.c
		}
	}
	return out
}
