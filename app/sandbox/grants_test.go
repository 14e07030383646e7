package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestCodeIsForOneUse(t *testing.T) { // O6
	t.Parallel()
	w, _ := world(t, "")
	toy(w)
	q := consent(t, w, nil, Choice{})
	var wait sync.WaitGroup
	results := make(chan error, 20)
	for range 20 {
		wait.Go(func() { _, err := redeem(w, q, ""); results <- err })
	}
	wait.Wait()
	close(results)
	ok := 0
	for err := range results {
		if err == nil {
			ok++
		} else if !errors.Is(err, ErrCodeSpent) {
			t.Errorf("got %v, want %v", err, ErrCodeSpent)
		}
	}
	if ok != 1 {
		t.Errorf("got %d grants of one code, want 1", ok)
	}
}

func TestRedeemChecks(t *testing.T) { // O3, O5
	t.Parallel()
	const verifier = "0123456789012345678901234567890123456789abc"
	sum := sha256.Sum256([]byte(verifier))
	b64, hexed := base64.RawURLEncoding.EncodeToString(sum[:]), hex.EncodeToString(sum[:])
	s256 := func(c string) map[string]string {
		return map[string]string{"code_challenge": c, "code_challenge_method": "S256"}
	}
	for name, c := range map[string]struct {
		ask    map[string]string
		change func(*Redemption)
		late   time.Duration
		want   error
	}{
		"all is well":                      {change: func(*Redemption) {}},
		"base64url challenge":              {ask: s256(b64), change: func(r *Redemption) { r.Verifier = verifier }},
		"hex challenge":                    {ask: s256(hexed), change: func(r *Redemption) { r.Verifier = verifier }},
		"wrong verifier":                   {ask: s256(b64), change: func(r *Redemption) { r.Verifier = verifier + "x" }, want: ErrVerifier},
		"no verifier":                      {ask: s256(b64), change: func(*Redemption) {}, want: ErrVerifier},
		"a verifier nobody asked for":      {change: func(r *Redemption) { r.Verifier = verifier }, want: ErrVerifier},
		"wrong client":                     {change: func(r *Redemption) { r.ClientID = "other" }, want: ErrClient},
		"wrong secret":                     {change: func(r *Redemption) { r.ClientSecret = "guess" }, want: ErrSecret},
		"redirect URI with a slash":        {change: func(r *Redemption) { r.RedirectURI += "/" }, want: ErrRedirect},
		"made-up code":                     {change: func(r *Redemption) { r.Code = "made-up" }, want: ErrCode},
		"ten minutes late":                 {change: func(*Redemption) {}, late: 10 * time.Minute, want: ErrCodeExpired},
		"just in time, not a moment later": {change: func(*Redemption) {}, late: 10*time.Minute - time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, clk := world(t, "")
			toy(w)
			r := Redemption{
				ClientID:     "tiktok-app",
				ClientSecret: Marker + "-secret",
				Code:         consent(t, w, c.ask, Choice{}).Get("code"),
				RedirectURI:  back,
			}
			c.change(&r)
			clk.pass(c.late)
			if _, err := w.Redeem("tiktok", r); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestCodeOfOnePlatformIsNothingToAnother(t *testing.T) { // O4
	t.Parallel()
	w, _ := world(t, "")
	toy(w)
	q := consent(t, w, nil, Choice{})
	_, err := w.Redeem(
		"youtube",
		Redemption{ClientID: "youtube-app", ClientSecret: Marker + "-secret", Code: q.Get("code"), RedirectURI: back},
	)
	if !errors.Is(err, ErrCode) {
		t.Errorf("got %v, want %v", err, ErrCode)
	}
}

func TestRotationEndsTheOldTokenAndReuseEndsTheGrant(t *testing.T) { // T7
	t.Parallel()
	w, clk := world(t, "")
	g := granted(t, w)
	one := must[string](t)(w.Refresher(g, 180*day))
	clk.pass(20 * day)
	two, seen, err := w.Rotate("tiktok", one)
	if err != nil {
		t.Fatalf("rotate: %v", err)
	}
	if want := noon.Add(180 * day); !seen.Expires.Equal(want) {
		t.Errorf("got an end at %s, want it to stay at %s", seen.Expires, want)
	}
	access := must[string](t)(w.Access(seen, 2*time.Hour))
	if got := w.GrantCount("tiktok", g.Account); got != 1 {
		t.Errorf("got %d grants, want 1", got)
	}
	if _, _, err := w.Rotate("tiktok", one); !errors.Is(err, ErrTokenSpent) {
		t.Errorf("got %v, want %v", err, ErrTokenSpent)
	}
	if _, _, err := w.Rotate("tiktok", two); !errors.Is(err, ErrTokenRevoked) {
		t.Errorf("got %v for the younger token, want %v", err, ErrTokenRevoked)
	}
	if _, err := w.Bearer("tiktok", access); !errors.Is(err, ErrTokenRevoked) {
		t.Errorf("got %v for the access token, want %v", err, ErrTokenRevoked)
	}
	if got := w.GrantCount("tiktok", g.Account); got != 0 {
		t.Errorf("got %d grants, want 0", got)
	}
}

func TestExtend(t *testing.T) { // T11
	t.Parallel()
	w, clk := world(t, "")
	g := granted(t, w)
	first := must[string](t)(w.Access(g, 60*day))
	clk.pass(24*time.Hour - time.Second)
	if _, err := w.Extend("tiktok", first, day, 60*day, false); !errors.Is(err, ErrTokenYoung) {
		t.Errorf("got %v, want %v", err, ErrTokenYoung)
	}
	clk.pass(time.Second)
	second := must[string](t)(w.Extend("tiktok", first, day, 60*day, false))
	if second == first {
		t.Error("got the same text, want another")
	}
	clk.pass(day)
	if again := must[string](t)(w.Extend("tiktok", second, day, 60*day, true)); again != second {
		t.Error("got another text, want the same")
	}
	clk.pass(59 * day)
	if _, err := w.Extend("tiktok", first, day, 60*day, false); !errors.Is(err, ErrTokenExpired) {
		t.Errorf("got %v, want %v", err, ErrTokenExpired)
	}
	if _, err := w.Bearer("tiktok", second); err != nil {
		t.Errorf("got %v, want the extended token to live", err)
	}
}

func TestExpireAndRevoke(t *testing.T) {
	t.Parallel()
	w, _ := world(t, "")
	g := granted(t, w)
	access, refresh := must[string](t)(w.Access(g, time.Hour)), must[string](t)(w.Refresher(g, 0))
	if err := w.Expire("tiktok", g.Account); err != nil {
		t.Fatal(err)
	}
	seen, err := w.Bearer("tiktok", access)
	if !errors.Is(err, ErrTokenExpired) || seen.Account != g.Account {
		t.Errorf("got %v of %q, want %v of %q", err, seen.Account, ErrTokenExpired, g.Account)
	}
	if _, err := w.RefreshGrant("tiktok", refresh); err != nil {
		t.Errorf("got %v, want the refresh token to live", err)
	}
	if err := w.RevokeToken("tiktok", refresh); err != nil {
		t.Errorf("got %v, want the grant to end", err)
	}
	if _, err := w.RefreshGrant("tiktok", refresh); !errors.Is(err, ErrTokenRevoked) {
		t.Errorf("got %v, want %v", err, ErrTokenRevoked)
	}
	if err := w.RevokeToken("tiktok", refresh); !errors.Is(err, ErrTokenRevoked) {
		t.Errorf("got %v the second time, want %v", err, ErrTokenRevoked)
	}
	if _, err := w.Access(g, time.Hour); !errors.Is(err, ErrTokenRevoked) {
		t.Errorf("got %v, want no token of a dead grant", err)
	}
}

func TestTokensLookRealAndCarryTheMarker(t *testing.T) { // T1
	t.Parallel()
	w, _ := world(t, "")
	for p, heads := range map[string][2]string{"instagram": {"IGAA", ""}, "tiktok": {"act.", "rft."}, "youtube": {"ya29.", "1//"}} {
		text := w.issueCode(code{platform: p, account: w.Accounts(p)[0].ID, redirect: back})
		g, err := w.Redeem(
			p,
			Redemption{ClientID: p + "-app", ClientSecret: Marker + "-secret", Code: text, RedirectURI: back},
		)
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		for i, s := range []string{must[string](t)(w.Access(g, time.Hour)), must[string](t)(w.Refresher(g, time.Hour))} {
			if !strings.HasPrefix(s, heads[i]) || !strings.Contains(s, Marker) {
				t.Errorf("%s: got a token that does not begin with %q or hides", p, heads[i])
			}
		}
		if !strings.Contains(text, Marker) {
			t.Errorf("%s: got a code without the marker", p)
		}
	}
}
