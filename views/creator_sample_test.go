package views_test

import (
	"math"
	"strings"
	"time"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/analytics"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/layout"
)

// The sample world of these tests: one creator with three accounts, on a fixed day.

var (
	now  = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	last = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
)

const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)> ' onmouseover='x' {{7*7}} ` + "\u202e" + `gnitfil 👩‍👩‍👧‍👦`

func to[T any](v T) *T { return &v }

func ago(d time.Duration) *time.Time { return to(now.Add(-d)) }

func page(path string) layout.Page {
	return layout.Page{
		Title: "Sample", Path: path, RequestID: "01JD", Now: now, Zone: time.UTC, Sandbox: true,
		User: &layout.User{ID: "u1", Name: "Mina Park", Email: "mina@example.test"},
		Platforms: []layout.Nav{
			{ID: "instagram", Name: "Instagram"},
			{ID: "tiktok", Name: "TikTok"},
			{ID: "youtube", Name: "YouTube"},
		},
	}
}

func span(days int) analytics.Span {
	key := map[int]string{7: "7d", 30: "30d", 90: "90d", 365: "12m"}[days]
	return analytics.Span{Key: key, Days: days, From: last.AddDate(0, 0, 1-days), To: last}
}

func series(days int, from, perDay, wave float64, holes ...int) []analytics.Point {
	out := make([]analytics.Point, days)
	for i := range out {
		v := math.Round(from + perDay*float64(i) + wave*math.Sin(float64(i)/4))
		out[i] = analytics.Point{Day: last.AddDate(0, 0, i+1-days), Value: &v}
	}
	for _, h := range holes {
		if h < days {
			out[h].Value = nil
		}
	}
	return out
}

func kpis(metric string) []analytics.KPI {
	list := []analytics.KPI{
		{
			Key:     "followers",
			Metric:  "followers",
			Label:   words.Plain("Followers"),
			Value:   to(328_412.0),
			Delta:   to(4.2),
			Against: words.Plain("since 25 Oct"),
			Spark:   series(30, 300000, 900, 2000),
		},
		{
			Key:     "views",
			Metric:  "views_gained",
			Label:   words.Plain("Views"),
			Value:   to(1_920_411.0),
			Delta:   to(11.8),
			Against: words.Plain("vs 26 Sep – 25 Oct 2026"),
			Detail:  words.Plain("47 posts in this period"),
			Spark:   series(30, 50000, 300, 9000, 9, 10),
		},
		{
			Key:     "engagement",
			Metric:  "engagement_rate",
			Label:   words.Plain("Engagement rate"),
			Value:   to(5.31),
			Percent: true,
			Delta:   to(-0.4),
			Against: words.Plain("vs 26 Sep – 25 Oct 2026"),
			Spark:   series(30, 5, 0.02, 1),
		},
		{
			Key:    "posts",
			Metric: "posts_published",
			Label:  words.Plain("Posts published"),
			Value:  to(47.0),
			Delta:  to(0.01),
			Spark:  series(30, 1, 0, 2),
		},
	}
	for i := range list {
		list[i].Selected = list[i].Key == metric
	}
	return list
}

func chart(days int) analytics.Chart {
	return analytics.Chart{
		Metric: "followers", Title: words.Plain("Followers by platform"), Finding: words.Plain("Instagram grew by 4.2% to 145,231; TikTok by 38%; YouTube by 1%."),
		From: last.AddDate(0, 0, 1-days), To: last,
		Series: []analytics.Series{
			{Platform: "instagram", Label: words.Plain("Instagram"), Points: series(days, 132000, 450, 1500)},
			{Platform: "tiktok", Label: words.Plain("TikTok"), Points: series(days, 92000, 1150, 3000, 5, 6, 12, 14)},
			{Platform: "youtube", Label: words.Plain("YouTube"), Points: series(days, 51000, 40, 200)},
		},
	}
}

func posts(n int) []analytics.Post {
	captions := []string{
		"Great day at the beach — behind the scenes",
		"3 edits that doubled my retention",
		"POV: the client says “one tiny change” and it never ends, a very long caption that does not fit on one line whatever the screen",
	}
	out := make([]analytics.Post, n)
	for i := range out {
		pl := []string{"instagram", "youtube", "tiktok"}[i%3]
		out[i] = analytics.Post{
			ID: "p" + string(rune('a'+i)), Platform: pl, Handle: "@mina", ExternalID: "x", Caption: to(captions[i%3]),
			MediaType: []string{"reel", "video", "photo"}[i%3], Permalink: to("https://www." + pl + ".com/p/1"), PostedAt: ago(time.Duration(i*31+2) * time.Hour),
			ViewCount: to(
				int64(412000 / (i + 1)),
			), LikeCount: to(int64(38412 / (i + 1))), CommentCount: to(int64(912 / (i + 1))), EngagementRate: to(9.92 - float64(i)*0.7), Bar: 100 / (i + 1),
			DurationSeconds: to(int64(205)),
		}
	}
	return out
}

