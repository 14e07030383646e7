package tiktok

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
	r := platform.AuthRequest{RedirectURI: s.Settings.RedirectURI, State: "st&1"}
	u, err := url.Parse(s.Platform.AuthorizeURL(r))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if u.Path != "/v2/auth/authorize/" || q.Get("client_key") != "client-1" || q.Has("client_id") || q.Get("state") != "st&1" ||
		q.Get("redirect_uri") != s.Settings.RedirectURI ||
		q.Get("response_type") != "code" ||
		q.Get("scope") != strings.Join(spec.ScopeNames(), ",") {
		t.Errorf("got %s, want client_key, comma scopes and the state", u)
	}
	if q.Has("code_challenge") || q.Has("disable_auto_auth") {
		t.Errorf("got %s, want neither challenge nor disable_auto_auth", u)
	}
	r.Challenge, r.Reconnect = "abc", true
	u, _ = url.Parse(s.Platform.AuthorizeURL(r))
	if q = u.Query(); q.Get("code_challenge") != "abc" || q.Get("code_challenge_method") != "S256" ||
		q.Get("disable_auto_auth") != "1" {
		t.Errorf("got %s, want a challenge and the consent page in any case", u)
	}
}

func TestExchange(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		file    string
		life    time.Duration
		refresh time.Duration
		scopes  string
	}{
		{"token-exchange.json", 24 * time.Hour, 365 * 24 * time.Hour, "user.info.basic,user.info.profile,user.info.stats,video.list"},
		{"token-exchange-2h.json", 2 * time.Hour, 180 * 24 * time.Hour, "user.info.basic,user.info.profile,user.info.stats,video.list"},
		{"token-exchange-partial-scope.json", 2 * time.Hour, 180 * 24 * time.Hour, "user.info.basic,video.list"},
	} {
		t.Run(tc.file, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, always(platformtest.Answer{File: tc.file}))
			code := "abc*0!6410.va"
			got, err := s.Platform.Exchange(
				t.Context(),
				platform.Exchange{Code: fault.Secret(code), RedirectURI: "https://x/cb", Verifier: "v"},
			)
			if err != nil {
				t.Fatal(err)
			}
			c := s.Calls()[0]
			if c.Path != "/v2/oauth/token/" || c.Form.Get("client_key") != "client-1" || c.Form.Get("client_secret") == "" || c.Form.Get("code") != code ||
				c.Form.Get("grant_type") != "authorization_code" || c.Form.Get("redirect_uri") != "https://x/cb" ||
				c.Form.Get("code_verifier") != "v" ||
				c.Form.Has("client_id") {
				t.Errorf("got %s %v, want TikTok's own form", c.Path, c.Form)
			}
			if !got.IssuedAt.Equal(platformtest.Noon) || got.ExpiresAt.Sub(got.IssuedAt) != tc.life ||
				got.RefreshExpiresAt.Sub(got.IssuedAt) != tc.refresh {
				t.Errorf("got %s to %s and %s, want the lifetimes of the answer", got.IssuedAt, got.ExpiresAt, got.RefreshExpiresAt)
			}
			if strings.Join(got.Scopes, ",") != tc.scopes || got.Subject != "7f2c1d90-3b4a-4c55-9e21-0a6b5c4d3e2f" ||
				!strings.HasPrefix(got.Refresh.Reveal(), "rft.") {
				t.Errorf("got %v of %s, want %s", got.Scopes, got.Subject, tc.scopes)
			}
		})
	}
}

