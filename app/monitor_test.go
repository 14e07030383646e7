package app_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// ward is a house whose clock a test puts forward, and the monitor outside that asks how it is.
type ward struct {
	*house
	clock *hands
	mina  *browser
	mend  func() // ends what was done to it
}

// monitor asks as an outside monitor would: the status, and the codes of the reasons.
func (w *ward) monitor() (status int, codes []string) {
	w.t.Helper()
	got := w.visitor().get("/api/health/social-sync")
	var r struct {
		Healthy bool
		Reasons []struct{ Code string }
	}
	if err := json.Unmarshal([]byte(got.body), &r); err != nil {
		w.t.Fatalf("got %s: %v", got.body, err)
	}
	if r.Healthy != (got.status == http.StatusOK) || r.Healthy != (len(r.Reasons) == 0) {
		w.t.Errorf("got %d with %s, want the two to agree", got.status, got.body)
	}
	for _, personal := range []string{"mina", "@example.com", sandbox.Marker} {
		if strings.Contains(strings.ToLower(got.body), strings.ToLower(personal)) {
			w.t.Errorf("got %q for the monitor, want nobody named: %s", personal, got.body)
		}
	}
	for _, c := range r.Reasons {
		codes = append(codes, c.Code)
	}
	return got.status, codes
}

// rows adds runs of the creator's account that have just ended.
func (w *ward) rows(state run.State, n int) {
	w.t.Helper()
	ctx := viewer.System(w.t.Context(), viewer.ReasonTest)
	id := w.Store.Client.Connection.Query().Where(connection.Platform("youtube")).FirstIDX(ctx)
	for range n {
		now := w.clock.now().UTC()
		w.Store.Client.Run.Create().
			SetConnectionID(id).
			SetPlatform("youtube").
			SetTrigger(run.TriggerSchedule).
			SetState(state).
			SetErrorCode("INTERNAL").
			SetCreatedAt(now).
			SetStartedAt(now).
			SetCompletedAt(now).
			ExecX(ctx)
	}
}

// syncs has a platform's accounts synced, and waits until each has come to an end or will be tried again.
func (w *ward) syncs(platform string) {
	w.t.Helper()
	ctx := viewer.System(w.t.Context(), viewer.ReasonTest)
	if _, err := w.Queue.Plan(ctx, platform, planner.SelectAll, planner.TriggerAdmin); err != nil {
		w.t.Fatal(err)
	}
	until(w.t, "the syncs of "+platform, func() bool {
		return !w.Store.Client.Run.Query().
			Where(run.Platform(platform), run.StateIn(run.StateQueued, run.StateRunning)).
			ExistX(ctx)
	})
}

// Whatever ails syncing, the monitor is told within a minute, and within a minute that it is over. // N4
func TestTheMonitorIsTold(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, code string
		after      time.Duration // what lasts so long is an illness
		do         func(w *ward)
	}{
		{"the scheduler is silent", "SCHEDULER_SILENT", 5 * time.Minute, func(w *ward) {
			if err := w.Runner.Stop(w.t.Context(), time.Second); err != nil {
				w.t.Fatal(err)
			}
			w.mend = func() { w.Runner.Tick(w.t.Context()) }
		}},
		{"too many syncs fail", "FAILURE_RATE", 0, func(w *ward) {
			w.rows(run.StateSuccess, 8)
			w.rows(run.StateDead, 2)
			w.mend = func() { w.rows(run.StateSuccess, 20) }
		}},
		{"a platform refuses this installation", "APP_REFUSED", 0, func(w *ward) {
			id := w.world.AddFault(sandbox.Fault{Platform: "youtube", Endpoint: "/youtube/v3/channels", Kind: sandbox.FaultStatus, Status: 403,
				Body: `{"error":{"code":403,"message":"not used before","errors":[{"reason":"accessNotConfigured"}]}}`})
			w.syncs("youtube")
			w.mend = func() {
				w.world.RemoveFault(id)
				w.clock.forward(2 * time.Hour) // the platform is asked again now and then
				w.Runner.Tick(w.t.Context())
				w.syncs("youtube")
			}
		}},
		{"a platform is down", "PLATFORM_DOWN", 0, func(w *ward) {
			for _, a := range w.world.Accounts("tiktok") {
				w.mina.lands(w.mina.consent(w.world, "tiktok", sandbox.Choice{Account: a.ID}), "/connections?success=tiktok_connected")
			}
			w.syncs("tiktok")
			id := w.world.AddFault(sandbox.Fault{Platform: "tiktok", Kind: sandbox.FaultStatus, Status: 500})
			w.syncs("tiktok")
			w.mend = func() {
				w.world.RemoveFault(id)
				w.clock.forward(10 * time.Minute) // what waits for another try goes on
				w.Runner.Tick(w.t.Context())
				ctx := viewer.System(w.t.Context(), viewer.ReasonTest)
				until(w.t, "it to be tried again", func() bool { // an admin need not wait for the next try
					for _, id := range w.Store.Client.Connection.Query().Where(connection.Platform("tiktok")).IDsX(ctx) {
						if _, err := w.Queue.Sync(ctx, id, planner.TriggerAdmin); err != nil {
							w.t.Fatal(err)
						}
					}
					return w.Store.Client.Run.Query().Where(run.Platform("tiktok"), run.StateEQ(run.StateRetrying)).CountX(ctx) == 0
				})
				w.syncs("tiktok")
			}
		}},
		{"the database takes no writes", "DATABASE_NOT_WRITABLE", 0, func(w *ward) {
			w.mend = storetest.Deny(w.t, w.Store.SQL(), w.Store.Dialect, "writable_probe")
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := &ward{clock: &hands{}}
			w.house = newHouseAt(t, nil, w.clock.now)
			w.mina = w.creator("mina@example.com")
			w.mina.lands(w.mina.consent(w.world, "youtube", sandbox.Choice{}), "/connections?success=youtube_connected")
			w.mina.synced("youtube", "")
			w.Runner.Tick(t.Context())
			if status, codes := w.monitor(); status != http.StatusOK {
				t.Fatalf("before: got %d %v, want 200", status, codes)
			}
			tc.do(w)
			w.clock.forward(tc.after)
			w.clock.forward(59 * time.Second)
			if status, codes := w.monitor(); status != http.StatusServiceUnavailable || !slices.Contains(codes, tc.code) {
				t.Errorf("a minute later: got %d %v, want 503 for %s", status, codes, tc.code)
			}
			w.mend()
			w.clock.forward(59 * time.Second)
			if status, codes := w.monitor(); status != http.StatusOK {
				t.Errorf("mended: got %d %v, want 200", status, codes)
			}
		})
	}
}
