package syncer_test

import (
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/schedule"
)

// When a day's allowance does not carry all channels, every profile is read on its day, the posts take
// turns so that the same accounts never wait again and again, a part is left for people, and the platform
// is never asked for more. J11
func TestAShortAllowance(t *testing.T) {
	t.Parallel()
	const channels, limit = 30, 60 // all of them would cost between 60 and 90
	y := jobstest.New(t, jobstest.Options{Ledger: true, Platform: func(p *config.Platform) {
		p.Delay = 0
		if p.ID == "youtube" {
			p.Quotas["QUOTA"] = []config.Rate{{Limit: 1000, Per: "day"}}
		}
	}})
	owner := y.Creator("many@example.test")
	for _, a := range y.World.AddAccounts("youtube", channels) {
		y.AddAccount(owner, "youtube", sandbox.Choice{Account: a.ID})
	}
	y.RunDue()
	y.Advance(24 * time.Hour)
	z := y.Reopen(func(p *config.Platform) {
		if p.ID == "youtube" {
			p.Quotas["QUOTA"] = []config.Rate{{Limit: limit, Per: "day"}}
		}
	})
	for day := range 6 {
		y.World.ResetCalls()
		began := y.Now()
		z.Runner.Tick(y.Ctx)
		z.RunDue()
		// The evening belongs to people: one who asks is answered in full.
		asked := z.Store.Client.Connection.Query().FirstIDX(y.Ctx)
		z.RequestSync(asked)
		z.RunDue()
		if r := z.Store.Client.Run.Query().Where(run.ConnectionID(asked), run.TriggerEQ(run.TriggerAdmin), run.CreatedAtGTE(began)).OnlyX(y.Ctx); r.State != run.StateSuccess {
			t.Errorf("day %d: got %s %s for a person, want success", day, r.State, r.ErrorMessage)
		}
		late := z.Store.Client.Schedule.Query().Where(schedule.LastSuccessAtLT(began)).CountX(y.Ctx)
		light := z.Store.Client.Run.Query().
			Where(run.CreatedAtGTE(began), run.StateEQ(run.StatePartial), run.ErrorCode(string(fault.QuotaExhausted))).
			CountX(y.Ctx)
		if late != 0 || light == 0 || light == channels {
			t.Errorf("day %d: got %d without a profile and %d without posts, want none and some", day, late, light)
		}
		if units := y.World.Units("youtube"); units > limit {
			t.Errorf("day %d: got %d units at the platform, want at most %d", day, units, limit)
		}
		y.Advance(24 * time.Hour)
	}
	oldest := z.Store.Client.Schedule.Query().Where(schedule.PostsReadAtLT(y.Now().Add(-4 * 24 * time.Hour))).CountX(y.Ctx)
	if oldest != 0 {
		t.Errorf("got %d channels whose posts are older than four days, want each to have had its turn", oldest)
	}
}

// Where even the profiles do not fit, those who wait have a time, and are the first of the next day.
func TestWhoWaitsGoesFirst(t *testing.T) {
	t.Parallel()
	const channels = 20
	y := jobstest.New(t, jobstest.Options{Ledger: true, Platform: func(p *config.Platform) { p.Delay = 0 }})
	owner := y.Creator("many@example.test")
	for _, a := range y.World.AddAccounts("youtube", channels) {
		y.AddAccount(owner, "youtube", sandbox.Choice{Account: a.ID})
	}
	y.RunDue()
	y.Advance(24 * time.Hour)
	z := y.Reopen(func(p *config.Platform) {
		if p.ID == "youtube" {
			p.Quotas["QUOTA"] = []config.Rate{{Limit: 12, Per: "day"}}
		}
	})
	z.Runner.Tick(y.Ctx)
	z.RunDue()
	waiting := z.Store.Client.Run.Query().Where(run.StateEQ(run.StateDeferred)).AllX(y.Ctx)
	if len(waiting) < channels-12 || len(waiting) > channels-6 {
		t.Fatalf("got %d deferred of %d, want those that do not fit", len(waiting), channels)
	}
	first := map[string]bool{}
	for _, r := range waiting {
		first[r.ConnectionID] = true
		if r.NextAttemptAt == nil || r.NextAttemptAt.Sub(y.Now()) > 25*time.Hour ||
			r.ErrorCode != string(fault.QuotaExhausted) ||
			r.APICalls != 0 {
			t.Errorf(
				"got %v %s after %d calls, want a time within a day and nothing asked",
				r.NextAttemptAt,
				r.ErrorCode,
				r.APICalls,
			)
		}
	}
	y.Advance(21 * time.Hour) // the platform's day is over, ours not yet
	z.RunDue()
	for id := range first {
		s := z.Store.Client.Schedule.Query().Where(schedule.ConnectionID(id)).OnlyX(y.Ctx)
		if s.LastSuccessAt == nil || y.Now().Sub(*s.LastSuccessAt) > time.Hour {
			t.Errorf("got %s last synced at %v, want it among the first of the new day", id, s.LastSuccessAt)
		}
	}
	if ids, err := z.Planner.Pick(y.Ctx, "youtube", planner.SelectAll, 1); err != nil || first[ids[0]] {
		t.Errorf("got %v, %v next, want one of those that had no turn today", ids, err)
	}
}
