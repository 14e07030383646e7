package causes

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/truecount/truecount/app/words"
)

// Kind is what makes two numbers differ.
type Kind string

// The kinds, in the order in which equally likely ones are named.
const (
	KindSame       Kind = "same"       // they do not differ as far as the app shows it
	KindRounding   Kind = "rounding"   // the platform rounds what it sends
	KindAccounts   Kind = "accounts"   // the app shows one account, the figure is of several
	KindDelay      Kind = "delay"      // the last reading is older than what the app shows
	KindFinal      Kind = "final"      // the platform still restates the figure
	KindDays       Kind = "days"       // days of the period are missing
	KindDefinition Kind = "definition" // the platform changed what it counts
	KindPosts      Kind = "posts"      // private or deleted posts
	KindZone       Kind = "zone"       // a day begins at another time
	KindPaid       Kind = "paid"       // ads count in one and not in the other
	KindPeriod     Kind = "period"     // the app shows another period
	KindOther      Kind = "other"      // the app shows another number altogether
)

var kinds = []Kind{
	KindSame, KindRounding, KindAccounts, KindDelay, KindFinal, KindDays, KindDefinition, KindPosts, KindZone, KindPaid,
	KindPeriod, KindOther,
}

// Facts are what is held about a figure.
type Facts struct {
	Value float64
	Whole bool // it counts something
	Flow  bool // it is gained in a period of Days days
	Days  int

	Parts   []Part
	AsOf    *time.Time // the newest reading
	Running bool       // the period reaches into today
	Stale   bool       // a reading is later than it should be
	Final   *float64   // how complete such a figure usually is, 0 to 1; nil: not known
	Covered int        // of Days; the day that is not over is in neither
	Changes []Change
	Zone    string // of the days that were asked for

	Gone   int // posts that were removed
	Hidden int // posts that are not public
}

// Part is what is held about one account of the figure.
type Part struct {
	Name       string // TikTok @mina
	Platform   string // TikTok
	Value      *float64
	Digits     int           // that the platform keeps of a number above 1,000; 0: it rounds nothing
	Delay      time.Duration // how late the figure may come; 0: not late
	Zone       string        // of the platform's own days; empty: they are the person's
	PublicOnly bool          // the platform reports public posts only
	AdsIn      bool          // ads count
	AdsOut     bool          // ads do not count
}

// Change is a day from which the platform counts something else.
type Change struct {
	Day  time.Time // its midnight in UTC
	What string    // one sentence
}

// Cause is why the numbers differ.
type Cause struct {
	Kind Kind
	Text words.Text // one to three sentences

	likely int
}

// Find lists what is likely to make the shown number differ from the figure, the likeliest first. There is always one,
// unless nothing that is held explains it.
func Find(s Shown, f Facts) []Cause {
	if agree(s, f.Value) {
		return []Cause{{Kind: KindSame, Text: same(s, f.Value)}}
	}
	d := difference{s, f, s.Value > f.Value}
	var out []Cause
	for _, one := range []func() []Cause{
		d.rounding, d.accounts, d.delay, d.final, d.days, d.definition, d.posts, d.zone, d.paid, d.period,
	} {
		out = append(out, one()...)
	}
	slices.SortStableFunc(out, func(x, y Cause) int {
		return cmp.Or(y.likely-x.likely, slices.Index(kinds, x.Kind)-slices.Index(kinds, y.Kind))
	})
	return out
}

// agree reports that an app which rounds, or cuts, to what was typed would show it of the value.
func agree(s Shown, value float64) bool {
	const dust = 1e-6
	off := value - s.Value
	if s.Value < 0 {
		off = -off
	}
	return math.Abs(off) <= s.Step/2+dust && s.Step > 1 || off >= -dust && off < s.Step-dust && s.Step > 1 ||
		math.Abs(off) < min(s.Step, 1)/2+dust
}

func same(s Shown, value float64) words.Text {
	if s.Value == value {
		return words.New("numbers.cause.same")
	}
	return words.New("numbers.cause.sameRounded")
}

// difference is a number that an app shows, and the figure that it differs from.
type difference struct {
	shown Shown
	facts Facts
	more  bool // the app shows more
}

// when picks how likely something is.
func when(is bool, likely, otherwise int) int {
	if is {
		return likely
	}
	return otherwise
}

// rounding: the platform rounds what it sends, and the app shows its owner the whole number.
func (d difference) rounding() []Cause {
	if len(d.facts.Parts) != 1 || d.facts.Parts[0].Digits == 0 {
		return nil
	}
	p := d.facts.Parts[0]
	fits := agree(Shown{cut(d.shown.Value, p.Digits), max(d.shown.Step, 1)}, d.facts.Value)
	if !fits && math.Abs(d.shown.Value-d.facts.Value) > few*unitOf(d.facts.Value, p.Digits) {
		return nil
	}
	text := words.New("numbers.cause.rounding", "Platform", p.Platform, "Count", p.Digits)
	if fits {
		text = words.Sentences(text, words.New("numbers.cause.roundingFits"))
	}
	return []Cause{{KindRounding, text, when(fits, 95, 22)}}
}

// few is how many units of a rounded number two numbers may be apart, so that rounding matters.
const few = 10

