package platformtest

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/sandbox"
)

// Run is the suite that every adapter passes against its fake.
func Run(t *testing.T, m platform.Maker, fake func(*sandbox.World) http.Handler) {
	t.Helper()
	if lacks := m.Spec.Lacks(); len(lacks) > 0 {
		t.Fatalf("the Spec of %q lacks %s", m.Spec.ID, strings.Join(lacks, "; "))
	}
	for _, c := range []struct {
		name string
		run  func(*fixture)
	}{
		{"the fake's accounts and posts are found by their ids", foundByID},
		{"reads what is true", readsTheTruth},
		{"pages past a page", pagesPastAPage},
		{"keeps to the daily budget", keepsToTheBudget},
		{"settled posts are not asked again", settledPosts},
		{"accounts that cannot be read", accountsThatCannotBeRead},
		{"denial brings no code", denial},
		{"partial consent names what is missing", partialConsent},
		{"without the required scope", withoutTheRequired},
		{"a code works once", codeWorksOnce},
		{"wrong credentials are the deployment's", wrongCredentials},
		{"a grant is renewed", renewal},
		{"an ended access token", endedAccess},
		{"a grant ended at the platform", endedGrant},
		{"revocation", revocation},
		{"limits", limits},
		{"a cancelled call", cancelled},
		{"insights that stay away", insightsStayAway},
		{"insights refused in the list", insightsRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(newFixture(t, m, fake))
		})
	}
	t.Run("lists that lead back", func(t *testing.T) {
		t.Parallel()
		listsThatLeadBack(t, m, fake)
	})
	t.Run("a caller that leaves", func(t *testing.T) {
		t.Parallel()
		callerLeaves(t, m, fake)
	})
	t.Run("outages and nonsense", func(t *testing.T) {
		t.Parallel()
		badAnswers(t, m, fake)
	})
	t.Run("answers without sense", func(t *testing.T) {
		t.Parallel()
		mutatedAnswers(t, m, fake)
	})
}

// listed is what a reading of the newest n entries of an account's list should arrive at.
func (s *fixture) listed(account string, n int) []sandbox.Post {
	return slices.DeleteFunc(s.world.List(s.spec.ID, account, 0, n), func(p sandbox.Post) bool { return p.Gone != "" })
}

// foundByID: no two accounts and no two posts of the fake share an id, and each id leads back to its own. The adapter
// has no part in it.
func foundByID(s *fixture) {
	id := s.spec.ID
	s.world.AddAccounts(id, 3)
	if len(s.accounts()) == 0 {
		s.Fatal("got a fake without an account that can be read, want one for the demo at least")
	}
	seen := map[string]bool{}
	for _, a := range s.world.Accounts(id) {
		if got, ok := s.world.Account(id, a.ID); !ok || got.No != a.No || seen["account "+a.ID] {
			s.Errorf("account %q: got number %d, want %d and an id of its own", a.ID, got.No, a.No)
		}
		seen["account "+a.ID] = true
		for _, p := range s.world.List(id, a.ID, 0, 1000) {
			if got, part, ok := s.world.Post(id, p.ID); !ok || part != 0 || got.AccountID != a.ID || got.Index != p.Index ||
				seen[p.ID] {
				s.Fatalf(
					"post %q: got post %d of %s, want %d of %s and an id of its own",
					p.ID,
					got.Index,
					got.AccountID,
					p.Index,
					a.ID,
				)
			}
			seen[p.ID] = true
			for k := range p.Parts {
				part := s.world.Part(id, p, k+1)
				if got, child, ok := s.world.Post(id, part); !ok || child != k+1 || got.ID != p.ID {
					s.Fatalf("part %q of post %s: got %d of %s", part, p.ID, child, got.ID)
				}
			}
		}
	}
	for _, strange := range []string{"", "0", "abc", "18446744073709551615", "AAAAAAAAAAA", "17900000000000000"} {
		if got, _, ok := s.world.Post(id, strange); ok && got.ID != strange {
			s.Errorf("post %q: got %s, want none", strange, got.ID)
		}
	}
}

// readsTheTruth compares every account, number by number. // J9
func readsTheTruth(s *fixture) {
	for _, a := range s.accounts() {
		t := s.connect(sandbox.Choice{Account: a.ID})
		if (t.Subject != "" && t.Subject != a.ID) || (t.AltSubject != "" && t.AltSubject != a.AltID) {
			s.Errorf("the token of %s: got %q and %q for subjects, want its ids", a.Handle, t.Subject, t.AltSubject)
		}
		if required, optional := s.spec.MissingScopes(t.Scopes); len(required)+len(optional) > 0 {
			s.Errorf("got scopes %v, want all that were asked for", t.Scopes)
		}
		want, _ := s.world.Profile(s.spec.ID, a.ID)
		p := s.profile(t)
		sameProfile(s, p, want)
		b := s.posts(t, platform.PostQuery{Limit: s.spec.Settings.PostLimit, Profile: p})
		samePosts(s, b.Posts, s.listed(a.ID, s.spec.Settings.PostLimit), s.spec.Unavailable)
		if len(p.Gaps)+len(b.Gaps) != 0 {
			s.Errorf("gaps of %s: got %v and %v, want none", a.Handle, p.Gaps, b.Gaps)
		}
		if p.PictureURL != "" && s.spec.Link(p.PictureURL) == "" || p.URL != "" && s.spec.Link(p.URL) == "" {
			s.Errorf("got %s and %s, want the platform's own hosts", p.PictureURL, p.URL)
		}
	}
}

