package tiktok

import (
	"context"
	"net/url"

	"github.com/truecount/truecount/app/platform"
)

// Probe implements platform.Prober: a token for the app itself says whether key and secret are right,
// whether or not the app may have one. The redirect URI shows itself only in a browser.
func (a *adapter) Probe(ctx context.Context, redirectURI string) []platform.Probe {
	out := []platform.Probe{a.probeRedirect(redirectURI)}
	form := url.Values{
		"client_key":    {a.s.ClientID},
		"client_secret": {a.s.ClientSecret.Reveal()},
		"grant_type":    {"client_credentials"},
	}
	_, answer, failed := a.post(ctx, platform.StepToken, "/v2/oauth/token/", form)
	name, _ := answer.failure()
	pair := platform.Probe{
		What:   "client key and secret",
		Found:  platform.FindingUnknown,
		Detail: "TikTok did not answer; try again later.",
	}
	switch {
	case name == "invalid_client" || name == "unauthorized_client":
		pair.Found, pair.Detail = platform.FindingWrong,
			"TikTok refuses the client key or secret: both must be of the same app, sandbox or production, without blanks around them."
	case name == "server_error",
		name == "temporarily_unavailable",
		name == "internal_error",
		name == "rate_limit_exceeded":
	case name == "invalid_request",
		name == "invalid_scope",
		name == "invalid_grant",
		name == "unsupported_grant_type",
		name == "access_denied",
		answer.Access != "":
		pair.Found, pair.Detail = platform.FindingOK, "TikTok accepts the client key and secret."
	case name != "", failed != nil && failed.Status > 0:
		pair.Detail = "TikTok answered something unknown; try again later."
	}
	return append(out, pair)
}

func (a *adapter) probeRedirect(uri string) platform.Probe {
	u, err := url.Parse(uri)
	p := platform.Probe{What: "redirect URI", Found: platform.FindingWrong}
	switch {
	case err != nil || u.Scheme != "https" && !a.s.Moved["AUTHORIZE_URL"]:
		p.Detail = "TikTok takes only https addresses for web apps: set BASE_URL or TIKTOK_REDIRECT_URI to one."
	case u.RawQuery != "" || u.Fragment != "":
		p.Detail = "TikTok takes no redirect URI with a query or a fragment."
	case len(uri) >= 512:
		p.Detail = "TikTok takes no redirect URI of 512 characters or more."
	default:
		p.Found, p.Detail = platform.FindingManual,
			"Only a sign-in shows whether it is registered: paste it into the portal exactly as it stands."
	}
	return p
}
