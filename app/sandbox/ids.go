package sandbox

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"
)

// A trait is what the world itself must know of a platform: how ids and codes look there, and
// what counts how. Post ids hold account and index, scrambled, so that any id is found without a table.
type trait struct {
	externalID  func(key uint64) string
	altID       func(key uint64) string // nil: the platform has one id
	postID      func(seed uint64, account, index, child uint64, at time.Time) string
	findPost    func(seed uint64, id string) (account, index, child uint64, ok bool)
	codeHead    string
	accessHead  string
	refreshHead string // empty: the platform has no refresh tokens
	tail        string // of codes and tokens
	codeLife    time.Duration
	rounded     bool // followers are told with three significant figures
	hexPKCE     bool // a challenge may be hex as well as base64url
	tombstones  bool // a removed post leaves a trace in the list
	insights    bool // has reach and saves, late or never for some posts
	shares      bool // has a share counter
	ahead       bool // a scheduled live is listed before it starts
}

var traits = map[string]trait{
	"instagram": {
		externalID: func(k uint64) string { return fmt.Sprintf("178414%011d", draw(k, 1)%100000000000) },
		altID:      func(k uint64) string { return fmt.Sprintf("27%015d", draw(k, 2)%1000000000000000) },
		postID: func(seed, account, index, child uint64, _ time.Time) string {
			return strconv.FormatUint(mediaBase+scramble48(account<<24|child<<18|index, seed), 10)
		},
		findPost: func(seed uint64, id string) (uint64, uint64, uint64, bool) {
			n, err := strconv.ParseUint(id, 10, 64)
			if err != nil || n < mediaBase || n-mediaBase > mask48 {
				return 0, 0, 0, false
			}
			x := unscramble48(n-mediaBase, seed)
			return x >> 24, x & (1<<18 - 1), x >> 18 & 63, true
		},
		codeHead: "AQ", accessHead: "IGAA", codeLife: time.Hour, insights: true, shares: true,
	},
	"tiktok": {
		externalID: func(k uint64) string {
			a, b := draw(k, 1), draw(k, 2)
			return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", uint32(a), uint16(a>>32), a>>48&0xfff, b>>48&0xfff, b&mask48)
		},
		// The upper half of an id is a time, 3 to 82 s before the post's (tiktok.md 12, seen 2026-11-23).
		postID: func(seed, account, index, _ uint64, at time.Time) string {
			low := scramble32(uint32(account<<16|index), seed)
			return strconv.FormatUint(uint64(at.Unix()-3-int64(index%80))<<32|uint64(low), 10)
		},
		findPost: func(seed uint64, id string) (uint64, uint64, uint64, bool) {
			n, err := strconv.ParseUint(id, 10, 64)
			x := unscramble32(uint32(n), seed)
			return uint64(x >> 16), uint64(x & 0xffff), 0, err == nil
		},
		accessHead: "act.", refreshHead: "rft.", tail: "*1!4608.va", codeLife: 10 * time.Minute, hexPKCE: true, shares: true,
	},
	"youtube": {
		externalID: func(k uint64) string {
			var b [16]byte
			binary.BigEndian.PutUint64(b[:], draw(k, 1))
			binary.BigEndian.PutUint64(b[8:], draw(k, 2))
			return "UC" + base64.RawURLEncoding.EncodeToString(b[:])
		},
		postID: func(seed, account, index, _ uint64, _ time.Time) string {
			var b [8]byte
			binary.BigEndian.PutUint64(b[:], mix(account<<32|index)^mix(seed))
			return base64.RawURLEncoding.EncodeToString(b[:])
		},
		findPost: func(seed uint64, id string) (uint64, uint64, uint64, bool) {
			b, err := base64.RawURLEncoding.DecodeString(id)
			if err != nil || len(b) != 8 {
				return 0, 0, 0, false
			}
			x := unmix(binary.BigEndian.Uint64(b) ^ mix(seed))
			return x >> 32, x & 0xffffffff, 0, true
		},
		codeHead: "4/0A", accessHead: "ya29.a0", refreshHead: "1//0", codeLife: 10 * time.Minute, rounded: true, tombstones: true, ahead: true,
	},
}

const (
	mask48    = 1<<48 - 1
	mediaBase = 17800000000000000 // media ids are 17 digits that begin with 178 to 180
	odd48     = 0x2545f4914f6cdd1d
	odd32     = 0x9e3779b1
)

func scramble48(x, seed uint64) uint64 {
	x = (x ^ mix(seed)) & mask48
	x = x * odd48 & mask48
	x ^= x >> 24
	return x * odd48 & mask48
}

func unscramble48(x, seed uint64) uint64 {
	inv := oddInverse(odd48)
	x = x * inv & mask48
	x ^= x >> 24
	x = x * inv & mask48
	return (x ^ mix(seed)) & mask48
}

func scramble32(x uint32, seed uint64) uint32 {
	x = (x ^ uint32(mix(seed))) * odd32
	return (x ^ x>>16) * odd32
}

func unscramble32(x uint32, seed uint64) uint32 {
	inv := uint32(oddInverse(odd32))
	x *= inv
	x = (x ^ x>>16) * inv
	return x ^ uint32(mix(seed))
}
