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
		post.ConnectionIDIn(ids...), post.GoneAtIsNil(), post.BroadcastNEQ(announced), post.Or(in...))
	if err != nil {
		return err
	}
	slices.SortFunc(posts, func(x, y usual.Post) int { return x.PostedAt.Compare(y.PostedAt) })
	for _, p := range posts {
		for _, t := range tracks[p.ConnectionID] {
			if types := t.query.Filter.MediaTypes; len(types) == 0 || slices.Contains(types, p.MediaType) {
				t.aged = append(t.aged, p)
			}
		}
	}
	return n.readRuns(ctx, all, tracks)
}

// announced marks a broadcast that has not begun: it is not published yet.
const announced = "upcoming"

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
	i := reading.AgeIndex(b.metric.days)
	var old []usual.Post
	begin, end := r.From.Begin(r.Zone), r.To.End(r.Zone)
	for _, p := range t.aged {
		if !p.PostedAt.Before(begin) && p.PostedAt.Before(end) &&
			!reading.AgeMoment(p.PostedAt, b.metric.days).After(b.now) {
			old = append(old, p)
		}
	}
	f.ofPosts = len(old)
	since := t.countedSince(b.metric, old)
	mixed := 0
	for _, p := range old {
		switch {
		case !p.At[i].Known:
		case p.PostedAt.Before(since):
			mixed++
		default:
			f.used, f.values = append(f.used, p), append(f.values, p.At[i].Views)
			if read := p.At[i].Read; f.at == nil || read.After(*f.at) {
				f.at = &read
			}
		}
	}
	if len(f.values) < typicalFrom {
		f.state, f.at = StateMissing, nil
		f.why = because(ReasonTooFewPosts, words.New("numbers.why.fewPosts", "Needed", typicalFrom, "Posts", len(f.values)))
		if len(f.values)+mixed >= typicalFrom {
			e := t.changesBy(b.metric, since)
			f.why = because(ReasonDefinitionChanged, words.New("numbers.why.changed",
				"Platform", t.acc.Spec.Name, "Day", words.Date(e.From, time.UTC), "What", e.What))
		}
		return f
	}
	_, f.value, _, _ = reading.Quartiles(f.values)
	f.state, f.posts = StateDerived, len(f.values)
	return f
}

// countedSince is the last day on which the platform changed what it counts, before the youngest of the posts reached
// the age; zero: never. A post that was published before it was counted in another way.
func (t track) countedSince(m Metric, posts []usual.Post) time.Time {
	if len(posts) == 0 {
		return time.Time{}
	}
	return t.changesBy(m, reading.AgeMoment(posts[len(posts)-1].PostedAt, m.days)).From
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
func (t track) ageOperands(b *book, r period.Range, f figure) []Operand {
	name := t.acc.Spec.Name + " " + t.acc.At()
	out := make([]Operand, len(f.used))
	for i, p := range f.used {
		out[i] = Operand{
			Label: words.New("numbers.operand.post", "Account", name, "Time", words.Minute(p.PostedAt, r.Zone)),
			Value: f.values[i],
		}
	}
	return out
}

// reads are the readings after which the posts of a typical value had reached the age, in the order of time.
func (f figure) reads(b *book) []time.Time {
	out := make([]time.Time, len(f.used))
	for i, p := range f.used {
		out[i] = p.At[reading.AgeIndex(b.metric.days)].Read
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.Compact(out)
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
	r := b.query.Range
	begin, end := d.Begin(r.Zone), d.End(r.Zone)
	for _, p := range t.aged {
		if p.PostedAt.Before(begin) || !p.PostedAt.Before(end) {
			continue
		}
		if reading.AgeMoment(p.PostedAt, b.metric.days).After(b.now) {
			return StateMissing, because(ReasonNotYet, words.New("numbers.why.young", "Days", b.metric.days))
		}
		if !p.At[reading.AgeIndex(b.metric.days)].Known {
			return StateMissing, because(ReasonNeverRead, words.New("numbers.why.unread", "Days", b.metric.days))
		}
	}
	return StateDerived, nil
}
