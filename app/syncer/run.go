package syncer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/run"
)

// Report is how an attempt went, for whoever decides what it means.
type Report struct {
	Platform   string
	Attempt    int             // from 1
	Err        error           // what ended it early; nil when every step was done
	Gap        *platform.Error // the first part that is missing although every step was done
	Saved      bool            // the profile at least was read and is kept
	Stopped    bool            // we were told to stop: nobody is to blame
	Away       bool            // our own database did not answer: likewise
	RetryAfter time.Duration   // what the platform, or our own pace, asked for
	NoCall     bool            // nothing was asked of the platform
}

// Decision is what becomes of a run.
type Decision struct {
	State planner.State // queued, deferred, retrying, success, partial, failed, dead
	At    time.Time     // when it goes on: queued, deferred, retrying
	Code  fault.Code
	Words string
	Step  platform.Step // that failed, or of which a part is missing; empty when none did
	Early bool          // nothing was tried: it was decided before, and its time has not come
	Panic *Panic        // a fault of ours ended the attempt
}

// Panic is what ended an attempt that fell over.
type Panic struct{ Value, Stack string }

// Ended reports that the run is over.
func (d Decision) Ended() bool { return d.At.IsZero() }

// Decider turns a report into a decision.
type Decider func(Report) Decision

// attempt is one try of one run.
type attempt struct {
	s       *Syncer
	conn    *ent.Connection
	run     *ent.Run
	no      int
	p       platform.Platform
	meter   *outbound.Meter
	noted   int // calls that are written down with a step
	token   platform.Token
	version int64
	began   time.Time
	asked   time.Time // when the platform was asked for the account
	ended   time.Time // when it did; zero while it is under way

	profile *platform.Profile
	posts   []platform.Post
	gone    []string // posts that the platform no longer has
	listed  bool     // the list of posts was read whole
	page    int      // posts at a time that the platform gives of this account; 0: as many as it is asked
	read    bool     // the posts were read
	gaps    []*platform.Error

	insights platform.Insights
	entries  []entry
	limited  bool // a limit was met
	blocked  bool // the platform holds the account back
}

// errTaken means that another worker has the run, or that it is over.
var errTaken = errors.New("the run is somebody else's, or over")

// early is a run whose time has not come.
type early struct{ Decision }

func (early) Error() string { return words.English.Say("errors.run.waits") }

// stuckAfter is after how long without a sign of life a run has lost its process. A process that lives
// gives one each HoldEvery.
const stuckAfter = 4 * HeartbeatEvery

// Run makes one attempt of a run. Whatever happens, also a panic, a decision is stored before it is
// returned. A run that is over, or that another worker has, gives the zero Decision, and one whose time has not come
// what was decided before. An error means that nothing could be stored: an outcome that there is waits in memory,
// and until it is stored no other attempt begins.
func (s *Syncer) Run(ctx context.Context, runID string, decide Decider) (Decision, error) {
	if !s.under.begin(runID) {
		return Decision{}, nil
	}
	defer s.under.end(runID)
	if o := s.kept.of(runID); o != nil {
		return s.settle(ctx, o)
	}
	if err := s.settleAll(ctx); err != nil {
		return Decision{}, fmt.Errorf("nothing new is begun before what ended is stored: %w", err)
	}
	a, err := s.claim(ctx, runID)
	var wait early
	switch {
	case errors.Is(err, errTaken):
		return Decision{}, nil
	case errors.As(err, &wait):
		return wait.Decision, nil
	case err != nil:
		return Decision{}, err
	}
	err, fell := a.recovering(func() error { return a.attempted(ctx) })
	return a.close(ctx, decide, err, fell)
}

// attempted works, and says of a platform that it served.
func (a *attempt) attempted(ctx context.Context) error {
	err := a.work(ctx)
	if a.profile != nil || a.insightCount() > 0 {
		err = errors.Join(err, a.s.o.Grants.Served(context.WithoutCancel(ctx), a.run.Platform, a.conn.ID, a.asked))
	}
	return err
}

