package grants_test

import (
	"context"
	"testing"
	"time"

	"github.com/truecount/truecount/app/connect/grants"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/ent/connection"
)

// refreshing is a platform that answers a refresh as a test says.
type refreshing struct {
	platform.Platform
	change func(*platform.Token)
}

func (p *refreshing) Refresh(ctx context.Context, old platform.Token) (platform.Token, error) {
	t, err := p.Platform.Refresh(ctx, old)
	if err == nil {
		p.change(&t)
	}
	return t, err
}

func answered(y *jobstest.Harness, change func(*platform.Token)) *grants.Grants {
	return grants.New(grants.Options{
		Store: y.Store, Vault: y.Vault, Source: "sandbox", Now: y.Now,
		Platforms: platformtest.Wrapped(
			y.Platforms,
			func(p platform.Platform) platform.Platform { return &refreshing{p, change} },
		),
	})
}

// An answer to a refresh that is for another account, or holds no token, is never stored over this one's, and blames
// nobody.
func TestAnAnswerForAnother(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*platform.Token){
		"another account": func(t *platform.Token) { t.Subject = "another" },
		"no token":        func(t *platform.Token) { t.Access = "" },
	} {
		y := jobstest.New(t, jobstest.Options{})
		id := y.AddAccount(y.Creator("other@example.test"), "tiktok", sandbox.Choice{})
		before := row(y, id)
		_, _, err := answered(y, change).Fresh(y.Ctx, id, before.TokenVersion)
		after := row(y, id)
		if !fault.Is(err, fault.BadResponse) || after.TokenVersion != before.TokenVersion ||
			string(*after.AccessSealed) != string(*before.AccessSealed) {
			t.Errorf("%s: got %v and version %d, want BAD_RESPONSE and the pair as it was", name, err, after.TokenVersion)
		}
		if after.Status != connection.StatusConnected || after.RefreshRetryAt == nil {
			t.Errorf("%s: got %s, want nobody blamed and another try", name, after.Status)
		}
	}
}

// An answer without a refresh token leaves the stored one, with its end.
func TestAnAnswerWithoutARefreshToken(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("without@example.test"), "youtube", sandbox.Choice{})
	before := row(y, id)
	c := answered(y, func(t *platform.Token) { t.Refresh, t.RefreshExpiresAt = "", time.Time{} })
	for range 3 {
		y.Advance(25 * time.Hour)
		token, _, err := c.Fresh(y.Ctx, id, row(y, id).TokenVersion)
		if err != nil || token.Refresh.Empty() {
			t.Fatalf("got %v, want the refresh token that was there", err)
		}
	}
	after := row(y, id)
	if after.TokenVersion != before.TokenVersion+3 || (after.RefreshExpiresAt == nil) != (before.RefreshExpiresAt == nil) {
		t.Errorf(
			"got version %d and end %v, want three renewals and the end as it was, %v",
			after.TokenVersion,
			after.RefreshExpiresAt,
			before.RefreshExpiresAt,
		)
	}
}

// Word that an older token was lost does nothing to a consent given since.
func TestALateLost(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	owner := y.Creator("late@example.test")
	id := y.AddAccount(owner, "tiktok", sandbox.Choice{})
	old := row(y, id).TokenVersion
	y.AddAccount(owner, "tiktok", sandbox.Choice{})
	if err := y.Connect.Grants.Lost(y.Ctx, id, old, fault.AuthRevoked, "late"); err != nil {
		t.Fatal(err)
	}
	if got := row(y, id); got.Status != connection.StatusConnected || got.TokenVersion == old {
		t.Errorf("got %s, want the newer consent to stand", got.Status)
	}
	if err := y.Connect.Grants.Lost(y.Ctx, id, row(y, id).TokenVersion, fault.AuthRevoked, "now"); err != nil ||
		row(y, id).Status != connection.StatusNeedsReconnect {
		t.Errorf("got %v, %s, want word of the present one to count", err, row(y, id).Status)
	}
}
