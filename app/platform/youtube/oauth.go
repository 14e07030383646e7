package youtube

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
)

func (a *adapter) config(redirect string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: a.s.ClientID, ClientSecret: a.s.ClientSecret.Reveal(), RedirectURL: redirect, Scopes: spec.ScopeNames(),
		// Detecting the style would send a single-use code twice.
		Endpoint: oauth2.Endpoint{
			AuthURL:   a.s.URLs["AUTHORIZE_URL"],
			TokenURL:  a.s.URLs["TOKEN_URL"],
			AuthStyle: oauth2.AuthStyleInParams,
		},
	}
}

// AuthorizeURL implements platform.Platform. Consent is always asked for: without it Google gives
// no refresh token to someone who agreed before.
func (a *adapter) AuthorizeURL(r platform.AuthRequest) string {
	prompt := "consent"
	if r.Reconnect {
		prompt = "select_account consent"
	}
	opts := []oauth2.AuthCodeOption{oauth2.AccessTypeOffline, oauth2.SetAuthURLParam("prompt", prompt)}
	if r.Challenge != "" {
		opts = append(
			opts,
			oauth2.SetAuthURLParam("code_challenge", r.Challenge),
			oauth2.SetAuthURLParam("code_challenge_method", "S256"),
		)
	}
	return a.config(r.RedirectURI).AuthCodeURL(r.State, opts...)
}

// Exchange implements platform.Platform.
func (a *adapter) Exchange(ctx context.Context, x platform.Exchange) (platform.Token, error) {
	var opts []oauth2.AuthCodeOption
	if !x.Verifier.Empty() {
		opts = append(opts, oauth2.VerifierOption(x.Verifier.Reveal()))
	}
	return a.token(ctx, platform.StepExchange, platform.Token{}, func(ctx context.Context) (*oauth2.Token, error) {
		return a.config(x.RedirectURI).Exchange(ctx, x.Code.Reveal(), opts...)
	})
}

// Refresh implements platform.Platform. Google does not rotate: the refresh token stays unless the
// answer brings another.
func (a *adapter) Refresh(ctx context.Context, old platform.Token) (platform.Token, error) {
	if old.Refresh.Empty() {
		return platform.Token{}, &platform.Error{
			Platform: id,
			Step:     platform.StepToken,
			Code:     fault.AuthExpired,
			Detail:   "there is no refresh token",
		}
	}
	return a.token(ctx, platform.StepToken, old, func(ctx context.Context) (*oauth2.Token, error) {
		return a.config("").TokenSource(ctx, &oauth2.Token{RefreshToken: old.Refresh.Reveal()}).Token()
	})
}

// tokenAnswer is what the token endpoint says beside the tokens. Its error is a string.
type tokenAnswer struct {
	ExpiresIn        platform.Lifetime `json:"expires_in"`
	RefreshExpiresIn platform.Lifetime `json:"refresh_token_expires_in"`
	Scope            platform.Text     `json:"scope"`
	Error            platform.Text     `json:"error"`
}

// token runs one call of the token endpoint and builds the token, or the error, anew: the
// library's own errors print bodies and addresses.
func (a *adapter) token(
	ctx context.Context,
	step platform.Step,
	old platform.Token,
	call func(context.Context) (*oauth2.Token, error),
) (platform.Token, error) {
	var answer tokenAnswer
	var last *outbound.Response
	base := outbound.Request{Platform: id, Endpoint: "/token", Bucket: outbound.Free, Once: true}
	transport := a.http.Transport(base, func(r *outbound.Response) {
		kept := *r
		last = &kept
		if json.Unmarshal(r.Body, &answer) == nil {
			r.Body = withoutLifetime(r.Body)
			r.Header = r.Header.Clone()
			r.Header.Set("Content-Type", "application/json")
		}
	})
	start := a.now()
	got, err := call(context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: transport}))
	if err != nil {
		if last != nil {
			return platform.Token{}, a.tokenError(step, last, string(answer.Error))
		}
		var o *outbound.Error
		if errors.As(err, &o) {
			return platform.Token{}, platform.Unanswered(id, step, o)
		}
		return platform.Token{}, badResponse(step, "the token call could not be made")
	}
	t := old
	t.Access, t.IssuedAt, t.ExpiresAt = fault.Secret(got.AccessToken), start, answer.ExpiresIn.After(start)
	if got.RefreshToken != "" {
		t.Refresh = fault.Secret(got.RefreshToken)
	}
	if end := answer.RefreshExpiresIn.After(start); !end.IsZero() {
		t.RefreshExpiresAt = end
	}
	if scopes := strings.Fields(string(answer.Scope)); len(scopes) > 0 {
		t.Scopes = scopes
	}
	return t, nil
}

