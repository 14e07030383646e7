package syncer

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent/run"
)

// HeartbeatEvery is how often Hold must be called while runs are under way.
const HeartbeatEvery = 15 * time.Second

// activeRuns are the runs that this process is at work on at this moment. A claim in the database is a promise, and
// this is who keeps it: what is not here is not held.
type activeRuns struct {
	mu  sync.Mutex
	ids map[string]bool
}

// begin takes a run; false: this process is at work on it already.
func (u *activeRuns) begin(id string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ids[id] {
		return false
	}
	if u.ids == nil {
		u.ids = map[string]bool{}
	}
	u.ids[id] = true
	return true
}

func (u *activeRuns) end(id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.ids, id)
}

func (u *activeRuns) all() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	out := make([]string, 0, len(u.ids))
	for id := range u.ids {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// outcome is how an attempt ended, on its way into the database.
type outcome struct {
	a      *attempt
	decide Decider
	d      Decision
	report Report
}

// pendingOutcomes are those that the database did not take. There are never more than workers: while one is here no
// other attempt begins.
type pendingOutcomes struct {
	mu   sync.Mutex
	list map[string]*outcome // by run
}

func (k *pendingOutcomes) put(o *outcome) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.list == nil {
		k.list = map[string]*outcome{}
	}
	k.list[o.a.run.ID] = o
}

func (k *pendingOutcomes) of(id string) *outcome {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.list[id]
}

func (k *pendingOutcomes) drop(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.list, id)
}

func (k *pendingOutcomes) ids() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := make([]string, 0, len(k.list))
	for id := range k.list {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// Unstored is how many outcomes wait for the database to take them.
func (s *Syncer) Unstored() int { return len(s.kept.ids()) }

// Heartbeat says that this process still has the runs it is at work on, and stores what ended and could not be stored.
func (s *Syncer) Heartbeat(ctx context.Context) error {
	var errs []error
	if ids := s.under.all(); len(ids) > 0 {
		err := s.o.Store.Client.Run.Update().
			Where(run.IDIn(ids...), run.ClaimedBy(s.holder), run.StateEQ(run.StateRunning), run.CompletedAtIsNil()).
			SetClaimedAt(s.o.Now()).
			Exec(ctx)
		if err != nil {
			errs = append(errs, fmt.Errorf("hold the runs under way: %w", err))
		}
	}
	return errors.Join(append(errs, s.settleAll(ctx))...)
}

// settleAll stores the outcomes that wait; the first that cannot be stored ends it.
func (s *Syncer) settleAll(ctx context.Context) error {
	for _, id := range s.kept.ids() {
		if !s.under.begin(id) {
			continue // its own job is at it
		}
		err := func() error {
			defer s.under.end(id)
			o := s.kept.of(id)
			if o == nil {
				return nil
			}
			d, err := s.settle(ctx, o)
			if err == nil && d.State != "" {
				s.o.StoredLate(ctx, id, o.a.run.Platform, d)
			}
			return err
		}()
		if err != nil {
			return err
		}
	}
	return nil
}

// settle stores an outcome, or keeps it for later.
func (s *Syncer) settle(ctx context.Context, o *outcome) (Decision, error) {
	ctx, cancel := context.WithTimeout(ctx, storeLimit) // one that never answers takes nothing
	defer cancel()
	err := o.store(ctx)
	works := func() bool {
		return err != nil && ctx.Err() == nil && !errors.Is(err, errTaken) && !store.Down(err) &&
			s.o.Store.Writable(ctx) == nil
	}
	if works() {
		err = o.store(ctx) // it was away for a moment
	}
	if works() { // it does not take what the attempt brought: that is given up, the outcome is not
		bare := o.withoutData(err)
		if failed := bare.store(ctx); failed == nil || errors.Is(failed, errTaken) {
			o, err = bare, failed
		}
	}
	if err != nil && !errors.Is(err, errTaken) {
		s.kept.put(o)
		return Decision{}, fmt.Errorf("save run %s: %w", o.a.run.ID, err)
	}
	s.kept.drop(o.a.run.ID)
	if err != nil { // dropped meanwhile, with its connection, or another process was given it
		return Decision{}, nil //nolint:nilerr // its outcome is somebody else's
	}
	a := o.a
	o.d.Step = a.failedStep()
	if _, fell := a.recovering(func() error {
		s.o.Ended(a.run.Platform, string(o.d.State),
			a.ended.Sub(a.began))
		return nil
	}); fell != nil {
		o.d.Panic = fell
	}
	return o.d, nil
}

// store writes an outcome in one short transaction.
func (o *outcome) store(ctx context.Context) error {
	err, fell := o.a.recovering(func() error {
		return o.a.s.o.Store.Tx(ctx, func(tx store.Tx) error { return o.a.save(ctx, tx, o.d, o.report) })
	})
	if fell != nil {
		o.d.Panic = fell
	}
	return err
}

// withoutData is an outcome without anything that came of the attempt.
func (o *outcome) withoutData(refused error) *outcome {
	a := &attempt{s: o.a.s, conn: o.a.conn, run: o.a.run, no: o.a.no, meter: o.a.meter, began: o.a.began, ended: o.a.ended}
	out := &outcome{a: a, decide: o.decide, d: o.d, report: o.report}
	if o.d.State == planner.StateSuccess || o.d.State == planner.StatePartial { // it is not: nothing of it is kept
		out.report = Report{
			Platform: a.run.Platform,
			Attempt:  a.no,
			Err:      a.internalError(words.English.Say("errors.detail.notStored"), refused),
		}
		out.d = out.judge()
	}
	return out
}

// judge asks for the decision. One that falls over is tried again later.
func (o *outcome) judge() (d Decision) {
	_, fell := o.a.recovering(func() error { d = o.decide(o.report); return nil })
	if fell != nil {
		e := o.a.internalError("the decision fell over", nil)
		d = Decision{State: planner.StateRetrying, At: o.a.ended.Add(again), Code: e.Code, Words: Words(e), Panic: fell}
	}
	if d.Panic == nil {
		d.Panic = o.d.Panic
	}
	return d
}

// storeLimit is how long a database may take for an outcome.
const storeLimit = 30 * time.Second

// again is when a run is tried again whose decision nobody could make.
const again = 15 * time.Minute

// internalError is an error of ours that ended the attempt.
func (a *attempt) internalError(what string, cause error) *platform.Error {
	return &platform.Error{
		Platform: a.run.Platform,
		Step:     platform.StepToken,
		Code:     fault.Internal,
		Detail:   what,
		Cause:    cause,
	}
}

// recovering does something that may fall over. Then it gives that as an error too.
func (a *attempt) recovering(
	do func() error,
) (err error, fell *Panic) { //nolint:staticcheck // the error is the result, the fall its stack
	defer func() {
		if r := recover(); r != nil {
			fell = &Panic{Value: fmt.Sprint(r), Stack: string(debug.Stack())}
			err = a.internalError(words.English.Say("errors.detail.crashed"), nil)
		}
	}()
	return do(), nil
}
