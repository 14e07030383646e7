package numbers

import (
	"slices"
	"time"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/numbers/final"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/numbers/usual"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/words"
)

// source is what an account's figures are made of.
type source int

const (
	sourceNone   source = iota // nothing: why says why
	sourceLevel                // the account's own count at a time
	sourceGain                 // the difference of the account's own count
	sourceDays                 // the platform's own daily figures
	sourceTotals               // the difference of the running totals of its posts
	sourceAges                 // what its posts had at an age
	sourcePosts                // its posts, by the day on which they were published
)

// track is one account and its readings, as far as a question needs them.
type track struct {
	acc    *accounts.Account
	source source
	why    *Reason // of sourceNone
	state  State   // of sourceNone: missing or withheld
	daily  string  // of sourceDays: the platform's metric
	unique bool    // of sourceDays: counts people, so that days do not add up

	// Of the sources that are read at times: the times in ascending order, and what was read. A nil number is unknown.
	times []time.Time
	rows  []row

	days   map[reading.Day]dated // of sourceDays
	usual  final.Completeness    // of sourceDays: how complete figures usually are by their age
	posts  map[reading.Day]int   // of sourcePosts: published that day of the range, in the zone of the question
	before int                   // of sourcePosts: published in the range that is compared with
	since  time.Time             // of sourcePosts: all posts published after it are stored

	aged    []*usual.Post    // of sourceAges: the posts of the ranges, the oldest first
	brought map[int64]string // of sourceAges, for an explanation: the runs, by the time of their readings

	listed *listRead // of sourcePosts: the newest reading of the list; nil: never read

	absent bool // of a question about media types: no post of them is known
}

// row is one reading: of a level or a gain one number, of running totals the sum of the counters asked for and, for a
// rate, the views.
type row struct {
	value, base *float64
	runID       string

	typed          bool     // of a question about media types: the reading has a row of them
	rest, restBase *float64 // 0 where other posts of the account have the counters at this reading; else nil
}

// dated is a platform's figure of a day, and when it was read.
type dated struct {
	value float64
	at    time.Time // when this value came
	read  time.Time // when the day was read last, as far as it is known
	runID string
}

// plan is how often readings of a source come at least: a value older than that is stale.
const (
	planDaily  = 26 * time.Hour
	planWeekly = 8 * 24 * time.Hour
)

// due is how old the newest reading of the track may be.
func (t track) due() time.Duration {
	if t.source == sourceDays && t.acc.Spec.InsightsEvery > 24*time.Hour {
		return planWeekly
	}
	return planDaily
}

// track decides what the figures of an account are made of: one source for the whole question.
func (b *book) track(acc *accounts.Account) track {
	t := track{acc: acc}
	m, figures := b.metric, acc.Spec.Figures
	filtered, whole := len(b.query.Filter.MediaTypes) > 0, words.New("numbers.why.noTypes")
	if b.query.ofSet() {
		filtered, whole = true, words.New("numbers.why.noSets")
	}
	daily, reported := figures.Days[m.Key]
	if !filtered && reported && !b.lacks(acc, daily) {
		t.source, t.daily = sourceDays, daily
		spec, _ := acc.Spec.Metric(daily)
		t.unique = spec.Unique
		return t
	}
	if count, ok := figures.Gains[m.Key]; ok {
		t = b.allowed(t, sourceGain, count.Metric())
		if filtered && t.source == sourceGain { // never from the posts: the two are different figures
			return t.none(StateMissing, because(ReasonNotReported, whole))
		}
		return t
	}
	switch {
	case m.Key == "posts_published":
		t.source = sourcePosts
		return t
	case filtered && len(m.counters) == 0, b.query.ofSet() && m.days > 0:
		return t.none(StateMissing, because(ReasonNotReported, whole))
	case m.Kind == KindLevel && m.count != "":
		return b.allowed(t, sourceLevel, string(m.count))
	case m.count != "":
		return b.allowed(t, sourceGain, string(m.count))
	case m.days > 0:
		return b.allowed(t, sourceAges, reading.Views.String())
	case len(m.counters) > 0:
		return b.allowed(t, sourceTotals, m.counters[0].String())
	case reported:
		return t.none(
			StateMissing,
			because(ReasonNotGranted, words.New("numbers.why.notGranted", "Platform", acc.Spec.Name)),
		)
	default:
		return t.none(
			StateMissing,
			because(ReasonNotReported, words.New("numbers.why.notReported", "Platform", acc.Spec.Name)),
		)
	}
}

// lacks reports that an account does not have a metric of the platform at present.
func (b *book) lacks(acc *accounts.Account, metric string) bool {
	return acc.Ungranted(metric) || slices.Contains(acc.Refused, metric) || slices.Contains(acc.Withdrawn, metric)
}

