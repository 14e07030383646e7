package instagramfake

import (
	"fmt"
	"strconv"
	"time"

	"github.com/truecount/truecount/app/sandbox"
)

// personal is an account that has no API.
const personal sandbox.AccountKind = "personal"

// notProfessional is what the adapter calls such an account.
const notProfessional = "not_professional"

var mixed = [8]sandbox.PostKind{
	sandbox.PostImage, sandbox.PostImage, sandbox.PostImage, sandbox.PostCarousel, sandbox.PostCarousel,
	sandbox.PostReel, sandbox.PostReel, sandbox.PostReel,
}

// accounts are who is there in every world; the first one is the demo creator's.
var accounts = []sandbox.Seed{
	{
		Account: sandbox.Account{
			Handle:    "mina.makes",
			Name:      "Mina Park",
			Bio:       sandbox.DemoBio,
			Website:   "https://mina.makes.example/",
			Kind:      sandbox.KindCreator,
			Following: 612,
			Language:  "en",
			Why:       "The demo creator.",
		},
		Since: sandbox.Begin, Base: 20500, Daily: 18, Jump: 540, First: date(2025, 1, 1), Every: 48 * time.Hour,
		Kinds: mixed, ViewRate: 0.42, Spread: 0.5, LikeRate: 0.062, InsightsLate: 3 * time.Hour, MissingCounters: true,
	},
	{
		Account: sandbox.Account{Handle: "casa.lume", Name: "Casa Lume | Estúdio", Bio: "Luz, madeira e silêncio.",
			Kind: sandbox.KindBusiness, Following: 88, Language: "pt",
			Why: "A second, ordinary account; its newest post has no insights yet."},
		Since: sandbox.Begin, Base: 6100, Daily: 5, Jump: 90, First: date(2025, 3, 1), Every: 24 * time.Hour,
		Kinds: mixed, ViewRate: 0.3, Spread: 0.6, LikeRate: 0.048, InsightsLate: 48 * time.Hour, MissingCounters: true,
	},
	{
		Account: sandbox.Account{
			Handle:     "tomi.private",
			Name:       "Tomi",
			Kind:       personal,
			Unreadable: notProfessional,
			Following:  140,
			Language:   "en",
			Why:        "A personal account: it has no API.",
		},
		Since: sandbox.Begin, Base: 310, Daily: 0.1, First: date(2025, 1, 5), Every: 216 * time.Hour, Kinds: mixed,
		ViewRate: 0.5, Spread: 0.4, LikeRate: 0.1,
	},
	{
		Account: sandbox.Account{
			Handle:    "old.town.bakes",
			Name:      "Old Town Bakes",
			Bio:       "Bread since 1974.",
			Kind:      sandbox.KindBusiness,
			Following: 31,
			Language:  "en",
			Why:       "Became professional late: older posts never have insights.",
		},
		Since: sandbox.Begin, Base: 2900, Daily: 2, Jump: 60, First: date(2022, 1, 10), Every: 1080 * time.Hour,
		Kinds: mixed, ViewRate: 0.4, Spread: 0.4, LikeRate: 0.05, ProfessionalSince: date(2025, 3, 1),
	},
}

const (
	mediaBase = 17800000000000000 // media ids are 17 digits that begin with 178 to 180
	mediaMask = 1<<48 - 1
)

// traits: two ids an account, and insights that come late or never.
var traits = sandbox.Traits{
	ExternalID: func(key uint64) string { return fmt.Sprintf("178414%011d", sandbox.Draw(key, 1)%100000000000) },
	AltID:      func(key uint64) string { return fmt.Sprintf("27%015d", sandbox.Draw(key, 2)%1000000000000000) },
	PostID: func(seed uint64, n sandbox.PostNumber, _ time.Time) string {
		return strconv.FormatUint(mediaBase+sandbox.Scramble48(n.Account<<24|n.Part<<18|n.Index, seed), 10)
	},
	FindPost: func(seed uint64, id string) (sandbox.PostNumber, bool) {
		n, err := strconv.ParseUint(id, 10, 64)
		if err != nil || n < mediaBase || n-mediaBase > mediaMask {
			return sandbox.PostNumber{}, false
		}
		x := sandbox.Unscramble48(n-mediaBase, seed)
		return sandbox.PostNumber{Account: x >> 24, Index: x & (1<<18 - 1), Part: x >> 18 & 63}, true
	},
	CodePrefix: "AQ", AccessPrefix: "IGAA", CodeLife: time.Hour, Insights: true, Shares: true,
}

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
