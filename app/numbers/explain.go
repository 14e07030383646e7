package numbers

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/numbers/causes"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/synclog"
)

// Explanation is how a figure came about.
type Explanation struct {
	Metric   Metric
	Range    period.Range
	Value    Value // with its parts, also when there is one
	Formula  words.Text
	Operands []Operand
	Days     []DayState
	Readings Readings
	Calls    []Call
	NoCalls  words.Text // why there are no calls, of a figure that rests on readings
	Changes  []Change
	Citation words.Text
	AsOf     time.Time // as it was known then; zero: now

	facts    causes.Facts
	accounts []string // the ids of the connections
}

// Operand is a number that the figure is made of. Those of a level and of a flow add up to it; of a ratio there are two
// for each account, and the figure is the sum of the first ones over the sum of the second ones, times 100.
type Operand struct {
	Label words.Text `json:"label"`
	Value float64    `json:"value"`
}

// DayState says whether a day of the range is covered by readings of every account.
type DayState struct {
	Day    reading.Day
	State  State
	Reason *Reason // of a day that is missing
	Open   bool    // the day was not over
}

// Readings are the readings that the figure rests on.
type Readings struct {
	First, Last *time.Time
	Count       int
	LongestGap  time.Duration
}

// Call is one call to a platform that brought a reading at an end of the range.
type Call struct {
	RunID      string    `json:"runId"`
	Endpoint   string    `json:"endpoint"`
	At         time.Time `json:"at"`
	Connection string    `json:"-"`
	Platform   string    `json:"-"`
}

// Change is a day from which a platform counts something else.
type Change struct {
	From reading.Day
	What string // one sentence
}

// Explain answers how a figure came about. It takes the questions that Number takes; what the figure is compared with
// is no part of it.
func (n *Numbers) Explain(ctx context.Context, creatorID string, q Query) (*Explanation, error) {
	if !q.By.Known() {
		return nil, fault.InvalidParameter("by", words.New("numbers.bad.by"))
	}
	list, err := n.Chosen(ctx, creatorID, q.Filter)
	if err != nil {
		return nil, err
	}
	b, err := n.book(list, q)
	if err != nil {
		return nil, err
	}
	b.against, b.traced = nil, true
	if err := n.fill(ctx, books{b}); err != nil {
		return nil, err
	}
	e := &Explanation{
		Metric: b.metric, Range: q.Range, Value: b.value(q.Range), Formula: b.formula(), AsOf: q.AsOf,
	}
	runs := map[string]bool{}
	for _, t := range b.tracks {
		f := b.share(t, q.Range)
		if len(b.tracks) == 1 {
			e.Value.Parts = []Part{b.part(t, f)}
		}
		e.Changes = append(e.Changes, changesOf(t, b)...)
		if !f.state.known() || !e.Value.State.known() {
			continue
		}
		e.Operands = append(e.Operands, t.operands(b, q.Range, f)...)
		t.note(&e.Readings, f)
		for _, id := range t.runs(f) {
			runs[id] = true
		}
	}
	e.Days = b.dayStates()
	e.Citation = b.citation(e)
	if e.Calls, err = n.calls(ctx, b, runs); err != nil {
		return nil, err
	}
	if len(e.Calls) == 0 && len(e.Operands) > 0 {
		e.NoCalls = b.noCalls(runs)
	}
	b.gather(e)
	return e, nil
}

// formula says how the figure follows from readings: of each platform by itself, where their sources differ.
func (b *book) formula() words.Text {
	var names []string
	var formulas []words.Text
	differs := false
	for _, t := range b.tracks {
		if t.source == sourceNone || slices.Contains(names, t.acc.Spec.Name) {
			continue
		}
		one := b.metric.Formula()
		if t.source == sourceDays && !t.unique {
			one = words.New("numbers.formula.days")
		}
		names, formulas = append(names, t.acc.Spec.Name), append(formulas, one)
		differs = differs || !one.Equal(formulas[0])
	}
	if len(formulas) == 0 {
		return b.metric.Formula()
	}
	if !differs {
		return formulas[0]
	}
	for i, name := range names {
		formulas[i] = words.New("numbers.formula.of", "Platform", name, "Formula", formulas[i])
	}
	return words.Sentences(formulas...)
}

