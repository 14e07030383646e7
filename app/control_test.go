package app_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/auditevent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// An admin goes from a failure to its cause and retries all of its kind; pauses an account and a platform,
// and lets them go on; cancels a run. Each is in the audit log once, and a creator can do none of it. // N5, S8
func TestControls(t *testing.T) {
	t.Parallel()
	s, word := demo(t)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	ada := enter(t, s.URL, auth.DemoAdmin, word)
	mina := enter(t, s.URL, auth.DemoCreator, word)
	tiktok := s.Store.Client.Connection.Query().Where(connection.Platform("tiktok")).OnlyX(ctx)

	planted := s.World.AddFault(sandbox.Fault{Platform: "tiktok", Kind: sandbox.FaultStatus, Status: 500})
	ada.post("/admin/connections/"+tiktok.ID+"/sync", nil)
	until(t, "a failure", func() bool { return newestRun(t, s, "tiktok").State == run.StateRetrying })
	failed := newestRun(t, s, "tiktok")
	story := ada.get("/admin/runs/" + failed.ID)
	for _, want := range []string{"Requested by an admin.", "http 500", "Retried automatically", "Cancel"} {
		if !strings.Contains(story.body, want) {
			t.Errorf("a run that will be tried again: got no %q", want)
		}
	}
	ada.redirected(
		"/admin/runs/"+failed.ID+"/cancel",
		url.Values{"next": {"/admin/runs/" + failed.ID}},
		"/admin/runs/"+failed.ID,
	)
	if got := ada.get("/admin/runs/" + failed.ID).body; !strings.Contains(got, "cancelled by an admin") {
		t.Error("got no word of the cancelling")
	}
	if got := ada.post("/admin/runs/"+failed.ID+"/cancel", nil); got.status != http.StatusConflict {
		t.Errorf("cancelled twice: got %d, want 409", got.status)
	}
	s.World.RemoveFault(planted)

	// A dead letter, as five failures leave it.
	dead := s.Store.Client.Run.Create().
		SetConnectionID(tiktok.ID).
		SetPlatform("tiktok").
		SetTrigger(run.TriggerSchedule).
		SetState(run.StateDead).
		SetAttempt(5).
		SetErrorCode("TIMEOUT").
		SetErrorMessage("profile: no answer in time").
		SetStartedAt(failed.CreatedAt).
		SetCompletedAt(failed.CreatedAt).
		SaveX(ctx)
	list := ada.get("/admin/failures").body
	for _, want := range []string{"TIMEOUT", "/admin/failures/retry?code=TIMEOUT&amp;platform=tiktok", "/admin/runs/" + dead.ID} {
		if !strings.Contains(list, want) {
			t.Errorf("the list of failures: got no %q", want)
		}
	}
	if got := ada.get("/admin/failures?platform=youtube").body; strings.Contains(got, dead.ID) {
		t.Error("got TikTok's dead letter among YouTube's")
	}
	for _, odd := range []string{"?platform=nowhere", "?page=0", "?page=x", "?state=odd", "?q=%00"} {
		if got := ada.get("/admin/failures" + odd); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: got %d, want 422", odd, got.status)
		}
	}
	all := "/admin/failures/retry?code=TIMEOUT&platform=tiktok"
	if got := ada.get(all).body; !strings.Contains(got, "1 account, 2 units of its quota") {
		t.Errorf("got no price before the retry: %s", got)
	}
	ada.redirected(all, nil, "/admin/failures")
	ada.redirected(all, nil, "/admin/failures") // a double click
	until(t, "the retry to end well", func() bool {
		r := newestRun(t, s, "tiktok")
		return r.Trigger == run.TriggerRetry && r.State == run.StateSuccess
	})
	if n := s.Store.Client.Run.Query().Where(run.TriggerEQ(run.TriggerRetry)).CountX(ctx); n != 1 {
		t.Errorf("got %d retries after a double click, want 1", n)
	}

	next := url.Values{"next": {"/admin/connections?platform=tiktok"}}
	ada.redirected("/admin/connections/"+tiktok.ID+"/pause", next, "/admin/connections?platform=tiktok")
	if got := ada.get("/admin/connections?status=paused").body; !strings.Contains(
		got,
		"/admin/connections/"+tiktok.ID+"/resume",
	) {
		t.Error("got no paused account in the list")
	}
	if got := mina.get("/connections").body; !strings.Contains(got, "An admin paused syncing") {
		t.Error("got no word of it to the creator")
	}
	ada.redirected("/admin/connections/"+tiktok.ID+"/resume", url.Values{"next": {"//evil.example"}}, "/admin/connections")
	ada.redirected("/admin/platforms/tiktok/pause", nil, "/admin")
	if got := mina.post("/api/auth/tiktok/sync", nil); got.status != http.StatusConflict ||
		!strings.Contains(got.body, "An admin paused syncing with TikTok") {
		t.Errorf("a sync on a paused platform: got %d %s, want 409 and why", got.status, got.body)
	}
	if got := ada.get("/admin").body; !strings.Contains(got, "Paused by an admin since") {
		t.Error("got no word of the paused platform on Sync health")
	}
	ada.redirected("/admin/platforms/tiktok/resume", nil, "/admin")

	for _, path := range []string{
		"/admin/runs/" + dead.ID + "/cancel", "/admin/runs/" + dead.ID + "/dismiss", "/admin/connections/" + tiktok.ID + "/pause", "/admin/connections/" + tiktok.ID + "/resume",
		"/admin/platforms/tiktok/pause", "/admin/platforms/tiktok/resume", "/admin/failures/retry", "/admin/failures/dismiss",
	} {
		if got := mina.post(path, nil); got.status != http.StatusNotFound {
			t.Errorf("a creator on %s: got %d, want 404", path, got.status)
		}
	}
	for _, path := range []string{"/admin/failures", "/admin/connections", "/admin/runs/" + dead.ID, "/admin/failures/retry"} {
		if got := mina.get(path); got.status != http.StatusNotFound {
			t.Errorf("a creator on %s: got %d, want 404", path, got.status)
		}
	}
	if got := ada.get("/admin/runs/nothing"); got.status != http.StatusNotFound {
		t.Errorf("an unknown run: got %d, want 404", got.status)
	}
	var done []string
	for _, e := range s.Store.Client.AuditEvent.Query().Where(auditevent.ActorIDNEQ("")).Order(ent.Asc(auditevent.FieldID)).AllX(ctx) {
		done = append(done, e.Action)
	}
	for _, want := range []string{"cancel", "pause", "resume", "pause_platform", "resume_platform"} {
		if n := len(slices.DeleteFunc(slices.Clone(done), func(a string) bool { return a != want })); n != 1 {
			t.Errorf("got %d of %s in the audit log, want 1: %v", n, want, done)
		}
	}
}

