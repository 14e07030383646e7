package syncer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/run"
)

// J12: a disk that fills up while a run is under way costs it nothing: its outcome waits in memory, nothing new is
// begun and no platform asked meanwhile, and it is stored with the first sign of life after there is space.
func TestADiskWithoutSpace(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	owner := y.Creator("full@example.test")
	two := y.World.AddAccounts("tiktok", 2)
	a, b := y.AddAccount(
		owner,
		"tiktok",
		sandbox.Choice{Account: two[0].ID},
	), y.AddAccount(
		owner,
		"tiktok",
		sandbox.Choice{Account: two[1].ID},
	)
	first := y.Store.Client.Run.Query().Where(run.ConnectionID(a)).OnlyIDX(y.Ctx)
	second := y.Store.Client.Run.Query().Where(run.ConnectionID(b)).OnlyIDX(y.Ctx)
	if err := y.Store.Writable(y.Ctx); err != nil {
		t.Fatal(err)
	}
	var space func()
	s := syncer.New(syncer.Options{Store: y.Store, Planner: y.Planner, Platforms: (&steps{at: func(name string) {
		if name == "posts" && space == nil { // the last call: what comes of it is to be stored
			if storetest.Postgres() {
				space = storetest.Deny(t, y.Store.SQL(), y.Store.Dialect, "runs")
			} else {
				space = storetest.Fill(t, y.Store.SQL())
			}
		}
	}}).registry(y.Platforms), Grants: y.Connect.Grants, Source: "sandbox", Now: y.Now})
	y.Use(s)
	if _, err := y.Runner.Attempt(y.Ctx, first); err == nil {
		t.Fatal("got an outcome stored on a full disk, want an error")
	}
	if got := runOf(t, y, first); got.State != run.StateRunning {
		t.Fatalf("got %s, want it as it was", got.State)
	}
	y.World.ResetCalls()
	for range 4 {
		y.Advance(syncer.HeartbeatEvery)
		if err := s.Heartbeat(y.Ctx); err == nil {
			t.Error("got no error although the outcome waits")
		}
		if _, err := y.Runner.Attempt(y.Ctx, second); err == nil {
			t.Error("got another attempt while an outcome waits")
		}
	}
	if n := len(y.World.Calls("tiktok")); n != 0 {
		t.Errorf("got %v asked of the platform, want nothing", y.World.Calls("tiktok"))
	}
	ended := y.Now().Add(-4 * syncer.HeartbeatEvery)
	space()
	if err := s.Heartbeat(y.Ctx); err != nil {
		t.Fatal(err)
	}
	got := runOf(t, y, first)
	if got.State != run.StateSuccess || got.CompletedAt == nil || !got.CompletedAt.Equal(ended) {
		t.Errorf("got %s at %v, want success when it ended, at %s", got.State, got.CompletedAt, ended)
	}
	if n := y.Store.Client.Post.Query().Where(post.ConnectionID(a)).CountX(y.Ctx); n == 0 {
		t.Error("got no posts, want what came kept")
	}
	if d, err := y.Runner.Attempt(y.Ctx, second); err != nil || d.State != planner.StateSuccess {
		t.Errorf("the other: got %v, %v, want it to go on", d.State, err)
	}
}

