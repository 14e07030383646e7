package platform

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Hooker is a Platform that calls us when a person ends access there.
type Hooker interface {
	// Hook reads one call. name is the last part of its address, one of the Spec's Hooks ("deauthorize"). What is not
	// signed with our secret, too old, without a time, or not of our app is ErrForged, whatever else is wrong with it. An
	// event we take no notice of is the zero Event.
	Hook(name string, r HookCall) (Event, error)
}

// HookAddress is one address that a platform calls, and what it is to be registered as there.
type HookAddress struct {
	Name   string // the last part of its path; empty: there is none
	Label  string // as the platform's own page calls it
	Says   string // what a call means, one sentence
	Form   bool   // the body is a form whose field signed_request is signed; else it is JSON with a signature in a header
	Tracks bool   // the answer is an address where the person can follow a deletion, with its code
}

// HookPath is an address below BASE_URL.
func HookPath(platformID, name string) string {
	path := "/api/webhooks/" + platformID
	if name != "" {
		path += "/" + name
	}
	return path
}

// HookCall is a platform's call to us as it came.
type HookCall struct {
	Header http.Header
	Body   []byte // raw: signatures are over bytes
	Form   string // the form field that holds a signed request, where the platform uses one
}

// ErrForged is a call that the platform did not make.
var ErrForged = errors.New("the signature does not fit")

// EventKind is what an event says.
type EventKind string

// Happenings.
const (
	EventDeauthorized EventKind = "deauthorized" // the person ended our access
	EventDeletion     EventKind = "deletion"     // and wants what we hold deleted
)

// Event is something that happened to an account at its platform.
type Event struct {
	Kind    EventKind
	Subject string    // an external id or a second one
	At      time.Time // when it happened there; zero when the platform does not say
	Reason  string    // short, ours
}

// Prober is a Platform whose credentials can be tried without a person.
type Prober interface {
	// Probe tries what can be tried. It makes few calls and keeps nothing of the answers.
	Probe(ctx context.Context, redirectURI string) []Probe
}

// Probe is one finding.
type Probe struct {
	What   string // "client id", "client secret", "redirect URI"
	Found  Finding
	Detail string // what was found and what to do, one sentence; no secret in it
}

// Finding is what a probe came to. What could not be told is never fine.
type Finding string

// Findings.
const (
	FindingOK      Finding = "fine"
	FindingWrong   Finding = "wrong"
	FindingUnknown Finding = "could not tell"   // not now: it did not answer, or answered something unknown
	FindingManual  Finding = "shown by sign-in" // never without a person
)