// redirected sends a form and wants to be led to a page.
func (b *browser) redirected(path string, form url.Values, want string) {
	b.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	if a := b.post(path, form); a.status != http.StatusSeeOther || a.location != want {
		b.t.Errorf("%s: got %d to %q, want 303 to %q", path, a.status, a.location, want)
	}
}

// After a platform refused this installation an admin's click has it really asked, and what waited for it goes
// on at once; it is held again when it refuses again.
func TestAnAdminHasItAskedAgain(t *testing.T) {
	t.Parallel()
	s, word := demo(t)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	ada, mina := enter(t, s.URL, auth.DemoAdmin, word), enter(t, s.URL, auth.DemoCreator, word)
	id := s.Store.Client.Connection.Query().Where(connection.Platform("youtube")).OnlyX(ctx).ID
	planted := s.World.AddFault(
		sandbox.Fault{Platform: "youtube", Endpoint: "/youtube/v3/channels", Kind: sandbox.FaultStatus, Status: 403,
			Body: `{"error":{"code":403,"message":"not used before","errors":[{"reason":"accessNotConfigured"}]}}`},
	)
	comesTo := func(what string, state run.State) *ent.Run {
		t.Helper()
		var r *ent.Run
		until(t, what, func() bool {
			r = newestRun(t, s, "youtube")
			return r.State == state && (state == run.StateSuccess || r.ErrorCode == "APP_REFUSED")
		})
		return r
	}
	waits := func() {
		t.Helper()
		if got := mina.post("/connections/"+id+"/sync", url.Values{}); got.status >= 400 {
			t.Fatalf("a creator's sync: got %d %s", got.status, got.body)
		}
		r := comesTo("what a creator asks for to wait", run.StateDeferred)
		until(t, "its job to wait", func() bool {
			var state string
			if err := s.Store.SQL().QueryRowContext(ctx, "SELECT state FROM river_job WHERE id = $1", r.JobID).Scan(&state); err != nil {
				t.Fatal(err)
			}
			return state == "scheduled"
		})
	}
	ada.post("/admin/connections/"+id+"/sync", url.Values{})
	refused := comesTo("a refusal", run.StateFailed)
	waits()
	s.World.ResetCalls()
	ada.redirected("/admin/runs/"+refused.ID+"/retry", nil, "/admin")
	comesTo("the next refusal", run.StateFailed)
	if len(s.World.Calls("youtube")) == 0 {
		t.Error("got no call after a retry, want the platform asked")
	}
	for _, click := range []string{"/admin/connections/" + id + "/sync", "/admin/platforms/youtube/sync", "/admin/platforms/youtube/resume", "/admin/failures/retry"} {
		waits()
		s.World.RemoveFault(planted)
		if got := ada.post(click, url.Values{"all": {"1"}}); got.status >= 400 {
			t.Errorf("%s: got %d %s", click, got.status, got.body)
		}
		comesTo(click+" to bring it forward", run.StateSuccess)
		planted = s.World.AddFault(
			sandbox.Fault{Platform: "youtube", Endpoint: "/youtube/v3/channels", Kind: sandbox.FaultStatus, Status: 403,
				Body: `{"error":{"code":403,"message":"not used before","errors":[{"reason":"accessNotConfigured"}]}}`},
		)
		mina.post("/connections/"+id+"/sync", url.Values{})
		comesTo("it to be refused again", run.StateFailed)
	}
}