// T12, and the rule that an empty refresh token never overwrites a good one.
func TestRefresh(t *testing.T) {
	t.Parallel()
	old := platformtest.Token()
	old.Scopes, old.Subject, old.RefreshExpiresAt = []string{basicScope}, "open-1", platformtest.Noon.Add(90*24*time.Hour)
	for _, tc := range []struct {
		name    string
		answer  platformtest.Answer
		refresh string
		end     time.Duration // of the refresh token, from Noon
		life    time.Duration // 0: unknown
		scopes  string
	}{
		{"rotated", platformtest.Answer{File: "token-refresh-rotated.json"}, "rft.FIXTURErefresh0002aaaaaaaaaaaaaaaaaaaaaaa!4613.va", 31535980 * time.Second, 24 * time.Hour, "user.info.basic,user.info.profile,user.info.stats,video.list"},
		{"rotated, 2 h", platformtest.Answer{File: "token-refresh-rotated-2h.json"}, "rft.FIXTURErefresh0102bbbbbbbbbbbbbbbbbbbbbbb!5204.u1", 15465600 * time.Second, 2 * time.Hour, "user.info.basic,user.info.profile,user.info.stats,video.list"},
		{"empty refresh token", platformtest.Answer{Body: `{"access_token":"act.2","expires_in":7200,"refresh_token":""}`}, platformtest.Canary + "-refresh", 90 * 24 * time.Hour, 2 * time.Hour, basicScope},
		{"nothing but a token", platformtest.Answer{Body: `{"access_token":"act.2"}`}, platformtest.Canary + "-refresh", 90 * 24 * time.Hour, 0, basicScope},
		{"nonsense lifetimes", platformtest.Answer{Body: `{"access_token":"act.2","expires_in":-5,"refresh_expires_in":99999999999}`}, platformtest.Canary + "-refresh", 90 * 24 * time.Hour, 0, basicScope},
		{"lifetimes in strings", platformtest.Answer{Body: `{"access_token":"act.2","expires_in":"7200","refresh_expires_in":"86400"}`}, platformtest.Canary + "-refresh", 24 * time.Hour, 2 * time.Hour, basicScope},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, always(tc.answer))
			got, err := s.Platform.Refresh(t.Context(), old)
			if err != nil {
				t.Fatal(err)
			}
			if c := s.Calls()[0]; c.Form.Get("grant_type") != "refresh_token" ||
				c.Form.Get("refresh_token") != platformtest.Canary+"-refresh" ||
				c.Form.Get("client_key") != "client-1" {
				t.Errorf("got %v, want the refresh token and the client key", c.Form)
			}
			if got.Refresh.Reveal() != tc.refresh || got.RefreshExpiresAt.Sub(platformtest.Noon) != tc.end {
				t.Errorf("got a refresh token until %s, want %s after noon", got.RefreshExpiresAt, tc.end)
			}
			if tc.life == 0 && !got.ExpiresAt.IsZero() || tc.life != 0 && got.ExpiresAt.Sub(platformtest.Noon) != tc.life {
				t.Errorf("got an end at %s, want %s after noon", got.ExpiresAt, tc.life)
			}
			if strings.Join(got.Scopes, ",") != tc.scopes || got.Subject == "" {
				t.Errorf("got %v of %q, want %s", got.Scopes, got.Subject, tc.scopes)
			}
		})
	}
}

