package text_test

import (
	"testing"

	"github.com/truecount/truecount/app/text"
)

func TestCleanIsStorable(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"a\x00b": "ab", "a\xffb": "a\uFFFDb", "👩🏽‍🎨 שלום <b>": "👩🏽‍🎨 שלום <b>"} {
		if got := text.Clean(in); got != want || !text.Storable(got) {
			t.Errorf("%q: got %q, want %q, which can be stored", in, got, want)
		}
		if text.Storable(in) != (in == want) {
			t.Errorf("%q: got it storable %t, want %t", in, text.Storable(in), in == want)
		}
	}
}

func TestCutBytes(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "", 1: "a", 2: "a", 3: "aé", 4: "aéb", 9: "aéb"} {
		if got := text.CutBytes("aéb", n); got != want {
			t.Errorf("%d bytes: got %q, want %q", n, got, want)
		}
	}
}
