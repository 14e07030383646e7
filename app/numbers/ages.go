package numbers

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/numbers/usual"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/total"
)

// typicalFrom is how many posts of an account a typical value needs. From five on, what is typical of the account lies
// between the smallest and the largest of them in 15 of 16 cases.
const typicalFrom = 5

// readAges reads, in one statement, what the posts that were published in the ranges had at the ages asked for.
func (n *Numbers) readAges(ctx context.Context, all books) error {
	ids := all.accounts(sourceAges)
	if len(ids) == 0 {
		return nil
	}
	var in []predicate.Post
	for _, w := range all.windows(true) {
		in = append(in, post.And(post.PostedAtGTE(w.From), post.PostedAtLTE(w.To)))
	}
	var ages []int
	tracks := all.tracks(sourceAges)
	for _, of := range tracks {
		for _, t := range of {
			if !slices.Contains(ages, t.metric.days) {
				ages = append(ages, t.metric.days)
			}
		}
	}
	posts, err := usual.Load(ctx, n.db, all[0].now, ages,
		post.ConnectionIDIn(ids...), post.GoneAtIsNil(), post.BroadcastNEQ(usual.Announced), post.Or(in...))
	if err != nil {
		return err
	}
	slices.SortFunc(posts, func(x, y *usual.Post) int { return x.PostedAt.Compare(y.PostedAt) })
	for _, p := range posts {
		for _, t := range tracks[p.ConnectionID] {
			if types := t.query.Filter.MediaTypes; len(types) == 0 || slices.Contains(types, p.MediaType) {
				t.aged = append(t.aged, p)
			}
		}
	}
	return n.readRuns(ctx, all, tracks)
}

// readRuns finds, for an explanation, the runs that brought the readings after which posts had reached the age.
func (n *Numbers) readRuns(ctx context.Context, all books, tracks map[string][]entry) error {
	if !all.traced() {
		return nil
	}
	var times []time.Time
	var ids []string
	for id, of := range tracks {
		for _, t := range of {
			for _, p := range t.aged {
				if at := p.At[reading.AgeIndex(t.metric.days)]; at.Known {
					times = append(times, at.Read)
				}
			}
		}
		ids = append(ids, id)
	}
	if len(times) == 0 {
		return nil
	}
	slices.SortFunc(times, time.Time.Compare)
	rows, err := n.db.Total.Query().
		Where(total.ConnectionIDIn(ids...), total.ObservedAtIn(slices.Compact(times)...)).
		Select(total.FieldConnectionID, total.FieldObservedAt, total.FieldRunID).
		All(ctx)
	if err != nil {
		return fmt.Errorf("find the runs behind the ages of posts: %w", err)
	}
	for _, r := range rows {
		for _, t := range tracks[r.ConnectionID] {
			if t.brought == nil {
				t.brought = map[int64]string{}
			}
			t.brought[r.ObservedAt.UnixMicro()] = r.RunID
		}
	}
	return nil
}

// typical is the median of what the posts of the range had when they were so many days old: of those that are so old,
// of which it is known, and that were counted alike.
func (t track) typical(b *book, r period.Range, f figure) figure {
	at := t.postsAt()
	if at == nil {
		return t.nothing(f, false)
	}
	f.of = 0 // it covers posts, not days
	changed := func(at time.Time) time.Time { return t.changesBy(b.metric, at).From }
	f.typical = usual.TypicalOf(t.aged, r.From.Begin(r.Zone), r.To.End(r.Zone), b.now, b.metric.days, changed)
	f.ofPosts = f.typical.Old
	if n := len(f.typical.Used); n < typicalFrom {
		f.state = StateMissing
		f.why = because(ReasonTooFewPosts, words.New("numbers.why.fewPosts", "Needed", typicalFrom, "Posts", n))
		if n+f.typical.Mixed >= typicalFrom {
			e := t.changesBy(b.metric, b.now)
			f.why = because(ReasonDefinitionChanged, words.New("numbers.why.changed",
				"Platform", t.acc.Spec.Name, "Day", words.Date(e.From, time.UTC), "What", e.What))
		}
		return f
	}
	f.state, f.posts, f.value, f.at = StateDerived, len(f.typical.Used), f.typical.Median, &f.typical.Read
	return f
}

// changesBy is the last change of what the metric counts at a time; the zero value: there was none.
func (t track) changesBy(m Metric, at time.Time) (last platform.Epoch) {
	for _, id := range t.measures(m) {
		known, _ := t.acc.Spec.Metric(id)
		for _, e := range known.Epochs {
			if !e.From.After(at) && e.From.After(last.From) {
				last = e
			}
		}
	}
	return last
}

// ageOperands are the posts that a typical value is the median of.
func (t track) ageOperands(r period.Range, f figure) []Operand {
	name := t.acc.Spec.Name + " " + t.acc.At()
	out := make([]Operand, len(f.typical.Used))
	for i, p := range f.typical.Used {
		out[i] = Operand{
			Label: words.New("numbers.operand.post", "Account", name, "Time", words.Minute(p.PostedAt, r.Zone)),
			Value: f.typical.Values[i],
		}
	}
	return out
}

// agedDay says of a day of the range whether what every account's posts of that day had at the age is known.
func (b *book) agedDay(d reading.Day) (State, *Reason) {
	for _, t := range b.tracks {
		if t.source != sourceAges {
			if t.state == StateMissing || len(b.tracks) == 1 {
				return t.state, t.why
			}
			continue
		}
		if s, why := t.agedDay(b, d); !s.known() {
			return s, why
		}
	}
	return StateDerived, nil
}

// agedDay says of a day of the range whether the account's posts of that day are known at the age.
func (t track) agedDay(b *book, d reading.Day) (State, *Reason) {
	for _, p := range usual.Between(t.aged, d.Begin(b.query.Range.Zone), d.End(b.query.Range.Zone)) {
		if reading.AgeMoment(p.PostedAt, b.metric.days).After(b.now) {
			return StateMissing, because(ReasonNotYet, words.New("numbers.why.young", "Days", b.metric.days))
		}
		if !p.At[reading.AgeIndex(b.metric.days)].Known {
			return StateMissing, because(ReasonNeverRead, words.New("numbers.why.unread", "Days", b.metric.days))
		}
	}
	return StateDerived, nil
}
