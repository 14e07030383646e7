package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/run"
)

// J14: a clock that is 400 days ahead deletes nothing that is not due, also after a restart with it and for hours;
// when it is right again everything is there and due when it was. After 40 days off, which look the same at first, what
// is due goes within a day.
func TestAClockThatLeapsDeletesNothing(t *testing.T) {
	t.Parallel()
	clock := &hands{}
	h := newHouseAt(t, map[string]string{"KEEP_RUNS": "30d"}, clock.now)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	const day = 24 * time.Hour
	now := clock.now().UTC().Truncate(time.Second)
	owner := h.person("leap@example.com", "Mina", "creator")
	db := h.Store.Client
	joined := func(external string, status connection.Status) string {
		return db.Connection.Create().
			SetOwnerID(owner).
			SetPlatform("youtube").
			SetSource(connection.SourceLive).
			SetExternalID(external).
			SetHandle("@" + external).
			SetStatus(status).
			SetStatusSince(now).
			SetScopes([]string{}).
			SetTokenVersion(1).
			SetConsentedAt(now.Add(-20 * day)).
			SaveX(ctx).
			ID
	}
	ended, paused := joined("UCended", connection.StatusDisconnected), joined("UCpaused", connection.StatusPaused)
	db.Connection.UpdateOneID(ended).SetDeleteBy(now.Add(7 * day)).ExecX(ctx)
	db.Profile.Create().SetConnectionID(paused).SetObservedAt(now).ExecX(ctx)
	db.Post.Create().
		SetConnectionID(paused).
		SetExternalID("v1").
		SetMediaType("video").
		SetTitle("t").
		SetPostedAt(now).
		SetObservedAt(now).
		SetReadAt(now).
		ExecX(ctx)
	db.Run.Create().
		SetConnectionID(paused).
		SetPlatform("youtube").
		SetTrigger(run.TriggerSchedule).
		SetState(run.StateSuccess).
		SetCreatedAt(now).
		SetStartedAt(now).
		SetCompletedAt(now).
		ExecX(ctx)
	held := func() (connections, posts, runs int) {
		return db.Connection.Query().
				CountX(ctx),
			db.Post.Query().
				Where(post.ConnectionID(paused)).
				CountX(ctx),
			db.Run.Query().
				Where(run.ConnectionID(paused)).
				CountX(ctx)
	}
	all := func(when string) {
		t.Helper()
		if c, p, r := held(); c != 2 || p != 1 || r != 1 {
			t.Fatalf("%s: got %d connections, %d posts, %d runs, want all", when, c, p, r)
		}
	}
	tick := func(n int, step time.Duration) {
		for range n {
			h.Runner.Tick(ctx)
			clock.forward(step)
		}
	}
	tick(2, time.Minute)
	clock.forward(400 * day)
	tick(30, 10*time.Minute-time.Second)
	all("ahead")
	if !strings.Contains(h.log.String(), "nothing is deleted for its age") {
		t.Error("got nothing in the log about the clock")
	}
	// Somebody disconnects and somebody is lost while it is wrong: that is due when it would have been.
	db.Connection.UpdateOneID(ended).SetDeleteBy(clock.now().Add(7 * day)).ExecX(ctx)
	clock.forward(-400*day - 5*time.Hour)
	tick(40, 10*time.Minute-time.Second)
	all("back")
	if by := db.Connection.GetX(ctx, ended).DeleteBy; by == nil || by.After(clock.now().Add(7*day)) {
		t.Errorf("got deletion by %v, want it within seven days", by)
	}
	clock.forward(40 * day)
	tick(6, 10*time.Minute-time.Second)
	all("an hour after 40 days off")
	tick(138, 10*time.Minute-time.Second)
	c, p, r := held()
	if c != 1 || p != 0 || r != 0 {
		t.Errorf("a day after 40 days off: got %d connections, %d posts, %d runs, want what is due gone", c, p, r)
	}
}
