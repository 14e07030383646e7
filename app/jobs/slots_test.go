package jobs

import (
	"context"
	"testing"
)

// J8: a platform that hangs keeps one slot of each other platform free, and no more are at work than was set.
func TestSlots(t *testing.T) {
	t.Parallel()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tc := range []struct{ workers, hung, others int }{{8, 6, 1}, {3, 1, 1}, {4, 2, 1}, {2, 2, 0}, {1, 1, 0}} {
		s := newSlots([]string{"instagram", "tiktok", "youtube"}, tc.workers)
		taken := 0
		var give func()
		for {
			back, err := s.take(over, "tiktok")
			if err != nil {
				break
			}
			taken, give = taken+1, back
			if taken > tc.workers {
				t.Fatalf("%d workers: got %d at work", tc.workers, taken)
			}
		}
		// A select between a free slot and an ended wait takes either: what is asked of it is the most.
		for taken < tc.hung {
			back, err := s.take(t.Context(), "tiktok")
			if err != nil {
				t.Fatal(err)
			}
			taken, give = taken+1, back
		}
		if s.most() != tc.hung {
			t.Errorf("%d workers: got at most %d of one platform, want %d", tc.workers, s.most(), tc.hung)
		}
		for _, other := range []string{"instagram", "youtube"} {
			for range tc.others {
				if _, err := s.take(t.Context(), other); err != nil {
					t.Errorf("%d workers: got %v for %s, want its own slot", tc.workers, err, other)
				}
			}
		}
		if _, err := s.take(over, "youtube"); err == nil {
			t.Errorf("%d workers: got one more, want all taken", tc.workers)
		}
		give()
		if back, err := s.take(t.Context(), "tiktok"); err != nil {
			t.Errorf("%d workers: got %v, want the slot that was given back", tc.workers, err)
		} else {
			back()
		}
	}
}
