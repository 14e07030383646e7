package platform

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/truecount/truecount/app/fault"
)

// Step names which part of the work an error belongs to. The four of a run are sync types of the log.
type Step string

// Steps.
const (
	StepExchange Step = "exchange"
	StepToken    Step = "token"
	StepProfile  Step = "profile"
	StepPosts    Step = "posts"
	StepMetrics  Step = "metrics"
	StepRevoke   Step = "revoke"
)

// Error is a platform's failure for the machine: the code decides what happens next. An adapter makes it; connect and
// the syncer act on it, and store what is safe of it. Nothing in it may hold a token, or text of a body or a URL.
type Error struct {
	Platform   string
	Step       Step
	Code       fault.Code    // never empty
	Detail     string        // short, safe to store and show to an admin
	Native     string        // the platform's own code, e.g. "190/460" or "scope_not_authorized"
	LogID      string        // the platform's id for its support, if any
	Status     int           // HTTP status, 0 without an answer
	RetryAfter time.Duration // how long the platform wants us to wait; 0: it did not say
	AppWide    bool          // the limit or refusal is of the whole app, not of this account
	// Unexplained is a refusal that no table of the adapter's names: whether it is the installation's, this grant's
	// or this account's own is not known.
	Unexplained bool
	// Blocked is an account that the platform holds back until its owner does something there; the token lives on.
	Blocked bool
	Metric  string // the metric the platform refused, if it named one
	Refused bool   // the platform no longer takes Metric, for any post of this account
	Sample  string // the shape of a body we could not read, without any of its text
	Cause   error  // of a call that brought no answer; nil otherwise
}

// BlockedCode is the status code of a connection whose account the platform holds back: it is not lost.
const BlockedCode = "ACCOUNT_BLOCKED"

// DoubtFor is how long a refusal that nobody can explain proves nothing: so long others may meet it, too.
const DoubtFor = 15 * time.Minute

// Blame is what a refusal was found to be.
type Blame int

// The findings.
const (
	BlameUnknown      Blame = iota // it cannot be told yet
	BlameConnection                // this connection's own
	BlameInstallation              // of the whole app: the platform is held
)

// NativeYoung marks a refused token that is too young to be renewed: no call was made.
const NativeYoung = "young"

// NativeSealed marks a stored token that is not what we stored: it was changed or moved in the database.
const NativeSealed = "sealed"

// DetailStopped tells of a grant that was lost because Truecount was stopped between a platform's answer and the disk.
const DetailStopped = "Truecount was stopped while access was renewed, and the answer was lost"

// Error names platform, step, code and the platform's own code.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %s", e.Platform, e.Step, e.Code)
	if e.Status != 0 {
		b.WriteString(" http " + strconv.Itoa(e.Status))
	}
	if e.Native != "" {
		b.WriteString(" code " + e.Native)
	}
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	if e.Cause != nil {
		b.WriteString(": " + e.Cause.Error())
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// FaultCode makes fault.CodeOf see the code.
func (e *Error) FaultCode() fault.Code { return e.Code }

// AsError finds the platform error in a chain; false: there is none.
func AsError(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// A platform that an admin paused has a hold of its own, beside one that the platform caused.
const (
	PausedCode  = "PAUSED"
	pausePrefix = "pause:"
)

// PauseOf is the id of the hold that pauses a platform.
func PauseOf(platformID string) string { return pausePrefix + platformID }

// PausedBy is the platform that a hold of that id pauses.
func PausedBy(holdID string) string { return strings.TrimPrefix(holdID, pausePrefix) }