// J12: a claim that this process made and is not at work on any more is no hold: the run is taken up at once.
func TestAClaimThatNobodyKeeps(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	owner := y.Creator("claim@example.test")
	id := y.AddAccount(owner, "tiktok", sandbox.Choice{})
	holder := ""
	var while func()
	s := syncer.New(syncer.Options{Store: y.Store, Planner: y.Planner, Platforms: (&steps{at: func(name string) {
		if name == "profile" {
			holder = y.Store.Client.Run.Query().Where(run.StateEQ(run.StateRunning)).FirstX(y.Ctx).ClaimedBy
			if while != nil {
				while()
			}
		}
	}}).registry(y.Platforms), Grants: y.Connect.Grants, Source: "sandbox", Now: y.Now})
	y.Use(s)
	y.RunDue()
	r := y.RequestSync(id)
	was := y.Now()
	y.Store.Client.Run.UpdateOneID(r).
		SetState(run.StateRunning).
		SetAttempt(1).
		SetClaimedBy(holder).
		SetClaimedAt(was).
		ExecX(y.Ctx)
	y.Advance(syncer.HeartbeatEvery)
	other := y.Store.Client.Run.Query().
		Where(run.ConnectionID(y.AddAccount(owner, "youtube", sandbox.Choice{}))).
		OnlyIDX(y.Ctx)
	while = func() { // another one is
		if err := s.Heartbeat(y.Ctx); err != nil {
			t.Error(err)
		}
		if got := runOf(t, y, other); got.ClaimedAt == nil || !got.ClaimedAt.Equal(y.Now()) {
			t.Errorf("got a sign of life at %v of what is under way, want one now", got.ClaimedAt)
		}
	}
	if _, err := y.Runner.Attempt(y.Ctx, other); err != nil {
		t.Fatal(err)
	}
	while = nil
	if got := runOf(t, y, r); got.ClaimedAt == nil || !got.ClaimedAt.Equal(was) {
		t.Errorf("got a sign of life at %v, want none of what nobody works on", got.ClaimedAt)
	}
	if d, err := y.Runner.Attempt(y.Ctx, r); err != nil || d.State != planner.StateSuccess {
		t.Errorf("got %v, %v, want it taken up", d, err)
	}
	if got := runOf(t, y, r); got.Attempt != 1 {
		t.Errorf("got attempt %d, want it gone on with", got.Attempt)
	}
}

// What a database that works does not take of an attempt is given up; the run is not.
func TestWhatTheDatabaseDoesNotTake(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("posts@example.test"), "tiktok", sandbox.Choice{})
	allow := storetest.Deny(t, y.Store.SQL(), y.Store.Dialect, "posts")
	y.RunDue()
	got := y.Store.Client.Run.Query().Where(run.ConnectionID(id)).OnlyX(y.Ctx)
	if got.State != run.StateRetrying || got.ErrorCode != string(fault.Internal) || got.NextAttemptAt == nil ||
		got.Items != 0 {
		t.Errorf("got %s %s with %d items, want it tried again for a fault of ours", got.State, got.ErrorCode, got.Items)
	}
	allow()
	y.Advance(time.Hour)
	y.RunDue()
	if got := runOf(t, y, got.ID); got.State != run.StateSuccess {
		t.Errorf("got %s %s, want success", got.State, got.ErrorMessage)
	}
}

// What waits for its time is not tried before, whoever comes by; an operator's word brings it forward.
func TestATimeThatWasStored(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("time@example.test"), "tiktok", sandbox.Choice{})
	y.World.AddFault(sandbox.Fault{Platform: "tiktok", Endpoint: "/v2/user/info/", Kind: sandbox.FaultStatus, Status: 500})
	y.RunDue()
	y.World.RemoveFaults()
	r := y.Store.Client.Run.Query().Where(run.ConnectionID(id)).OnlyX(y.Ctx)
	y.World.ResetCalls()
	for range 5 {
		d, err := y.Runner.Attempt(y.Ctx, r.ID)
		if err != nil || d.State != planner.StateRetrying || !d.Early || !d.At.Equal(*r.NextAttemptAt) {
			t.Errorf("got %+v, %v, want what was decided, until %s", d, err, r.NextAttemptAt)
		}
	}
	if got := runOf(t, y, r.ID); got.Attempt != 1 || len(y.World.Calls("tiktok")) != 0 {
		t.Errorf("got attempt %d and %v, want nothing tried", got.Attempt, y.World.Calls("tiktok"))
	}
	y.RequestSync(id)
	if d, err := y.Runner.Attempt(y.Ctx, r.ID); err != nil || d.State != planner.StateSuccess {
		t.Errorf("got %+v, %v after an admin asked, want success", d, err)
	}
}

// steps are the neighbours of a syncer. at is told of every call to one of them, before it is made, and may fall over
// or give an error.
type steps struct {
	at func(name string)
	to func(name string) error
}

func (s *steps) step(name string) error {
	if s.at != nil {
		s.at(name)
	}
	if s.to != nil {
		return s.to(name)
	}
	return nil
}

