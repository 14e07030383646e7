package instagramfake

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/truecount/truecount/app/sandbox"
)

const (
	shortLife = time.Hour
	longLife  = 5183944 * time.Second // as documented and recorded: not quite 60 days
	youngest  = 24 * time.Hour        // a younger token is not extended
)

// exchangeError is flat: this endpoint has no error object.
func exchangeError(rw http.ResponseWriter, message string) {
	answer(
		rw,
		http.StatusBadRequest,
		object{"error_type": "OAuthException", "code": http.StatusBadRequest, "error_message": message},
	)
}

// exchange answers in the shapes that were seen: flat with a number, wrapped with a string, and the
// permissions as a list.
func (f *fake) exchange(rw http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.PostForm.Get("grant_type") != "authorization_code" {
		exchangeError(rw, "Invalid grant_type")
		return
	}
	p := r.PostForm
	g, err := f.w.Redeem(id, sandbox.Redemption{
		ClientID: p.Get(
			"client_id",
		), ClientSecret: p.Get("client_secret"), Code: p.Get("code"), RedirectURI: p.Get("redirect_uri"),
		Verifier: p.Get("code_verifier"),
	})
	var token string
	if err == nil {
		token, err = f.w.Access(g, shortLife)
	}
	switch {
	case errors.Is(err, sandbox.ErrClient):
		exchangeError(rw, "Invalid platform app")
		return
	case errors.Is(err, sandbox.ErrCode):
		exchangeError(rw, "Invalid authorization code")
		return
	case errors.Is(err, sandbox.ErrCodeSpent), errors.Is(err, sandbox.ErrCodeExpired):
		exchangeError(rw, "Matching code was not found or was already used")
		return
	case errors.Is(err, sandbox.ErrRedirect), errors.Is(err, sandbox.ErrSecret), errors.Is(err, sandbox.ErrVerifier):
		exchangeError(
			rw,
			"Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request",
		)
		return
	case err != nil: // the journal could not be written
		transient(rw, http.StatusInternalServerError)
		return
	}
	a, _ := f.w.Account(id, g.Account)
	joined := strings.Join(g.Scopes, ",")
	switch a.No % 4 {
	case 1:
		answer(
			rw,
			http.StatusOK,
			object{"data": []object{{"access_token": token, "user_id": a.AltID, "permissions": joined}}},
		)
	case 3:
		answer(rw, http.StatusOK, object{"access_token": token, "user_id": json.Number(a.AltID), "permissions": g.Scopes})
	default:
		answer(rw, http.StatusOK, object{"access_token": token, "user_id": json.Number(a.AltID), "permissions": joined})
	}
}

// longer trades a short-lived token for one of 60 days.
func (f *fake) longer(rw http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("grant_type") != "ig_exchange_token" {
		param(rw, "(#100) Invalid grant_type")
		return
	}
	c := f.w.Client(id)
	if f.w.CheckClient(id, c.ID, q.Get("client_secret")) != nil {
		fail(
			rw,
			http.StatusBadRequest,
			object{"message": "Error validating client secret.", "type": "OAuthException", "code": 100},
		)
		return
	}
	g, err := f.w.Bearer(id, secret(r))
	if err == nil && g.Expires.Sub(g.Issued) > shortLife {
		fail(
			rw,
			http.StatusBadRequest,
			object{
				"message": "Session key invalid. This could be because the session key has an incorrect format, or because the user has revoked this session",
				"type":    "OAuthException",
				"code":    452,
			},
		)
		return
	}
	var token string
	if err == nil {
		token, err = f.w.Access(g, longLife)
	}
	if err != nil {
		f.refuseToken(rw, g, err)
		return
	}
	answer(
		rw,
		http.StatusOK,
		object{"access_token": token, "token_type": "bearer", "expires_in": int64(longLife.Seconds())},
	)
}

// refresh extends a long-lived token. Whether the text changes was reported both ways, so it does
// for most accounts and stays for every fourth.
func (f *fake) refresh(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("grant_type") != "ig_refresh_token" {
		param(rw, "(#100) Invalid grant_type")
		return
	}
	g, err := f.w.Bearer(id, secret(r))
	if err != nil {
		f.refuseToken(rw, g, err)
		return
	}
	if !g.Has(basic) {
		permission(rw)
		return
	}
	a, _ := f.w.Account(id, g.Account)
	token, err := f.w.Extend(id, secret(r), youngest, longLife, a.No%4 == 1)
	switch {
	case errors.Is(err, sandbox.ErrTokenYoung):
		param(rw, "(#100) The access token must be at least 24 hours old to be refreshed")
	case err != nil:
		f.refuseToken(rw, g, err)
	default:
		answer(
			rw,
			http.StatusOK,
			object{"access_token": token, "token_type": "bearer", "expires_in": int64(longLife.Seconds())},
		)
	}
}
