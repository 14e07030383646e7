package sandbox

import (
	"math"
	"time"
)

const (
	day       = 24 * time.Hour
	jumpEvery = 45 * day
)

// accountModel is an account of the world: who it is, how it grows, and the key that everything about it is drawn from.
type accountModel struct {
	Seed
	no   uint64
	key  uint64
	memo *totals
}

// followers is the exact number at a time: steady growth that rises and falls with the weekday and
// the hour, plus a few jumps. It never falls: the swings together stay below the steady part.
func (l *accountModel) followers(at time.Time) float64 {
	age := at.Truncate(time.Hour).Sub(l.Since)
	if age < 0 {
		return l.Base
	}
	d := age.Hours() / 24
	const week, hour, noise = 0.35, 0.25, 0.3
	turn := 2 * math.Pi
	phase := turn * unit(l.key, 11)
	d += week * 7 / turn * (math.Cos(phase) - math.Cos(turn*d/7+phase))
	d += hour / turn * (1 - math.Cos(turn*d))
	whole, part := math.Modf(age.Hours() / 24)
	n := uint64(whole)
	a, b := unit(l.key, 1000+n), unit(l.key, 1001+n)
	d += noise * (a + (b-a)*part - unit(l.key, 1000))
	f := l.Base + l.Daily*d
	for k := range int(age/jumpEvery) + 1 {
		f += l.jumpAt(uint64(k), age)
	}
	return f
}

// jumpAt is what the k-th lucky moment has brought by now: most of it within three days.
func (l *accountModel) jumpAt(k uint64, age time.Duration) float64 {
	if unit(l.key, 200000+k) < 0.3 {
		return 0
	}
	begin := time.Duration(k)*jumpEvery + time.Duration(unit(l.key, 300000+k)*float64(jumpEvery))
	if age <= begin {
		return 0
	}
	size := l.Jump * (0.3 + 1.4*unit(l.key, 400000+k))
	return size * (1 - math.Exp(-(age-begin).Hours()/36))
}

// ripening is how much of its views a post has at an age: a fast rise in the first days, then a long slow tail.
func ripening(age time.Duration) float64 {
	if age <= 0 {
		return 0
	}
	h := age.Hours()
	return 0.75*(1-math.Exp(-h/30)) + 0.07*math.Log1p(h/24)
}

// ThreeFigures rounds down to three significant figures, as YouTube tells subscribers
// (https://developers.google.com/youtube/v3/docs/channels, seen 2026-11).
func ThreeFigures(n int64) int64 {
	step := int64(1)
	for n/step >= 1000 {
		step *= 10
	}
	return n / step * step
}