// claim takes a run for this worker. What this process claimed before and is not at work on any more is free.
func (s *Syncer) claim(ctx context.Context, runID string) (*attempt, error) {
	now := s.o.Now()
	a := &attempt{s: s, meter: &outbound.Meter{}, began: now}
	err := s.o.Store.Tx(ctx, func(tx store.Tx) error {
		r, err := tx.Run.Get(ctx, runID)
		if store.Missing(err) {
			return errTaken // its connection was erased
		}
		if err != nil {
			return fmt.Errorf("read run %s: %w", runID, err)
		}
		if r.CompletedAt == nil && r.NextAttemptAt != nil && r.NextAttemptAt.After(now) {
			return early{Decision{State: planner.State(r.State), At: r.NextAttemptAt.UTC(), Early: true}}
		}
		u := tx.Run.Update().Where(run.ID(runID), run.CompletedAtIsNil(), run.Or(
			run.StateNEQ(run.StateRunning), run.ClaimedAtIsNil(), run.ClaimedBy(s.holder), s.silent(now),
		)).SetState(run.StateRunning).SetClaimedAt(now).SetClaimedBy(s.holder).ClearNextAttemptAt()
		a.no = r.Attempt
		// An attempt that lost its process is gone on with, not counted again.
		if r.State != run.StateRunning {
			a.no++
			u.SetAttempt(a.no)
		}
		if r.StartedAt == nil {
			u.SetStartedAt(now)
		}
		n, err := u.Save(ctx)
		if err != nil {
			return fmt.Errorf("take run %s: %w", runID, err)
		}
		if n != 1 {
			return errTaken
		}
		a.run = r
		a.conn, err = tx.Connection.Get(ctx, r.ConnectionID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// silent selects the claims of processes that give no sign of life. One of a time to come is of a clock that was wrong.
func (s *Syncer) silent(now time.Time) predicate.Run {
	return run.Or(run.ClaimedAtLT(now.Add(-stuckAfter)), run.ClaimedAtGT(now.Add(planner.ClockSkew)))
}

// work does the four steps. What it learned stays in a; the error ended it early.
func (a *attempt) work(ctx context.Context) error {
	a.p, _ = a.s.o.Platforms.Get(a.run.Platform)
	if err := a.s.o.Planner.NotSyncable(a.conn); err != nil {
		return &platform.Error{
			Platform: a.run.Platform,
			Step:     platform.StepToken,
			Code:     lostCode(a.conn),
			Detail:   words.English.Say("errors.detail.status", "Status", string(a.conn.Status)),
			Cause:    err,
		}
	}
	if err := a.s.o.Planner.Paused(ctx, a.s.o.Store.Read.Hold, a.run.Platform); err != nil {
		return err
	}
	if err := a.s.o.Grants.Held(ctx, a.run.Platform); err != nil {
		return err
	}
	if err := a.checkQuota(ctx); err != nil {
		return err
	}
	if err := a.wait(ctx); err != nil {
		return err
	}
	ctx, err := a.s.o.Grants.Enter(ctx, a.run.Platform, a.conn.ID)
	if err != nil {
		return err
	}
	ctx = outbound.Metered(ctx, a.meter)
	if err := a.stepToken(ctx); err != nil {
		return err
	}
	if a.run.Kind == run.KindInsights {
		return a.stepInsights(ctx)
	}
	if err := a.stepProfile(ctx); err != nil {
		return err
	}
	return a.stepPosts(ctx)
}

// lostCode is why a connection that cannot be synced fails its run.
func lostCode(c *ent.Connection) fault.Code {
	switch {
	case c.Status == connection.StatusNeedsReconnect && c.StatusCode != "":
		return fault.Code(c.StatusCode)
	case c.Status == connection.StatusNeedsReconnect:
		return fault.AuthRevoked
	default:
		return fault.NotConnected
	}
}

// wait keeps the pace between two accounts.
func (a *attempt) wait(ctx context.Context) error {
	settings, _ := a.s.o.Platforms.Settings(a.run.Platform)
	delay := settings.Delay
	if paced, ok := a.p.(platform.Paced); ok {
		delay = time.Duration(float64(delay) * paced.Slower())
	}
	wait, taken, err := a.s.o.Planner.Slot(ctx, a.run.Platform, delay, a.s.o.Now())
	if err != nil {
		return err
	}
	if !taken {
		return &platform.Error{
			Platform:   a.run.Platform,
			Step:       platform.StepToken,
			Code:       fault.RateLimit,
			RetryAfter: wait,
			Status:     -1,
			Detail:     words.English.Say("errors.detail.pace"),
		}
	}
	if wait <= 0 {
		return nil
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// ask makes one call; a refused token is refreshed once and the call repeated once.
func (a *attempt) ask(ctx context.Context, call func(platform.Token) error) error {
	err := call(a.token)
	p, ok := platform.AsError(err)
	if !ok || p.Code != fault.AuthFailed || p.Blocked {
		return err
	}
	token, version, ferr := a.s.o.Grants.Fresh(ctx, a.conn.ID, a.version)
	if p, ok := platform.AsError(ferr); ok && p.Native == platform.NativeYoung {
		return err // it cannot be renewed yet: the refusal stands as it is
	}
	if ferr != nil {
		return ferr
	}
	a.token, a.version = token, version
	return call(a.token)
}
