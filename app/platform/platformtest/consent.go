package platformtest

import (
	"slices"
	"strings"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/sandbox"
)

func denial(s *fixture) {
	q := s.consent(sandbox.Choice{Deny: true})
	if q.Get("error") == "" || q.Has("code") {
		s.Errorf("got %v, want an error and no code", q)
	}
}

// partialConsent takes each optional scope away: the account still works, and the counters of that
// scope are unknown and said to be missing. // O7
func partialConsent(s *fixture) {
	for _, sc := range s.spec.Scopes {
		if sc.Required {
			continue
		}
		t := s.connect(sandbox.Choice{Without: []string{sc.Name}})
		if slices.Contains(t.Scopes, sc.Name) {
			s.Errorf("got scopes %v, want no %s", t.Scopes, sc.Name)
		}
		lost := s.spec.Missing(t.Scopes)
		p := s.profile(t)
		if slices.Contains(lost, "followers") != (p.Followers == nil) {
			s.Errorf("without %s: got followers %s, lost are %v", sc.Name, show(p.Followers), lost)
		}
		b := s.posts(t, platform.PostQuery{Limit: 10, Profile: p})
		gaps := append(slices.Clone(p.Gaps), b.Gaps...)
		if !slices.ContainsFunc(gaps, func(g *platform.Error) bool { return g.Code == fault.ScopeMissing }) {
			s.Errorf("without %s: got gaps %v, want SCOPE_MISSING", sc.Name, gaps)
		}
		for _, g := range gaps {
			NoSecrets(s, g)
		}
		if len(b.Posts) > 0 {
			samePosts(s, b.Posts, s.listed(s.accounts()[0].ID, 10), lost)
		}
	}
}

// withoutTheRequired: whoever reads the scopes can tell, or the profile says so.
func withoutTheRequired(s *fixture) {
	for _, sc := range s.spec.Scopes {
		if !sc.Required {
			continue
		}
		t, err := s.platform.Exchange(
			s.Context(),
			s.exchange(s.consent(sandbox.Choice{Without: []string{sc.Name}}).Get("code")),
		)
		if err != nil {
			NoSecrets(s, err)
			continue
		}
		if required, _ := s.spec.MissingScopes(t.Scopes); len(required) > 0 {
			continue
		}
		_, err = s.platform.Profile(s.Context(), t)
		WantCode(s, err, fault.ScopeMissing)
	}
}

// codeWorksOnce: a used, a wrong and a late code are the person's, and none is tried twice. // O6
func codeWorksOnce(s *fixture) {
	code := s.consent(sandbox.Choice{}).Get("code")
	if _, err := s.platform.Exchange(s.Context(), s.exchange(code)); err != nil {
		s.Fatal(err)
	}
	late := s.consent(sandbox.Choice{}).Get("code")
	for what, c := range map[string]string{"used": code, "wrong": Canary + "-nonsense", "late": late} {
		if what == "late" {
			continue
		}
		s.world.ResetCalls()
		_, err := s.platform.Exchange(s.Context(), s.exchange(c))
		WantCode(s, err, fault.AuthFailed)
		if s.calls() != 1 {
			s.Errorf("a %s code: got %d calls, want 1", what, s.calls())
		}
	}
	s.turn(25 * 60 * 60 * 1e9)
	_, err := s.platform.Exchange(s.Context(), s.exchange(late))
	WantCode(s, err, fault.AuthFailed)
}

// wrongCredentials are nobody's fault but the deployment's.
func wrongCredentials(s *fixture) {
	x := s.exchange(s.consent(sandbox.Choice{}).Get("code"))
	x.RedirectURI += "/"
	_, err := s.platform.Exchange(s.Context(), x)
	WantCode(s, err, fault.AppRefused)
	if s.challenge() != "" {
		x = s.exchange(s.consent(sandbox.Choice{}).Get("code"))
		x.Verifier = fault.Secret(Canary + strings.Repeat("-wrong", 8))
		_, err = s.platform.Exchange(s.Context(), x)
		if NoSecrets(s, err); err == nil {
			s.Error("a wrong verifier: got a token, want none") // O3
		}
	}
}

