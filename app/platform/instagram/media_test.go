package instagram

import (
	"fmt"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
)

// J11: what a reading costs, and what it brings.
func TestCostOfAReading(t *testing.T) {
	t.Parallel()
	settled := func(ids ...string) map[string]bool {
		m := map[string]bool{}
		for _, id := range ids {
			m[id] = true
		}
		return m
	}
	for _, tc := range []struct {
		name    string
		script  script
		limit   int
		settled map[string]bool
		calls   int
		posts   int
		known   int // posts with views
		never   int
	}{
		{"one call for twenty-five", script{ids: ids(30), insight: willing}, 25, nil, 1, 25, 25, 0},
		{"fewer than asked", script{ids: ids(3), insight: willing}, 25, nil, 1, 3, 3, 0},
		{"none at all", script{insight: willing}, 25, nil, 1, 0, 0, 0},
		{"two pages", script{ids: ids(60), insight: willing}, 40, nil, 2, 40, 40, 0},
		{"old posts found out", script{ids: ids(25), insight: oldFrom(20)}, 25, nil, 27, 25, 20, 5},
		{"old posts known", script{ids: ids(25), insight: oldFrom(20)}, 25, settled("m20", "m21", "m22", "m23", "m24"), 2, 25, 20, 5},
		{"only old posts, known", script{ids: ids(3), insight: oldFrom(0)}, 25, settled("m00", "m01", "m02"), 1, 3, 0, 3},
		{"known old posts are off the page", script{ids: ids(5), insight: willing}, 25, settled("m99"), 2, 5, 5, 0},
		{"old posts on the second page", script{ids: ids(30), insight: oldFrom(28)}, 30, nil, 1 + 2 + 5, 30, 28, 2},
		{"an old one among new ones", script{ids: ids(4), insight: func(id, _ string) string {
			if id == "m01" {
				return tooOld
			}
			return ""
		}}, 25, settled("m01"), 1 + 1 + 2, 4, 3, 1},
		{"refused inline, answered singly", script{ids: ids(2), insight: willing, inline: `"code":100`}, 25, nil, 4, 2, 2, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, tc.script.serve)
			b, err := s.Platform.Posts(
				t.Context(),
				platformtest.Token(),
				platform.PostQuery{Limit: tc.limit, Known: stored(tc.settled)},
			)
			if err != nil || len(b.Gaps) != 0 {
				t.Fatalf("got %v and gaps %v, want neither", err, b.Gaps)
			}
			known, never := 0, 0
			for _, p := range b.Posts {
				if p.Views != nil {
					known++
				}
				if p.InsightsNever {
					never++
				}
			}
			if len(s.Calls()) != tc.calls || len(b.Posts) != tc.posts || known != tc.known || never != tc.never {
				t.Errorf("got %d posts, %d with views, %d that never will, in %d calls; want %d, %d, %d in %d",
					len(b.Posts), known, never, len(s.Calls()), tc.posts, tc.known, tc.never, tc.calls)
			}
			for _, c := range s.Calls() {
				if strings.Contains(c.Path, "/m") && tc.settled[strings.Split(c.Path, "/")[2]] {
					t.Errorf("got %s, want no question about a settled post", c.Path)
				}
			}
		})
	}
}

