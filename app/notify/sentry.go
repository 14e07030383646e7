package notify

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/getsentry/sentry-go"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/words"
)

// Sentry sends events to an error tracker. It uses the library's form and sending, not its client: an event
// is made here of what is allowed in it, so there is no request, person, host name, breadcrumb or variable
// to take out again. A nil Sentry does nothing.
type Sentry struct {
	transport            *sentry.HTTPSyncTransport
	release, environment string

	mu      sync.Mutex
	waiting []*sentry.Event
	idle    chan struct{} // closed when all that waited is sent; nil: nothing waits
	dropped int64
}

const mostWaiting = 100 // events; a flood is told by its first ones

// NewSentry reads a DSN; nil without one.
func NewSentry(dsn fault.Secret, client *outbound.Client, release, environment string) (*Sentry, error) {
	if dsn.Empty() {
		return nil, nil
	}
	if _, err := sentry.NewDsn(dsn.Reveal()); err != nil { // the cause prints it
		return nil, errors.New("SENTRY_DSN is not a DSN, for example SENTRY_DSN=https://key@sentry.example.com/1")
	}
	t := sentry.NewHTTPSyncTransport()
	t.Timeout = sendLimit
	t.Configure(
		sentry.ClientOptions{Dsn: dsn.Reveal(), HTTPTransport: outcomeTransport{client.Through("sentry", "envelope")}},
	)
	return &Sentry{transport: t, release: release, environment: environment}, nil
}

// Alert sends an alert's message as an event and waits for the answer. What has one cause is one issue.
func (s *Sentry) Alert(ctx context.Context, m Message) error {
	if s == nil {
		return nil
	}
	e := s.event(time.Now(), scrub(m.Title))
	e.Contexts = map[string]sentry.Context{
		"alert": {
			"text":       scrub(m.Text),
			"count":      m.Count,
			"first_seen": m.FirstSeen.UTC().Format(time.RFC3339),
			"last_seen":  m.LastSeen.UTC().Format(time.RFC3339),
			"link":       m.Link,
		},
	}
	if m.Severity != "critical" || m.Event == "over" {
		e.Level = sentry.LevelWarning
	}
	e.Fingerprint = []string{"alert", m.Rule, m.Platform}
	for name, v := range map[string]string{"rule": m.Rule, "platform": m.Platform, "severity": m.Severity,
		"event": m.Event} {
		if v != "" {
			e.Tags[name] = v
		}
	}
	ctx, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	return s.send(ctx, e)
}

// SentryName is Sentry's name as a channel.
const SentryName = "Sentry"

// Channel gives Sentry as a place where alerts go: an alert is an issue there. A nil Sentry's takes everything and
// sends nothing.
func (s *Sentry) Channel() Channel { return sentryChannel{s} }

type sentryChannel struct{ s *Sentry }

// Name is the channel's name.
func (sentryChannel) Name() string { return SentryName }

// Send makes an issue of what has opened. An end is no event there: it would open the issue again.
func (c sentryChannel) Send(ctx context.Context, m Message) error {
	if m.Event == "over" {
		return nil
	}
	return c.s.Alert(ctx, m)
}

// Run sends a run that gave up as an event: who it was for is not said. Runs of one platform, step and code are one
// issue.
func (s *Sentry) Run(at time.Time, runID, platform, step, code, state string) {
	if s == nil {
		return
	}
	e := s.event(at, scrub(words.English.Say("errors.sentryRun", "Platform", platform, "State", state, "Code", code)))
	e.Level, e.Fingerprint = sentry.LevelWarning, []string{"run", platform, step, code}
	for name, v := range map[string]string{"platform": platform, "step": step, "code": code, "state": state,
		"run": runID} {
		if v != "" {
			e.Tags[name] = v
		}
	}
	s.queue(e)
}

// Flush waits until nothing is waiting, and reports whether that came in time.
func (s *Sentry) Flush(timeout time.Duration) bool {
	if s == nil {
		return true
	}
	s.mu.Lock()
	idle := s.idle
	s.mu.Unlock()
	if idle == nil {
		return true
	}
	t := time.NewTimer(timeout)
	defer t.Stop()
	select {
	case <-idle:
		return true
	case <-t.C:
		return false
	}
}

// Dropped is how many events were not delivered: too many at once, or nobody took them.
func (s *Sentry) Dropped() int64 {
	if s == nil {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropped
}

func (s *Sentry) event(at time.Time, message string) *sentry.Event {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	e := sentry.NewEvent()
	e.EventID = sentry.EventID(hex.EncodeToString(id[:]))
	e.Timestamp, e.Level, e.Platform, e.Message = at.UTC(), sentry.LevelError, "go", message
	e.Release, e.Environment = s.release, s.environment
	e.Sdk = sentry.SdkInfo{Name: "sentry.go", Version: sentry.SDKVersion}
	return e
}

// queue lets an event wait for its turn, or drops it.
func (s *Sentry) queue(e *sentry.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) >= mostWaiting {
		s.dropped++
		return
	}
	s.waiting = append(s.waiting, e)
	if s.idle == nil {
		s.idle = make(chan struct{})
		go s.drain()
	}
}

// drain sends what waits and ends: each event has an end in time, and so has this.
func (s *Sentry) drain() {
	for {
		s.mu.Lock()
		if len(s.waiting) == 0 {
			close(s.idle)
			s.idle = nil
			s.mu.Unlock()
			return
		}
		e := s.waiting[0]
		s.waiting = s.waiting[1:]
		s.mu.Unlock()
		if s.send(context.Background(), e) != nil {
			s.mu.Lock()
			s.dropped++
			s.mu.Unlock()
		}
	}
}

// send makes one call. The library tells nobody how it ended, so our end of it does.
func (s *Sentry) send(ctx context.Context, e *sentry.Event) error {
	end := &sendOutcome{err: errors.New("sentry asked for a pause: not sent")}
	s.transport.SendEventWithContext(context.WithValue(ctx, endingKey{}, end), e)
	return end.err
}

type endingKey struct{}

type sendOutcome struct{ err error }

// outcomeTransport writes down how a call ended.
type outcomeTransport struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t outcomeTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	if end, ok := r.Context().Value(endingKey{}).(*sendOutcome); ok {
		if err != nil {
			end.err = why(err)
		} else {
			end.err = checkStatus(resp.StatusCode)
		}
	}
	return resp, err
}
