package process

import (
	"math"
	"testing"
)

// The memory limit leaves room for twice what lives and 64 MiB, is never below 144 MiB, and does not overflow.
func TestMemoryLimitOfWhatLives(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	for live, want := range map[uint64]int64{0: 144 * mb, 40 * mb: 144 * mb, 41 * mb: 146 * mb, 100 * mb: 264 * mb, 1 << 30: 2112 * mb} {
		if got := memoryLimit(live); got != want {
			t.Errorf("%d MiB live: got %d MiB, want %d", live/mb, got/mb, want/mb)
		}
	}
	if got := memoryLimit(math.MaxUint64); got <= 1<<40 {
		t.Errorf("got %d, want no overflow", got)
	}
}
