package views_test

import (
	"time"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/admin/people"
	"github.com/truecount/truecount/views/layout"
)

const aRow = "0192f0c1-7a3e-7c11-8a55-3f0f6f6f0001" // an id of a row

// admins is a page of theirs at an address.
func admins(path string) layout.Page {
	p := adminPage()
	p.Path = path
	return p
}

// persons is one of every kind that the list tells apart; the first is who looks.
func persons() []auth.Person {
	return []auth.Person{
		{
			User:     auth.User{ID: "a1", Name: "Olu Admin", Email: "olu@example.test", Admin: true},
			SignedIn: ref(noon),
			Sessions: 1,
		},
		{User: auth.User{ID: "a2", Name: hostile, Email: hostile, Admin: true}, Created: noon},
		{
			User:        auth.User{ID: "u1", Name: "Mina Park", Email: "mina@example.test"},
			SignedIn:    ref(noon),
			Connections: 3,
			Sessions:    2,
		},
		{User: auth.User{ID: "u2", Name: "New", Email: "new@example.test"}},
		{User: auth.User{ID: "u3", Name: "Gone", Email: "gone@example.test", Disabled: true}},
	}
}

func peoplePages() pages {
	list := people.PeopleView{
		People: &auth.People{
			Search: hostile,
			Rows:   persons(),
			Total:  120,
			Page:   2,
			Pages:  3,
			Invites: []auth.Invitation{
				{
					ID:      "i1",
					Email:   hostile,
					Role:    "admin",
					Expires: noon.AddDate(0, 0, 7),
				}, {ID: "i2", Email: "x@example.test", Expires: noon},
			},
		},
		Email: hostile, Role: "admin", Errors: bad("email"),
	}
	tokens := []auth.Token{
		{ID: "t1", Label: hostile, Created: noon},
		{
			ID:       "t2",
			Label:    "scoped",
			Scopes:   []auth.Scope{auth.ScopeRead, auth.ScopeSync},
			Created:  noon,
			LastUsed: ref(noon),
			Expires:  ref(noon.Add(time.Hour)),
		},
		{ID: "t3", Label: "old", Created: noon, Expires: ref(noon.Add(-time.Hour))},
		{ID: "t4", Label: "revoked", Created: noon, Revoked: ref(noon)},
	}
	who := persons()
	return pages{
		"people.People": people.People(
			admins("/admin/users"),
			people.PeopleView{People: &auth.People{Rows: who[2:3], Total: 1, Page: 1, Pages: 1}, Mail: true},
		),
		"people.People, nothing": people.People(
			admins("/admin/users"),
			people.PeopleView{People: &auth.People{Page: 1, Pages: 1}},
		),
		"people.People, hostile": people.People(admins("/admin/users"), list),
		"people.Person":          people.Person(admins("/admin/users/u1"), people.PersonView{Person: who[2]}),
		"people.Person, hostile": people.Person(
			admins("/admin/users/a2"),
			people.PersonView{Person: who[1], Tokens: tokens},
		),
		"people.Confirm":          people.Confirm(admins("/admin/confirm"), "/admin/users", words.Text{}),
		"people.Confirm, hostile": people.Confirm(admins("/admin/confirm"), hostile, words.Plain(hostile)),
		"people.DeletePerson": people.DeletePerson(
			admins("/admin/users/u1/delete"),
			who[2].User,
			3,
			"",
			words.Text{},
		),
		"people.DeletePerson, hostile": people.DeletePerson(
			admins("/admin/users/a2/delete"),
			who[1].User,
			0,
			hostile,
			words.Plain(hostile),
		),
		"people.Deleted": people.Deleted(
			admins("/admin/users/u1/delete"),
			connect.Erasure{Receipt: "TC-1"},
			nil,
		),
		"people.Deleted, hostile": people.Deleted(
			admins("/admin/users/u1/delete"),
			connect.Erasure{Receipt: hostile, Connections: 2, Unconfirmed: []string{hostile, "TikTok"}},
			[]words.Text{words.Plain(hostile)},
		),
		"people.Link": people.Link(
			admins("/admin/users"),
			words.Plain("Invite"),
			words.Plain("Hand it on."),
			"https://count.example.com/invite/x",
			noon,
			"/admin/users",
		),
		"people.Link, hostile": people.Link(
			admins("/admin/users"), words.Plain(hostile), words.Plain(hostile), hostile, noon, "javascript:alert(1)",
		),
		"people.ReconnectLink": people.ReconnectLink(
			admins("/admin/connections/c1"),
			"ava",
			"https://count.example.com/reconnect/x",
			noon,
		),
		"people.ReconnectLink, hostile": people.ReconnectLink(admins("/admin/connections/c1"), hostile, hostile, noon),
		"people.Audit":                  people.Audit(admins("/admin/audit"), trail(), nil),
		"people.Audit, nothing":         people.Audit(admins("/admin/audit"), &auth.Trail{}, &auth.Verified{Rows: 10}),
		"people.Audit, hostile": people.Audit(
			admins("/admin/audit"),
			poisonedTrail(),
			&auth.Verified{Rows: 9, Broken: 4, Why: words.Plain(hostile)},
		),
		"people.Audit, unchained": people.Audit(
			admins("/admin/audit"),
			trail(),
			&auth.Verified{Rows: 9, Before: 4},
		),
	}
}

func trail() *auth.Trail {
	return &auth.Trail{Actions: []string{"sign_in", "connect", "retry"}, Rows: []auth.TrailRow{
		{
			ID:        9,
			At:        noon,
			Actor:     "Olu Admin",
			ActorID:   "a1",
			Action:    "sign_in",
			Result:    "ok",
			IP:        "192.0.2.1",
			RequestID: "01JD",
		},
		{ID: 8, At: noon, Actor: "command", Action: "connect", Target: "tiktok/" + aRow, Result: "ok"},
		{ID: 7, At: noon, ActorID: "u9", Action: "retry", Target: aRow, Result: "CONFLICT"},
		{ID: 6, At: noon, Action: "alert_mute", Target: aRow, Result: "ok"},
		{ID: 5, At: noon},
	}}
}

func poisonedTrail() *auth.Trail {
	return &auth.Trail{
		TrailQuery: auth.TrailQuery{
			Action: hostile,
			Actor:  hostile,
			Target: hostile,
			From:   hostile,
			To:     hostile,
			Before: 12,
		},
		Actions: []string{hostile}, More: true,
		Rows: []auth.TrailRow{
			{
				ID:        3,
				At:        noon,
				Actor:     hostile,
				ActorID:   "x",
				Action:    hostile,
				Target:    hostile,
				Result:    hostile,
				IP:        hostile,
				RequestID: hostile,
			},
		},
	}
}
