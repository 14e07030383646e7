package platform

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
)

var sample = Spec{
	Scopes:      []Scope{{Name: "base", Required: true}, {Name: "stats"}, {Name: "posts"}},
	Unavailable: []string{"saves"},
	ByScope:     map[string][]string{"stats": {"followers"}, "posts": {"shares", "views"}},
}

func TestMissing(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		granted            []string
		required, optional int
		want               string
	}{
		{nil, 0, 0, "saves"},
		{[]string{"posts", "stats", "base", "more"}, 0, 0, "saves"},
		{[]string{"base", "posts"}, 0, 1, "followers saves"},
		{[]string{"base"}, 0, 2, "followers views saves shares"},
		{[]string{}, 1, 2, "followers views saves shares"},
	} {
		required, optional := sample.MissingScopes(tc.granted)
		if len(required) != tc.required || len(optional) != tc.optional {
			t.Errorf("%v: got %v and %v missing, want %d and %d", tc.granted, required, optional, tc.required, tc.optional)
		}
		if got := strings.Join(sample.Missing(tc.granted), " "); got != tc.want {
			t.Errorf("%v: got %q, want %q in the contract's order", tc.granted, got, tc.want)
		}
	}
}

// T11, T12: when a grant is refreshed, when it is over, and when a person must act.
func TestRenewal(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	extends := Renewal{Mode: RenewalExtends, MinAge: day, HalfLife: true}
	rotates := Renewal{Mode: RenewalRotates, Margin: 5 * time.Minute}
	long := Token{Access: "a", IssuedAt: start, ExpiresAt: start.Add(60 * day)}
	short := Token{
		Access:           "a",
		Refresh:          "r",
		IssuedAt:         start,
		ExpiresAt:        start.Add(2 * time.Hour),
		RefreshExpiresAt: start.Add(180 * day),
	}
	unknown := Token{Access: "a", Refresh: "r", IssuedAt: start}
	alone := Token{Access: "a", IssuedAt: start, ExpiresAt: start.Add(time.Hour)}
	for _, tc := range []struct {
		name  string
		r     Renewal
		token Token
		after time.Duration
		due   bool
		over  bool
	}{
		{"extends: young", extends, long, day - 1, false, false},
		{"extends: before half life", extends, long, 30*day - 1, false, false},
		{"extends: half life", extends, long, 30 * day, true, false},
		{"extends: over", extends, long, 60 * day, true, true},
		{"extends: end unknown, young", extends, Token{IssuedAt: start}, time.Hour, false, false},
		{"extends: end unknown, old enough", extends, Token{IssuedAt: start}, day, true, false},
		{"rotates: fresh", rotates, short, 2*time.Hour - 5*time.Minute - 1, false, false},
		{"rotates: in the margin", rotates, short, 2*time.Hour - 5*time.Minute, true, false},
		{"rotates: access over, grant not", rotates, short, 100 * day, true, false},
		{"rotates: grant over", rotates, short, 180 * day, true, true},
		{"rotates: ends unknown", rotates, unknown, 0, true, false},
		{"rotates: no refresh token", rotates, alone, time.Hour, true, true},
	} {
		now := start.Add(tc.after)
		if got := tc.r.Due(tc.token, now); got != tc.due {
			t.Errorf("%s: got due %t, want %t", tc.name, got, tc.due)
		}
		if got := tc.r.Ended(tc.token, now); got != tc.over {
			t.Errorf("%s: got over %t, want %t", tc.name, got, tc.over)
		}
	}
	for name, pair := range map[string][2]time.Time{
		"extends": {extends.ActBy(long), {}}, "rotates": {rotates.ActBy(short), short.RefreshExpiresAt}, "no refresh token": {rotates.ActBy(alone), alone.ExpiresAt},
	} {
		if !pair[0].Equal(pair[1]) {
			t.Errorf("%s: got act by %s, want %s", name, pair[0], pair[1])
		}
	}
}

// O3: the challenge in the encoding that the platform and the setting ask for.
func TestChallenge(t *testing.T) {
	t.Parallel()
	const verifier = fault.Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") // RFC 7636, appendix B
	for method, want := range map[PKCEMethod]string{
		PKCENone: "", PKCES256: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", PKCEHex: "13d31e961a1ad8ec2f16b10c4c982e0876a878ad6df144566ee1894acb70f9c3",
	} {
		if got := Challenge(method, verifier); got != want {
			t.Errorf("%q: got %s, want %s", method, got, want)
		}
	}
	for option, want := range map[string]PKCEMethod{"": PKCES256, "off": PKCENone, "hex": PKCEHex, "base64url": PKCES256} {
		p := config.Platform{Options: map[string]string{"PKCE": option}}
		if got := (Spec{PKCE: PKCES256}).ChallengeMethod(p); got != want {
			t.Errorf("option %q: got %q, want %q", option, got, want)
		}
	}
}

func TestMovedHosts(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"http://127.0.0.1:9999/x": "127.0.0.1:9999", "https://fake.example": "fake.example:443", "http://[::1]/": "[::1]:80", "http://[::1]:7/": "[::1]:7",
	} {
		got := MovedHosts(
			config.Platform{
				URLs:  map[string]string{"A": address, "B": "https://real.example"},
				Moved: map[string]bool{"A": true, "B": false},
			},
		)
		if len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %v, want %s alone", address, got, want)
		}
	}
}

