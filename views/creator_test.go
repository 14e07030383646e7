package views_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/analytics"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/creator"
	"github.com/truecount/truecount/views/layout"
)

func TestOverviewSaysWhatItsNumbersAre(t *testing.T) {
	t.Parallel()
	o := overview(30)
	o.Problems = []accounts.Notice{reconnect}
	doc := render(t, creator.Dashboard(page("/dashboard"), o))
	wantWords(
		t,
		doc,
		"All platforms · synced 12 minutes ago",
		"328.4K",
		"+4.2%",
		"since 25 Oct",
		"1.92M",
		"5.3%",
		"−0.4 pt",
		"no change",
		"26 Oct – 24 Nov 2026",
		"Totals do not include YouTube.",
		"rounded by YouTube",
		"synced 12 min ago",
		"Needs reconnect",
		"TikTok ended access for @avamakes",
		"Reconnect @avamakes",
		"3 edits that doubled my retention",
	)
	if got := attr(one(t, doc, "#dashboard"), "hx-trigger"); got != "every 10m, refresh" {
		t.Errorf("refresh: got %q, want every 10 minutes", got)
	}
	o.Syncing = 2
	doc = render(t, creator.DashboardBody(page("/dashboard"), o))
	body := one(t, doc, "#dashboard")
	if got := attr(body, "hx-trigger"); got != "every 2s, refresh" {
		t.Errorf("refresh while syncing: got %q, want every 2 seconds", got)
	}
	if got := attr(body, "hx-get"); got != "/dashboard?metric=followers&span=30d" {
		t.Errorf("refresh from: got %q, want the same view", got)
	}
	wantWords(t, doc, "Syncing 2 accounts")
	exact := 0
	for _, e := range find(doc, "[title]") {
		if attr(e, "title") == "328,412" || attr(e, "title") == "24 Nov 2026, 11:48:00 UTC" {
			exact++
		}
	}
	if exact != 4 {
		t.Errorf("exact values in titles: got %d, want 4 (one count, three times)", exact)
	}
	form := find(doc, "form[action=/connect/tiktok]")
	if len(form) != 1 || attr(one(t, form[0], "input[name=connection]"), "value") != "c-tiktok" {
		t.Errorf("reconnect: got %d forms, want one for this connection", len(form))
	}
}

func TestOverviewLinksKeepTheView(t *testing.T) {
	t.Parallel()
	doc := render(t, creator.DashboardBody(page("/dashboard"), overview(30)))
	for want, current := range map[string]bool{
		"/dashboard?metric=followers&span=7d": false, "/dashboard?metric=followers&span=12m": false,
		"/dashboard?metric=views&span=30d": false, "/dashboard?metric=posts&span=30d": false,
		"/dashboard?metric=followers&span=30d": true,
	} {
		links := find(doc, "a[href="+want+"]")
		if len(links) == 0 {
			t.Errorf("%s: got no link, want one", want)
		}
		for _, a := range links {
			if got := attr(a, "aria-current") == "true"; got != current {
				t.Errorf("%s: got current %t, want %t", want, got, current)
			}
		}
	}
}

func TestOverviewWithoutConnectionsInvites(t *testing.T) {
	t.Parallel()
	doc := render(t, creator.DashboardBody(page("/dashboard"), &analytics.Overview{Span: span(30)}))
	wantWords(t, doc, "See all your numbers in one place", "Access is read-only", "Connect an account")
	wantNoWords(t, doc, "0%", "Sync now")
}

func TestUnknownIsADashWithItsReason(t *testing.T) {
	t.Parallel()
	v := view()
	v.KPIs[0].Value, v.KPIs[0].Delta, v.KPIs[0].Why = nil, nil, words.Plain("Followers come with the next sync")
	v.Table.Rows = []analytics.Post{
		{
			ID:       "1",
			Platform: "instagram",
			Why: map[string]words.Text{
				"views": words.Plain("This post is older than the switch to a professional account."),
			},
		},
		{ID: "2", Platform: "instagram", ViewCount: to(int64(0))},
	}
	doc := render(t, creator.PlatformBody(page("/dashboard/instagram"), v))
	wantWords(t, doc, "Followers come with the next sync", "No caption", "older than the switch to a professional account")
	rows := find(one(t, doc, "section#posts"), "tr")
	if got := phrases(rows[1]); !strings.Contains(got, "–") || strings.Contains(got, "0") {
		t.Errorf("post without numbers: got %q, want dashes and no 0", got)
	}
	if got := phrases(rows[2]); !strings.Contains(got, "0") {
		t.Errorf("post with 0 views: got %q, want the 0", got)
	}
}

