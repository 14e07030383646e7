package tiktok

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
)

const (
	infoPath = "/v2/user/info/"
	listPath = "/v2/video/list/"
)

// always answers every call alike.
func always(a platformtest.Answer) func(platformtest.Call) platformtest.Answer {
	return func(platformtest.Call) platformtest.Answer { return a }
}

func scoped(scopes ...string) platform.Token {
	t := platformtest.Token()
	t.Scopes = scopes
	return t
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

func TestProfileIsReadWhole(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, always(platformtest.Answer{File: "user-info-full.json"}))
	p, err := s.Platform.Profile(t.Context(), scoped(spec.ScopeNames()...))
	if err != nil {
		t.Fatal(err)
	}
	if p.ExternalID != "7f2c1d90-3b4a-4c55-9e21-0a6b5c4d3e2f" || p.Handle != "bloomdaily.example" || p.DisplayName != "Bloom Daily" ||
		p.URL != "https://www.tiktok.com/@bloomdaily.example" ||
		!strings.Contains(p.Bio, "✨\n") ||
		!strings.HasPrefix(p.PictureURL, "https://p16-common-sign.tiktokcdn-us.com/") {
		t.Errorf("got %+v, want the account of the fixture", p)
	}
	if p.Verified == nil || *p.Verified {
		t.Errorf("verified: got %v, want false", p.Verified)
	}
	number(t, "followers", p.Followers, 12873)
	number(t, "following", p.Following, 214)
	number(t, "likes", p.Likes, 98412)
	number(t, "posts", p.Posts, 37)
	if len(p.Gaps) != 0 {
		t.Errorf("got %v, want no gap", p.Gaps)
	}
	c := s.Calls()[0]
	if c.Path != infoPath || c.Auth != "Bearer "+platformtest.Canary+"-access" || c.Query.Get("access_token") != "" {
		t.Errorf("got %s with %v, want the token in the header alone", c.Path, c.Query)
	}
}

// One field too many fails a whole call, so none is asked whose permission was not given.
func TestFieldsFollowTheGrantedScopes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		scopes []string
		absent []string
		gaps   int
	}{
		{"all", spec.ScopeNames(), nil, 0},
		{"not said", nil, nil, 0},
		{"basic alone", []string{basicScope}, []string{"username", "bio_description", "follower_count", "video_count"}, 2},
		{"no stats", []string{basicScope, profileScope, videoScope}, []string{"follower_count", "likes_count"}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, always(platformtest.Answer{File: "user-info-basic.json"}))
			p, err := s.Platform.Profile(t.Context(), scoped(tc.scopes...))
			if err != nil {
				t.Fatal(err)
			}
			fields := "," + s.Calls()[0].Query.Get("fields") + ","
			if !strings.Contains(fields, ",open_id,") {
				t.Errorf("got fields %s, want open_id among them", fields)
			}
			for _, f := range tc.absent {
				if strings.Contains(fields, ","+f+",") {
					t.Errorf("got fields %s, want no %s", fields, f)
				}
			}
			if len(p.Gaps) != tc.gaps {
				t.Errorf("got %v, want %d gaps", p.Gaps, tc.gaps)
			}
			for _, g := range p.Gaps {
				if g.Code != fault.ScopeMissing {
					t.Errorf("got %s, want SCOPE_MISSING", g.Code)
				}
			}
			if p.Followers != nil || p.Verified != nil {
				t.Errorf("got followers %s, want unknown", show(p.Followers))
			}
		})
	}
}

func TestWithdrawnScopeLeavesTheRest(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, func(c platformtest.Call) platformtest.Answer {
		if strings.Contains(c.Query.Get("fields"), "username") || c.Path == listPath {
			return platformtest.Answer{Status: 401, File: "error-scope-not-authorized.json"}
		}
		return platformtest.Answer{File: "user-info-basic.json"}
	})
	p, err := s.Platform.Profile(t.Context(), scoped(spec.ScopeNames()...))
	if err != nil || p.DisplayName != "Tik Toker" || len(p.Gaps) != 1 || p.Gaps[0].Code != fault.ScopeMissing {
		t.Errorf("got %+v, %v, want the basic profile and one gap", p, err)
	}
	b, err := s.Platform.Posts(t.Context(), scoped(spec.ScopeNames()...), platform.PostQuery{Limit: 20})
	if err != nil || len(b.Posts) != 0 || len(b.Gaps) != 1 || b.Gaps[0].Code != fault.ScopeMissing {
		t.Errorf("got %+v, %v, want no post and one gap", b, err)
	}
}

