package views_test

import (
	"time"

	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/views/admin"
	"github.com/truecount/truecount/views/admin/quotas"
)

func healthPages() pages {
	worst := sampleConsole()
	worst.Recent[0].Handle, worst.Recent[0].Words, worst.Banner.Text, worst.Expired[0].Owner = hostile, hostile, hostile, hostile
	worst.Batch = &console.Batch{Since: noon, All: 61, Ended: 12, Rate: 0.5, Left: ref(time.Minute)}
	worst.Groups = []health.FailureGroup{
		{Platform: "tiktok", Code: hostile, Count: 3},
		{Platform: hostile, Code: "TIMEOUT", Count: 1},
	}
	worst.Panels[0].Paused, worst.Panels[1].Word, worst.Panels[1].Schedule = ref(noon), hostile, hostile
	hostileQuotas := forecasts()
	hostileQuotas[0].Name, hostileQuotas[0].Limits[0].Setting = hostile, hostile
	return pages{
		"admin.SyncHealth":          admin.SyncHealth(adminPage(), sampleConsole()),
		"admin.SyncHealth, hostile": admin.SyncHealth(adminPage(), worst),
		"admin.SyncHealth, nothing": admin.SyncHealth(adminPage(), &console.Overview{UpdatedAt: noon}),
		"quotas.Page":               quotas.Page(admins("/admin/quotas"), forecasts()),
		"quotas.Page, hostile":      quotas.Page(admins("/admin/quotas"), hostileQuotas),
		"quotas.Page, nothing":      quotas.Page(admins("/admin/quotas"), nil),
	}
}

var connectionStatuses = []string{"connected", "limited", "expiring", "needs_reconnect", "paused", "disconnected"}

func connectionPages() pages {
	normal := &console.Connections{
		Query:    console.Query{Page: 1},
		Statuses: map[string]int{"connected": 2},
		Total:    6,
		Pages:    1,
	}
	worst := &console.Connections{
		Query: console.Query{
			Platform: hostile,
			Status:   hostile,
			Search:   hostile,
			Page:     2,
		}, Statuses: map[string]int{hostile: 1}, Total: 120, More: true, Pages: 3,
	}
	out := pages{}
	for _, status := range connectionStatuses {
		r := console.ConnectionRow{
			ID:          "c-" + status,
			Platform:    "tiktok",
			Handle:      "@ava",
			Owner:       "Ava",
			Status:      status,
			Since:       ref(noon),
			LastSuccess: ref(noon),
		}
		h := console.ConnectionRow{
			ID:       "h-" + status,
			Platform: hostile,
			Handle:   hostile,
			Owner:    hostile,
			Status:   status,
			Code:     hostile,
			Words:    hostile,
		}
		normal.Rows, worst.Rows = append(normal.Rows, r), append(worst.Rows, h)
		out["admin.Connection, "+status] = admin.Connection(
			admins("/admin/connections/"+r.ID),
			&console.ConnectionStory{ConnectionRow: r, Connected: noon},
		)
		out["admin.Connection, hostile, "+status] = admin.Connection(
			admins("/admin/connections/"+h.ID),
			poisonedStory(h),
		)
	}
	full := admin.BulkView{
		All: 6, Syncs: 3, Pausable: 2, Paused: 1, Lost: 2, Mail: true,
		Price: []planner.Price{{Platform: "TikTok", Syncs: 3, Units: 9, Takes: time.Minute}},
		Left:  map[string]admin.Left{"TikTok": {Units: 4, Ends: ref(noon.Add(time.Hour))}},
	}
	odd := full
	odd.Query, odd.Mail, odd.Price = worst.Query, false, []planner.Price{{Platform: hostile, Syncs: 1, Units: 3}}
	odd.Left = map[string]admin.Left{hostile: {Units: 4}}
	keeps := platform.Spec{Name: "Instagram", Revokes: true, KeepAfterDisconnect: true}
	ends := platform.Spec{Name: hostile, AccessPage: platform.Page{Path: hostile}, DeleteWithin: 7 * 24 * time.Hour}
	out["admin.Connections"] = admin.Connections(admins("/admin/connections"), normal)
	out["admin.Connections, hostile"] = admin.Connections(admins("/admin/connections"), worst)
	out["admin.Connections, nothing"] = admin.Connections(admins("/admin/connections"), &console.Connections{Pages: 1})
	out["admin.Connection"] = out["admin.Connection, connected"]
	out["admin.Disconnect"] = admin.Disconnect(
		admins("/admin/connections/x/disconnect"),
		&console.ConnectionStory{ConnectionRow: normal.Rows[0]},
		keeps,
	)
	out["admin.Disconnect, hostile"] = admin.Disconnect(
		admins("/admin/connections/x/disconnect"),
		&console.ConnectionStory{ConnectionRow: worst.Rows[0]},
		ends,
	)
	out["admin.Bulk"] = admin.Bulk(admins("/admin/connections/bulk"), full)
	out["admin.Bulk, hostile"] = admin.Bulk(admins("/admin/connections/bulk"), odd)
	out["admin.Bulk, nothing"] = admin.Bulk(admins("/admin/connections/bulk"), admin.BulkView{})
	return out
}