func pagesPastAPage(s *fixture) {
	a := s.accounts()[0]
	t := s.connect(sandbox.Choice{})
	n := 2*s.spec.Settings.PostLimit + 3
	b := s.posts(t, platform.PostQuery{Limit: n, Profile: s.profile(t)})
	samePosts(s, b.Posts, s.listed(a.ID, n), s.spec.Unavailable)
	few := s.posts(t, platform.PostQuery{Limit: 3, Profile: s.profile(t)})
	samePosts(s, few.Posts, s.listed(a.ID, 3), s.spec.Unavailable)
}

// keepsToTheBudget: two calls a day, or three units where the platform counts in units; on the first
// day and on the next, when the posts are known. // J11
func keepsToTheBudget(s *fixture) {
	t := s.connect(sandbox.Choice{})
	q := platform.PostQuery{Limit: s.spec.Settings.PostLimit}
	for _, day := range []string{"first", "second"} {
		s.world.ResetCalls()
		var m outbound.Meter
		ctx := outbound.Metered(s.Context(), &m)
		p, err := s.platform.Profile(ctx, t)
		if err != nil {
			s.Fatal(err)
		}
		q.Profile = p
		b, err := s.platform.Posts(ctx, t, q)
		if err != nil {
			s.Fatal(err)
		}
		most := int64(2)
		if units := s.world.Units(s.spec.ID); units > 0 {
			most = 3
			if units > most {
				s.Errorf("%s day: got %d units, want at most %d", day, units, most)
			}
		}
		if s.calls() > most || m.Calls() != s.calls() {
			s.Errorf(
				"%s day: got %v, metered %d, want at most %d calls, all counted",
				day,
				s.world.Calls(s.spec.ID),
				m.Calls(),
				most,
			)
		}
		if len(b.Gone) != 0 {
			s.Errorf("%s day: got %v gone, want none", day, b.Gone)
		}
		// As a day has passed since; the clock stands, so that the token is still good.
		q.Listed, q.Count = s.now().Add(-24*time.Hour), p.Posts
		for _, x := range b.Posts {
			q.Known = append(
				q.Known,
				platform.Known{
					ExternalID: x.ExternalID,
					PostedAt:   x.PostedAt,
					ReadAt:     q.Listed,
					SeenAt:     q.Listed,
					Settled:    x.InsightsNever,
				},
			)
		}
	}
}

func settledPosts(s *fixture) {
	for _, a := range s.accounts() {
		t := s.connect(sandbox.Choice{Account: a.ID})
		q := platform.PostQuery{Limit: s.spec.Settings.PostLimit, Profile: s.profile(t)}
		s.world.ResetCalls()
		for _, p := range s.posts(t, q).Posts {
			if p.InsightsNever {
				q.Known = append(q.Known, platform.Known{ExternalID: p.ExternalID, PostedAt: p.PostedAt, Settled: true})
			}
		}
		first := s.calls()
		s.world.ResetCalls()
		b := s.posts(t, q)
		samePosts(s, b.Posts, s.listed(a.ID, q.Limit), s.spec.Unavailable)
		settled := q.Settled()
		if s.calls() > first || (len(settled) > 0 && s.calls() > 2) {
			s.Errorf("%s with %d settled posts: got %d calls after %d, want at most 2", a.Handle, len(settled), s.calls(), first)
		}
		for _, p := range b.Posts {
			if p.InsightsNever != settled[p.ExternalID] {
				s.Errorf("post %s: got settled %t, want %t", p.ExternalID, p.InsightsNever, settled[p.ExternalID])
			}
		}
	}
}

// accountsThatCannotBeRead are told apart by a code that every platform spells alike. // O7
func accountsThatCannotBeRead(s *fixture) {
	for _, a := range s.world.Accounts(s.spec.ID) {
		if a.Unreadable == "" {
			continue
		}
		t := s.connect(sandbox.Choice{Account: a.ID})
		_, err := s.platform.Profile(s.Context(), t)
		if e := WantCode(s, err, fault.NotFound); e.Native != a.Unreadable {
			s.Errorf("%s: got native %q, want %q", a.Name, e.Native, a.Unreadable)
		}
	}
}
