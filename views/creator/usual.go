package creator

import (
	"github.com/truecount/truecount/app/analytics"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/posts"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/ui"
)

// hasUsual reports that a table has a column for how posts did against the usual: not when the terms of every post's
// platform forbid it.
func hasUsual(rows []analytics.Post) bool {
	for _, r := range rows {
		if r.Usual != nil && shownUsual(r.Usual) {
			return true
		}
	}
	return false
}

// shownUsual reports that something is said about a comparison: where the terms forbid it, nothing is.
func shownUsual(u *posts.VsUsual) bool {
	return u != nil && (u.Ratio.Reason == nil || u.Ratio.Reason.Code != numbers.ReasonPlatformTerms)
}

// bullet is the drawing of a comparison that there is.
func bullet(u *posts.VsUsual) ui.Bullet {
	return ui.Bullet{Ratio: *u.Ratio.Value, Q25: *u.Q25 / *u.Median, Q75: *u.Q75 / *u.Median}
}

// times writes a ratio: "2.4×".
func times(w words.Printer, ratio float64) string {
	return w.Say("creator.usual.times", "Ratio", w.Decimal(ratio, 1))
}

// usualWhy is why a post has no comparison.
func usualWhy(w words.Printer, u *posts.VsUsual) string {
	if u == nil {
		return w.Say("creator.usual.none")
	}
	return reasonText(w, u.Ratio.Reason)
}

// weekdays are the catalogue's names, Monday first.
var weekdays = [7]string{
	"creator.weekday.monday", "creator.weekday.tuesday", "creator.weekday.wednesday", "creator.weekday.thursday",
	"creator.weekday.friday", "creator.weekday.saturday", "creator.weekday.sunday",
}

// slotHead is the hour at which a slot of the day begins: "06".
func slotHead(slot int) string { return slotHeads[slot] }

var slotHeads = [posts.SlotsOfDay + 1]string{"00", "03", "06", "09", "12", "15", "18", "21", "24"}

// slotHours is a slot in hours: "18:00–21:00".
func slotHours(slot int) string { return slotHead(slot) + ":00–" + slotHead(slot+1) + ":00" }

// heatClass is the step of a slot's colour.
func heatClass(c posts.Cell) string {
	ratio := c.Ratio.Value
	switch {
	case ratio == nil:
		return "p-h0"
	case *ratio < 0.75:
		return "p-h1"
	case *ratio < 1:
		return "p-h2"
	case *ratio < 1.3:
		return "p-h3"
	case *ratio < 1.7:
		return "p-h4"
	default:
		return "p-h5"
	}
}

// isBest reports that a slot is the one that did best.
func isBest(p *posts.Patterns, day, slot int) bool {
	d, s, ok := p.Best()
	return ok && d == day && s == slot
}
