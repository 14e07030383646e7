package app_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/viewer"
)

// SYNC_INTERVAL_MIN holds for a creator's own requests, on the page and in the API alike, and for the first
// sync after a new consent; a disconnected account is told so whatever the time.
func TestTheIntervalThatIsSet(t *testing.T) {
	t.Parallel()
	clock := &hands{}
	h := newHouseAt(t, map[string]string{"SYNC_INTERVAL_MIN": "3h"}, clock.now) // no default of anything
	b := h.creator("mina@example.com")
	join := func() {
		t.Helper()
		b.lands(b.consent(h.world, "tiktok", sandbox.Choice{}), "/connections?success=tiktok_connected")
	}
	join()
	first := b.synced("tiktok", "") // which does not count
	ask := func(want int) {
		t.Helper()
		if a := b.do(http.MethodPost, "/api/auth/tiktok/sync", nil); a.status != want {
			t.Errorf("got %d %s, want %d", a.status, a.body, want)
		}
	}
	ask(http.StatusAccepted)
	b.synced("tiktok", first.RunID)
	clock.forward(time.Hour)
	ask(http.StatusTooManyRequests)
	ctx := viewer.System(context.WithoutCancel(t.Context()), viewer.ReasonTest)
	id := h.Store.Client.Connection.Query().OnlyIDX(ctx)
	if a := b.post("/connections/"+id+"/sync", url.Values{}); a.status != http.StatusTooManyRequests {
		t.Errorf("on the page: got %d, want 429", a.status)
	}
	owner := h.Store.Client.Connection.GetX(ctx, id).OwnerID
	page, err := h.Accounts.Connections(ctx, owner)
	if err != nil || len(page.Items) != 1 || page.Items[0].SyncAfter == nil ||
		page.Items[0].SyncAfter.Sub(clock.now()) < 110*time.Minute {
		t.Errorf("got %+v, %v, want it said when the next request may be made", page, err)
	}
	if _, err := h.Connect.Disconnect(ctx, owner, id, false); err != nil {
		t.Fatal(err)
	}
	if a := b.do(http.MethodPost, "/api/auth/tiktok/sync?connection="+id, nil); a.status != http.StatusConflict {
		t.Errorf("disconnected: got %d %s, want 409", a.status, a.body)
	}
	join()
	var r runState
	b.read("/api/auth/tiktok/sync", &r)
	if r.State != "deferred" || r.NextAttemptAt == nil || r.NextAttemptAt.Sub(clock.now()) < 110*time.Minute {
		t.Errorf("got %+v, want the first sync to wait for its time, for all to see", r)
	}
}
