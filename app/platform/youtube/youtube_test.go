package youtube

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
)

// always answers every call alike.
func always(a platformtest.Answer) func(platformtest.Call) platformtest.Answer {
	return func(platformtest.Call) platformtest.Answer { return a }
}

// lists answers the two calls of a reading of posts.
func lists(items, videos platformtest.Answer) func(platformtest.Call) platformtest.Answer {
	return func(c platformtest.Call) platformtest.Answer {
		if strings.HasSuffix(c.Path, "/playlistItems") {
			return items
		}
		return videos
	}
}

func number(t *testing.T, what string, got *int64, want int64) {
	t.Helper()
	if got == nil || *got != want {
		t.Errorf("%s: got %s, want %d", what, show(got), want)
	}
}

func show(n *int64) string {
	if n == nil {
		return "unknown"
	}
	return strconv.FormatInt(*n, 10)
}

var channelOf = platform.PostQuery{Limit: 50, Profile: platform.Profile{ExternalID: "UC_x5", Listing: "UU_x5"}}

func TestProfileRecorded(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, always(platformtest.Answer{File: "channels_list_mine.json"}))
	p, err := s.Platform.Profile(t.Context(), platformtest.Token())
	if err != nil {
		t.Fatal(err)
	}
	if p.ExternalID != "UC_x5XG1OV2P6uZZ5FSM9Ttw" || p.Handle != "googledevelopers" ||
		p.DisplayName != "Google for Developers" ||
		p.Listing != "UU_x5XG1OV2P6uZZ5FSM9Ttw" ||
		p.URL != "https://www.youtube.com/@googledevelopers" ||
		!strings.Contains(p.PictureURL, "=s240") ||
		!strings.Contains(p.Bio, "—") {
		t.Errorf("got %+v, want the recorded channel", p)
	}
	number(t, "followers", p.Followers, 2300000)
	number(t, "posts", p.Posts, 5783)
	number(t, "views", p.Views, 234084903)
	if p.Following != nil || p.Likes != nil || p.Verified != nil {
		t.Errorf("got %+v, want what YouTube does not tell unknown", p)
	}
	c := s.Calls()[0]
	if c.Path != "/youtube/v3/channels" || c.Query.Get("mine") != "true" ||
		c.Auth != "Bearer "+platformtest.Canary+"-access" ||
		c.Query.Has("access_token") {
		t.Errorf("got %s %v, want the token in the header alone", c.Path, c.Query)
	}
}

// Which of several gaps a run shows is decided: the first, always the same.
func TestTheOrderOfGaps(t *testing.T) {
	t.Parallel()
	odd := platform.Count{Bad: true}
	for range 50 {
		c := channel{ID: "UC"}
		c.Statistics.Subscribers, c.Statistics.Views = odd, odd
		p := c.profile()
		if len(p.Gaps) != 2 || p.Gaps[0].Metric != "followers" || p.Gaps[1].Metric != "views" {
			t.Fatalf("got %v, want followers, then views", p.Gaps)
		}
	}
}

