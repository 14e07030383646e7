package syncer_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/posthistory"
	"github.com/truecount/truecount/ent/refusal"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/schedule"
	"github.com/truecount/truecount/ent/snapshot"
	"github.com/truecount/truecount/ent/synclog"
)

var platforms = []string{"instagram", "tiktok", "youtube"}

func runOf(t *testing.T, y *jobstest.Harness, id string) *ent.Run {
	t.Helper()
	r, err := y.Store.Client.Run.Get(y.Ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rows are a connection's saved rows in words, without what says when; unknown is "-".
type rows struct {
	Posts     map[string]string
	Snapshots map[string]string
	History   int
}

func saved(t *testing.T, y *jobstest.Harness, connectionID string) rows {
	t.Helper()
	show := func(n *int64) string {
		if n == nil {
			return "-"
		}
		return strconv.FormatInt(*n, 10)
	}
	r := rows{Posts: map[string]string{}, Snapshots: map[string]string{}}
	for _, p := range y.Store.Client.Post.Query().Where(post.ConnectionID(connectionID)).AllX(y.Ctx) {
		r.Posts[p.ExternalID] = fmt.Sprintf(
			"%s %s %q %q views %s likes %s comments %s shares %s saves %s reach %s gone %t",
			p.ID,
			p.MediaType,
			p.Title,
			p.Caption,
			show(p.Views),
			show(p.Likes),
			show(p.Comments),
			show(p.Shares),
			show(p.Saves),
			show(p.Reach),
			p.GoneAt != nil,
		)
	}
	for _, s := range y.Store.Client.Snapshot.Query().Where(snapshot.ConnectionID(connectionID)).AllX(y.Ctx) {
		r.Snapshots[s.Metric+" "+s.Day] = fmt.Sprint(s.ID, " ", show(s.Value))
	}
	r.History = y.Store.Client.PostHistory.Query().
		Where(posthistory.HasPostWith(post.ConnectionID(connectionID))).
		CountX(y.Ctx)
	return r
}

// J1: a run made twice gives the same rows as once, and an unchanged counter adds no history.
func TestARunMadeTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	creator := y.Creator("twice@example.test")
	for _, p := range platforms {
		id := y.AddAccount(creator, p, sandbox.Choice{})
		y.RunDue()
		once := saved(t, y, id)
		if len(once.Posts) == 0 || len(once.Snapshots) == 0 || once.History < len(once.Posts)/2 {
			t.Fatalf(
				"%s: got %d posts, %d snapshots, %d history rows, want some of each",
				p,
				len(once.Posts),
				len(once.Snapshots),
				once.History,
			)
		}
		y.RequestSync(id)
		y.RunDue()
		if diff := cmp.Diff(once, saved(t, y, id)); diff != "" {
			t.Errorf("%s: %s", p, diff)
		}
	}
}

// A post's growth is one history row a sync for what changed, and the day's snapshot is overwritten.
func TestPostsGrow(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("grow@example.test"), "tiktok", sandbox.Choice{})
	y.RunDue()
	before := saved(t, y, id)
	y.Advance(26 * time.Hour)
	y.RequestSync(id)
	y.RunDue()
	after := saved(t, y, id)
	changed := 0
	for id, now := range after.Posts {
		if before.Posts[id] != now {
			changed++
		}
	}
	if got := after.History - before.History; got != changed || changed == 0 {
		t.Errorf("got %d new history rows, want one for each of %d posts that changed", got, changed)
	}
	if got, want := len(after.Snapshots), 2*len(before.Snapshots); got != want {
		t.Errorf("got %d snapshots after a second day, want %d", got, want)
	}
}

