package youtubefake

import (
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/truecount/truecount/app/sandbox"
)

// noChannel is what the adapter calls a Google account without a channel.
const noChannel = "no_channel"

var (
	mixed = [8]sandbox.PostKind{
		sandbox.PostVideo, sandbox.PostVideo, sandbox.PostVideo, sandbox.PostVideo, sandbox.PostShort,
		sandbox.PostShort, sandbox.PostShort, sandbox.PostLive,
	}
	mostlyLong = [8]sandbox.PostKind{
		sandbox.PostVideo, sandbox.PostVideo, sandbox.PostVideo, sandbox.PostLive, sandbox.PostLive,
		sandbox.PostShort, sandbox.PostVideo, sandbox.PostLive,
	}
)

// accounts are who is there in every world; the first one is the demo creator's.
var accounts = []sandbox.Seed{
	{
		Account: sandbox.Account{
			Handle:  "minamakes",
			Name:    "Mina Makes",
			Bio:     sandbox.DemoBio,
			Country: "PT",
			Kind:    sandbox.KindCreator,
			Why:     "The demo creator.",
		},
		Since: sandbox.Begin, Base: 23000, Daily: 17, Jump: 640, First: date(2024, 6, 1), Every: 72 * time.Hour,
		Kinds: mixed, ViewRate: 0.34, Spread: 0.8, LikeRate: 0.045, MissingCounters: true,
	},
	{
		Account: sandbox.Account{
			Handle: "slowkitchen",
			Name:   "Slow Kitchen",
			Bio:    "Long videos about long recipes.",
			Kind:   sandbox.KindCreator,
			Why:    "A second, ordinary channel; its lives are announced before they start.",
		},
		Since: sandbox.Begin, Base: 940, Daily: 1.1, Jump: 20, First: date(2024, 9, 1), Every: 96 * time.Hour,
		Kinds: mostlyLong, ViewRate: 0.6, Spread: 0.6, LikeRate: 0.05,
	},
	{
		Account: sandbox.Account{Handle: "", Name: "Jo without a channel", Unreadable: noChannel,
			Why: "A Google account without a channel."},
		Since: sandbox.Begin,
	},
	{
		Account: sandbox.Account{Handle: "hush", Name: "Hush", Kind: sandbox.KindCreator, Hidden: true, Country: "JP",
			Why: "A channel that hides its subscribers."},
		Since: sandbox.Begin, Base: 15000, Daily: 6, Jump: 100, First: date(2025, 1, 1), Every: 168 * time.Hour,
		Kinds: mixed, ViewRate: 0.5, Spread: 0.6, LikeRate: 0.03,
	},
	{
		Account: sandbox.Account{
			Handle:   "worldtunes",
			Name:     "World Tunes",
			Kind:     sandbox.KindCreator,
			Country:  "IN",
			Verified: true,
			Why:      "A giant: counts above 2^31.",
		},
		Since: sandbox.Begin, Base: 180e6, Daily: 42e3, Jump: 1e6, First: date(2025, 1, 1), Every: 48 * time.Hour,
		Kinds: mixed, ViewRate: 3.5, Spread: 1, LikeRate: 0.02,
	},
	{
		Account: sandbox.Account{
			Handle: "freshstart",
			Name:   "Fresh Start",
			Kind:   sandbox.KindCreator,
			Why:    "A channel without uploads.",
		},
		Since: sandbox.Begin, Base: 2,
	},
}

// traits: rounded followers, removed videos that leave a trace, and lives that are announced.
var traits = sandbox.Traits{
	ExternalID: func(key uint64) string {
		var b [16]byte
		binary.BigEndian.PutUint64(b[:], sandbox.Draw(key, 1))
		binary.BigEndian.PutUint64(b[8:], sandbox.Draw(key, 2))
		return "UC" + base64.RawURLEncoding.EncodeToString(b[:])
	},
	CodePrefix: "4/0A", AccessPrefix: "ya29.a0", RefreshPrefix: "1//0",
	RoundedFollowers: true, Tombstones: true, AnnouncesLives: true,
}

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
