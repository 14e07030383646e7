package platformtest

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/sandbox"
)

// operation is something an adapter does that calls out.
type operation struct {
	name string
	run  func(*fixture, platform.Token, string) error // with a code to exchange
}

var operations = []operation{
	{"exchange", func(s *fixture, _ platform.Token, code string) error {
		_, err := s.platform.Exchange(s.Context(), s.exchange(code))
		return err
	}},
	{"refresh", func(s *fixture, t platform.Token, _ string) error {
		_, err := s.platform.Refresh(s.Context(), t)
		return err
	}},
	{"profile", func(s *fixture, t platform.Token, _ string) error {
		_, err := s.platform.Profile(s.Context(), t)
		return err
	}},
	{"posts", func(s *fixture, t platform.Token, _ string) error {
		b, err := s.platform.Posts(
			s.Context(),
			t,
			platform.PostQuery{Limit: 5, Profile: platform.Profile{ExternalID: "UC1", Listing: "UU1"}},
		)
		if len(b.Posts) > 0 {
			s.Errorf("got %d posts, want none", len(b.Posts))
		}
		return err
	}},
	{"revoke", func(s *fixture, t platform.Token, _ string) error { return s.platform.Revoke(s.Context(), t) }},
}

// badAnswers gives every operation every kind of bad answer: the error has the right code and no
// secret, a code is spent once, a token goes nowhere else, nobody is called dead for it, and nothing
// goes on after it.
// P1, P2, P3, P4, P6, T6, T13, O6
func badAnswers(t *testing.T, m platform.Maker, fake func(*sandbox.World) http.Handler) {
	var strayed atomic.Int64
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strayed.Add(1) }))
	t.Cleanup(trap.Close)
	const echo = `{"error":{"code":"x","message":"` + Canary + `-access"},"error_description":"` + Canary + `-refresh"}`
	for _, k := range []struct {
		name    string
		fault   sandbox.Fault
		timeout time.Duration
		want    []fault.Code
	}{
		{"500", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 500,
			Header: map[string]string{"Retry-After": "30"}}, 0, []fault.Code{fault.PlatformError}},
		{"503 with a page",
			sandbox.Fault{Kind: sandbox.FaultStatus, Status: 503, Body: "<html>",
				Header: map[string]string{"Retry-After": "30"}}, 0, []fault.Code{fault.PlatformError}},
		{"a page in a 200", sandbox.Fault{Kind: sandbox.FaultHTML}, 0, []fault.Code{fault.BadResponse}},
		// a revocation may say nothing
		{"nothing in a 200", sandbox.Fault{Kind: sandbox.FaultEmpty}, 0, []fault.Code{fault.BadResponse, ""}},
		{"null", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 200, Body: "null"}, 0, []fault.Code{fault.BadResponse, ""}},
		{"a list", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 200, Body: "[]"}, 0, []fault.Code{fault.BadResponse, ""}},
		{"numbers for objects",
			sandbox.Fault{Kind: sandbox.FaultStatus, Status: 200,
				Body: `{"data":1,"items":1,"access_token":{}}`}, 0, []fault.Code{fault.BadResponse, ""}},
		{"secrets in an error", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 400, Body: echo}, 0,
			[]fault.Code{fault.PlatformError, fault.BadResponse, fault.AuthFailed}},
		{"cut", sandbox.Fault{Kind: sandbox.FaultCut}, 0, []fault.Code{fault.Network}},
		{"lost", sandbox.Fault{Kind: sandbox.FaultLost}, 0, []fault.Code{fault.Network}},
		{"without an end", sandbox.Fault{Kind: sandbox.FaultFlood}, 0, []fault.Code{fault.BadResponse}},
		{"a bomb", sandbox.Fault{Kind: sandbox.FaultBomb}, 0, []fault.Code{fault.BadResponse}},
		{"headers without an end", sandbox.Fault{Kind: sandbox.FaultHeaders}, 0, []fault.Code{fault.Network}},
		// a revocation may say nothing
		{"a byte at a time", sandbox.Fault{Kind: sandbox.FaultDrip}, 150 * time.Millisecond, []fault.Code{fault.Timeout, ""}},
		{"inside",
			sandbox.Fault{Kind: sandbox.FaultRedirect,
				Header: map[string]string{"Location": "http://169.254.169.254/latest"}}, 0, []fault.Code{fault.BadResponse}},
		{"elsewhere", sandbox.Fault{Kind: sandbox.FaultRedirect, Header: map[string]string{"Location": trap.URL}}, 0,
			[]fault.Code{fault.BadResponse}},
		{"elsewhere, to stay",
			sandbox.Fault{Kind: sandbox.FaultRedirect, Status: 307,
				Header: map[string]string{"Location": trap.URL}}, 0, []fault.Code{fault.BadResponse}},
		{"hang", sandbox.Fault{Kind: sandbox.FaultHang}, 150 * time.Millisecond, []fault.Code{fault.Timeout}},
	} {
		for _, op := range operations {
			t.Run(op.name+": "+k.name, func(t *testing.T) {
				t.Parallel()
				s := newFixture(t, m, fake)
				token := s.connect(sandbox.Choice{})
				code := s.consent(sandbox.Choice{}).Get("code")
				if k.timeout > 0 {
					s.open(m, k.timeout)
				}
				s.world.ResetCalls()
				f := k.fault
				f.Platform = s.spec.ID
				if s.world.AddFault(f) == 0 {
					t.Fatalf("the world knows no fault %s", f.Kind)
				}
				err := s.clean(func() error { return op.run(s, token, code) })
				if s.calls() == 0 && op.name == "revoke" {
					return // a platform without such a call
				}
				NoSecrets(t, err)
				if got := fault.CodeOf(err); !slices.Contains(k.want, got) || (err == nil && op.name != "revoke") {
					t.Errorf("got %v, want one of %v", err, k.want)
				}
				if op.name == "exchange" || op.name == "refresh" {
					if s.calls() != 1 {
						t.Errorf("got %d calls, want 1", s.calls())
					}
				}
				if strayed.Load() != 0 {
					t.Errorf("got %d calls elsewhere, want none", strayed.Load())
				}
			})
		}
	}
}

