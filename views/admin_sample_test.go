package views_test

import (
	"time"

	"github.com/truecount/truecount/app/capacity"
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/layout"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func ref[T any](v T) *T { return &v }

func adminPage() layout.Page {
	return layout.Page{
		Title: "Sync health", Path: "/admin", Now: noon, Zone: time.UTC, Alerts: 3, Sandbox: true,
		User: &layout.User{ID: "a1", Name: "Olu Admin", Email: "olu@example.test", Admin: true},
		Platforms: []layout.Nav{
			{ID: "instagram", Name: "Instagram"},
			{ID: "tiktok", Name: "TikTok"},
			{ID: "youtube", Name: "YouTube"},
		},
	}
}

func hours(failedAt ...int) []health.Hour {
	out := make([]health.Hour, 24)
	for i := range out {
		out[i] = health.Hour{Start: noon.Add(time.Duration(i-24) * time.Hour), Good: 3 + i%4}
		if i%11 == 9 {
			out[i].Partial = 1
		}
		if i == 4 {
			out[i] = health.Hour{Start: out[i].Start}
		}
	}
	for _, i := range failedAt {
		out[i].Failed, out[i].Good = 4, 1
	}
	return out
}

func panel(id, name, tone, word string, failedAt ...int) console.Panel {
	return console.Panel{
		Platform: health.Platform{
			Platform: id, Configured: true, LastSuccess: ref(noon.Add(-12 * time.Minute)), NextRun: ref(noon.Add(15 * time.Hour)),
			Last24h: health.Counts{Success: 58, Partial: 2, Failed: 1, RateLimited: 2}, FailureRate: ref(0.0164),
		},
		Name: name, Tone: tone, Word: word, Hours: hours(failedAt...), Connections: 61, Schedule: "daily at 03:00 UTC", MedianDuration: ref(1900 * time.Millisecond),
	}
}

func run(id, platform, state string, change func(*console.RunRow)) console.RunRow {
	r := console.RunRow{
		ID: id, ConnectionID: "c" + id, Platform: platform, Handle: "@avamakes", State: state, Trigger: "schedule", CreatedAt: noon.Add(-20 * time.Minute),
		StartedAt: ref(
			noon.Add(-18 * time.Minute),
		), Duration: ref(2100 * time.Millisecond), Items: 51, Words: "Profile, 50 posts and 3 daily numbers saved.", Attempt: 1, MaxAttempts: 5, CanSync: true,
	}
	if change != nil {
		change(&r)
	}
	return r
}

func runs() []console.RunRow {
	return []console.RunRow{
		run(
			"r1",
			"youtube",
			"running",
			func(r *console.RunRow) { r.Duration, r.Items, r.Active, r.Words = nil, 0, true, "Reading posts." },
		),
		run("r2", "tiktok", "queued", func(r *console.RunRow) {
			r.Duration, r.StartedAt, r.Items, r.Active, r.Words, r.Trigger = nil, nil, 0, true, "", "admin"
		}),
		run("r3", "tiktok", "retrying", func(r *console.RunRow) {
			r.NextAttemptAt, r.Code, r.Words, r.Attempt, r.Active = ref(
				noon.Add(8*time.Minute),
			), "TIMEOUT", "TikTok did not answer within 10 s.", 2, true
		}),
		run("r4", "youtube", "deferred", func(r *console.RunRow) {
			r.NextAttemptAt, r.Code, r.Words, r.RateLimited, r.Active = ref(
				noon.Add(20*time.Hour),
			), "QUOTA_EXHAUSTED", "Today's units are used.", true, true
		}),
		run("r5", "instagram", "success", nil),
		run("r6", "instagram", "partial", func(r *console.RunRow) {
			r.Code, r.Words = "SCOPE_MISSING", "Saved without insights: the permission was not given."
		}),
		run("r7", "tiktok", "failed", func(r *console.RunRow) {
			r.Code, r.Words, r.Items, r.CanRetry = "AUTH_EXPIRED", "refresh: 400, invalid_grant; grant dead since 21 Nov 03:30Z", 0, true
		}),
		run("r8", "tiktok", "dead", func(r *console.RunRow) {
			r.Code, r.Words, r.Items, r.CanRetry, r.Attempt = "PLATFORM_ERROR", "video list: 500 on five attempts", 0, true, 5
		}),
	}
}

func sampleConsole() *console.Overview {
	all := runs()
	off := panel("youtube", "YouTube", "neutral", "Not configured")
	off.Configured = false
	return &console.Overview{
		UpdatedAt: noon.Add(
			-5 * time.Second,
		), SchedulerOn: true, LastTick: ref(noon.Add(-30 * time.Second)), Running: 4, Queued: 12,
		Banner: console.Banner{
			Tone: "err",
			Head: "TikTok failing: 14 of 61 syncs (23%) in 24 h.",
			Text: "Over the 10% rule since 03:42 UTC. Mostly AUTH_EXPIRED.",
		},
		Success24h: ref(
			92.7,
		), Success7d: ref(97.8), Failure24h: ref(7.3), Runs24h: 192, Failed24h: 14, NeedAction: 17, Connections: 214, OldestNeed: ref(noon.Add(-72 * time.Hour)),
		RateLimits: 6, MedianDuration: ref(2100 * time.Millisecond), P95Duration: ref(4800 * time.Millisecond), QueueWait: ref(11 * time.Second),
		Panels: []console.Panel{
			panel("instagram", "Instagram", "ok", "Healthy"),
			panel("tiktok", "TikTok", "err", "Failing", 19, 20, 21, 22),
			off,
		},
		Failures: all[6:8],
		Expired: []console.ConnectionRow{
			{
				ID:       "x1",
				Platform: "tiktok",
				Handle:   "@avamakes",
				Owner:    "Ava Makes",
				Status:   "needs_reconnect",
				Since:    ref(noon.Add(-80 * time.Hour)),
				Code:     "AUTH_EXPIRED",
				Words:    "refresh: 400, invalid_grant",
			},
			{
				ID:       "x2",
				Platform: "instagram",
				Handle:   "@leo.cooks",
				Owner:    "Leo Cooks",
				Status:   "expiring",
				Words:    "token ends in 5 days",
			},
		},
		Recent: all, Filter: "all",
	}
}

// forecasts is each outlook there is.
func forecasts() []capacity.Forecast {
	quota := capacity.Limit{
		Setting: "YOUTUBE_QUOTA", By: outbound.ByApp, Max: 10000, Per: 24 * time.Hour, Pacific: true, Kept: 500, Used: 8200, Ends: ref(noon.Add(20 * time.Hour)),
		Cost: ref(2.3049), Carries: ref(4338),
	}
	stats := capacity.Limit{
		Setting: "YOUTUBE_STATS_QUOTA",
		By:      outbound.ByApp,
		Per:     24 * time.Hour,
		Pacific: true,
		Ends:    ref(noon.Add(20 * time.Hour)),
	}
	pace := capacity.Limit{
		Setting: "YOUTUBE_SYNC_DELAY",
		Max:     43200,
		Per:     24 * time.Hour,
		Pace:    2 * time.Second,
		Cost:    ref(1.0),
		Carries: ref(43200),
	}
	own := capacity.Limit{
		Setting: "INSTAGRAM_USER_QUOTA",
		By:      outbound.ByAccount,
		Max:     200,
		Per:     time.Hour,
		Used:    4,
		Ends:    ref(noon.Add(time.Hour)),
		Cost:    ref(1.0),
	}
	each := capacity.Limit{Setting: "TIKTOK_QUOTA", By: outbound.ByEndpoint, Max: 600, Per: time.Minute}
	return []capacity.Forecast{
		{
			Platform: "youtube", Name: "YouTube", Configured: true, Accounts: 1480, Limits: []capacity.Limit{quota, stats, pace}, Cost: quota.Cost,
			Carries: quota.Carries, Binding: "YOUTUBE_QUOTA", Growth: ref(12.0 / 7), MetOn: ref(noon.AddDate(0, 0, 99)),
			Plan: capacity.Plan{Accounts: 1480, Takes: 1480 * 2 * time.Second, Needs: []capacity.Need{
				{Setting: "YOUTUBE_QUOTA", Until: noon.Add(20 * time.Hour), Accounts: 1470, Units: ref(3388.0), Left: 1800},
				{Setting: "YOUTUBE_QUOTA", Until: noon.Add(24 * time.Hour), Accounts: 10, Units: ref(23.0), Left: 10000},
			}},
			Changes: []capacity.Change{
				{
					Setting: "YOUTUBE_STATS_QUOTA",
					From:    "0",
					To:      "10000/day",
					Carries: 6231,
					Binding: "YOUTUBE_QUOTA",
					Why:     words.Plain("Paid from a quota of their own."),
				},
				{
					Setting: "YOUTUBE_SYNC_DELAY",
					From:    "2s",
					To:      "1s",
					Carries: 4338,
					Binding: "YOUTUBE_QUOTA",
					Why:     words.Plain("Half the time."),
				},
				{
					Setting: "YOUTUBE_QUOTA",
					From:    "10000/day",
					To:      "200000/day",
					Carries: 43200,
					Binding: "YOUTUBE_SYNC_DELAY",
					Why:     words.Plain("Set it only when granted."),
				},
			},
		},
		{
			Platform:   "instagram",
			Name:       "Instagram",
			Configured: true,
			Accounts:   1,
			Limits:     []capacity.Limit{own},
			Cost:       own.Cost,
			Unlimited:  true,
		},
		{Platform: "tiktok", Name: "TikTok", Configured: true, Limits: []capacity.Limit{each}},
		{Platform: "other", Name: "Other"},
	}
}
