package syncer_test

import (
	"context"
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/accountreading"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/profile"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/schedule"
	"github.com/truecount/truecount/ent/snapshot"
)

// retold is how a test changes the platforms' answers.
type retold struct {
	profile func(*platform.Profile)
	posts   func(*platform.Batch) error
}

type changed struct {
	platform.Platform
	r *retold
}

func (c *changed) Profile(ctx context.Context, t platform.Token) (platform.Profile, error) {
	p, err := c.Platform.Profile(ctx, t)
	if c.r.profile != nil {
		c.r.profile(&p)
	}
	return p, err
}

func (c *changed) Posts(ctx context.Context, t platform.Token, q platform.PostQuery) (platform.Batch, error) {
	b, err := c.Platform.Posts(ctx, t, q)
	if err == nil && c.r.posts != nil {
		err = c.r.posts(&b)
	}
	return b, err
}

// harnessOf opens a harness with an account that was synced once, and a syncer whose platforms a test changes.
func harnessOf(t *testing.T, now func(*jobstest.Harness) func() time.Time) (*jobstest.Harness, *retold, string) {
	t.Helper()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("mutation@example.test"), "tiktok", sandbox.Choice{})
	y.RunDue()
	r := &retold{}
	clock := y.Now
	if now != nil {
		clock = now(y)
	}
	y.Use(syncer.New(syncer.Options{
		Store: y.Store, Planner: planner.New(planner.Options{Store: y.Store, Platforms: y.Platforms, Source: "sandbox", Now: clock}),
		Grants: y.Connect.Grants, Source: "sandbox", Now: clock,
		Platforms: platformtest.Wrapped(y.Platforms, func(p platform.Platform) platform.Platform { return &changed{p, r} }),
	}))
	return y, r, id
}

// An answer about another account saves nothing over this one.
func TestAnotherAccountsProfile(t *testing.T) {
	t.Parallel()
	y, r, id := harnessOf(t, nil)
	before, profile := saved(t, y, id), y.Store.Client.Profile.Query().OnlyX(y.Ctx)
	r.profile = func(p *platform.Profile) {
		n := int64(7)
		p.ExternalID, p.DisplayName, p.Followers = "another", "Another", &n
	}
	y.Advance(24 * time.Hour)
	asked := y.RequestSync(id)
	y.RunDue()
	if got := runOf(t, y, asked); got.State != run.StateRetrying || got.ErrorCode != string(fault.BadResponse) {
		t.Errorf("got %s %s, want it tried again as a bad response", got.State, got.ErrorCode)
	}
	after := y.Store.Client.Profile.Query().OnlyX(y.Ctx)
	if after.DisplayName != profile.DisplayName || *after.Followers != *profile.Followers ||
		len(saved(t, y, id).Snapshots) != len(before.Snapshots) {
		t.Errorf("got %s with %d, want the profile as it was", after.DisplayName, *after.Followers)
	}
}

// J9: what does not come leaves what is known standing: counters of posts always, fields of a profile of which a part
// could not be read.
func TestWhatDoesNotComeIsKept(t *testing.T) {
	t.Parallel()
	y, r, id := harnessOf(t, nil)
	first := y.Store.Client.Profile.Query().OnlyX(y.Ctx)
	r.profile = func(p *platform.Profile) {
		p.Followers = nil
		p.Gaps = append(
			p.Gaps,
			&platform.Error{Platform: "tiktok", Step: platform.StepProfile, Code: fault.BadResponse, Metric: "followers"},
		)
	}
	r.posts = func(b *platform.Batch) error {
		for i := range b.Posts {
			b.Posts[i].Views, b.Posts[i].Likes = nil, nil
		}
		return nil
	}
	views := func() (known, sum int64) {
		for _, p := range y.Store.Client.Post.Query().Where(post.ConnectionID(id)).AllX(y.Ctx) {
			if p.Views != nil && p.Likes != nil {
				known, sum = known+1, sum+*p.Views+*p.Likes
			}
		}
		return known, sum
	}
	known, sum := views()
	if known == 0 || first.Followers == nil {
		t.Fatal("nothing is known to begin with")
	}
	y.Advance(time.Hour)
	y.RequestSync(id)
	y.RunDue()
	if k, s := views(); k != known || s != sum {
		t.Errorf("got %d posts with %d, want the %d with %d that were known", k, s, known, sum)
	}
	if now := y.Store.Client.Profile.Query().OnlyX(y.Ctx); now.Followers == nil || *now.Followers != *first.Followers {
		t.Errorf("got %v followers, want the %d that were known", now.Followers, *first.Followers)
	}
	now := y.Store.Client.Profile.Query().OnlyX(y.Ctx)
	if at := now.KnownAt[profile.FieldFollowers]; !at.Equal(first.ObservedAt) || !now.ObservedAt.After(first.ObservedAt) {
		t.Errorf("got followers of %s in a profile of %s, want them of %s", at, now.ObservedAt, first.ObservedAt)
	}
	if r := y.Store.Client.AccountReading.Query().Order(ent.Desc(accountreading.FieldObservedAt)).FirstX(y.Ctx); r.Followers != nil {
		t.Errorf("got a reading of %d followers that this sync did not bring", *r.Followers)
	}
	r.profile = func(p *platform.Profile) { p.Followers = nil } // the platform does not tell any more
	y.RequestSync(id)
	y.RunDue()
	if now := y.Store.Client.Profile.Query().OnlyX(y.Ctx); now.Followers != nil {
		t.Errorf("got %d followers that nobody tells of, want them unknown", *now.Followers)
	}
}

