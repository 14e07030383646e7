package youtube

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
)

// apiError is the error object of the Data API. Its message may hold HTML and is only searched,
// never kept.
type apiError struct {
	Message string `json:"message"`
	Errors  []struct {
		Reason string `json:"reason"`
	} `json:"errors"`
	Status  string `json:"status"`
	Details []struct {
		Reason string `json:"reason"`
	} `json:"details"`
}

// reasons lists what the platform calls it, old name first.
func (e apiError) reasons() []string {
	var out []string
	for _, x := range e.Errors {
		out = append(out, x.Reason)
	}
	for _, x := range e.Details {
		out = append(out, x.Reason)
	}
	return out
}

// class is what a reason means to us.
type class struct {
	code    fault.Code
	appWide bool
	native  string // instead of the reason
	detail  string
}

// classes: https://developers.google.com/youtube/v3/docs/errors (seen 2026-11).
var classes = map[string]class{
	"authError":       {code: fault.AuthFailed},
	"UNAUTHENTICATED": {code: fault.AuthFailed},
	"youtubeSignupRequired": {
		code:   fault.NotFound,
		native: noChannel,
		detail: "this Google account has no YouTube channel",
	},
	"quotaExceeded":                   {code: fault.QuotaExhausted, appWide: true},
	"dailyLimitExceeded":              {code: fault.QuotaExhausted, appWide: true},
	"rateLimitExceeded":               {code: fault.RateLimit, appWide: true},
	"RATE_LIMIT_EXCEEDED":             {code: fault.RateLimit, appWide: true},
	"userRateLimitExceeded":           {code: fault.RateLimit},
	"insufficientPermissions":         {code: fault.ScopeMissing},
	"ACCESS_TOKEN_SCOPE_INSUFFICIENT": {code: fault.ScopeMissing},
	"accessNotConfigured": {
		code:    fault.AppRefused,
		appWide: true,
		detail:  "the YouTube Data API is not enabled in the Google project",
	},
	"SERVICE_DISABLED": {
		code:    fault.AppRefused,
		appWide: true,
		detail:  "the YouTube Data API is not enabled in the Google project",
	},
	"CONSUMER_INVALID": {
		code:    fault.AppRefused,
		appWide: true,
		detail:  "the Google project does not exist any more",
	},
	"CONSUMER_SUSPENDED": {
		code:    fault.AppRefused,
		appWide: true,
		detail:  "the Google project is suspended",
	},
	"USER_PROJECT_DENIED": {
		code:    fault.AppRefused,
		appWide: true,
		detail:  "the Google project may not be used",
	},
	"RESOURCE_PROJECT_INVALID": {
		code:    fault.AppRefused,
		appWide: true,
		detail:  "the Google project is not valid",
	},
	"BILLING_DISABLED": {
		code:    fault.AppRefused,
		appWide: true,
		detail:  "billing is disabled in the Google project",
	},
	"SECURITY_POLICY_VIOLATED": {
		code:    fault.AppRefused,
		appWide: true,
		detail:  "a security policy of the Google project forbids the call",
	},
	"API_KEY_SERVICE_BLOCKED":           {code: fault.AppRefused, appWide: true},
	"API_KEY_HTTP_REFERRER_BLOCKED":     {code: fault.AppRefused, appWide: true},
	"API_KEY_IP_ADDRESS_BLOCKED":        {code: fault.AppRefused, appWide: true},
	"ipRefererBlocked":                  {code: fault.AppRefused, appWide: true},
	"keyExpired":                        {code: fault.AppRefused, appWide: true},
	"RESOURCE_QUOTA_EXCEEDED":           {code: fault.QuotaExhausted, appWide: true},
	"expired":                           {code: fault.AuthFailed},
	"ACCESS_TOKEN_EXPIRED":              {code: fault.AuthFailed},
	"ACCOUNT_STATE_INVALID":             {code: fault.NotFound, detail: "the Google account is disabled or deleted"},
	"accountDeleted":                    {code: fault.NotFound, detail: "the account is deleted"},
	"accountDisabled":                   {code: fault.NotFound, detail: "the account is disabled"},
	"channelNotFound":                   {code: fault.NotFound, detail: "the channel is not found"},
	"videoNotFound":                     {code: fault.NotFound, detail: "the video is not found"},
	"invalidPageToken":                  {code: fault.PlatformError, detail: "the list changed while it was read"},
	"backendError":                      {code: fault.PlatformError},
	"internalError":                     {code: fault.PlatformError},
	"keyInvalid":                        {code: fault.AppRefused, appWide: true},
	"API_KEY_INVALID":                   {code: fault.AppRefused, appWide: true},
	"authenticatedUserAccountSuspended": {code: fault.NotFound, detail: "the account is suspended"},
	"authenticatedUserAccountClosed":    {code: fault.NotFound, detail: "the account is closed"},
	"channelClosed":                     {code: fault.NotFound, detail: "the channel is closed"},
	"channelSuspended":                  {code: fault.NotFound, detail: "the channel is suspended"},
	"playlistNotFound":                  {code: fault.NotFound},
	"playlistItemsNotAccessible":        {code: fault.PlatformError, detail: "the list of uploads is not accessible"},
}

