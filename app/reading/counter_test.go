package reading_test

import (
	"strings"
	"testing"

	"github.com/truecount/truecount/app/reading"
)

// Every counter has a word of its own, and the contract's order of what is missing is kept.
func TestCounters(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range reading.All() {
		if again, ok := reading.Parse(c.String()); !ok || again != c || seen[c.String()] {
			t.Errorf("counter %d: got %q, want a word that leads back to it alone", c, c)
		}
		seen[c.String()] = true
	}
	if _, ok := reading.Parse("followers"); ok {
		t.Error("got a counter followers, want it to be none of a post")
	}
	if got, want := strings.Join(reading.Missable(), " "), "followers likes comments views reach saves shares"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