// T13, O7: who is to blame for a refused token call. Statuses of these are not documented, so each
// is tried as a 200 too.
func TestTokenErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		status   int
		file     string
		body     string
		exchange fault.Code
		refresh  fault.Code
		appWide  bool // at the refresh
		native   string
	}{
		{"dead refresh token", 400, "token-error-invalid-grant.json", "", fault.AuthFailed, fault.AuthRevoked, false, "invalid_grant"},
		{"dead code", 400, "token-error-code-expired.json", "", fault.AuthFailed, fault.AuthRevoked, false, "invalid_grant"},
		{"wrong client in a 200", 200, "token-error-invalid-client.json", "", fault.AppRefused, fault.AppRefused, true, "invalid_client"},
		{"wrong redirect", 400, "token-error-redirect-mismatch.json", "", fault.AppRefused, fault.AppRefused, true, "invalid_request"},
		{"wrong verifier", 400, "token-error-verifier.json", "", fault.AppRefused, fault.AppRefused, true, "invalid_request"},
		{"out of order", 503, "token-error-temporarily-unavailable.json", "", fault.PlatformError, fault.PlatformError, false, "temporarily_unavailable"},
		{"out of order in a 200", 200, "token-error-temporarily-unavailable.json", "", fault.PlatformError, fault.PlatformError, false, "temporarily_unavailable"},
		{"server error", 400, "", `{"error":"server_error"}`, fault.PlatformError, fault.PlatformError, false, "server_error"},
		{"scope the app lacks", 400, "", `{"error":"invalid_scope"}`, fault.AppRefused, fault.AppRefused, true, "invalid_scope"},
		{"app not live", 400, "", `{"error":"unauthorized_client"}`, fault.AppRefused, fault.AppRefused, true, "unauthorized_client"},
		{"grant type we do not use", 400, "", `{"error":"unsupported_grant_type"}`, fault.AppRefused, fault.AppRefused, true, "unsupported_grant_type"},
		{"response type we do not use", 400, "", `{"error":"unsupported_response_type"}`, fault.AppRefused, fault.AppRefused, true, "unsupported_response_type"},
		{"malformed", 400, "client-credentials-missing-secret.json", "", fault.AppRefused, fault.AppRefused, true, "invalid_request"},
		{"account not eligible", 400, "", `{"error":"access_denied"}`, fault.AuthRevoked, fault.AuthRevoked, false, "access_denied"},
		{"dead in a 200", 200, "token-error-invalid-grant.json", "", fault.AuthFailed, fault.AuthRevoked, false, "invalid_grant"},
		{"dead with the status of a client", 401, "token-error-invalid-grant.json", "", fault.AuthFailed, fault.AuthRevoked, false, "invalid_grant"},
		{"a good token beside an error", 200, "", `{"access_token":"act.1","expires_in":7200,"error":"server_error"}`, fault.PlatformError, fault.PlatformError, false, "server_error"},
		{"too many", 429, "", `{}`, fault.RateLimit, fault.RateLimit, true, ""},
		{"error object", 200, "", `{"error":{"code":"rate_limit_exceeded","log_id":"L"}}`, fault.RateLimit, fault.RateLimit, true, "rate_limit_exceeded"},
		{"new error", 400, "", `{"error":"moon_phase"}`, fault.PlatformError, fault.PlatformError, false, "moon_phase"},
		{"gateway page", 502, "", `<html>bad gateway</html>`, fault.PlatformError, fault.PlatformError, false, ""},
		{"page in a 200", 200, "", `<html>hello</html>`, fault.BadResponse, fault.BadResponse, false, ""},
		{"empty", 200, "", ``, fault.BadResponse, fault.BadResponse, false, ""},
		{"token of the wrong kind", 200, "", `{"access_token":{}}`, fault.BadResponse, fault.BadResponse, false, ""},
		{"cut", 200, "", `{"access_token":"act.`, fault.BadResponse, fault.BadResponse, false, ""},
		{"wrong path", 404, "unsupported-path.txt", "", fault.PlatformError, fault.PlatformError, false, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, always(platformtest.Answer{Status: tc.status, File: tc.file, Body: tc.body}))
			_, err := s.Platform.Exchange(
				t.Context(),
				platform.Exchange{Code: platformtest.Canary + "-code", RedirectURI: "https://x/cb"},
			)
			e := platformtest.WantCode(t, err, tc.exchange)
			if e.Step != platform.StepExchange || e.Native != tc.native {
				t.Errorf("got %+v, want native %q of the exchange", e, tc.native)
			}
			_, err = s.Platform.Refresh(t.Context(), platformtest.Token())
			e = platformtest.WantCode(t, err, tc.refresh)
			if e.Step != platform.StepToken || e.AppWide != tc.appWide {
				t.Errorf("got %+v, want app-wide %t", e, tc.appWide)
			}
			if e.Code == fault.RateLimit && e.RetryAfter != time.Minute {
				t.Errorf("got a wait of %s, want a minute", e.RetryAfter)
			}
			if strings.HasPrefix(tc.file, "token-error") && e.LogID == "" {
				t.Errorf("got %+v, want the log id kept", e)
			}
			if (e.Code == fault.BadResponse) != (e.Sample != "") {
				t.Errorf("got sample %q of %s, want the shape of what could not be read", e.Sample, e.Code)
			}
			if len(s.Calls()) != 2 {
				t.Errorf("got %d calls, want one for each", len(s.Calls())) // O6
			}
		})
	}
}