func TestPostsWithoutTheScopeMakeNoCall(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, always(platformtest.Answer{File: "video-list-page1.json"}))
	b, err := s.Platform.Posts(t.Context(), scoped(basicScope), platform.PostQuery{Limit: 20})
	if err != nil || len(b.Gaps) != 1 || b.Gaps[0].Code != fault.ScopeMissing || len(s.Calls()) != 0 {
		t.Errorf("got %+v, %v after %d calls, want one gap and no call", b, err, len(s.Calls()))
	}
}

// pages serves the two recorded pages by their cursor.
func pages(c platformtest.Call) platformtest.Answer {
	if strings.Contains(c.Body, "cursor") {
		return platformtest.Answer{File: "video-list-page2.json"}
	}
	return platformtest.Answer{File: "video-list-page1.json"}
}

func TestTwoPagesInOrder(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, pages)
	b, err := s.Platform.Posts(t.Context(), platformtest.Token(), platform.PostQuery{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	calls := s.Calls()
	if len(b.Posts) != 37 || len(calls) != 2 {
		t.Fatalf("got %d posts in %d calls, want 37 in 2", len(b.Posts), len(calls))
	}
	if calls[0].Method != "POST" || calls[0].Body != `{"max_count":20}` ||
		calls[1].Body != `{"max_count":20,"cursor":1759187709000}` {
		t.Errorf("got bodies %s and %s, want the cursor as it was given and a second more", calls[0].Body, calls[1].Body)
	}
	for i := 1; i < len(b.Posts); i++ {
		if b.Posts[i].PostedAt.After(b.Posts[i-1].PostedAt) {
			t.Errorf("post %d is newer than the one before", i)
		}
	}
	first := b.Posts[0]
	if first.ExternalID != "7559725318447568727" || first.Permalink != "https://www.tiktok.com/@bloomdaily.example/video/7559725318447568727" ||
		!first.PostedAt.Equal(time.Unix(1760135743, 0)) || first.MediaType != platform.MediaVideo ||
		first.Title != "A quiet idea beats a tired one. " ||
		first.Caption != first.Title {
		t.Errorf("got %+v, want the newest post of the fixture", first)
	}
	number(t, "views", first.Views, 340)
	number(t, "likes", first.Likes, 41)
	number(t, "comments", first.Comments, 3)
	number(t, "shares", first.Shares, 1)
	number(t, "duration", first.DurationSeconds, 8)
	if first.Reach != nil || first.Saves != nil {
		t.Errorf("got reach %s and saves %s, want both unknown", show(first.Reach), show(first.Saves))
	}
	photos, longest := 0, 0
	for _, p := range b.Posts {
		if p.MediaType == platform.MediaPhoto {
			photos++
			if p.DurationSeconds != nil {
				t.Errorf("photo %s: got a duration of %s, want none", p.ExternalID, show(p.DurationSeconds))
			}
		}
		longest = max(longest, len([]rune(p.Caption)))
	}
	if photos != 5 || longest != 695 {
		t.Errorf("got %d photos and a longest caption of %d, want 5 and 695", photos, longest)
	}
}

func TestNoMorePagesThanWanted(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, pages)
	b, err := s.Platform.Posts(t.Context(), platformtest.Token(), platform.PostQuery{Limit: 20})
	if err != nil || len(b.Posts) != 20 || len(s.Calls()) != 1 {
		t.Errorf("got %d posts in %d calls, %v, want 20 in one", len(b.Posts), len(s.Calls()), err)
	}
}

