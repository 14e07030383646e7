package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// bar shows on a terminal how far a batch has come. On anything else it shows nothing.
type bar struct {
	out   io.Writer // nil: no terminal
	began time.Time
	shown int // width of what stands there
}

// barOn makes a bar for a writer.
func barOn(w io.Writer, now time.Time) *bar {
	b := &bar{began: now}
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			b.out = w
		}
	}
	return b
}

// draw puts the bar in place of the one that stands there.
func (b *bar) draw(p progress, now time.Time) {
	if b.out == nil {
		return
	}
	line := p.line(now.Sub(b.began))
	_, _ = fmt.Fprintf(b.out, "\r%s%s", line, strings.Repeat(" ", max(0, b.shown-len(line))))
	b.shown = len(line)
}

// clear takes it away, so that a line can be printed.
func (b *bar) clear() {
	if b.out == nil || b.shown == 0 {
		return
	}
	_, _ = fmt.Fprintf(b.out, "\r%s\r", strings.Repeat(" ", b.shown))
	b.shown = 0
}

// progress is how far a batch has come.
type progress struct{ all, ended, failed, waiting int }

const barWidth = 24

// line writes it after some time: counts, how many a second, and how long the rest will take at that rate.
func (p progress) line(took time.Duration) string {
	done := 0
	if p.all > 0 {
		done = barWidth * p.ended / p.all
	}
	s := fmt.Sprintf("[%s%s] %d/%d", strings.Repeat("#", done), strings.Repeat(".", barWidth-done), p.ended, p.all)
	if rate := float64(p.ended) / took.Seconds(); p.ended > 0 && took > 0 {
		s += fmt.Sprintf("  %.1f/s", rate)
		if open := p.all - p.ended - p.waiting; open > 0 {
			s += "  " + (time.Duration(float64(open)/rate) * time.Second).String() + " left"
		}
	}
	if p.failed > 0 {
		s += fmt.Sprintf("  %d failed", p.failed)
	}
	if p.waiting > 0 {
		s += fmt.Sprintf("  %d waiting", p.waiting)
	}
	return s
}
