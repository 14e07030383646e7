package numbers

import (
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/numbers/readings"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent/post"
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

// holding is how many posts of a media type of an account are stored.
type holding struct {
	listed int64 // those that the platform still shows
	oldest *time.Time
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
	held, err := n.holdings(ctx, ids, all[0].now)
	if err != nil {
		return err
	}
	for _, b := range asking {
		b.settleTypes(held)
	}
	return nil
}

// holdings counts the posts of accounts by account and media type, as they were stored at a time.
func (n *Numbers) holdings(ctx context.Context, ids []string, now time.Time) (map[string]map[string]holding, error) {
	var rows []struct {
		ConnectionID string  `sql:"connection_id"`
		MediaType    string  `sql:"media_type"`
		Listed       int64   `sql:"listed"`
		At           *string `sql:"at"`
	}
	err := n.db.Post.Query().Where(post.ConnectionIDIn(ids...), post.CreatedAtLTE(now)).
		Modify(func(s *sql.Selector) {
			s.Select(s.C(post.FieldConnectionID), s.C(post.FieldMediaType)).
				AppendSelectExprAs(sql.Raw("COUNT(*) - COUNT("+s.C(post.FieldGoneAt)+")"), "listed").
				AppendSelectExprAs(sql.Raw(store.Instant(s.Dialect(), sql.Min(s.C(post.FieldPostedAt)))), "at").
				GroupBy(s.C(post.FieldConnectionID), s.C(post.FieldMediaType))
		}).
		Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("count posts by media type: %w", err)
	}
	out := map[string]map[string]holding{}
	for _, r := range rows {
		if out[r.ConnectionID] == nil {
			out[r.ConnectionID] = map[string]holding{}
		}
		h := holding{listed: r.Listed}
		if r.At != nil {
			at, err := store.ParseInstant(*r.At)
			if err != nil {
				return nil, err
			}
			h.oldest = &at
		}
		out[r.ConnectionID][r.MediaType] = h
	}
	return out, nil
}

// settleTypes fills in the total of a type before its first post, and leaves accounts out that have no post of the
// types: they are no missing part, as long as another account is left to answer the question.
func (b *book) settleTypes(held map[string]map[string]holding) {
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
func (b *book) has(held map[string]holding) bool {
	last := b.query.Range.To
	if b.against != nil {
		last = max(last, b.against.To)
	}
	return slices.ContainsFunc(b.query.Filter.MediaTypes, func(mediaType string) bool {
		h, ok := held[mediaType]
		return ok && (h.oldest == nil || h.oldest.Before(last.End(b.query.Range.Zone)))
	})
}

// whole reports that all posts of the account are stored.
func (t track) whole(held map[string]holding) bool {
	listed := int64(0)
	for _, h := range held {
		listed += h.listed
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
