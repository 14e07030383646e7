package sandbox

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"
)

// Traits is what the world itself must know of a platform: what its ids, codes and tokens look like, and which
// counters its posts have. A function that is nil is the world's own.
type Traits struct {
	// ExternalID makes an account's id of its key; Draw gives numbers that depend on the key.
	ExternalID func(key uint64) string
	// AltID makes a second id; nil: the platform has one id.
	AltID func(key uint64) string
	// PostID makes a post's id of its number, so that any id is found without a table; FindPost undoes it, and
	// reports false for what cannot be an id.
	PostID   func(seed uint64, n PostNumber, at time.Time) string
	FindPost func(seed uint64, id string) (PostNumber, bool)

	CodePrefix, AccessPrefix, RefreshPrefix string        // what codes and tokens begin with
	TokenSuffix                             string        // what codes and tokens end in
	CodeLife                                time.Duration // how long a code may wait; 0: ten minutes

	HexPKCE          bool // a challenge may be hex as well as base64url
	RoundedFollowers bool // followers are told with three significant figures
	Tombstones       bool // a removed post leaves a trace in the list
	Insights         bool // posts have reach and saves, late or never for some
	Shares           bool // posts have a share counter
	AnnouncesLives   bool // a scheduled live is listed before it starts
	ShortVideos      bool // videos take seconds, not minutes
}

// PostNumber is a post's place in the world: which account, which of its posts, and which part of a carousel,
// counted from 1; part 0 is the post itself.
type PostNumber struct{ Account, Index, Part uint64 }

// whole fills in what a fake leaves to the world.
func (t Traits) whole() Traits {
	if t.ExternalID == nil {
		t.ExternalID = func(key uint64) string { return fmt.Sprintf("%016x", Draw(key, 1)) }
	}
	if t.PostID == nil || t.FindPost == nil {
		t.PostID, t.FindPost = ownPostID, ownFindPost
	}
	if t.CodeLife == 0 {
		t.CodeLife = 10 * time.Minute
	}
	return t
}

func ownPostID(seed uint64, n PostNumber, _ time.Time) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], mix(n.Account<<32|n.Part<<26|n.Index)^mix(seed))
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func ownFindPost(seed uint64, id string) (PostNumber, bool) {
	b, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || len(b) != 8 {
		return PostNumber{}, false
	}
	x := unmix(binary.BigEndian.Uint64(b) ^ mix(seed))
	return PostNumber{Account: x >> 32, Index: x & (1<<26 - 1), Part: x >> 26 & 63}, true
}

const (
	mask48 = 1<<48 - 1
	odd48  = 0x2545f4914f6cdd1d
	odd32  = 0x9e3779b1
)

// Scramble48 hides a number of 48 bits behind another one that depends on the seed.
func Scramble48(x, seed uint64) uint64 {
	x = (x ^ mix(seed)) & mask48
	x = x * odd48 & mask48
	x ^= x >> 24
	return x * odd48 & mask48
}

// Unscramble48 undoes Scramble48.
func Unscramble48(x, seed uint64) uint64 {
	inv := oddInverse(odd48)
	x = x * inv & mask48
	x ^= x >> 24
	x = x * inv & mask48
	return (x ^ mix(seed)) & mask48
}

// Scramble32 hides a number of 32 bits behind another one that depends on the seed.
func Scramble32(x uint32, seed uint64) uint32 {
	x = (x ^ uint32(mix(seed))) * odd32
	return (x ^ x>>16) * odd32
}

// Unscramble32 undoes Scramble32.
func Unscramble32(x uint32, seed uint64) uint32 {
	inv := uint32(oddInverse(odd32))
	x *= inv
	x = (x ^ x>>16) * inv
	return x ^ uint32(mix(seed))
}