// withoutLifetime takes expires_in out of an answer: we read it ourselves, and the library refuses
// the whole answer over a strange one.
func withoutLifetime(body []byte) []byte {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return body
	}
	delete(fields, "expires_in")
	clean, err := json.Marshal(fields)
	if err != nil {
		return body
	}
	return clean
}

// tokenError decides by the error's name; the description is for people and varies.
func (a *adapter) tokenError(step platform.Step, r *outbound.Response, name string) *platform.Error {
	var shell struct {
		Error *apiError `json:"error"`
	}
	if name == "" && json.Unmarshal(r.Body, &shell) == nil && shell.Error != nil { // as the API says it
		return a.decode(step, r, &shell)
	}
	e := &platform.Error{
		Platform: id,
		Step:     step,
		Status:   r.Status,
		Native:   platform.ShortCode(name),
		Code:     fault.BadResponse,
	}
	switch {
	case name == "invalid_grant" && step == platform.StepExchange:
		e.Code, e.Detail = fault.AuthFailed, "the code was used, expired or not Google's"
	case name == "invalid_grant", name == "access_denied", name == "admin_policy_enforced":
		e.Code, e.Detail = fault.AuthRevoked, "Google ended the grant"
	case name == "invalid_client", name == "deleted_client", name == "disabled_client":
		e.Code, e.AppWide, e.Detail = fault.AppRefused, true, "Google refuses the client id or secret"
	case name == "org_internal":
		e.Code, e.AppWide, e.Detail = fault.AppRefused, true,
			"Google lets only the app's own organization in: its audience is set to internal"
	case name == "redirect_uri_mismatch":
		e.Code, e.AppWide, e.Detail = fault.AppRefused, true, "the redirect URI is not registered"
	case name == "unauthorized_client", name == "invalid_scope", name == "unsupported_grant_type":
		e.Code, e.AppWide = fault.AppRefused, true
	case r.Status == http.StatusTooManyRequests, name == "rate_limit_exceeded":
		e.Code, e.AppWide = fault.RateLimit, true
		if e.RetryAfter = outbound.RetryAfter(r.Header, a.now()); e.RetryAfter == 0 {
			e.RetryAfter = shortWait
		}
	case r.Status >= 500, name == "internal_failure", name == "server_error", name == "temporarily_unavailable":
		e.Code = fault.PlatformError
	case name != "":
		e.Code, e.Unexplained = fault.PlatformError, true
	default:
		e.Detail, e.Unexplained = "the answer holds no token", r.Status >= http.StatusBadRequest
	}
	return e
}

// Revoke implements platform.Platform: it ends every scope and token of the grant. A token that is
// already dead answers 400 invalid_token (observed 2026-10-03), which is what we wanted.
func (a *adapter) Revoke(ctx context.Context, t platform.Token) error {
	token := t.Refresh
	if token.Empty() {
		token = t.Access
	}
	if token.Empty() {
		return nil
	}
	r, err := a.http.Do(ctx, outbound.Request{
		Platform: id, Endpoint: "/revoke", Bucket: outbound.Free, Once: true,
		Method: http.MethodPost, URL: a.s.URLs["REVOKE_URL"], Form: url.Values{"token": {token.Reveal()}},
	})
	if err != nil {
		return platform.Unanswered(id, platform.StepRevoke, err)
	}
	var answer tokenAnswer
	broken := json.Unmarshal(r.Body, &answer)
	// A page with status 200 is some gateway's and ends nothing.
	if (r.Status == http.StatusOK && (broken == nil || len(r.Body) == 0)) || answer.Error == "invalid_token" ||
		answer.Error == "invalid_grant" {
		return nil
	}
	return a.tokenError(platform.StepRevoke, r, string(answer.Error))
}