func TestChannelsOfEveryShape(t *testing.T) {
	t.Parallel()
	const channel = `{"kind":"youtube#channelListResponse","items":[{"id":"UC1","statistics":`
	for _, tc := range []struct {
		name      string
		answer    platformtest.Answer
		code      fault.Code
		native    string
		followers string
	}{
		{"no channel, items empty", platformtest.Answer{File: "channels_list_none_items_empty.json"}, fault.NotFound, "no_channel", ""},
		{"no channel, items absent", platformtest.Answer{File: "channels_list_none_items_absent.json"}, fault.NotFound, "no_channel", ""},
		{"parts absent", platformtest.Answer{File: "channels_list_snippet_only.json"}, "", "", "unknown"},
		{"count above 2^31", platformtest.Answer{File: "channels_list_two_ids.json"}, "", "", ""},
		{"subscribers hidden", platformtest.Answer{Body: channel + `{"subscriberCount":"0","hiddenSubscriberCount":true}}]}`}, "", "", "unknown"},
		{"count as number", platformtest.Answer{Body: channel + `{"subscriberCount":7}}]}`}, "", "", "7"},
		{"count of no kind", platformtest.Answer{Body: channel + `{"subscriberCount":"many"}}]}`}, "", "", "unknown"},
		{"channel without id", platformtest.Answer{Body: `{"kind":"youtube#channelListResponse","items":[{}]}`}, fault.BadResponse, "", ""},
		{"no list", platformtest.Answer{Body: `{}`}, fault.BadResponse, "", ""},
		{"empty", platformtest.Answer{}, fault.BadResponse, "", ""},
		{"page", platformtest.Answer{Body: `<html>`}, fault.BadResponse, "", ""},
		{"cut", platformtest.Answer{Body: `{"kind":"youtube#chan`}, fault.BadResponse, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, always(tc.answer))
			p, err := s.Platform.Profile(t.Context(), platformtest.Token())
			if tc.code != "" {
				if e := platformtest.WantCode(t, err, tc.code); e.Native != tc.native {
					t.Errorf("got native %q, want %q", e.Native, tc.native)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if tc.followers != "" && show(p.Followers) != tc.followers {
				t.Errorf("followers: got %s, want %s", show(p.Followers), tc.followers)
			}
			if tc.name == "count of no kind" && (len(p.Gaps) != 1 || p.Gaps[0].Metric != "followers") {
				t.Errorf("got gaps %v, want followers", p.Gaps)
			}
		})
	}
}

func TestVideosRecorded(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(
		t,
		Maker,
		lists(platformtest.Answer{File: "playlist_items_uploads.json"}, platformtest.Answer{File: "videos_list_two.json"}),
	)
	b, err := s.Platform.Posts(t.Context(), platformtest.Token(), channelOf)
	if err != nil || len(b.Posts) != 2 || len(s.Calls()) != 2 {
		t.Fatalf("got %d posts in %d calls, %v, want 2 in 2", len(b.Posts), len(s.Calls()), err)
	}
	p := b.Posts[1]
	if p.ExternalID != "Ks-_Mh1QhMc" || p.MediaType != platform.MediaVideo ||
		p.PostedAt.Format("2006-01-02T15:04:05Z07:00") != "2012-10-01T15:27:35Z" ||
		p.Title == "" {
		t.Errorf("got %+v, want the older video last", p)
	}
	number(t, "views", p.Views, 23278951)
	number(t, "likes", p.Likes, 391633)
	number(t, "comments", p.Comments, 9518)
	number(t, "duration", p.DurationSeconds, 21*60+3)
	if p.Shares != nil || p.Saves != nil || p.Reach != nil {
		t.Errorf("got %+v, want what YouTube does not tell unknown", p)
	}
}

// J11: fifty videos cost two units, and a list is paged no further than wanted.
func TestUnitsOfAReading(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ limit, calls, ids int }{{5, 2, 5}, {10, 2, 10}, {50, 2, 10}, {120, 3, 13}} {
		t.Run(strconv.Itoa(tc.limit), func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, func(c platformtest.Call) platformtest.Answer {
				switch {
				case strings.HasSuffix(c.Path, "/videos"):
					return platformtest.Answer{Body: `{"kind":"youtube#videoListResponse","items":[]}`}
				case c.Query.Has("pageToken"):
					return platformtest.Answer{File: "playlist_items_page_2.json"}
				}
				return platformtest.Answer{File: "playlist_items_page_1.json"}
			})
			q := channelOf
			q.Limit = tc.limit
			if _, err := s.Platform.Posts(t.Context(), platformtest.Token(), q); err != nil {
				t.Fatal(err)
			}
			calls := s.Calls()
			asked := strings.Split(calls[len(calls)-1].Query.Get("id"), ",")
			if len(calls) != tc.calls || len(asked) != tc.ids {
				t.Errorf("got %d calls for %d ids, want %d for %d", len(calls), len(asked), tc.calls, tc.ids)
			}
		})
	}
}

