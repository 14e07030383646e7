package grants_test

import (
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/schedule"
)

// J14: a clock that jumps, 400 days ahead and back, or by an hour, on platforms whose own clock is right, costs no
// grant, and within a minute everything is due when it should be.
func TestAClockThatJumps(t *testing.T) {
	t.Parallel()
	for name, jump := range map[string]time.Duration{"400 days": 400 * 24 * time.Hour, "an hour": time.Hour, "a week": 7 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			right := &jobstest.Clock{}
			right.Advance(jobstest.Morning.Sub(right.Now()))
			y := jobstest.New(t, jobstest.Options{World: right.Now})
			owner := y.Creator("jump@example.test")
			ids := map[string]string{}
			for _, p := range platforms {
				ids[p] = y.AddAccount(owner, p, sandbox.Choice{})
			}
			minute := func() {
				t.Helper()
				y.Advance(time.Minute)
				right.Advance(time.Minute)
				y.Runner.Tick(y.Ctx)
				if _, err := y.Connect.Deletions.Sweep(y.Ctx); err != nil {
					t.Fatal(err)
				}
				if _, err := y.Connect.Grants.Renew(y.Ctx); err != nil {
					t.Fatal(err)
				}
				y.RunDue()
			}
			for range 3 {
				minute()
			}
			day := func(d time.Duration) {
				y.Advance(d)
				right.Advance(d)
			}
			day(30 * time.Hour) // nothing is too young to be renewed
			minute()
			check := func(when string) {
				t.Helper()
				now := y.Now()
				for _, c := range y.Store.Client.Connection.Query().AllX(y.Ctx) {
					if c.Status != connection.StatusConnected {
						t.Errorf("%s: %s is %s %s %s, want no grant given up", when, c.Platform, c.Status, c.StatusCode, c.StatusDetail)
					}
					spec, _ := y.Platforms.Get(c.Platform)
					most := 31 * 24 * time.Hour // half an Instagram token's life
					if spec.Spec().Renewal.Mode != platform.RenewalExtends {
						most = platform.KeepAlive
					}
					if d := c.RefreshDueAt.Sub(now); d > most || c.TokenIssuedAt.After(now) {
						t.Errorf("%s: %s is renewed in %s, issued %s, want it within %s", when, c.Platform, d, c.TokenIssuedAt, most)
					}
				}
				for _, s := range y.Store.Client.Schedule.Query().AllX(y.Ctx) {
					if s.DueAt.Sub(now) > 25*time.Hour || s.LastSuccessAt != nil && s.LastSuccessAt.Sub(now) > time.Hour {
						t.Errorf("%s: %s is due in %s, last synced %s", when, s.Platform, s.DueAt.Sub(now), s.LastSuccessAt)
					}
				}
			}
			// Something waits for a time while the clock is wrong, and somebody holds a lease.
			y.World.AddFault(
				sandbox.Fault{Platform: "tiktok", Endpoint: "/v2/user/info/", Kind: sandbox.FaultStatus, Status: 500},
			)
			y.Advance(jump)
			for range 3 {
				minute()
			}
			y.World.RemoveFaults()
			for _, id := range ids {
				if c := y.Store.Client.Connection.GetX(y.Ctx, id); c.Status != connection.StatusConnected {
					t.Errorf("ahead: %s is %s %s %s, want no grant given up", c.Platform, c.Status, c.StatusCode, c.StatusDetail)
				}
			}
			y.Store.Client.Connection.UpdateOneID(ids["youtube"]).
				SetLeaseHolder("gone").
				SetLeaseUntil(y.Now().Add(time.Minute)).
				SetRefreshRetryAt(y.Now().Add(time.Hour)).
				ExecX(y.Ctx)
			y.Advance(-jump)
			for range 2 {
				minute()
			}
			check("back")
			if jump > 26*time.Hour {
				for _, r := range y.Store.Client.Run.Query().Where(run.CompletedAtIsNil()).AllX(y.Ctx) {
					if r.NextAttemptAt != nil && r.NextAttemptAt.Sub(y.Now()) > time.Hour {
						t.Errorf("got a run of %s that waits for %s", r.Platform, r.NextAttemptAt.Sub(y.Now()))
					}
				}
			}
			day(25 * time.Hour)
			for range 3 {
				minute()
			}
			check("a day later")
			late := y.Store.Client.Schedule.Query().Where(schedule.LastSuccessAtLT(y.Now().Add(-2 * time.Hour))).CountX(y.Ctx)
			if late != 0 {
				t.Errorf("got %d accounts not synced the day after", late)
			}
		})
	}
}

