package numbers

import (
	"context"
	"slices"
	"time"

	"github.com/truecount/truecount/app/accounts"
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
}

// New makes it.
func New(o Options) *Numbers {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Numbers{db: o.Store.Read, accounts: o.Accounts, clock: o.Now}
}

// Filter says of which accounts and posts a question is; an empty list is of all.
type Filter struct {
	Platforms   []string
	Connections []string
	MediaTypes  []string
}

// Query is a question about one metric.
type Query struct {
	Metric  string
	Range   Range
	Compare Comparison // empty: the days before
	By      By         // empty: by day
	Filter  Filter
	AsOf    time.Time // as it was known then, by today's formula and today's rights; zero: now
	Series  bool      // the answer has one
	Parts   bool      // the answer names its parts also when there is one
}

// Answer is a figure, what it was before, and how it came about.
type Answer struct {
	Metric     string
	Range      Range
	Comparison *Range
	Value      Value
	Before     *Value
	Change     *Value
	Series     []Bucket
}

// Bucket is the figure of a piece of the range.
type Bucket struct {
	Range Range
	Group string // the key of a group, when it is not cut by time
	Value Value
}

// Number answers a question of a creator. What is not theirs counts as not there. A parameter that cannot be meant is
// INVALID and named.
func (n *Numbers) Number(ctx context.Context, creatorID string, q Query) (*Answer, error) {
	b, err := n.book(ctx, creatorID, q)
	if err != nil {
		return nil, err
	}
	a := &Answer{Metric: q.Metric, Range: q.Range, Comparison: b.against, Value: b.value(q.Range)}
	if b.against != nil {
		before, change := b.compare()
		a.Before, a.Change = &before, &change
	}
	if q.Series {
		pieces, err := q.Range.split(q.By)
		if err != nil {
			return nil, err
		}
		for _, r := range pieces {
			a.Series = append(a.Series, Bucket{Range: r, Value: b.value(r)})
		}
	}
	return a, nil
}

// book is what a question is answered from: the readings of each account that it is of.
type book struct {
	metric  Metric
	query   Query
	now     time.Time // as the reader asks it to be
	today   reading.Day
	against *Range // what the range is compared with; nil: nothing
	tracks  []track
}

func (n *Numbers) book(ctx context.Context, creatorID string, q Query) (*book, error) {
	m, err := Find(q.Metric)
	if err != nil {
		return nil, err
	}
	b := &book{metric: m, query: q, now: n.clock().UTC()}
	if !q.AsOf.IsZero() {
		if q.AsOf.After(b.now) {
			return nil, invalid("as_of", words.New("numbers.bad.future", "Parameter", "as_of"))
		}
		b.now = q.AsOf.UTC()
	}
	b.today = reading.DayOf(b.now, q.Range.Zone)
	if b.against, err = q.Compare.against(q.Range, b.today); err != nil {
		return nil, err
	}
	for _, t := range q.Filter.MediaTypes {
		if !slices.Contains(platform.MediaTypes(), platform.MediaType(t)) {
			return nil, invalid("media_type", words.New("numbers.bad.mediaType"))
		}
	}
	list, err := n.chosen(ctx, creatorID, q.Filter)
	if err != nil {
		return nil, err
	}
	for _, acc := range list {
		b.tracks = append(b.tracks, b.track(acc))
	}
	b.finishedOnly()
	return b, n.fill(ctx, b)
}

// finishedOnly shortens what a period is compared with by the day that is not over, when the period reaches into it:
// that day is left out of both sides.
func (b *book) finishedOnly() {
	if b.against == nil || b.metric.Kind == KindLevel || b.query.Range.To < b.today || b.query.Range.Days() == 1 {
		return
	}
	b.against.To--
	if b.against.To < b.against.From {
		b.against = nil
	}
}

// comparable is the range without the day that is not over.
func (b *book) comparable() Range {
	r := b.query.Range
	if b.metric.Kind != KindLevel && r.To >= b.today && r.Days() > 1 {
		r.To = b.today - 1
	}
	return r
}

// chosen loads the accounts that a filter means: those that are connected, and those that it names.
func (n *Numbers) chosen(ctx context.Context, creatorID string, f Filter) ([]*accounts.Account, error) {
	all, err := n.accounts.Load(ctx, creatorID)
	if err != nil {
		return nil, err
	}
	for _, id := range f.Connections {
		if !slices.ContainsFunc(all, func(acc *accounts.Account) bool { return acc.Row.ID == id }) {
			return nil, invalid("connection", words.New("numbers.bad.connection"))
		}
	}
	for _, id := range f.Platforms {
		if !n.accounts.Has(id) {
			return nil, invalid("platform", words.New("numbers.bad.platform"))
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