func TestHostileTextStaysText(t *testing.T) { // W2
	t.Parallel()
	doc := render(t, creator.PlatformPage(page("/dashboard/instagram"), poisoned()))
	wantWords(t, doc, "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{7*7}}")
	if got := len(find(one(t, doc, "section#posts"), "a[target=_blank]")); got != 0 { // W4
		t.Errorf("links of hostile posts: got %d, want 0", got)
	}
	if got := attr(one(t, doc, "input#post-search"), "value"); got != hostile {
		t.Errorf("search text: got %q, want it back unchanged", got)
	}
}

func TestPostTableWorksByLinks(t *testing.T) {
	t.Parallel()
	v := view()
	v.Table.Type, v.Table.Query = "reel", "beach & sun"
	v.Accounts = []analytics.AccountLink{
		{ConnectionID: "c-instagram", Handle: "@a", Current: true},
		{ConnectionID: "c2", Handle: "@b"},
	}
	doc := render(t, creator.PlatformBody(page("/dashboard/instagram"), v))
	posts := one(t, doc, "section#posts")
	link := func(text string) url.Values {
		t.Helper()
		for _, a := range find(posts, "a") {
			if phrases(a) == text {
				u, err := url.Parse(attr(a, "href"))
				if err != nil || u.Path != "/dashboard/instagram" {
					t.Fatalf("%s: got %q", text, attr(a, "href"))
				}
				return u.Query()
			}
		}
		t.Fatalf("%s: got no link", text)
		return nil
	}
	for _, c := range []struct{ text, key, want string }{
		{"Views", "dir", "asc"}, // it is sorted by views, descending
		{"Likes", "dir", "desc"},
		{"Likes", "sort", "likes"},
		{"Likes", "page", ""},
		{"Next page", "page", "3"},
		{"Previous page", "page", ""},
		{"Next page", "q", "beach & sun"},
		{"Next page", "type", "reel"},
		{"Next page", "connection", "c-instagram"},
		{"Next page", "metric", "followers"},
		{"Next page", "span", "30d"},
	} {
		if got := link(c.text).Get(c.key); got != c.want {
			t.Errorf("%s, %s: got %q, want %q", c.text, c.key, got, c.want)
		}
	}
	if got := attr(one(t, posts, "[aria-sort]"), "aria-sort"); got != "descending" {
		t.Errorf("aria-sort: got %q, want descending", got)
	}
	form := one(t, posts, "form[role=search]")
	for name, want := range map[string]string{"connection": "c-instagram", "span": "30d", "sort": "views", "dir": "desc", "q": "beach & sun"} {
		if got := attr(one(t, form, "input[name="+name+"]"), "value"); got != want {
			t.Errorf("filter field %s: got %q, want %q", name, got, want)
		}
	}
	if got := attr(one(t, form, "option[selected]"), "value"); got != "reel" {
		t.Errorf("type: got %q, want reel", got)
	}
	v.Table.Rows, v.Table.Total = nil, 0
	wantWords(
		t,
		render(t, creator.PlatformBody(page("/dashboard/instagram"), v)),
		"0 of 92",
		"No posts match these filters.",
		"Show all posts",
	)
}

func TestConnectionCardsSayTheirState(t *testing.T) {
	t.Parallel()
	want := [][]string{
		{"Up to date", "synced 12 min ago", "next sync 25 Nov 03:00 UTC", "You can sync again at 12:03 UTC"},
		{
			"Syncing",
			"not synced yet",
			"First numbers arrive within a minute",
			"Posts: in progress (20)",
			"Daily numbers: waiting",
		},
		{"Delayed, retrying at 12:30", "YouTube did not answer at 04:00 UTC.", "No action needed.", "Sync now"},
		{"Waiting until 08:00", "Today's YouTube quota is used up.", "rounded by YouTube"},
		{"Limited access", "Missing for @ava.makes: saves, shares and reach.", "Grant permission"},
		{"Expires in 5 days", "Reconnect before 29 Nov.", "Reconnect @ava.makes"},
		{"Needs reconnect", "Numbers up to 20 Nov are kept.", "Reconnect @avamakes"},
		{"Paused", "An admin paused syncing"},
		{"Disconnected", "Its numbers will be deleted by 30 Nov 12:00 UTC", "Reconnect @ava.makes9", "Delete data"},
	}
	for i, c := range states() {
		t.Run(c.Pill.Word.String(), func(t *testing.T) {
			t.Parallel()
			doc := render(t, creator.ConnectionCard(page("/connections"), c))
			card := one(t, doc, "#connection-"+c.ID)
			wantWords(t, card, want[i]...)
			reconnects := len(find(card, "form[action=/connect/"+c.Platform+"]"))
			if should := c.Says.Action != "" || c.Status == "disconnected"; (reconnects == 1) != should {
				t.Errorf("reconnect forms: got %d, want one only where it helps (%t)", reconnects, should)
			}
			if got := len(find(card, "form[action=/connections/"+c.ID+"/sync]")) == 1; got != c.CanSync {
				t.Errorf("sync form: got %t, want %t", got, c.CanSync)
			}
			one(t, card, "dialog#leave-"+c.ID)
			if got := len(find(card, "form[action=/connections/"+c.ID+"/disconnect]")); got != 1 { // the other one is inside noscript
				t.Errorf("disconnect forms: got %d, want 1", got)
			}
		})
	}
}

