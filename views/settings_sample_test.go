package views_test

import (
	"strings"

	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/settings"
)

func settingsPages() pages {
	zones := []string{"UTC", "America/Argentina/Buenos_Aires", "America/St_Johns", "Europe/Lisbon"}
	wrong := map[string]words.Text{"name": words.Plain(hostile), "zone": words.Plain(hostile)}
	return pages{
		"settings.Profile": settings.Profile(
			page("/settings/profile"), settings.ProfileForm{Name: "Mina Park", Zone: "Asia/Kolkata", Zones: zones},
		),
		"settings.Profile, of admins": settings.Profile(adminPage(), settings.ProfileForm{Name: "Ada", Zone: "UTC", Zones: zones}),
		"settings.Profile, hostile": settings.Profile(
			page("/settings/profile"),
			settings.ProfileForm{Name: strings.Repeat(hostile, 3), Zone: hostile, Zones: zones, Errors: wrong},
		),
	}
}
