package tiktok

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
)

// AuthorizeURL implements platform.Platform. It is built by hand: TikTok's client_key and comma are
// not what the OAuth library writes.
func (a *adapter) AuthorizeURL(r platform.AuthRequest) string {
	q := url.Values{
		"client_key": {a.s.ClientID}, "response_type": {"code"}, "scope": {strings.Join(spec.ScopeNames(), ",")},
		"redirect_uri": {r.RedirectURI}, "state": {r.State},
	}
	if r.Reconnect {
		q.Set("disable_auto_auth", "1") // else a browser that agreed before is sent back without being asked
	}
	if r.Challenge != "" {
		q.Set("code_challenge", r.Challenge)
		q.Set("code_challenge_method", "S256")
	}
	sep := "?"
	if strings.Contains(a.s.URLs["AUTHORIZE_URL"], "?") {
		sep = "&"
	}
	return a.s.URLs["AUTHORIZE_URL"] + sep + q.Encode()
}

// tokenAnswer is the token endpoint's answer, good or bad: both come with status 200 at times. Its
// error is a string, and an object when a gateway answers in the API's manner.
type tokenAnswer struct {
	Access           platform.Text     `json:"access_token"`
	Refresh          platform.Text     `json:"refresh_token"`
	ExpiresIn        platform.Lifetime `json:"expires_in"`
	RefreshExpiresIn platform.Lifetime `json:"refresh_expires_in"`
	OpenID           platform.Text     `json:"open_id"`
	Scope            platform.Text     `json:"scope"`
	Error            json.RawMessage   `json:"error"`
	LogID            platform.Text     `json:"log_id"`
}

// failure is the error's name and log id; empty names are none.
func (t tokenAnswer) failure() (name, logID string) {
	var text platform.Text
	_ = json.Unmarshal(t.Error, &text)
	var object apiError
	if text == "" && json.Unmarshal(t.Error, &object) == nil && !object.ok() {
		text = object.Code
	}
	if logID = string(t.LogID); logID == "" {
		logID = string(object.LogID)
	}
	return platform.ShortCode(string(text)), platform.ShortCode(logID)
}

// scopes splits the list of what was granted; nil when the answer does not say.
func (t tokenAnswer) scopes() []string {
	return strings.FieldsFunc(string(t.Scope), func(r rune) bool { return r == ',' || r == ' ' })
}

// post makes one form call of the OAuth endpoints, never a second one.
func (a *adapter) post(
	ctx context.Context,
	step platform.Step,
	path string,
	form url.Values,
) (*outbound.Response, tokenAnswer, *platform.Error) {
	form.Set("client_key", a.s.ClientID)
	form.Set("client_secret", a.s.ClientSecret.Reveal())
	r, err := a.http.Do(ctx, outbound.Request{
		Platform: id, Endpoint: path, Bucket: outbound.Free, Once: true,
		Method: http.MethodPost, URL: a.s.URLs["API_URL"] + path, Form: form,
	})
	if err != nil {
		return nil, tokenAnswer{}, platform.Unanswered(id, step, err)
	}
	return r, parse(r.Body), nil
}

// parse reads an answer; one that is no JSON says nothing.
func parse(body []byte) tokenAnswer {
	var answer tokenAnswer
	if json.Unmarshal(body, &answer) != nil {
		return tokenAnswer{}
	}
	return answer
}

// Exchange implements platform.Platform.
func (a *adapter) Exchange(ctx context.Context, x platform.Exchange) (platform.Token, error) {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {x.Code.Reveal()}, "redirect_uri": {x.RedirectURI}}
	if !x.Verifier.Empty() {
		form.Set("code_verifier", x.Verifier.Reveal())
	}
	return a.token(ctx, platform.StepExchange, platform.Token{}, form)
}

// Refresh implements platform.Platform. Each refresh brings a new refresh token and ends the old
// one; its life is counted from the consent and is not extended.
func (a *adapter) Refresh(ctx context.Context, old platform.Token) (platform.Token, error) {
	if old.Refresh.Empty() {
		return platform.Token{}, &platform.Error{
			Platform: id,
			Step:     platform.StepToken,
			Code:     fault.AuthExpired,
			Detail:   "there is no refresh token",
		}
	}
	return a.token(
		ctx,
		platform.StepToken,
		old,
		url.Values{"grant_type": {"refresh_token"}, "refresh_token": {old.Refresh.Reveal()}},
	)
}

func (a *adapter) token(
	ctx context.Context,
	step platform.Step,
	old platform.Token,
	form url.Values,
) (platform.Token, error) {
	start := a.now()
	r, answer, failed := a.post(ctx, step, "/v2/oauth/token/", form)
	if failed != nil {
		return platform.Token{}, failed
	}
	t, failed := a.read(step, old, start, r, answer)
	return t, asError(failed)
}

