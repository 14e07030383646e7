package outbound

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/truecount/truecount/app/fault"
)

// Request is one call. Query, Form, JSON, Raw and Header are never logged.
type Request struct {
	Platform string // label: "tiktok"
	Endpoint string // label and pace: a template like "/v2/user/info/", never an id
	Account  string // our connection id, for per-account pace; empty: none
	Cost     int64  // units of the quota, 0 means 1
	Bucket   string // quota suffix the cost is drawn from; empty: "QUOTA"
	Method   string
	URL      string // without query
	Query    url.Values
	Form     url.Values // sent as application/x-www-form-urlencoded
	JSON     any        // sent as application/json
	Bearer   fault.Secret

	// Raw is a body of the caller's own making, sent as ContentType; Header goes along. A call with either
	// follows no redirect.
	Raw         []byte
	ContentType string
	Header      http.Header

	// Unfollowed makes a redirect an answer like any other: it is not followed.
	Unfollowed bool
	Once       bool // never repeated, not even a GET: single-use codes and refreshes

	// Down tells an answer that means the platform is out of order from one that merely has such a
	// status. Only the former is repeated and counts for the breaker. Nil: every 5xx.
	Down func(*Response) bool
}

// Free is the Bucket of calls that cost no quota: token endpoints.
const Free = "-"

// Response is an answer, its body read whole and no longer than the cap.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Kind is what kept an answer from us.
type Kind string

// Kinds of failure.
const (
	KindTimeout  Kind = "timeout"
	KindNetwork  Kind = "network" // refused, reset, cut
	KindTooLarge Kind = "too_large"
	KindRedirect Kind = "redirect" // redirects of a call with a secret are refused
	KindBlocked  Kind = "blocked"  // the guard refused the address
	KindLimited  Kind = "limited"  // our own pace or quota; no call was made
	KindLedger   Kind = "ledger"   // what was spent could not be written down; no call was made
	KindOpen     Kind = "open"     // the breaker is open; no call was made
	KindCanceled Kind = "canceled" // the caller's context ended
)

// Error is a call that brought no answer.
type Error struct {
	Kind       Kind
	Host       string
	RetryAfter time.Duration
	Day        bool // KindLimited: a day's quota is spent, not a minute's pace
	PerAccount bool // KindLimited: the quota is this account's alone

	ended error // why the caller's context ended
}

// Error names the kind and the host alone.
func (e *Error) Error() string { return "outbound " + e.Host + ": " + string(e.Kind) }

// Unwrap gives context.Canceled or context.DeadlineExceeded when the caller's context ended.
func (e *Error) Unwrap() error { return e.ended }

// Meter counts the calls made under a context, and keeps the first of them.
type Meter struct {
	n     atomic.Int64
	mu    sync.Mutex
	calls []Call
}

// Call is one request that was tried: never an address, only the Request's labels.
type Call struct {
	Method, Endpoint string
	Status           int  // 0: no answer came
	Kind             Kind // why none came
	Took             time.Duration
	Units            int64 // of the quota
	At               time.Time
}

const mostCalls = 60 // kept of one meter

// Calls is how many requests left the process.
func (m *Meter) Calls() int64 { return m.n.Load() }

// Trace gives the first sixty requests, oldest first.
func (m *Meter) Trace() []Call {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.calls)
}

func (m *Meter) keep(c Call) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.calls) < mostCalls {
		m.calls = append(m.calls, c)
	}
}

type meterKey struct{}

// Metered makes every call under ctx count on m.
func Metered(ctx context.Context, m *Meter) context.Context {
	return context.WithValue(ctx, meterKey{}, m)
}
