package instagram

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
)

func insighter(t *testing.T, p platform.Platform) platform.Insighter {
	t.Helper()
	i, ok := p.(platform.Insighter)
	if !ok {
		t.Fatal("got no Insighter, want the account as a whole")
	}
	return i
}

// week asks for two days of an account with that many followers.
func week(followers int64) platform.InsightQuery {
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	return platform.InsightQuery{From: day, To: day.AddDate(0, 0, 1), Profile: platform.Profile{Followers: &followers}}
}

func valuesOf(in platform.Insights) map[string]int64 {
	out := map[string]int64{}
	for _, d := range in.Days {
		out[d.Metric+" "+d.Day] = d.Value
	}
	return out
}

func TestAccountInsightsRecorded(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, func(c platformtest.Call) platformtest.Answer {
		switch {
		case strings.Contains(c.Query.Get("metric"), "demographics"):
			return platformtest.Answer{File: "follower_demographics_age_gender.json"}
		case c.Query.Get("metric_type") == "total_value":
			return platformtest.Answer{File: "account_insights_total_value.json"}
		}
		return platformtest.Answer{File: "account_insights_day_series_legacy.json"}
	})
	in, err := insighter(t, s.Platform).Insights(t.Context(), platformtest.Token(), week(50))
	if err != nil || len(in.Gaps) != 0 {
		t.Fatalf("got %v, gaps %v, want neither", err, in.Gaps)
	}
	got := valuesOf(in)
	for key, want := range map[string]int64{
		"account_reach 2026-11-20": 12, "account_views 2026-11-21": 33, "account_engaged 2026-11-20": 2, "account_interactions 2026-11-21": 2,
	} {
		if got[key] != want {
			t.Errorf("%s: got %d, want %d", key, got[key], want)
		}
	}
	if _, known := got["account_likes 2026-11-20"]; known || len(got) != 8 || len(s.Calls()) != 2 {
		t.Errorf(
			"got %v in %d calls, want what came alone, a call a day, and no crowd asked of a small account",
			got,
			len(s.Calls()),
		)
	}
	// Los Angeles's day, in seconds.
	if q := s.Calls()[0].Query; q.Get("since") != "1795161600" || q.Get("until") != "1795248000" {
		t.Errorf("got %s to %s, want the day as Instagram counts it", q.Get("since"), q.Get("until"))
	}
	// Two traits at once, and retired metrics, are not what was asked for.
	in, err = insighter(t, s.Platform).Insights(t.Context(), platformtest.Token(), week(5000))
	if err != nil || len(in.Audience) != 0 || len(in.Days) != 8 {
		t.Errorf("got %d days, audience %v, %v", len(in.Days), in.Audience, err)
	}
}

func TestAccountInsightsWithABreakdown(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, func(platformtest.Call) platformtest.Answer {
		return platformtest.Answer{File: "account_insights_reach_breakdown.json"}
	})
	in, err := insighter(t, s.Platform).Insights(t.Context(), platformtest.Token(), week(50))
	if got := valuesOf(in); err != nil || got["account_reach 2026-11-20"] != 224 {
		t.Errorf("got %v, %v, want the total beside its parts", got, err)
	}
}

func TestAudience(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, func(c platformtest.Call) platformtest.Answer {
		metric, by := c.Query.Get("metric"), c.Query.Get("breakdown")
		switch {
		case by == "":
			return platformtest.Answer{
				Body: `{"data":[{"name":"follower_count","values":[{"value":23,"end_time":"2026-11-21T08:00:00+0000"},{"value":0,"end_time":"2026-11-22T08:00:00+0000"},{"end_time":"x"}]}]}`,
			}
		case by == "city":
			return platformtest.Answer{Body: `{"data":[]}`}
		case by == "gender" && metric == "engaged_audience_demographics":
			return platformtest.Answer{Status: 400, Body: `{"error":{"code":100,"message":"(#100) Invalid parameter"}}`}
		}
		return platformtest.Answer{
			Body: `{"data":[{"name":"` + metric + `","total_value":{"breakdowns":[{"dimension_keys":["` + by + `"],"results":[
			{"dimension_values":["A"],"value":7},{"dimension_values":["A"],"value":8},{"dimension_values":["B","C"],"value":1},{"dimension_values":["D"]},{"dimension_values":[],"value":2}]}]}}]}`,
		}
	})
	in, err := insighter(t, s.Platform).Insights(t.Context(), platformtest.Token(), week(100))
	if err != nil {
		t.Fatal(err)
	}
	want := []platform.Share{
		{
			Of:    "followers",
			By:    "age",
			Key:   "A",
			Value: 7,
		}, {Of: "followers", By: "gender", Key: "A", Value: 7}, {Of: "followers", By: "country", Key: "A", Value: 7},
		{Of: "engaged", By: "age", Key: "A", Value: 7}, {Of: "engaged", By: "country", Key: "A", Value: 7},
	}
	if !slices.Equal(in.Audience, want) || len(in.Gaps) != 1 {
		t.Errorf("got %v and gaps %v, want %v and one gap", in.Audience, in.Gaps, want)
	}
	if got := valuesOf(in); got["account_new_followers 2026-11-20"] != 23 || len(got) != 2 {
		t.Errorf("got %v, want each day's new followers, a zero that was told with them", got)
	}
}