func TestRecordedListWithInsights(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, always(platformtest.Answer{File: "me_media_inline_insights.json"}))
	b, err := s.Platform.Posts(t.Context(), platformtest.Token(), platform.PostQuery{Limit: 25})
	if err != nil || len(b.Posts) != 3 || len(b.Gaps) != 0 || len(s.Calls()) != 1 {
		t.Fatalf("got %d posts, gaps %v, %v in %d calls, want 3 in one", len(b.Posts), b.Gaps, err, len(s.Calls()))
	}
	for i, want := range []struct {
		kind                                                       platform.MediaType
		likes, comments, views, reach, shares, saves, interactions int64
	}{
		{platform.MediaImage, 201, 2, 13012, 6934, 14, 31, 263},
		{platform.MediaReel, 580, 10, 21159, 15486, 202, 63, 888},
		{platform.MediaCarousel, 350, 14, 40432, 16251, 7, 7, 382},
	} {
		p := b.Posts[i]
		if p.MediaType != want.kind || p.InsightsNever || p.PostedAt.IsZero() ||
			!strings.HasPrefix(p.Permalink, "https://www.instagram.com/") ||
			p.MediaURL == "" {
			t.Errorf("post %d: got %+v, want a %s", i, p, want.kind)
		}
		number(t, "likes", p.Likes, want.likes)
		number(t, "comments", p.Comments, want.comments)
		number(t, "views", p.Views, want.views)
		number(t, "reach", p.Reach, want.reach)
		number(t, "shares", p.Shares, want.shares)
		number(t, "saves", p.Saves, want.saves)
		number(t, "interactions", p.Interactions, want.interactions)
	}
	if p := b.Posts[0]; p.PostedAt.Format("2006-01-02T15:04:05Z07:00") != "2026-07-20T21:30:04Z" ||
		!strings.HasPrefix(p.Caption, "Você prometeu") {
		t.Errorf("got %+v, want the date in UTC and the caption whole", p)
	}
}

// The paging link holds the token and could name any host: the next page is our own address.
func TestRecordedPages(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ first, second string }{
		{"me_media_page1.json", "me_media_page2.json"},
		{"media_page1_fb_graph_v6.json", "media_page2_fb_graph_v6.json"},
	} {
		t.Run(tc.first, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, func(c platformtest.Call) platformtest.Answer {
				if c.Query.Has("after") {
					return platformtest.Answer{File: tc.second}
				}
				return platformtest.Answer{File: tc.first}
			})
			b, err := s.Platform.Posts(t.Context(), platformtest.Token(), platform.PostQuery{Limit: 100})
			calls := s.Calls()
			if err != nil || len(calls) != 2 || len(b.Posts) < 3 {
				t.Fatalf("got %d posts in %d calls, %v, want both pages and no third", len(b.Posts), len(calls), err)
			}
			if calls[1].Path != "/v25.0/me/media" || calls[1].Query.Get("after") == "" ||
				calls[1].Query.Get("access_token") != platformtest.Canary+"-access" {
				t.Errorf("got %s %v, want our own address with the cursor", calls[1].Path, calls[1].Query)
			}
			for _, p := range b.Posts {
				if p.Views != nil || p.Reach != nil || p.Saves != nil {
					t.Errorf("post %s: got insights, want them unknown", p.ExternalID)
				}
			}
		})
	}
}

func TestRecordedSingleInsights(t *testing.T) {
	t.Parallel()
	for file, views := range map[string]int64{
		"media_insights_reel.json": 21159, "media_insights_image.json": 13012, "media_insights_carousel.json": 40432,
		"media_insights_image_legacy_impressions.json": -1, "media_insights_profile_activity_breakdown.json": -1,
	} {
		s := platformtest.Serve(t, Maker, func(c platformtest.Call) platformtest.Answer {
			switch {
			case strings.HasSuffix(c.Path, "/insights"):
				return platformtest.Answer{File: file}
			case strings.Contains(c.Query.Get("fields"), "insights"):
				return platformtest.Answer{Status: 400, File: "error_100_2108006_before_conversion.json"}
			}
			return platformtest.Answer{Body: `{"data":[{"id":"m1"}]}`}
		})
		b, err := s.Platform.Posts(t.Context(), platformtest.Token(), platform.PostQuery{Limit: 25})
		if err != nil || len(b.Posts) != 1 {
			t.Fatalf("%s: got %+v, %v, want one post", file, b, err)
		}
		if views < 0 {
			if b.Posts[0].Views != nil {
				t.Errorf("%s: got views %s, want unknown", file, show(b.Posts[0].Views))
			}
			continue
		}
		number(t, file, b.Posts[0].Views, views)
	}
}

