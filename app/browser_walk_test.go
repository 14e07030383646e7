package app_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/views/ui"
)

// A creator with a browser sees their numbers, asks for a sync in place, and connects a further
// account through the platform's own consent page; the browser has nothing to complain about.
func TestBrowserCreator(t *testing.T) {
	t.Parallel()
	ctx, wrong := tab(t)
	s, word := demo(t)
	signIn(t, ctx, s.URL, auth.DemoCreator, word)
	followers := s.World.Followers("tiktok", s.World.Accounts("tiktok")[0].ID, s.World.Hour())
	act(t, ctx, "read the overview", sees("main", "Instagram"), sees("main", "TikTok"), sees("main", "YouTube"), sees("main", ui.Compact(*followers)))
	act(t, ctx, "open connections", chromedp.Click(`nav a[href="/connections"]`, chromedp.ByQuery), chromedp.WaitVisible(`#connections`, chromedp.ByQuery))
	act(t, ctx, "sync one account in place",
		chromedp.Click(`#connections section[data-card] form[action$="/sync"] button`, chromedp.ByQuery),
		sees("#toasts", "Syncing Instagram @"+s.World.Accounts("instagram")[0].Handle))
	act(t, ctx, "see it end", sees("#connections section[data-card]", "Fresh"))
	other := s.World.Accounts("tiktok")[1]
	act(t, ctx, "ask for a further account", chromedp.Click(`form[action="/connect/tiktok"] button`, chromedp.ByQuery),
		chromedp.WaitVisible(`input[name="account"][value="`+other.ID+`"]`, chromedp.ByQuery))
	act(t, ctx, "give access", chromedp.Click(`input[name="account"][value="`+other.ID+`"]`, chromedp.ByQuery),
		chromedp.Click(`button[name="decision"][value="allow"]`, chromedp.ByQuery),
		sees(".p-flash", "TikTok is connected as @"+other.Handle))
	act(t, ctx, "see its card", sees("#connections section[data-card]", "@"+other.Handle))
	act(t, ctx, "refuse access", chromedp.Click(`form[action="/connect/youtube"] button`, chromedp.ByQuery),
		chromedp.WaitVisible(`button[name="decision"][value="deny"]`, chromedp.ByQuery),
		chromedp.Click(`button[name="decision"][value="deny"]`, chromedp.ByQuery),
		sees(".p-flash", "You did not give access on YouTube"))
	if got := wrong.String(); got != "" {
		t.Errorf("got complaints of the browser, want none:\n%s", got)
	}
}

// An admin sees how syncing goes and asks a platform's accounts to be synced, in place.
func TestBrowserAdmin(t *testing.T) {
	t.Parallel()
	ctx, wrong := tab(t)
	s, word := demo(t)
	signIn(t, ctx, s.URL, auth.DemoAdmin, word)
	act(t, ctx, "read sync health", sees("main h1", "Sync health"), sees("#panel-youtube", "YouTube"), sees("#health", "100"))
	act(t, ctx, "sync a platform", chromedp.Click(`#panel-youtube form button`, chromedp.ByQuery), sees("#toasts", "1 sync on YouTube is queued."))
	act(t, ctx, "see the run", sees("#health table", "@"+s.World.Accounts("youtube")[0].Handle))
	if got := wrong.String(); got != "" {
		t.Errorf("got complaints of the browser, want none:\n%s", got)
	}
}
