package youtubefake

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/truecount/truecount/app/sandbox"
)

// accessLife is what recorded answers say.
const accessLife = 3599 * time.Second

// tokenError is the token endpoint's error: a string, not an object.
func tokenError(rw http.ResponseWriter, status int, code, description string) {
	e := object{"error": code}
	if description != "" {
		e["error_description"] = description
	}
	answer(rw, status, e)
}

func (f *fake) token(rw http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		tokenError(rw, http.StatusBadRequest, "invalid_request", "Bad Request")
		return
	}
	p := r.PostForm
	cid, secret := p.Get("client_id"), p.Get("client_secret")
	if user, pass, ok := r.BasicAuth(); ok {
		cid, secret = user, pass
	}
	switch p.Get("grant_type") {
	case "authorization_code":
		g, err := f.w.Redeem(id, sandbox.Redemption{
			ClientID: cid, ClientSecret: secret, Code: p.Get("code"), RedirectURI: p.Get("redirect_uri"),
			Verifier: p.Get("code_verifier"),
		})
		if err != nil {
			refuseCode(rw, err, p.Get("code_verifier"))
			return
		}
		f.grant(rw, g, offline(g))
	case "refresh_token":
		err := f.w.CheckClient(id, cid, secret)
		var g sandbox.Grant
		if err == nil {
			g, err = f.w.RefreshGrant(id, p.Get("refresh_token"))
		}
		if err != nil {
			refuseCode(rw, err, "")
			return
		}
		f.grant(rw, g, false)
	case "":
		tokenError(rw, http.StatusBadRequest, "invalid_request", "Required parameter is missing: grant_type")
	default:
		tokenError(rw, http.StatusBadRequest, "unsupported_grant_type", "Invalid grant_type: "+p.Get("grant_type"))
	}
}

// offline tells whether a consent brings a refresh token: only when it was asked for, and again
// only when consent was asked for again.
func offline(g sandbox.Grant) bool {
	asked := strings.Contains(" "+g.Asked.Get("prompt")+" ", " consent ")
	return g.Asked.Get("access_type") == "offline" && (asked || !g.Again)
}

func (f *fake) grant(rw http.ResponseWriter, g sandbox.Grant, withRefresh bool) {
	access, err := f.w.Access(g, accessLife)
	out := object{
		"access_token": access, "expires_in": int(accessLife.Seconds()), "scope": strings.Join(g.Scopes, " "),
		"token_type": "Bearer",
	}
	if err == nil && withRefresh {
		out["refresh_token"], err = f.w.Refresher(g, 0)
	}
	if err != nil {
		tokenError(rw, http.StatusInternalServerError, "internal_failure", "")
		return
	}
	rw.Header().Set("Pragma", "no-cache")
	answer(rw, http.StatusOK, out)
}

// refuseCode says no the way Google does; the verifier decides between two sentences.
func refuseCode(rw http.ResponseWriter, err error, verifier string) {
	status, code, text := http.StatusBadRequest, "invalid_grant", "Bad Request"
	switch {
	case errors.Is(err, sandbox.ErrClient):
		status, code, text = http.StatusUnauthorized, "invalid_client", "The OAuth client was not found."
	case errors.Is(err, sandbox.ErrSecret):
		status, code, text = http.StatusUnauthorized, "invalid_client", "Unauthorized"
	case errors.Is(err, sandbox.ErrRedirect):
		code = "redirect_uri_mismatch"
	case errors.Is(err, sandbox.ErrCode):
		text = "Malformed auth code."
	case errors.Is(err, sandbox.ErrVerifier) && verifier == "":
		text = "Missing code verifier."
	case errors.Is(err, sandbox.ErrVerifier):
		text = "Invalid code verifier."
	case errors.Is(err, sandbox.ErrTokenRevoked), errors.Is(err, sandbox.ErrTokenExpired):
		text = "Token has been expired or revoked."
	case errors.Is(err, sandbox.ErrCodeSpent), errors.Is(err, sandbox.ErrCodeExpired), errors.Is(err, sandbox.ErrToken):
	default: // the journal could not be written
		status, code, text = http.StatusInternalServerError, "internal_failure", ""
	}
	tokenError(rw, status, code, text)
}

// revoke ends all that the person gave the app; any of its tokens will do.
func (f *fake) revoke(rw http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		tokenError(rw, http.StatusBadRequest, "invalid_request", "Bad Request")
		return
	}
	if err := f.w.RevokeToken(id, r.Form.Get("token")); err != nil {
		tokenError(rw, http.StatusBadRequest, "invalid_token", "Token expired or revoked")
		return
	}
	answer(rw, http.StatusOK, object{})
}
