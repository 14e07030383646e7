package instagram

import (
	"context"
	"net/url"
	"strings"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
)

// secretLength is what an Instagram app secret has; a cut one cost others hours.
const secretLength = 32

// Probe implements platform.Prober. Instagram proves neither secret nor redirect URI without a sign-in:
// what can be seen by eye is looked at, unless a stand-in takes its place, and an invented code tells
// whether the app id is Instagram's.
func (a *adapter) Probe(ctx context.Context, redirectURI string) []platform.Probe {
	app := platform.Probe{
		What:   "app id",
		Found:  platform.FindingUnknown,
		Detail: "Instagram did not answer; try again later.",
	}
	secret := platform.Probe{
		What:   "app secret",
		Found:  platform.FindingManual,
		Detail: "The secret can only be tested by connecting an account.",
	}
	uri := platform.Probe{
		What:   "redirect URI",
		Found:  platform.FindingManual,
		Detail: "It can only be tested by connecting an account. Compare it with the dashboard, which may have added a slash.",
	}
	genuine := !a.s.Moved["TOKEN_URL"]
	if genuine && strings.Trim(a.s.ClientID, "0123456789") != "" {
		app.Found, app.Detail = platform.FindingWrong,
			"An Instagram app id is a number: take the Instagram app's, not the Meta app's."
	}
	if genuine && len(a.s.ClientSecret.Reveal()) != secretLength {
		secret.Found, secret.Detail = platform.FindingWrong, "An Instagram app secret has 32 characters; this one has not."
	}
	if u, err := url.Parse(redirectURI); genuine && (err != nil || u.Scheme != "https") {
		uri.Found, uri.Detail = platform.FindingWrong, "Instagram takes only https redirect URIs."
	}
	if app.Found == platform.FindingWrong {
		return []platform.Probe{app, secret, uri}
	}
	r, err := a.http.Do(ctx, outbound.Request{
		Platform: id, Endpoint: "/oauth/access_token", Bucket: outbound.Free, Once: true, Method: "POST",
		URL: a.s.URLs["TOKEN_URL"],
		Form: url.Values{
			"client_id": {a.s.ClientID}, "client_secret": {a.s.ClientSecret.Reveal()}, "grant_type": {"authorization_code"},
			"redirect_uri": {redirectURI}, "code": {"probe"},
		},
	})
	if err != nil {
		return []platform.Probe{app, secret, uri}
	}
	app.Detail = "Instagram answered something unknown; try again later."
	answer := readToken(r)
	switch message := string(answer.Message); {
	case answer.Error != nil && a.exchangeError(r, answer).AppWide && a.exchangeError(r, answer).Code == fault.AppRefused:
		app.Found, app.Detail = platform.FindingWrong,
			"Instagram refuses the app: look in the app dashboard whether it is switched off."
	case strings.Contains(message, "Invalid platform app"):
		app.Found, app.Detail = platform.FindingWrong,
			"Instagram does not know the app id: take the Instagram app's, not the Meta app's."
	case strings.Contains(message, "Invalid authorization code"), strings.Contains(message, "Matching code was not found"):
		app.Found, app.Detail = platform.FindingOK, "Instagram knows the app id."
	case strings.Contains(message, "redirect_uri"):
		app.Found, app.Detail = platform.FindingOK, "Instagram knows the app id."
		secret.Detail = "Instagram says that the redirect URI or the app secret is wrong; it does not say which."
	}
	return []platform.Probe{app, secret, uri}
}
