package instagramfake

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/truecount/truecount/app/sandbox"
)

// fail writes the error object of the graph.
func fail(rw http.ResponseWriter, status int, e object) {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	e["fbtrace_id"] = "A" + base64.RawURLEncoding.EncodeToString(b[:])
	answer(rw, status, object{"error": e})
}

func param(rw http.ResponseWriter, message string) {
	fail(rw, http.StatusBadRequest, object{"message": message, "type": "IGApiException", "code": 100})
}

func unknown(rw http.ResponseWriter, r *http.Request) {
	fail(
		rw,
		http.StatusBadRequest,
		object{"message": "Unknown path components: " + r.URL.Path, "type": "OAuthException", "code": 2500},
	)
}

func permission(rw http.ResponseWriter) {
	fail(
		rw,
		http.StatusBadRequest,
		object{"message": "(#10) Application does not have permission for this action", "type": "OAuthException", "code": 10},
	)
}

// beforeConversion is the answer for media older than the professional account, for good.
func beforeConversion(rw http.ResponseWriter) {
	fail(rw, http.StatusBadRequest, object{
		"message": "Invalid parameter", "type": "OAuthException", "code": 100,
		"error_data":    object{"blame_field_specs": [][]string{{""}}},
		"error_subcode": 2108006, "is_transient": false,
		"error_user_title": "Media posted before business account conversion",
		"error_user_msg":   "The media was posted before the most recent time that the user's account was converted to a business account from a personal account.",
	})
}

func gone(rw http.ResponseWriter, media string) {
	fail(rw, http.StatusBadRequest, object{
		"message": "Unsupported get request. Object with ID '" + media +
			"' does not exist, cannot be loaded due to missing permissions, or does not support this operation",
		"type": "IGApiException", "code": 100, "error_subcode": 33,
	})
}

func appLimit(rw http.ResponseWriter) {
	fail(
		rw,
		http.StatusForbidden,
		object{
			"message":      "(#4) Application request limit reached",
			"type":         "OAuthException",
			"is_transient": true,
			"code":         4,
		},
	)
}

func accountLimit(rw http.ResponseWriter) {
	fail(rw, http.StatusBadRequest, object{
		"message": "(#80002) There have been too many calls to this Instagram account. Wait a bit and try again.",
		"type":    "OAuthException", "code": 80002,
	})
}

// refuseToken is 190 in its several shapes: with a subcode, with 0, with none.
func (f *fake) refuseToken(rw http.ResponseWriter, g sandbox.Grant, err error) {
	e := object{"type": "OAuthException", "code": 190}
	switch {
	case errors.Is(err, sandbox.ErrTokenExpired):
		const layout = "Monday, 02-Jan-06 15:04:05 MST"
		e["message"] = "Error validating access token: Session has expired on " + g.Expires.Format(
			layout,
		) + ". The current time is " + f.w.Now().
			Format(layout) +
			"."
		e["error_subcode"] = 0
	case errors.Is(err, sandbox.ErrTokenRevoked):
		e["message"] = "Error validating access token: The user has not authorized application " + f.w.Client(id).ID + "."
		e["error_subcode"] = 458
	case errors.Is(err, sandbox.ErrToken):
		e["message"] = "Invalid OAuth access token - Cannot parse access token"
	default: // the journal could not be written
		transient(rw, http.StatusInternalServerError)
		return
	}
	fail(rw, http.StatusBadRequest, e)
}

func transient(rw http.ResponseWriter, status int) {
	fail(
		rw,
		status,
		object{"message": "Service temporarily unavailable", "type": "IGApiException", "is_transient": true, "code": 2},
	)
}

// refuse words added faults.
func (f *fake) refuse(rw http.ResponseWriter, r *http.Request, fault sandbox.Fault) {
	g, err := f.w.Bearer(id, secret(r))
	if err != nil {
		g.Account = "17841400000000000"
	}
	status := fault.Status
	switch {
	case fault.Kind == sandbox.FaultAppLimit:
		rw.Header().Set("X-App-Usage", appUsage(724))
		appLimit(rw)
	case fault.Kind == sandbox.FaultRateLimit, status == http.StatusTooManyRequests:
		rw.Header().Set("X-Business-Use-Case-Usage", accountUsage(g.Account, 100, 19*time.Minute))
		accountLimit(rw)
	case strings.HasPrefix(r.URL.Path, "/oauth/") && status < 500:
		exchangeError(rw, "Matching code was not found or was already used")
	case status == http.StatusUnauthorized:
		f.refuseToken(rw, g, sandbox.ErrToken)
	case status == http.StatusForbidden:
		permission(rw)
	case status == http.StatusNotFound:
		gone(rw, r.PathValue("media"))
	case status >= 500:
		transient(rw, status)
	case status == 0:
		transient(rw, http.StatusInternalServerError)
	default:
		param(rw, "Unsupported request - method type: get") // as for an app without access to the account
	}
}
