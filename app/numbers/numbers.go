package numbers

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/numbers/final"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/numbers/sets"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
)

// Options is what Numbers is made of.
type Options struct {
	Store    *store.Store
	Accounts *accounts.Accounts
	Now      func() time.Time // nil: time.Now
}

// Numbers answers questions about a creator's figures.
type Numbers struct {
	db       *ent.Client
	accounts *accounts.Accounts
	clock    func() time.Time
	final    *final.Learner
}

// New makes it.
func New(o Options) *Numbers {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Numbers{db: o.Store.Read, accounts: o.Accounts, clock: o.Now, final: final.New(o.Store.Read, o.Now)}
}

// Filter says of which accounts and posts a question is; an empty list is of all.
type Filter struct {
	Platforms   []string
	Connections []string
	MediaTypes  []string
	Tags        []string // posts with one of them
}

// Query is a question about one metric.
type Query struct {
	Metric  string
	Range   period.Range
	Compare period.Comparison // empty: the days before
	By      period.By         // empty: by day
	Filter  Filter
	AsOf    time.Time // as it was known then, by today's formula and today's rights; zero: now
	Series  bool      // the answer has one
	Lines   bool      // the answer has a series for each account
	Parts   bool      // the answer names its parts also when there is one

	cut bool // into sets of posts
}

// Answer is a figure, what it was before, and how it came about.
type Answer struct {
	Metric     string
	Range      period.Range
	Comparison *period.Range
	Value      Value
	Before     *Value
	Change     *Value
	Series     []Bucket
	Lines      []Line
}

// Line is the series of one account: each value is its own, whatever sums the platform's terms allow.
type Line struct {
	Account *accounts.Account
	Series  []Bucket
}

// Bucket is the figure of a piece of the range.
type Bucket struct {
	Range period.Range
	Group string // the key of a group, when it is not cut by time
	Value Value
}

