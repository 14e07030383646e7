package quotas

import (
	"math"
	"time"

	"github.com/truecount/truecount/app/capacity"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/layout"
)

const (
	soon  = 30 * 24 * time.Hour // before a limit is met: time to ask a platform for more
	tight = 80                  // percent of a window that are spent
)

// headroom is how a platform's limits stand, in a word.
func headroom(w words.Printer, p layout.Page, f capacity.Forecast) (tone, word string) {
	switch {
	case !f.Configured:
		return "neutral", w.Say("admin.quota.notConfigured")
	case f.Carries == nil && !f.Unlimited:
		return "neutral", w.Say("admin.quota.notKnown")
	case f.Carries != nil && f.Accounts >= *f.Carries && f.Accounts > 0:
		return "err", w.Say("admin.quota.full")
	case f.MetOn != nil && f.MetOn.Sub(p.Now) <= soon:
		return "warn", w.Say("admin.quota.fullSoon")
	}
	for _, l := range f.Limits {
		if l.Pace == 0 && l.Max > 0 && share(l) >= tight {
			return "warn", w.Say("admin.quota.almostUsed")
		}
	}
	return "ok", w.Say("admin.quota.ok")
}

// outlook is the forecast in a sentence or two.
func outlook(p layout.Page, f capacity.Forecast) words.Text {
	accounts := words.New("admin.quota.accounts", "Count", f.Accounts)
	switch {
	case f.Unlimited:
		return words.Sentences(accounts, words.New("admin.quota.unlimited"))
	case f.Carries == nil:
		return words.Sentences(accounts, words.New("admin.quota.capacityLater"))
	case f.Accounts >= *f.Carries && f.Accounts > 0:
		return words.Sentences(accounts, words.New("admin.quota.over", "Limit", carrier(f), "Number", rounded(*f.Carries)))
	}
	of := words.New("admin.quota.of", "Accounts", f.Accounts, "Number", rounded(*f.Carries), "Limit", carrier(f))
	switch {
	case f.Growth == nil:
		return words.Sentences(of, words.New("admin.quota.growthUnknown"))
	case *f.Growth <= 0:
		return words.Sentences(of, words.New("admin.quota.noGrowth"))
	case f.MetOn == nil:
		return words.Sentences(of, words.New("admin.quota.neverReached", "New", newcomers(*f.Growth)))
	default:
		return words.Sentences(
			of,
			words.New("admin.quota.reachedOn", "New", newcomers(*f.Growth), "Day", words.Date(*f.MetOn, p.Zone)),
		)
	}
}

// newcomers are the new accounts of a week.
func newcomers(perDay float64) words.Text {
	if n := perDay * 7; n < 9.95 && decimals(n) > 0 {
		return words.New("admin.quota.newDecimal", "Number", words.Decimal(n, 1))
	}
	return words.New("admin.quota.new", "Count", int64(math.Round(perDay*7)))
}

// decimals is how many a growth is written with: one where it is not whole.
func decimals(n float64) int {
	if r := math.Round(n * 10); math.Mod(r, 10) == 0 {
		return 0
	}
	return 1
}

// weekly is a growth a day as one a week: a decimal where it is small.
func weekly(w words.Printer, perDay float64) string {
	n := perDay * 7
	if n < 9.95 {
		return w.Decimal(n, decimals(n))
	}
	return w.ExactFloat(n)
}

// pause is the time between two accounts: whole seconds have no decimals.
func pause(d time.Duration) words.Text {
	if d%time.Second == 0 && d < time.Minute {
		return words.New("format.length.seconds", "Number", int64(d/time.Second))
	}
	return words.Written(words.Length(d))
}

// carrier is the limit that binds, in words.
func carrier(f capacity.Forecast) words.Text {
	for _, l := range f.Limits {
		if l.Setting == f.Binding && l.Pace > 0 {
			return words.New("admin.quota.pace", "Length", pause(l.Pace))
		}
	}
	return words.New("admin.quota.quota", "Platform", f.Name)
}

// rounded is a count to two figures: a forecast is no more exact than that.
func rounded(n int) int {
	step := 1
	for n/step >= 100 {
		step *= 10
	}
	return (n + step/2) / step * step
}

func about(w words.Printer, n int) string { return w.Exact(int64(rounded(n))) }

