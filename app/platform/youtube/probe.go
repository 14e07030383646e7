package youtube

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
)

// Probe implements platform.Prober. Where Google sends a browser without a sign-in tells whether client
// id and redirect URI are registered (observed 2026-08 and 2026-10, documented nowhere, so anything
// unknown is "could not tell"); what it says to an invented code tells of the secret.
func (a *adapter) Probe(ctx context.Context, redirectURI string) []platform.Probe {
	idProbe := platform.Probe{
		What:   "client id",
		Found:  platform.FindingUnknown,
		Detail: "Google sent an unexpected response. Connect an account to test it.",
	}
	uri := platform.Probe{
		What:   "redirect URI",
		Found:  platform.FindingUnknown,
		Detail: "It can only be tested by connecting an account.",
	}
	where := a.AuthorizeURL(platform.AuthRequest{RedirectURI: redirectURI, State: "probe"})
	address, query, _ := strings.Cut(where, "?")
	q, _ := url.ParseQuery(query)
	r, err := a.http.Do(
		ctx,
		outbound.Request{
			Platform:   id,
			Endpoint:   "/authorize",
			Bucket:     outbound.Free,
			Once:       true,
			Method:     http.MethodGet,
			URL:        address,
			Query:      q,
			Unfollowed: true,
		},
	)
	if err == nil {
		switch registered(r.Header.Get("Location")) {
		case "":
			idProbe.Found, idProbe.Detail = platform.FindingOK, "Google knows the client id."
			uri.Found, uri.Detail = platform.FindingOK, "Google knows the redirect URI."
		case "redirect_uri_mismatch":
			idProbe.Found, idProbe.Detail = platform.FindingOK, "Google knows the client id."
			uri.Found, uri.Detail = platform.FindingWrong,
				"The redirect URI is not registered: add it to the OAuth client, character by character."
		case "invalid_request":
			uri.Found, uri.Detail = platform.FindingWrong,
				"Google does not take such a redirect URI: https, no address of numbers, no fragment."
		case "invalid_client", "deleted_client":
			idProbe.Found, idProbe.Detail = platform.FindingWrong, "Google does not know the client id."
		default:
			if a.s.Moved["AUTHORIZE_URL"] && r.Status == http.StatusOK { // a stand-in shows its page at once
				uri.Found = platform.FindingManual
			}
		}
	}
	secret := a.probeSecret(ctx, redirectURI)
	if secret.Found == platform.FindingOK && idProbe.Found == platform.FindingUnknown { // they are accepted together
		idProbe.Found, idProbe.Detail = secret.Found, secret.Detail
	}
	return []platform.Probe{idProbe, uri, secret}
}

// registered reads where Google sends a browser: "" to the sign-in, else the name of what is wrong;
// "?" when it cannot be told.
func registered(location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return "?"
	}
	switch u.Path {
	case "/v3/signin/identifier":
		return ""
	case "/signin/oauth/error", "/signin/oauth/error/v2":
		b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(u.Query().Get("authError"), "="))
		if err != nil || len(b) < 2 || b[0] != 0x0a || len(b) < 2+int(b[1]) {
			return "?"
		}
		return string(b[2 : 2+int(b[1])])
	default:
		return "?"
	}
}

func (a *adapter) probeSecret(ctx context.Context, redirectURI string) platform.Probe {
	p := platform.Probe{
		What:   "client secret",
		Found:  platform.FindingUnknown,
		Detail: "Google did not answer; try again later.",
	}
	_, err := a.Exchange(ctx, platform.Exchange{Code: "4/0probe", RedirectURI: redirectURI})
	e, ok := platform.AsError(err)
	switch {
	case !ok || e.Status == 0:
	case e.Code == fault.AppRefused && e.Native == "redirect_uri_mismatch":
		p.Found, p.Detail = platform.FindingOK, "Google accepts the client id and secret."
	case e.Code == fault.AppRefused:
		p.Found, p.Detail = platform.FindingWrong, "Google refuses the client id or secret."
	case e.Native == "invalid_grant":
		p.Found, p.Detail = platform.FindingOK, "Google accepts the client id and secret."
	default:
		p.Detail = "Google sent an unexpected response. Connect an account to test it."
	}
	return p
}