// A metric that is refused costs itself alone and is said once; what fails for good ends the reading
// with what came before it. // P7, J9
func TestAccountInsightsThatFail(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		answer func(metrics string, call int) platformtest.Answer
		code   fault.Code
		gaps   int
		days   int
		calls  int
	}{
		{"a metric named", func(m string, _ int) platformtest.Answer {
			if strings.Contains(m, "replies") {
				return platformtest.Answer{Status: 400, Body: `{"error":{"code":100,"message":"(#100) The Media Insights API does not support the replies metric"}}`}
			}
			return platformtest.Answer{Body: `{"data":[{"name":"reach","total_value":{"value":1}}]}`}
		}, "", 1, 2, 3},
		{"a metric not named", func(m string, _ int) platformtest.Answer {
			if strings.Contains(m, "shares") {
				return platformtest.Answer{Status: 400, Body: `{"error":{"code":100,"message":"(#100) metric[7] must be one of the following values: reach"}}`}
			}
			return platformtest.Answer{Body: `{"data":[{"name":"reach","total_value":{"value":1}}]}`}
		}, "", 3, 2, 5},
		{"a limit on the second day", func(_ string, n int) platformtest.Answer {
			if n > 1 {
				return platformtest.Answer{Status: 400, File: ""}
			}
			return platformtest.Answer{Body: `{"data":[{"name":"reach","total_value":{"value":1}}]}`}
		}, fault.BadResponse, 0, 1, 2},
		{"no list", func(string, int) platformtest.Answer { return platformtest.Answer{Body: `{}`} }, fault.BadResponse, 0, 0, 1},
		{"a number of no kind", func(string, int) platformtest.Answer {
			return platformtest.Answer{Body: `{"data":[{"name":"reach","total_value":{"value":"many"}},{"name":"views","total_value":{"value":0}}]}`}
		}, "", 1, 2, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			n := 0
			s := platformtest.Serve(t, Maker, func(c platformtest.Call) platformtest.Answer {
				n++
				return tc.answer(c.Query.Get("metric"), n)
			})
			in, err := insighter(t, s.Platform).Insights(t.Context(), platformtest.Token(), week(5))
			if tc.code == "" && err != nil {
				t.Fatal(err)
			}
			if tc.code != "" && err == nil {
				t.Fatalf("got no error, want one")
			}
			platformtest.NoSecrets(t, err)
			if len(in.Gaps) != tc.gaps || len(in.Days) != tc.days || len(s.Calls()) != tc.calls {
				t.Errorf(
					"got gaps %v, %d days in %d calls, want %d, %d in %d",
					in.Gaps,
					len(in.Days),
					len(s.Calls()),
					tc.gaps,
					tc.days,
					tc.calls,
				)
			}
		})
	}
}

func TestAccountInsightsWithoutTheScope(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, func(platformtest.Call) platformtest.Answer { return platformtest.Answer{} })
	tok := platformtest.Token()
	tok.Scopes = []string{basicScope}
	in, err := insighter(t, s.Platform).Insights(t.Context(), tok, week(500))
	if err != nil || len(in.Gaps) != 1 || in.Gaps[0].Code != fault.ScopeMissing || len(s.Calls()) != 0 {
		t.Errorf("got %v, %v in %d calls, want one gap and no call", in.Gaps, err, len(s.Calls()))
	}
}

