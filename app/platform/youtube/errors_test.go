package youtube

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
)

func reason(status int, name string) platformtest.Answer {
	return platformtest.Answer{Status: status, Body: `{"error":{"errors":[{"reason":"` + name + `"}]}}`}
}

// T13, P3, P5: the table of the Data API's errors. The status alone would miss the quota, a 403.
func TestAPIErrors(t *testing.T) {
	t.Parallel()
	midnight := 12 * time.Hour // the tests' noon is noon in Los Angeles
	for _, tc := range []struct {
		name    string
		answer  platformtest.Answer
		want    fault.Code
		native  string
		appWide bool
		wait    time.Duration
	}{
		{"bad token", platformtest.Answer{Status: 401, File: "error_api_401_auth_error.json"}, fault.AuthFailed, "authError", false, 0},
		{"quota", platformtest.Answer{Status: 403, File: "error_api_403_quota_exceeded.json"}, fault.QuotaExhausted, "quotaExceeded", true, midnight},
		{"old quota", reason(403, "dailyLimitExceeded"), fault.QuotaExhausted, "dailyLimitExceeded", true, midnight},
		{"quota of a method", platformtest.Answer{Status: 429, Body: `{"error":{"message":"limit 'Queries per day' of","errors":[{"reason":"rateLimitExceeded"}]}}`}, fault.QuotaExhausted, "rateLimitExceeded", true, midnight},
		{"pace", reason(429, "rateLimitExceeded"), fault.RateLimit, "rateLimitExceeded", true, time.Minute},
		{"pace of the user", reason(403, "userRateLimitExceeded"), fault.RateLimit, "userRateLimitExceeded", false, time.Minute},
		{"pace with its wait", platformtest.Answer{Status: 429, Header: map[string]string{"Retry-After": "7"}}, fault.RateLimit, "", false, 7 * time.Second},
		{"scope", reason(403, "insufficientPermissions"), fault.ScopeMissing, "insufficientPermissions", false, 0},
		{"scope, new name", platformtest.Answer{Status: 403, Body: `{"error":{"details":[{"reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}`}, fault.ScopeMissing, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", false, 0},
		{"API not enabled", platformtest.Answer{Status: 403, File: "error_api_403_not_configured.json"}, fault.AppRefused, "accessNotConfigured", true, 0},
		{"bad key", platformtest.Answer{Status: 400, Body: `{"error":{"errors":[{"reason":"badRequest"}],"details":[{"reason":"API_KEY_INVALID"}]}}`}, fault.AppRefused, "API_KEY_INVALID", true, 0},
		{"suspended", reason(403, "authenticatedUserAccountSuspended"), fault.NotFound, "authenticatedUserAccountSuspended", false, 0},
		{"no channel", reason(401, "youtubeSignupRequired"), fault.NotFound, "no_channel", false, 0},
		{"unknown 403", reason(403, "moonPhase"), fault.PlatformError, "moonPhase", false, 0},
		{"401 without a word", platformtest.Answer{Status: 401}, fault.AuthFailed, "", false, 0},
		{"gateway page", platformtest.Answer{Status: 502, Body: "<html>", Header: map[string]string{"Retry-After": "30"}}, fault.PlatformError, "", false, 30 * time.Second},
		{"error in a 200", platformtest.Answer{Body: `{"error":{"errors":[{"reason":"quotaExceeded"}]}}`}, fault.QuotaExhausted, "quotaExceeded", true, midnight},
		{"reason that is none", reason(400, "line\\nbreak"), fault.PlatformError, "", false, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, always(tc.answer))
			_, err := s.Platform.Profile(t.Context(), platformtest.Token())
			e := platformtest.WantCode(t, err, tc.want)
			if e.Native != tc.native || e.AppWide != tc.appWide || e.RetryAfter != tc.wait || e.Step != platform.StepProfile {
				t.Errorf("got %+v, want native %q, app-wide %t, wait %s", e, tc.native, tc.appWide, tc.wait)
			}
			if strings.Contains(e.Error(), "<") {
				t.Errorf("got %s, want no markup", e)
			}
		})
	}
}