// units is a number of units with up to two decimals.
func units(v float64) words.Text {
	v = math.Round(v*100) / 100
	if v == math.Trunc(v) {
		return words.New("admin.quota.units", "Count", int64(v))
	}
	if math.Round(v*10)/10 == v {
		return words.New("admin.quota.unitsDecimal", "Number", words.Decimal(v, 1))
	}
	return words.New("admin.quota.unitsDecimal", "Number", words.Decimal(v, 2))
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
func noPrice(f capacity.Forecast) words.Text {
	if daily(f) {
		return words.New("admin.quota.firstDay")
	}
	return words.New("admin.quota.noSync")
}

// unknown says why it is not known which limit is reached first.
func unknown(f capacity.Forecast) words.Text {
	if f.Unlimited {
		return words.New("admin.quota.noLimit")
	}
	return noPrice(f)
}

func noReach(f capacity.Forecast, l capacity.Limit) words.Text {
	switch {
	case l.Max == 0:
		return notCounted(l)
	case !l.Shared():
		return words.New("admin.quota.perAccount")
	default:
		return noPrice(f)
	}
}

func notCounted(l capacity.Limit) words.Text {
	if l.Pace > 0 {
		return words.New("admin.quota.paceFree")
	}
	return words.New("admin.quota.notUsed")
}

func noEnd(l capacity.Limit) words.Text {
	if l.Pace > 0 || l.Max == 0 {
		return notCounted(l)
	}
	return words.New("admin.quota.nothingUsed")
}

// rule is a limit as it is set.
func rule(l capacity.Limit) words.Text {
	if l.Pace > 0 {
		return words.New("admin.quota.onePer", "Length", pause(l.Pace))
	}
	if l.Max == 0 {
		return words.New("admin.quota.unusedZero")
	}
	per := words.New("admin.quota.perDayWord")
	switch {
	case l.Per == time.Minute:
		per = words.New("admin.quota.perMinute")
	case l.Per == time.Hour:
		per = words.New("admin.quota.perHour")
	case l.Pacific:
		per = words.New("admin.quota.perDayPacific")
	}
	text := words.New("admin.quota.rule", "Units", words.New("admin.quota.units", "Count", l.Max), "Per", per)
	switch l.By {
	case outbound.ByEndpoint:
		text = words.New("admin.quota.eachEndpoint", "Rule", text)
	case outbound.ByAccount:
		text = words.New("admin.quota.eachAccount", "Rule", text)
	case outbound.ByApp: // one limit for all
	}
	if l.Kept > 0 {
		return words.New("admin.quota.reserve", "Rule", text, "Number", l.Kept)
	}
	return text
}

func share(l capacity.Limit) int {
	return int(math.Floor(100 * float64(l.Used) / float64(max(l.Max, 1))))
}

func used(l capacity.Limit) words.Text {
	switch l.By {
	case outbound.ByEndpoint:
		return words.New("admin.quota.usedEndpoint", "Used", l.Used, "Max", l.Max)
	case outbound.ByAccount:
		return words.New("admin.quota.usedAccount", "Used", l.Used, "Max", l.Max)
	default:
		return words.New("admin.quota.usedOf", "Used", l.Used, "Max", l.Max)
	}
}

// PlanWords says what the next day asks for.
func PlanWords(w words.Printer, pl capacity.Plan) string {
	if pl.Accounts > 0 && pl.Takes > 0 {
		return w.Say("admin.quota.plannedIn", "Count", pl.Accounts, "Length", words.Length(pl.Takes))
	}
	return w.Say("admin.quota.planned", "Count", pl.Accounts)
}

// Short reports that a day asks for more than it has left.
func Short(n capacity.Need) bool { return n.Units != nil && *n.Units > float64(n.Left) }

// NeedWords says what the syncs of one day need, and what is left for them.
func NeedWords(w words.Printer, n capacity.Need) string {
	syncs := words.New("admin.quota.planned", "Count", n.Accounts)
	switch {
	case n.Units == nil:
		return w.Say("admin.quota.needUnknown", "Syncs", syncs, "Left", n.Left)
	case Short(n):
		return w.Say("admin.quota.needShort", "Syncs", syncs, "Units", int64(math.Round(*n.Units)), "Left", n.Left)
	default:
		return w.Say("admin.quota.need", "Syncs", syncs, "Units", int64(math.Round(*n.Units)), "Left", n.Left)
	}
}

// outcome is how many accounts a changed setting comes to.
func outcome(f capacity.Forecast, c capacity.Change) words.Text {
	same := f.Carries != nil && rounded(c.Carries) == rounded(*f.Carries)
	switch {
	case c.Binding != f.Binding && same:
		return words.New("admin.quota.outcomeSameThen", "Number", rounded(c.Carries), "Setting", c.Binding)
	case c.Binding != f.Binding:
		return words.New("admin.quota.outcomeThen", "Number", rounded(c.Carries), "Setting", c.Binding)
	case same:
		return words.New("admin.quota.outcomeSame", "Number", rounded(c.Carries))
	default:
		return words.New("admin.quota.outcome", "Number", rounded(c.Carries))
	}
}
