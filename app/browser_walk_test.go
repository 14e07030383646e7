package app_test

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

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

// The sign beside a number opens a drawer: the focus goes to its close button, Escape closes it, and the focus is back
// at the sign. Its tabs stay in the drawer, and its buttons copy. On a phone the same sign leads to a page.
func TestBrowserExplain(t *testing.T) {
	t.Parallel()
	ctx, wrong := tab(t)
	s, word := demo(t)
	signIn(t, ctx, s.URL, auth.DemoCreator, word)
	is := func(what, script string) {
		t.Helper()
		var ok bool
		act(t, ctx, what, chromedp.Poll("(() => { return "+script+" })()", &ok, chromedp.WithPollingTimeout(patience)))
	}
	const sign = `a.p-kpi-why[href*="views_gained"]`
	act(t, ctx, "open the drawer", chromedp.Navigate(s.URL+"/dashboard"), chromedp.Click(sign, chromedp.ByQuery))
	is("see it open, with the focus on its close button",
		`document.querySelector("#drawer").open && document.activeElement.matches("#drawer button[data-leave]")`)
	is("see the page under it as it was", `location.pathname === "/dashboard"`)
	act(t, ctx, "copy the citation", chromedp.Click(`#drawer [data-copy="explain-citation"]`, chromedp.ByQuery),
		sees("#drawer footer", "Copied."))
	act(t, ctx, "open the second tab", chromedp.Click(`#drawer nav a:nth-child(2)`, chromedp.ByQuery),
		chromedp.WaitVisible("#explain-shown", chromedp.ByQuery))
	is("see the focus on the tab", `document.activeElement.matches("#drawer nav a[aria-current]")`)
	act(t, ctx, "type what the app shows", chromedp.SendKeys("#explain-shown", "99,9M\r", chromedp.ByQuery),
		sees("#drawer", "99,900,000"))
	is("see the focus on the answer", `document.activeElement.matches("#drawer [data-answer]")`)
	act(t, ctx, "type what is no number", chromedp.SetValue("#explain-shown", "many", chromedp.ByQuery),
		chromedp.Click(`#drawer form button`, chromedp.ByQuery), sees("#drawer", "This is not a number."))
	act(t, ctx, "close it", chromedp.KeyEvent(kb.Escape))
	is("see it closed, with the focus on the sign",
		`!document.querySelector("#drawer").open && document.activeElement.matches('`+sign+`')`)
	act(t, ctx, "open it on a phone", emulation.SetDeviceMetricsOverride(390, 900, 1, true),
		chromedp.Navigate(s.URL+"/dashboard"), chromedp.Click(sign, chromedp.ByQuery),
		chromedp.WaitVisible("main .p-explained h1", chromedp.ByQuery))
	act(t, ctx, "go back", chromedp.Click(".p-explained > p a", chromedp.ByQuery),
		chromedp.WaitVisible("#dashboard", chromedp.ByQuery))
	for _, c := range strings.Split(wrong.String(), "\n") {
		if c != "" && !strings.Contains(c, "422") { // what was no number
			t.Errorf("complaint of the browser: %s", c)
		}
	}
}

// The settings offer the browser's time zone where it is another one.
func TestBrowserSettings(t *testing.T) {
	t.Parallel()
	ctx, wrong := tab(t)
	s, word := demo(t)
	signIn(t, ctx, s.URL, auth.DemoCreator, word)
	act(t, ctx, "see the zone of this device offered", emulation.SetTimezoneOverride("Europe/Lisbon"),
		chromedp.Navigate(s.URL+"/settings/profile"), sees("[data-zone-guess]", "Lisbon (UTC"))
	act(t, ctx, "take it and save", chromedp.Click("[data-zone-guess] button", chromedp.ByQuery),
		chromedp.Click("#profile button[type=submit]", chromedp.ByQuery), sees(".p-flash", "Saved."))
	var zone string
	var offered bool
	act(t, ctx, "see it saved", chromedp.Value("#zone", &zone, chromedp.ByQuery),
		chromedp.Evaluate(`!document.querySelector("[data-zone-guess]").hidden`, &offered))
	if zone != "Europe/Lisbon" || offered {
		t.Errorf("got %q, offered again %t, want Lisbon saved and no offer", zone, offered)
	}
	if got := wrong.String(); got != "" {
		t.Errorf("got complaints of the browser, want none:\n%s", got)
	}
}
