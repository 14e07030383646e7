package instagram

import (
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
)

// shelf answers a list of 25 posts page by page, as Instagram would, but for what refuse says of a call.
func shelf(refuse func(platformtest.Call) *platformtest.Answer) func(platformtest.Call) platformtest.Answer {
	return func(c platformtest.Call) platformtest.Answer {
		if a := refuse(c); a != nil {
			return *a
		}
		insights := `"insights":{"data":[{"name":"views","values":[{"value":7}]},{"name":"reach","values":[{"value":5}]}]}`
		if !strings.HasSuffix(c.Path, "/me/media") {
			return platformtest.Answer{Body: strings.TrimPrefix(insights, `"insights":`)}
		}
		limit, _ := strconv.Atoi(c.Query.Get("limit"))
		from, _ := strconv.Atoi(c.Query.Get("after"))
		var items []string
		for i := from; i < min(from+limit, 25); i++ {
			extra := ""
			if strings.Contains(c.Query.Get("fields"), "insights") {
				extra = "," + insights
			}
			items = append(
				items,
				fmt.Sprintf(
					`{"id":"m%02d","media_type":"IMAGE","media_product_type":"FEED","timestamp":"2026-11-%02dT10:00:00+0000"%s}`,
					i,
					25-i,
					extra,
				),
			)
		}
		next := ""
		if from+limit < 25 {
			next = fmt.Sprintf(`,"paging":{"cursors":{"after":"%d"},"next":"x"}`, from+limit)
		}
		return platformtest.Answer{Body: `{"data":[` + strings.Join(items, ",") + `]` + next + `}`}
	}
}

func measured(b platform.Batch) (views int) {
	for _, p := range b.Posts {
		if p.Views != nil && p.Reach != nil {
			views++
		}
	}
	return views
}

func granted() platform.Token {
	t := platformtest.Token()
	t.Scopes, t.Account = []string{basicScope, insightsScope}, "a"
	return t
}

// A list above ten posts is refused with status 500: fewer are asked for, no question is put twice, all posts
// come, and the size is told for the next time.
func TestTooMuchData(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func(platformtest.Call) bool{
		"above ten":            func(c platformtest.Call) bool { n, _ := strconv.Atoi(c.Query.Get("limit")); return n > 10 },
		"a subcode, above ten": func(c platformtest.Call) bool { n, _ := strconv.Atoi(c.Query.Get("limit")); return n > 10 },
		"with insights at all": func(c platformtest.Call) bool { return strings.Contains(c.Query.Get("fields"), "insights") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, shelf(func(c platformtest.Call) *platformtest.Answer {
				if strings.HasSuffix(c.Path, "/me/media") && refuse(c) {
					if strings.HasPrefix(name, "a subcode") {
						return &platformtest.Answer{Status: 500, Body: `{"error":{"code":1,"error_subcode":99,"message":"x"}}`}
					}
					return &platformtest.Answer{Status: 500, File: "instagram-too-much-data.json"}
				}
				return nil
			}))
			b, err := s.Platform.Posts(t.Context(), granted(), platform.PostQuery{Limit: 25})
			if err != nil || len(b.Posts) != 25 || measured(b) != 25 || !b.Listed {
				t.Fatalf("got %d posts, %d with their numbers, %v, want 25", len(b.Posts), measured(b), err)
			}
			asked := map[string]bool{}
			for _, c := range s.Calls() {
				q := c.Path + "?" + c.Query.Encode()
				if asked[q] {
					t.Errorf("got %s twice", q)
				}
				asked[q] = true
			}
			if b.Page == 0 || b.Page > 10 {
				t.Errorf("got %d posts at a time to be remembered, want ten at most", b.Page)
			}
			first := len(s.Calls())
			again, err := s.Platform.Posts(t.Context(), granted(), platform.PostQuery{Limit: 25, Page: b.Page})
			if err != nil || len(again.Posts) != 25 || again.Page != b.Page || len(s.Calls())-first >= first {
				t.Errorf(
					"the next time: got %d posts in %d calls, %v, want fewer calls than %d",
					len(again.Posts),
					len(s.Calls())-first,
					err,
					first,
				)
			}
		})
	}
}

// One post of 25 refuses its insights as if a permission was missing, in the list and by itself.
func TestOnePostRefusesItsInsights(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile("testdata/instagram-one-post-refused.json")
	if err != nil {
		t.Fatal(err)
	}
	s := platformtest.Serve(t, Maker, shelf(func(c platformtest.Call) *platformtest.Answer {
		inline := strings.HasSuffix(c.Path, "/me/media") && strings.Contains(c.Query.Get("fields"), "insights")
		if inline || strings.HasSuffix(c.Path, "/m07/insights") {
			return &platformtest.Answer{Status: 400, Body: string(body)}
		}
		return nil
	}))
	b, err := s.Platform.Posts(t.Context(), granted(), platform.PostQuery{Limit: 25})
	if err != nil || len(b.Posts) != 25 || measured(b) != 24 {
		t.Fatalf("got %d posts, %d with their numbers, %v, want 24 of 25", len(b.Posts), measured(b), err)
	}
	for _, p := range b.Posts {
		if p.ExternalID == "m07" && (p.Absent["views"] != platform.AbsenceRefused || p.InsightsNever) {
			t.Errorf("got %v, want a reason, and the post asked again", p.Absent)
		}
	}
	if len(b.Gaps) != 0 {
		t.Errorf("got gaps %v, want none: it is data about that post", b.Gaps)
	}
}