// P8: lists that lead nowhere end.
func TestOddLists(t *testing.T) {
	t.Parallel()
	const ok = `,"error":{"code":"ok","message":"","log_id":"1"}}`
	for _, tc := range []struct {
		name        string
		body        string
		posts, most int
		whole       bool
		code        fault.Code
	}{
		{"no posts", `{"data":{"cursor":0,"has_more":false,"videos":[]}` + ok, 0, 1, true, ""},
		{"videos null", `{"data":{"cursor":0,"has_more":false,"videos":null}` + ok, 0, 1, true, ""},
		{"videos absent", `{"data":{"cursor":0,"has_more":false}` + ok, 0, 1, true, ""},
		{"empty page with more", `{"data":{"cursor":9000,"has_more":true,"videos":[]}` + ok, 0, 2, false, ""},
		{"cursor that stands still", `{"data":{"cursor":9000,"has_more":true,"videos":[{"id":"1"},{"id":"1"}]}` + ok, 1, 2, false, ""},
		{"post without id", `{"data":{"cursor":0,"has_more":false,"videos":[{"title":"x"},{"id":"7"}]}` + ok, 1, 1, true, ""},
		{"nothing known", `{"data":{}` + ok, 0, 1, false, fault.BadResponse},
		{"no data", `{"error":{"code":"ok"}}`, 0, 1, false, fault.BadResponse},
		{"list of the wrong kind", `{"data":{"videos":{"id":"1"}}` + ok, 0, 1, false, fault.BadResponse},
		{"more without a cursor", `{"data":{"has_more":true,"videos":[{"id":"1"}]}` + ok, 1, 1, false, ""},
		{"data is a list", `{"data":[]` + ok, 0, 1, false, fault.BadResponse},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, always(platformtest.Answer{Body: tc.body}))
			b, err := s.Platform.Posts(t.Context(), platformtest.Token(), platform.PostQuery{Limit: 50})
			if tc.code != "" {
				if e := platformtest.WantCode(t, err, tc.code); !strings.HasPrefix(e.Sample, "{") {
					t.Errorf("got sample %q, want the shape of the answer", e.Sample)
				}
			} else if err != nil {
				t.Errorf("got %v, want no error", err)
			}
			if len(b.Posts) != tc.posts || len(s.Calls()) > tc.most || b.Listed != tc.whole {
				t.Errorf(
					"got %d posts in %d calls, whole %t, want %d in at most %d, whole %t",
					len(b.Posts),
					len(s.Calls()),
					b.Listed,
					tc.posts,
					tc.most,
					tc.whole,
				)
			}
		})
	}
}

// Posts that the list should have held, and older ones not seen for a week, are asked for by id, the
// former first; what is not returned is gone. // P8
func TestOlderPosts(t *testing.T) {
	t.Parallel()
	now := platformtest.Noon
	at := func(days int) time.Time { return now.Add(-time.Duration(days) * 24 * time.Hour) }
	known := []platform.Known{
		{ExternalID: "listed", PostedAt: at(1), SeenAt: at(1)},
		{ExternalID: "hidden", PostedAt: at(2), SeenAt: at(1)},
		{ExternalID: "recent", PostedAt: at(300), SeenAt: now.Add(-time.Hour)},
		{ExternalID: "7559645780489410391", PostedAt: at(400), SeenAt: at(9)},
		{ExternalID: "7559361360775845741", PostedAt: at(500), SeenAt: at(8)},
	}
	list := fmt.Sprintf(
		`{"data":{"cursor":0,"has_more":true,"videos":[{"id":"listed","create_time":%d},{"id":"edge","create_time":%d}]},"error":{"code":"ok"}}`,
		at(1).Unix(),
		at(100).Unix(),
	)
	for _, tc := range []struct {
		name  string
		known []platform.Known
		query platformtest.Answer
		asked string
		calls int
		gone  []string
		posts int
		gaps  int
	}{
		{"nothing to ask", known[:1], platformtest.Answer{}, "", 1, nil, 2, 0},
		{"unlisted first, then longest unseen", known, platformtest.Answer{File: "video-query-refresh-covers.json"}, `{"filters":{"video_ids":["hidden","7559645780489410391","7559361360775845741"]}}`, 2, []string{"hidden"}, 4, 0},
		{"a query that fails", known, platformtest.Answer{Status: 500}, `{"filters":{"video_ids":["hidden","7559645780489410391","7559361360775845741"]}}`, 2, nil, 2, 1},
		{"a query of no shape", known, platformtest.Answer{Body: `{"data":{},"error":{"code":"ok"}}`}, `{"filters":{"video_ids":["hidden","7559645780489410391","7559361360775845741"]}}`, 2, nil, 2, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, func(c platformtest.Call) platformtest.Answer {
				if c.Path == "/v2/video/query/" {
					return tc.query
				}
				return platformtest.Answer{Body: list}
			})
			b, err := s.Platform.Posts(t.Context(), platformtest.Token(), platform.PostQuery{Limit: 2, Known: tc.known})
			if err != nil {
				t.Fatal(err)
			}
			calls := s.Calls()
			if len(calls) != tc.calls || !slices.Equal(b.Gone, tc.gone) || len(b.Posts) != tc.posts || len(b.Gaps) != tc.gaps ||
				!b.Listed {
				t.Errorf("got %d calls, %v gone, %d posts, gaps %v, listed %t", len(calls), b.Gone, len(b.Posts), b.Gaps, b.Listed)
			}
			if !slices.IsSortedFunc(b.Posts, func(x, y platform.Post) int { return y.PostedAt.Compare(x.PostedAt) }) {
				t.Errorf("got %+v, want newest first", b.Posts)
			}
			for _, g := range b.Gaps {
				if g.Step != platform.StepPosts {
					t.Errorf("got a gap of %s, want one of the posts", g.Step)
				}
			}
			if tc.asked != "" && calls[1].Body != tc.asked {
				t.Errorf("got %s, want %s", calls[1].Body, tc.asked)
			}
		})
	}
}