// J9: profile read and posts failed is partial; what was known stays, dated, and nothing becomes zero.
func TestWhatCameIsKept(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	creator := y.Creator("kept@example.test")
	for p, endpoint := range map[string]string{"instagram": "/{version}/me/media", "tiktok": "/v2/video/list/", "youtube": "/youtube/v3/videos"} {
		id := y.AddAccount(creator, p, sandbox.Choice{})
		y.RunDue()
		before := saved(t, y, id)
		y.World.AddFault(sandbox.Fault{Platform: p, Endpoint: endpoint, Kind: sandbox.FaultHTML})
		y.Advance(25 * time.Hour)
		r := y.RequestSync(id)
		y.RunDue()
		y.World.RemoveFaults()
		got := runOf(t, y, r)
		if got.State != run.StatePartial || got.ErrorCode != string(fault.BadResponse) {
			t.Errorf("%s: got %s %s, want partial %s", p, got.State, got.ErrorCode, fault.BadResponse)
		}
		after := saved(t, y, id)
		if diff := cmp.Diff(before.Posts, after.Posts); diff != "" || after.History != before.History {
			t.Errorf("%s: the posts changed: %s", p, diff)
		}
		if len(after.Snapshots) <= len(before.Snapshots) {
			t.Errorf("%s: got %d snapshots, want a new day's beside the %d", p, len(after.Snapshots), len(before.Snapshots))
		}
		sample := y.Store.Client.SyncLog.Query().
			Where(synclog.RunID(r), synclog.SyncTypeEQ(synclog.SyncTypePosts)).
			OnlyX(y.Ctx)
		if sample.Status != synclog.StatusFailed {
			t.Errorf("%s: got posts %s, want failed", p, sample.Status)
		}
	}
}

// J2: a process that gives no sign of life loses its run to another, which ends it; its own late
// outcome is refused. One that lives keeps it.
func TestALostProcess(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("lost@example.test"), "youtube", sandbox.Choice{})
	y.RunDue()
	r := y.RequestSync(id)
	hung := y.World.AddFault(
		sandbox.Fault{Platform: "youtube", Endpoint: "/youtube/v3/channels", Kind: sandbox.FaultHang, Times: 1},
	)
	if hung == 0 {
		t.Fatal("no such fault")
	}
	dead := y.SecondProcess()
	ctx, kill := context.WithCancel(y.Ctx)
	ended := make(chan syncer.Decision, 1)
	go func() {
		d, _ := dead.Runner.Attempt(ctx, r)
		ended <- d
	}()
	for y.World.InFlight() == 0 {
		runtime.Gosched()
	}
	adrift := func() int {
		t.Helper()
		lost, err := y.Syncer.Orphaned(y.Ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		return len(lost)
	}
	y.Advance(50 * time.Second)
	if err := dead.Syncer.Heartbeat(y.Ctx); err != nil {
		t.Fatal(err)
	}
	y.Advance(50 * time.Second)
	if n := adrift(); n != 0 {
		t.Errorf("got %d runs adrift while their process lives, want none", n)
	}
	if d, err := y.Runner.Attempt(y.Ctx, r); err != nil || d.State != "" {
		t.Errorf("got %v, %v, want the run left to the process that has it", d, err)
	}
	y.Advance(15 * time.Second)
	if n := adrift(); n != 1 {
		t.Errorf("got %d runs adrift, want the one whose process is silent", n)
	}
	if d, err := y.Runner.Attempt(y.Ctx, r); err != nil || d.State != planner.StateSuccess {
		t.Errorf("got %v, %v, want another process to end the run", d, err)
	}
	kill()
	if d := <-ended; d.State != "" {
		t.Errorf("got %v, want the late outcome refused", d)
	}
	if got := runOf(t, y, r); got.State != run.StateSuccess || got.Attempt != 1 {
		t.Errorf("got %s in attempt %d, want success in the first", got.State, got.Attempt)
	}
}

// J3: thirty requests at once make one run; the others are told of it.
func TestRequestsMerge(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("merge@example.test"), "tiktok", sandbox.Choice{})
	y.RunDue()
	seen := make([]string, 30)
	var wg sync.WaitGroup
	for i := range seen {
		wg.Go(func() {
			a, err := y.Queue.Sync(y.Ctx, id, planner.TriggerAdmin)
			if err != nil {
				t.Error(err)
			}
			seen[i] = a.RunID
		})
	}
	wg.Wait()
	slices.Sort(seen)
	if got := slices.Compact(seen); len(got) != 1 {
		t.Errorf("got runs %v, want one", got)
	}
}

