package toy

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
)

// AuthorizeURL implements platform.Platform.
func (a *adapter) AuthorizeURL(r platform.AuthRequest) string {
	q := url.Values{
		"client_id": {a.s.ClientID}, "response_type": {"code"}, "scope": {strings.Join(spec.ScopeNames(), " ")},
		"redirect_uri": {r.RedirectURI}, "state": {r.State},
	}
	if r.Challenge != "" {
		q.Set("code_challenge", r.Challenge)
		q.Set("code_challenge_method", "S256")
	}
	return a.s.URLs["AUTHORIZE_URL"] + "?" + q.Encode()
}

// grant is the token endpoint's answer.
type grant struct {
	Access    platform.Text     `json:"access_token"`
	Refresh   platform.Text     `json:"refresh_token"`
	ExpiresIn platform.Lifetime `json:"expires_in"`
	Scope     platform.Text     `json:"scope"`
	Account   platform.Text     `json:"account"`
}

func (g *grant) lacks() string {
	if g.Access == "" {
		return "the answer holds no token"
	}
	return ""
}

// Exchange implements platform.Platform.
func (a *adapter) Exchange(ctx context.Context, x platform.Exchange) (platform.Token, error) {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {x.Code.Reveal()}, "redirect_uri": {x.RedirectURI}}
	if !x.Verifier.Empty() {
		form.Set("code_verifier", x.Verifier.Reveal())
	}
	return a.token(ctx, platform.StepExchange, platform.Token{}, form)
}

// Refresh implements platform.Platform; the refresh token stays.
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
	r, err := a.post(ctx, "/oauth/token", form)
	if err != nil {
		return platform.Token{}, platform.Unanswered(id, step, err)
	}
	var g grant
	if failed := a.read(step, r, &g); failed != nil {
		return platform.Token{}, failed
	}
	t := old
	t.Access, t.IssuedAt, t.ExpiresAt = fault.Secret(g.Access), start, g.ExpiresIn.After(start)
	if g.Refresh != "" {
		t.Refresh = fault.Secret(g.Refresh)
	}
	if scopes := strings.Fields(string(g.Scope)); len(scopes) > 0 {
		t.Scopes = scopes
	}
	if g.Account != "" {
		t.Subject = string(g.Account)
	}
	return t, nil
}

// post makes one form call of the OAuth endpoints, never a second one.
func (a *adapter) post(ctx context.Context, path string, form url.Values) (*outbound.Response, error) {
	form.Set("client_id", a.s.ClientID)
	form.Set("client_secret", a.s.ClientSecret.Reveal())
	return a.http.Do(ctx, outbound.Request{
		Platform: id, Endpoint: path, Bucket: outbound.Free, Once: true, Method: http.MethodPost,
		URL: a.s.URLs["API_URL"] + path, Form: form,
	})
}

// Revoke implements platform.Platform. A token that is dead already is what was wanted.
func (a *adapter) Revoke(ctx context.Context, t platform.Token) error {
	r, err := a.post(ctx, "/oauth/revoke", url.Values{"token": {t.Refresh.Reveal()}})
	if err != nil {
		return platform.Unanswered(id, platform.StepRevoke, err)
	}
	if r.Status == http.StatusOK && (len(r.Body) == 0 || json.Valid(r.Body)) {
		return nil
	}
	var nothing revoked
	failed := a.read(platform.StepRevoke, r, &nothing)
	if failed == nil || failed.Code == fault.AuthRevoked {
		return nil
	}
	return failed
}

type revoked struct{}

func (*revoked) lacks() string { return "" }