// renewal refreshes a grant as its mode demands: the new token works, and what the platform
// leaves out of its answer is carried over. // T12
func renewal(s *fixture) {
	old := s.connect(sandbox.Choice{})
	r := s.spec.Renewal
	if old.ExpiresAt.IsZero() || r.Due(old, s.now()) {
		s.Errorf("got a token due at once, until %s", old.ExpiresAt)
	}
	if r.MinAge > 0 {
		s.turn(r.MinAge - 1e9)
		if r.Due(old, s.now()) {
			s.Error("got a young token due, want it left alone")
		}
		_, err := s.platform.Refresh(s.Context(), old)
		NoSecrets(s, err)
		if code := fault.CodeOf(err); code == fault.AuthRevoked || code == fault.AuthExpired {
			s.Errorf("a young token: got %s, want nobody called dead", code)
		}
	}
	s.turn(old.ExpiresAt.Sub(s.now()) * 3 / 4)
	if r.Mode != platform.RenewalExtends {
		s.turn(old.ExpiresAt.Sub(s.now()))
	}
	if !r.Due(old, s.now()) {
		s.Errorf("got a token of %s to %s not due, want it due", old.IssuedAt, old.ExpiresAt)
	}
	fresh, err := s.platform.Refresh(s.Context(), old)
	if err != nil {
		s.Fatalf("refresh: %v", err)
	}
	if !fresh.ExpiresAt.After(old.ExpiresAt) || !fresh.IssuedAt.Equal(s.now()) || r.Due(fresh, s.now()) {
		s.Errorf("got a token of %s to %s, want one from now on", fresh.IssuedAt, fresh.ExpiresAt)
	}
	if !slices.Equal(fresh.Scopes, old.Scopes) || fresh.AltSubject != old.AltSubject || fresh.Subject != old.Subject {
		s.Errorf("got %v, want the scopes and subjects of before", fresh.Scopes)
	}
	want, _ := s.world.Profile(s.spec.ID, s.accounts()[0].ID)
	sameProfile(s, s.profile(fresh), want)
	switch r.Mode {
	case platform.RenewalRotates:
		if fresh.Refresh == old.Refresh || fresh.Refresh.Empty() ||
			fresh.RefreshExpiresAt.Sub(old.RefreshExpiresAt).Abs() > 1e9 {
			s.Errorf("got a refresh token until %s, want another until %s", fresh.RefreshExpiresAt, old.RefreshExpiresAt)
		}
		_, err = s.platform.Refresh(s.Context(), old)
		WantCode(s, err, fault.AuthRevoked)
	case platform.RenewalKeeps:
		if fresh.Refresh != old.Refresh {
			s.Error("got another refresh token, want the one of before")
		}
	case platform.RenewalExtends:
		if !fresh.Refresh.Empty() || !r.ActBy(fresh).IsZero() {
			s.Error("got a refresh token, want the access token to renew itself")
		}
	}
}

// endedAccess: a dead access token is refused, and the grant behind it is another matter. // T13
func endedAccess(s *fixture) {
	t := s.connect(sandbox.Choice{})
	if err := s.world.Expire(s.spec.ID, s.accounts()[0].ID); err != nil {
		s.Fatal(err)
	}
	_, err := s.platform.Profile(s.Context(), t)
	refused(s, err)
	b, err := s.platform.Posts(
		s.Context(),
		t,
		platform.PostQuery{Limit: 5, Profile: platform.Profile{Listing: "UU", ExternalID: "UC"}},
	)
	if refused(s, err); len(b.Posts) != 0 {
		s.Errorf("got %d posts, want none", len(b.Posts))
	}
	fresh, err := s.platform.Refresh(s.Context(), t)
	if s.spec.Renewal.Mode == platform.RenewalExtends {
		gone(s, err)
		return
	}
	if err != nil {
		s.Fatal(err)
	}
	s.profile(fresh)
}

func endedGrant(s *fixture) {
	t := s.connect(sandbox.Choice{})
	if err := s.world.Revoke(s.spec.ID, s.accounts()[0].ID); err != nil {
		s.Fatal(err)
	}
	_, err := s.platform.Profile(s.Context(), t)
	refused(s, err)
	_, err = s.platform.Refresh(s.Context(), t)
	gone(s, err)
	if err := s.platform.Revoke(s.Context(), t); err != nil {
		s.Errorf("revoking what is gone: got %v, want success", err)
	}
}

// revocation ends the grant where the platform can be told to, and makes no call where not. // T14
func revocation(s *fixture) {
	account := s.accounts()[0].ID
	for _, wait := range []bool{false, true} {
		t := s.connect(sandbox.Choice{})
		if wait && s.spec.Renewal.Mode != platform.RenewalExtends {
			s.turn(t.ExpiresAt.Sub(s.now()) + 1e9) // the access token is dead, the grant is not
		}
		s.world.ResetCalls()
		if err := s.platform.Revoke(s.Context(), t); err != nil {
			s.Fatal(err)
		}
		if left := s.world.GrantCount(s.spec.ID, account); s.calls() > 0 && left != 0 {
			s.Errorf("got %d grants left, want none", left)
		}
		if err := s.platform.Revoke(s.Context(), t); err != nil {
			s.Errorf("revoking again: got %v, want success", err)
		}
	}
}

// refused wants an error of the token.
func refused(s *fixture, err error) {
	s.Helper()
	NoSecrets(s, err)
	if c := fault.CodeOf(err); c != fault.AuthFailed && c != fault.AuthExpired && c != fault.AuthRevoked {
		s.Errorf("got %v, want the token refused", err)
	}
}

// gone wants an error of the grant.
func gone(s *fixture, err error) {
	s.Helper()
	NoSecrets(s, err)
	if c := fault.CodeOf(err); c != fault.AuthExpired && c != fault.AuthRevoked {
		s.Errorf("got %v, want the grant dead", err)
	}
}
