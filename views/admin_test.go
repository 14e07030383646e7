package views_test

import (
	"strings"
	"testing"

	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/views/admin"
)

func TestSyncHealthTellsHowItGoes(t *testing.T) {
	t.Parallel()
	doc := render(t, admin.SyncHealth(adminPage(), console()))
	wantWords(t, doc, "Scheduler on", "4 running", "12 queued or waiting", "TikTok failing: 14 of 61 syncs (23%) in 24 h.",
		"Success rate, 24 h 92.7%", "−5.1 pt", "against 7 days (97.8%)", "Failure rate, 24 h 7.3%", "14 of 192 runs in 24 h",
		"of 214 connections · oldest 3 days ago", "Rate-limit hits, 24 h 6", "Average sync duration 2.1 s", "p95 4.8 s · queue wait p95 11 s",
		"91 good, 2 partial, 16 failed", "daily at 03:00 UTC", "Next run 25 Nov 03:00 UTC", "YouTube has no credentials here",
		"AUTH_EXPIRED", "attempt 5 of 5", "Retrying at 12:08 UTC", "Deferred until 25 Nov 08:00 UTC", "Dead letter", "rate limit met", "@leo.cooks")
	if got := attr(one(t, doc, "#health"), "hx-trigger"); got != "every 2s, refresh" {
		t.Errorf("refresh while running: got %q, want every 2 seconds", got)
	}
	for _, action := range []string{"/admin/runs/r7/retry", "/admin/runs/r8/retry", "/admin/platforms/instagram/sync", "/admin/connections/cr5/sync", "/admin/connections/x2/sync"} {
		forms := find(doc, "form[action="+action+"]")
		if len(forms) == 0 || attr(forms[0], "method") != "post" || attr(forms[0], "hx-post") != action {
			t.Errorf("%s: got %d forms, want a POST with and without script", action, len(forms))
		}
	}
	for _, action := range []string{"/admin/runs/r5/retry", "/admin/platforms/youtube/sync", "/admin/connections/x1/sync"} {
		if got := len(find(doc, "form[action="+action+"]")); got != 0 {
			t.Errorf("%s: got %d forms, want 0", action, got)
		}
	}
	for _, href := range []string{"/admin", "/admin?show=failed", "/admin?show=limited"} {
		if len(find(doc, "a[href="+href+"]")) == 0 {
			t.Errorf("%s: got no link, want one", href)
		}
	}
}

func TestSyncHealthOfAFreshInstallation(t *testing.T) {
	t.Parallel()
	c := &health.Console{UpdatedAt: noon, SchedulerOn: true}
	doc := render(t, admin.SyncHealthBody(adminPage(), c))
	wantWords(t, doc, "No runs ended in 24 h", "No failed syncs to look after (0 runs in 24 h).", "No expired tokens (0 connections).", "No runs yet.")
	wantNoWords(t, doc, "0.0%", "0 of 0")
	if got := attr(one(t, doc, "#health"), "hx-trigger"); got != "every 30s, refresh" {
		t.Errorf("refresh at rest: got %q, want every 30 seconds", got)
	}
	c.Filter, c.Runs24h = "failed", 342
	wantWords(t, render(t, admin.SyncHealthBody(adminPage(), c)), "No failed runs (342 runs in 24 h).")
	c.SchedulerOn, c.LastTick = false, &noon
	off := render(t, admin.SyncHealthBody(adminPage(), c))
	wantWords(t, off, "Scheduler off", "Last tick 24 Nov 2026, 12:00:00 UTC")
}

func TestRunRowStandsAlone(t *testing.T) {
	t.Parallel()
	for _, r := range runs() {
		for _, kind := range []string{"run", "failure"} {
			var b strings.Builder
			b.WriteString("<table><tbody>")
			if err := admin.RunRow(adminPage(), r, kind).Render(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
			if want := `id="` + kind + "-" + r.ID + `"`; strings.Count(b.String(), "<tr") != 1 || !strings.Contains(b.String(), want) {
				t.Errorf("row of %s: got %q, want one row with %s", r.ID, b.String(), want)
			}
		}
	}
}
