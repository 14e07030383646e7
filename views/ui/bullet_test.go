package ui

import "testing"

// Twice the usual lies as far to the right as half of it to the left, and what is off the scale stays on the edge.
func TestBullet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ratio, q25, q75 float64
		x, tone         string
	}{
		{1, 0.8, 1.2, "36.0", ""}, {2, 0.8, 1.2, "51.5", "p-above"}, {0.5, 0.8, 1.2, "20.5", "p-below"},
		{4, 0.8, 1.2, "67.0", "p-above"}, {40, 0.8, 1.2, "67.0", "p-above"}, {0, 0.8, 1.2, "5.0", "p-below"},
		{1.2, 0.8, 1.2, "40.1", ""}, {0.8, 0.8, 1.2, "31.0", ""},
	} {
		b := Bullet{Ratio: c.ratio, Q25: c.q25, Q75: c.q75}
		if got := px(b.x(c.ratio)); got != c.x || b.tone() != c.tone {
			t.Errorf("%v: got %s and %q, want %s and %q", c.ratio, got, b.tone(), c.x, c.tone)
		}
	}
}
