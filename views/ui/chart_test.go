package ui_test

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"pgregory.net/rapid"

	"github.com/truecount/truecount/views/ui"
)

func markup(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func line(key string, values ...float64) ui.Line {
	l := ui.Line{Key: key, Label: key}
	for i, v := range values {
		d := ui.Dot{Day: day(2026, 11, i+1)}
		if !math.IsNaN(v) {
			d.Value = &v
		}
		l.Points = append(l.Points, d)
	}
	return l
}

func chartOf(lines ...ui.Line) ui.LineChart {
	return ui.LineChart{
		ID:      "c",
		Title:   "Followers",
		Finding: "They grew.",
		From:    day(2026, 11, 1),
		To:      day(2026, 11, 10),
		Lines:   lines,
	}
}

var gap = math.NaN()

func TestADayWithoutAValueStaysAGap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		values  []float64
		parts   int // joined runs of days
		singles int // days alone between gaps
	}{
		{"no gap", []float64{1, 2, 3, 4}, 1, 0},
		{"one gap", []float64{1, 2, gap, 3, 4}, 2, 0},
		{"a day alone", []float64{1, 2, gap, 3, gap, 4, 5}, 2, 1},
		{"gaps at the ends", []float64{gap, 1, 2, gap}, 1, 0},
		{"zero is a value", []float64{0, 0, 0}, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			wide, _, _ := strings.Cut(markup(t, ui.Chart(chartOf(line("tiktok", c.values...)))), "p-narrow")
			path := regexp.MustCompile(`<path class="p-line p-of-tiktok" d="([^"]*)"`).FindStringSubmatch(wide)
			if path == nil || strings.Count(path[1], "M") != c.parts {
				t.Errorf("path: got %v, want %d parts", path, c.parts)
			}
			if got := strings.Count(wide, `r="2.5"`); got != c.singles {
				t.Errorf("days alone: got %d, want %d", got, c.singles)
			}
		})
	}
}

func TestADayThatIsAbsentIsAGapToo(t *testing.T) {
	t.Parallel()
	l := line("youtube", 1, 2, 3, 4, 5)
	l.Points = append(l.Points[:2:2], l.Points[3:]...)
	out := markup(t, ui.Chart(chartOf(l)))
	path := regexp.MustCompile(`d="(M[^"]*)"`).FindStringSubmatch(out)
	if path == nil || strings.Count(path[1], "M") != 2 {
		t.Errorf("path: got %v, want 2 parts", path)
	}
}

func TestTooFewPointsAreDotsAndWords(t *testing.T) {
	t.Parallel()
	out := markup(t, ui.Chart(chartOf(line("instagram", gap, 7, gap))))
	if !strings.Contains(out, "needs 2 days") || strings.Contains(out, `class="p-line`) ||
		!strings.Contains(out, "<circle") {
		t.Errorf("one point: got %q, want a dot and the reason", out)
	}
	blank := chartOf(line("instagram", gap, gap))
	if out := markup(t, ui.Chart(blank)); !strings.Contains(out, "No numbers for this period yet.") ||
		strings.Contains(out, "<figure") {
		t.Errorf("no point: got %q, want a sentence only", out)
	}
	blank.Empty = "Views begin on the day of connecting."
	if out := markup(t, ui.Chart(blank)); !strings.Contains(out, blank.Empty) {
		t.Errorf("no point: got %q, want the given reason", out)
	}
}

// Whatever the values, labels keep apart, everything stays inside the drawing and the axis has round numbers.
func TestEveryDrawingIsLegible(t *testing.T) {
	t.Parallel()
	coordinate := regexp.MustCompile(` (?:y|cy|y1|y2)="([^"]*)"`)
	label := regexp.MustCompile(`class="p-end[^>]* y="([^"]*)"`)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(t, "lines")
		var lines []ui.Line
		for i := range n {
			size := rapid.Float64Range(0, 3e9).Draw(t, "size")
			values := rapid.SliceOfN(rapid.Float64Range(0, size), 2, 10).Draw(t, "values")
			lines = append(lines, line("l"+strconv.Itoa(i), values...))
		}
		var b strings.Builder
		if err := ui.Chart(chartOf(lines...)).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		out := b.String()
		if strings.Contains(out, "NaN") || strings.Contains(out, "Inf") {
			t.Fatalf("got a place that is no number: %s", out)
		}
		for _, m := range coordinate.FindAllStringSubmatch(out, -1) {
			if y, err := strconv.ParseFloat(m[1], 64); err != nil || y < 0 || y > 260 {
				t.Fatalf("y: got %q, want it inside the drawing", m[1])
			}
		}
		wide, _, _ := strings.Cut(out, "p-narrow")
		ys := label.FindAllStringSubmatch(wide, -1)
		for i := range ys {
			for j := range i {
				a, _ := strconv.ParseFloat(ys[i][1], 64)
				b, _ := strconv.ParseFloat(ys[j][1], 64)
				if math.Abs(a-b) < 14.8 {
					t.Fatalf("labels: got %g and %g, want 15 apart", a, b)
				}
			}
		}
		if got := strings.Count(wide, "p-rule"); got < 3 || got > 8 {
			t.Fatalf("grid lines: got %d, want 3 to 8", got)
		}
	})
}

