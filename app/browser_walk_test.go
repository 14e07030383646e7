package app_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/words"
)

// A creator with a browser sees their numbers, asks for a sync in place, and connects a further
// account through the platform's own consent page; the browser has nothing to complain about.
func TestBrowserCreator(t *testing.T) {
	t.Parallel()
	ctx, wrong := tab(t)
	s, word := demo(t)
	signIn(t, ctx, s.URL, auth.DemoCreator, word)
	followers := s.World.Followers("tiktok", s.World.Accounts("tiktok")[0].ID, s.World.Hour())
	act(
		t,
		ctx,
		"read the overview",
		sees("main", "Instagram"),
		sees("main", "TikTok"),
		sees("main", "YouTube"),
		sees("main", words.English.Compact(*followers)),
	)
	act(
		t,
		ctx,
		"open connections",
		chromedp.Click(`nav a[href="/connections"]`, chromedp.ByQuery),
		chromedp.WaitVisible(`#connections`, chromedp.ByQuery),
	)
	act(t, ctx, "sync one account in place",
		chromedp.Click(`#connections section[data-card] form[action$="/sync"] button`, chromedp.ByQuery),
		sees("#toasts", "Syncing Instagram @"+s.World.Accounts("instagram")[0].Handle))
	act(t, ctx, "see it end", sees("#connections section[data-card]", "Up to date"))
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
		sees(".p-flash", "You did not grant access on YouTube"))
	if got := wrong.String(); got != "" {
		t.Errorf("got complaints of the browser, want none:\n%s", got)
	}
}

// An admin plants a fault from the page, sees what the product makes of it, and takes it back.
func TestBrowserFaults(t *testing.T) {
	t.Parallel()
	ctx, wrong := tab(t)
	s, word := demo(t)
	signIn(t, ctx, s.URL, auth.DemoAdmin, word)
	plant := func(kind sandbox.FaultKind, platform, account string) {
		t.Helper()
		act(
			t,
			ctx,
			"plant "+string(kind),
			chromedp.Navigate(s.URL+"/admin/sandbox"),
			chromedp.SetValue(
				`select[name="kind"]`,
				string(kind),
				chromedp.ByQuery,
			),
			chromedp.SetValue(`select[name="platform"]`, platform, chromedp.ByQuery),
			chromedp.SetValue(`form[action="/admin/sandbox/faults"] select[name="account"]`, account, chromedp.ByQuery),
			chromedp.Click(`form[action="/admin/sandbox/faults"] button`, chromedp.ByQuery),
			sees(".p-flash", " added: "),
		)
	}
	sync := func(want string) {
		t.Helper()
		act(
			t,
			ctx,
			"sync TikTok",
			chromedp.Navigate(s.URL+"/admin"),
			chromedp.Click(`#panel-tiktok form[action$="/sync"] button`, chromedp.ByQuery),
			sees("#health table", want),
		)
	}
	plant(sandbox.FaultRateLimit, "tiktok", "tiktok/"+s.World.Accounts("tiktok")[0].ID)
	sync("Waiting until")
	act(
		t,
		ctx,
		"see that it struck, and lift it",
		chromedp.Navigate(s.URL+"/admin/sandbox"),
		sees("table", "The account is rate limited"),
		chromedp.Click(
			`form[action^="/admin/sandbox/faults/"] button`,
			chromedp.ByQuery,
		),
		sees(".p-flash", "removed."),
		sees("main", "No active faults"),
	)
	if n := len(s.World.Faults()); n != 0 {
		t.Errorf("got %d faults in place, want none", n)
	}
	act(
		t,
		ctx,
		"take access back",
		chromedp.SetValue(
			`form[action="/admin/sandbox/access"] select`,
			"youtube/"+s.World.Accounts("youtube")[0].ID,
			chromedp.ByQuery,
		),
		chromedp.Click(`button[value="revoke"]`, chromedp.ByQuery),
		sees(".p-flash", "has revoked access"),
	)
	act(
		t,
		ctx,
		"sync YouTube",
		chromedp.Navigate(s.URL+"/admin"),
		chromedp.Click(`#panel-youtube form[action$="/sync"] button`, chromedp.ByQuery),
		sees("#health", "AUTH_"),
	)
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
	act(
		t,
		ctx,
		"read sync health",
		sees("main h1", "Sync health"),
		sees("#panel-youtube", "YouTube"),
		sees("#health", "100"),
	)
	act(
		t,
		ctx,
		"sync a platform",
		chromedp.Click(`#panel-youtube form[action$="/sync"] button`, chromedp.ByQuery),
		sees("#toasts", "1 YouTube sync queued."),
	)
	act(t, ctx, "see the run", sees("#health table", "@"+s.World.Accounts("youtube")[0].Handle))
	if got := wrong.String(); got != "" {
		t.Errorf("got complaints of the browser, want none:\n%s", got)
	}
}
