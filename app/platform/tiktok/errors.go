package tiktok

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
)

// apiError stands in every answer; a good one says "ok". Version 1 said 0.
type apiError struct {
	Code  platform.Text `json:"code"`
	LogID platform.Text `json:"log_id"`
}

func (e *apiError) ok() bool { return e == nil || e.Code == "ok" || e.Code == "0" }

// class is what a code means to us.
type class struct {
	code    fault.Code
	appWide bool
	detail  string
}

// classes: https://developers.tiktok.com/doc/tiktok-api-v2-error-handling (seen 2026-11). The status
// decides little: a permission that is missing and a token that is dead are both 401.
var classes = map[string]class{
	"access_token_invalid":    {code: fault.AuthFailed},
	"scope_not_authorized":    {code: fault.ScopeMissing, detail: "a permission was not granted or was withdrawn"},
	"scope_permission_missed": {code: fault.ScopeMissing, detail: "a permission was not granted or was withdrawn"},
	"invalid_params":          {code: fault.Internal, detail: "TikTok says the request is malformed"},
	"rate_limit_exceeded":     {code: fault.RateLimit, appWide: true},
	"internal_error":          {code: fault.PlatformError},
	// The names of the token endpoint, should the API's gateway use them.
	"invalid_client": {code: fault.AppRefused, appWide: true, detail: "TikTok refuses the client key or secret"},
	"unauthorized_client": {
		code:    fault.AppRefused,
		appWide: true,
		detail:  "TikTok refuses the app: it is not live, or lacks a product",
	},
	"invalid_scope":           {code: fault.AppRefused, appWide: true, detail: "the app lacks a scope at TikTok"},
	"server_error":            {code: fault.PlatformError},
	"temporarily_unavailable": {code: fault.PlatformError},
}

// minuteWait is the length of TikTok's window; it sends no Retry-After.
const minuteWait = time.Minute

// data is what a good answer brings. lacks names what it cannot be without; empty when all is there.
type data interface{ lacks() string }

// decode reads the data of a good answer into out and turns everything else into an error.
func (a *adapter) decode(step platform.Step, r *outbound.Response, out data) *platform.Error {
	var shell struct {
		Data  json.RawMessage `json:"data"`
		Error json.RawMessage `json:"error"`
	}
	broken := json.Unmarshal(r.Body, &shell)
	var failed *apiError
	if broken == nil && len(shell.Error) > 0 && string(shell.Error) != "null" {
		failed = &apiError{}
		if json.Unmarshal(shell.Error, failed) != nil {
			_ = json.Unmarshal(shell.Error, &failed.Code) // the token endpoint's shape: a bare string
		}
	}
	if broken == nil && failed.ok() && r.Status == http.StatusOK {
		what := "the answer has another shape"
		if len(shell.Data) > 0 && shell.Data[0] == '{' && json.Unmarshal(shell.Data, out) == nil {
			if what = out.lacks(); what == "" {
				return nil
			}
		}
		return &platform.Error{
			Platform: id, Step: step, Code: fault.BadResponse, Status: r.Status, Detail: what, Sample: platform.Shape(r.Body),
		}
	}
	e := &platform.Error{Platform: id, Step: step, Status: r.Status, LogID: platform.ShortCode(r.Header.Get("X-Tt-Logid"))}
	c := class{code: byStatus(r.Status)}
	e.Unexplained = c.code == fault.PlatformError && r.Status < http.StatusInternalServerError
	if broken != nil && r.Status < 400 {
		c.detail = "the answer is not JSON"
	}
	if !failed.ok() {
		e.Native = platform.ShortCode(string(failed.Code))
		if failed.LogID != "" {
			e.LogID = platform.ShortCode(string(failed.LogID))
		}
		switch known, ok := classes[e.Native]; {
		case r.Status >= 500:
		case ok:
			c, e.Unexplained = known, false
		default:
			e.Unexplained = r.Status != http.StatusTooManyRequests
			if r.Status < 400 {
				c.code = fault.PlatformError
			}
		}
	}
	e.Code, e.AppWide, e.Detail = c.code, c.appWide, c.detail
	if e.Code == fault.BadResponse {
		e.Sample = platform.Shape(r.Body)
	}
	a.wait(e, r)
	return e
}

// wait fills in how long to stay away.
func (a *adapter) wait(e *platform.Error, r *outbound.Response) {
	switch e.Code {
	case fault.RateLimit:
		e.AppWide = true // TikTok does not say per user, so it is taken as the app's
		if e.RetryAfter = outbound.RetryAfter(r.Header, a.now()); e.RetryAfter == 0 {
			e.RetryAfter = minuteWait
		}
	case fault.PlatformError:
		e.RetryAfter = outbound.RetryAfter(r.Header, a.now())
	default: // no wait mends it
	}
}

// byStatus is for answers that name no code we know. A 401 alone says nothing about the token.
func byStatus(status int) fault.Code {
	switch {
	case status == http.StatusTooManyRequests:
		return fault.RateLimit
	case status >= 400:
		return fault.PlatformError
	default:
		return fault.BadResponse
	}
}