// A disconnected account's run ends at once, and what comes back late is not kept. // T14
func TestADisconnectEndsTheRun(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	owner := y.Creator("gone@example.test")
	id := y.AddAccount(owner, "tiktok", sandbox.Choice{})
	y.World.AddFault(sandbox.Fault{Platform: "tiktok", Endpoint: "/v2/video/list/", Kind: sandbox.FaultHang, Times: 1})
	r := y.Store.Client.Run.Query().Where(run.ConnectionID(id)).OnlyIDX(y.Ctx)
	ctx, free := context.WithCancel(y.Ctx)
	ended := make(chan syncer.Decision, 1)
	go func() {
		d, _ := y.Runner.Attempt(ctx, r)
		ended <- d
	}()
	for y.World.InFlight() == 0 || y.World.Calls("tiktok")["/v2/video/list/"] == 0 {
		runtime.Gosched()
	}
	if _, err := y.Connect.Disconnect(y.Ctx, owner, id, false); err != nil {
		t.Fatal(err)
	}
	free()
	if d := <-ended; d.State != "" {
		t.Errorf("got %v, want nothing of the run kept", d)
	}
	if got := runOf(t, y, r); got.State != run.StateFailed || got.ErrorCode != string(fault.NotConnected) {
		t.Errorf("got %s %s, want failed %s", got.State, got.ErrorCode, fault.NotConnected)
	}
	if got := saved(t, y, id); len(got.Posts)+len(got.Snapshots) != 0 {
		t.Errorf("got %d posts and %d snapshots of a run that was ended, want none", len(got.Posts), len(got.Snapshots))
	}
}

// A metric that an account is refused altogether is not asked of it for a week; one that several are
// refused, of nobody. When it comes back it is forgotten.
func TestAWithdrawnMetric(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	var ids []string
	for i, a := range y.World.AddAccounts("instagram", 4) {
		ids = append(
			ids,
			y.AddAccount(y.Creator(fmt.Sprintf("w%d@example.test", i)), "instagram", sandbox.Choice{Account: a.ID}),
		)
	}
	y.RunDue()
	sync := func(id string, want run.State, lists int64) {
		t.Helper()
		y.World.ResetCalls()
		r := y.RequestSync(id)
		y.RunDue()
		if got := runOf(t, y, r); got.State != want {
			t.Errorf("got %s %s, want %s", got.State, got.ErrorMessage, want)
		}
		if n := y.World.Calls("instagram")["/{version}/me/media"]; n != lists {
			t.Errorf("got %d readings of the list, want %d", n, lists)
		}
	}
	y.World.AddFault(sandbox.Fault{Platform: "instagram", Kind: sandbox.FaultRefuseMetric, Body: "views"})
	for _, id := range ids[:3] {
		sync(id, run.StatePartial, 2)
		sync(id, run.StateSuccess, 1)
	}
	sync(ids[3], run.StateSuccess, 1)
	y.World.RemoveFaults()
	y.Advance(8 * 24 * time.Hour)
	sync(ids[0], run.StateSuccess, 1)
	if n := y.Store.Client.Refusal.Query().Where(refusal.Lone(false)).CountX(y.Ctx); n != 0 {
		t.Errorf("got %d refusals that count, want none once the metric is given again", n)
	}
}

// What was refused under the other source, the sandbox for a live installation and the other way round, counts for
// nobody here: neither a metric nor the installation as a whole.
func TestWhatAnotherSourceWasRefused(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	owner := y.Creator("other@example.test")
	mine := y.AddAccount(owner, "instagram", sandbox.Choice{})
	y.RunDue()
	y.Advance(time.Minute)
	db := y.Store.Client
	for i := range 3 {
		id := db.Connection.Create().
			SetOwnerID(owner).
			SetPlatform("instagram").
			SetSource(connection.SourceLive).
			SetExternalID(fmt.Sprint(i)).
			SetStatus(connection.StatusConnected).
			SaveX(y.Ctx).
			ID
		db.Refusal.Create().
			SetConnectionID(id).
			SetPlatform("instagram").
			SetMetric("views").
			SetNative("views").
			SetAt(y.Now()).
			ExecX(y.Ctx)
		db.Run.Create().
			SetConnectionID(id).
			SetPlatform("instagram").
			SetTrigger(run.TriggerSchedule).
			SetState(run.StateFailed).
			SetErrorCode(string(fault.AppRefused)).
			SetCompletedAt(y.Now()).
			SetSettledAt(y.Now()).
			ExecX(y.Ctx)
	}
	y.World.AddFault(sandbox.Fault{Platform: "instagram", Kind: sandbox.FaultRefuseMetric, Body: "views"})
	r := y.RequestSync(mine)
	y.RunDue()
	if got := runOf(t, y, r); got.State != run.StatePartial {
		t.Errorf("got %s %s, want the metric asked for, and refused", got.State, got.ErrorMessage)
	}
	y.World.RemoveFaults()
	y.Advance(8 * 24 * time.Hour)
	r = y.RequestSync(mine)
	y.RunDue()
	if got := runOf(t, y, r); got.State != run.StateSuccess {
		t.Errorf("given again: got %s %s, want success", got.State, got.ErrorMessage)
	}
	if n := db.Refusal.Query().Where(refusal.Lone(true)).CountX(y.Ctx); n != 0 {
		t.Errorf("got %d refusals of the other source marked, want them left alone", n)
	}
}

