package instagram

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
)

func TestAuthorizeURL(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, always(platformtest.Answer{}))
	u, err := url.Parse(s.Platform.AuthorizeURL(platform.AuthRequest{RedirectURI: s.Settings.RedirectURI, State: "st&1"}))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if u.Path != "/oauth/authorize" || q.Get("client_id") != "client-1" || q.Get("response_type") != "code" ||
		q.Get("state") != "st&1" ||
		q.Get("redirect_uri") != s.Settings.RedirectURI ||
		q.Get("force_reauth") != "true" ||
		q.Get("scope") != "instagram_business_basic,instagram_business_manage_insights" ||
		q.Has("code_challenge") {
		t.Errorf("got %s, want Instagram's parameters", u)
	}
}

// exchange serves the two steps of an exchange.
func exchange(short, long platformtest.Answer) func(platformtest.Call) platformtest.Answer {
	return func(c platformtest.Call) platformtest.Answer {
		if c.Path == "/oauth/access_token" {
			return short
		}
		return long
	}
}

func TestExchange(t *testing.T) {
	t.Parallel()
	both := "instagram_business_basic,instagram_business_manage_insights"
	for _, tc := range []struct {
		name   string
		short  platformtest.Answer
		alt    string
		scopes string
	}{
		{"flat, id as number", platformtest.Answer{File: "token_exchange_flat.json"}, "27766670700011552", both},
		{"wrapped, id as text", platformtest.Answer{File: "token_exchange_wrapped.json"}, "27766670700011552", both},
		{"an odd id above 2^53", platformtest.Answer{Body: `{"access_token":"IGAA1","user_id":27391460284731957}`}, "27391460284731957", ""},
		{"permissions as a list", platformtest.Answer{Body: `{"access_token":"IGAA1","user_id":1,"permissions":["instagram_business_basic"]}`}, "1", "instagram_business_basic"},
		{"permissions of no kind", platformtest.Answer{Body: `{"access_token":"IGAA1","user_id":1,"permissions":{"a":1}}`}, "1", ""},
		{"permissions empty", platformtest.Answer{Body: `{"access_token":"IGAA1","user_id":"01","permissions":""}`}, "01", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, exchange(tc.short, platformtest.Answer{File: "long_lived_token.json"}))
			got, err := s.Platform.Exchange(t.Context(), platform.Exchange{Code: "AQBx-1#_", RedirectURI: "https://x/cb"})
			if err != nil {
				t.Fatal(err)
			}
			if got.AltSubject != tc.alt || got.Subject != "" || strings.Join(got.Scopes, ",") != tc.scopes ||
				(tc.scopes == "") != (got.Scopes == nil) {
				t.Errorf("got %q with %v, want %s with %s", got.AltSubject, got.Scopes, tc.alt, tc.scopes)
			}
			if got.Access.Reveal() != "IGAA_REDACTED_LONG_LIVED_TOKEN" || !got.Refresh.Empty() ||
				got.ExpiresAt.Sub(got.IssuedAt) != 5110824*time.Second {
				t.Errorf("got a token until %s, want the long one with its own lifetime", got.ExpiresAt)
			}
			calls := s.Calls()
			if len(calls) != 2 {
				t.Fatalf("got %d calls, want 2", len(calls))
			}
			f, q := calls[0].Form, calls[1].Query
			if calls[0].Method != "POST" || f.Get("code") != "AQBx-1" || f.Get("client_id") != "client-1" ||
				f.Get("client_secret") == "" ||
				f.Get("grant_type") != "authorization_code" ||
				f.Get("redirect_uri") != "https://x/cb" {
				t.Errorf("got %v, want the code without its fragment", f)
			}
			if calls[1].Path != "/access_token" || q.Get("grant_type") != "ig_exchange_token" || q.Get("client_secret") == "" ||
				!strings.HasPrefix(q.Get("access_token"), "IGAA") {
				t.Errorf("got %s, want the unversioned second step", calls[1].Path)
			}
		})
	}
}

