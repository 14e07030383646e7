package sandbox

import "time"

// role is a cast member before the seed gives it ids.
type role struct{ life }

// worldStart is where the account's growth begins; everything before is flat.
var worldStart = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

var (
	instagramKinds = [8]Kind{Image, Image, Image, Carousel, Carousel, Reel, Reel, Reel}
	tiktokKinds    = [8]Kind{Video, Video, Video, Video, Video, Video, Video, Photo}
	youtubeKinds   = [8]Kind{Video, Video, Video, Video, Short, Short, Short, Live}
	longKinds      = [8]Kind{Video, Video, Video, Live, Live, Short, Video, Live}
)

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

const minaBio = "🧶 small things, made slowly\nSeoul → Lisbon · new project every Sunday\n<b>&\"quotes\"</b> welcome · מחכה לכם"

// casts are the accounts every world has, by platform. The first of each belongs to Mina Park.
var casts = map[string][]role{
	"instagram": {
		{life{
			Account: Account{Handle: "mina.makes", Name: "Mina Park", Bio: minaBio, Website: "https://mina.makes.example/",
				Kind: Creator, Following: 612, Language: "en", Why: "The demo creator."},
			since: worldStart, base: 20500, daily: 18, jump: 540, first: date(2025, 1, 1), gap: 2 * day,
			kinds: instagramKinds, pull: 0.42, spread: 0.5, eager: 0.062, late: 3 * time.Hour, holes: true,
		}},
		{life{
			Account: Account{Handle: "casa.lume", Name: "Casa Lume | Estúdio", Bio: "Luz, madeira e silêncio.",
				Kind: Business, Following: 88, Language: "pt", Why: "A second, ordinary account; its newest post has no insights yet."},
			since: worldStart, base: 6100, daily: 5, jump: 90, first: date(2025, 3, 1), gap: day,
			kinds: instagramKinds, pull: 0.3, spread: 0.6, eager: 0.048, late: 2 * day, holes: true,
		}},
		{life{
			Account: Account{Handle: "tomi.private", Name: "Tomi", Kind: Personal, Following: 140, Language: "en",
				Why: "A personal account: it has no API."},
			since: worldStart, base: 310, daily: 0.1, first: date(2025, 1, 5), gap: 9 * day, kinds: instagramKinds, pull: 0.5, spread: 0.4, eager: 0.1,
		}},
		{life{
			Account: Account{Handle: "old.town.bakes", Name: "Old Town Bakes", Bio: "Bread since 1974.", Kind: Business, Following: 31, Language: "en",
				Why: "Became professional late: older posts never have insights."},
			since: worldStart, base: 2900, daily: 2, jump: 60, first: date(2022, 1, 10), gap: 45 * day,
			kinds: instagramKinds, pull: 0.4, spread: 0.4, eager: 0.05, turned: date(2025, 3, 1),
		}},
	},
	"tiktok": {
		{life{
			Account: Account{Handle: "minamakes", Name: "Mina Makes", Bio: minaBio, Kind: Creator, Following: 203,
				Why: "The demo creator."},
			since: worldStart, base: 41000, daily: 54, jump: 2000, first: date(2025, 1, 1), gap: day,
			kinds: tiktokKinds, pull: 0.28, spread: 1.1, eager: 0.085, holes: false,
		}},
		{life{
			Account: Account{Handle: "nightbus.films", Name: "Night Bus Films", Bio: "one minute, one street", Kind: Creator,
				Following: 17, Verified: true, Why: "A second, ordinary account; counters are missing here and there."},
			since: worldStart, base: 8800, daily: 9, jump: 300, first: date(2025, 2, 1), gap: 3 * day,
			kinds: tiktokKinds, pull: 0.5, spread: 0.9, eager: 0.07, holes: true,
		}},
		{life{
			Account: Account{Handle: "justlooking", Name: "just looking", Kind: Creator, Following: 940,
				Why: "An account without posts."},
			since: worldStart, base: 4, daily: 0.01,
		}},
	},
	"youtube": {
		{life{
			Account: Account{Handle: "minamakes", Name: "Mina Makes", Bio: minaBio, Country: "PT", Kind: Creator,
				Why: "The demo creator."},
			since: worldStart, base: 23000, daily: 17, jump: 640, first: date(2024, 6, 1), gap: 3 * day,
			kinds: youtubeKinds, pull: 0.34, spread: 0.8, eager: 0.045, holes: true,
		}},
		{life{
			Account: Account{Handle: "slowkitchen", Name: "Slow Kitchen", Bio: "Long videos about long recipes.", Kind: Creator,
				Why: "A second, ordinary channel; its lives are announced before they start."},
			since: worldStart, base: 940, daily: 1.1, jump: 20, first: date(2024, 9, 1), gap: 4 * day,
			kinds: longKinds, pull: 0.6, spread: 0.6, eager: 0.05,
		}},
		{life{
			Account: Account{Handle: "", Name: "Jo without a channel", Kind: NoChannel,
				Why: "A Google account without a channel."},
			since: worldStart,
		}},
		{life{
			Account: Account{Handle: "hush", Name: "Hush", Kind: Creator, Hidden: true, Country: "JP",
				Why: "A channel that hides its subscribers."},
			since: worldStart, base: 15000, daily: 6, jump: 100, first: date(2025, 1, 1), gap: 7 * day,
			kinds: youtubeKinds, pull: 0.5, spread: 0.6, eager: 0.03,
		}},
		{life{
			Account: Account{Handle: "worldtunes", Name: "World Tunes", Kind: Creator, Country: "IN", Verified: true,
				Why: "A giant: counts above 2^31."},
			since: worldStart, base: 180e6, daily: 42e3, jump: 1e6, first: date(2025, 1, 1), gap: 2 * day,
			kinds: youtubeKinds, pull: 3.5, spread: 1, eager: 0.02,
		}},
		{life{
			Account: Account{Handle: "freshstart", Name: "Fresh Start", Kind: Creator, Why: "A channel without uploads."},
			since:   worldStart, base: 2,
		}},
	},
}
