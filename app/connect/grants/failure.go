package grants

import (
	"net/http"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/words"
)

// failureKind is what kind of trouble a refresh met.
type failureKind string

// The kinds.
const (
	transient  failureKind = "transient"   // an outage, or an answer that makes no sense
	throttled  failureKind = "throttled"   // a limit
	refusedApp failureKind = "app refused" // the installation, not this grant
	dead       failureKind = "dead"        // the grant is over
	doubted    failureKind = "doubted"     // refused, and nobody knows yet whose fault it is
	// the account, until its owner does something at the platform; the token lives on
	heldBack failureKind = "held back"
	ours     failureKind = "ours" // a fault of our own
)

// kindOf sorts an error of a refresh. Only what the platform says of this very grant is dead.
func kindOf(e *platform.Error) failureKind {
	if e.Blocked {
		return heldBack
	}
	switch e.Code {
	case fault.AuthRevoked, fault.AuthExpired, fault.ScopeMissing, fault.NotFound:
		return dead
	case fault.RateLimit, fault.QuotaExhausted:
		return throttled
	case fault.AppRefused, fault.NotConfigured:
		return refusedApp
	case fault.Timeout, fault.Network, fault.PlatformError, fault.BadResponse, fault.AuthFailed:
		return transient
	default:
		return ours
	}
}

// outcomeUnknown reports an error after which nobody knows whether the platform took the old token for spent:
// the call may have reached it.
func outcomeUnknown(e *platform.Error) bool {
	lost := e.Code == fault.PlatformError &&
		e.Status >= http.StatusInternalServerError // a gateway may have lost the answer
	return lost || e.Code == fault.Timeout || e.Code == fault.Network || e.Code == fault.BadResponse
}

// failingWords tells the creator what happened when access was renewed, for the timeline.
func failingWords(name string, kind failureKind, e *platform.Error) string {
	w := words.English
	if kind == ours {
		return w.Say("creator.event.renewOurs")
	}
	switch e.Code {
	case fault.Timeout, fault.Network:
		return w.Say("creator.event.renewTimeout", "Platform", name)
	case fault.BadResponse:
		return w.Say("creator.event.renewUnexpected", "Platform", name)
	default:
		return w.Say("creator.event.renewProblem", "Platform", name)
	}
}