// registry is a registry whose platforms are watched.
func (s *steps) registry(r *platform.Registry) *platform.Registry {
	return platformtest.Wrapped(r, func(p platform.Platform) platform.Platform {
		if teller, ok := p.(platform.Insighter); ok {
			return &telling{watched{p, s}, teller}
		}
		return &watched{p, s}
	})
}

type watched struct {
	platform.Platform
	s *steps
}

func (w *watched) Spec() platform.Spec {
	_ = w.s.step("spec")
	return w.Platform.Spec()
}

func (w *watched) Profile(ctx context.Context, t platform.Token) (platform.Profile, error) {
	if err := w.s.step("profile"); err != nil {
		return platform.Profile{}, err
	}
	return w.Platform.Profile(ctx, t)
}

func (w *watched) Posts(ctx context.Context, t platform.Token, q platform.PostQuery) (platform.Batch, error) {
	if err := w.s.step("posts"); err != nil {
		return platform.Batch{}, err
	}
	return w.Platform.Posts(ctx, t, q)
}

type telling struct {
	watched
	teller platform.Insighter
}

func (w *telling) Insights(ctx context.Context, t platform.Token, q platform.InsightQuery) (platform.Insights, error) {
	if err := w.s.step("insights"); err != nil {
		return platform.Insights{}, err
	}
	return w.teller.Insights(ctx, t, q)
}

// grants are a syncer's grants, watched likewise.
type grants struct {
	syncer.Grants
	s *steps
}

func (g grants) Fresh(ctx context.Context, id string, refused int64) (platform.Token, int64, error) {
	if err := g.s.step("fresh"); err != nil {
		return platform.Token{}, 0, err
	}
	return g.Grants.Fresh(ctx, id, refused)
}

func (g grants) Lost(ctx context.Context, id string, version int64, code fault.Code, detail string) error {
	if err := g.s.step("lost"); err != nil {
		return err
	}
	return g.Grants.Lost(ctx, id, version, code, detail)
}

func (g grants) Held(ctx context.Context, platformID string) error {
	if err := g.s.step("held"); err != nil {
		return err
	}
	return g.Grants.Held(ctx, platformID)
}

func (g grants) Seen(
	ctx context.Context,
	tx store.Tx,
	id string,
	version int64,
	p platform.Profile,
	blocked, missing bool,
	detail string,
) error {
	if err := g.s.step("seen"); err != nil {
		return err
	}
	return g.Grants.Seen(ctx, tx, id, version, p, blocked, missing, detail)
}

