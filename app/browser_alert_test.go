package app_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
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
	sys := viewer.System(t.Context())
	for _, c := range s.Store.Client.Connection.Query().Where(connection.Platform("tiktok")).AllX(sys) {
		s.Store.Client.Run.Create().SetConnectionID(c.ID).SetPlatform("tiktok").SetTrigger(run.TriggerSchedule).SetState(run.StateDead).SetAttempt(5).
			SetErrorCode("TIMEOUT").SetErrorMessage("no answer in time").SetStartedAt(time.Now().Add(-time.Hour)).SetCompletedAt(time.Now().Add(-time.Hour)).ExecX(sys)
	}
	until(t, "the alert is delivered", func() bool {
		if err := s.Health.Check(sys); err != nil {
			t.Fatal(err)
		}
		if err := s.Health.Deliver(sys); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		defer mu.Unlock()
		return len(links) > 0
	})
	signIn(t, ctx, s.URL, auth.DemoAdmin, word)
	act(t, ctx, "click 1: the message's link", chromedp.Navigate(links[0]), sees("main h1", "Syncs have given up"), sees("main", "TIMEOUT"))
	act(t, ctx, "click 2: all of the cause", chromedp.Click(`a[href="/admin/failures/retry?code=TIMEOUT&platform=tiktok"]`, chromedp.ByQuery),
		sees("main h1", "Retry 1 failed sync on TikTok (TIMEOUT)?"), sees("main", "What it costs"))
	act(t, ctx, "click 3: retry", chromedp.Click(`main form[action^="/admin/failures/retry"] button`, chromedp.ByQuery), sees(".p-flash", "1 account is queued again."))
	until(t, "it is synced", func() bool {
		return s.Store.Client.Run.Query().Where(run.TriggerEQ(run.TriggerRetry), run.StateEQ(run.StateSuccess)).ExistX(sys)
	})
	act(t, ctx, "acknowledge is in place, without leaving the page", chromedp.Navigate(s.URL+"/admin/alerts?state=all"), sees("main", "Syncs have given up"))
	act(t, ctx, "send a test message", chromedp.Click(`form[action="/admin/alerts/test"] button`, chromedp.ByQuery), sees("main", "took the test message"))
	if got := wrong.String(); got != "" {
		t.Errorf("got complaints of the browser, want none:\n%s", got)
	}
}