// A counter that readings do not bring any more keeps the time of the last one that did, and loses it with the next.
func TestACounterKeepsItsOwnTime(t *testing.T) {
	t.Parallel()
	y, r, id := harnessOf(t, nil)
	first := y.Store.Client.Post.Query().
		Where(post.ConnectionID(id), post.ViewsNotNil(), post.LikesNotNil()).
		Order(ent.Desc(post.FieldPostedAt)).
		FirstX(y.Ctx)
	if len(first.KnownAt) > 0 {
		t.Fatalf("got %v, want every counter of the reading itself", first.KnownAt)
	}
	withhold := func(b *platform.Batch) error {
		for i := range b.Posts {
			b.Posts[i].Views = nil
		}
		return nil
	}
	for _, reading := range []struct {
		name string
		do   func(*platform.Batch) error
		want time.Time
	}{{"once", withhold, first.ObservedAt}, {"twice", withhold, first.ObservedAt}, {"there again", nil, time.Time{}}} {
		r.posts = reading.do
		y.Advance(24 * time.Hour)
		y.RequestSync(id)
		y.RunDue()
		now := y.Store.Client.Post.GetX(y.Ctx, first.ID)
		views, likes := now.KnownAt["views"], now.KnownAt["likes"]
		if !now.ObservedAt.After(first.ObservedAt) {
			t.Fatalf("%s: got a post of %s, want it read anew", reading.name, now.ObservedAt)
		}
		if !views.Equal(reading.want) || !likes.IsZero() {
			t.Errorf(
				"%s: got views of %s and likes of %s, want views of %s and likes of the reading",
				reading.name,
				views,
				likes,
				reading.want,
			)
		}
	}
}

// J5: a snapshot's day is UTC's, whatever zone the process's clock is in.
func TestASnapshotsDay(t *testing.T) {
	t.Parallel()
	for _, offset := range []int{14, -11} {
		y, _, id := harnessOf(t, func(y *jobstest.Harness) func() time.Time {
			zone := time.FixedZone("far", offset*3600)
			return func() time.Time { return y.Now().In(zone) }
		})
		y.Advance(24 * time.Hour)
		y.RequestSync(id)
		y.RunDue()
		y.Advance(12*time.Hour - time.Minute) // just before midnight
		y.RequestSync(id)
		y.RunDue()
		days := y.Store.Client.Snapshot.Query().
			Where(snapshot.ConnectionID(id), snapshot.Metric("follower_count")).
			Order(snapshot.ByDay()).
			AllX(y.Ctx)
		if len(days) != 2 || days[0].Day != "2026-11-24" || days[1].Day != "2026-11-25" {
			t.Errorf("UTC%+d: got %v, want the two days", offset, days)
		}
	}
}