func overview(days int) *analytics.Overview {
	return &analytics.Overview{
		TotalFollowers: to(
			int64(328412),
		), Span: span(days), KPIs: kpis("followers"), Chart: chart(days), TopPosts: posts(7),
		Context: words.Plain(
			"All platforms · synced 12 minutes ago",
		), Excluded: words.Plain("Totals do not include YouTube. Its terms do not allow mixing its numbers with others."), Sandbox: true,
		Platforms: []analytics.PlatformRow{
			row(
				"instagram",
				"Instagram",
				"@ava.makes",
				accounts.Pill{
					Icon: "circle-check",
					Word: words.Plain("Up to date"),
					Tone: "ok",
					Tip:  words.Plain("Updated 24 Nov 2026, 11:48:00 UTC"),
				},
			),
			row(
				"tiktok",
				"TikTok",
				"@avamakes",
				accounts.Pill{
					Icon: "circle-x",
					Word: words.Plain("Needs reconnect"),
					Tone: "err",
					Tip:  words.Plain("Access ended 21 Nov 2026, 03:30:12 UTC"),
				},
			),
			row(
				"youtube",
				"YouTube",
				"@ava-makes",
				accounts.Pill{Icon: "hourglass", Word: words.Plain("Waiting until 08:00"), Tone: "neutral"},
			),
		},
	}
}

func row(platform, name, handle string, pill accounts.Pill) analytics.PlatformRow {
	return analytics.PlatformRow{
		Platform: platform, Name: name, Handle: handle, Followers: to(int64(145231)), Change: numbers.Value{Value: to(5820.0), State: numbers.StateDerived}, Days: 29, LastSynced: ago(12 * time.Minute),
		ConnectionID: "c-" + platform, Pill: pill, Initials: "AM", FollowerWord: words.Plain("followers"), Rounded: platform == "youtube",
		Freshness: accounts.Freshness{Status: "fresh", Source: "sandbox", AsOf: ago(12 * time.Minute)},
	}
}

var reconnect = accounts.Notice{
	Platform: "tiktok", Handle: "@avamakes", ConnectionID: "c-tiktok", Tone: "err",
	Happened: words.Plain(
		"TikTok ended access for @avamakes on 21 Nov at 03:30 UTC.",
	), Means: words.Plain("Numbers up to 20 Nov are kept."),
	You: words.Plain(
		"Reconnect to get new numbers.",
	), Action: "reconnect", ActionLabel: words.Plain("Reconnect @avamakes"),
}

var late = accounts.Notice{
	Platform: "youtube", Handle: "@ava-makes", ConnectionID: "c-youtube", Tone: "warn",
	Happened: words.Plain(
		"YouTube did not answer at 04:00 UTC.",
	), Means: words.Plain("The numbers shown are from 23 Nov."), We: words.Plain("Next try at 12:30 UTC."), You: words.Plain("No action needed."),
}

func connection(id, platform, name string, pill accounts.Pill) accounts.Connection {
	return accounts.Connection{
		ID: id, Platform: platform, Name: name, Handle: "@ava.makes" + strings.TrimPrefix(id, "c-instagram"), Connected: true, Status: "connected", FollowerCount: to(int64(145231)),
		LastSynced: ago(
			12 * time.Minute,
		), NextSync: to(now.Add(15 * time.Hour)), DisplayName: "Ava Makes", Initials: "AM", Source: "sandbox", Pill: pill,
		Access: words.Plain(
			"Access renews itself.",
		), CanSync: true, KeepsData: platform != "youtube", DeleteDays: 7, FollowerWord: words.Plain("followers"), Rounded: platform == "youtube",
	}
}

