package numbers

import (
	"math"
	"time"

	"github.com/truecount/truecount/app/numbers/final"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/words"
)

// value is the figure of all accounts together over a range.
func (b *book) value(r period.Range) Value {
	v := Value{Unit: b.metric.Unit, Definition: b.metric.Definition()}
	if len(b.tracks) == 0 {
		return v.missing(because(ReasonNeverRead, words.New("numbers.why.noAccounts")))
	}
	var t tally
	for _, tr := range b.tracks {
		f := b.share(tr, r)
		t.add(b.metric, tr, f)
		v.Parts = append(v.Parts, b.part(tr, f))
	}
	v.Coverage, v.Marked = t.coverage(), b.marked(v.Parts)
	if len(b.tracks) == 1 && !b.query.Parts {
		v.Parts = nil
	}
	if t.counted == 0 {
		return v.without(t.worst, t.why)
	}
	n, why := t.result(b.metric)
	if why != nil {
		return v.missing(why)
	}
	v.Value, v.AsOf, v.State, v.Final = &n, t.at, t.state, t.final
	v.Calculated = t.calculated || t.counted > 1
	if t.state == StateMeasured && v.Calculated {
		v.State = StateDerived
	}
	return v
}

// share is what an account adds to the figure of all: nothing, where the terms of its platform forbid the sum.
func (b *book) share(tr track, r period.Range) figure {
	f := tr.figure(b, r)
	if len(b.tracks) > 1 && f.state.known() && b.forbidden(tr.acc, platform.DeriveSum) {
		f.state, f.why = StateWithheld, because(ReasonPlatformTerms, tr.acc.Terms())
	}
	return f
}

func (b *book) part(tr track, f figure) Part {
	p := Part{
		Connection: tr.acc.Row.ID, Platform: tr.acc.Row.Platform, Handle: tr.acc.At(),
		State: f.state, Reason: f.why,
	}
	if !f.state.known() {
		return p
	}
	n, why := single(b.metric, f)
	if why != nil {
		p.State, p.Reason = StateMissing, why
		return p
	}
	p.Value, p.AsOf = &n, utc(f.at)
	p.Marked = tr.source != sourceDays && tr.acc.Spec.Forbids(b.metric.derive)
	return p
}

// marked reports that a part is computed by us from numbers of a platform whose terms want that told apart, or that
// such numbers are in a sum of several accounts.
func (b *book) marked(parts []Part) bool {
	known, marked, summed := 0, false, false
	for i, p := range parts {
		if p.Value == nil {
			continue
		}
		known++
		marked = marked || p.Marked
		summed = summed || b.tracks[i].acc.Spec.Forbids(platform.DeriveSum)
	}
	return marked || known > 1 && summed
}

// single is the number of one account's figure.
func single(m Metric, f figure) (float64, *Reason) {
	if m.Kind != KindRatio {
		return f.value, nil
	}
	if f.base <= 0 {
		return 0, because(ReasonNoBase, words.New("numbers.why.noViews"))
	}
	return math.Round(f.value/f.base*10000) / 100, nil
}

// tally adds figures of accounts up.
type tally struct {
	value, base float64
	counted     int // accounts with a number
	gaps        int // accounts without one that should have one
	state       State
	worst       State   // of what has no number
	why         *Reason // of it
	at          *time.Time
	calculated  bool
	days, of    int
	dated       bool
	final       *float64
	restated    bool // there was a figure that may be restated

	values         []float64 // of typical values: what each post had
	posts, ofPosts int       // of typical values: how many posts it rests on, of how many there are
}

func (t *tally) add(m Metric, tr track, f figure) {
	t.values = append(t.values, f.typical.Values[:f.posts]...)
	t.posts, t.ofPosts = t.posts+f.posts, t.ofPosts+f.ofPosts
	if !f.state.known() {
		if f.state == StateMissing {
			t.gaps++
		}
		if t.why == nil || t.worst == StateWithheld && f.state == StateMissing {
			t.worst, t.why = f.state, f.why
		}
		if t.counted > 0 && f.state == StateMissing {
			t.state = StatePartial
		}
		return
	}
	if !t.dated {
		t.days, t.of, t.dated = f.days, f.of, true
	}
	t.days, t.of = min(t.days, f.days), max(t.of, f.of)
	if tr.source == sourceDays {
		t.final, t.restated = least(t.final, f.final, !t.restated), true
	}
	t.counted++
	t.value += f.value
	t.base += f.base
	if t.state = firstOfStates(t.state, f.state); t.gaps > 0 {
		t.state = StatePartial
	}
	if t.at == nil || f.at != nil && f.at.Before(*t.at) {
		t.at = utc(f.at)
	}
	t.calculated = t.calculated || tr.source == sourceGain || tr.source == sourceTotals || tr.source == sourcePosts ||
		tr.source == sourceAges || m.Kind == KindRatio
}

func (t *tally) result(m Metric) (float64, *Reason) {
	if m.days > 0 {
		_, median, _, _ := reading.Quartiles(t.values)
		return median, nil
	}
	return single(m, figure{value: t.value, base: t.base})
}

