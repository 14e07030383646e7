package instagram

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
)

// AuthorizeURL implements platform.Platform. The person is always asked to sign in: otherwise
// whichever account the browser holds would be connected without a word.
func (a *adapter) AuthorizeURL(r platform.AuthRequest) string {
	q := url.Values{
		"client_id": {a.s.ClientID}, "redirect_uri": {r.RedirectURI}, "response_type": {"code"},
		"scope": {strings.Join(spec.ScopeNames(), ",")}, "state": {r.State}, "force_reauth": {"true"},
	}
	sep := "?"
	if strings.Contains(a.s.URLs["AUTHORIZE_URL"], "?") {
		sep = "&"
	}
	return a.s.URLs["AUTHORIZE_URL"] + sep + q.Encode()
}

// tokenAnswer is the answer of all three token calls, flat in life and in a list in the
// documentation. A bad one is flat, too, or has the graph's error object.
type tokenAnswer struct {
	Access      platform.Text     `json:"access_token"`
	UserID      platform.Text     `json:"user_id"` // the app-scoped id, a number above 2^53
	Permissions permissions       `json:"permissions"`
	ExpiresIn   platform.Lifetime `json:"expires_in"`
	Data        []tokenAnswer     `json:"data"`

	Error   *graphError   `json:"error"`
	Type    platform.Text `json:"error_type"`
	Code    platform.Text `json:"code"`
	Message platform.Text `json:"error_message"`
}

func readToken(r *outbound.Response) tokenAnswer {
	var t tokenAnswer
	if json.Unmarshal(r.Body, &t) != nil {
		return tokenAnswer{}
	}
	if t.Access == "" && len(t.Data) > 0 {
		return t.Data[0]
	}
	return t
}

// Exchange implements platform.Platform: the code for a token of an hour, and that at once for one
// of sixty days. If the second step fails the first token is thrown away.
func (a *adapter) Exchange(ctx context.Context, x platform.Exchange) (platform.Token, error) {
	code := strings.TrimSuffix(strings.TrimSuffix(x.Code.Reveal(), "#_"), "%23_") // the address ends so
	r, err := a.http.Do(ctx, outbound.Request{
		Platform: id, Endpoint: "/oauth/access_token", Bucket: outbound.Free, Once: true,
		Method: http.MethodPost, URL: a.s.URLs["TOKEN_URL"], Form: url.Values{
			"client_id": {a.s.ClientID}, "client_secret": {a.s.ClientSecret.Reveal()}, "grant_type": {"authorization_code"},
			"redirect_uri": {x.RedirectURI}, "code": {code},
		},
	})
	if err != nil {
		return platform.Token{}, platform.Unanswered(id, platform.StepExchange, err)
	}
	short := readToken(r)
	if r.Status != http.StatusOK || short.Access == "" {
		return platform.Token{}, a.exchangeError(r, short)
	}
	t := platform.Token{Scopes: short.Permissions, AltSubject: string(short.UserID)}
	return a.lasting(ctx, platform.StepExchange, "/access_token", t, url.Values{
		"grant_type": {
			"ig_exchange_token",
		}, "client_secret": {a.s.ClientSecret.Reveal()}, "access_token": {string(short.Access)},
	})
}

// exchangeError tells apart what the token endpoint's sentences tell apart: it has no codes.
func (a *adapter) exchangeError(r *outbound.Response, t tokenAnswer) *platform.Error {
	e := &platform.Error{Platform: id, Step: platform.StepExchange, Status: r.Status, Code: byStatus(r.Status)}
	message := string(t.Message)
	if t.Error != nil {
		e.Native, e.LogID, message = t.Error.native(), platform.ShortCode(string(t.Error.Trace)), t.Error.Message
		t.Error.classify(e)
	} else if t.Type != "" {
		e.Native = platform.ShortCode(string(t.Type) + "/" + string(t.Code))
	}
	says := func(part string) bool { return strings.Contains(strings.ToLower(message), part) }
	switch {
	case e.Code == fault.RateLimit, r.Status >= 500:
	case says("error validating verification code"), says("redirect_uri"):
		e.Code, e.AppWide, e.Detail = fault.AppRefused, true,
			"the redirect URI is not the registered one, or the app secret is wrong: Instagram says the same of both"
	case says("invalid platform app"),
		says("invalid client"),
		says("client_id"),
		says("client secret"),
		says("validating application"):
		e.Code, e.AppWide, e.Detail = fault.AppRefused, true,
			"Instagram refuses the app id or secret: it must be the Instagram app's own pair"
	case slices.ContainsFunc(switchedOff, says):
		e.Code, e.AppWide, e.Detail = fault.AppRefused, true, "Instagram refuses the app: it is switched off"
	case says("matching code"), says("authorization code"):
		e.Code, e.Detail = fault.AuthFailed, "the code was used, expired or not Instagram's"
	case t.Error == nil && t.Type != "":
		e.Code = fault.AuthFailed
	case t.Error == nil && r.Status == http.StatusOK:
		e.Code, e.Detail = fault.BadResponse, "the answer holds no token"
	}
	a.wait(e, r)
	return e
}

// lasting makes one of the two calls that bring a token of sixty days. They are not versioned.
func (a *adapter) lasting(
	ctx context.Context,
	step platform.Step,
	path string,
	t platform.Token,
	q url.Values,
) (platform.Token, error) {
	start := a.now()
	r, err := a.http.Do(ctx, outbound.Request{
		Platform: id, Endpoint: path, Bucket: outbound.Free, Once: true,
		Method: http.MethodGet, URL: a.s.URLs["GRAPH_URL"] + path, Query: q, Down: isOutage,
	})
	if err != nil {
		return platform.Token{}, platform.Unanswered(id, step, err)
	}
	var shell struct{}
	if failed := a.decode(step, r, &shell); failed != nil {
		if failed.Code == fault.ScopeMissing && step == platform.StepToken { // as with data: it may be the app's own loss
			failed.Unexplained = slices.Contains(t.Scopes, needed(platform.StepProfile))
		}
		return platform.Token{}, failed
	}
	got := readToken(r)
	if got.Access == "" {
		e := badResponse(step, "the answer holds no token")
		e.Status = r.Status
		return platform.Token{}, e
	}
	t.Access, t.IssuedAt, t.ExpiresAt = fault.Secret(got.Access), start, got.ExpiresIn.After(start)
	if got.Permissions != nil {
		t.Scopes = got.Permissions
	}
	return t, nil
}

// Refresh implements platform.Platform: it extends the access token itself, from the age of 24
// hours and never once it has expired. There is no other token to fall back on, so a refused one is
// the end of the grant.
func (a *adapter) Refresh(ctx context.Context, old platform.Token) (platform.Token, error) {
	if old.Access.Empty() {
		return platform.Token{}, &platform.Error{
			Platform: id,
			Step:     platform.StepToken,
			Code:     fault.AuthExpired,
			Detail:   "there is no token",
		}
	}
	t, err := a.lasting(ctx, platform.StepToken, "/refresh_access_token", old, url.Values{
		"grant_type": {"ig_refresh_token"}, "access_token": {old.Access.Reveal()},
	})
	if e, ok := platform.AsError(err); ok && e.Code == fault.AuthFailed && !e.Blocked {
		e.Code = fault.AuthRevoked
		if !old.ExpiresAt.IsZero() && !a.now().Before(old.ExpiresAt) {
			e.Code, e.Detail = fault.AuthExpired, "the token's time is over"
		}
		if e.Detail == "" {
			e.Detail = "Instagram ended the grant"
		}
	}
	return t, err
}