func TestAxisIsRound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		low, high float64
		percent   bool
		want      []string
	}{
		{118_000, 147_000, false, []string{"110K", "120K", "130K", "140K", "150K"}},
		{42_000, 147_000, false, []string{"0", "50K", "100K", "150K", "200K"}},
		{1, 3, false, []string{"0", "1", "2", "3", "4"}},
		{1_200_000, 1_900_000, false, []string{"1.00M", "1.25M", "1.50M", "1.75M", "2.00M"}},
		{4.1, 6.2, true, []string{"3%", "4%", "5%", "6%", "7%"}},
	} {
		ch := chartOf(line("x", c.low, c.high))
		ch.Percent = c.percent
		wide, _, _ := strings.Cut(markup(t, ui.Chart(ch)), "p-narrow")
		var got []string
		for _, m := range regexp.MustCompile(`text-anchor="end">([0-9.KMB%]+)<`).FindAllStringSubmatch(wide, -1) {
			got = append(got, m[1])
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("axis of %g to %g: got %v, want %v", c.low, c.high, got, c.want)
		}
	}
}

func TestLongNamesAreListedUnderTheChart(t *testing.T) {
	t.Parallel()
	l := line("instagram", 1, 2)
	l.Label = "Instagram @a.very.long.handle"
	out := markup(t, ui.Chart(chartOf(l)))
	if !strings.Contains(out, "p-legend") || !strings.Contains(out, "…") {
		t.Errorf("got %q, want a clipped label and a list", out)
	}
	if out := markup(t, ui.Chart(chartOf(line("tiktok", 1, 2)))); strings.Contains(out, "p-legend") {
		t.Errorf("short names: got a list, want none")
	}
}

func TestSparklineOfAnything(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		values []float64
		want   string
	}{
		{"nothing", nil, ""},
		{"only gaps", []float64{gap, gap}, ""},
		{"flat", []float64{5, 5}, "M3 17L197 17"},
		{"rising", []float64{0, 10}, "M3 31L197 3"},
	} {
		out := markup(t, ui.Spark(line("", c.values...).Points))
		if got := strings.Contains(out, "<path"); got != (c.want != "") || !strings.Contains(out, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, out, c.want)
		}
	}
}

func TestHourStripShowsEveryPart(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	out := markup(t, ui.HourStrip([]ui.Bar{
		{Start: start, Good: 500, Failed: 1},
		{Start: start.Add(time.Hour), Partial: 2},
		{Start: start.Add(2 * time.Hour)},
	}, time.FixedZone("CET", 3600)))
	for _, want := range []string{"500 successful, 2 partial, 1 failed", "04:00 CET: 500 successful, 0 partial, 1 failed", "06:00 CET: no syncs"} {
		if !strings.Contains(out, want) {
			t.Errorf("got %q, want %q", out, want)
		}
	}
	for class, want := range map[string]int{"p-bar-ok": 1, "p-bar-err": 1, "p-bar-warn": 1, "p-bar-none": 1} {
		if got := strings.Count(out, class); got != want {
			t.Errorf("%s: got %d, want %d", class, got, want)
		}
	}
	if empty := markup(t, ui.HourStrip(make([]ui.Bar, 24), nil)); !strings.Contains(empty, "no syncs in 24 h") {
		t.Errorf("quiet day: got %q", empty)
	}
}

func TestPartsAreSafeAtTheirEdges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, got, want string }{
		{"meter", markup(t, ui.Meter(140, "share")), `value="100"`},
		{"bar", markup(t, ui.Behind(-3)), `width="0"`},
		{"mark", markup(t, ui.Mark(`x" onload="y`)), "p-of-other"},
		{"icon", markup(t, ui.Icon("no such icon")), "<circle"},
		{"retry", markup(t, ui.Failed("Posts did not load.", "The rest is fine.", "/dashboard")), `href="/dashboard"`},
		{"skeleton", markup(t, ui.Skeleton("Loading posts")), "Loading posts"},
		{"delta", markup(t, ui.Delta(0, "")), "no change"},
		{"missing", markup(t, ui.Missing("")), "Unknown"},
	} {
		if !strings.Contains(c.got, c.want) {
			t.Errorf("%s: got %q, want %q in it", c.name, c.got, c.want)
		}
	}
}
