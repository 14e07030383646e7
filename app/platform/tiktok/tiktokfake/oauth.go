package tiktokfake

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/truecount/truecount/app/sandbox"
)

// The lifetimes of the pages of November 2026. The refresh token's end is absolute: each answer
// tells what is left of it.
const (
	accessLife  = 2 * time.Hour
	refreshLife = 180 * 24 * time.Hour
)

func (f *fake) token(rw http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || len(r.PostForm) == 0 {
		f.oauthError(rw, http.StatusBadRequest, "invalid_request", "The request parameters are malformed.")
		return
	}
	p := r.PostForm
	if p.Get("client_secret") == "" {
		f.oauthError(rw, http.StatusBadRequest, "invalid_request", "Client secret is missed in request.")
		return
	}
	var (
		g    sandbox.Grant
		next string
		err  error
	)
	switch p.Get("grant_type") {
	case "authorization_code":
		g, err = f.w.Redeem(id, sandbox.Redemption{
			ClientID: p.Get("client_key"), ClientSecret: p.Get("client_secret"), Code: p.Get("code"),
			RedirectURI: p.Get("redirect_uri"), Verifier: p.Get("code_verifier"),
		})
		if err == nil {
			next, err = f.w.Refresher(g, refreshLife)
			g.Expires = f.w.Now().Add(refreshLife)
		}
	case "refresh_token":
		if err = f.w.CheckClient(id, p.Get("client_key"), p.Get("client_secret")); err == nil {
			next, g, err = f.w.Rotate(id, p.Get("refresh_token"))
		}
	case "client_credentials":
		if err = f.w.CheckClient(id, p.Get("client_key"), p.Get("client_secret")); err == nil {
			f.clientToken(rw)
			return
		}
	default:
		f.oauthError(rw, http.StatusBadRequest, "unsupported_grant_type", "The grant type is not supported.")
		return
	}
	var access string
	if err == nil {
		access, err = f.w.Access(g, accessLife)
	}
	if err != nil {
		f.refuseToken(rw, err)
		return
	}
	rw.Header().Set("Cache-Control", "no-store")
	answer(rw, http.StatusOK, object{
		"access_token": access, "expires_in": int64(accessLife.Seconds()), "open_id": g.Account, "refresh_token": next,
		"refresh_expires_in": int64(
			g.Expires.Sub(f.w.Now()).Seconds(),
		), "scope": strings.Join(g.Scopes, ","), "token_type": "Bearer",
	})
}

// clientToken tells a deployment that its key and secret are right. It opens nothing here.
func (f *fake) clientToken(rw http.ResponseWriter) {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	answer(
		rw,
		http.StatusOK,
		object{
			"access_token": "clt." + sandbox.Marker + hex.EncodeToString(b[:]),
			"expires_in":   7200,
			"token_type":   "Bearer",
		},
	)
}

// refuseToken says no the way TikTok does. A wrong client was reported with status 200.
func (f *fake) refuseToken(rw http.ResponseWriter, err error) {
	status, code, text := http.StatusBadRequest, "invalid_grant", "Refresh token is invalid or expired."
	switch {
	case errors.Is(err, sandbox.ErrClient), errors.Is(err, sandbox.ErrSecret):
		status, code, text = http.StatusOK, "invalid_client", "Client key or secret is incorrect."
	case errors.Is(err, sandbox.ErrCode), errors.Is(err, sandbox.ErrCodeSpent), errors.Is(err, sandbox.ErrCodeExpired):
		text = "Authorization code is expired."
	case errors.Is(err, sandbox.ErrRedirect):
		code, text = "invalid_request", "Redirect_uri is not matched with the uri when requesting code."
	case errors.Is(err, sandbox.ErrVerifier):
		code, text = "invalid_request", "Code verifier or code challenge is invalid."
	case errors.Is(err, sandbox.ErrToken),
		errors.Is(err, sandbox.ErrTokenSpent),
		errors.Is(err, sandbox.ErrTokenExpired),
		errors.Is(err, sandbox.ErrTokenRevoked):
	default: // the journal could not be written
		status, code, text = http.StatusServiceUnavailable, "temporarily_unavailable", "Service is temporarily unavailable."
	}
	f.oauthError(rw, status, code, text)
}

// revoke takes an access token that still works, and ends all that its owner gave the app.
func (f *fake) revoke(rw http.ResponseWriter, r *http.Request) {
	err := r.ParseForm()
	if err == nil {
		err = f.w.CheckClient(id, r.PostForm.Get("client_key"), r.PostForm.Get("client_secret"))
	}
	if errors.Is(err, sandbox.ErrClient) || errors.Is(err, sandbox.ErrSecret) {
		f.refuseToken(rw, err)
		return
	}
	if err == nil {
		_, err = f.w.Bearer(id, r.PostForm.Get("token"))
	}
	if err == nil {
		err = f.w.RevokeToken(id, r.PostForm.Get("token"))
	}
	if err != nil {
		f.oauthError(rw, http.StatusBadRequest, "invalid_request", "The request parameters are malformed.")
		return
	}
	answer(rw, http.StatusOK, object{})
}
