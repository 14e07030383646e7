package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/sandbox"
)

var postKeys = []string{
	"id", "connection", "platform", "handle", "externalId", "title", "caption", "mediaType", "permalink", "postedAt", "tags",
	"counters", "vsUsual",
}

// posts reads every page of a list of posts.
func (c caller) posts(path string) []map[string]any {
	c.t.Helper()
	var out []map[string]any
	cursor := ""
	for range 100 {
		page := has(c.t, path, c.object(path+cursor), "items", "next")
		for _, one := range page["items"].([]any) {
			out = append(out, has(c.t, "a post", one, postKeys...))
		}
		if page["next"] == nil {
			return out
		}
		cursor = "&cursor=" + page["next"].(string)
	}
	c.t.Fatalf("%s: got no last page", path)
	return nil
}

func postIDs(list []map[string]any) []string {
	out := make([]string, len(list))
	for i, one := range list {
		out[i] = one["id"].(string)
	}
	return out
}

// counterOf is the value of a post's counter; nil: unknown.
func counterOf(post map[string]any, key string) *float64 {
	v, known := post["counters"].(map[string]any)[key].(map[string]any)["value"].(float64)
	if !known {
		return nil
	}
	return &v
}

// V1: the posts of API v1: each counter is a value, the order and the pages hold, and another's posts are not there.
func TestPostsAPI(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mina, omar := h.creator("mina@example.com"), h.creator("omar@example.com")
	mina.lands(mina.consent(h.world, "tiktok", sandbox.Choice{}), "/connections?success=tiktok_connected")
	before := mina.synced("tiktok", "").RunID
	mina.lands(mina.consent(h.world, "instagram", sandbox.Choice{}), "/connections?success=instagram_connected")
	mina.synced("instagram", "")
	omar.lands(omar.consent(h.world, "youtube", sandbox.Choice{}), "/connections?success=youtube_connected")
	omar.synced("youtube", "")
	c, o := h.with("mina@example.com", "read"), h.with("omar@example.com", "read")
	all, theirs := c.posts("/api/v1/posts?limit=200"), o.posts("/api/v1/posts?limit=200")
	if len(all) < 30 || len(theirs) < 20 {
		t.Fatalf("got %d and %d posts, want those of three accounts", len(all), len(theirs))
	}

	t.Run("shapes", func(t *testing.T) {
		for _, one := range all {
			if one["platform"] == "youtube" || len(one["tags"].([]any)) != 0 {
				t.Errorf("got %v of %v with the tags %v, want her own without tags", one["id"], one["platform"], one["tags"])
			}
			counters := has(t, "the counters", one["counters"], "views", "reach", "likes", "comments", "shares", "saves",
				"engagement_rate")
			for key, v := range counters {
				isValue(t, key, v)
			}
			reach := counters["reach"].(map[string]any)
			if why, _ := reach["reason"].(map[string]any); one["platform"] == "tiktok" &&
				(reach["value"] != nil || why["code"] != "not_reported") {
				t.Errorf("reach on TikTok: got %v, want it missing because it is not reported", reach)
			}
			usual := has(t, "vs usual", one["vsUsual"], "ratio", "age", "median", "q25", "q75", "posts")
			ratio := isValue(t, "the ratio", usual["ratio"])
			if why, _ := ratio["reason"].(map[string]any); ratio["value"] != nil || why["code"] == "" || usual["median"] != nil {
				t.Errorf("the ratio after one sync: got %v, want a reason", usual)
			}
		}
		one := has(t, "one", c.object("/api/v1/posts/"+all[0]["id"].(string)), postKeys...)
		if one["externalId"] != all[0]["externalId"] {
			t.Errorf("one post: got %v, want %v", one["externalId"], all[0]["externalId"])
		}
		history := has(t, "history", c.object("/api/v1/posts/"+all[0]["id"].(string)+"/history"), "items", "next")
		first := has(t, "a reading", firstOf(t, "the history", history["items"]), "at", "counters")
		for key, v := range has(t, "its counters", first["counters"], "views", "reach", "likes", "comments", "shares", "saves") {
			if isValue(t, key, v)["asOf"] != nil && v.(map[string]any)["asOf"] != first["at"] {
				t.Errorf("%s: got it dated %v, want %v", key, v.(map[string]any)["asOf"], first["at"])
			}
		}
	})

	t.Run("order and pages", func(t *testing.T) {
		for _, key := range []string{"views", "likes", "comments", "shares", "saves", "engagement_rate"} {
			for _, sort := range []string{key, "-" + key} {
				list := c.posts("/api/v1/posts?limit=7&sort=" + sort)
				ids := postIDs(list)
				if slices.Sort(ids); len(slices.Compact(ids)) != len(all) {
					t.Errorf("by %s: got %d posts, want each of %d once", sort, len(ids), len(all))
				}
				for i := range list[1:] {
					x, y := counterOf(list[i], key), counterOf(list[i+1], key)
					if x == nil && y != nil || x != nil && y != nil && *x != *y && (*x > *y) != strings.HasPrefix(sort, "-") {
						t.Errorf("by %s: got %v before %v", sort, x, y)
					}
				}
			}
		}
		for _, sort := range []string{"posted_at", "-posted_at", "vs_usual", "-vs_usual"} {
			if got := len(c.posts("/api/v1/posts?limit=7&sort=" + sort)); got != len(all) {
				t.Errorf("by %s: got %d posts, want %d", sort, got, len(all))
			}
		}
		page := c.object("/api/v1/posts?limit=5")
		rest := c.object("/api/v1/posts?limit=5&cursor=" + page["next"].(string))
		for _, one := range rest["items"].([]any) {
			if slices.Contains(postIDs(all[:5]), one.(map[string]any)["id"].(string)) {
				t.Errorf("the second page: got %v of the first", one.(map[string]any)["id"])
			}
		}
		c.refused("/api/v1/posts?sort=views&cursor="+page["next"].(string), "cursor")
	})

	t.Run("filters", func(t *testing.T) {
		tiktok := c.posts("/api/v1/posts?limit=200&platform=tiktok")
		for _, one := range tiktok {
			if one["platform"] != "tiktok" {
				t.Errorf("of TikTok: got one of %v", one["platform"])
			}
		}
		if rest := c.posts("/api/v1/posts?limit=200&platform=instagram"); len(tiktok)+len(rest) != len(all) {
			t.Errorf("got %d and %d posts of %d", len(tiktok), len(rest), len(all))
		}
		if got := c.posts("/api/v1/posts?limit=200&connection=" + tiktok[0]["connection"].(string)); len(got) != len(tiktok) {
			t.Errorf("of the connection: got %d, want %d", len(got), len(tiktok))
		}
		kind := all[0]["mediaType"].(string)
		for _, one := range c.posts("/api/v1/posts?limit=200&media_type=" + kind) {
			if one["mediaType"] != kind {
				t.Errorf("of the type %s: got one of %v", kind, one["mediaType"])
			}
		}
		at, err := time.Parse(time.RFC3339, all[3]["postedAt"].(string))
		if err != nil {
			t.Fatal(err)
		}
		day := at.In(time.FixedZone("Kiritimati", 14*60*60)).Format(time.DateOnly)
		if got := c.posts("/api/v1/posts?zone=Pacific/Kiritimati&from=" + day + "&to=" + day); !slices.Contains(
			postIDs(got), all[3]["id"].(string)) || len(got) > 10 {
			t.Errorf("of %s: got %d posts, want that day's", day, len(got))
		}
		if got := c.posts("/api/v1/posts?limit=200&to=" + day); len(got) == 0 || len(got) > len(all) {
			t.Errorf("until %s: got %d posts", day, len(got))
		}
		if got := c.posts("/api/v1/posts?q=no+post+says+this"); len(got) != 0 {
			t.Errorf("by words that there are not: got %d posts", len(got))
		}
	})

	t.Run("what is another's", func(t *testing.T) {
		for _, id := range []string{theirs[0]["id"].(string), "nonsense", "01a2107f-090e-7ace-926d-2d26abffca8f", "%00", "%ff"} {
			for _, path := range []string{"/api/v1/posts/" + id, "/api/v1/posts/" + id + "/history"} {
				if got := c.get(path); got.status != http.StatusNotFound || !strings.Contains(got.body, "NOT_FOUND") {
					t.Errorf("%s: got %d %s, want 404", path, got.status, got.body)
				}
			}
		}
		c.refused("/api/v1/posts?connection="+theirs[0]["connection"].(string), "connection")
		for _, one := range theirs {
			if slices.Contains(postIDs(all), one["id"].(string)) {
				t.Errorf("got Omar's post %v among Mina's", one["id"])
			}
		}
	})

	t.Run("what cannot be meant", func(t *testing.T) {
		tomorrow := time.Now().UTC().AddDate(0, 0, 2).Format(time.DateOnly)
		for query, parameter := range map[string]string{
			"colour=red": "colour", "tag=x": "tag", "limit=0": "limit", "limit=201": "limit", "limit=x": "limit", "cursor=x": "cursor",
			"sort=title": "sort", "sort=--views": "sort", "sort=views&sort=likes": "sort", "platform=threads": "platform",
			"media_type=song": "media_type", "connection=": "connection", "from=2026-02-30": "from", "to=2026-02-30": "to",
			"from=" + tomorrow: "from", "from=2026-01-05&to=2026-01-01": "to", "zone=Mars/Olympus": "zone",
			"from=2015-01-01&to=2026-01-01": "from", "q=%ff": "",
		} {
			c.refused("/api/v1/posts?"+query, parameter)
		}
		id := all[0]["id"].(string)
		c.refused("/api/v1/posts/"+id+"?limit=5", "limit")
		c.refused("/api/v1/posts/"+id+"/history?cursor=yesterday", "cursor")
	})

	t.Run("what is known already", func(t *testing.T) {
		id := all[len(all)-1]["id"].(string)
		paths := []string{"/api/v1/posts", "/api/v1/posts/" + id, "/api/v1/posts/" + id + "/history"}
		tags := map[string]string{}
		for _, path := range paths {
			got := c.get(path)
			tags[path] = got.header.Get("ETag")
			if again := c.get(path, "If-None-Match", tags[path]); again.status != http.StatusNotModified || again.body != "" {
				t.Errorf("%s: got %d %s, want 304", path, again.status, again.body)
			}
		}
		if got := mina.post("/api/auth/tiktok/sync", nil); got.status != http.StatusAccepted {
			t.Fatalf("sync: got %d %s, want 202", got.status, got.body)
		}
		mina.synced("tiktok", before)
		if got := c.get("/api/v1/posts", "If-None-Match", tags["/api/v1/posts"]); got.status != http.StatusOK {
			t.Errorf("after a sync: got %d, want a new answer", got.status)
		}
	})
}
