package numbers

import (
	"context"
	"slices"

	"github.com/truecount/truecount/app/numbers/listing"
	"github.com/truecount/truecount/app/numbers/readings"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/words"
)

// A question about a media type may be of accounts that have no post of it. Running totals have no row for a type
// before its first post. Where the account's posts were read then, its total was nothing, and that is known.

// typed reports that the question is of some media types, and that it is answered from posts.
func (b *book) typed() bool { return len(b.query.Filter.MediaTypes) > 0 && len(b.metric.counters) > 0 }

// addOther notes a reading of the account's other media types: it was read then, and which counters it brought.
func (t entry) addOther(l *readings.Line, of reading.Counters) {
	r := t.rowAt(l.At, l.RunID)
	nothing := int64(0)
	for _, c := range t.metric.counters {
		if of[c] != nil {
			r.rest = plus(r.rest, &nothing)
		}
	}
	if of[reading.Views] != nil {
		r.restBase = plus(r.restBase, &nothing)
	}
}

// settleTypes decides what an account adds to a question about media types of which it may have no post. It reads which
// types each account has.
func (n *Numbers) settleTypes(ctx context.Context, all books) error {
	var asking books
	for _, b := range all {
		if b.typed() {
			asking = append(asking, b)
		}
	}
	ids := asking.accounts(sourceTotals, sourceAges, sourceNone)
	if len(ids) == 0 {
		return nil
	}
	held, err := listing.Stored(ctx, n.db, ids, all[0].now)
	if err != nil {
		return err
	}
	for _, b := range asking {
		b.settleTypes(held)
	}
	return nil
}

// settleTypes fills in the total of a type before its first post, and leaves accounts out that have no post of the
// types: they are no missing part, as long as another account is left to answer the question.
func (b *book) settleTypes(held listing.Accounts) {
	var with []track
	for _, t := range b.tracks {
		has := b.has(held[t.acc.Row.ID])
		whole := t.whole(held[t.acc.Row.ID])
		first := slices.IndexFunc(t.rows, func(r row) bool { return r.typed })
		switch {
		case first >= 0:
			t.fill(first)
		case t.postsAt() == nil: // it may have such posts
		case has && t.source == sourceTotals: // their counters were not read by then
			t = t.none(StateMissing, because(ReasonNeverRead, words.New("numbers.why.never")))
		case has:
		case whole && t.source == sourceTotals:
			t.fill(len(t.rows))
		default:
			t.absent = true
			if t.source == sourceTotals {
				t = t.none(StateMissing, because(ReasonNeverRead, words.New("numbers.why.noneOfType")))
			}
		}
		with = append(with, t)
	}
	b.tracks = with
	if slices.ContainsFunc(with, func(t track) bool { return !t.absent }) {
		b.tracks = slices.DeleteFunc(with, func(t track) bool { return t.absent })
	}
}

// has reports that an account has a post of the types that may have been published by the end of the question.
func (b *book) has(held listing.Types) bool {
	last := b.query.Range.To
	if b.against != nil {
		last = max(last, b.against.To)
	}
	return slices.ContainsFunc(b.query.Filter.MediaTypes, func(mediaType string) bool {
		h, ok := held[mediaType]
		return ok && (h.Oldest == nil || h.Oldest.Before(last.End(b.query.Range.Zone)))
	})
}

// whole reports that all posts of the account are stored.
func (t track) whole(held listing.Types) bool {
	listed := int64(0)
	for _, h := range held {
		listed += h.Listed
	}
	own := t.acc.PostCount()
	return own != nil && listed >= *own
}

// fill gives the first readings a total of nothing, of those counters that the account's other posts have.
func (t track) fill(first int) {
	for i := range t.rows[:first] {
		r := &t.rows[i]
		r.value, r.base = r.rest, r.restBase
	}
}
