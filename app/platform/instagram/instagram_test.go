package instagram

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform/platformtest"
)

// always answers every call alike.
func always(a platformtest.Answer) func(platformtest.Call) platformtest.Answer {
	return func(platformtest.Call) platformtest.Answer { return a }
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

func TestProfile(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name            string
		answer          platformtest.Answer
		id, alt, handle string
		kind            string
		followers       int64
		following       bool
	}{
		{"recorded", platformtest.Answer{File: "me_profile.json"}, "17841400700000011", "27766670700011552", "creator_alpha", "media_creator", 598824, true},
		{"older, fewer fields", platformtest.Answer{File: "me_profile_fb_graph_2021.json"}, "17841407673135339", "", "facebookfordevelopers", "", 64363, false},
		{
			"wrapped as documented, ids as numbers",
			platformtest.Answer{Body: `{"data":[{"user_id":17841400700000011,"id":27391460284731957,"username":"a","followers_count":5000000000}]}`},
			"17841400700000011", "27391460284731957", "a", "", 5000000000, false,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, always(tc.answer))
			p, err := s.Platform.Profile(t.Context(), platformtest.Token())
			if err != nil {
				t.Fatal(err)
			}
			if p.ExternalID != tc.id || p.AltID != tc.alt || p.Handle != tc.handle || p.AccountType != tc.kind ||
				p.URL != "https://www.instagram.com/"+tc.handle+"/" {
				t.Errorf("got %+v, want %s with %s", p, tc.id, tc.alt)
			}
			number(t, "followers", p.Followers, tc.followers)
			if (p.Following != nil) != tc.following || p.Verified != nil || p.Views != nil {
				t.Errorf("got following %s, verified %v, views %s", show(p.Following), p.Verified, show(p.Views))
			}
			c := s.Calls()[0]
			if len(s.Calls()) != 1 || c.Path != "/v25.0/me" || c.Query.Get("access_token") != platformtest.Canary+"-access" ||
				c.Auth != "" {
				t.Errorf("got %d calls, first %s %q, want one with the token as parameter", len(s.Calls()), c.Path, c.Auth)
			}
			if strings.Contains(c.Query.Get("fields"), "is_verified") {
				t.Errorf("got fields %s, want none that fails the call", c.Query.Get("fields"))
			}
		})
	}
}

func TestAccountsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, body, native string
		code               fault.Code
	}{
		{"personal", `{"id":"1","user_id":"17841","username":"p","account_type":"PERSONAL"}`, "not_professional", fault.NotFound},
		{"personal, as documented", `{"data":[{"id":"1","user_id":"17841","account_type":"Personal"}]}`, "not_professional", fault.NotFound},
		{"no professional id", `{"id":"27766670700011552","username":"p"}`, "", fault.BadResponse},
		{"nothing", `{}`, "", fault.BadResponse},
		{"list", `[]`, "", fault.BadResponse},
		{"null", `null`, "", fault.BadResponse},
		{"empty", ``, "", fault.BadResponse},
		{"page", `<html>`, "", fault.BadResponse},
		{"cut", `{"user_id":"178`, "", fault.BadResponse},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, always(platformtest.Answer{Body: tc.body}))
			_, err := s.Platform.Profile(t.Context(), platformtest.Token())
			if e := platformtest.WantCode(t, err, tc.code); e.Native != tc.native {
				t.Errorf("got native %q, want %q", e.Native, tc.native)
			}
		})
	}
}

// P7: a field that is gone costs that field, not the account.
func TestFieldThatIsGone(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, func(c platformtest.Call) platformtest.Answer {
		if strings.Contains(c.Query.Get("fields"), "followers_count") {
			return platformtest.Answer{
				Status: 400,
				Body:   `{"error":{"message":"(#100) Tried accessing nonexisting field (followers_count)","type":"IGApiException","code":100}}`,
			}
		}
		return platformtest.Answer{Body: `{"id":"2","user_id":"17841","username":"a"}`}
	})
	p, err := s.Platform.Profile(t.Context(), platformtest.Token())
	if err != nil || p.Handle != "a" || p.Followers != nil {
		t.Fatalf("got %+v, %v, want the profile without followers", p, err)
	}
	if len(p.Gaps) != 1 || p.Gaps[0].Metric != "followers" || len(s.Calls()) != 2 {
		t.Errorf("got %v in %d calls, want the gap named in 2", p.Gaps, len(s.Calls()))
	}
}

func TestVersionComesFromTheSettings(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, always(platformtest.Answer{File: "me_profile.json"}))
	s.Settings.Options["API_VERSION"] = "v99.1"
	if _, err := s.Platform.Profile(t.Context(), platformtest.Token()); err != nil {
		t.Fatal(err)
	}
	if c := s.Calls()[0]; c.Path != "/v99.1/me" {
		t.Errorf("got %s, want /v99.1/me", c.Path)
	}
}

// The usage headers of every answer rule above our own limit: a block that an answer tells of is
// kept without another call.
func TestUsageHeaderStopsTheAccount(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, always(platformtest.Answer{File: "me_profile.json", Header: map[string]string{
		"X-Business-Use-Case-Usage": `{"1784":[{"type":"instagram","call_count":101,"estimated_time_to_regain_access":7}],"2":[{"type":"pages","estimated_time_to_regain_access":500}]}`,
	}}))
	tok := platformtest.Token()
	tok.Account = "c-1"
	if _, err := s.Platform.Profile(t.Context(), tok); err != nil {
		t.Fatal(err)
	}
	_, err := s.Platform.Profile(t.Context(), tok)
	if e := platformtest.WantCode(t, err, fault.RateLimit); e.RetryAfter != 7*time.Minute || e.AppWide {
		t.Errorf("got %+v, want seven minutes of this account", e)
	}
	tok.Account = "c-2"
	if _, err := s.Platform.Profile(t.Context(), tok); err != nil || len(s.Calls()) != 2 {
		t.Errorf("another account: got %v after %d calls, want no limit", err, len(s.Calls()))
	}
}

func TestRevokeMakesNoCall(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, always(platformtest.Answer{Status: 500}))
	if err := s.Platform.Revoke(t.Context(), platformtest.Token()); err != nil || len(s.Calls()) != 0 {
		t.Errorf("got %v after %d calls, want nothing", err, len(s.Calls()))
	}
}