// The headers of every answer, errors too, set the pace: from 80 % what can wait waits, and a block is
// kept whoever it is of.
func TestUsageSetsThePace(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.Join("testdata", "usage_headers.json"))
	if err != nil {
		t.Fatal(err)
	}
	var recorded map[string]map[string]string
	if err := json.Unmarshal(b, &recorded); err != nil {
		t.Fatal(err)
	}
	header := func(m map[string]string) map[string]string {
		out := map[string]string{}
		for k, v := range m {
			out[http.CanonicalHeaderKey(k)] = v
		}
		return out
	}
	for _, tc := range []struct {
		name   string
		header map[string]string
		status int
		slower float64
		wait   time.Duration // of the account's next call
		app    bool
		busy   bool // insights of single posts and of the account wait
	}{
		{"of the app, as recorded", header(recorded["app_meter"]), 0, 1, 0, false, false},
		{"of the account, in two pools, as recorded", header(recorded["instagram_meter_two_pools"]), 0, 1, 0, false, false},
		{"the app at 80 %", map[string]string{"X-App-Usage": `{"call_count":12,"total_cputime":81,"total_time":3}`}, 0, slower, 0, false, false},
		{"the account at 85 %", map[string]string{"X-Business-Use-Case-Usage": `{"1":[{"type":"instagram","call_count":85}]}`}, 0, 1, 0, false, true},
		{"another product's pool", map[string]string{"X-Business-Use-Case-Usage": `{"1":[{"type":"pages","call_count":99,"estimated_time_to_regain_access":60}]}`}, 0, 1, 0, false, false},
		{"the account blocked, in an error", map[string]string{"X-Business-Use-Case-Usage": `{"1":[{"type":"instagram","call_count":724,"estimated_time_to_regain_access":19}]}`}, 400, 1, 19 * time.Minute, false, true},
		{"the app blocked", map[string]string{"X-App-Usage": `{"call_count":100,"estimated_time_to_regain_access":7}`}, 0, slower, 7 * time.Minute, true, false},
		{"nonsense", map[string]string{"X-App-Usage": `[`, "X-Business-Use-Case-Usage": `{"1":{}}`}, 0, 1, 0, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			body := `{"id":"1","user_id":"1784","username":"a"}`
			if tc.status != 0 {
				body = `{"error":{"code":80002,"message":"x"}}`
			}
			s := platformtest.Serve(t, Maker, func(platformtest.Call) platformtest.Answer {
				return platformtest.Answer{Status: tc.status, Body: body, Header: tc.header}
			})
			tok := platformtest.Token()
			tok.Account = "connection-1"
			_, _ = s.Platform.Profile(t.Context(), tok)
			paced, ok := s.Platform.(platform.Paced)
			if !ok || paced.Slower() != tc.slower {
				t.Errorf("got a pace of %v, want %v", paced.Slower(), tc.slower)
			}
			other := platformtest.Token()
			other.Account = "connection-2"
			for who, tok := range map[string]platform.Token{"own": tok, "other": other} {
				n := len(s.Calls())
				_, err := s.Platform.Profile(t.Context(), tok)
				e, _ := platform.AsError(err)
				blocked := len(s.Calls()) == n
				if want := tc.wait > 0 && (who == "own" || tc.app); blocked != want ||
					(blocked && (e.RetryAfter != tc.wait || e.AppWide != tc.app || e.Code != fault.RateLimit)) {
					t.Errorf("%s: got blocked %t, %v, want %t for %s", who, blocked, err, want, tc.wait)
				}
			}
			if tc.wait > 0 {
				return
			}
			n := len(s.Calls())
			_, err := insighter(t, s.Platform).Insights(t.Context(), tok, week(5))
			if waits := len(s.Calls()) == n; waits != (tc.busy || tc.slower > 1) {
				t.Errorf("got the account as a whole put off: %t, %v", waits, err)
			}
		})
	}
}

// The answers to a consent, as they reach the callback: the fragment is no part of the code.
func TestCallbacksRecorded(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.Join("testdata", "callback_queries.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Case, Query string
		Code, Error *string
	}
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	for _, tc := range cases {
		q, err := url.ParseQuery(tc.Query)
		if err != nil {
			t.Fatal(err)
		}
		if tc.Error != nil {
			if q.Get("error") != *tc.Error || q.Get("code") != "" {
				t.Errorf("%s: got %v, want the refusal", tc.Case, q)
			}
			continue
		}
		sent := ""
		s := platformtest.Serve(t, Maker, func(c platformtest.Call) platformtest.Answer {
			if c.Path == "/oauth/access_token" {
				sent = c.Form.Get("code")
				return platformtest.Answer{File: "token_exchange_flat.json"}
			}
			return platformtest.Answer{File: "long_lived_token.json"}
		})
		code := q.Get("code")
		if strings.HasSuffix(tc.Query, "#_") {
			code += "#_" // what a caller that keeps the fragment would hand on
		}
		if _, err := s.Platform.Exchange(t.Context(), platform.Exchange{Code: fault.Secret(code)}); err != nil ||
			sent != *tc.Code {
			t.Errorf("%s: got code %q, %v, want %q", tc.Case, sent, err, *tc.Code)
		}
	}
}

// A carousel's parts give their number, and a picture where it has none of its own.
func TestCarousels(t *testing.T) {
	t.Parallel()
	parts, err := os.ReadFile(filepath.Join("testdata", "media_children_fb_graph.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := platformtest.Serve(t, Maker, func(platformtest.Call) platformtest.Answer {
		return platformtest.Answer{
			Body: `{"data":[{"id":"1","media_type":"CAROUSEL_ALBUM","children":` + string(
				parts,
			) + `},{"id":"2","media_type":"IMAGE","children":` + string(
				parts,
			) + `},{"id":"3","media_type":"CAROUSEL_ALBUM","children":{}}]}`,
		}
	})
	b, err := s.Platform.Posts(t.Context(), platformtest.Token(), platform.PostQuery{Limit: 25})
	if err != nil || len(b.Posts) != 3 {
		t.Fatalf("got %d posts, %v, want 3", len(b.Posts), err)
	}
	for _, p := range b.Posts {
		switch p.ExternalID {
		case "1":
			number(t, "parts", p.Items, 2)
			if !strings.Contains(p.MediaURL, "238842780") {
				t.Errorf("got %q, want the first part's picture", p.MediaURL)
			}
		default:
			if p.Items != nil || p.MediaURL != "" {
				t.Errorf("%s: got %s parts and %q, want neither", p.ExternalID, show(p.Items), p.MediaURL)
			}
		}
	}
}