// states is one connection in every state a card can have.
func states() []accounts.Connection {
	with := func(id, platform, name string, pill accounts.Pill, change func(*accounts.Connection)) accounts.Connection {
		c := connection(id, platform, name, pill)
		change(&c)
		return c
	}
	return []accounts.Connection{
		with(
			"1",
			"instagram",
			"Instagram",
			accounts.Pill{
				Icon: "circle-check",
				Word: words.Plain("Up to date"),
				Tone: "ok",
				Tip:  words.Plain("Updated 24 Nov 2026, 11:48:00 UTC"),
			},
			func(c *accounts.Connection) {
				c.CanSync, c.SyncAfter = false, to(now.Add(3*time.Minute))
			},
		),
		with(
			"2",
			"tiktok",
			"TikTok",
			accounts.Pill{Icon: "loader", Word: words.Plain("Syncing"), Tone: "info"},
			func(c *accounts.Connection) {
				c.Running, c.CanSync, c.LastSynced, c.FollowerCount = true, false, nil, nil
				c.Says = accounts.Notice{
					Tone:     "info",
					Happened: words.Plain("Connected as @ava.makes."),
					We:       words.Plain("The first sync is in progress. First numbers arrive within a minute."),
				}
				c.Steps = []accounts.Step{
					{Label: words.Plain("Access"), State: "done"},
					{Label: words.Plain("Profile"), State: "done", Items: 1},
					{Label: words.Plain("Posts"), State: "active", Items: 20},
					{Label: words.Plain("Daily numbers"), State: "waiting"},
				}
			},
		),
		with(
			"3",
			"youtube",
			"YouTube",
			accounts.Pill{Icon: "timer", Word: words.Plain("Delayed, retrying at 12:30"), Tone: "warn"},
			func(c *accounts.Connection) { c.Says = late },
		),
		with(
			"4",
			"youtube",
			"YouTube",
			accounts.Pill{Icon: "hourglass", Word: words.Plain("Waiting until 08:00"), Tone: "neutral"},
			func(c *accounts.Connection) {
				c.Says = accounts.Notice{
					Happened: words.Plain("Today's YouTube quota is used up."),
					We:       words.Plain("Next try at 08:00 UTC."),
				}
			},
		),
		with(
			"5",
			"instagram",
			"Instagram",
			accounts.Pill{Icon: "circle-alert", Word: words.Plain("Limited access"), Tone: "warn"},
			func(c *accounts.Connection) {
				c.Says = accounts.Notice{
					Platform:     "instagram",
					ConnectionID: "5",
					Tone:         "warn",
					Happened:     words.Plain("Missing for @ava.makes: saves, shares and reach."),
					Means:        words.Plain("The permission “Insights” was not granted."),
					Action:       "grant",
					ActionLabel:  words.Plain("Grant permission"),
				}
			},
		),
		with(
			"6",
			"tiktok",
			"TikTok",
			accounts.Pill{Icon: "clock", Word: words.Plain("Expires in 5 days"), Tone: "warn"},
			func(c *accounts.Connection) {
				c.Access = words.Plain("Access ends 29 Nov 2026; TikTok asks you to confirm it once a year.")
				c.Says = accounts.Notice{
					Tone:        "warn",
					Happened:    words.Plain("Access ends in 5 days."),
					You:         words.Plain("Reconnect before 29 Nov."),
					Action:      "reconnect",
					ActionLabel: words.Plain("Reconnect @ava.makes"),
				}
			},
		),
		with(
			"7",
			"tiktok",
			"TikTok",
			accounts.Pill{Icon: "circle-x", Word: words.Plain("Needs reconnect"), Tone: "err"},
			func(c *accounts.Connection) { c.Says, c.CanSync, c.NextSync = reconnect, false, nil },
		),
		with(
			"8",
			"instagram",
			"Instagram",
			accounts.Pill{Icon: "circle-pause", Word: words.Plain("Paused"), Tone: "neutral"},
			func(c *accounts.Connection) {
				c.CanSync = false
				c.Says = accounts.Notice{
					Happened: words.Plain("An admin paused syncing on 22 Nov."),
					Means:    words.Plain("Numbers up to 22 Nov are kept."),
				}
			},
		),
		with(
			"9",
			"youtube",
			"YouTube",
			accounts.Pill{Icon: "circle-slash", Word: words.Plain("Disconnected"), Tone: "neutral"},
			func(c *accounts.Connection) {
				c.Status, c.Connected, c.CanSync, c.NextSync, c.Access = "disconnected", false, false, nil, words.Text{}
				c.DeleteBy = to(now.Add(6 * 24 * time.Hour))
			},
		),
	}
}

func offers() []accounts.Offer {
	return []accounts.Offer{
		{
			Platform:    "instagram",
			Name:        "Instagram",
			Configured:  true,
			AccountKind: "A professional account: business or creator.",
			Permissions: []accounts.Permission{
				{Label: "Profile and posts", Why: "To show followers, posts and their counts.", Required: true},
				{Label: "Insights", Why: "To show reach, saves and shares."},
			},
		},
		{
			Platform:    "youtube",
			Name:        "YouTube",
			Configured:  true,
			Another:     true,
			AccountKind: "A Google account with a channel.",
			Permissions: []accounts.Permission{
				{Label: "Channel and videos", Why: "To show subscribers and views.", Required: true},
			},
		},
		{Platform: "tiktok", Name: "TikTok", Configured: false, AccountKind: "Any TikTok account."},
	}
}