// The account as a whole is read in a run of its own, a while after the first sync and then weekly.
func TestAccountInsights(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("whole@example.test"), "instagram", sandbox.Choice{})
	y.RunDue()
	y.Runner.Tick(y.Ctx)
	if n := y.RunDue(); n != 0 {
		t.Errorf("got %d attempts right after the first sync, want none", n)
	}
	y.Advance(2 * time.Hour)
	y.Runner.Tick(y.Ctx)
	if n := y.RunDue(); n != 1 {
		t.Fatalf("got %d attempts, want the account's insights", n)
	}
	r := y.Store.Client.Run.Query().Where(run.ConnectionID(id), run.KindEQ(run.KindInsights)).OnlyX(y.Ctx)
	if r.State != run.StateSuccess || r.Items == 0 {
		t.Errorf("got %s with %d items: %s, want success", r.State, r.Items, r.ErrorMessage)
	}
	days := y.Store.Client.Snapshot.Query().
		Where(snapshot.ConnectionID(id), snapshot.Metric("account_reach")).
		CountX(y.Ctx)
	if days < 20 {
		t.Errorf("got %d days of reach the first time, want four weeks", days)
	}
	if n := y.Store.Client.Audience.Query().CountX(y.Ctx); n == 0 {
		t.Error("got no audience, want one")
	}
	s := y.Store.Client.Schedule.Query().Where(schedule.ConnectionID(id)).OnlyX(y.Ctx)
	if s.InsightsDueAt == nil || s.InsightsDueAt.Sub(y.Now()) != 24*time.Hour {
		t.Errorf("got the next at %v, want it in a day", s.InsightsDueAt)
	}
	if c := y.Store.Client.Connection.GetX(y.Ctx, id); c.Status != connection.StatusConnected {
		t.Errorf("got %s, want connected", c.Status)
	}
	// A month without access: the days that were missed are read when it is there again.
	if err := y.World.Revoke("instagram", y.World.Accounts("instagram")[0].ID); err != nil {
		t.Fatal(err)
	}
	y.Advance(45 * 24 * time.Hour)
	y.RequestSync(id)
	y.RunDue()
	if c := y.Store.Client.Connection.GetX(y.Ctx, id); c.Status != connection.StatusNeedsReconnect {
		t.Fatalf("got %s, want it to need its creator", c.Status)
	}
	y.AddAccount(y.Store.Client.Connection.GetX(y.Ctx, id).OwnerID, "instagram", sandbox.Choice{})
	y.RunDue()
	y.Advance(2 * time.Hour)
	y.Runner.Tick(y.Ctx)
	y.RunDue()
	first := jobstest.Morning.Truncate(24 * time.Hour)
	for day := first.AddDate(0, 0, -20); day.Before(y.Now().Add(-24 * time.Hour).Truncate(24 * time.Hour)); day = day.AddDate(0, 0, 1) {
		if !y.Store.Client.Snapshot.Query().
			Where(snapshot.ConnectionID(id), snapshot.Metric("account_reach"), snapshot.Day(day.Format(time.DateOnly))).
			ExistX(y.Ctx) {
			t.Errorf("got no reach of %s, want the days that were missed read later", day.Format(time.DateOnly))
		}
	}
}