// P7: a metric that a kind of post does not have costs that metric, of that kind.
func TestUnsupportedMetrics(t *testing.T) {
	t.Parallel()
	named := func(id, asked string) string {
		if strings.Contains(asked, "shares") && id != "m01" {
			return `"code":100,"message":"(#100) The Media Insights API does not support the shares metric for this media product type."`
		}
		return ""
	}
	unnamed := func(_, asked string) string {
		if strings.Contains(asked, "shares") {
			return `"code":100,"message":"Invalid parameter"`
		}
		return ""
	}
	for _, tc := range []struct {
		name    string
		insight func(string, string) string
		calls   int
		shares  int  // posts that have them
		refused bool // no post at all has them
		again   int  // calls of the next reading
	}{
		{"named", named, 2 + 1 + 1, 1, false, 1 + 1 + 1},
		{"not named: one by one", unnamed, 2 + (1 + 7) + (1 + 7) + 1, 0, true, 2 + (1 + 7) + (1 + 7) + 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			// m01 is a reel, the two others are feed posts
			s := platformtest.Serve(t, Maker, script{ids: ids(3), reels: []string{"m01"}, insight: tc.insight}.serve)
			tok := platformtest.Token()
			tok.Account = "connection-1"
			b, err := s.Platform.Posts(t.Context(), tok, platform.PostQuery{Limit: 25})
			if err != nil {
				t.Fatal(err)
			}
			first := len(s.Calls())
			shares := 0
			for _, p := range b.Posts {
				if p.Views == nil || p.Saves == nil || p.Reach == nil || p.InsightsNever {
					t.Errorf("post %s: got %+v, want all but the shares", p.ExternalID, p)
				}
				if p.Shares != nil {
					shares++
				} else if p.Absent["shares"] != platform.AbsenceUnsupported {
					t.Errorf("post %s: got %q for why it has no shares, want unsupported", p.ExternalID, p.Absent["shares"])
				}
			}
			if shares != tc.shares || len(s.Calls()) != tc.calls {
				t.Errorf("got shares of %d posts in %d calls, want %d in %d", shares, len(s.Calls()), tc.shares, tc.calls)
			}
			if got := len(b.Gaps) == 1 && b.Gaps[0].Metric == "shares" && b.Gaps[0].Refused; got != tc.refused ||
				len(b.Gaps) > 1 {
				t.Errorf("got gaps %v, want shares refused: %t", b.Gaps, tc.refused)
			}
			if _, err := s.Platform.Posts(t.Context(), tok, platform.PostQuery{Limit: 25}); err != nil ||
				len(s.Calls())-first != tc.again {
				t.Errorf("got %d calls for the next reading, %v, want %d", len(s.Calls())-first, err, tc.again)
			}
			n := len(s.Calls())
			b, err = s.Platform.Posts(t.Context(), tok, platform.PostQuery{Limit: 25, Without: []string{"shares"}})
			if err != nil || len(s.Calls())-n != 1 || len(b.Gaps) != 0 ||
				b.Posts[0].Absent["shares"] != platform.AbsenceWithdrawn {
				t.Errorf(
					"without the metric: got %d calls, gaps %v, %v, %v, want one",
					len(s.Calls())-n,
					b.Gaps,
					b.Posts[0].Absent,
					err,
				)
			}
		})
	}
}