func TestRefreshThatCannotBe(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, always(platformtest.Answer{Status: 400, File: "token-error-invalid-grant.json"}))
	tok := platformtest.Token()
	tok.Refresh = ""
	_, err := s.Platform.Refresh(t.Context(), tok)
	platformtest.WantCode(t, err, fault.AuthExpired)
	if len(s.Calls()) != 0 {
		t.Errorf("got %d calls, want none", len(s.Calls()))
	}
	tok = platformtest.Token()
	tok.RefreshExpiresAt = platformtest.Noon.Add(-time.Hour)
	_, err = s.Platform.Refresh(t.Context(), tok)
	platformtest.WantCode(t, err, fault.AuthExpired)
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	expired := platformtest.Token()
	expired.ExpiresAt = platformtest.Noon
	for _, tc := range []struct {
		name    string
		token   platform.Token
		refresh platformtest.Answer
		revoke  platformtest.Answer
		code    fault.Code
		calls   int
	}{
		{"done", platformtest.Token(), platformtest.Answer{}, platformtest.Answer{File: "revoke-ok.json"}, "", 1},
		{"done without a word", platformtest.Token(), platformtest.Answer{}, platformtest.Answer{}, "", 1},
		{"already dead", platformtest.Token(), platformtest.Answer{}, platformtest.Answer{Status: 400, File: "token-error-invalid-grant.json"}, "", 1},
		{"refused, and the grant is dead", platformtest.Token(), platformtest.Answer{Status: 400, File: "token-error-invalid-grant.json"}, platformtest.Answer{Status: 400, File: "revoke-error.json"}, "", 2},
		{"refused, and the grant lives", platformtest.Token(), platformtest.Answer{File: "token-refresh-rotated.json"}, platformtest.Answer{Status: 400, File: "revoke-error.json"}, fault.AppRefused, 3},
		{"a page", platformtest.Token(), platformtest.Answer{}, platformtest.Answer{Body: "<html>"}, fault.BadResponse, 1},
		{"expired token is refreshed first", expired, platformtest.Answer{File: "token-refresh-rotated.json"}, platformtest.Answer{File: "revoke-ok.json"}, "", 2},
		{"expired and dead", expired, platformtest.Answer{Status: 400, File: "token-error-invalid-grant.json"}, platformtest.Answer{}, "", 1},
		{"expired and no answer", expired, platformtest.Answer{Status: 503}, platformtest.Answer{}, fault.PlatformError, 1},
		{"no token", platform.Token{}, platformtest.Answer{}, platformtest.Answer{}, "", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, func(c platformtest.Call) platformtest.Answer {
				if c.Path == "/v2/oauth/token/" {
					return tc.refresh
				}
				return tc.revoke
			})
			err := s.Platform.Revoke(t.Context(), tc.token)
			if tc.code != "" {
				platformtest.WantCode(t, err, tc.code)
			} else if err != nil {
				t.Errorf("got %v, want no error", err)
			}
			calls := s.Calls()
			if len(calls) != tc.calls {
				t.Fatalf("got %d calls, want %d", len(calls), tc.calls)
			}
			access := map[bool]string{
				false: tc.token.Access.Reveal(),
				true:  "act.FIXTUREaccess0002aaaaaaaaaaaaaaaaaaaaaaaa!4609.va",
			}
			refreshed := false
			for _, c := range calls {
				f := c.Form
				if c.Path != "/v2/oauth/revoke/" {
					refreshed = true
				} else if f.Get("token") != access[refreshed] || f.Has("access_token") || f.Get("client_key") != "client-1" || f.Get("client_secret") == "" {
					t.Errorf("got %v, want the access token as it stands and the credentials", f)
				}
			}
		})
	}
}
