package notify

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/nicholas-fedor/shoutrrr/pkg/router"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/rocketchat"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/push/pushover"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"

	"github.com/truecount/truecount/app/fault"
)

// service sends through the library. Only its services that take our client are used, and with it the guard, the
// breaker and the end of the context; the others would call wherever an address leads.
type service struct {
	line
	kind    string
	address fault.Secret
	busy    chan struct{}
}

var errForm = errors.New("it is not of the form that https://shoutrrr.nickfedor.com/services shows")

// unfit are kinds the library has and we do not offer: one writes to its own log.
var unfit = []string{"logger"}

func newService(p place, l line) (Channel, error) {
	s := &service{line: l, kind: p.kind, address: p.raw, busy: make(chan struct{}, 1)}
	raw, err := (&router.ServiceRouter{}).NewService(p.kind)
	if err != nil || slices.Contains(unfit, p.kind) {
		return nil, errors.New("its scheme is not known")
	}
	if !takesClient(raw) {
		return nil, errors.New(
			"its calls cannot be kept from inner addresses. Use a webhook (generic+https://), ntfy, gotify, mattermost, rocketchat, pagerduty or pushover instead",
		)
	}
	if _, err := s.made(); err != nil {
		return nil, err
	}
	return s, nil
}

// made is a service for one message: the library's keep what a message changed in them.
func (s *service) made() (types.Service, error) {
	p, err := parse(s.address)
	if err != nil {
		return nil, err
	}
	made, err := (&router.ServiceRouter{}).NewService(s.kind)
	if err == nil {
		err = made.Initialize(p.url, nil)
	}
	if err != nil { // the cause prints tokens
		return nil, errForm
	}
	return made, nil
}

// Name implements Channel.
func (s *service) Name() string { return s.kind }

// Send implements Channel.
func (s *service) Send(ctx context.Context, m Message) error {
	ctx, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	select {
	case s.busy <- struct{}{}:
	case <-ctx.Done():
		return errLate
	}
	trace := &trace{ctx: ctx, next: s.http.Through(s.label, "message")}
	done := make(chan error, 1)
	go func() {
		defer func() { <-s.busy }()
		done <- s.deliver(trace, m)
	}()
	select {
	case err := <-done:
		return trace.reason(err)
	case <-ctx.Done():
		return errLate
	}
}

func (s *service) deliver(t *trace, m Message) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the library failed")
		}
	}()
	made, err := s.made()
	if err != nil {
		return err
	}
	setClient(made, &http.Client{Transport: t, Timeout: sendLimit})
	return made.Send(strings.TrimSpace(m.whole()), &types.Params{})
}

// takesClient reports whether lend can give a service our client.
func takesClient(s types.Service) bool {
	switch s.(type) {
	case *rocketchat.Service, *pushover.Service, interface{ SetHTTPClient(*http.Client) },
		interface{ GetHTTPClient() *http.Client }:
		return true
	default:
		return false
	}
}

// setClient gives a service our client.
func setClient(s types.Service, client *http.Client) {
	switch s := s.(type) {
	case *rocketchat.Service:
		s.Client = client
	case *pushover.Service:
		s.Client = client
	case interface{ SetHTTPClient(*http.Client) }: // ntfy, pagerduty
		s.SetHTTPClient(client)
	case interface{ GetHTTPClient() *http.Client }: // gotify, mattermost
		*s.GetHTTPClient() = *client
	}
}

// trace sends under the context of a message, which the library does not pass on, and keeps how the last
// call ended: the library's own errors print addresses and answers.
type trace struct {
	ctx  context.Context //nolint:containedctx // that is what it is for
	next http.RoundTripper

	mu     sync.Mutex
	err    error
	status int
}

// RoundTrip implements http.RoundTripper.
func (t *trace) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r.WithContext(t.ctx))
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err, t.status = err, 0; resp != nil {
		t.status = resp.StatusCode
	}
	return resp, err
}

// reason is a failed message's error without any secret.
func (t *trace) reason(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err == nil:
		return nil
	case t.err != nil:
		return why(t.err)
	case t.status != 0 && t.status/100 != 2:
		return checkStatus(t.status)
	default:
		return errors.New("the service did not take it")
	}
}