func TestAuthorizeURL(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, always(platformtest.Answer{}))
	for _, again := range []bool{false, true} {
		u, err := url.Parse(
			s.Platform.AuthorizeURL(
				platform.AuthRequest{RedirectURI: "https://x/cb", State: "st&1", Challenge: "abc", Reconnect: again},
			),
		)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		if q.Get("client_id") != "client-1" || q.Get("scope") != readScope || q.Get("access_type") != "offline" || q.Get("state") != "st&1" ||
			q.Get("code_challenge") != "abc" || q.Get("code_challenge_method") != "S256" ||
			strings.Contains(q.Get("prompt"), "select_account") != again ||
			!strings.Contains(q.Get("prompt"), "consent") {
			t.Errorf("got %s, want Google's parameters", u)
		}
	}
}

func TestExchangeAndRefresh(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, func(c platformtest.Call) platformtest.Answer {
		if c.Form.Get("grant_type") == "refresh_token" {
			return platformtest.Answer{File: "token_refresh.json"}
		}
		return platformtest.Answer{File: "token_exchange.json"}
	})
	tok, err := s.Platform.Exchange(
		t.Context(),
		platform.Exchange{Code: "4/0A-code", RedirectURI: "https://x/cb", Verifier: "v-1"},
	)
	if err != nil {
		t.Fatal(err)
	}
	if tok.Refresh.Reveal() != "1//0-EXAMPLE-REFRESH-TOKEN" || tok.ExpiresAt.Sub(tok.IssuedAt) != 3599*time.Second ||
		len(tok.Scopes) != 1 ||
		!tok.RefreshExpiresAt.IsZero() {
		t.Errorf("got %+v, want the recorded token", tok)
	}
	again, err := s.Platform.Refresh(t.Context(), tok)
	if err != nil {
		t.Fatal(err)
	}
	if again.Refresh != tok.Refresh || again.Access == tok.Access {
		t.Error("got another refresh token, want the stored one kept")
	}
	calls := s.Calls()
	if len(calls) != 2 || calls[0].Form.Get("code") != "4/0A-code" || calls[0].Form.Get("code_verifier") != "v-1" ||
		calls[0].Auth != "" ||
		calls[1].Form.Get("client_secret") == "" {
		t.Errorf("got %d calls, want one each with the credentials in the form", len(calls)) // O6
	}
}

// T12: lifetimes of every kind are read, none breaks the answer.
func TestLifetimes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]time.Duration{
		`3599`: 3599 * time.Second, `"3599"`: 3599 * time.Second, `0`: 0, `-1`: 0, `1e30`: 0, `null`: 0, `"soon"`: 0, `{}`: 0,
	} {
		s := platformtest.Serve(
			t,
			Maker,
			always(platformtest.Answer{Body: `{"access_token":"ya29.1","token_type":"Bearer","expires_in":` + in + `}`}),
		)
		tok, err := s.Platform.Refresh(t.Context(), platformtest.Token())
		if err != nil {
			t.Errorf("%s: got %v, want a token", in, err)
			continue
		}
		if want == 0 && !tok.ExpiresAt.IsZero() || want != 0 && tok.ExpiresAt.Sub(tok.IssuedAt) != want {
			t.Errorf("%s: got an end at %s, want %s", in, tok.ExpiresAt, want)
		}
	}
}

