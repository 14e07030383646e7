package youtubefake

import (
	"crypto/sha256"
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

// etag is opaque and changes with what it is made of.
func etag(parts ...any) string {
	sum := sha256.Sum256([]byte(fmt.Sprint(parts...)))
	return base64.RawURLEncoding.EncodeToString(sum[:20])
}

// uploads is the list of a channel's uploads.
func uploads(channel string) string { return "UU" + strings.TrimPrefix(channel, "UC") }

// when writes a time with 0, 3 or 6 decimals, all of which were recorded.
func when(t time.Time, salt int) string {
	return t.Format([]string{"2006-01-02T15:04:05Z", "2006-01-02T15:04:05.000Z", "2006-01-02T15:04:05.000000Z"}[salt%3])
}

// parts reads the part parameter, and refuses what is missing or unknown.
func parts(rw http.ResponseWriter, q url.Values, known ...string) ([]string, bool) {
	got := listParameter(q, "part")
	if len(got) == 0 {
		badRequest(rw, "missingRequiredParameter", "No part was given.", "part")
		return nil, false
	}
	for _, p := range got {
		if !slices.Contains(known, p) {
			badRequest(rw, "unknownPart", "'"+p+"'", "part")
			return nil, false
		}
	}
	return got, true
}

// pick leaves only the parts that were asked for: others are absent keys.
func pick(of object, asked []string, always ...string) object {
	out := object{}
	for k, v := range of {
		if slices.Contains(asked, k) || slices.Contains(always, k) {
			out[k] = v
		}
	}
	return out
}

func (f *fake) channels(rw http.ResponseWriter, q url.Values, g sandbox.Grant) {
	asked, ok := parts(
		rw,
		q,
		"snippet",
		"statistics",
		"contentDetails",
		"status",
		"brandingSettings",
		"id",
		"topicDetails",
		"localizations",
	)
	if !ok {
		return
	}
	var ids []string
	switch {
	case q.Get("mine") == "true":
		ids = []string{g.Account}
	case len(listParameter(q, "id")) > 0:
		ids = listParameter(q, "id")
	case q.Get("forHandle") != "":
		if a, ok := f.w.AccountByHandle(id, strings.TrimPrefix(q.Get("forHandle"), "@")); ok {
			ids = []string{a.ID}
		}
	default:
		badRequest(
			rw,
			"missingRequiredParameter",
			"No filter selected. Expected one of: forHandle, forUsername, id, managedByMe, mine, categoryId",
			"parameters.",
		)
		return
	}
	if len(ids) > 50 {
		badRequest(rw, "invalidParameter", "The request specifies too many channel ids.", "id")
		return
	}
	items := []object{}
	for _, cid := range ids {
		if p, ok := f.w.Profile(id, cid); ok && p.Unreadable == "" {
			items = append(items, pick(channel(p), asked, "kind", "etag", "id"))
		}
	}
	out := object{
		"kind": "youtube#channelListResponse", "etag": etag("channels", ids, f.w.Hour()),
		"pageInfo": object{"totalResults": len(items), "resultsPerPage": 5},
	}
	// No channel: the key was recorded as empty for an id, and as absent for mine.
	if len(items) > 0 || q.Get("mine") != "true" {
		out["items"] = items
	}
	answer(rw, http.StatusOK, out)
}

func channel(p sandbox.Profile) object {
	thumb := func(size int) object {
		return object{
			"url":    fmt.Sprintf("https://yt3.ggpht.com/ytc/%s=s%d-c-k-c0x00ffffff-no-rj", etag("avatar", p.ID), size),
			"width":  size,
			"height": size,
		}
	}
	snippet := object{
		"title": p.Name, "description": p.Bio, "publishedAt": when(p.MemberFrom, p.No),
		"thumbnails": object{"default": thumb(88), "medium": thumb(240), "high": thumb(800)},
		"localized":  object{"title": p.Name, "description": p.Bio},
	}
	if p.Handle != "" {
		snippet["customUrl"] = "@" + p.Handle
	}
	if p.Country != "" {
		snippet["country"] = p.Country
	}
	// A hidden number has a 0 beside it that says nothing.
	statistics := object{
		"viewCount": strconv.FormatInt(p.Views, 10), "videoCount": strconv.FormatInt(p.Posts, 10),
		"subscriberCount": "0", "hiddenSubscriberCount": p.Hidden,
	}
	if p.Followers != nil {
		statistics["subscriberCount"] = strconv.FormatInt(*p.Followers, 10)
	}
	return object{
		"kind": "youtube#channel", "etag": etag("channel", p.ID, p.Views), "id": p.ID, "snippet": snippet,
		"statistics":     statistics,
		"contentDetails": object{"relatedPlaylists": object{"likes": "", "uploads": uploads(p.ID)}},
		"status": object{
			"privacyStatus":     "public",
			"isLinked":          true,
			"longUploadsStatus": "longUploadsUnspecified",
			"madeForKids":       false,
		},
		"brandingSettings": object{"channel": object{"title": p.Name, "description": p.Bio}},
	}
}