// TikTok's refresh token that ends within 14 days is said to, from the first minute and after a renewal, and no
// longer once it lasts.
func TestAGrantThatEndsSoon(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("soon@example.test"), "tiktok", sandbox.Choice{})
	grant := row(y, id).RefreshExpiresAt
	y.Advance(grant.Sub(y.Now()) - 15*24*time.Hour)
	for day := range 3 {
		if _, err := y.Connect.Grants.Renew(y.Ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := y.Connect.Deletions.Sweep(y.Ctx); err != nil {
			t.Fatal(err)
		}
		y.RequestSync(id)
		y.RunDue()
		want := connection.StatusConnected
		if left := row(y, id).RefreshExpiresAt.Sub(y.Now()); left < 14*24*time.Hour {
			want = connection.StatusExpiring
		}
		if got := row(y, id).Status; got != want || day == 2 && got != connection.StatusExpiring {
			t.Errorf("day %d: got %s, %s left, want %s", day, got, row(y, id).RefreshExpiresAt.Sub(y.Now()), want)
		}
		y.Advance(24 * time.Hour)
	}
	y.AddAccount(row(y, id).OwnerID, "tiktok", sandbox.Choice{})
	if got := row(y, id).Status; got != connection.StatusConnected {
		t.Errorf("got %s after a new consent, want connected", got)
	}
}

// J14: what was held, and what was refused, while a clock was ahead is of now when it is right again: the
// platform is asked within a quarter of an hour, a success ends the hold, and no old refusal counts with a new one. An
// admin's pause stays.
func TestAHoldOfATimeToCome(t *testing.T) {
	t.Parallel()
	for name, jump := range map[string]time.Duration{"400 days": 400 * 24 * time.Hour, "an hour": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := jobstest.New(t, jobstest.Options{})
			a, b := y.Creator("a@example.test"), y.Creator("b@example.test")
			var ids []string
			for i, acc := range y.World.AddAccounts("tiktok", 3) {
				ids = append(ids, y.AddAccount([]string{a, a, b}[i], "tiktok", sandbox.Choice{Account: acc.ID}))
			}
			tube := y.AddAccount(a, "youtube", sandbox.Choice{})
			refusedBy := func(id string) platform.Blame {
				t.Helper()
				whose, err := y.Connect.Grants.Doubt(
					y.Ctx,
					id,
					&platform.Error{
						Platform:    "tiktok",
						Step:        platform.StepProfile,
						Code:        fault.AuthFailed,
						Status:      401,
						Unexplained: true,
					},
				)
				if err != nil {
					t.Fatal(err)
				}
				return whose
			}
			y.Advance(jump)
			if err := y.Connect.Grants.Hold(y.Ctx, &platform.Error{Platform: "youtube", Step: platform.StepProfile, Code: fault.AppRefused, Status: 403, AppWide: true}); err != nil {
				t.Fatal(err)
			}
			if err := y.Connect.PausePlatform(y.Ctx, "instagram"); err != nil {
				t.Fatal(err)
			}
			pause := y.Store.Client.Hold.GetX(y.Ctx, platform.PauseOf("instagram")).Until
			_, _ = refusedBy(ids[0]), refusedBy(ids[1])
			y.Advance(-jump)
			if _, err := y.Connect.Deletions.Sweep(y.Ctx); err != nil {
				t.Fatal(err)
			}
			if whose := refusedBy(ids[2]); whose == platform.BlameInstallation || y.Connect.Grants.Held(y.Ctx, "tiktok") != nil {
				t.Errorf("got %v, want the refusals of a time to come not counted", whose)
			}
			if since, _, err := y.Connect.Grants.Refusal(y.Ctx, "youtube"); err != nil || since.IsZero() ||
				since.After(y.Now()) {
				t.Errorf("got it refused since %s, %v, want it held, since now at the latest", since, err)
			}
			y.Advance(15*time.Minute + time.Second)
			if _, err := y.Connect.Grants.Enter(y.Ctx, "youtube", tube); err != nil {
				t.Errorf("got %v, want the platform asked", err)
			}
			if err := y.Connect.Grants.Served(y.Ctx, "youtube", tube, y.Now()); err != nil {
				t.Fatal(err)
			}
			if since, _, err := y.Connect.Grants.Refusal(y.Ctx, "youtube"); err != nil || !since.IsZero() {
				t.Errorf("got it refused since %s, %v, want the success to end it", since, err)
			}
			if got := y.Store.Client.Hold.GetX(y.Ctx, platform.PauseOf("instagram")).Until; !got.Equal(pause) {
				t.Errorf("got the pause until %s, want it as it was, %s", got, pause)
			}
		})
	}
}
