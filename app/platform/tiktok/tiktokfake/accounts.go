package tiktokfake

import (
	"fmt"
	"strconv"
	"time"

	"github.com/truecount/truecount/app/sandbox"
)

var mostlyVideos = [8]sandbox.PostKind{
	sandbox.PostVideo, sandbox.PostVideo, sandbox.PostVideo, sandbox.PostVideo, sandbox.PostVideo, sandbox.PostVideo,
	sandbox.PostVideo, sandbox.PostPhoto,
}

// accounts are who is there in every world; the first one is the demo creator's.
var accounts = []sandbox.Seed{
	{
		Account: sandbox.Account{
			Handle:    "minamakes",
			Name:      "Mina Makes",
			Bio:       sandbox.DemoBio,
			Kind:      sandbox.KindCreator,
			Following: 203,
			Why:       "The demo creator.",
		},
		Since: sandbox.Begin, Base: 41000, Daily: 54, Jump: 2000, First: date(2025, 1, 1), Every: 24 * time.Hour,
		Kinds: mostlyVideos, ViewRate: 0.28, Spread: 1.1, LikeRate: 0.085, MissingCounters: false,
	},
	{
		Account: sandbox.Account{
			Handle:    "nightbus.films",
			Name:      "Night Bus Films",
			Bio:       "one minute, one street",
			Kind:      sandbox.KindCreator,
			Following: 17,
			Verified:  true,
			Why:       "A second, ordinary account; counters are missing here and there.",
		},
		Since: sandbox.Begin, Base: 8800, Daily: 9, Jump: 300, First: date(2025, 2, 1), Every: 72 * time.Hour,
		Kinds: mostlyVideos, ViewRate: 0.5, Spread: 0.9, LikeRate: 0.07, MissingCounters: true,
	},
	{
		Account: sandbox.Account{Handle: "justlooking", Name: "just looking", Kind: sandbox.KindCreator, Following: 940,
			Why: "An account without posts."},
		Since: sandbox.Begin, Base: 4, Daily: 0.01,
	},
}

// traits: rotating refresh tokens, hex challenges, and post ids that hold a time.
var traits = sandbox.Traits{
	ExternalID: func(key uint64) string {
		a, b := sandbox.Draw(key, 1), sandbox.Draw(key, 2)
		return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", uint32(a), uint16(a>>32), a>>48&0xfff, b>>48&0xfff, b&(1<<48-1))
	},
	// The upper half of an id is a time, 3 to 82 s before the post's (seen 2026-11-23).
	PostID: func(seed uint64, n sandbox.PostNumber, at time.Time) string {
		low := sandbox.Scramble32(uint32(n.Account<<16|n.Index), seed)
		return strconv.FormatUint(uint64(at.Unix()-3-int64(n.Index%80))<<32|uint64(low), 10)
	},
	FindPost: func(seed uint64, id string) (sandbox.PostNumber, bool) {
		n, err := strconv.ParseUint(id, 10, 64)
		x := sandbox.Unscramble32(uint32(n), seed)
		return sandbox.PostNumber{Account: uint64(x >> 16), Index: uint64(x & 0xffff)}, err == nil
	},
	AccessPrefix: "act.", RefreshPrefix: "rft.", TokenSuffix: "*1!4608.va", HexPKCE: true, Shares: true, ShortVideos: true,
}

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
