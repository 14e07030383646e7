package youtubefake

import (
	"net/http"

	"github.com/truecount/truecount/app/sandbox"
)

type object = map[string]any

// apiError is the Data API's error object as it was recorded.
func apiError(rw http.ResponseWriter, status int, domain, reason, message string, more object) {
	one := object{"message": message, "domain": domain, "reason": reason}
	e := object{"code": status, "message": message, "errors": []object{one}}
	for k, v := range more {
		switch k {
		case "location", "locationType", "extendedHelp":
			one[k] = v
		default:
			e[k] = v
		}
	}
	answer(rw, status, object{"error": e})
}

func unauthenticated(rw http.ResponseWriter) {
	rw.Header().Set("WWW-Authenticate", `Bearer realm="https://accounts.google.com/", error="invalid_token"`)
	answer(rw, http.StatusUnauthorized, object{"error": object{
		"code":    http.StatusUnauthorized,
		"message": "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
		"errors": []object{{
			"message": "Invalid Credentials", "domain": "global", "reason": "authError", "location": "Authorization",
			"locationType": "header",
		}},
		"status": "UNAUTHENTICATED",
	}})
}

// quotaExceeded has markup in its message, as in life.
func quotaExceeded(rw http.ResponseWriter) {
	apiError(
		rw,
		http.StatusForbidden,
		"youtube.quota",
		"quotaExceeded",
		`The request cannot be completed because you have exceeded your <a href="/youtube/v3/getting-started#quota">quota</a>.`,
		nil,
	)
}

func scopeMissing(rw http.ResponseWriter) {
	apiError(
		rw,
		http.StatusForbidden,
		"global",
		"insufficientPermissions",
		"Request had insufficient authentication scopes.",
		object{
			"status": "PERMISSION_DENIED",
			"details": []object{{
				"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
				"domain":   "googleapis.com",
				"metadata": object{"service": "youtube.googleapis.com"},
			}},
		},
	)
}

func badRequest(rw http.ResponseWriter, reason, message, parameter string) {
	apiError(
		rw,
		http.StatusBadRequest,
		"youtube.parameter",
		reason,
		message,
		object{"location": parameter, "locationType": "parameter"},
	)
}

func unknown(rw http.ResponseWriter, _ *http.Request) {
	rw.Header().Set("Content-Type", "text/html; charset=UTF-8")
	rw.WriteHeader(http.StatusNotFound)
	_, _ = rw.Write(
		[]byte(
			"<!DOCTYPE html>\n<html lang=en>\n<title>Error 404 (Not Found)!!1</title>\n<p><b>404.</b> <ins>That’s an error.</ins>\n",
		),
	)
}

// refuse words added faults. The token endpoint's error is a string, the API's an object.
func (f *fake) refuse(rw http.ResponseWriter, r *http.Request, fault sandbox.Fault) {
	oauth := r.URL.Path == "/token" || r.URL.Path == "/revoke"
	status := fault.Status
	switch {
	case oauth && fault.Kind != sandbox.FaultStatus, oauth && status == http.StatusTooManyRequests:
		tokenError(rw, http.StatusTooManyRequests, "rate_limit_exceeded", "Too many requests.")
	case fault.Kind == sandbox.FaultAppLimit:
		quotaExceeded(rw)
	case fault.Kind == sandbox.FaultRateLimit, status == http.StatusTooManyRequests:
		apiError(
			rw,
			http.StatusTooManyRequests,
			"usageLimits",
			"rateLimitExceeded",
			"Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service 'youtube.googleapis.com'.",
			object{"status": "RESOURCE_EXHAUSTED"},
		)
	case oauth && status >= 500:
		tokenError(rw, status, "internal_failure", "")
	case oauth && status == http.StatusUnauthorized:
		tokenError(rw, status, "invalid_client", "Unauthorized")
	case oauth:
		tokenError(rw, status, "invalid_grant", "Token has been expired or revoked.")
	case status == http.StatusUnauthorized:
		unauthenticated(rw)
	case status == http.StatusForbidden:
		apiError(
			rw,
			status,
			"usageLimits",
			"accessNotConfigured",
			"YouTube Data API v3 has not been used in project 69696969 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/youtube.googleapis.com/overview?project=69696969 then retry.",
			object{
				"status": "PERMISSION_DENIED", "extendedHelp": "https://console.developers.google.com",
				"details": []object{
					{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED", "domain": "googleapis.com"},
				},
			},
		)
	case status >= 500 || status == 0:
		if status == 0 {
			status = http.StatusInternalServerError
		}
		apiError(rw, status, "global", "backendError", "Backend Error", object{"status": "UNAVAILABLE"})
	default:
		apiError(rw, status, "global", "badRequest", "Bad Request", nil)
	}
}
