package ui

import (
	"math"
	"strconv"
)

// Bullet is a small drawing of a ratio to what is usual: the band of the middle half, a line at the usual, and a dot.
// The three are ratios; the drawing reaches from a quarter to four times the usual.
type Bullet struct {
	Ratio, Q25, Q75 float64
}

// The size of a bullet, and how far its ends lie from its edges.
const (
	bulletWidth = 72
	bulletInset = 5
)

// x is where a ratio lies: twice as much is as far from the usual as half as much.
func (b Bullet) x(ratio float64) float64 {
	const widest = 2 // powers of two on each side
	at := math.Min(math.Max(math.Log2(math.Max(ratio, 0.001)), -widest), widest)
	return bulletWidth/2 + at/widest*(bulletWidth/2-bulletInset)
}

func px(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// tone is where the dot lies: above the middle half, below it, or inside.
func (b Bullet) tone() string {
	switch {
	case b.Ratio > b.Q75:
		return "p-above"
	case b.Ratio < b.Q25:
		return "p-below"
	default:
		return ""
	}
}