// Tombstones, videos the list still names and counts that are absent one by one.
func TestVideosThatAreGoneOrIncomplete(t *testing.T) {
	t.Parallel()
	items := platformtest.Answer{Body: `{"kind":"youtube#playlistItemListResponse","items":[
		{"snippet":{"title":"Private video","thumbnails":{}},"contentDetails":{"videoId":"private"}},
		{"snippet":{"title":"Video supprimée"},"contentDetails":{"videoId":"deleted"}},
		{"snippet":{"thumbnails":{"default":{"url":"https://i.ytimg.com/vi/a/default.jpg"}}},"contentDetails":{"videoId":"soon"}},
		{"snippet":{"resourceId":{"videoId":"old-shape"},"thumbnails":{"default":{"url":"x"}}}},
		{"contentDetails":{"videoId":"a","videoPublishedAt":"2026-01-01T00:00:00Z"}},
		{"contentDetails":{"videoId":"a","videoPublishedAt":"2026-01-01T00:00:00Z"}}]}`}
	videos := platformtest.Answer{
		Body: `{"items":[{"id":"a","snippet":{"publishedAt":"2026-01-01T00:00:00Z"},"statistics":{"favoriteCount":"0","viewCount":"3331930783"}}]}`,
	}
	s := platformtest.Serve(t, Maker, lists(items, videos))
	b, err := s.Platform.Posts(t.Context(), platformtest.Token(), channelOf)
	if err != nil || len(b.Posts) != 1 || len(b.Gaps) != 0 {
		t.Fatalf("got %+v, %v, want one post and no gap", b, err)
	}
	if got := s.Calls()[1].Query.Get("id"); got != "soon,old-shape,a" {
		t.Errorf("got ids %s, want neither tombstones nor doubles", got)
	}
	p := b.Posts[0]
	number(t, "views", p.Views, 3331930783)
	if p.Likes != nil || p.Comments != nil || p.DurationSeconds != nil {
		t.Errorf("got %+v, want the absent counts unknown", p)
	}
}

func TestListsThatAreNone(t *testing.T) {
	t.Parallel()
	gone := platformtest.Answer{
		Status: 404,
		Body:   `{"error":{"code":404,"message":"<b>not found</b>","errors":[{"reason":"playlistNotFound","domain":"youtube.playlistItem"}]}}`,
	}
	ok := platformtest.Answer{File: "videos_list_one_of_two_ids.json"}
	for _, tc := range []struct {
		name          string
		items, videos platformtest.Answer
		query         platform.PostQuery
		posts         int
		code          fault.Code
	}{
		{"channel without uploads", gone, ok, channelOf, 0, ""},
		{"empty list", platformtest.Answer{Body: `{"kind":"youtube#playlistItemListResponse"}`}, ok, channelOf, 0, ""},
		{"list named after the channel", platformtest.Answer{File: "playlist_items_uploads.json"}, ok, platform.PostQuery{Limit: 50, Profile: platform.Profile{ExternalID: "UC_x5"}}, 1, ""},
		{"no list to be found", gone, ok, platform.PostQuery{Limit: 50, Profile: platform.Profile{ExternalID: "x"}}, 0, fault.BadResponse},
		{"not accessible", platformtest.Answer{Status: 403, Body: `{"error":{"errors":[{"reason":"playlistItemsNotAccessible"}]}}`}, ok, channelOf, 0, fault.PlatformError},
		{"items of no shape", platformtest.Answer{Body: `{}`}, ok, channelOf, 0, fault.BadResponse},
		{"videos of no shape", platformtest.Answer{File: "playlist_items_uploads.json"}, platformtest.Answer{Body: `{}`}, channelOf, 0, fault.BadResponse},
		{"fifty", platformtest.Answer{File: "playlist_items_uploads.json"}, platformtest.Answer{File: "videos_list_fifty.json"}, channelOf, 50, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, lists(tc.items, tc.videos))
			b, err := s.Platform.Posts(t.Context(), platformtest.Token(), tc.query)
			if tc.code != "" {
				platformtest.WantCode(t, err, tc.code)
			} else if err != nil {
				t.Fatal(err)
			}
			if len(b.Posts) != tc.posts {
				t.Errorf("got %d posts, want %d", len(b.Posts), tc.posts)
			}
			if tc.name == "list named after the channel" && s.Calls()[0].Query.Get("playlistId") != "UU_x5" {
				t.Errorf("got %v, want the list of the channel", s.Calls()[0].Query)
			}
		})
	}
}

