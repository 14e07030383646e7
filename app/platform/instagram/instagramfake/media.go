package instagramfake

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/truecount/truecount/app/sandbox"
)

const stamp = "2006-01-02T15:04:05-0700" // +0000, no colon: not RFC 3339

var userFields = []string{
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
	"website",
}

var mediaFields = []string{
	"id", "caption", "media_type", "media_product_type", "media_url", "thumbnail_url", "permalink", "shortcode",
	"timestamp", "like_count",
	"comments_count", "is_shared_to_feed", "is_comment_enabled", "owner", "username", "children", "insights",
}

var childFields = []string{
	"id",
	"media_type",
	"media_url",
	"thumbnail_url",
	"permalink",
	"shortcode",
	"timestamp",
	"owner",
	"username",
}

// fields reads the parameter; one unknown field fails the whole call.
func (c call) fields(s string, known []string, or ...string) ([]field, bool) {
	if s == "" {
		s = strings.Join(or, ",")
	}
	list, ok := parseFields(s)
	if !ok {
		fail(
			c.rw,
			400,
			object{"message": "(#2500) Syntax error in the parameter fields", "type": "OAuthException", "code": 2500},
		)
		return nil, false
	}
	return list, c.known(list, known)
}

func (c call) known(list []field, known []string) bool {
	for _, f := range list {
		if !slices.Contains(known, f.name) {
			param(c.rw, "(#100) Tried accessing nonexisting field ("+f.name+")")
			return false
		}
	}
	return true
}

func hash(parts ...any) string {
	sum := sha256.Sum256([]byte(fmt.Sprint(parts...)))
	return hex.EncodeToString(sum[:])
}

// cdn makes a signed link; oe is its end as hex seconds.
func (f *fake) cdn(path, what string) string {
	return fmt.Sprintf(
		"https://scontent.cdninstagram.com/%s?_nc_cat=1&ccb=7-5&oh=00_%s&oe=%X",
		path,
		hash(what)[:24],
		f.w.Hour().Add(4*24*time.Hour).Unix(),
	)
}

func (f *fake) me(c call) {
	list, ok := c.fields(c.q.Get("fields"), userFields, "id", "username")
	if !ok {
		return
	}
	p, ok := f.w.Profile(id, c.grant.Account)
	if !ok {
		gone(c.rw, "me")
		return
	}
	kinds := map[sandbox.AccountKind]string{
		sandbox.KindCreator:  "MEDIA_CREATOR",
		sandbox.KindBusiness: "BUSINESS",
		personal:             "PERSONAL",
	}
	user := object{
		"id": p.AltID, "user_id": p.ID, "username": p.Handle, "name": p.Name, "account_type": kinds[p.Kind],
		"media_count":   p.Posts,
		"follows_count": p.Following, "biography": p.Bio, "website": p.Website,
		"profile_picture_url": f.cdn("v/t51.2885-19/"+hash("avatar", p.ID)[:20]+"_n.jpg", "avatar "+p.ID),
	}
	if p.Kind == personal {
		delete(user, "follows_count")
	}
	if p.Followers != nil {
		user["followers_count"] = *p.Followers
	}
	out := object{}
	for _, fl := range list {
		if v, ok := user[fl.name]; ok && v != "" { // what has no value is absent
			out[fl.name] = v
		}
	}
	answer(c.rw, 200, out)
}

// media lists posts, newest first. One post that cannot have insights refuses a list with insights.
func (f *fake) media(c call) {
	if f.personal(c) {
		permission(c.rw)
		return
	}
	list, ok := c.fields(c.q.Get("fields"), mediaFields, "id")
	if !ok {
		return
	}
	limit := 25
	if s := c.q.Get("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			param(c.rw, "(#100) Param limit must be an integer greater than 0")
			return
		}
		limit = min(n, 100)
	}
	if limit > 10 && f.w.Triggered(sandbox.FaultTooMuch, id, "/{version}/me/media", c.grant.Account) {
		fail(
			c.rw,
			500,
			object{
				"message": "Please reduce the amount of data you're asking for, then retry your request",
				"type":    "OAuthException",
				"code":    1,
			},
		)
		return
	}
	total := f.w.Listed(id, c.grant.Account)
	skip := 0
	if after := c.q.Get("after"); after != "" {
		i, ok := index(after)
		if !ok || i >= total {
			param(c.rw, "(#100) Invalid cursors values")
			return
		}
		skip = total - i
	} else if before := c.q.Get("before"); before != "" {
		i, ok := index(before)
		if !ok || i >= total {
			param(c.rw, "(#100) Invalid cursors values")
			return
		}
		end := total - 1 - i
		skip = max(0, end-limit)
		limit = end - skip
	}
	posts := f.w.List(id, c.grant.Account, skip, limit)
	for _, fl := range list {
		if fl.name == "insights" && !f.inline(c, posts, fl.mods["metric"]) {
			return
		}
		if fl.name == "children" && !c.known(fl.sub, childFields) {
			return
		}
	}
	empty := f.w.Triggered(sandbox.FaultEmptyInsights, id, "/{version}/me/media", c.grant.Account)
	items := []object{}
	for _, p := range posts {
		items = append(items, f.item(c, p, list, empty))
	}
	out := object{"data": items}
	if len(posts) > 0 {
		out["paging"] = c.paging(posts, limit, skip, total)
	}
	answer(c.rw, 200, out)
}