// read makes a token of an answer; what the answer leaves out stays as it was.
func (a *adapter) read(
	step platform.Step,
	old platform.Token,
	start time.Time,
	r *outbound.Response,
	answer tokenAnswer,
) (platform.Token, *platform.Error) {
	name, _ := answer.failure()
	if r.Status != http.StatusOK || name != "" || answer.Access == "" {
		e := a.tokenError(step, r, answer)
		if e.Code == fault.AuthRevoked && !old.RefreshExpiresAt.IsZero() && !start.Before(old.RefreshExpiresAt) {
			e.Code, e.Detail = fault.AuthExpired, "the grant's time is over"
		}
		return platform.Token{}, e
	}
	t := old
	t.Access, t.IssuedAt, t.ExpiresAt = fault.Secret(answer.Access), start, answer.ExpiresIn.After(start)
	if answer.Refresh != "" {
		t.Refresh = fault.Secret(answer.Refresh)
	}
	if end := answer.RefreshExpiresIn.After(start); !end.IsZero() {
		t.RefreshExpiresAt = end
	}
	if scopes := answer.scopes(); len(scopes) > 0 {
		t.Scopes = scopes
	}
	if answer.OpenID != "" {
		t.Subject = string(answer.OpenID)
	}
	return t, nil
}

// tokenError decides by the error's name: https://developers.tiktok.com/doc/oauth-error-handling
// (seen 2026-11). Nobody is disconnected for what is our configuration or a bad minute of theirs.
func (a *adapter) tokenError(step platform.Step, r *outbound.Response, answer tokenAnswer) *platform.Error {
	name, logID := answer.failure()
	if logID == "" {
		logID = platform.ShortCode(r.Header.Get("X-Tt-Logid"))
	}
	e := &platform.Error{Platform: id, Step: step, Status: r.Status, Native: name, LogID: logID, Code: fault.BadResponse}
	switch {
	case r.Status == http.StatusTooManyRequests, name == "rate_limit_exceeded":
		e.Code = fault.RateLimit
	case r.Status >= 500, name == "server_error", name == "temporarily_unavailable", name == "internal_error":
		e.Code = fault.PlatformError
	case name == "invalid_grant" && step == platform.StepExchange:
		e.Code, e.Detail = fault.AuthFailed, "the code was used, expired or not TikTok's"
	case name == "invalid_grant", name == "access_token_invalid", name == "access_denied":
		e.Code, e.Detail = fault.AuthRevoked, "TikTok ended the grant"
	case name == "invalid_client":
		e.Code, e.AppWide, e.Detail = fault.AppRefused, true, "TikTok refuses the client key or secret"
	case name == "invalid_request" && step == platform.StepExchange:
		// A strange code brings this too, so one creator's attempt must not stop the platform.
		e.Code, e.Detail = fault.AppRefused, "TikTok refuses the redirect URI, the PKCE setting or the code's form"
	case name == "invalid_request",
		name == "invalid_scope",
		name == "unauthorized_client",
		name == "unsupported_grant_type",
		name == "unsupported_response_type":
		e.Code, e.AppWide = fault.AppRefused, true
	case name != "", r.Status >= 400:
		e.Code, e.Unexplained = fault.PlatformError, true
	default:
		e.Detail, e.Sample = "the answer holds no token", platform.Shape(r.Body)
	}
	a.wait(e, r)
	return e
}

// Revoke implements platform.Platform. TikTok takes the access token, which must still live: a dead
// one is refreshed first. A refused one says no more than that the request is malformed
// (documentation, seen 2026-11), so the refresh token tells whether there is a grant left.
func (a *adapter) Revoke(ctx context.Context, t platform.Token) error {
	expired := !t.ExpiresAt.IsZero() && !a.now().Before(t.ExpiresAt)
	if t.Access.Empty() {
		return nil
	}
	if !expired {
		err := a.revoke(ctx, t)
		if e, ok := platform.AsError(err); !ok || e.Native != "invalid_request" {
			return err
		}
	}
	if t.Refresh.Empty() {
		return nil // an access token that opens nothing, and no other
	}
	fresh, err := a.Refresh(ctx, t)
	switch {
	case dead(err):
		return nil
	case err != nil:
		return err
	}
	return a.revoke(ctx, fresh)
}

func (a *adapter) revoke(ctx context.Context, t platform.Token) error {
	r, answer, failed := a.post(ctx, platform.StepRevoke, "/v2/oauth/revoke/", url.Values{"token": {t.Access.Reveal()}})
	if failed == nil {
		failed = a.revoked(r, answer)
	}
	return asError(failed)
}

// revoked reads the answer of a revocation; nil when the grant is no more.
func (a *adapter) revoked(r *outbound.Response, answer tokenAnswer) *platform.Error {
	if name, _ := answer.failure(); name == "" && r.Status == http.StatusOK && (len(r.Body) == 0 || json.Valid(r.Body)) {
		return nil // an empty object, or nothing at all
	}
	if e := a.tokenError(platform.StepRevoke, r, answer); !dead(e) {
		return e
	}
	return nil
}

// dead reports that the grant is no more, which is all a revocation wants.
func dead(err error) bool {
	return fault.Is(err, fault.AuthRevoked) || fault.Is(err, fault.AuthExpired)
}