// limits are told apart: of one account, or of the whole app; each with its wait. // P5
func limits(s *fixture) {
	t := s.connect(sandbox.Choice{})
	for _, kind := range []sandbox.FaultKind{sandbox.FaultRateLimit, sandbox.FaultAppLimit} {
		for _, op := range operations[2:4] {
			s.world.AddFault(sandbox.Fault{Platform: s.spec.ID, Kind: kind})
			err := op.run(s, t, "")
			s.world.RemoveFaults()
			NoSecrets(s, err)
			e, ok := platform.AsError(err)
			if !ok || (e.Code != fault.RateLimit && e.Code != fault.QuotaExhausted) {
				s.Errorf("%s of %s: got %v, want a limit", kind, op.name, err)
				continue
			}
			if e.RetryAfter <= 0 || (kind == sandbox.FaultAppLimit && !e.AppWide) {
				s.Errorf("%s of %s: got a wait of %s, app-wide %t", kind, op.name, e.RetryAfter, e.AppWide)
			}
		}
	}
}

// cancelled: a call whose caller left ends at once and says so.
func cancelled(s *fixture) {
	t := s.connect(sandbox.Choice{})
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	_, err := s.platform.Profile(ctx, t)
	if NoSecrets(s, err); !errors.Is(err, context.Canceled) {
		s.Errorf("got %v, want the cancellation", err)
	}
	if _, err = s.platform.Posts(ctx, t,
		platform.PostQuery{Limit: 5, Profile: platform.Profile{Listing: "UU1"}}); !errors.Is(
		err,
		context.Canceled,
	) {
		s.Errorf("got %v, want the cancellation", err)
	}
	late, stop := context.WithDeadline(s.Context(), time.Unix(0, 0))
	defer stop()
	_, err = s.platform.Profile(late, t)
	WantCode(s, err, fault.Timeout)
}

// insightsStayAway: late is not zero.
func insightsStayAway(s *fixture) {
	t := s.connect(sandbox.Choice{})
	p := s.profile(t)
	s.world.AddFault(sandbox.Fault{Platform: s.spec.ID, Kind: sandbox.FaultEmptyInsights})
	b := s.posts(t, platform.PostQuery{Limit: 10, Profile: p})
	triggered := s.world.Faults()[0].Hits > 0
	if want := s.listed(s.accounts()[0].ID, 10); len(b.Posts) != len(want) {
		s.Errorf("got %d posts, want %d", len(b.Posts), len(want))
	}
	for _, x := range b.Posts {
		if triggered && (x.Views != nil || x.Reach != nil || x.InsightsNever) {
			s.Errorf("post %s: got views %s and reach %s, want them unknown for now", x.ExternalID, show(x.Views), show(x.Reach))
		}
	}
}

// insightsRefused: the list alone comes first, then what each post can tell. // P7
func insightsRefused(s *fixture) {
	t := s.connect(sandbox.Choice{})
	s.world.AddFault(sandbox.Fault{Platform: s.spec.ID, Kind: sandbox.FaultRefuseInsights})
	p := s.profile(t)
	b := s.posts(t, platform.PostQuery{Limit: 10, Profile: p})
	samePosts(s, b.Posts, s.listed(s.accounts()[0].ID, 10), s.spec.Unavailable)
}