func (t track) none(s State, why *Reason) track {
	t.source, t.state, t.why = sourceNone, s, why
	return t
}

// allowed takes a source unless the platform does not give the number, it was not granted, or the terms forbid it.
func (b *book) allowed(t track, s source, number string) track {
	acc := t.acc
	switch {
	case b.forbidden(acc, b.metric.derive):
		return t.none(StateWithheld, because(ReasonPlatformTerms, acc.Terms()))
	case acc.Lacks(number):
		return t.none(
			StateMissing,
			because(ReasonNotReported, words.New("numbers.why.notReported", "Platform", acc.Spec.Name)),
		)
	case acc.Ungranted(number):
		return t.none(
			StateMissing,
			because(ReasonNotGranted, words.New("numbers.why.notGranted", "Platform", acc.Spec.Name)),
		)
	}
	t.source = s
	return t
}

// forbidden reports that the terms of the account's platform take a permission for a derivation that nobody has.
func (b *book) forbidden(acc *accounts.Account, d platform.Derivation) bool {
	return d != "" && acc.Spec.Forbids(d) && !acc.Settings.Derived
}

// figure is what one account has for a range.
type figure struct {
	state  State // known, missing or withheld; stale and partial are decided here
	value  float64
	base   float64 // of a rate: what it is over
	at     *time.Time
	days   int           // covered
	took   time.Duration // of a flow: the time that it was gained in
	of     int           // asked for
	why    *Reason
	final  *float64 // of sourceDays: how complete it usually is; nil: not known
	ends   [2]int   // of readings: the indexes of the first and the last one used; -1: none
	daysOf []reading.Day

	typical usual.Typical // of sourceAges
	posts   int           // of sourceAges: how many those are
	ofPosts int           // of sourceAges: how many there should be
}

// figure computes the account's figure of a range as it was known at now.
func (t track) figure(b *book, r period.Range) figure {
	f := figure{of: r.Days(), ends: [2]int{-1, -1}}
	switch t.source {
	case sourceNone:
		f.state, f.why = t.state, t.why
		return f
	case sourceDays:
		f = t.sumOfDays(b, r, f)
	case sourcePosts:
		f = t.published(b, r, f)
	case sourceLevel:
		f = t.level(b, r, f)
	case sourceAges:
		f = t.typical(b, r, f)
	default:
		f = t.gain(b, r, f)
	}
	if !f.state.known() {
		return f
	}
	switch {
	case f.days < f.of, f.posts < f.ofPosts:
		f.state = StatePartial
	case t.source == sourceAges && t.late(b, r, t.postsAt()), t.source != sourceAges && t.late(b, r, f.at):
		f.state = StateStale
	}
	return f
}

// late reports that a figure reaches into today, and that it rests on a reading which is older than it should be.
func (t track) late(b *book, r period.Range, at *time.Time) bool {
	if r.To < b.today {
		return false
	}
	return at == nil || b.now.Sub(*at) > t.due() || !t.acc.Live() || t.acc.Freshness(b.now).Status != "fresh"
}

// nothing says why there is no figure: access ended, nothing was read by then, or not around these days.
func (t track) nothing(f figure, read bool) figure {
	f.state = StateMissing
	switch {
	case read:
		f.why = because(ReasonTooFewDays, words.New("numbers.why.noEnds"))
	case !t.acc.Live():
		f.why = because(ReasonConnectionEnded, words.New("numbers.why.ended"))
	default:
		f.why = because(ReasonNeverRead, words.New("numbers.why.never"))
	}
	return f
}

// readAround reports that something was read that may close a day of the range. What was read for another range that
// the question is of too, such as the one before, does not count: the reason is the same whatever else is asked.
func (t track) readAround(b *book, r period.Range) bool {
	w := windowOf(r)
	return slices.ContainsFunc(t.times, func(at time.Time) bool {
		return !at.After(b.now) && (r.To >= b.today || !at.Before(w.From) && !at.After(w.To))
	})
}

func (t track) level(b *book, r period.Range, f figure) figure {
	last := -1
	for _, i := range reading.Closes(t.times, r.From, r.To, r.Zone, b.now) {
		if i >= 0 && t.rows[i].value != nil {
			last = i
		}
	}
	if r.To >= b.today && last < 0 && len(t.times) > 0 { // nothing new was read: what was read last still stands
		if i, ok := reading.Close(t.times, b.today, r.Zone, b.now); ok && t.rows[i].value != nil {
			last = i
		}
	}
	if last < 0 {
		return t.nothing(f, t.readAround(b, r))
	}
	f.days, f.of = 1, 1 // a level stands at the end: earlier days are not part of it
	f.state, f.value, f.at = StateMeasured, *t.rows[last].value, &t.times[last]
	f.ends[1] = last
	return f
}