func (t *tally) coverage() *Coverage {
	if posts, of := t.posts, t.ofPosts; of > 0 {
		return &Coverage{Posts: &posts, OfPosts: &of}
	}
	if !t.dated || t.of == 0 {
		return nil
	}
	days, of := t.days, t.of
	return &Coverage{Days: &days, OfDays: &of}
}

// order is the order in which states are looked for.
var order = map[State]int{
	StateWithheld: 1, StateMissing: 2, StatePartial: 3, StateStale: 4, StateDerived: 5, StateMeasured: 6,
}

// firstOfStates is the one of two states that is looked for first; an empty one is none.
func firstOfStates(x, y State) State {
	if x == "" || order[y] < order[x] {
		return y
	}
	return x
}

// compareFrom is the part of its days that each side of a comparison must cover.
const compareFrom = 0.8

// compare gives the figure of the range before, and the change from it in percent, or in points of a percentage.
func (b *book) compare() (before, change Value) {
	r := b.comparable()
	now := b.value(r)
	before = b.value(*b.against)
	even := b.even(r)
	change = Value{Unit: UnitPercent, Definition: b.metric.Definition(), Calculated: true}
	if b.metric.Unit == UnitPercent {
		change.Unit = UnitPoints
	}
	for _, tr := range b.tracks {
		if tr.source != sourceNone && b.forbidden(tr.acc, platform.DeriveComparison) &&
			(len(b.tracks) == 1 || !b.forbidden(tr.acc, platform.DeriveSum)) {
			return before, change.withheld(because(ReasonPlatformTerms, tr.acc.Terms()))
		}
	}
	switch {
	case !now.State.known():
		return before, change.without(now.State, now.Reason)
	case !before.State.known():
		return before, change.without(before.State, before.Reason)
	}
	if why := b.unlike(r); why != nil {
		return before, change.withheld(why)
	}
	if thin(now.Coverage) || thin(before.Coverage) {
		return before, change.withheld(because(ReasonLowCoverage, words.New("numbers.why.coverage")))
	}
	if now.Final != nil && before.Final != nil && (*now.Final < final.From) != (*before.Final < final.From) {
		return before, change.withheld(because(ReasonNotFinal, words.New("numbers.why.notFinal")))
	}
	v, base := *now.Value, *before.Value
	if !even {
		v, base = b.hourly(r), b.hourly(*b.against)
	}
	d := v - base
	if change.Unit == UnitPercent {
		if base == 0 {
			return before, change.withheld(because(ReasonNoBase, words.New("numbers.why.noBase")))
		}
		d = d / math.Abs(base) * 100
	}
	change.Value, change.AsOf = &d, now.AsOf
	change.State = firstOfStates(StateDerived, firstOfStates(now.State, before.State))
	return before, change
}

// evenWithin is how far the time that two sides of a comparison cover may differ, to be compared as they are.
const evenWithin = 0.02

// even reports that what was gained on the two sides of a comparison was gained in as much time: readings come at odd
// hours, and a side may cover fewer days. Levels and rates do not grow with the time.
func (b *book) even(r period.Range) bool {
	if b.metric.Kind != KindFlow {
		return true
	}
	for _, tr := range b.tracks {
		x, y := tr.figure(b, r), tr.figure(b, *b.against)
		if !x.state.known() || !y.state.known() {
			continue
		}
		if math.Abs(x.took.Hours()/y.took.Hours()-1) > evenWithin {
			return false
		}
	}
	return true
}

// hourly is what the accounts gained in an hour, on average over the time that each covers.
func (b *book) hourly(r period.Range) float64 {
	sum := 0.0
	for _, tr := range b.tracks {
		f := tr.figure(b, r)
		if !f.state.known() || len(b.tracks) > 1 && b.forbidden(tr.acc, platform.DeriveSum) {
			continue
		}
		sum += f.value / f.took.Hours()
	}
	return sum
}

// unlike says why the two ranges do not compare: other accounts have a number in each, or the platform changed between
// them what it counts.
func (b *book) unlike(r period.Range) *Reason {
	for _, tr := range b.tracks {
		x, y := tr.figure(b, r), tr.figure(b, *b.against)
		if x.state.known() != y.state.known() {
			return because(ReasonLowCoverage, words.New("numbers.why.otherAccounts"))
		}
		if !x.state.known() {
			continue
		}
		until := max(r.To, b.against.To) + reading.Day(b.metric.days)
		if e := tr.changes(b.metric, min(r.From, b.against.From)-1, until); len(e) > 0 {
			last := e[len(e)-1]
			return because(ReasonDefinitionChanged, words.New("numbers.why.changed",
				"Platform", tr.acc.Spec.Name, "Day", words.Date(last.From, time.UTC), "What", last.What))
		}
	}
	return nil
}

func thin(c *Coverage) bool {
	switch {
	case c == nil:
		return false
	case c.OfDays != nil:
		return float64(*c.Days) < compareFrom*float64(*c.OfDays)
	default:
		return c.OfPosts != nil && float64(*c.Posts) < compareFrom*float64(*c.OfPosts)
	}
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}