// J13: an attempt may fall over, or be ended by its grant, at every call it makes to a neighbour, its own end
// included: the run is never left under way, nothing is wedged, and the next attempt succeeds.
func TestWhereverAnAttemptEnds(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{Platform: func(p *config.Platform) { p.Delay, p.Quotas = 0, nil }})
	owner := y.Creator("falls@example.test")
	var tiktok, instagram string
	tiktok, instagram = y.AddAccount(owner, "tiktok", sandbox.Choice{}), y.AddAccount(owner, "instagram", sandbox.Choice{})
	y.RunDue()
	lost := &platform.Error{Platform: "tiktok", Step: platform.StepToken, Code: fault.AuthRevoked, Detail: "gone"}
	for name, hurt := range map[string]func(string) error{
		"falls over":        func(string) error { panic("a fault of ours") },
		"an error of ours":  func(string) error { return errors.New("broken") },
		"its grant is lost": func(string) error { return lost },
	} {
		for _, c := range []struct {
			id   string
			kind planner.Kind
		}{{tiktok, planner.KindSync}, {instagram, planner.KindSync}, {instagram, planner.KindInsights}} {
			for n, more := int64(1), true; more; n++ {
				more = false
				var calls atomic.Int64
				watch := &steps{}
				watch.to = func(string) error {
					if calls.Add(1) == n {
						more = true
						return hurt(name)
					}
					return nil
				}
				s := syncer.New(syncer.Options{
					Store: y.Store, Planner: y.Planner, Platforms: watch.registry(y.Platforms), Grants: grants{y.Connect.Grants, watch}, Source: "sandbox", Now: y.Now,
					Ended: func(string, string, time.Duration) { _ = watch.step("ended") },
				})
				r := made(t, y, c.id, c.kind)
				decide := func(r syncer.Report) syncer.Decision {
					_ = watch.step("decide")
					switch {
					case r.Err == nil:
						return syncer.Decision{State: planner.StateSuccess}
					case fault.CodeOf(r.Err) == fault.AuthRevoked:
						return syncer.Decision{State: planner.StateFailed, Code: fault.AuthRevoked}
					default:
						return syncer.Decision{State: planner.StateRetrying, At: y.Now().Add(time.Minute), Code: fault.CodeOf(r.Err)}
					}
				}
				where := fmt.Sprintf("%s %s at call %d of an %s run", c.id, name, n, c.kind)
				d, err := s.Run(y.Ctx, r, decide)
				if err != nil || d.State == "" {
					t.Fatalf("%s: got %+v, %v, want it ended and stored", where, d, err)
				}
				if more && name == "falls over" && (d.Panic == nil || !strings.Contains(d.Panic.Stack, "end_test.go")) {
					t.Errorf("%s: got %+v, want the stack of where it fell", where, d)
				}
				row := runOf(t, y, r)
				if row.State == run.StateRunning || string(row.State) != string(d.State) || row.ClaimedBy != "" {
					t.Fatalf("%s: got %s claimed by %q, want %s", where, row.State, row.ClaimedBy, d.State)
				}
				if d.Ended() {
					y.Store.Client.Connection.UpdateOneID(c.id).SetStatus(connection.StatusConnected).SetStatusCode("").ExecX(y.Ctx)
					continue
				}
				y.Advance(time.Hour)
				if d, err := y.Syncer.Run(y.Ctx, r, decide); err != nil || d.State != planner.StateSuccess {
					t.Fatalf("%s: got %+v, %v the next time, want success", where, d, err)
				}
			}
		}
	}
}

// made makes a run of a kind, beside the queue.
func made(t *testing.T, y *jobstest.Harness, id string, k planner.Kind) string {
	t.Helper()
	var a planner.Asked
	err := y.Store.Tx(y.Ctx, func(tx store.Tx) error {
		var err error
		a, err = y.Planner.Ask(y.Ctx, tx, id, k, planner.TriggerAdmin)
		return err
	})
	if err != nil || !a.New {
		t.Fatalf("ask for a run: got %+v, %v", a, err)
	}
	return a.RunID
}

// J13: a grant that is lost while its run waits for another try ends the run before its platform is known; the
// creator reconnects and is synced again.
func TestAGrantLostWhileRetrying(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	owner := y.Creator("retry@example.test")
	for _, k := range []planner.Kind{planner.KindSync, planner.KindInsights} {
		id := y.AddAccount(owner, "instagram", sandbox.Choice{})
		y.RunDue()
		y.Advance(time.Hour)
		r := made(t, y, id, k)
		y.World.AddFault(sandbox.Fault{Platform: "instagram", Kind: sandbox.FaultStatus, Status: 500})
		y.RunDue()
		y.World.RemoveFaults()
		if err := y.Connect.Grants.Lost(y.Ctx, id, y.Store.Client.Connection.GetX(y.Ctx, id).TokenVersion, fault.AuthRevoked, "gone"); err != nil {
			t.Fatal(err)
		}
		y.Advance(time.Hour)
		y.RunDue()
		if got := runOf(t, y, r); got.State != run.StateFailed || got.ErrorCode != string(fault.AuthRevoked) {
			t.Errorf("%s: got %s %s, want failed %s", k, got.State, got.ErrorCode, fault.AuthRevoked)
		}
		y.AddAccount(owner, "instagram", sandbox.Choice{})
		y.Advance(time.Hour)
		y.RunDue()
		last := y.Store.Client.Run.Query().Where(run.ConnectionID(id)).Order(run.ByCreatedAt(), run.ByID()).AllX(y.Ctx)
		if got := last[len(last)-1]; got.State != run.StateSuccess {
			t.Errorf("%s: got %s %s after a new consent, want success", k, got.State, got.ErrorMessage)
		}
	}
}
