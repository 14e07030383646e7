package tiktokfake

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/truecount/truecount/app/sandbox"
)

type object = map[string]any

func answer(rw http.ResponseWriter, status int, v any) {
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(v) // the client left; & < > are escaped, as in life
}

// logID is the id TikTok's support asks for, also in a header.
func (f *fake) logID(rw http.ResponseWriter) string {
	var b [9]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	s := f.w.Now().Format("20060102150405") + strings.ToUpper(hex.EncodeToString(b[:]))
	rw.Header().Set("X-Tt-Logid", s)
	return s
}

// ok is the envelope of success: it has an error object too.
func (f *fake) ok(rw http.ResponseWriter, data object) {
	answer(rw, http.StatusOK, object{"data": data, "error": object{"code": "ok", "message": "", "log_id": f.logID(rw)}})
}

var apiErrors = map[string]struct {
	status  int
	message string
}{
	"access_token_invalid": {http.StatusUnauthorized, "The access token is invalid or not found in the request."},
	"scope_not_authorized": {
		http.StatusUnauthorized,
		"The user did not authorize the scope required for completing this request.",
	},
	"invalid_params":      {http.StatusBadRequest, "Fields are invalid or missed"},
	"rate_limit_exceeded": {http.StatusTooManyRequests, "The API rate limit was exceeded. Please try again later."},
	"internal_error":      {http.StatusInternalServerError, "Something is wrong. Please try again later."},
}

// apiError is the Display API's error. The one about scopes was recorded without a data key.
func (f *fake) apiError(rw http.ResponseWriter, code string) {
	f.apiErrorAs(rw, code, apiErrors[code].status)
}

func (f *fake) apiErrorAs(rw http.ResponseWriter, code string, status int) {
	out := object{"error": object{"code": code, "message": apiErrors[code].message, "log_id": f.logID(rw)}}
	if code != "scope_not_authorized" {
		out["data"] = object{}
	}
	answer(rw, status, out)
}

// oauthError is the token endpoint's: error is a string.
func (f *fake) oauthError(rw http.ResponseWriter, status int, code, description string) {
	answer(rw, status, object{"error": code, "error_description": description, "log_id": f.logID(rw)})
}

// refuse words added faults. TikTok has one limit, and it is the app's.
func (f *fake) refuse(rw http.ResponseWriter, r *http.Request, fault sandbox.Fault) {
	status := fault.Status
	if fault.Kind != sandbox.FaultStatus {
		status = http.StatusTooManyRequests
	}
	if status == 0 {
		status = http.StatusInternalServerError
	}
	if strings.HasPrefix(r.URL.Path, "/v2/oauth/") {
		switch {
		case status == http.StatusUnauthorized:
			f.oauthError(rw, status, "invalid_client", "Client key or secret is incorrect.")
		case status >= 500, status == http.StatusTooManyRequests:
			f.oauthError(rw, status, "temporarily_unavailable", "Service is temporarily unavailable.")
		default:
			f.oauthError(rw, status, "invalid_grant", "Refresh token is invalid or expired.")
		}
		return
	}
	code := "invalid_params"
	switch {
	case status == http.StatusUnauthorized:
		code = "access_token_invalid"
	case status == http.StatusTooManyRequests:
		code = "rate_limit_exceeded"
	case status >= 500:
		code = "internal_error"
	}
	f.apiErrorAs(rw, code, status)
}