// A cursor names a post, so that new posts do not shift pages.
func cursor(i int) string { return base64.StdEncoding.EncodeToString([]byte("QVF:" + strconv.Itoa(i))) }

func index(s string) (int, bool) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return 0, false
	}
	t, ok := strings.CutPrefix(string(b), "QVF:")
	n, err := strconv.Atoi(t)
	return n, ok && err == nil && n >= 0
}

// paging has an after cursor on the last page too, and links that hold the token in clear.
func (c call) paging(posts []sandbox.Post, limit, skip, total int) object {
	first, last := cursor(posts[0].Index), cursor(posts[len(posts)-1].Index)
	link := func(name, value string) string {
		q := url.Values{"access_token": {secret(c.r)}, "limit": {strconv.Itoa(limit)}, name: {value}}
		if s := c.q.Get("fields"); s != "" {
			q.Set("fields", s)
		}
		return "https://graph.instagram.com/" + c.version + "/" + c.grant.Account + "/media?" + q.Encode()
	}
	out := object{"cursors": object{"before": first, "after": last}}
	if skip+len(posts) < total {
		out["next"] = link("after", last)
	}
	if skip > 0 {
		out["previous"] = link("before", first)
	}
	return out
}

// shortcode is the id in the alphabet of links.
func shortcode(media string) string {
	n, _ := strconv.ParseUint(media, 10, 64)
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	s := ""
	for ; n > 0; n /= 64 {
		s = string(alphabet[n%64]) + s
	}
	return "D" + s
}

func (f *fake) item(c call, p sandbox.Post, list []field, empty bool) object {
	a, _ := f.w.Account(id, p.AccountID)
	code := shortcode(p.ID)
	all := object{
		"id": p.ID, "caption": p.Caption, "shortcode": code,
		"permalink": "https://www.instagram.com/p/" + code + "/", "timestamp": p.PublishedAt.Format(stamp),
		"media_type": "IMAGE", "media_product_type": "FEED",
		"media_url": f.cdn("v/t51.82787-15/"+hash(p.ID)[:20]+"_n.jpg", p.ID),
		"owner":     object{"id": a.AltID}, "username": a.Handle, "is_comment_enabled": true,
	}
	switch p.Kind {
	case sandbox.PostCarousel:
		all["media_type"] = "CAROUSEL_ALBUM"
	case sandbox.PostReel:
		all["media_type"], all["media_product_type"], all["is_shared_to_feed"] = "VIDEO", "REELS", true
		all["permalink"] = "https://www.instagram.com/reel/" + code + "/"
		all["media_url"] = f.cdn("o1/v/t16/f2/m86/"+hash(p.ID)[:20]+".mp4", p.ID)
		all["thumbnail_url"] = f.cdn("v/t51.71878-15/"+hash(p.ID)[:20]+"_n.jpg", "thumbnail "+p.ID)
		if p.Index%19 == 4 { // flagged for copyright
			delete(all, "media_url")
		}
	default: // an image of the feed
	}
	if p.Likes != nil && !p.LikesHidden {
		all["like_count"] = *p.Likes
	}
	if p.Comments != nil {
		all["comments_count"] = *p.Comments
	}
	out := object{"id": p.ID}
	for _, fl := range list {
		switch {
		case fl.name == "children" && p.Kind == sandbox.PostCarousel:
			out["children"] = f.children(p, fl.sub, all)
		case fl.name == "insights":
			out["insights"] = object{"data": f.measured(p, fl.mods["metric"], a.Language, empty)}
		default:
			if v, ok := all[fl.name]; ok && v != "" {
				out[fl.name] = v
			}
		}
	}
	return out
}

// children have no captions, counts or insights.
func (f *fake) children(p sandbox.Post, list []field, parent object) object {
	items := []object{}
	for i := range p.Parts {
		cid := f.w.Part(id, p, i+1)
		all := object{
			"id": cid, "media_type": "IMAGE", "media_url": f.cdn("v/t51.82787-15/"+hash(cid)[:20]+"_n.jpg", cid),
			"timestamp": parent["timestamp"],
			"shortcode": shortcode(
				cid,
			), "permalink": "https://www.instagram.com/p/" + shortcode(cid) + "/", "owner": parent["owner"],
			"username": parent["username"],
		}
		if (p.Index+i)%5 == 4 {
			all["media_type"], all["media_url"] = "VIDEO", f.cdn("o1/v/t16/f2/m86/"+hash(cid)[:20]+".mp4", cid)
			all["thumbnail_url"] = f.cdn("v/t51.71878-15/"+hash(cid)[:20]+"_n.jpg", "thumbnail "+cid)
		}
		one := object{"id": cid}
		for _, fl := range list {
			if v, ok := all[fl.name]; ok {
				one[fl.name] = v
			}
		}
		items = append(items, one)
	}
	return object{"data": items}
}
