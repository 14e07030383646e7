package causes_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/numbers/causes"
)

func to[T any](v T) *T { return &v }

// What the facts support comes first, and what they speak against is not named.
func TestFind(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 30, 3, 5, 0, 0, time.UTC)
	change := causes.Change{Day: at, What: "A view counts from the first frame."}
	for _, c := range []struct {
		name  string
		typed string
		facts causes.Facts
		want  string // the kinds, in order
		says  string
	}{
		{"the same", "12345", causes.Facts{Value: 12345}, "same", "the same"},
		{"the same, rounded", "12.3K", causes.Facts{Value: 12345}, "same", "rounded"},
		{"the same, cut", "12.3K", causes.Facts{Value: 12399}, "same", "rounded"},
		{"the same, and nothing else is a reason", "12.3K", causes.Facts{Value: 12345, Stale: true, AsOf: &at}, "same", ""},
		{"one more is not the same", "12346", causes.Facts{Value: 12345}, "", ""},
		{"an app that counts on", "12 400", causes.Facts{Value: 12345, AsOf: &at, Running: true}, "delay", "30 Nov 2026, 03:05 UTC"},
		{
			"a platform that rounds", "12345",
			causes.Facts{Value: 12300, AsOf: &at, Running: true, Parts: []causes.Part{{Platform: "P", Digits: 3}}},
			"rounding delay", "exactly",
		},
		{
			"a platform that rounds, farther off", "12900",
			causes.Facts{Value: 12300, AsOf: &at, Running: true, Parts: []causes.Part{{Platform: "P", Digits: 3}}},
			"delay rounding", "",
		},
		{
			"rounding is no reason for so much", "15000",
			causes.Facts{Value: 12300, AsOf: &at, Running: true, Parts: []causes.Part{{Platform: "P", Digits: 3}}},
			"delay", "",
		},
		{
			"another number altogether", "30000",
			causes.Facts{Value: 12300, AsOf: &at, Running: true, Parts: []causes.Part{{Platform: "P", Digits: 3}}},
			"other delay", "far apart",
		},
		{
			"one of the accounts", "4.0K",
			causes.Facts{Value: 10000, Parts: []causes.Part{{Name: "A", Value: to(6000.0)}, {Name: "B", Value: to(4012.0)}}},
			"accounts", "B alone",
		},
		{
			"less than all accounts", "5000",
			causes.Facts{Value: 10000, Parts: []causes.Part{{Name: "A", Value: to(6000.0)}, {Name: "B", Value: to(4000.0)}}},
			"accounts", "2 accounts",
		},
		{
			"a late sync before everything", "5100",
			causes.Facts{
				Value: 5000, Flow: true, Days: 30, Covered: 29, Stale: true, AsOf: &at, Final: to(0.97),
				Changes: []causes.Change{change},
			},
			"delay final days definition", "97%",
		},
		{
			"late figures", "5100",
			causes.Facts{Value: 5000, AsOf: &at, Parts: []causes.Part{{Platform: "P", Delay: 48 * time.Hour, AdsOut: true}}},
			"delay paid", "two days late",
		},
		{"another definition", "5100", causes.Facts{Value: 5000, Changes: []causes.Change{change}}, "definition", "first frame"},
		{"deleted posts", "4900", causes.Facts{Value: 5000, Gone: 3}, "posts", "3 posts were deleted"},
		{"private posts", "5100", causes.Facts{Value: 5000, Hidden: 1, Gone: 2}, "posts posts", "1 post is private"},
		{"private posts are no reason for less", "4900", causes.Facts{Value: 5000, Hidden: 1}, "", ""},
		{
			"public posts only", "5100", causes.Facts{Value: 5000, Parts: []causes.Part{{Platform: "P", PublicOnly: true}}},
			"posts", "public posts only",
		},
		{
			"a week of another zone", "5100",
			causes.Facts{Value: 5000, Flow: true, Days: 7, Covered: 7, Zone: "Asia/Tokyo", Parts: []causes.Part{{Platform: "P", Zone: "Etc/UTC", AdsOut: true}}},
			"zone paid", "Etc/UTC",
		},
		{
			"a quarter of another zone", "5100",
			causes.Facts{Value: 5000, Flow: true, Days: 90, Covered: 90, Zone: "Asia/Tokyo", Parts: []causes.Part{{Platform: "P", Zone: "Etc/UTC", AdsOut: true}}},
			"paid zone", "",
		},
		{
			"a count has no days", "5100",
			causes.Facts{Value: 5000, Zone: "Asia/Tokyo", Days: 7, Parts: []causes.Part{{Platform: "P", Zone: "Etc/UTC"}}}, "", "",
		},
		{"ads count here", "4900", causes.Facts{Value: 5000, Parts: []causes.Part{{Platform: "P", AdsIn: true}}}, "paid", "leave them out"},
		{"ads that count here are no reason for more", "5100", causes.Facts{Value: 5000, Parts: []causes.Part{{AdsIn: true}}}, "", ""},
		{"the total so far", "900K", causes.Facts{Value: 5000, Flow: true, Days: 30, Covered: 29}, "period days", "another period"},
		{"nothing here", "10", causes.Facts{Value: 0, Flow: true, Days: 1, Covered: 1}, "period", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.facts.Whole = true
			s, ok := causes.Read(c.typed, true)
			if !ok {
				t.Fatalf("%q: got nothing", c.typed)
			}
			found := causes.Find(s, c.facts)
			var kinds, texts []string
			for _, one := range found {
				kinds, texts = append(kinds, string(one.Kind)), append(texts, one.Text.String())
			}
			if got := strings.Join(kinds, " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if !slices.ContainsFunc(append(texts, ""), func(s string) bool { return strings.Contains(s, c.says) }) {
				t.Errorf("got %q, want %q in one of them", texts, c.says)
			}
		})
	}
	if got := causes.Find(causes.Shown{Value: 5.3, Step: 0.1}, causes.Facts{Value: 5.31}); len(got) != 1 || got[0].Kind != causes.KindSame {
		t.Errorf("a rate: got %v, want it the same", got)
	}
	if got := causes.Find(causes.Shown{Value: 5.4, Step: 0.1}, causes.Facts{Value: 5.31}); len(got) != 0 {
		t.Errorf("another rate: got %v, want no reason", got)
	}
}