func TestInsightsWithoutTheScope(t *testing.T) {
	t.Parallel()
	tok := platformtest.Token()
	tok.Scopes = []string{basicScope}
	s := platformtest.Serve(t, Maker, script{ids: ids(3), insight: willing}.serve)
	b, err := s.Platform.Posts(
		t.Context(),
		tok,
		platform.PostQuery{Limit: 25, Known: stored(map[string]bool{"m02": true})},
	)
	if err != nil || len(b.Posts) != 3 || len(s.Calls()) != 1 ||
		strings.Contains(s.Calls()[0].Query.Get("fields"), "insights") {
		t.Fatalf("got %d posts in %d calls, %v, want a plain list", len(b.Posts), len(s.Calls()), err)
	}
	if len(b.Gaps) != 1 || b.Gaps[0].Code != fault.ScopeMissing || b.Gaps[0].Step != platform.StepMetrics {
		t.Errorf("got gaps %v, want SCOPE_MISSING of the metrics", b.Gaps)
	}
	if !b.Posts[2].InsightsNever || b.Posts[0].InsightsNever {
		t.Error("got the settled post forgotten, want it still settled")
	}
}

// J9: what came before a failure is kept, and what the failure means decides whether to go on.
func TestInsightsThatFail(t *testing.T) {
	t.Parallel()
	at := func(n int, inside string) func(string, string) string {
		return func(id, _ string) string {
			if id >= fmt.Sprintf("m%02d", n) {
				return inside
			}
			return ""
		}
	}
	for _, tc := range []struct {
		name    string
		insight func(string, string) string
		err     fault.Code
		gap     fault.Code
		known   int
		calls   int
	}{
		{"permission withdrawn", at(0, `"code":10,"message":"(#10) Application does not have permission"`), "", fault.ScopeMissing, 0, 2},
		{"too few viewers", at(0, `"code":10,"message":"(#10) Not enough viewers for the media to show insights"`), "", "", 0, 2 + 6},
		{"posts gone meanwhile", at(4, `"code":100,"error_subcode":33`), "", "", 4, 2 + 6},
		{"limit", at(2, `"code":80002`), fault.RateLimit, "", 2, 2 + 3},
		{"dead token", at(2, `"code":190`), fault.AuthFailed, "", 2, 2 + 3},
		{"their fault again and again", at(2, `"code":-1`), "", fault.PlatformError, 2, 2 + 2 + patience},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			sc := script{ids: ids(6), insight: tc.insight, inline: tooOld}
			if tc.name == "permission withdrawn" {
				sc.inline = ""
			}
			s := platformtest.Serve(t, Maker, sc.serve)
			b, err := s.Platform.Posts(t.Context(), platformtest.Token(), platform.PostQuery{Limit: 25})
			if tc.err != "" {
				platformtest.WantCode(t, err, tc.err)
			} else if err != nil {
				t.Fatal(err)
			}
			known := 0
			for _, p := range b.Posts {
				if p.Views != nil {
					known++
				}
				if p.InsightsNever {
					t.Errorf("post %s: got it settled, want it asked again", p.ExternalID)
				}
			}
			if len(b.Posts) != 6 || known != tc.known || len(s.Calls()) != tc.calls {
				t.Errorf(
					"got %d posts, %d with views in %d calls, want 6, %d in %d",
					len(b.Posts),
					known,
					len(s.Calls()),
					tc.known,
					tc.calls,
				)
			}
			if (tc.gap == "") != (len(b.Gaps) == 0) || (tc.gap != "" && b.Gaps[0].Code != tc.gap) {
				t.Errorf("got gaps %v, want %q", b.Gaps, tc.gap)
			}
			for _, g := range b.Gaps {
				platformtest.NoSecrets(t, g)
			}
		})
	}
}

