package platform

import (
	"context"
	"errors"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
)

// Unanswered makes the platform error of a call that brought no answer.
func Unanswered(platform string, step Step, err error) *Error {
	e := &Error{Platform: platform, Step: step, Code: fault.Internal, Cause: err}
	var o *outbound.Error
	if !errors.As(err, &o) {
		return e
	}
	e.Cause, e.RetryAfter = o, o.RetryAfter
	switch o.Kind {
	case outbound.KindTimeout:
		e.Code = fault.Timeout
	case outbound.KindCanceled:
		e.Code = fault.Network
		if errors.Is(o, context.DeadlineExceeded) {
			e.Code = fault.Timeout
		}
	case outbound.KindNetwork, outbound.KindBlocked:
		e.Code = fault.Network
	case outbound.KindTooLarge, outbound.KindRedirect:
		e.Code = fault.BadResponse
	case outbound.KindLimited:
		e.Code, e.AppWide = fault.RateLimit, !o.PerAccount
		if o.Day {
			e.Code = fault.QuotaExhausted
		}
		e.Detail = "our own limit was reached, no call was made"
	case outbound.KindLedger:
		e.Detail = "what is spent of the day's allowance could not be written down, no call was made"
	case outbound.KindOpen:
		e.Code, e.AppWide = fault.PlatformError, true
		e.Detail = "the platform did not answer several times in a row, no call was made"
	}
	return e
}

// ShortCode keeps a platform's own code fit for a log line and a column: printable ASCII without
// spaces, at most 80 characters. Anything else is not a code and is dropped.
func ShortCode(s string) string {
	if len(s) > 80 {
		return ""
	}
	for _, r := range s {
		if r <= ' ' || r > '~' {
			return ""
		}
	}
	return s
}
