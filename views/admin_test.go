package views_test

import (
	"strings"
	"testing"

	"github.com/truecount/truecount/app/alerts"
	"github.com/truecount/truecount/app/capacity"
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/views/admin"
	"github.com/truecount/truecount/views/admin/quotas"
)

func TestSyncHealthTellsHowItGoes(t *testing.T) {
	t.Parallel()
	doc := render(t, admin.SyncHealth(adminPage(), sampleConsole()))
	wantWords(
		t,
		doc,
		"Scheduler on",
		"4 running",
		"12 queued or waiting",
		"TikTok failing: 14 of 61 syncs (23%) in 24 h.",
		"Success rate, 24 h 92.7%",
		"−5.1 pt",
		"vs 7 days (97.8%)",
		"Failure rate, 24 h 7.3%",
		"14 of 192 syncs in 24 h",
		"of 214 accounts · oldest 3 days ago",
		"Rate limited, 24 h 6",
		"Median sync duration 2.1 s",
		"p95 4.8 s · queue wait p95 11 s",
		"91 successful, 2 partial, 16 failed",
		"daily at 03:00 UTC",
		"Next sync 25 Nov 03:00 UTC",
		"Not configured. Add its credentials; see .env.example.",
		"AUTH_EXPIRED",
		"attempt 5 of 5",
		"Retrying at 12:08 UTC",
		"Waiting until 25 Nov 08:00 UTC",
		"after 5 attempts",
		"rate limited",
		"@leo.cooks",
	)
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
	c := &console.Overview{UpdatedAt: noon, SchedulerOn: true}
	doc := render(t, admin.SyncHealthBody(adminPage(), c))
	wantWords(
		t,
		doc,
		"No syncs finished in 24 h",
		"No failed syncs to review (0 syncs in 24 h).",
		"No expired tokens (0 accounts).",
		"No syncs yet.",
	)
	wantNoWords(t, doc, "0.0%", "0 of 0")
	if got := attr(one(t, doc, "#health"), "hx-trigger"); got != "every 30s, refresh" {
		t.Errorf("refresh at rest: got %q, want every 30 seconds", got)
	}
	c.Filter, c.Runs24h = "failed", 342
	wantWords(t, render(t, admin.SyncHealthBody(adminPage(), c)), "No failed syncs (342 syncs in 24 h).")
	c.SchedulerOn, c.LastTick = false, &noon
	off := render(t, admin.SyncHealthBody(adminPage(), c))
	wantWords(t, off, "Scheduler off", "Last active 24 Nov 2026, 12:00:00 UTC")
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
			if want := `id="` + kind + "-" + r.ID + `"`; strings.Count(b.String(), "<tr") != 1 ||
				!strings.Contains(b.String(), want) {
				t.Errorf("row of %s: got %q, want one row with %s", r.ID, b.String(), want)
			}
		}
	}
}

func TestQuotasTellHowFarTheyReach(t *testing.T) {
	t.Parallel()
	doc := render(t, quotas.Page(adminPage(), forecasts()))
	wantWords(
		t,
		one(t, doc, "#quota-youtube"),
		"Almost used up",
		"Demo",
		"1,480 of about 4,300 accounts that the YouTube quota supports. At 12 new accounts per week it is reached on 3 Mar 2027.",
		"First limit reached YOUTUBE_QUOTA",
		"2.3 units per day",
		"New accounts 12 per week",
		"1,480 syncs within 49 min 20 s at the set pace",
		"of which until 25 Nov 08:00 UTC",
		"1,470 syncs, about 3,388 of 1,800 units left: profiles first, posts as quota allows",
		"10 syncs, about 23 of 10,000 units left",
		"10,000 units per day (Pacific time), 500 reserved for manual syncs",
		"82% 8,200 of 10,000",
		"0: not used",
		"one account every 2 s",
		"43,000",
		"YOUTUBE_STATS_QUOTA=10000/day instead of 0: about 6,200 accounts. Paid from a quota of their own.",
		"YOUTUBE_SYNC_DELAY=1s instead of 2s: still about 4,300 accounts.",
		"YOUTUBE_QUOTA=200000/day instead of 10000/day: about 43,000 accounts, then YOUTUBE_SYNC_DELAY is the first limit.",
	)
	wantWords(t, one(t, doc, "#quota-instagram"), "OK", "1 account. No limit applies to more accounts.",
		"200 units per hour, for each account", "4 of 200, fullest account", "Limits each account", "1 unit per day")
	wantWords(t, one(t, doc, "#quota-tiktok"), "Not known yet", "0 accounts. The capacity is not known yet.",
		"600 units per minute, for each endpoint", "Nothing used")
	wantWords(t, one(t, doc, "#quota-other"), "Not configured", "Add its credentials")
	if got := len(find(one(t, doc, "#quota-youtube"), "meter")); got != 1 {
		t.Errorf("bars of YouTube: got %d, want 1: the pace and what is not used have none", got)
	}
	if got := attr(find(doc, "a[href=/admin/quotas]")[0], "aria-current"); got != "" {
		t.Errorf("the menu on another page: got aria-current %q, want none", got)
	}
	if len(find(render(t, admin.SyncHealth(adminPage(), sampleConsole())), "a[href=/admin/quotas]")) != 3 {
		t.Error("sync health: want a link to the quotas in the menu, in the small one and on the page")
	}
}

