package syncer_test

import (
	"sync"
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/ent/run"
)

// Two processes that spend one day's allowance at once never spend more than there is.
func TestTheLedgerNeverOverspends(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	both := []*syncer.Ledger{syncer.NewLedger(y.Store, y.Now), syncer.NewLedger(y.Store, y.Now)}
	s := outbound.Spend{Platform: "youtube", Bucket: "QUOTA", Start: y.Now(), End: y.Now().Add(time.Hour), Cost: 3, Limit: 100}
	var mu sync.Mutex
	spent := int64(0)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			for range 5 {
				_, ok, err := both[i%2].Reserve(y.Ctx, s)
				if err != nil {
					t.Error(err)
				}
				if ok {
					mu.Lock()
					spent += s.Cost
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	used, ok, err := both[0].Reserve(y.Ctx, s)
	if spent != 99 || used != 99 || ok || err != nil {
		t.Errorf("got %d spent, %d in the ledger, another let out: %t, %v; want 99 of 100", spent, used, ok, err)
	}
	y.Turn(3000 * time.Hour)
	if err := both[0].Sweep(y.Ctx); err != nil || y.Store.Client.QuotaUse.Query().CountX(y.Ctx) != 0 {
		t.Errorf("got %v, want old windows forgotten", err)
	}
}

// A day's allowance that is spent makes a run wait for the day's end, also in a process that was just
// started, and then it goes on. The platform counts as many units as the ledger.
func TestQuotaWaits(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{Ledger: true, Platform: func(p *config.Platform) {
		if p.ID == "youtube" {
			p.Quotas["QUOTA"] = []config.Rate{{Limit: 10, Per: "day"}}
		}
	}})
	id := y.Join(y.Creator("q@example.test"), "youtube", sandbox.Choice{})
	y.Work()
	var last string
	for range 4 {
		last = y.Ask(id)
		y.Work()
	}
	z := y.Another()
	r := runOf(t, y, last)
	if r.State != run.StateDeferred || r.ErrorCode != string(fault.QuotaExhausted) || r.Attempt != 0 {
		t.Errorf("got %s %s in attempt %d, want it deferred without an attempt", r.State, r.ErrorCode, r.Attempt)
	}
	midnight := outbound.NextPacificMidnight(y.Now())
	if r.NextAttemptAt == nil || r.NextAttemptAt.Before(midnight) || r.NextAttemptAt.After(midnight.Add(10*time.Minute)) {
		t.Errorf("got the next try at %v, want it just after %s", r.NextAttemptAt, midnight)
	}
	used := y.Store.Client.QuotaUse.Query().OnlyX(y.Ctx).Used
	if units := y.World.Units("youtube"); units != used || used > 10 {
		t.Errorf("got %d units at the platform and %d in the ledger, want the same and at most 10", units, used)
	}
	y.Turn(midnight.Sub(y.Now()) + 10*time.Minute)
	z.Work()
	if got := runOf(t, y, last); got.State != run.StateSuccess {
		t.Errorf("got %s %s on the next day, want success", got.State, got.ErrorMessage)
	}
}