// gain is the difference between the reading that closes the last day and the one that closes the day before the first.
// Where a close is missing, it is the difference between those that there are inside the range, of fewer days.
func (t track) gain(b *book, r period.Range, f figure) figure {
	closes := reading.Closes(t.times, r.From-1, r.To, r.Zone, b.now)
	first, last := -1, -1
	for n, i := range closes {
		if i < 0 || t.rows[i].value == nil || b.metric.Kind == KindRatio && t.rows[i].base == nil {
			continue
		}
		if first < 0 {
			first = n
		}
		last = n
	}
	if r.To >= b.today && closes[len(closes)-1] < 0 && r.Days() > 1 {
		f.of-- // of today nothing new was read yet: it is left out
	}
	if first < 0 || first == last {
		return t.nothing(f, t.readAround(b, r))
	}
	x, y := closes[first], closes[last]
	f.state, f.days, f.ends, f.at = StateDerived, last-first, [2]int{x, y}, &t.times[y]
	f.value, f.took = *t.rows[y].value-*t.rows[x].value, t.times[y].Sub(t.times[x])
	if b.metric.Kind == KindRatio {
		f.base = *t.rows[y].base - *t.rows[x].base
	}
	return f
}

// sumOfDays adds up the platform's own daily figures. They keep the platform's days.
func (t track) sumOfDays(b *book, r period.Range, f figure) figure {
	for d := r.From; d <= r.To; d++ {
		v, ok := t.days[d]
		if !ok || v.at.After(b.now) {
			continue
		}
		f.value += v.value
		f.days++
		f.final = least(f.final, t.usual.Of(d, v.read), f.days == 1)
		f.daysOf = append(f.daysOf, d)
		if f.at == nil || v.at.Before(*f.at) {
			f.at = &v.at
		}
	}
	if r.To >= b.today && r.Days() > 1 {
		f.of-- // today is not over: the platform gives whole days
	}
	switch {
	case f.days == 0 && (r.To < b.today-lag || !t.acc.Live()):
		return t.nothing(f, false)
	case f.days == 0: // platforms take some days
		f.state, f.why = StateMissing, because(
			ReasonNotYet,
			words.New("numbers.why.notYet", "Platform", t.acc.Spec.Name),
		)
		return f
	case t.unique && f.of > 1:
		f.state, f.why = StateMissing, because(
			ReasonNotReported,
			words.New("numbers.why.people", "Platform", t.acc.Spec.Name),
		)
		return f
	}
	f.state, f.took = StateMeasured, time.Duration(f.days)*24*time.Hour
	return f
}

// lastDay is the last day of a range on which something was gained that is known; false: there is none.
func (t track) lastDay(b *book, r period.Range) (reading.Day, bool) {
	switch t.source {
	case sourceNone, sourceLevel, sourceAges:
		return 0, false
	case sourcePosts:
		return min(r.To, b.today-1), true
	case sourceDays:
		for d := min(r.To, b.today-1); d >= r.From; d-- {
			if _, ok := t.days[d]; ok {
				return d, true
			}
		}
		return 0, false
	default:
		closes := reading.Closes(t.times, r.From, min(r.To, b.today-1), r.Zone, b.now)
		for n := len(closes) - 1; n >= 0; n-- {
			if closes[n] >= 0 {
				return r.From + reading.Day(n), true
			}
		}
		return 0, false
	}
}

// least is the smaller one of two parts; where one is not known neither is the least.
func least(x, y *float64, first bool) *float64 {
	if first || x != nil && (y == nil || *y < *x) {
		return y
	}
	return x
}

// changes lists the days after one and not after another from which the platform counts something else.
func (t track) changes(m Metric, from, to reading.Day) []platform.Epoch {
	var out []platform.Epoch
	for _, id := range t.measures(m) {
		known, _ := t.acc.Spec.Metric(id)
		for _, e := range known.Epochs {
			if from.UTC().Before(e.From) && !to.UTC().Before(e.From) {
				out = append(out, e)
			}
		}
	}
	return out
}

// measures are the platform's metrics that a metric of ours is made of.
func (t track) measures(m Metric) []string {
	switch t.source {
	case sourceDays:
		return []string{t.daily}
	case sourceLevel, sourceGain:
		return []string{m.countOn(t.acc.Spec).Metric()}
	case sourceTotals, sourceAges:
		out := make([]string, len(m.counters), len(m.counters)+1)
		for i, c := range m.counters {
			out[i] = c.String()
		}
		if m.Kind == KindRatio {
			out = append(out, reading.Views.String())
		}
		return out
	default:
		return nil
	}
}