func TestLeavingSaysWhatStaysAndWhatGoes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		change  func(*accounts.Connection)
		says    string
		buttons []string
	}{
		{"kept", func(c *accounts.Connection) {}, "Numbers so far are kept", []string{"keep", "delete"}},
		{"deleted by the terms", func(c *accounts.Connection) { c.KeepsData = false }, "deletes them within 7 days", []string{"keep", "delete"}},
		{"access is revoked", func(c *accounts.Connection) { c.Revokes = true }, "Truecount ends its access at Instagram", []string{"keep", "delete"}}, //
		{"access is only forgotten", func(c *accounts.Connection) {}, "does not let an app end its own access", []string{"keep", "delete"}},            //
		{"already disconnected", func(c *accounts.Connection) { c.Status = "disconnected" }, "cannot be undone", []string{"delete"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			conn := connection("1", "instagram", "Instagram", accounts.Pill{})
			c.change(&conn)
			dialog := one(t, render(t, creator.ConnectionCard(page("/connections"), conn)), "dialog")
			got := ""
			for e := range dialog.ChildNodes() {
				got += " " + phrases(e)
			}
			if !strings.Contains(got, c.says) || !strings.Contains(got, "@ava.makes1") {
				t.Errorf("dialog: got %q, want %q and the account", got, c.says)
			}
			values := []string{}
			for _, b := range find(dialog, "button[name=data]") {
				values = append(values, attr(b, "value"))
			}
			if strings.Join(values, " ") != strings.Join(c.buttons, " ") {
				t.Errorf("choices: got %v, want %v", values, c.buttons)
			}
		})
	}
}

func TestPermissionsComeBeforeTheButton(t *testing.T) {
	t.Parallel()
	doc := render(t, creator.ConnectionsBody(page("/connections"), &accounts.Connections{Offers: offers()}))
	body := phrases(doc)
	why, button := strings.Index(body, "To show reach, saves and shares."), strings.Index(body, "Connect Instagram")
	if why < 0 || button < why {
		t.Errorf("got permission at %d and button at %d, want the permission first", why, button)
	}
	wantWords(t, doc, "never posts", "Connect another YouTube account", "TikTok is not configured on this server.")
	if got := len(find(doc, "form[action=/connect/tiktok]")); got != 0 {
		t.Errorf("platform without credentials: got %d forms, want 0", got)
	}
	if got := len(find(doc, "input[name=popup]")); got != 0 {
		t.Errorf("popup field: got %d, want it only from script", got)
	}
	again := layout.Page{Now: now}
	if got := attr(one(t, render(t, creator.ConnectionsBody(again, &accounts.Connections{Items: states()})), "#connections"), "hx-trigger"); got != "every 2s, refresh" {
		t.Errorf("refresh with a run under way: got %q, want every 2 seconds", got)
	}
}

func TestChartTableHoldsEveryValue(t *testing.T) {
	t.Parallel()
	doc := render(t, creator.DashboardBody(page("/dashboard"), overview(30)))
	figure := one(t, doc, "figure")
	if got := len(find(figure, "tr[data-day]")); got != 30 {
		t.Errorf("rows: got %d, want 30", got)
	}
	row := one(t, figure, "tr[data-day=2026-10-31]")
	if got := phrases(row); !strings.HasPrefix(got, "31 Oct 2026 135,673") || !strings.Contains(got, "–") {
		t.Errorf("a day with a gap: got %q, want Instagram's value and a dash for TikTok", got)
	}
	if got := len(find(figure, "svg[role=img]")); got != 2 {
		t.Errorf("drawings: got %d, want one for wide and one for narrow screens", got)
	}
}