// Every way a call may bring no answer has its code; only a limit says whose it is.
func TestUnanswered(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		cause   error
		code    fault.Code
		appWide bool
	}{
		{&outbound.Error{Kind: outbound.KindTimeout}, fault.Timeout, false},
		{&outbound.Error{Kind: outbound.KindNetwork}, fault.Network, false},
		{&outbound.Error{Kind: outbound.KindCanceled}, fault.Network, false},
		{&outbound.Error{Kind: outbound.KindBlocked}, fault.Network, false},
		{&outbound.Error{Kind: outbound.KindTooLarge}, fault.BadResponse, false},
		{&outbound.Error{Kind: outbound.KindRedirect}, fault.BadResponse, false},
		{&outbound.Error{Kind: outbound.KindLimited, PerAccount: true, RetryAfter: time.Minute}, fault.RateLimit, false},
		{&outbound.Error{Kind: outbound.KindLimited, RetryAfter: time.Minute}, fault.RateLimit, true},
		{&outbound.Error{Kind: outbound.KindLimited, Day: true, RetryAfter: time.Hour}, fault.QuotaExhausted, true},
		{&outbound.Error{Kind: outbound.KindOpen, RetryAfter: time.Second}, fault.PlatformError, true},
		{errors.New("something else"), fault.Internal, false},
	} {
		e := Unanswered("p", StepPosts, tc.cause)
		var o *outbound.Error
		if errors.As(tc.cause, &o) && e.RetryAfter != o.RetryAfter {
			t.Errorf("%v: got a wait of %s, want %s", tc.cause, e.RetryAfter, o.RetryAfter)
		}
		if e.Code != tc.code || e.AppWide != tc.appWide || e.Step != StepPosts || !errors.Is(e, tc.cause) {
			t.Errorf("%v: got %+v, want %s, app-wide %t", tc.cause, e, tc.code, tc.appWide)
		}
	}
}

func TestErrorSpeaks(t *testing.T) {
	t.Parallel()
	err := error(
		&Error{
			Platform: "p",
			Step:     StepToken,
			Code:     fault.AuthRevoked,
			Status:   400,
			Native:   "190/460",
			Detail:   "gone",
			Cause:    context.Canceled,
		},
	)
	if got, want := err.Error(), "p token: AUTH_REVOKED http 400 code 190/460: gone: context canceled"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if fault.CodeOf(err) != fault.AuthRevoked || !errors.Is(err, context.Canceled) {
		t.Errorf("got %s, want its code and its cause", fault.CodeOf(err))
	}
	for in, want := range map[string]string{"scope_not_authorized": "scope_not_authorized", "two words": "", "line\nbreak": "", strings.Repeat("x", 81): "", "é": ""} {
		if got := ShortCode(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// Half a Spec is refused, and what is missing is named.
func TestHalfASpecIsNamed(t *testing.T) {
	t.Parallel()
	lacks := strings.Join(
		(Spec{ID: "Half", Icon: `<svg viewBox="0 0 24 24"><script/></svg>`, Scopes: []Scope{{Name: "a"}}}).Lacks(),
		"\n",
	)
	for _, want := range []string{"ID:", "Name", "Colour", "AUTHORIZE_URL", "PostNoun", "AccountKind", "Notes", "Metrics", "PrivacyURL", "<script>", "reason of a", "exactly one that is required"} {
		if !strings.Contains(lacks, want) {
			t.Errorf("got %q, want %q in it", lacks, want)
		}
	}
}

// An icon is paths alone, of which only the data is put into pages.
func TestIcons(t *testing.T) {
	t.Parallel()
	const box = `<svg viewBox="0 0 24 24">`
	for icon, want := range map[string]string{
		box + `<title>T</title><path d="M1 1l2-.5z"/></svg>`:    "M1 1l2-.5z",
		box + `<path d="M1 1"/><path d="M2 2"/></svg>`:          "M1 1 M2 2",
		box + `<path onclick="x()" d="M1 1"/></svg>`:            "M1 1",
		box + `<path d="M1 1&quot;/>&lt;script&gt;"/></svg>`:    "",
		box + `<path d="m1 1"/></svg>`:                          "",
		box + `<path/></svg>`:                                   "",
		box + `<image href="https://x"/><path d="M1 1"/></svg>`: "",
		box + `<g><path d="M1 1"/></g></svg>`:                   "",
		box + `<title>T</title></svg>`:                          "",
		box + `<path d="M1 1"/>`:                                "",
		`<svg viewBox="0 0 48 48"><path d="M1 1"/></svg>`:       "",
		`<html><svg viewBox="0 0 24 24"/></html>`:               "",
		"": "",
	} {
		spec := Spec{Icon: icon}
		if got := spec.Mark(); got != want || (spec.IconError() == nil) != (want != "") {
			t.Errorf("%s: got %q and %v, want %q", icon, got, spec.IconError(), want)
		}
	}
}

func TestStyle(t *testing.T) {
	t.Parallel()
	got := Style([]Spec{{ID: "a", Colour: Colour{"#000000", "#FFFFFF"}}, {ID: "b", Colour: Colour{"#111111", "#EEEEEE"}}})
	for _, want := range []string{"--a:light-dark(#000000,#FFFFFF)", ".p-of-a{--c:var(--a)}", ".p-of-b{--c:var(--b);--dash:6 3}"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
}
