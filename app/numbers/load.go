package numbers

import (
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/predicate"
)

// books are questions about the same accounts that are answered from the same statements.
type books []*book

// fill reads what the tracks are made of: a statement for what was read at times and of days, and one for posts.
func (n *Numbers) fill(ctx context.Context, all books) error {
	if err := n.readReadings(ctx, all); err != nil {
		return err
	}
	if err := n.learn(ctx, all); err != nil {
		return err
	}
	if err := n.settleTypes(ctx, all); err != nil {
		return err
	}
	if err := n.readAges(ctx, all); err != nil {
		return err
	}
	if err := n.readListings(ctx, all); err != nil {
		return err
	}
	ids := all.accounts(sourcePosts)
	if len(ids) == 0 {
		return nil
	}
	return n.readPosts(ctx, all, ids)
}

// learn gives the questions what is known about how complete the daily figures are that they are made of.
func (n *Numbers) learn(ctx context.Context, all books) error {
	for _, of := range all.tracks(sourceDays) {
		for _, t := range of {
			c, err := n.final.Completeness(ctx, t.acc.Row.Platform, t.daily)
			if err != nil {
				return err
			}
			t.usual = c
		}
	}
	return nil
}

// accounts are the ids of the accounts with a track that is made of one of the sources.
func (all books) accounts(of ...source) []string {
	var ids []string
	for _, b := range all {
		for _, t := range b.tracks {
			if slices.Contains(of, t.source) && !slices.Contains(ids, t.acc.Row.ID) {
				ids = append(ids, t.acc.Row.ID)
			}
		}
	}
	return ids
}

// entry is a track with the book that it is of.
type entry struct {
	*book
	*track
}

// tracks gives the tracks that are made of one of the sources, by the id of their account.
func (all books) tracks(of ...source) map[string][]entry {
	out := map[string][]entry{}
	for _, b := range all {
		for i := range b.tracks {
			if t := &b.tracks[i]; slices.Contains(of, t.source) {
				out[t.acc.Row.ID] = append(out[t.acc.Row.ID], entry{b, t})
			}
		}
	}
	return out
}

// window is a stretch of time in which readings may close the days of a range.
type window struct{ from, to time.Time }

// window is where the readings lie that may close a day of the range, or the day before it.
func (r Range) window() window {
	return window{
		(r.From - 1).End(r.Zone).Add(-reading.CloseBefore).UTC(), r.To.End(r.Zone).Add(reading.CloseAfter).UTC(),
	}
}

// ranges are the ranges of all questions.
func (all books) ranges() []Range {
	var out []Range
	for _, b := range all {
		for _, r := range []*Range{&b.query.Range, b.against} {
			if r != nil && !slices.Contains(out, *r) {
				out = append(out, *r)
			}
		}
	}
	return out
}

// windows are those of all ranges, in order; those that touch are one.
func (all books) windows() []window {
	ranges := all.ranges()
	out := make([]window, 0, len(ranges))
	for _, r := range ranges {
		out = append(out, r.window())
	}
	slices.SortFunc(out, func(x, y window) int { return x.from.Compare(y.from) })
	apart := out[:1]
	for _, w := range out[1:] {
		if last := &apart[len(apart)-1]; w.from.After(last.to) {
			apart = append(apart, w)
		} else if w.to.After(last.to) {
			last.to = w.to
		}
	}
	return apart
}

// readPosts counts posts by the day, in the zone of the question, on which they were published, and finds since
// when all posts of each account are stored: since ever, or since the oldest stored one. One statement gives both.
func (n *Numbers) readPosts(ctx context.Context, all books, ids []string) error {
	var in []predicate.Post
	for _, w := range all.windows() {
		in = append(in, post.And(post.PostedAtGTE(w.from), post.PostedAtLTE(w.to)))
	}
	var rows []struct {
		ConnectionID string  `sql:"connection_id"`
		MediaType    string  `sql:"media_type"`
		At           *string `sql:"at"`
		Stored       int64   `sql:"stored"` // of an account's line; of a post's -1
	}
	err := n.db.Post.Query().
		Where(post.ConnectionIDIn(ids...), post.GoneAtIsNil(), post.CreatedAtLTE(all[0].now), post.Or(in...)).
		Modify(func(s *sql.Selector) {
			s.Select(s.C(post.FieldConnectionID), s.C(post.FieldMediaType)).
				AppendSelectExprAs(sql.Raw(store.Instant(s.Dialect(), s.C(post.FieldPostedAt))), "at").
				AppendSelectExprAs(sql.Raw("-1"), "stored")
			t := sql.Table(post.Table).As("stored")
			whole := sql.Dialect(s.Dialect()).Select(t.C(post.FieldConnectionID)).From(t).
				AppendSelectExprAs(sql.Raw("''"), "media_type").
				AppendSelectExprAs(sql.Raw(store.Instant(s.Dialect(), sql.Min(t.C(post.FieldPostedAt)))), "at").
				AppendSelectExprAs(sql.Raw("COUNT(*)"), "stored")
			whole.Where(sql.And(sql.In(t.C(post.FieldConnectionID), args(ids)...), sql.IsNull(t.C(post.FieldGoneAt)))).
				GroupBy(t.C(post.FieldConnectionID))
			s.UnionAll(whole)
		}).
		Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("count posts: %w", err)
	}
	tracks := all.tracks(sourcePosts)
	for _, of := range tracks {
		for _, t := range of {
			t.since = farAway
		}
	}
	for _, r := range rows {
		var at time.Time
		if r.At != nil {
			if at, err = store.ParseInstant(*r.At); err != nil {
				return err
			}
		}
		for _, t := range tracks[r.ConnectionID] {
			if r.Stored >= 0 {
				t.extent(r.Stored, at)
				continue
			}
			if types := t.query.Filter.MediaTypes; len(types) > 0 && !slices.Contains(types, r.MediaType) {
				continue
			}
			if t.posts == nil {
				t.posts = map[reading.Day]int{}
			}
			t.posts[reading.DayOf(at, t.query.Range.Zone)]++
		}
	}
	return nil
}

// extent notes how many posts of the account are stored, and when the oldest one was published; zero: not known.
func (t *track) extent(stored int64, oldest time.Time) {
	if own := t.acc.PostCount(); own != nil && stored >= *own { // all there are
		t.since = time.Time{}
		return
	}
	if !oldest.IsZero() {
		t.since = oldest
	}
}

// farAway is after every day that is asked for: nothing is known since then.
var farAway = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
