package words_test

import (
	"math"
	"testing"
	"time"

	"github.com/truecount/truecount/app/words"
)

func TestCounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n              int64
		compact, exact string
	}{
		{0, "0", "0"},
		{7, "7", "7"},
		{-7, "−7", "−7"},
		{999, "999", "999"},
		{1000, "1,000", "1,000"},
		{9999, "9,999", "9,999"},
		{-9999, "−9,999", "−9,999"},
		{10_000, "10.0K", "10,000"},
		{328_412, "328.4K", "328,412"},
		{-328_412, "−328.4K", "−328,412"},
		{999_949, "999.9K", "999,949"},
		{999_950, "1.00M", "999,950"},
		{1_920_411, "1.92M", "1,920,411"},
		{999_994_999, "999.99M", "999,994,999"},
		{999_995_000, "1.00B", "999,995,000"},
		{2_147_483_649, "2.15B", "2,147,483,649"},
		{math.MaxInt64, "9223372036.85B", "9,223,372,036,854,775,807"},
		{math.MinInt64, "−9223372036.85B", "−9,223,372,036,854,775,808"},
	} {
		if got := words.English.Compact(c.n); got != c.compact {
			t.Errorf("Compact(%d): got %q, want %q", c.n, got, c.compact)
		}
		if got := words.English.Exact(c.n); got != c.exact {
			t.Errorf("Exact(%d): got %q, want %q", c.n, got, c.exact)
		}
	}
}

func TestPercentagesAndChanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ got, want string }{
		{words.English.Percent(5.31, 1), "5.3%"},
		{words.English.Percent(5.314, 2), "5.31%"},
		{words.English.Percent(0, 1), "0.0%"},
		{words.English.Percent(-0.001, 1), "0.0%"},
		{words.English.SignedPercent(4.2, 1), "+4.2%"},
		{words.English.SignedPoints(-0.4, 1), "−0.4 pt"},
		{words.English.SignedPercent(0, 1), "0.0%"},
		{words.English.SignedPercent(0.01, 1), "0.0%"},
		{words.English.SignedPercent(-0.01, 1), "0.0%"},
		{words.English.SignedCount(1204), "+1,204"},
		{words.English.SignedCount(-12), "−12"},
		{words.English.SignedCount(0), "0"},
		{words.English.SignedCount(12_345), "+12.3K"},
		{words.English.Days(1), "1 day"},
		{words.English.Days(2310), "2,310 days"},
		{words.English.List([]string{"A"}), "A"},
		{words.English.List([]string{"A", "B"}), "A and B"},
		{words.English.List([]string{"A", "B", "C", "D"}), "A, B, C and D"},
		{words.English.CompactFloat(9999.6), "10.0K"},
		{words.English.CompactFloat(math.NaN()), "0"},
		{words.English.ExactFloat(1e30), "9,223,372,036,854,775,807"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	berlin := time.FixedZone("CET", 3600)
	for _, c := range []struct {
		ago  time.Duration
		want string
	}{
		{0, "just now"},
		{44 * time.Second, "just now"},
		{46 * time.Second, "1 min ago"},
		{12 * time.Minute, "12 min ago"},
		{59 * time.Minute, "59 min ago"},
		{59*time.Minute + 40*time.Second, "1 h ago"},
		{5 * time.Hour, "5 h ago"},
		{23*time.Hour + 40*time.Minute, "1 day ago"},
		{3 * 24 * time.Hour, "3 days ago"},
		{8 * 24 * time.Hour, "16 Nov"},
		{400 * 24 * time.Hour, "20 Oct 2025"},
		{-30 * time.Second, "in a moment"},
		{-12 * time.Minute, "in 12 min"},
		{-5 * time.Hour, "in 5 h"},
		{-2 * 24 * time.Hour, "in 2 days"},
		{-50 * 24 * time.Hour, "13 Jan 2027"},
	} {
		if got := words.English.Ago(now.Add(-c.ago), now, time.UTC); got != c.want {
			t.Errorf("Ago(%s): got %q, want %q", c.ago, got, c.want)
		}
	}
	late := time.Date(2026, 11, 24, 23, 30, 5, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{words.English.Day(late, now, berlin), "25 Nov"},
		{words.English.Stamp(late, berlin), "25 Nov 2026, 00:30:05 CET"},
		{words.English.Stamp(late, nil), "24 Nov 2026, 23:30:05 UTC"},
		{words.English.Minute(late, berlin), "25 Nov 2026, 00:30 CET"},
		{words.English.InZone(berlin).Stamp(late, nil), "25 Nov 2026, 00:30:05 CET"},
		{words.English.InZone(berlin).Stamp(late, time.UTC), "24 Nov 2026, 23:30:05 UTC"},
		{words.English.InZone(berlin).Text(words.At(late, now, nil)), "on 25 Nov at 00:30 CET"},
		{words.English.InZone(berlin).Text(words.At(late, now, time.UTC)), "on 24 Nov at 23:30 UTC"},
		{words.English.Text(words.At(late, now, nil)), "on 24 Nov at 23:30 UTC"},
		{words.English.Clock(late, now, time.UTC), "23:30 UTC"},
		{words.English.Clock(late, now, berlin), "25 Nov 00:30 CET"},
		{words.English.Range(day(2026, 10, 25), day(2026, 11, 23)), "25 Oct – 23 Nov 2026"},
		{words.English.Range(day(2025, 11, 25), day(2026, 11, 23)), "25 Nov 2025 – 23 Nov 2026"},
		{words.English.Range(day(2026, 11, 1), day(2026, 11, 30)), "1–30 Nov 2026"},
		{words.English.Range(day(2026, 11, 23), day(2026, 11, 23)), "23 Nov 2026"},
		{words.English.Length(800 * time.Millisecond), "0.8 s"},
		{words.English.Length(-time.Second), "0.0 s"},
		{words.English.Length(45 * time.Second), "45 s"},
		{words.English.Length(59700 * time.Millisecond), "1 min"},
		{words.English.Length(125 * time.Second), "2 min 5 s"},
		{words.English.Length(70 * time.Minute), "1 h 10 min"},
		{words.English.Length(2 * time.Hour), "2 h"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