// However many posts are old, a sync spends two calls on them at most.
func TestOlderPostsAreFew(t *testing.T) {
	t.Parallel()
	q := platform.PostQuery{Limit: 20, Profile: platform.Profile{Handle: "a"}}
	for i := range 300 {
		q.Known = append(
			q.Known,
			platform.Known{ExternalID: strconv.Itoa(i), PostedAt: platformtest.Noon.AddDate(0, 0, -400)},
		)
	}
	s := platformtest.Serve(t, Maker, pages)
	b, err := s.Platform.Posts(t.Context(), platformtest.Token(), q)
	if err != nil || len(s.Calls()) != 3 || len(b.Gone) != 40 {
		t.Errorf("got %d calls and %d gone, %v, want 3 and 40", len(s.Calls()), len(b.Gone), err)
	}
}

// Rule 3 of the house: never zero for unknown.
func TestCountsThatAreNotGivenAreUnknown(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, always(platformtest.Answer{Body: `{"data":{"has_more":false,"videos":[
		{"id":"2","create_time":1760000000,"view_count":0,"like_count":null,"comment_count":"12","share_count":3000000000},
		{"id":"1","create_time":99999999999999,"view_count":-4,"like_count":"many"}]},"error":{"code":"ok"}}`}))
	b, err := s.Platform.Posts(t.Context(), platformtest.Token(), platform.PostQuery{Limit: 20})
	if err != nil || len(b.Posts) != 2 {
		t.Fatalf("got %d posts, %v, want 2", len(b.Posts), err)
	}
	p := b.Posts[0]
	number(t, "views", p.Views, 0)
	number(t, "comments in a string", p.Comments, 12)
	number(t, "shares above 2^31", p.Shares, 3000000000)
	if p.Likes != nil {
		t.Errorf("likes: got %s, want unknown", show(p.Likes))
	}
	if odd := b.Posts[1]; odd.Views != nil || odd.Likes != nil || !odd.PostedAt.IsZero() {
		t.Errorf("got %+v, want everything unknown", odd)
	}
	var named []string
	for _, g := range b.Gaps {
		named = append(named, g.Metric)
	}
	if strings.Join(named, ",") != "views,likes" {
		t.Errorf("got gaps of %v, want views and likes", named)
	}
}

// W4: only addresses of the platform's own hosts are kept.
func TestAddressesOfOthersAreDropped(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://p16-sign.tiktokcdn-us.com/a.jpeg?x-expires=1": "https://p16-sign.tiktokcdn-us.com/a.jpeg?x-expires=1",
		"javascript:alert(1)":                   "",
		"//evil.example/x":                      "",
		"https://evil.example/tiktokcdn.com":    "",
		"https://tiktokcdn.com.evil.example/x":  "",
		"https://u:p@www.tiktok.com/@a/video/1": "",
	} {
		v := video{ID: "1", Cover: raw, Share: raw}
		p := v.post("", map[string]bool{})
		if p.ThumbnailURL != want {
			t.Errorf("%s: got %q, want %q", raw, p.ThumbnailURL, want)
		}
		if strings.Contains(p.Permalink, "?") || (want == "" && p.Permalink != "") {
			t.Errorf("%s: got permalink %q", raw, p.Permalink)
		}
	}
}