// J2: a worker whose run was given to another saves nothing, whatever it has read.
func TestAWorkerThatLostItsRun(t *testing.T) {
	t.Parallel()
	for name, take := range map[string]func(*ent.RunUpdate) *ent.RunUpdate{
		"another has it":            func(u *ent.RunUpdate) *ent.RunUpdate { return u.SetClaimedBy("another") },
		"another tried it again":    func(u *ent.RunUpdate) *ent.RunUpdate { return u.AddAttempt(1) },
		"another gave it back":      func(u *ent.RunUpdate) *ent.RunUpdate { return u.SetState(run.StateQueued) },
		"an admin has cancelled it": func(u *ent.RunUpdate) *ent.RunUpdate { return u.SetCompletedAt(jobstest.Morning) },
	} {
		y, r, id := harnessOf(t, nil)
		before, logs := saved(t, y, id), y.Store.Client.SyncLog.Query().CountX(y.Ctx)
		y.Advance(24 * time.Hour)
		asked := y.RequestSync(id)
		r.posts = func(*platform.Batch) error {
			take(y.Store.Client.Run.Update().Where(run.ID(asked))).ExecX(y.Ctx)
			return nil
		}
		d, err := y.Runner.Attempt(y.Ctx, asked)
		if err != nil || d.State != "" {
			t.Errorf("%s: got %+v, %v, want no outcome", name, d, err)
		}
		after := saved(t, y, id)
		if len(after.Snapshots) != len(before.Snapshots) || after.History != before.History ||
			y.Store.Client.SyncLog.Query().CountX(y.Ctx) != logs {
			t.Errorf("%s: got %d snapshots and %d history rows, want nothing saved", name, len(after.Snapshots), after.History)
		}
	}
}

// A post that was gone and is listed again is there again.
func TestAGonePostReturns(t *testing.T) {
	t.Parallel()
	y, r, id := harnessOf(t, nil)
	var which string
	r.posts = func(b *platform.Batch) error {
		which = b.Posts[0].ExternalID
		b.Posts, b.Gone = b.Posts[1:], append(b.Gone, which)
		return nil
	}
	gone := func() bool {
		y.RequestSync(id)
		y.RunDue()
		return y.Store.Client.Post.Query().Where(post.ConnectionID(id), post.ExternalID(which)).OnlyX(y.Ctx).GoneAt != nil
	}
	if !gone() {
		t.Fatal("the post is not gone")
	}
	r.posts = nil
	if gone() {
		t.Error("got it gone still, want it back")
	}
}

// What was asked for long ago and ended lately is young.
func TestARunsAgeIsItsEnd(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("age@example.test"), "tiktok", sandbox.Choice{})
	y.Advance(100 * day) // it waited
	y.RunDue()
	y.Advance(day)
	if got, err := y.Syncer.Prune(y.Ctx, config.Keep{Runs: 90 * day}); err != nil || got.Runs != 0 {
		t.Errorf("got %+v, %v, want the run kept", got, err)
	}
	if n := y.Store.Client.Run.Query().Where(run.ConnectionID(id)).CountX(y.Ctx); n != 1 {
		t.Errorf("got %d runs, want it there", n)
	}
}

// A partial run whose rest may come is repeated in an hour, once; then the schedule has it.
func TestAPartialIsRepeatedOnce(t *testing.T) {
	t.Parallel()
	y, r, id := harnessOf(t, nil)
	r.posts = func(*platform.Batch) error {
		return &platform.Error{Platform: "tiktok", Step: platform.StepPosts, Code: fault.BadResponse, Detail: "odd"}
	}
	y.RequestSync(id)
	y.RunDue()
	due := func() time.Duration {
		return y.Store.Client.Schedule.Query().Where(schedule.ConnectionID(id)).OnlyX(y.Ctx).DueAt.Sub(y.Now())
	}
	if got := due(); got != time.Hour {
		t.Fatalf("got it due in %s, want an hour", got)
	}
	y.Advance(time.Hour)
	y.Runner.Tick(y.Ctx)
	if n := y.RunDue(); n != 1 {
		t.Fatalf("got %d attempts, want the repetition", n)
	}
	if got := due(); got <= 2*time.Hour {
		t.Errorf("got it due in %s again, want it left to the schedule", got)
	}
	for range 6 {
		y.Advance(time.Hour)
		y.Runner.Tick(y.Ctx)
		if n := y.RunDue(); n != 0 {
			t.Fatalf("got %d attempts %s later, want none before the schedule", n, y.Now())
		}
	}
}