// cut rounds down to so many digits, as platforms do from 1,000.
func cut(v float64, digits int) float64 {
	unit := unitOf(v, digits)
	return math.Floor(v/unit) * unit
}

// unitOf is what the last of so many digits is worth, of a number from 1,000; of a smaller one it is 1.
func unitOf(v float64, digits int) float64 {
	if v < 1000 {
		return 1
	}
	return math.Pow10(int(math.Floor(math.Log10(v))) + 1 - digits)
}

func (d difference) accounts() []Cause {
	if len(d.facts.Parts) < 2 {
		return nil
	}
	for _, p := range d.facts.Parts {
		if p.Value != nil && agree(d.shown, *p.Value) {
			return []Cause{{KindAccounts, words.New("numbers.cause.account", "Account", p.Name), 90}}
		}
	}
	text := words.New("numbers.cause.accounts", "Count", len(d.facts.Parts))
	return []Cause{{KindAccounts, text, when(d.more, 15, 58)}}
}

func (d difference) delay() []Cause {
	f := d.facts
	if f.AsOf == nil {
		return nil
	}
	at := words.Minute(*f.AsOf, nil)
	switch {
	case f.Stale:
		return []Cause{{KindDelay, words.New("numbers.cause.stale", "Time", at), when(d.more, 80, 50)}}
	case d.late() != "":
		text := words.New("numbers.cause.late", "Platform", d.late(), "Time", at)
		return []Cause{{KindDelay, text, when(d.more, 68, 30)}}
	case f.Running:
		return []Cause{{KindDelay, words.New("numbers.cause.delay", "Time", at), when(d.more, 65, 24)}}
	default:
		return nil
	}
}

// late names a platform whose figures of these days may still come; empty: there is none.
func (d difference) late() string {
	for _, p := range d.facts.Parts {
		if p.Delay > 0 {
			return p.Platform
		}
	}
	return ""
}

func (d difference) final() []Cause {
	const final = 0.99
	if d.facts.Final == nil || *d.facts.Final >= final {
		return nil
	}
	part := words.Percent(*d.facts.Final*100, 0)
	return []Cause{{KindFinal, words.New("numbers.cause.final", "Part", part), when(d.more, 75, 35)}}
}

func (d difference) days() []Cause {
	f := d.facts
	if !f.Flow || f.Covered >= f.Days || f.Days == 0 {
		return nil
	}
	text := words.New("numbers.cause.days", "Days", f.Covered, "Count", f.Days)
	return []Cause{{KindDays, text, when(d.more, 70, 32)}}
}

func (d difference) definition() []Cause {
	var out []Cause
	for _, c := range d.facts.Changes {
		text := words.New("numbers.cause.definition", "Day", words.Date(c.Day, time.UTC), "What", c.What)
		out = append(out, Cause{KindDefinition, text, 60})
	}
	return out
}

// posts: apps show an owner every post they have, and take off what was deleted.
func (d difference) posts() []Cause {
	f := d.facts
	var out []Cause
	if f.Hidden > 0 && d.more {
		out = append(out, Cause{KindPosts, words.New("numbers.cause.hidden", "Count", f.Hidden), 54})
	}
	if f.Gone > 0 {
		out = append(out, Cause{KindPosts, words.New("numbers.cause.gone", "Count", f.Gone), when(d.more, 28, 56)})
	}
	if len(out) > 0 || !d.more {
		return out
	}
	for _, p := range f.Parts {
		if p.PublicOnly {
			return []Cause{{KindPosts, words.New("numbers.cause.public", "Platform", p.Platform), 40}}
		}
	}
	return nil
}

// zone: the shorter the period, the more a day that begins at another time matters.
func (d difference) zone() []Cause {
	const short = 7
	if !d.facts.Flow {
		return nil
	}
	for _, p := range d.facts.Parts {
		if p.Zone != "" && p.Zone != d.facts.Zone {
			text := words.New("numbers.cause.zone", "Platform", p.Platform, "Zone", p.Zone, "Own", d.facts.Zone)
			return []Cause{{KindZone, text, when(d.facts.Days <= short, 45, 25)}}
		}
	}
	return nil
}

func (d difference) paid() []Cause {
	for _, p := range d.facts.Parts {
		switch {
		case p.AdsOut && d.more:
			return []Cause{{KindPaid, words.New("numbers.cause.paidOut", "Platform", p.Platform), 42}}
		case p.AdsIn && !d.more:
			return []Cause{{KindPaid, words.New("numbers.cause.paidIn", "Platform", p.Platform), 42}}
		}
	}
	return nil
}

// period: a number that is far off is of other days, and where there are no days it is another number.
func (d difference) period() []Cause {
	const far, farther = 2, 10
	f := d.facts
	if d.shown.Value < far*f.Value && far*d.shown.Value > f.Value {
		return nil
	}
	if !f.Flow && len(f.Parts) > 1 { // which is said already
		return nil
	}
	if !f.Flow {
		return []Cause{{KindOther, words.New("numbers.cause.apart"), 85}}
	}
	return []Cause{{KindPeriod, words.New("numbers.cause.period"), when(d.shown.Value > farther*f.Value, 72, 52)}}
}