// P8: a list whose next page is itself ends.
func TestListThatLeadsBackToItself(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, lists(
		platformtest.Answer{
			Body: `{"items":[{"contentDetails":{"videoId":"a","videoPublishedAt":"x"}}],"nextPageToken":"again"}`,
		},
		platformtest.Answer{Body: `{"items":[{"id":"a"},{"id":"a"},{"id":""}]}`},
	))
	q := channelOf
	q.Limit = 1000
	b, err := s.Platform.Posts(t.Context(), platformtest.Token(), q)
	if err != nil || len(b.Posts) != 1 || len(s.Calls()) != 3 {
		t.Errorf("got %d posts in %d calls, %v, want 1 in 3", len(b.Posts), len(s.Calls()), err)
	}
}

// J9: a page that fails leaves the videos of the pages before it.
func TestSecondPageFails(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, func(c platformtest.Call) platformtest.Answer {
		switch {
		case strings.HasSuffix(c.Path, "/videos"):
			return platformtest.Answer{File: "videos_list_two.json"}
		case c.Query.Has("pageToken"):
			return platformtest.Answer{
				Status: 400,
				Body:   `{"error":{"code":400,"message":"x","errors":[{"reason":"processingFailure"}]}}`,
			}
		}
		return platformtest.Answer{File: "playlist_items_page_1.json"}
	})
	q := channelOf
	q.Limit = 100
	b, err := s.Platform.Posts(t.Context(), platformtest.Token(), q)
	platformtest.WantCode(t, err, fault.PlatformError)
	if len(b.Posts) != 2 {
		t.Errorf("got %d posts, want the 2 of the first page", len(b.Posts))
	}
}

func TestDurations(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"PT12S": "12", "PT21M3S": "1263", "PT1H2M3S": "3723", "P1DT2H3M4S": "93784", "PT1H": "3600", "P1D": "86400", "P1W": "604800", "PT1.5S": "1",
		"212s": "212", "212.5s": "212", "P0D": "unknown", "PT0S": "unknown", "": "unknown", "P": "unknown", "12": "unknown", "-5s": "unknown", "NaNs": "unknown",
		"PT99999999999999999999S": "unknown", "PT-5S": "unknown", "P1M": "unknown",
	} {
		if got := show(parseDuration(in)); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, video string
		want        platform.MediaType
	}{
		{"plain", `{"snippet":{"title":"a"},"contentDetails":{"duration":"PT50S"}}`, platform.MediaVideo},
		{"tagged and short", `{"snippet":{"title":"a #Shorts"},"contentDetails":{"duration":"PT50S"}}`, platform.MediaShort},
		{"tag in the list", `{"snippet":{"tags":["shorts"]},"contentDetails":{"duration":"PT180S"}}`, platform.MediaShort},
		{"tagged and long", `{"snippet":{"title":"#shorts"},"contentDetails":{"duration":"PT181S"}}`, platform.MediaVideo},
		{"tagged, length unknown", `{"snippet":{"title":"#shorts"}}`, platform.MediaVideo},
		{"a word like it", `{"snippet":{"title":"#shortsighted"},"contentDetails":{"duration":"PT50S"}}`, platform.MediaVideo},
		{"upcoming", `{"snippet":{"liveBroadcastContent":"upcoming"},"contentDetails":{"duration":"P0D"}}`, platform.MediaLive},
		{"was live", `{"snippet":{"liveBroadcastContent":"none"},"liveStreamingDetails":{"actualStartTime":"x"},"contentDetails":{"duration":"PT50S"}}`, platform.MediaLive},
		{"an unknown word", `{"snippet":{"liveBroadcastContent":"hologram"},"contentDetails":{"duration":"PT50S"}}`, platform.MediaVideo},
	} {
		var v video
		if err := json.Unmarshal([]byte(tc.video), &v); err != nil {
			t.Fatal(err)
		}
		if got := v.post(map[string]bool{}).MediaType; got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
	}
}

// FuzzDecode reads a body in every way the adapter does: whatever it holds, nothing panics, every
// error is typed and every count is one. // P3
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if len(b) < 20000 {
			f.Add(b)
		}
	}
	f.Fuzz(fuzz)
}
