package ui

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/app/words"
)

// Dot is one day of a line; a nil value is a day without one and stays a gap.
type Dot struct {
	Day   time.Time
	Value *float64
}

// Line is one series. Key picks its colour and dashes: a platform's id, or empty for the accent.
type Line struct {
	Key    string
	Label  string
	Points []Dot
}

// LineChart is a chart and its text equivalent.
type LineChart struct {
	ID      string // unique on the page
	Title   string // what it shows
	Finding string // what one sees in it, one sentence
	Percent bool
	From    time.Time // first day of the axis
	To      time.Time // last day
	Lines   []Line
	Breaks  []Break
	Empty   string // why there is nothing to draw; a sentence of ours when empty
}

// Break is a day from which numbers mean something else: no line is drawn across it.
type Break struct {
	Day  time.Time
	What string // one sentence
}

// few reports that there are not two points in any line, so that nothing can be joined.
func (c LineChart) few() bool {
	for _, l := range c.Lines {
		if known(l.Points) > 1 {
			return false
		}
	}
	return true
}

func (c LineChart) blank() bool {
	for _, l := range c.Lines {
		if known(l.Points) > 0 {
			return false
		}
	}
	return true
}

func known(dots []Dot) int {
	n := 0
	for _, d := range dots {
		if d.Value != nil {
			n++
		}
	}
	return n
}

func (c LineChart) writeExact(w words.Printer, v float64) string {
	if c.Percent {
		return w.Percent(v, 2)
	}
	return w.ExactFloat(v)
}

// chartRow is one day of the table behind the chart.
type chartRow struct {
	day    time.Time
	values []*float64
}

func (c LineChart) rows() []chartRow {
	at := map[int64]int{}
	var rows []chartRow
	for i, l := range c.Lines {
		for _, d := range l.Points {
			k := d.Day.Unix()
			j, ok := at[k]
			if !ok {
				j = len(rows)
				at[k] = j
				rows = append(rows, chartRow{day: d.Day, values: make([]*float64, len(c.Lines))})
			}
			rows[j].values[i] = d.Value
		}
	}
	slices.SortFunc(rows, func(a, b chartRow) int { return b.day.Compare(a.day) })
	return rows
}

// frame is a drawing surface: the same chart is drawn for wide and for narrow screens, so that
// letters keep their size.
type frame struct {
	width, height            float64
	left, right, top, bottom float64
	ticks                    int
	letters                  int // that fit beside the end of a line
}

var (
	wide   = frame{width: 760, height: 260, left: 48, right: 104, top: 12, bottom: 26, ticks: 6, letters: 13}
	narrow = frame{width: 340, height: 230, left: 44, right: 74, top: 12, bottom: 26, ticks: 3, letters: 9}
)

type axisMark struct {
	at   float64
	text string
}

type drawnLine struct {
	key, label string
	d          string   // the joined parts
	singles    []xy     // points with a gap on both sides
	end        xy       // the last known point
	hasEnd     bool     // there is one
	labelY     float64  // where its label stands
	last       *float64 // its value
}

type xy struct{ x, y float64 }

type drawing struct {
	frame
	rows    []axisMark
	days    []axisMark
	lines   []drawnLine
	breaks  []float64
	span    float64 // days between the first and the last
	clipped bool    // a label did not fit: the names are listed under the chart
}

// draw places everything; it computes, the template writes.
func (c LineChart) draw(w words.Printer, f frame) drawing {
	low, high := c.bounds()
	steps := niceSteps(low, high)
	low, high = steps[0], steps[len(steps)-1]
	out := drawing{frame: f, span: math.Max(1, c.To.Sub(c.From).Hours()/24)}
	x := func(t time.Time) float64 {
		return f.left + (f.width-f.left-f.right)*t.Sub(c.From).Hours()/24/out.span
	}
	y := func(v float64) float64 {
		return f.top + (f.height-f.top-f.bottom)*(high-v)/(high-low)
	}
	for _, s := range steps {
		out.rows = append(out.rows, axisMark{at: y(s), text: c.tick(w, s, steps[1]-steps[0])})
	}
	out.days = dayMarks(w, c.From, c.To, f.ticks, x)
	for _, b := range c.Breaks {
		out.breaks = append(out.breaks, x(b.Day))
	}
	for _, l := range c.Lines {
		dl := joined(l, c.Breaks, x, y)
		dl.label = text.Cut(l.Label, f.letters)
		out.clipped = out.clipped || dl.label != l.Label
		out.lines = append(out.lines, dl)
	}
	spread(out.lines, f.top+4, f.height-f.bottom)
	return out
}

func (c LineChart) bounds() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, l := range c.Lines {
		for _, d := range l.Points {
			if d.Value != nil {
				low, high = math.Min(low, *d.Value), math.Max(high, *d.Value)
			}
		}
	}
	if low > high {
		return 0, 1
	}
	pad := (high - low) * 0.08
	if pad == 0 {
		pad = math.Max(1, math.Abs(high)*0.05)
	}
	floor := low - pad
	if low >= 0 && (floor < 0 || low < (high-low)*0.5) {
		floor = 0
	}
	return floor, high + pad
}

// niceSteps gives four to six round values that hold low and high.
func niceSteps(low, high float64) []float64 {
	raw := (high - low) / 4
	pow := math.Pow(10, math.Floor(math.Log10(raw)))
	step := pow * 10
	for _, m := range []float64{1, 2, 2.5, 5} {
		if raw <= m*pow {
			step = m * pow
			break
		}
	}
	var steps []float64
	for i := math.Floor(low / step); ; i++ {
		steps = append(steps, i*step)
		if i*step >= high {
			return steps
		}
	}
}

