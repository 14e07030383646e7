package admin

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/truecount/truecount/app/capacity"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/views/layout"
	"github.com/truecount/truecount/views/ui"
)

const (
	soon  = 30 * 24 * time.Hour // before a limit is met: time to ask a platform for more
	tight = 80                  // percent of a window that are spent
)

// room is how a platform's limits stand, in a word.
func room(p layout.Page, f capacity.Forecast) (tone, word string) {
	switch {
	case !f.Configured:
		return "neutral", "Not configured"
	case f.Carries == nil && !f.Unlimited:
		return "neutral", "Not known yet"
	case f.Carries != nil && f.Accounts >= *f.Carries && f.Accounts > 0:
		return "err", "Full"
	case f.MetOn != nil && f.MetOn.Sub(p.Now) <= soon:
		return "warn", "Full soon"
	}
	for _, l := range f.Limits {
		if l.Pace == 0 && l.Max > 0 && share(l) >= tight {
			return "warn", "Nearly spent"
		}
	}
	return "ok", "Room"
}

// outlook is the forecast in one sentence.
func outlook(p layout.Page, f capacity.Forecast) string {
	accounts := ui.Plural(int64(f.Accounts), "account", "accounts")
	switch {
	case f.Unlimited:
		return accounts + ". No limit is set that more accounts would meet."
	case f.Carries == nil:
		return accounts + ". How many the limits carry is " + lower(unknown(f)) + "."
	case f.Accounts >= *f.Carries && f.Accounts > 0:
		return accounts + ", of which " + carrier(f) + " carries about " + about(*f.Carries) + " a day whole: the others, or their posts, wait."
	}
	s := ui.Exact(int64(f.Accounts)) + " of about " + about(*f.Carries) + " accounts that " + carrier(f) + " carries; "
	switch {
	case f.Growth == nil:
		return s + "how fast they grow is known a week after the first was connected."
	case *f.Growth <= 0:
		return s + "no account was added in 30 days, so it is not met."
	case f.MetOn == nil:
		return s + "at " + newcomers(*f.Growth) + " a week it is not met within ten years."
	default:
		return s + "at " + newcomers(*f.Growth) + " a week it is met on " + f.MetOn.Format("2 Jan 2006") + "."
	}
}

func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func newcomers(perDay float64) string {
	n := weekly(perDay)
	if n == "1" {
		return "1 new account"
	}
	return n + " new accounts"
}

// weekly is a growth a day as one a week: a decimal where it is small.
func weekly(perDay float64) string {
	n := perDay * 7
	if n < 9.95 {
		return strings.TrimSuffix(strconv.FormatFloat(n, 'f', 1, 64), ".0")
	}
	return ui.ExactFloat(n)
}

// carrier is the limit that binds, in words.
func carrier(f capacity.Forecast) string {
	for _, l := range f.Limits {
		if l.Setting == f.Binding && l.Pace > 0 {
			return "the pace of one account every " + pause(l.Pace)
		}
	}
	return "the " + f.Name + " quota"
}

func pause(d time.Duration) string {
	if d%time.Second == 0 && d < time.Minute {
		return strconv.Itoa(int(d/time.Second)) + " s"
	}
	return ui.Length(d)
}

// about is a count to two figures: a forecast is no more exact than that.
func about(n int) string {
	step := 1
	for n/step >= 100 {
		step *= 10
	}
	return ui.Exact(int64((n + step/2) / step * step))
}

func units(v float64) string {
	n := strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(v, 'f', 2, 64), "0"), ".")
	if n == "1" {
		return "1 unit"
	}
	return n + " units"
}

// daily reports that a platform has a quota that is counted by the day.
func daily(f capacity.Forecast) bool {
	for _, l := range f.Limits {
		if l.Pace == 0 && l.Per >= 24*time.Hour && l.Shared() {
			return true
		}
	}
	return false
}

// noPrice says why it is not known what an account costs.
func noPrice(f capacity.Forecast) string {
	if daily(f) {
		return "Not known yet: the first day has not ended"
	}
	return "Not known yet: no account has been synced"
}

// unknown says why nobody knows which limit is met first.
func unknown(f capacity.Forecast) string {
	if f.Unlimited {
		return "No limit is set that more accounts would meet"
	}
	return noPrice(f)
}

func noReach(f capacity.Forecast, l capacity.Limit) string {
	switch {
	case l.Max == 0:
		return notCounted(l)
	case !l.Shared():
		return "It limits each account by itself, not how many there are"
	default:
		return noPrice(f)
	}
}

func notCounted(l capacity.Limit) string {
	if l.Pace > 0 {
		return "The pace costs no units"
	}
	return "Not used"
}

func noEnd(l capacity.Limit) string {
	if l.Pace > 0 || l.Max == 0 {
		return notCounted(l)
	}
	return "Nothing is spent"
}

// rule is a limit as it is set.
func rule(l capacity.Limit) string {
	if l.Pace > 0 {
		return "one account every " + pause(l.Pace)
	}
	if l.Max == 0 {
		return "0: not used"
	}
	per := map[time.Duration]string{time.Minute: "a minute", time.Hour: "an hour", 24 * time.Hour: "a day"}[l.Per]
	if l.Pacific {
		per += " in Los Angeles"
	}
	who := map[outbound.By]string{outbound.ByEndpoint: ", for each endpoint", outbound.ByAccount: ", for each account"}[l.By]
	s := ui.Plural(l.Max, "unit", "units") + " " + per + who
	if l.Kept > 0 {
		s += ", " + ui.Exact(l.Kept) + " of them kept for people who ask"
	}
	return s
}

func share(l capacity.Limit) int {
	return int(math.Floor(100 * float64(l.Used) / float64(max(l.Max, 1))))
}

func used(l capacity.Limit) string {
	s := ui.Exact(l.Used) + " of " + ui.Exact(l.Max)
	switch l.By {
	case outbound.ByEndpoint:
		return s + ", fullest endpoint"
	case outbound.ByAccount:
		return s + ", fullest account"
	default:
		return s
	}
}

// planned is what the next day asks for.
func planned(pl capacity.Plan) string {
	s := ui.Plural(int64(pl.Accounts), "sync", "syncs")
	if pl.Accounts > 0 && pl.Takes > 0 {
		s += " within " + ui.Length(pl.Takes) + " at the set pace"
	}
	return s
}

// short reports that a day asks for more than it has left.
func short(n capacity.Need) bool { return n.Units != nil && *n.Units > float64(n.Left) }

func need(n capacity.Need) string {
	s := ui.Plural(int64(n.Accounts), "sync", "syncs")
	if n.Units == nil {
		return s + ", " + ui.Exact(n.Left) + " units left"
	}
	s += ", about " + ui.ExactFloat(*n.Units) + " of " + ui.Exact(n.Left) + " units left"
	if short(n) {
		s += ": profiles come first, posts take turns"
	}
	return s
}

// outcome is how many accounts a changed setting comes to.
func outcome(f capacity.Forecast, c capacity.Change) string {
	still := ""
	if f.Carries != nil && about(c.Carries) == about(*f.Carries) {
		still = "still "
	}
	s := still + "about " + about(c.Carries) + " accounts"
	if c.Binding != f.Binding {
		s += ", then " + c.Binding + " is met first"
	}
	return s + "."
}