// operands are the account's.
func (t track) operands(b *book, r period.Range, f figure) []Operand {
	name := t.acc.Spec.Name + " " + t.acc.At()
	minute := func(at time.Time) words.Value { return words.Minute(at, r.Zone) }
	switch t.source {
	case sourceLevel:
		return []Operand{
			{Label: words.New("numbers.operand.count", "Account", name, "Time", minute(*f.at)), Value: f.value},
		}
	case sourceDays:
		out := make([]Operand, len(f.daysOf))
		for i, d := range f.daysOf {
			out[i] = Operand{
				Label: words.New(
					"numbers.operand.day",
					"Account",
					name,
					"Day",
					words.Date(d.UTC(), time.UTC),
				), Value: t.days[d].value,
			}
		}
		return out
	case sourceAges:
		return t.ageOperands(r, f)
	case sourcePosts:
		return []Operand{{Label: words.New("numbers.operand.posts", "Account", name), Value: f.value}}
	default:
	}
	first, last := t.rows[f.ends[0]], t.rows[f.ends[1]]
	if b.metric.Kind == KindRatio {
		return []Operand{
			{Label: words.New("numbers.operand.engaged", "Account", name, "Time", minute(*f.at)), Value: f.value},
			{Label: words.New("numbers.operand.views", "Account", name, "Time", minute(*f.at)), Value: f.base},
		}
	}
	return []Operand{
		{
			Label: words.New("numbers.operand.end", "Account", name, "Time", minute(t.times[f.ends[1]])),
			Value: *last.value,
		},
		{
			Label: words.New("numbers.operand.begin", "Account", name, "Time", minute(t.times[f.ends[0]])),
			Value: -*first.value,
		},
	}
}

// note adds the account's readings to those that the figure rests on.
func (t track) note(all *Readings, f figure) {
	var times []time.Time
	switch t.source {
	case sourceDays:
		for _, d := range f.daysOf {
			times = append(times, t.days[d].at)
		}
		slices.SortFunc(times, time.Time.Compare)
	case sourceLevel:
		times = t.times[f.ends[1] : f.ends[1]+1]
	case sourcePosts:
		times = []time.Time{*f.at}
	case sourceAges:
		times = f.typical.Reads()
	default:
		times = t.times[f.ends[0] : f.ends[1]+1]
	}
	for i, at := range times {
		if all.First == nil || at.Before(*all.First) {
			all.First = utc(&at)
		}
		if all.Last == nil || at.After(*all.Last) {
			all.Last = utc(&at)
		}
		all.Count++
		if i > 0 && t.source != sourceAges { // those are of different posts
			all.LongestGap = max(all.LongestGap, at.Sub(times[i-1]))
		}
	}
}

// runs are the runs that brought the readings at the ends of the range.
func (t track) runs(f figure) []string {
	var out []string
	for _, at := range f.typical.Reads() {
		out = append(out, t.brought[at.UnixMicro()])
	}
	if t.source == sourceDays {
		for _, d := range f.daysOf {
			out = append(out, t.days[d].runID)
		}
	}
	if t.source == sourcePosts {
		out = append(out, t.listed.runID)
	}
	for _, i := range f.ends {
		if i >= 0 {
			out = append(out, t.rows[i].runID)
		}
	}
	return out
}

func changesOf(t track, b *book) []Change {
	var out []Change
	for _, e := range t.changes(b.metric, b.query.Range.From-1, b.query.Range.To) {
		out = append(out, Change{From: reading.DayOf(e.From, time.UTC), What: e.What})
	}
	return out
}