// T13: who is to blame for a refused token call.
func TestTokenErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name              string
		answer            platformtest.Answer
		exchange, refresh fault.Code
		appWide           bool
	}{
		{"unknown grant", platformtest.Answer{Status: 400, File: "error_token_invalid_grant_refresh.json"}, fault.AuthFailed, fault.AuthRevoked, false},
		{"revoked grant", platformtest.Answer{Status: 400, File: "error_token_invalid_grant_revoked.json"}, fault.AuthFailed, fault.AuthRevoked, false},
		{"wrong client", platformtest.Answer{Status: 401, Body: `{"error":"invalid_client"}`}, fault.AppRefused, fault.AppRefused, true},
		{"wrong redirect", platformtest.Answer{Status: 400, Body: `{"error":"redirect_uri_mismatch"}`}, fault.AppRefused, fault.AppRefused, true},
		{"workspace says no", platformtest.Answer{Status: 400, Body: `{"error":"admin_policy_enforced"}`}, fault.AuthRevoked, fault.AuthRevoked, false},
		{"page", platformtest.Answer{Status: 400, Body: `<html>`}, fault.BadResponse, fault.BadResponse, false},
		{"outage", platformtest.Answer{Status: 503, Body: `<html>`}, fault.PlatformError, fault.PlatformError, false},
		{"limit", platformtest.Answer{Status: 429}, fault.RateLimit, fault.RateLimit, true},
		{"empty", platformtest.Answer{}, fault.BadResponse, fault.BadResponse, false},
		{"no token", platformtest.Answer{Body: `{"expires_in":5}`}, fault.BadResponse, fault.BadResponse, false},
		{"secret in the description", platformtest.Answer{Status: 400, Body: `{"error":"x","error_description":"` + platformtest.Canary + `-refresh"}`}, fault.PlatformError, fault.PlatformError, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, always(tc.answer))
			_, err := s.Platform.Exchange(t.Context(), platform.Exchange{Code: platformtest.Canary + "-code"})
			if e := platformtest.WantCode(t, err, tc.exchange); e.AppWide != tc.appWide {
				t.Errorf("got %+v, want app-wide %t", e, tc.appWide)
			}
			_, err = s.Platform.Refresh(t.Context(), platformtest.Token())
			platformtest.WantCode(t, err, tc.refresh)
			if len(s.Calls()) != 2 {
				t.Errorf("got %d calls, want one each", len(s.Calls()))
			}
		})
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		answer platformtest.Answer
		code   fault.Code
	}{
		{"done", platformtest.Answer{}, ""},
		{"already dead", platformtest.Answer{Status: 400, Body: `{"error":"invalid_token"}`}, ""},
		{"outage", platformtest.Answer{Status: 503}, fault.PlatformError},
	} {
		s := platformtest.Serve(t, Maker, always(tc.answer))
		err := s.Platform.Revoke(t.Context(), platformtest.Token())
		if tc.code != "" {
			platformtest.WantCode(t, err, tc.code)
		} else if err != nil {
			t.Errorf("%s: got %v, want no error", tc.name, err)
		}
		if c := s.Calls(); len(c) != 1 || c[0].Form.Get("token") != platformtest.Canary+"-refresh" {
			t.Errorf("%s: got %d calls, want one with the refresh token", tc.name, len(c))
		}
	}
}

// fuzz is the body of FuzzDecode.
func fuzz(t *testing.T, body []byte) {
	a := &adapter{now: func() time.Time { return platformtest.Noon }}
	r := &outbound.Response{Status: http.StatusOK, Body: body, Header: http.Header{}}
	var videos videoList
	if err := a.decode(platform.StepPosts, r, &videos); err != nil && err.Code == "" {
		t.Errorf("got %v, want a code", err)
	}
	for _, v := range videos.Items {
		p := v.post(map[string]bool{})
		for _, n := range []*int64{p.Views, p.Likes, p.Comments, p.DurationSeconds} {
			if n != nil && *n < 0 {
				t.Errorf("got %d, want no negative count", *n)
			}
		}
	}
	var channels channelList
	if json.Unmarshal(body, &channels) == nil {
		for _, c := range channels.Items {
			c.profile()
		}
	}
	var items itemList
	if json.Unmarshal(body, &items) == nil {
		for _, i := range items.Items {
			i.video()
		}
	}
	withoutLifetime(body)
	if e := a.tokenError(platform.StepToken, r, ""); e.Code == "" {
		t.Errorf("got %v, want a code", e)
	}
}
