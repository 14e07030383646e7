package words_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/truecount/truecount/app/words"
)

func TestSay(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	days := words.New("format.length.days", "Count", 3)
	for _, c := range []struct{ got, want string }{
		{words.English.Say("format.ago.now"), "just now"},
		{words.English.Say("format.length.days", "Count", 1), "1 day"},
		{words.English.Say("format.length.days", "Count", 12_345), "12,345 days"},
		{words.English.Say("format.ago.past", "Length", days), "3 days ago"},
		{words.English.Say("format.ago.past", "Length", words.Length(time.Hour)), "1 h ago"},
		{words.English.Say("format.date.range", "From", words.Day(now, now, nil), "To", words.Plain("later")), "24 Nov – later"},
		{words.Sentences(words.New("format.ago.now"), words.Text{}, days).String(), "just now 3 days"},
		{words.Dots(words.Text{}, days).String(), "3 days"},
		{words.Dots(words.Text{}).String(), ""},
		{words.Say(context.Background(), "format.list.last", "First", "A", "Last", words.Compact(12_345)), "A and 12.3K"},
		{words.Say(context.Background(), "format.list.last", "First", words.Names([]string{"A", "B"}), "Last", 4), "A and B and 4"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// A page never breaks for want of a word.
func TestWhatIsMissing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ got, want string }{
		{words.English.Say("format.no.such"), "format.no.such"},
		{words.English.Say("format.ago.past"), "Length ago"},
		{words.English.Say("format.ago.past", "Length"), "Length ago"},
		{words.English.Say("format.length.days", "Count", "many"), "many days"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	if got := words.Languages(); !slices.Contains(got, "en") {
		t.Errorf("got %v, want English among them", got)
	}
	for _, header := range []string{"", "en-GB,en;q=0.8", "tlh", "not a header;;;", "de-DE"} {
		if got := words.Match(header).Say("format.ago.now"); got == "" {
			t.Errorf("Match(%q): got no words", header)
		}
	}
	if got := words.In(words.With(context.Background(), words.Match("en"))).Language(); got != "en" {
		t.Errorf("got %q, want en", got)
	}
	if _, ok := words.For("xx"); ok {
		t.Error("got a printer of a language that is not there")
	}
}

func BenchmarkSay(b *testing.B) {
	ctx := words.With(context.Background(), words.English)
	b.Run("fixed", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			words.Say(ctx, "format.ago.now")
		}
	})
	b.Run("arguments", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			words.Say(ctx, "format.list.last", "First", "A", "Last", "B")
		}
	})
	b.Run("plural", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			words.Say(ctx, "format.length.days", "Count", i%500)
		}
	})
}