// dayStates says of each day of the range whether every account's readings cover it.
func (b *book) dayStates() []DayState {
	out := make([]DayState, 0, b.query.Range.Days())
	for d := b.query.Range.From; d <= b.query.Range.To; d++ {
		v := b.value(period.Range{From: d, To: d, Zone: b.query.Range.Zone})
		s := DayState{Day: d, State: v.State, Reason: v.Reason, Open: d.End(b.query.Range.Zone).After(b.now)}
		if b.metric.days > 0 {
			s.State, s.Reason = b.agedDay(d)
		}
		out = append(out, s)
	}
	return out
}

// citation is what may be quoted: the figure with its parts, how much of it is covered, and when it was read.
func (b *book) citation(e *Explanation) words.Text {
	v := e.Value
	if !v.State.known() {
		return words.Text{}
	}
	number := func(n float64) any {
		if v.Unit == UnitPercent {
			return words.Percent(n, 2)
		}
		return int64(math.Round(n))
	}
	var parts []words.Text
	for i, p := range v.Parts {
		if name := b.tracks[i].acc.Spec.Name + " " + p.Handle; p.Value != nil && p.Marked {
			parts = append(parts, words.New("numbers.citation.calculated", "Account", name, "Number", number(*p.Value)))
		} else if p.Value != nil {
			parts = append(parts, words.New("numbers.citation.part", "Account", name, "Number", number(*p.Value)))
		}
	}
	of := b.query.Range
	figure := words.New("numbers.citation.figure", "Label", b.metric.Label(), "Number", number(*v.Value),
		"Range", words.Range(of.From.UTC(), of.To.UTC()), "Zone", of.Zone.String(), "Parts", words.List(parts...))
	known, over := 0, 0
	for _, d := range e.Days {
		if !d.Open {
			over++
			if d.State.known() {
				known++
			}
		}
	}
	var days words.Text
	if over > 0 && b.metric.Kind != KindLevel {
		days = words.New("numbers.citation.days", "Days", known, "Of", over)
	}
	return words.Sentences(figure, days, words.New("numbers.citation.asOf",
		"Definition", b.metric.Definition(), "Time", words.Minute(*v.AsOf, time.UTC)))
}

// steps are the steps of a sync whose calls bring what an account's figures are made of.
func (t track) steps() []synclog.SyncType {
	switch t.source {
	case sourceLevel, sourceGain:
		return []synclog.SyncType{synclog.SyncTypeProfile}
	case sourceTotals, sourceAges:
		return []synclog.SyncType{synclog.SyncTypePosts, synclog.SyncTypeMetrics}
	case sourceDays:
		return []synclog.SyncType{synclog.SyncTypeMetrics}
	case sourcePosts:
		return []synclog.SyncType{synclog.SyncTypePosts}
	default:
		return nil
	}
}

// calls reads which calls the runs made for what the metric is of.
func (n *Numbers) calls(ctx context.Context, b *book, runs map[string]bool) ([]Call, error) {
	delete(runs, "")
	if len(runs) == 0 {
		return nil, nil
	}
	var of []predicate.SyncLog
	for _, t := range b.tracks {
		if steps := t.steps(); steps != nil {
			of = append(of, synclog.And(synclog.ConnectionID(t.acc.Row.ID), synclog.SyncTypeIn(steps...)))
		}
	}
	rows, err := n.db.SyncLog.Query().
		Where(
			synclog.RunIDIn(slices.Sorted(maps.Keys(runs))...), synclog.StatusNEQ(synclog.StatusFailed), synclog.Or(of...),
		).
		Order(synclog.ByStartedAt(), synclog.ByID()).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the calls of runs: %w", err)
	}
	var out []Call
	for _, r := range rows {
		for _, c := range r.Calls {
			out = append(out, Call{
				RunID: r.RunID, Endpoint: c.Endpoint, At: c.At, Connection: r.ConnectionID, Platform: r.Platform,
			})
		}
	}
	return out, nil
}

// noCalls says why a figure that rests on readings names no calls.
func (b *book) noCalls(runs map[string]bool) words.Text {
	made := func(t track) bool { return t.acc.Row.Source == connection.SourceSandbox }
	if len(runs) == 0 && slices.ContainsFunc(b.tracks, made) {
		return words.New("numbers.calls.demo")
	}
	return words.New("numbers.calls.gone")
}