// P3, P8: lists that are none, and lists that lead nowhere.
func TestOddLists(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, body   string
		posts, calls int
		code         fault.Code
	}{
		{"no list", `{}`, 0, 1, fault.BadResponse},
		{"null", `{"data":null}`, 0, 1, fault.BadResponse},
		{"of the wrong kind", `{"data":{"id":"1"}}`, 0, 1, fault.BadResponse},
		{"page", `<html>`, 0, 1, fault.BadResponse},
		{"empty", `{"data":[]}`, 0, 1, ""},
		{"empty with next", `{"data":[],"paging":{"cursors":{"after":"x"},"next":"y"}}`, 0, 1, ""},
		{"leads back to itself", `{"data":[{"id":"1"},{"id":"1"}],"paging":{"cursors":{"after":"x"},"next":"y"}}`, 1, 2, ""},
		{"next without a cursor", `{"data":[{"id":"1"}],"paging":{"next":"y"}}`, 1, 1, ""},
		{"insights empty", `{"data":[{"id":"1","insights":{"data":[]}}]}`, 1, 1, ""},
		{"insights null", `{"data":[{"id":"1","insights":null}]}`, 1, 1, ""},
		{"counts null", `{"data":[{"id":"1","like_count":null,"comments_count":null}]}`, 1, 1, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, always(platformtest.Answer{Body: tc.body}))
			b, err := s.Platform.Posts(t.Context(), platformtest.Token(), platform.PostQuery{Limit: 100})
			if tc.code != "" {
				platformtest.WantCode(t, err, tc.code)
			} else if err != nil || len(b.Gaps) != 0 {
				t.Errorf("got %v and gaps %v, want neither", err, b.Gaps)
			}
			if len(b.Posts) != tc.posts || len(s.Calls()) != tc.calls {
				t.Errorf("got %d posts in %d calls, want %d in %d", len(b.Posts), len(s.Calls()), tc.posts, tc.calls)
			}
			for _, p := range b.Posts {
				if p.Views != nil || p.Likes != nil || p.Comments != nil {
					t.Errorf("got %+v, want every count unknown", p)
				}
			}
		})
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		m    media
		want platform.MediaType
	}{
		{media{Type: "IMAGE", Product: "FEED"}, platform.MediaImage},
		{media{Type: "VIDEO", Product: "REELS"}, platform.MediaReel},
		{media{Type: "VIDEO", Product: "FEED"}, platform.MediaVideo},
		{media{Type: "CAROUSEL_ALBUM"}, platform.MediaCarousel},
		{media{Type: "HOLOGRAM", Thumbnail: "https://x"}, platform.MediaVideo},
		{media{Type: "HOLOGRAM"}, platform.MediaImage},
	} {
		if got := tc.m.kind(); got != tc.want {
			t.Errorf("%s of %s: got %s, want %s", tc.m.Type, tc.m.Product, got, tc.want)
		}
	}
}

// Counts: the list's own stay, floats and other nonsense are unknown and named.
func TestInsightValues(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(
		t,
		Maker,
		always(platformtest.Answer{Body: `{"data":[{"id":"1","like_count":7,"insights":{"data":[
		{"name":"likes","values":[{"value":9}]},{"name":"views","values":[{"value":3000000000}]},{"name":"reach","values":[{"value":48.4}]},
		{"name":"comments","total_value":{"value":4}},{"name":"saved","values":[{"value":0}]},{"name":"impressions","values":[{"value":5}]},
		{"name":"shares","values":[]}]}}]}`}),
	)
	b, err := s.Platform.Posts(t.Context(), platformtest.Token(), platform.PostQuery{Limit: 25})
	if err != nil || len(b.Posts) != 1 {
		t.Fatalf("got %+v, %v, want one post", b, err)
	}
	p := b.Posts[0]
	number(t, "likes", p.Likes, 7)
	number(t, "views", p.Views, 3000000000)
	number(t, "comments", p.Comments, 4)
	number(t, "saves", p.Saves, 0)
	if p.Reach != nil || p.Shares != nil {
		t.Errorf("got reach %s, shares %s, want both unknown", show(p.Reach), show(p.Shares))
	}
	if len(b.Gaps) != 1 || b.Gaps[0].Metric != "reach" {
		t.Errorf("got gaps %v, want reach", b.Gaps)
	}
}

// stored makes settled posts of ids.
func stored(settled map[string]bool) []platform.Known {
	var out []platform.Known
	for id := range settled {
		out = append(out, platform.Known{ExternalID: id, Settled: true})
	}
	return out
}