const shortWait = time.Minute // a pace limit that does not say how long

// decode reads a 200 into out and turns everything else into an error.
func (a *adapter) decode(step platform.Step, r *outbound.Response, out any) *platform.Error {
	var shell struct {
		Error *apiError `json:"error"`
	}
	broken := json.Unmarshal(r.Body, &shell)
	unreadable := func(e *platform.Error) *platform.Error {
		if e.Code == fault.BadResponse {
			e.Sample = platform.Shape(r.Body)
		}
		return e
	}
	if broken == nil && shell.Error == nil && r.Status == http.StatusOK {
		if json.Unmarshal(r.Body, out) == nil {
			return nil
		}
		return unreadable(
			&platform.Error{
				Platform: id,
				Step:     step,
				Code:     fault.BadResponse,
				Status:   r.Status,
				Detail:   "the answer has another shape",
			},
		)
	}
	e := &platform.Error{Platform: id, Step: step, Status: r.Status}
	c, named := class{code: byStatus(r.Status)}, false
	if broken != nil && r.Status < 400 {
		c.detail = "the answer is not JSON"
	}
	if shell.Error != nil {
		for _, reason := range shell.Error.reasons() {
			if e.Native == "" {
				e.Native = platform.ShortCode(reason)
			}
			if known, ok := classes[reason]; ok {
				c, e.Native, named = known, reason, true
				break
			}
		}
		// 429 with a method's own daily bucket differs from one of pace by its text alone.
		if c.code == fault.RateLimit && strings.Contains(shell.Error.Message, "per day") {
			c.code = fault.QuotaExhausted
		}
	}
	e.Code, e.AppWide, e.Detail = c.code, c.appWide, c.detail
	e.Unexplained = !named && (shell.Error != nil || r.Status >= http.StatusBadRequest) && unexplained(r.Status, e.Code)
	if c.native != "" {
		e.Native = c.native
	}
	switch e.Code {
	case fault.QuotaExhausted:
		e.RetryAfter = outbound.NextPacificMidnight(a.now()).Sub(a.now())
	case fault.RateLimit:
		if e.RetryAfter = outbound.RetryAfter(r.Header, a.now()); e.RetryAfter == 0 {
			e.RetryAfter = shortWait
		}
	case fault.PlatformError:
		e.RetryAfter = outbound.RetryAfter(r.Header, a.now())
	default: // no wait mends it
	}
	return unreadable(e)
}

// unexplained reports a refusal without a name of our tables: neither a limit nor an outage.
func unexplained(status int, code fault.Code) bool {
	return status < http.StatusInternalServerError && (code == fault.AuthFailed || code == fault.PlatformError)
}

// byStatus is for answers that name no reason we know.
func byStatus(status int) fault.Code {
	switch {
	case status == http.StatusUnauthorized:
		return fault.AuthFailed
	case status == http.StatusTooManyRequests:
		return fault.RateLimit
	case status >= 400:
		return fault.PlatformError
	default:
		return fault.BadResponse
	}
}
