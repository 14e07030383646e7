package syncer_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/ent/run"
)

// Two processes that spend one day's allowance at once never spend more than there is.
func TestTheLedgerNeverOverspends(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	both := []*planner.Ledger{planner.NewLedger(y.Store, y.Now), planner.NewLedger(y.Store, y.Now)}
	s := outbound.Spend{
		Platform: "youtube",
		Bucket:   "QUOTA",
		Start:    y.Now(),
		End:      y.Now().Add(time.Hour),
		Cost:     3,
		Limit:    100,
	}
	var mu sync.Mutex
	spent := int64(0)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			for range 5 {
				got, err := both[i%2].Reserve(y.Ctx, s)
				if err != nil {
					t.Error(err)
				}
				if got.OK {
					mu.Lock()
					spent += s.Cost
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	got, err := both[0].Reserve(y.Ctx, s)
	if spent != 99 || got.Used != 99 || got.OK || err != nil {
		t.Errorf("got %d spent, %+v, %v; want 99 of 100", spent, got, err)
	}
	y.Advance(3000 * time.Hour)
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
	id := y.AddAccount(y.Creator("q@example.test"), "youtube", sandbox.Choice{})
	y.RunDue()
	var last string
	for range 4 {
		last = y.RequestSync(id)
		y.RunDue()
	}
	z := y.SecondProcess()
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
	y.Advance(midnight.Sub(y.Now()) + 10*time.Minute)
	z.RunDue()
	if got := runOf(t, y, last); got.State != run.StateSuccess {
		t.Errorf("got %s %s on the next day, want success", got.State, got.ErrorMessage)
	}
}

// J11: processes that share a minute's allowance and remember nothing never let out more in any minute than
// the platform takes.
func TestASlidingWindowIsShared(t *testing.T) {
	t.Parallel()
	const limit = 40
	y := jobstest.New(t, jobstest.Options{})
	var passed []time.Time
	refused := 0
	for i := range 600 {
		start := y.Now().Truncate(5 * time.Second) // a twelfth, as outbound counts
		got, err := planner.NewLedger(y.Store, y.Now).Reserve(y.Ctx, outbound.Spend{
			Platform: "tiktok", Bucket: "QUOTA", Scope: outbound.SlidingMark + "/video/list/", Start: start, End: start.Add(65 * time.Second), Sliding: true, Cost: 1, Limit: limit,
		})
		if err != nil {
			t.Fatal(err)
		}
		if got.OK {
			passed = append(passed, y.Now())
		} else if refused++; got.Free.Sub(y.Now()) <= 0 || got.Free.Sub(y.Now()) > 65*time.Second {
			t.Fatalf("got it free in %s, want it within the window", got.Free.Sub(y.Now()))
		}
		y.Advance(time.Duration(100+37*i%900) * time.Millisecond)
	}
	for i := range passed {
		n := 0
		for _, at := range passed[i:] {
			if at.Sub(passed[i]) < time.Minute {
				n++
			}
		}
		if n > limit {
			t.Fatalf("got %d calls in the minute from %s, want at most %d", n, passed[i], limit)
		}
	}
	if minutes := int(y.Now().Sub(jobstest.Morning).Minutes()); len(passed) < minutes*limit*8/10 || refused == 0 {
		t.Errorf("got %d let out in %d minutes and %d refused, want most of what may be spent", len(passed), minutes, refused)
	}
	y.Advance(time.Hour)
	if err := planner.NewLedger(y.Store, y.Now).Sweep(y.Ctx); err != nil ||
		y.Store.Client.QuotaUse.Query().CountX(y.Ctx) != 0 {
		t.Errorf("got %v, want rows that count no more forgotten", err)
	}
}

// J11: processes that spend at the same moment.
func TestASlidingWindowAtOnce(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	s := outbound.Spend{
		Platform: "instagram", Bucket: "USER_QUOTA", Scope: outbound.SlidingMark + "x", Start: y.Now(), End: y.Now().Add(time.Hour), Sliding: true, Cost: 1, Limit: 30,
	}
	var spent atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			l := planner.NewLedger(y.Store, y.Now)
			for range 10 {
				got, err := l.Reserve(y.Ctx, s)
				if err != nil {
					t.Error(err)
				}
				if got.OK {
					spent.Add(1)
				} else if !got.Free.Equal(s.End) {
					t.Errorf("got it free at %s, want %s", got.Free, s.End)
				}
			}
		})
	}
	wg.Wait()
	if spent.Load() != 30 {
		t.Errorf("got %d spent, want 30", spent.Load())
	}
}

// What the platform itself calls spent is spent, whatever was counted: for another process too, on the page and for
// the share that the schedule keeps to, until the reset; our own count stays what it was.
func TestThePlatformCallsItSpent(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{Ledger: true, Platform: func(p *config.Platform) {
		if p.ID == "youtube" {
			p.Quotas["QUOTA"] = []config.Rate{{Limit: 10000, Per: "day"}}
		}
	}})
	id := y.AddAccount(y.Creator("word@example.test"), "youtube", sandbox.Choice{})
	y.RunDue()
	counted := y.Store.Client.QuotaUse.Query().OnlyX(y.Ctx).Used
	y.World.AddFault(sandbox.Fault{Platform: "youtube", Kind: sandbox.FaultAppLimit, Times: 1})
	y.RequestSync(id)
	y.RunDue()
	y.World.RemoveFaults()
	row := y.Store.Client.QuotaUse.Query().OnlyX(y.Ctx)
	if row.Used != counted+1 || row.Reserved == 0 || row.Used+row.Reserved < 10000 {
		t.Fatalf("got %d used and %d told of, want our own %d and all the rest", row.Used, row.Reserved, counted+1)
	}
	z := y.SecondProcess() // as after a restart
	y.World.ResetCalls()
	y.Store.Client.Run.Update().
		Where(run.CompletedAtIsNil(), run.Platform("youtube")).
		SetNextAttemptAt(y.Now()).
		ExecX(y.Ctx)
	z.RunDue()
	if n := y.World.Calls("youtube"); len(n) != 0 {
		t.Errorf("got %v asked by another process, want nothing", n)
	}
	midnight := outbound.NextPacificMidnight(y.Now())
	r := y.Store.Client.Run.Query().Where(run.CompletedAtIsNil(), run.Platform("youtube")).OnlyX(y.Ctx)
	if r.State != run.StateDeferred || r.NextAttemptAt == nil || r.NextAttemptAt.Before(midnight) {
		t.Errorf("got %s until %v, want it to wait for %s", r.State, r.NextAttemptAt, midnight)
	}
	y.Advance(midnight.Sub(y.Now()) + time.Hour)
	z.RunDue()
	if got := y.Store.Client.Run.GetX(y.Ctx, r.ID); got.State != run.StateSuccess {
		t.Errorf("got %s %s after the reset, want success", got.State, got.ErrorMessage)
	}
}
