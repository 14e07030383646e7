package sandbox

import "math"

// mix spreads the bits of x over all 64 and can be undone; the constants are those of SplitMix64
// (https://prng.di.unimi.it/splitmix64.c, seen 2026-11-24).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// unmix undoes mix.
func unmix(x uint64) uint64 {
	x ^= x>>31 ^ x>>62
	x *= oddInverse(0x94d049bb133111eb)
	x ^= x>>27 ^ x>>54
	x *= oddInverse(0xbf58476d1ce4e5b9)
	return x ^ x>>30 ^ x>>60
}

// oddInverse is the factor that undoes a multiplication by odd a modulo 2^64 (Newton's steps).
func oddInverse(a uint64) uint64 {
	x := a
	for range 6 {
		x *= 2 - a*x
	}
	return x
}

// Draw is a number that depends on key and on what it is drawn for.
func Draw(key uint64, what uint64) uint64 {
	return mix(key + 0x9e3779b97f4a7c15*(what+1))
}

// unit is a draw between 0 and 1.
func unit(key, what uint64) float64 {
	return float64(Draw(key, what)>>11) / (1 << 53)
}

// bell is a draw around 0 with spread 1, between about -3.5 and 3.5.
func bell(key, what uint64) float64 {
	h := Draw(key, what)
	sum := float64(h&0xffff) + float64(h>>16&0xffff) + float64(h>>32&0xffff) + float64(h>>48)
	return (sum/0xffff - 2) * math.Sqrt(3)
}

// pick is a draw below n.
func pick(key, what uint64, n int) int { return int(Draw(key, what) % uint64(n)) }

// hashWord hashes a word into a key (FNV-1a, then mixed).
func hashWord(s string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return mix(h)
}