// poisonedStory is all there can be of a connection, with markup in every text.
func poisonedStory(r console.ConnectionRow) *console.ConnectionStory {
	worst := runs()
	for i := range worst {
		worst[i].Handle, worst[i].Words, worst[i].Code, worst[i].Trigger = hostile, hostile, hostile, hostile
	}
	return &console.ConnectionStory{
		ConnectionRow: r, OwnerEmail: hostile, Primary: true, Connected: noon, Next: hostile, Todo: hostile, Granted: []string{hostile}, GrantedKnown: true,
		Missing: []string{hostile}, DeleteBy: ref(noon), Runs: worst,
		Access: console.AccessFacts{
			Held:        true,
			Renewable:   true,
			Issued:      ref(noon),
			Expires:     ref(noon),
			Failures:    2,
			FailingFrom: ref(noon),
		},
		Timeline: []console.Moment{{At: noon, Tone: "err", Words: hostile}, {At: noon, Tone: hostile, Words: hostile}},
		Calls: []console.CallRow{
			{
				RunID:    "r1",
				Step:     hostile,
				At:       noon,
				Method:   "GET",
				Endpoint: hostile,
				Status:   200,
				Took:     time.Second,
				Units:    1,
			},
			{RunID: "r2", Step: "posts", At: noon, Method: "POST", Endpoint: "/x", Status: 429},
			{RunID: "r3", At: noon, Failure: hostile},
		},
	}
}

func runPages() pages {
	failures := &console.Failures{
		Query: console.Query{
			Platform: "tiktok",
			Code:     hostile,
			Dead:     true,
			Page:     2,
		}, Rows: poisonedStory(console.ConnectionRow{}).Runs, Total: 120, Pages: 3,
		Groups: []health.FailureGroup{
			{Platform: "tiktok", Code: hostile, Count: 3},
			{Platform: hostile, Code: "TIMEOUT", Count: 1},
		},
	}
	bulk := planner.Bulk{
		Runs: 9, Syncs: 3, Unfit: map[string]int{"needs_reconnect": 2, "paused": 1, "disconnected": 1}, Price: []planner.Price{{Platform: hostile, Syncs: 3, Units: 9}},
	}
	left := map[string]admin.Left{hostile: {Units: 4}}
	out := pages{
		"admin.Failures": admin.Failures(
			admins("/admin/failures"),
			&console.Failures{Query: console.Query{Page: 1}, Rows: runs()[6:], Total: 2, Pages: 1},
		),
		"admin.Failures, hostile": admin.Failures(admins("/admin/failures"), failures),
		"admin.Failures, nothing": admin.Failures(admins("/admin/failures"), &console.Failures{Pages: 1}),
		"admin.Runs": admin.Runs(
			admins("/admin/runs"),
			&console.Runs{RunQuery: console.RunQuery{Page: 1}, Rows: runs()},
		),
		"admin.Runs, hostile": admin.Runs(admins("/admin/runs"), &console.Runs{
			RunQuery: console.RunQuery{
				Platform: hostile,
				State:    hostile,
				Code:     hostile,
				Search:   hostile,
				From:     hostile,
				To:       hostile,
				Page:     2,
			},
			Rows: failures.Rows, More: true,
		}),
		"admin.Runs, nothing": admin.Runs(admins("/admin/runs"), &console.Runs{}),
		"admin.RetryAll": admin.RetryAll(
			admins("/admin/failures/retry"),
			console.Query{},
			planner.Bulk{Runs: 2, Syncs: 2, Price: []planner.Price{{Platform: "TikTok", Syncs: 2, Units: 6}}},
			nil,
		),
		"admin.RetryAll, hostile": admin.RetryAll(admins("/admin/failures/retry"), failures.Query, bulk, left),
		"admin.RetryAll, nothing": admin.RetryAll(
			admins("/admin/failures/retry"),
			console.Query{},
			planner.Bulk{},
			nil,
		),
	}
	for i, r := range append(runs(), failures.Rows...) {
		r.CanDismiss = r.CanRetry
		s := &console.RunStory{RunRow: r, Owner: "Ava", Next: "Nothing."}
		name := "admin.Run, " + r.State
		if i == 0 {
			out["admin.Run"] = admin.Run(admins("/admin/runs/"+r.ID), s)
		}
		if i >= len(runs()) {
			name += ", hostile"
			s.Owner, s.Next, s.NextAt, s.Calls = hostile, hostile, ref(noon), 3
			s.Story = []console.Moment{{At: noon, Tone: "warn", Words: hostile}, {At: noon, Words: hostile}}
			s.Steps = []console.Step{
				{
					Type:    hostile,
					Status:  hostile,
					Started: noon,
					Code:    hostile,
					Words:   hostile,
				}, {Type: "token", Status: "success"}, {Type: "posts", Status: "partial"},
			}
		}
		out[name] = admin.Run(admins("/admin/runs/"+r.ID), s)
	}
	return out
}
