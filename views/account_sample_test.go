package views_test

import (
	"strings"
	"time"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/analytics"
	"github.com/truecount/truecount/app/words"
)

func view() *analytics.PlatformView {
	c := connection(
		"c-instagram",
		"instagram",
		"Instagram",
		accounts.Pill{
			Icon: "circle-check",
			Word: words.Plain("Up to date"),
			Tone: "ok",
			Tip:  words.Plain("Updated 24 Nov 2026, 11:48:00 UTC"),
		},
	)
	ch := chart(30)
	ch.Series = ch.Series[:1]
	return &analytics.PlatformView{
		Platform: "instagram", Handle: "@ava.makes", Freshness: accounts.Freshness{Status: "fresh", AsOf: ago(12 * time.Minute), Source: "sandbox"},
		Profile: analytics.Profile{
			DisplayName: to("Ava Makes"),
			Bio:         to("Small films about big kitchens. Berlin. New every Tuesday."),
			IsVerified:  to(true),
			URL:         to("https://www.instagram.com/ava.makes"),
			Initials:    "AM",
		},
		Card: c, Span: span(30), KPIs: kpis("followers"), Chart: ch, PostNoun: "posts",
		Table: analytics.PostTable{
			Rows:  posts(9),
			Sort:  "views",
			Desc:  true,
			Types: []string{"photo", "reel", "video"},
			Page:  2,
			Pages: 4,
			Total: 92,
			All:   92,
		},
		Notes: []words.Text{
			words.Plain("Views count every start, also of the same person."),
			words.Plain("Reach arrives one to two days late."),
		},
	}
}

// poisoned is a platform view with markup in every text a platform or a person could send.
func poisoned() *analytics.PlatformView {
	v := view()
	v.Handle, v.Card.Handle, v.Card.DisplayName = hostile, hostile, hostile
	v.Profile = analytics.Profile{
		DisplayName: to(hostile),
		Bio:         to(hostile),
		URL:         to("javascript:alert(1)"),
		Initials:    `"><`,
	}
	v.Card.Says = accounts.Notice{
		Tone:        "err",
		Happened:    words.Plain(hostile),
		Means:       words.Plain(hostile),
		Action:      "reconnect",
		ActionLabel: words.Plain(hostile),
	}
	v.Table.Query, v.Table.Type, v.Table.Types = hostile, hostile, []string{hostile, "x"}
	bad := words.Plain(hostile)
	v.Chart.Title, v.Chart.Finding, v.Chart.Series[0].Label, v.Chart.Series[0].Platform = bad, bad, bad, hostile
	v.Accounts = []analytics.AccountLink{
		{ConnectionID: "a", Handle: hostile},
		{ConnectionID: "b", Handle: hostile, Current: true},
	}
	v.Notes = []words.Text{words.Plain(hostile)}
	links := []string{
		"javascript:alert(1)",
		"data:text/html,<script>alert(1)</script>",
		"//evil.example/x",
		"https://user:pw@evil.example/",
		" jAvAsCrIpT:alert(1)",
		"vbscript:x",
		"/relative",
		"https:///nohost",
		"http://[::1",
	}
	v.Table.Rows = nil
	for i, l := range links {
		v.Table.Rows = append(
			v.Table.Rows,
			analytics.Post{
				ID:        "h" + strings.Repeat("x", i),
				Platform:  hostile,
				Caption:   to(hostile),
				MediaType: hostile,
				Permalink: to(l),
			},
		)
	}
	return v
}

func postView() *analytics.PostView {
	c := chart(30)
	c.Series = c.Series[:1]
	return &analytics.PostView{
		Post: posts(1)[0], Name: "Instagram", Handle: "@ava.makes", Chart: c,
		Freshness: accounts.Freshness{Status: "fresh", AsOf: ago(0), Source: "sandbox"},
		Numbers: []analytics.Number{
			{Label: words.Plain("Views"), Value: to(int64(412000)), Means: "How often it was started."},
			{Label: words.Plain("Saves"), Why: words.Plain("The permission was not given.")},
			{Label: words.Plain("Shares")},
		},
	}
}

// poisonedPost is a post with markup in every text a platform or a person could send.
func poisonedPost() *analytics.PostView {
	v := postView()
	bad := words.Plain(hostile)
	v.Name, v.Handle = hostile, hostile
	v.Post.Platform, v.Post.Handle, v.Post.MediaType = hostile, hostile, hostile
	v.Post.Caption, v.Post.Title, v.Post.Permalink = to(hostile), to(hostile), to("javascript:alert(1)")
	v.Numbers = []analytics.Number{
		{Label: bad, Why: bad, Means: hostile},
		{Label: bad, Value: to(int64(1)), Means: hostile},
	}
	v.Chart.Title, v.Chart.Finding, v.Chart.Series[0].Label, v.Chart.Series[0].Platform = bad, bad, bad, hostile
	return v
}