func (c LineChart) tick(w words.Printer, v, step float64) string {
	switch {
	case c.Percent && step < 1:
		return w.Percent(v, 1)
	case c.Percent:
		return w.Percent(v, 0)
	case step < 1:
		return w.Decimal(v, 1)
	}
	m := math.Abs(v)
	for _, size := range []float64{1e9, 1e6, 1e3} {
		if m >= size && (m >= 10_000 || step >= 1000) {
			places := 0
			for p := step / size; places < 3 && math.Abs(p-math.Round(p)) > 1e-6; p *= 10 {
				places++
			}
			return w.Short(v, size, places)
		}
	}
	return w.ExactFloat(v)
}

func dayMarks(w words.Printer, from, to time.Time, most int, x func(time.Time) float64) []axisMark {
	days := int(math.Round(to.Sub(from).Hours() / 24))
	text := func(t time.Time) string {
		if days > 200 {
			return w.Month(t, t.Location())
		}
		return w.ShortDay(t, t.Location())
	}
	n := min(most, days+1)
	if n < 2 {
		return []axisMark{{at: x(from), text: text(from)}}
	}
	marks := make([]axisMark, n)
	for i := range n {
		t := from.AddDate(0, 0, int(math.Round(float64(days*i)/float64(n-1))))
		marks[i] = axisMark{at: x(t), text: text(t)}
	}
	return marks
}

// joined joins neighbouring days and leaves a gap wherever a day is missing, and at every break.
func joined(l Line, breaks []Break, x func(time.Time) float64, y func(float64) float64) drawnLine {
	out := drawnLine{key: l.Key}
	dots := slices.Clone(l.Points)
	slices.SortFunc(dots, func(a, b Dot) int { return cmp.Compare(a.Day.Unix(), b.Day.Unix()) })
	var b strings.Builder
	var part []xy
	flush := func() {
		switch {
		case len(part) == 1:
			out.singles = append(out.singles, part[0])
		case len(part) > 1:
			for i, p := range part {
				if i == 0 {
					b.WriteByte('M')
				} else {
					b.WriteByte('L')
				}
				b.WriteString(num(p.x) + " " + num(p.y))
			}
		}
		part = nil
	}
	for i, d := range dots {
		if d.Value == nil || i > 0 &&
			(d.Day.Sub(dots[i-1].Day) > smallestStep(dots)*3/2 || crosses(breaks, dots[i-1].Day, d.Day)) {
			flush()
		}
		if d.Value == nil {
			continue
		}
		p := xy{x(d.Day), y(*d.Value)}
		part = append(part, p)
		out.end, out.hasEnd, out.last = p, true, d.Value
	}
	flush()
	out.d = b.String()
	return out
}

func crosses(breaks []Break, from, to time.Time) bool {
	return slices.ContainsFunc(breaks, func(b Break) bool { return from.Before(b.Day) && !to.Before(b.Day) })
}

// smallestStep is the smallest distance between two points of a line: a day, or a week for long spans.
func smallestStep(dots []Dot) time.Duration {
	least := time.Duration(math.MaxInt64 / 2)
	for i := 1; i < len(dots); i++ {
		if d := dots[i].Day.Sub(dots[i-1].Day); d > 0 && d < least {
			least = d
		}
	}
	return least
}

// spread moves labels apart so that none covers another.
func spread(lines []drawnLine, top, bottom float64) {
	const gap = 15
	order := make([]int, 0, len(lines))
	for i := range lines {
		lines[i].labelY = lines[i].end.y + 4
		if lines[i].hasEnd {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(lines[a].end.y, lines[b].end.y) })
	for k, i := range order {
		least := top
		if k > 0 {
			least = lines[order[k-1]].labelY + gap
		}
		lines[i].labelY = math.Max(lines[i].labelY, least)
	}
	most := bottom
	for k := len(order) - 1; k >= 0; k-- {
		lines[order[k]].labelY = math.Min(lines[order[k]].labelY, most)
		most = lines[order[k]].labelY - gap
	}
}

// anchor keeps the first and the last of n labels within the drawing.
func anchor(i, n int) string {
	switch i {
	case 0:
		return "start"
	case n - 1:
		return "end"
	default:
		return "middle"
	}
}

func num(v float64) string {
	s := strconv.FormatFloat(v, 'f', 1, 64)
	return strings.TrimSuffix(s, ".0")
}

func (f frame) viewBox() string { return "0 0 " + num(f.width) + " " + num(f.height) }

// lineClass gives the classes of a line: colour and dashes by key.
func lineClass(key string) string { return "p-line " + platformClass(key) }

// platformClass is the colour class of a platform's mark, line or dot.
func platformClass(key string) string {
	for _, r := range key {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return "p-of-other"
		}
	}
	if key == "" {
		return "p-of-other"
	}
	return "p-of-" + key
}

// spark places a sparkline in a box of 200 by 34.
func spark(dots []Dot) (d string, singles []xy) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range dots {
		if p.Value != nil {
			low, high = math.Min(low, *p.Value), math.Max(high, *p.Value)
		}
	}
	if low > high || len(dots) == 0 {
		return "", nil
	}
	from, to := dots[0].Day, dots[len(dots)-1].Day
	l := joined(Line{Points: dots}, nil,
		func(t time.Time) float64 {
			if !to.After(from) {
				return 100
			}
			return 3 + 194*t.Sub(from).Hours()/to.Sub(from).Hours()
		},
		func(v float64) float64 {
			if high == low {
				return 17
			}
			return 31 - 28*(v-low)/(high-low)
		})
	return l.d, l.singles
}
