package views_test

import (
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/admin/setup"
)

func setupPages() pages {
	live := admins("/admin/config")
	live.Sandbox = false
	found := setup.SetupView{Asked: ref(noon)}
	worst := setup.SetupView{}
	for _, area := range console.Areas()[:3] {
		g := setup.SetupGroup{ID: area, Title: words.Plain(string(area))}
		h := setup.SetupGroup{ID: area, Title: words.Plain(hostile)}
		for _, s := range []console.FindingState{
			console.FindingOK, console.FindingWarning, console.FindingFailed, console.FindingUnknown, console.FindingSkipped, console.FindingManual,
		} {
			g.Findings = append(
				g.Findings,
				console.Finding{Subject: "BASE_URL", State: s, Words: words.Plain("It is set.")},
			)
			h.Findings = append(
				h.Findings,
				console.Finding{Subject: hostile, State: s, Words: words.Plain(hostile), Todo: words.Plain(hostile)},
			)
		}
		found.Groups, worst.Groups = append(found.Groups, g), append(worst.Groups, h)
	}
	for _, id := range []string{"instagram", "tiktok"} {
		found.Platforms = append(found.Platforms, setup.SetupPlatform{
			ID: id, Name: id, RedirectURI: "https://count.example.com/auth/" + id + "/callback", LastSuccess: ref(noon),
			Credentials: []setup.SetupCredential{{Name: "CLIENT_ID", Set: true}, {Name: "CLIENT_SECRET"}},
			Addresses: []setup.SetupAddress{
				{Label: "Webhook", URL: "https://count.example.com/x"},
				{Label: "Deletion", URL: "https://count.example.com/y"},
			},
			Steps: []setup.SetupStep{
				{ID: "app", Text: "Make an app.", Done: true},
				{ID: "review", Text: "Ask for review."},
			},
		})
		worst.Platforms = append(worst.Platforms, setup.SetupPlatform{
			ID: id, Name: hostile, RedirectURI: hostile, Credentials: []setup.SetupCredential{{Name: hostile}},
			Addresses: []setup.SetupAddress{
				{Label: hostile, URL: "javascript:alert(1)"},
			}, Steps: []setup.SetupStep{{ID: hostile, Text: hostile}},
		})
	}
	menu := []setup.FaultKind{
		{
			Kind:   "status",
			Label:  "An answer of 500",
			Expect: "It is retried.",
			Needs:  "status",
		}, {Kind: "slow", Label: hostile, Expect: hostile},
	}
	return pages{
		"setup.Setup":            setup.Setup(live, found),
		"setup.Setup, sandbox":   setup.Setup(admins("/admin/config"), found),
		"setup.Setup, hostile":   setup.Setup(live, worst),
		"setup.Setup, nothing":   setup.Setup(live, setup.SetupView{}),
		"setup.Sandbox, nothing": setup.Sandbox(admins("/admin/sandbox"), setup.SandboxView{Menu: menu[:1]}),
		"setup.Sandbox": setup.Sandbox(admins("/admin/sandbox"), setup.SandboxView{
			Menu: menu[:1], Platforms: []setup.SandboxPlatform{{ID: "tiktok", Name: "TikTok"}},
		}),
		"setup.Sandbox, hostile": setup.Sandbox(admins("/admin/sandbox"), setup.SandboxView{
			Menu: menu,
			Platforms: []setup.SandboxPlatform{
				{
					ID:       "instagram",
					Name:     hostile,
					Units:    4,
					Accounts: []setup.SandboxAccount{{ID: hostile, Name: hostile, Grants: 1}, {ID: "b"}},
					Calls:    []setup.SandboxCalls{{Endpoint: hostile, Count: 9}},
				},
				{ID: "tiktok", Name: "TikTok", Accounts: []setup.SandboxAccount{{ID: "c", Name: "c", Grants: 2}}},
			},
			Faults: []setup.PlantedFault{
				{
					ID:       1,
					Label:    hostile,
					Platform: hostile,
					Account:  hostile,
					Detail:   hostile,
					Hits:     3,
				}, {ID: 2, Label: "An answer of 500", Left: 2},
			},
		}),
	}
}
