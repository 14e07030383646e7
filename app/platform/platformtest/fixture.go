package platformtest

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/sandbox"
)

// verifier is a PKCE verifier of the right length, with a canary in it.
const verifier = fault.Secret(Canary + "-verifier-0123456789-0123456789-0123456789")

// fixture is an adapter before its fake over a world of its own.
type fixture struct {
	*testing.T
	world    *sandbox.World
	platform platform.Platform
	client   *outbound.Client
	spec     platform.Spec
	settings config.Platform
	url      string
	clock    atomic.Int64
}

// newFixture puts an adapter before its fake, with a timeout that no sound machine reaches.
func newFixture(t *testing.T, m platform.Maker, fake func(*sandbox.World) http.Handler) *fixture {
	t.Helper()
	s := &fixture{T: t, spec: m.Spec}
	s.clock.Store(Noon.UnixNano())
	c := Settings(m.Spec, "http://unused")
	w, err := sandbox.Open(sandbox.Options{Now: s.now, Seed: 7, Clients: map[string]sandbox.Client{
		m.Spec.ID: {ID: c.ClientID, Secret: c.ClientSecret.Reveal(), RedirectURIs: []string{c.RedirectURI}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(fake(w))
	t.Cleanup(srv.Close)
	t.Cleanup(func() { _ = w.Close() }) // before the server, which waits for hanging calls
	s.world, s.url, s.settings = w, srv.URL, Settings(m.Spec, srv.URL)
	s.open(m, 15*time.Second)
	return s
}

// open makes the adapter, whose calls end after timeout.
func (s *fixture) open(m platform.Maker, timeout time.Duration) {
	client := outbound.New(outbound.Options{
		Allow: []string{
			strings.TrimPrefix(s.url, "http://"),
		}, Now: s.now, NoBreaker: true, Timeout: timeout, MaxBody: 1 << 20,
	})
	s.Cleanup(client.Close)
	s.client = client
	s.platform = m.New(platform.Deps{Settings: s.settings, HTTP: client, Now: s.now})
}

func (s *fixture) now() time.Time { return time.Unix(0, s.clock.Load()).UTC() }

func (s *fixture) turn(d time.Duration) { s.clock.Add(int64(d)) }

// challenge is what the platform takes, made of the verifier.
func (s *fixture) challenge() string {
	return platform.Challenge(s.spec.ChallengeMethod(s.settings), verifier)
}

// consent walks the browser's part and gives the callback's query.
func (s *fixture) consent(c sandbox.Choice) url.Values {
	s.Helper()
	to := s.platform.AuthorizeURL(
		platform.AuthRequest{RedirectURI: s.settings.RedirectURI, State: "state&1", Challenge: s.challenge()},
	)
	back, err := s.world.Consent(s.spec.ID, to, c)
	if err != nil {
		s.Fatalf("the platform refuses the authorize URL: %v", err)
	}
	u, err := url.Parse(back)
	if err != nil || !strings.HasPrefix(back, s.settings.RedirectURI) {
		s.Fatalf("got sent back to %s, want the redirect URI", back)
	}
	if got := u.Query().Get("state"); got != "state&1" {
		s.Errorf("got state %q, want it echoed", got)
	}
	return u.Query()
}

// exchange is how a code is traded.
func (s *fixture) exchange(code string) platform.Exchange {
	x := platform.Exchange{Code: fault.Secret(code), RedirectURI: s.settings.RedirectURI}
	if s.challenge() != "" {
		x.Verifier = verifier
	}
	return x
}

// connect gives a live token of an account, as after a consent.
func (s *fixture) connect(c sandbox.Choice) platform.Token {
	s.Helper()
	t, err := s.platform.Exchange(s.Context(), s.exchange(s.consent(c).Get("code")))
	if err != nil {
		s.Fatalf("exchange: %v", err)
	}
	return t
}

// profile reads the account behind a token.
func (s *fixture) profile(t platform.Token) platform.Profile {
	s.Helper()
	p, err := s.platform.Profile(s.Context(), t)
	if err != nil {
		s.Fatalf("profile: %v", err)
	}
	return p
}

// posts reads the newest posts of a token's account.
func (s *fixture) posts(t platform.Token, q platform.PostQuery) platform.Batch {
	s.Helper()
	b, err := s.platform.Posts(s.Context(), t, q)
	if err != nil {
		s.Fatalf("posts: %v", err)
	}
	return b
}

// accounts are those that can be read; the demo creator's comes first.
func (s *fixture) accounts() []sandbox.Account {
	var out []sandbox.Account
	for _, a := range s.world.Accounts(s.spec.ID) {
		if a.Unreadable == "" {
			out = append(out, a)
		}
	}
	return out
}

// calls is how many calls the fake has seen since the last reset.
func (s *fixture) calls() (n int64) {
	for _, c := range s.world.Calls(s.spec.ID) {
		n += c
	}
	return n
}