// O6, O7: one exchange per code, and a reason for each refusal.
func TestExchangeErrors(t *testing.T) {
	t.Parallel()
	flat := platformtest.Answer{File: "token_exchange_flat.json"}
	for _, tc := range []struct {
		name        string
		short, long platformtest.Answer
		want        fault.Code
		appWide     bool
		calls       int
	}{
		{"code used", platformtest.Answer{Status: 400, File: "token_exchange_error_code_used.json"}, platformtest.Answer{}, fault.AuthFailed, false, 1},
		{"code used, in a 200", platformtest.Answer{File: "token_exchange_error_code_used.json"}, platformtest.Answer{}, fault.AuthFailed, false, 1},
		{"nonsense code", platformtest.Answer{Status: 400, File: "token_exchange_error_invalid_code.json"}, platformtest.Answer{}, fault.AuthFailed, false, 1},
		{"redirect or secret", platformtest.Answer{Status: 400, File: "token_exchange_error_redirect_or_secret.json"}, platformtest.Answer{}, fault.AppRefused, true, 1},
		{"redirect or secret, as object", platformtest.Answer{Status: 400, Body: `{"error":{"message":"Error validating verification code. Please make sure your redirect_uri is identical","type":"OAuthException","code":100}}`}, platformtest.Answer{}, fault.AppRefused, true, 1},
		{"wrong app", platformtest.Answer{Status: 400, Body: `{"error_type":"OAuthException","code":400,"error_message":"Invalid platform app"}`}, platformtest.Answer{}, fault.AppRefused, true, 1},
		{"new sentence", platformtest.Answer{Status: 400, Body: `{"error_type":"OAuthException","code":400,"error_message":"No"}`}, platformtest.Answer{}, fault.AuthFailed, false, 1},
		{"limit", platformtest.Answer{Status: 429}, platformtest.Answer{}, fault.RateLimit, false, 1},
		{"outage", platformtest.Answer{Status: 503, Body: "<html>"}, platformtest.Answer{}, fault.PlatformError, false, 1},
		{"page", platformtest.Answer{Body: "<html>"}, platformtest.Answer{}, fault.BadResponse, false, 1},
		{"empty", platformtest.Answer{}, platformtest.Answer{}, fault.BadResponse, false, 1},
		{"no token", platformtest.Answer{Body: `{"data":[]}`}, platformtest.Answer{}, fault.BadResponse, false, 1},
		{"second step: outage", flat, platformtest.Answer{Status: 500, Body: `{"error":{"code":2,"is_transient":true}}`}, fault.PlatformError, false, 2},
		{"second step: no tester", flat, platformtest.Answer{Status: 400, File: "error_100_no_app_access.json"}, fault.AppRefused, false, 2},
		{"second step: wrong secret", flat, platformtest.Answer{Status: 400, Body: `{"error":{"message":"Error validating client secret.","code":100}}`}, fault.AppRefused, true, 2},
		{"second step: no token", flat, platformtest.Answer{Body: `{"expires_in":5}`}, fault.BadResponse, false, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, exchange(tc.short, tc.long))
			got, err := s.Platform.Exchange(
				t.Context(),
				platform.Exchange{Code: platformtest.Canary + "-code", RedirectURI: "https://x/cb"},
			)
			e := platformtest.WantCode(t, err, tc.want)
			if e.AppWide != tc.appWide || e.Step != platform.StepExchange || len(s.Calls()) != tc.calls {
				t.Errorf("got %+v after %d calls, want app-wide %t after %d", e, len(s.Calls()), tc.appWide, tc.calls)
			}
			if !got.Access.Empty() {
				t.Error("got a token, want none: the short one is not good enough")
			}
		})
	}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	old := platformtest.Token()
	old.Refresh, old.Scopes, old.AltSubject = "", []string{basicScope}, "277"
	s := platformtest.Serve(t, Maker, always(platformtest.Answer{File: "refresh_token.json"}))
	got, err := s.Platform.Refresh(t.Context(), old)
	if err != nil {
		t.Fatal(err)
	}
	if c := s.Calls()[0]; c.Path != "/refresh_access_token" || c.Query.Get("grant_type") != "ig_refresh_token" ||
		c.Query.Has("client_secret") {
		t.Errorf("got %s %v, want no secret and no version", c.Path, c.Query)
	}
	if got.Access.Reveal() != "IGAA_REDACTED_REFRESHED_TOKEN" || !got.IssuedAt.Equal(platformtest.Noon) ||
		got.ExpiresAt.Sub(got.IssuedAt) != 5183944*time.Second {
		t.Errorf("got a token of %s to %s, want sixty days from now", got.IssuedAt, got.ExpiresAt)
	}
	if got.AltSubject != "277" || len(got.Scopes) != 1 {
		t.Errorf("got %+v, want what the answer leaves out carried over", got)
	}
}

// T13: only a dead grant is dead.
func TestRefreshErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		answer platformtest.Answer
		want   fault.Code
	}{
		{"session expired", platformtest.Answer{Status: 400, File: "error_190_expired.json"}, fault.AuthRevoked},
		{"expired by its subcode", platformtest.Answer{Status: 400, Body: `{"error":{"code":190,"error_subcode":463}}`}, fault.AuthExpired},
		{"cannot parse", platformtest.Answer{Status: 400, File: "error_190_cannot_parse.json"}, fault.AuthRevoked},
		{"permission gone", platformtest.Answer{Status: 403, File: "error_10_permission.json"}, fault.ScopeMissing},
		{"outage", platformtest.Answer{Status: 503, Body: "<html>"}, fault.PlatformError},
		{"limit", platformtest.Answer{Status: 429}, fault.RateLimit},
		{"unknown refusal", platformtest.Answer{Status: 400, Body: `{"error":{"code":9999}}`}, fault.PlatformError},
		{"empty", platformtest.Answer{}, fault.BadResponse},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, always(tc.answer))
			_, err := s.Platform.Refresh(t.Context(), platformtest.Token())
			if e := platformtest.WantCode(t, err, tc.want); e.Step != platform.StepToken || len(s.Calls()) != 1 {
				t.Errorf("got %+v after %d calls, want the token step and one call", e, len(s.Calls()))
			}
		})
	}
	// J14: our clock may be wrong: the platform is asked, and its word counts.
	for _, tc := range []struct {
		name   string
		answer platformtest.Answer
		want   fault.Code
	}{
		{"over by our clock alone", platformtest.Answer{File: "refresh_token.json"}, ""},
		{"over by both", platformtest.Answer{Status: 400, File: "error_190_expired.json"}, fault.AuthExpired},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, always(tc.answer))
			tok := platformtest.Token()
			tok.ExpiresAt = platformtest.Noon
			_, err := s.Platform.Refresh(t.Context(), tok)
			if tc.want != "" {
				platformtest.WantCode(t, err, tc.want)
			} else if err != nil {
				t.Errorf("got %v, want it renewed", err)
			}
			if len(s.Calls()) != 1 {
				t.Errorf("got %d calls, want one", len(s.Calls()))
			}
		})
	}
}
