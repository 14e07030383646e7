package views_test

import (
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/help"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/all"
	"github.com/truecount/truecount/app/release"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/door"
	views "github.com/truecount/truecount/views/help"
	"github.com/truecount/truecount/views/layout"
)

// outsider is the page of somebody who is not signed in.
func outsider(path string) layout.Page {
	p := page(path)
	p.User = nil
	return p
}

// bad says the hostile text of any field.
func bad(fields ...string) map[string]words.Text {
	out := map[string]words.Text{}
	for _, f := range fields {
		out[f] = words.Plain(hostile)
	}
	return out
}

func doorPages() pages {
	over := connect.Receipt{
		Platform: hostile, Code: hostile, AskedAt: noon, DoneAt: ref(noon.Add(time.Minute)), CopiesUntil: ref(noon.AddDate(0, 0, 15)), Embedded: true,
	}
	return pages{
		"door.Login": door.Login(outsider("/login"), door.LoginForm{}),
		"door.Login, hostile": door.Login(outsider("/login"), door.LoginForm{
			Email: hostile, Error: hostile, Fields: bad("email"),
			Demo: []door.DemoUser{{Email: "mina@example.test", Password: hostile, Role: "creator"}},
		}),
		"door.Setup": door.Setup(outsider("/setup"), door.SetupForm{Token: "tok"}),
		"door.Setup, hostile": door.Setup(outsider("/setup"), door.SetupForm{
			Token: hostile, Name: hostile, Email: hostile, Error: hostile, Errors: bad("name", "email", "password"),
		}),
		"door.ConnectDone": door.ConnectDone(
			outsider("/x"),
			"youtube",
			false,
			"Nothing was changed.",
			"/connections",
		),
		"door.ConnectDone, hostile": door.ConnectDone(outsider("/x"), hostile, true, hostile, "javascript:alert(1)"),
		"door.Deletion": door.Deletion(
			outsider("/deletion"),
			connect.Receipt{Platform: "TikTok", Code: "TC-1", AskedAt: noon},
		),
		"door.Deletion, of a person": door.Deletion(
			outsider("/deletion"),
			connect.Receipt{Code: "TC-1", AskedAt: noon},
		),
		"door.Deletion, nothing held": door.Deletion(
			outsider("/deletion"),
			connect.Receipt{Platform: hostile, Nothing: true, AskedAt: noon},
		),
		"door.Deletion, hostile": door.Deletion(outsider("/deletion"), over),
		"door.Reconnect": door.Reconnect(
			outsider("/reconnect/tok"),
			"tiktok",
			"TikTok",
			"avamakes",
			"/reconnect/tok",
		),
		"door.Reconnect, hostile": door.Reconnect(
			outsider("/reconnect/tok"),
			hostile,
			hostile,
			hostile,
			"javascript:alert(1)",
		),
		"door.Reconnected":          door.Reconnected(outsider("/reconnect"), true, hostile),
		"door.Reconnected, refused": door.Reconnected(outsider("/reconnect"), false, hostile),
		"door.Invite": door.Invite(
			outsider("/invite/tok"),
			"ava@example.test",
			"/invite/tok",
			"",
			nil,
		),
		"door.Invite, hostile": door.Invite(
			outsider("/invite/tok"),
			hostile,
			"javascript:alert(1)",
			hostile,
			bad("name", "password"),
		),
		"door.Forgot":                  door.Forgot(outsider("/password/forgot"), false, true),
		"door.Forgot, asked":           door.Forgot(outsider("/password/forgot"), true, true),
		"door.Forgot, nothing is sent": door.Forgot(outsider("/password/forgot"), false, false),
		"door.Reset": door.Reset(
			outsider("/password/tok"),
			"ava@example.test",
			"/password/tok",
			words.Text{},
		),
		"door.Reset, hostile": door.Reset(
			outsider("/password/tok"),
			hostile,
			"javascript:alert(1)",
			words.Plain(hostile),
		),
	}
}

// registry is the product's platforms, none of them with credentials. They are asked what they are, and nothing over
// the network.
func registry() (config.Config, *platform.Registry) {
	c, err := config.Load(map[string]string{"BASE_URL": "http://localhost:8080"}, all.Platforms().Declared())
	if err != nil {
		panic(err)
	}
	return c.WithBaseURL("http://localhost:8080"), all.Platforms().Open(c.Platforms, nil, time.Now)
}

func lawPages() pages {
	_, platforms := registry()
	normal := door.Law{
		Site: "https://count.example.com", Contact: "people@example.com", Platforms: platforms.Specs(),
		Retention: []door.Retention{{What: words.Plain("History"), For: words.Plain("a year")}},
		Cookies:   []door.Cookie{{Name: "tc_session", Text: words.Plain("keeps you signed in.")}},
	}
	worst := normal
	worst.Site, worst.Contact = hostile, hostile
	worst.Retention = []door.Retention{{What: words.Plain(hostile), For: words.Plain(hostile)}}
	worst.Cookies = []door.Cookie{{Name: hostile, Text: words.Plain(hostile)}}
	out := pages{}
	for state, l := range map[string]door.Law{"": normal, ", hostile": worst, ", of nothing": {}} {
		out["door.Privacy"+state] = door.Privacy(outsider("/privacy"), l)
		out["door.Terms"+state] = door.Terms(page("/terms"), l)
		out["door.HowToDelete"+state] = door.HowToDelete(outsider("/deletion"), l)
	}
	return out
}

func helpPages() pages {
	library, err := help.New(help.FactsOf(registry()))
	if err != nil {
		panic(err)
	}
	list := library.Documents()
	out := pages{
		"help.Index": views.Index(page("/help"), views.IndexView{Documents: list}),
		"help.Index, found": views.Index(
			outsider("/help"),
			views.IndexView{Documents: list, Query: "quota", Hits: library.Search("quota")},
		),
		"help.Index, found nothing": views.Index(outsider("/help"), views.IndexView{Documents: list, Query: hostile}),
		"help.Index, hostile": views.Index(adminPage(), views.IndexView{Query: hostile, Hits: []help.Hit{
			{
				Slug:     "start",
				Anchor:   hostile,
				Document: hostile,
				Part:     hostile,
				Excerpt:  hostile,
			}, {Slug: hostile, Document: hostile},
		}}),
		"help.Licenses":          views.Licenses(outsider("/help/licenses"), release.Notices()),
		"help.Licenses, hostile": views.Licenses(page("/help/licenses"), hostile),
	}
	for i, d := range list {
		reader := outsider("/help/" + d.Slug)
		if i == 0 {
			out["help.Document"] = views.Document(page("/help/"+d.Slug), d, list)
		}
		out["help.Document, "+d.Slug] = views.Document(reader, d, list)
	}
	return out
}