func TestQuotasBeforeAndPastTheLimit(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		make func(*capacity.Forecast)
		want []string
	}{
		{"the first day", func(f *capacity.Forecast) {
			f.Carries, f.Cost, f.Growth, f.MetOn, f.Binding, f.Changes, f.Limits[0].Cost, f.Limits[0].Carries = nil, nil, nil, nil, "", nil, nil, nil
			f.Plan.Needs[0].Units = nil
		}, []string{"Not known yet", "1,480 accounts. The capacity is not known yet.", "1,470 syncs, 1,800 units left"}},
		{"full", func(f *capacity.Forecast) { f.Accounts = 5000 }, []string{
			"Full", "5,000 accounts. About 4,300 accounts per day fit into the YouTube quota.",
		}},
		{"soon full", func(f *capacity.Forecast) { f.MetOn = ref(noon.AddDate(0, 0, 30)) }, []string{"Full soon", "it is reached on 24 Dec 2026"}},
		{"the first week", func(f *capacity.Forecast) { f.Growth, f.MetOn = nil, nil }, []string{"Growth is known a week after the first account connects."}},
		{"no growth", func(f *capacity.Forecast) { f.Growth, f.MetOn = ref(0.0), nil }, []string{"No new accounts in 30 days."}},
		{"one a week", func(f *capacity.Forecast) { f.Growth, f.MetOn = ref(1.0/7), nil }, []string{"At 1 new account per week it lasts over ten years."}},
		{"the pace first", func(f *capacity.Forecast) { f.Binding, f.Carries = "YOUTUBE_SYNC_DELAY", ref(43200) }, []string{
			"of about 43,000 accounts that the pace of one account every 2 s supports",
		}},
	} {
		f := forecasts()[0]
		tc.make(&f)
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			doc := render(t, quotas.Page(adminPage(), []capacity.Forecast{f}))
			wantWords(t, doc, tc.want...)
		})
	}
}

// A code is never all that an admin reads of an account: where nothing was stored about it, the code's meaning is said.
func TestAccountsSayWhatTheirCodeMeans(t *testing.T) {
	t.Parallel()
	row := console.ConnectionRow{ID: "c1", Platform: "tiktok", Handle: "@ava", Status: "limited", Code: "SCOPE_MISSING"}
	const want = "A TikTok permission was not granted."
	wantWords(t, render(t, admin.Connection(adminPage(), &console.ConnectionStory{ConnectionRow: row})), want)
	list := &console.Connections{Query: console.Query{Page: 1}, Total: 1, Pages: 1, Rows: []console.ConnectionRow{row}}
	wantWords(t, render(t, admin.Connections(adminPage(), list)), want)
	row.Words = "Mina left a permission out."
	list.Rows = []console.ConnectionRow{row}
	doc := render(t, admin.Connections(adminPage(), list))
	wantWords(t, doc, row.Words)
	wantNoWords(t, doc, want)
}

// A mailbox among the channels is written as people write it, whatever it is stored under.
func TestMailboxesAreEmail(t *testing.T) {
	t.Parallel()
	doc := render(t, admin.Alerts(adminPage(), admin.AlertsView{
		List: &alerts.List{
			Query: alerts.Query{Page: 1}, Pages: 1, Settings: alerts.DefaultSettings(),
			Channels: []alerts.ChannelState{{Name: "e-mail olu@example.test"}, {Name: "slack"}},
		},
	}))
	wantWords(t, doc, "Email olu@example.test", "slack")
	wantNoWords(t, doc, "e-mail")
}
