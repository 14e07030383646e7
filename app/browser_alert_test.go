package app_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// From an alert that was delivered to its cause to all of it tried again: three clicks, the one on the message's link
// among them.
func TestBrowserFromAlertToRetry(t *testing.T) {
	t.Parallel()
	ctx, wrong := tab(t)
	var mu sync.Mutex
	var links []string
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m struct{ Event, Rule, Link string }
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Errorf("the message: %v", err)
		}
		mu.Lock()
		defer mu.Unlock()
		if m.Event == "opened" && m.Rule == "DEAD_LETTER" {
			links = append(links, m.Link)
		}
	}))
	t.Cleanup(hook.Close)
	s, word := demoWith(t, map[string]string{"ALERT_URLS": "generic+" + hook.URL + "/hook?secret=CANARY-hook-secret"})
	sys := viewer.System(t.Context(), viewer.ReasonTest)
	for _, c := range s.Store.Client.Connection.Query().Where(connection.Platform("tiktok")).AllX(sys) {
		s.Store.Client.Run.Create().
			SetConnectionID(c.ID).
			SetPlatform("tiktok").
			SetTrigger(run.TriggerSchedule).
			SetState(run.StateDead).
			SetAttempt(5).
			SetErrorCode("TIMEOUT").
			SetErrorMessage("no answer in time").
			SetStartedAt(time.Now().Add(-time.Hour)).
			SetCompletedAt(time.Now().Add(-time.Hour)).
			ExecX(sys)
	}
	until(t, "the alert is delivered", func() bool {
		if err := s.Alerts.Check(sys); err != nil {
			t.Fatal(err)
		}
		if err := s.Alerts.Deliver(sys); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		defer mu.Unlock()
		return len(links) > 0
	})
	signIn(t, ctx, s.URL, auth.DemoAdmin, word)
	act(t, ctx, "look after it", chromedp.Navigate(links[0]), sees("main h1", "Syncs failed after 5 attempts"))
	stays := func(what string, actions ...chromedp.Action) {
		t.Helper()
		var here bool // a page that was loaded anew would not know
		act(
			t,
			ctx,
			what,
			slices.Concat(
				[]chromedp.Action{chromedp.Evaluate("window.stayed = true", nil)},
				actions,
				[]chromedp.Action{chromedp.Evaluate("window.stayed === true", &here)},
			)...)
		if !here {
			t.Errorf("%s: got another page, want it done in place", what)
		}
	}
	stays(
		"acknowledge in place",
		chromedp.SendKeys(`form[action$="/acknowledge"] input[name="reason"]`, "Ada asks for more", chromedp.ByQuery),
		chromedp.Click(
			`form[action$="/acknowledge"] button`,
			chromedp.ByQuery,
		),
		sees(".p-flash", "Acknowledged. No more reminders."),
		sees("main", "Ada asks for more"),
	)
	stays(
		"mute without a reason",
		chromedp.Evaluate(`document.querySelector('form[action$="/mute"] input').required = false`, nil),
		chromedp.Click(
			`form[action$="/mute"] button`,
			chromedp.ByQuery,
		),
		sees(".p-toast", "Add a reason"),
		sees("main h1", "Syncs failed after 5 attempts"),
	)
	stays(
		"mute in place",
		chromedp.SendKeys(`form[action$="/mute"] input[name="reason"]`, "It is known", chromedp.ByQuery),
		chromedp.Click(
			`form[action$="/mute"] button`,
			chromedp.ByQuery,
		),
		sees(".p-flash", "Muted. No notifications"),
		sees("main", "It is known"),
	)
	act(
		t,
		ctx,
		"click 1: the message's link",
		chromedp.Navigate(links[0]),
		sees("main h1", "Syncs failed after 5 attempts"),
		sees("main", "TIMEOUT"),
	)
	act(
		t,
		ctx,
		"click 2: all of the cause",
		chromedp.Click(`a[href="/admin/failures/retry?code=TIMEOUT&platform=tiktok"]`, chromedp.ByQuery),
		sees("main h1", "Retry 1 failed TikTok sync (TIMEOUT)?"),
		sees("main", "Cost, at most"),
	)
	act(
		t,
		ctx,
		"click 3: retry",
		chromedp.Click(`main form[action^="/admin/failures/retry"] button`, chromedp.ByQuery),
		sees(".p-flash", "1 sync queued again."),
	)
	until(t, "it is synced", func() bool {
		return s.Store.Client.Run.Query().Where(run.TriggerEQ(run.TriggerRetry), run.StateEQ(run.StateSuccess)).ExistX(sys)
	})
	act(t, ctx, "look at the settings", chromedp.Navigate(s.URL+"/admin/alerts"), sees("main", "Thresholds and rules"))
	stays(
		"settings that cannot be",
		chromedp.SetValue(`input[name="quota_percent"]`, "900", chromedp.ByQuery),
		chromedp.Click(
			`form[action="/admin/alerts/settings"] button`,
			chromedp.ByQuery,
		),
		sees("main", "Not saved."),
		chromedp.WaitVisible(`input[name="quota_percent"][aria-invalid="true"]`, chromedp.ByQuery),
	)
	stays("settings that can be", chromedp.SetValue(`input[name="quota_percent"]`, "70", chromedp.ByQuery),
		chromedp.Click(`form[action="/admin/alerts/settings"] button`, chromedp.ByQuery), sees(".p-flash", "Saved."))
	act(
		t,
		ctx,
		"ask about many",
		chromedp.Navigate(s.URL+"/admin/connections/bulk?platform=tiktok"),
		sees("main", "Pause 1 account"),
	)
	var where string
	stays(
		"pause many",
		chromedp.Click(`main form:nth-of-type(2) button`, chromedp.ByQuery),
		sees(".p-flash", "1 account paused."),
		chromedp.Location(&where),
	)
	if where != s.URL+"/admin/connections?platform=tiktok" && where != s.URL+"/admin/connections" {
		t.Errorf("got the address %s, want the page that is shown", where)
	}
	act(
		t,
		ctx,
		"send a test message",
		chromedp.Navigate(s.URL+"/admin/alerts"),
		sees("main", "Channels"),
		chromedp.Click(`form[action="/admin/alerts/test"] button`, chromedp.ByQuery),
		sees("main", "test message sent"),
	)
	for line := range strings.Lines(wrong.String()) {
		if !strings.Contains(line, "422") { // those were asked for
			t.Errorf("got a complaint of the browser, want none: %s", line)
		}
	}
}
