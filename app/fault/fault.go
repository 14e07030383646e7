package fault

import (
	"errors"
	"net/http"
	"time"

	"github.com/truecount/truecount/app/words"
)

// Code names what went wrong, in the words of the outside contract.
type Code string

// Codes of a sync: what a platform, the network or we did.
const (
	RateLimit      Code = "RATE_LIMIT"
	QuotaExhausted Code = "QUOTA_EXHAUSTED"
	AuthFailed     Code = "AUTH_FAILED"
	AuthExpired    Code = "AUTH_EXPIRED"
	AuthRevoked    Code = "AUTH_REVOKED"
	ScopeMissing   Code = "SCOPE_MISSING"
	NotFound       Code = "NOT_FOUND"
	Timeout        Code = "TIMEOUT"
	Network        Code = "NETWORK"
	AppRefused     Code = "APP_REFUSED"
	PlatformError  Code = "PLATFORM_ERROR"
	BadResponse    Code = "BAD_RESPONSE"
	Internal       Code = "INTERNAL"
)

// Codes of our own API.
const (
	Unauthenticated Code = "UNAUTHENTICATED"
	NotConnected    Code = "NOT_CONNECTED"
	Forbidden       Code = "FORBIDDEN"
	Invalid         Code = "INVALID"
	Conflict        Code = "CONFLICT"
	TooManyRequests Code = "TOO_MANY_REQUESTS"
	NotConfigured   Code = "NOT_CONFIGURED"
	Busy            Code = "BUSY"
	// MethodNotAllowed is an address that exists and does not take the method.
	MethodNotAllowed Code = "METHOD_NOT_ALLOWED"
)

// Status is the HTTP status a code is answered with.
func (c Code) Status() int {
	switch c {
	case Unauthenticated:
		return http.StatusUnauthorized
	case Forbidden:
		return http.StatusForbidden
	case NotFound, NotConnected:
		return http.StatusNotFound
	case Conflict:
		return http.StatusConflict
	case MethodNotAllowed:
		return http.StatusMethodNotAllowed
	case Invalid:
		return http.StatusUnprocessableEntity
	case TooManyRequests:
		return http.StatusTooManyRequests
	case NotConfigured, Busy:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// Error is an error with a code and a sentence for people. Cause is for logs only.
type Error struct {
	Code       Code
	Message    words.Text
	RetryAfter time.Duration         // how long to wait, 0 when nothing is known
	Fields     map[string]words.Text // form field -> sentence, for INVALID
	Cause      error
}

// Error names the code, the sentence and the cause; it is for logs.
func (e *Error) Error() string {
	s := string(e.Code) + ": " + e.Message.String()
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// New makes a fault from a code and a sentence for people. A fault without words is answered as an error of ours.
func New(code Code, message words.Text) *Error { return &Error{Code: code, Message: message} }

// Wrap makes a fault that keeps its cause for the log.
func Wrap(code Code, message words.Text, cause error) *Error {
	return &Error{Code: code, Message: message, Cause: cause}
}

// InvalidParameter is the error of a parameter that cannot be meant: the API names it, a page shows what is nearest and
// sensible.
func InvalidParameter(parameter string, message words.Text) error {
	return &Error{Code: Invalid, Message: message, Fields: map[string]words.Text{parameter: message}}
}

// CodeOf gives the code of the first fault in the chain; a plain error is INTERNAL, nil is "".
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var c interface{ FaultCode() Code }
	if errors.As(err, &c) {
		return c.FaultCode()
	}
	return Internal
}

// FaultCode makes *Error answer CodeOf.
func (e *Error) FaultCode() Code { return e.Code }

// Is reports whether err carries the code.
func Is(err error, code Code) bool { return err != nil && CodeOf(err) == code }