// Number answers a question of a creator. What is not theirs counts as not there. A parameter that cannot be meant is
// INVALID and named.
func (n *Numbers) Number(ctx context.Context, creatorID string, q Query) (*Answer, error) {
	list, err := n.Chosen(ctx, creatorID, q.Filter)
	if err != nil {
		return nil, err
	}
	all, err := n.Ask(ctx, list, q)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// Ask answers several questions about accounts that are loaded with their runs, with one statement for each kind of
// reading. The questions are as known at the same time; which accounts they are of is not looked at.
func (n *Numbers) Ask(ctx context.Context, list []*accounts.Account, questions ...Query) ([]*Answer, error) {
	all := make(books, len(questions))
	filled := make(books, 0, len(questions))
	for i, q := range questions {
		b, err := n.book(list, q)
		if err != nil {
			return nil, err
		}
		if b.types, err = n.byType(list, q); err != nil {
			return nil, err
		}
		all[i], filled = b, append(append(filled, b), b.types...)
		if b.cut, err = n.bySet(list, q); err != nil {
			return nil, err
		}
		if b.cut != nil {
			filled = append(filled, b.cut)
		}
	}
	if err := n.fill(ctx, filled); err != nil {
		return nil, err
	}
	out := make([]*Answer, len(all))
	for i, b := range all {
		var err error
		if out[i], err = b.answer(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (b *book) answer() (*Answer, error) {
	q := b.query
	if err := b.narrow(); err != nil {
		return nil, err
	}
	a := &Answer{Metric: q.Metric, Range: q.Range, Comparison: b.against, Value: b.value(q.Range)}
	if b.against != nil {
		before, change := b.compare()
		a.Before, a.Change = &before, &change
	}
	if !q.Series && !q.Lines {
		return a, nil
	}
	if q.By.Groups() && !q.Lines {
		a.Series = b.grouped()
		return a, nil
	}
	pieces, err := q.Range.Split(q.By)
	if err != nil {
		return nil, err
	}
	if q.Series {
		a.Series = b.series(pieces)
	}
	if q.Lines {
		for i := range b.tracks {
			own := *b
			own.tracks = b.tracks[i : i+1]
			a.Lines = append(a.Lines, Line{Account: b.tracks[i].acc, Series: own.series(pieces)})
		}
	}
	return a, nil
}

func (b *book) series(pieces []period.Range) []Bucket {
	out := make([]Bucket, len(pieces))
	for i, r := range pieces {
		out[i] = Bucket{Range: r, Value: b.value(r)}
	}
	return out
}

// book is what a question is answered from: the readings of each account that it is of.
type book struct {
	metric  Metric
	query   Query
	now     time.Time // as the reader asks it to be
	today   reading.Day
	against *period.Range // what the range is compared with; nil: nothing
	tracks  []track
	cut     *book // of a series by sets of posts: the question that is cut into them; nil: there is none
	sets    []set // of that one: each set
	types   books // of a series by media type: the same question about each
	traced  bool  // it is asked which runs brought the readings
}

func (n *Numbers) book(list []*accounts.Account, q Query) (*book, error) {
	m, err := Find(q.Metric)
	if err != nil {
		return nil, err
	}
	b := &book{metric: m, query: q, now: n.clock().UTC()}
	if !q.AsOf.IsZero() {
		if q.AsOf.After(b.now) {
			return nil, fault.InvalidParameter("as_of", words.New("numbers.bad.future", "Parameter", "as_of"))
		}
		b.now = q.AsOf.UTC()
	}
	b.today = reading.DayOf(b.now, q.Range.Zone)
	if b.against, err = q.Compare.Against(q.Range, b.today); err != nil {
		return nil, err
	}
	for _, t := range q.Filter.MediaTypes {
		if !slices.Contains(platform.MediaTypes(), platform.MediaType(t)) {
			return nil, fault.InvalidParameter("media_type", words.New("numbers.bad.mediaType"))
		}
	}
	for _, acc := range list {
		b.tracks = append(b.tracks, b.track(acc))
	}
	return b, nil
}

// lag is by how many days the end of a period may be left out of a comparison, because it is not over or not read yet.
const lag = 3

// comparable is the range as it is compared. Of what is gained day by day, the last days are left out that are not
// over, or that were not read to their end yet: the other side of a comparison has no such days.
func (b *book) comparable() period.Range {
	r := b.query.Range
	if b.metric.Kind == KindLevel || r.To < b.today-lag || r.Days() == 1 {
		return r
	}
	if r.To >= b.today {
		r.To = b.today - 1
	}
	whole := r.To
	for _, t := range b.tracks {
		if d, ok := t.lastDay(b, r); ok && d >= whole-lag && d < r.To {
			r.To = d
		}
	}
	if r.To < r.From { // nothing of it is over
		return b.query.Range
	}
	return r
}

// narrow makes what a named comparison is with as long as what is compared, when that is known.
func (b *book) narrow() error {
	if b.against == nil {
		return nil
	}
	r := b.comparable()
	// Nothing of it is over: a whole day is no measure for a part of one.
	if b.metric.Kind != KindLevel && r.To >= b.today {
		b.against = nil
		return nil
	}
	var err error
	b.against, err = b.query.Compare.Against(r, b.today)
	return err
}

// Chosen loads the accounts of a creator that a filter means, with their runs: those that are connected, and those that
// it names. What is not theirs is INVALID and named. Package posts asks too.
func (n *Numbers) Chosen(ctx context.Context, creatorID string, f Filter) ([]*accounts.Account, error) {
	all, err := n.accounts.Load(ctx, creatorID)
	if err != nil {
		return nil, err
	}
	for _, id := range f.Connections {
		if !slices.ContainsFunc(all, func(acc *accounts.Account) bool { return acc.Row.ID == id }) {
			return nil, fault.InvalidParameter("connection", words.New("numbers.bad.connection"))
		}
	}
	if known, err := sets.HasTags(ctx, n.db, creatorID, f.Tags); err != nil || !known {
		return nil, cmp.Or(err, fault.InvalidParameter("tag", words.New("numbers.bad.tag")))
	}
	for _, id := range f.Platforms {
		if !n.accounts.Has(id) {
			return nil, fault.InvalidParameter("platform", words.New("numbers.bad.platform"))
		}
	}
	var out []*accounts.Account
	for _, acc := range all {
		named := slices.Contains(f.Connections, acc.Row.ID)
		switch {
		case len(f.Connections) > 0 && !named,
			len(f.Platforms) > 0 && !slices.Contains(f.Platforms, acc.Row.Platform),
			!named && acc.Row.Status == connection.StatusDisconnected:
			continue
		}
		out = append(out, acc)
	}
	return out, n.accounts.WithRuns(ctx, out)
}
