package tiktok

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
	"github.com/truecount/truecount/app/platform/tiktok/tiktokfake"
	"github.com/truecount/truecount/app/sandbox"
)

// portal is the adapter before the sandbox's TikTok, with a clock of its own.
type portal struct {
	*testing.T
	platform.Platform
	settings config.Platform
	world    *sandbox.World
	passed   atomic.Int64
}

func (p *portal) now() time.Time { return platformtest.Noon.Add(time.Duration(p.passed.Load())) }

func enter(t *testing.T, pkce string) *portal {
	t.Helper()
	p := &portal{T: t}
	s := platformtest.Settings(spec, "http://unused")
	w, err := sandbox.Open(sandbox.Options{Now: p.now, Seed: 7, Clients: map[string]sandbox.Client{
		id: {ID: s.ClientID, Secret: s.ClientSecret.Reveal(), RedirectURIs: []string{s.RedirectURI}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(tiktokfake.New(w))
	t.Cleanup(srv.Close)
	t.Cleanup(func() { _ = w.Close() })
	p.world, p.settings = w, platformtest.Settings(spec, srv.URL)
	p.settings.Options["PKCE"] = pkce
	client := platformtest.Client(srv.URL, p.now)
	t.Cleanup(client.Close)
	p.Platform = open(platform.Deps{Settings: p.settings, HTTP: client, Now: p.now})
	return p
}

// consent gives the code of a consent to an address made with a challenge of a verifier.
func (p *portal) consent(verifier fault.Secret) (code fault.Secret, asked url.Values) {
	p.Helper()
	to := p.AuthorizeURL(platform.AuthRequest{
		RedirectURI: p.settings.RedirectURI, State: "s", Challenge: platform.Challenge(spec.ChallengeMethod(p.settings), verifier),
	})
	back, err := p.world.Consent(id, to, sandbox.Choice{})
	if err != nil {
		p.Fatal(err)
	}
	u, err := url.Parse(back)
	if err != nil {
		p.Fatal(err)
	}
	a, err := url.Parse(to)
	if err != nil {
		p.Fatal(err)
	}
	return fault.Secret(u.Query().Get("code")), a.Query()
}

// O3: each way to make a challenge is taken with its verifier and refused without, and what is off
// sends neither.
func TestPKCE(t *testing.T) {
	t.Parallel()
	const verifier = fault.Secret(platformtest.Canary + "-verifier-0123456789-0123456789-0123456789")
	const wrong = fault.Secret(platformtest.Canary + "-wrong----0123456789-0123456789-0123456789")
	for pkce, length := range map[string]int{"off": 0, "hex": 64, "base64url": 43} {
		t.Run(pkce, func(t *testing.T) {
			t.Parallel()
			p := enter(t, pkce)
			for name, tc := range map[string]struct {
				sent fault.Secret
				good bool
			}{"its verifier": {verifier, length > 0}, "another verifier": {wrong, false}, "no verifier": {"", length == 0}} {
				code, asked := p.consent(verifier)
				if len(asked.Get("code_challenge")) != length || asked.Has("code_challenge_method") != (length > 0) {
					t.Errorf("got %v, want a challenge of %d characters", asked, length)
				}
				if strings.ToLower(asked.Get("code_challenge")) != asked.Get("code_challenge") && pkce == "hex" {
					t.Errorf("got %s, want lower-case hex", asked.Get("code_challenge"))
				}
				token, err := p.Exchange(
					t.Context(),
					platform.Exchange{Code: code, RedirectURI: p.settings.RedirectURI, Verifier: tc.sent},
				)
				if tc.good {
					if err != nil || token.Access.Empty() {
						t.Errorf("%s: got %v, want a token", name, err)
					}
					continue
				}
				if e := platformtest.WantCode(t, err, fault.AppRefused); e.AppWide || !token.Access.Empty() {
					t.Errorf("%s: got %+v, want this attempt alone refused", name, e)
				}
			}
		})
	}
}

// The end of a grant is fixed at the consent: each refresh tells what is left, and none begins anew.
func TestTheEndOfAGrantStands(t *testing.T) { // T11
	t.Parallel()
	p := enter(t, "off")
	code, _ := p.consent("")
	token, err := p.Exchange(t.Context(), platform.Exchange{Code: code, RedirectURI: p.settings.RedirectURI})
	if err != nil {
		t.Fatal(err)
	}
	end := token.RefreshExpiresAt
	if life := end.Sub(p.now()); life != 180*24*time.Hour {
		t.Fatalf("got a grant of %s, want 180 days", life)
	}
	for range 8 {
		p.passed.Add(int64(20 * 24 * time.Hour))
		before := token.Refresh
		if token, err = p.Refresh(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		if token.RefreshExpiresAt.Sub(end).Abs() > time.Second || token.Refresh == before ||
			!spec.Renewal.ActBy(token).Equal(token.RefreshExpiresAt) {
			t.Errorf(
				"after %s: got an end at %s, want it to stand at %s",
				time.Duration(p.passed.Load()),
				token.RefreshExpiresAt,
				end,
			)
		}
		if spec.Renewal.Ended(token, p.now()) {
			t.Error("got the grant called over, want it alive")
		}
	}
	p.passed.Add(int64(20 * 24 * time.Hour))
	if !spec.Renewal.Ended(token, p.now()) {
		t.Error("got the grant alive after 180 days, want it over")
	}
	_, err = p.Refresh(t.Context(), token)
	platformtest.WantCode(t, err, fault.AuthExpired)
}