// All posts are refused so: it is the permission, found out soon and said once.
func TestAllPostsRefuseTheirInsights(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, shelf(func(c platformtest.Call) *platformtest.Answer {
		if strings.Contains(c.Path, "/insights") || strings.Contains(c.Query.Get("fields"), "insights") {
			return &platformtest.Answer{Status: 400, File: "instagram-one-post-refused.json"}
		}
		return nil
	}))
	b, err := s.Platform.Posts(t.Context(), granted(), platform.PostQuery{Limit: 25})
	if err != nil || len(b.Posts) != 25 || len(b.Gaps) != 1 || b.Gaps[0].Unexplained || len(s.Calls()) > 2+patience+1 {
		t.Errorf("got %d posts, gaps %v, %v in %d calls, want one gap, soon", len(b.Posts), b.Gaps, err, len(s.Calls()))
	}
}

// Few posts that are refused so prove nothing of the permission, though no other was asked.
func TestTheOnlyPostRefusesItsInsights(t *testing.T) {
	t.Parallel()
	refuse := shelf(func(c platformtest.Call) *platformtest.Answer {
		if strings.Contains(c.Path, "/insights") || strings.Contains(c.Query.Get("fields"), "insights") {
			return &platformtest.Answer{Status: 400, File: "instagram-one-post-refused.json"}
		}
		return nil
	})
	for name, q := range map[string]platform.PostQuery{"one of one": {Limit: 1}, "as many as prove nothing": {Limit: patience}} {
		b, err := platformtest.Serve(t, Maker, refuse).Platform.Posts(t.Context(), granted(), q)
		if err != nil || len(b.Posts) != q.Limit || len(b.Gaps) != 0 ||
			b.Posts[0].Absent["views"] != platform.AbsenceRefused {
			t.Errorf("%s: got %d posts, gaps %v, %v, want a reason at each post and no gap", name, len(b.Posts), b.Gaps, err)
		}
	}
}

// Which post's refusal is told of is decided: the newest's, always.
func TestWhoseRefusalIsTold(t *testing.T) {
	t.Parallel()
	for range 5 {
		s := platformtest.Serve(t, Maker, shelf(func(c platformtest.Call) *platformtest.Answer {
			if strings.Contains(c.Path, "/insights") || strings.Contains(c.Query.Get("fields"), "insights") {
				return &platformtest.Answer{
					Status: 400,
					Body:   `{"error":{"code":10,"message":"x","fbtrace_id":"` + path.Base(path.Dir(c.Path)) + `"}}`,
				}
			}
			return nil
		}))
		b, err := s.Platform.Posts(t.Context(), granted(), platform.PostQuery{Limit: 25})
		if err != nil || len(b.Gaps) != 1 || b.Gaps[0].LogID != "m00" {
			t.Fatalf("got %v, %v, want one gap of the newest post", b.Gaps, err)
		}
	}
}

// One metric, and one breakdown, of the account as a whole is refused so: the others come.
func TestOnePartOfTheAccountIsRefused(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, func(c platformtest.Call) platformtest.Answer {
		refused := platformtest.Answer{Status: 400, File: "instagram-one-post-refused.json"}
		switch metric := c.Query.Get("metric"); {
		case strings.Contains(metric, "replies"), c.Query.Get("breakdown") == "city":
			return refused
		case c.Query.Get("breakdown") != "":
			return platformtest.Answer{
				Body: `{"data":[{"name":"` + metric + `","total_value":{"breakdowns":[{"dimension_keys":["` + c.Query.Get(
					"breakdown",
				) + `"],"results":[{"dimension_values":["x"],"value":3}]}]}}]}`,
			}
		default:
			var items []string
			for _, m := range strings.Split(metric, ",") {
				items = append(items, `{"name":"`+m+`","total_value":{"value":4}}`)
			}
			return platformtest.Answer{Body: `{"data":[` + strings.Join(items, ",") + `]}`}
		}
	})
	many := int64(5000)
	day := platformtest.Noon.AddDate(0, 0, -1)
	got, err := s.Platform.(platform.Insighter).Insights(
		t.Context(),
		granted(),
		platform.InsightQuery{From: day, To: day, Profile: platform.Profile{Followers: &many}},
	)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Days) != len(dayTotals)-1 || len(got.Audience) != 6 || len(got.Gaps) != 3 {
		t.Errorf(
			"got %d days, %d shares, gaps %v, want all but one metric and one breakdown of each",
			len(got.Days),
			len(got.Audience),
			got.Gaps,
		)
	}
}
