package numbers

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/numbers/readings"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/predicate"
)

// books are questions about the same accounts that are answered from the same statements.
type books []*book

// fill reads what the tracks are made of: a statement for what was read at times and of days, and one for posts.
func (n *Numbers) fill(ctx context.Context, all books) error {
	if err := all.beforehand(); err != nil {
		return err
	}
	if err := n.readReadings(ctx, all, false); err != nil {
		return err
	}
	short, err := all.short()
	if err != nil {
		return err
	}
	if short {
		all.forget()
		if err := n.readReadings(ctx, all, true); err != nil {
			return err
		}
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
	if ids := all.accounts(sourcePosts); len(ids) > 0 {
		if err := n.readPosts(ctx, all, ids); err != nil {
			return err
		}
	}
	return n.readSets(ctx, all)
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

// windowOf is where the readings lie that may close a day of the range, or the day before it.
func windowOf(r period.Range) readings.Window {
	return readings.Window{
		From: (r.From - 1).End(r.Zone).Add(-reading.CloseBefore).UTC(), To: r.To.End(r.Zone).Add(reading.CloseAfter).UTC(),
	}
}

// ranges are the ranges of all questions.
func (all books) ranges() []period.Range {
	var out []period.Range
	for _, b := range all {
		for _, r := range []*period.Range{&b.query.Range, b.against} {
			if r != nil && !slices.Contains(out, *r) {
				out = append(out, *r)
			}
		}
	}
	return out
}

// end is how many days at each end of a range that is only compared with are read: those that may be left out of it,
// and one more.
const end = lag + 1

// windows are those of all ranges, in order; those that touch are one. Of a range that is only compared with, the two
// ends are enough, as a rule: whole asks for what lies between them too.
func (all books) windows(whole bool) []readings.Window {
	var out []readings.Window
	for _, b := range all {
		r := b.query.Range
		out = append(out, windowOf(r))
		switch r := b.against; {
		case r == nil:
		case whole || !b.byEnds():
			out = append(out, windowOf(*r))
		default:
			head := period.Range{From: r.From, To: r.From + end, Zone: r.Zone}
			tail := period.Range{From: r.To - end, To: r.To, Zone: r.Zone}
			out = append(out, windowOf(head), windowOf(tail))
		}
	}
	slices.SortFunc(out, func(x, y readings.Window) int { return x.From.Compare(y.From) })
	apart := out[:1]
	for _, w := range out[1:] {
		if last := &apart[len(apart)-1]; w.From.After(last.To) {
			apart = append(apart, w)
		} else if w.To.After(last.To) {
			last.To = w.To
		}
	}
	return apart
}

// byEnds reports that the ends of the range that is compared with may do: not of a short range, nor of one in which an
// account was connected. What an account had of a media type is known from its other readings too.
func (b *book) byEnds() bool {
	return len(b.query.Filter.MediaTypes) == 0 && b.against.Days() > 2*end &&
		!slices.ContainsFunc(b.tracks, func(t track) bool {
			since := t.acc.Row.CreatedAt
			return since.After((b.against.From - 1).Begin(b.against.Zone)) && !b.joinedAfter(t)
		})
}

// joinedAfter reports that an account was not connected in the range that is compared with.
func (b *book) joinedAfter(t track) bool {
	return t.acc.Row.CreatedAt.After(b.against.To.End(b.against.Zone).Add(reading.CloseAfter))
}

// short reports that the ends of a range that is compared with do not say what was read first and last in it. Where
// nothing at all was read in either end before an account was connected, nothing was read in between.
func (all books) short() (bool, error) {
	for _, b := range all {
		if b.against == nil || !b.byEnds() {
			continue
		}
		from, to := b.against.From+end, b.against.To-end // what was not read lies between these
		if err := b.narrow(); err != nil {
			return false, err
		}
		if b.against == nil {
			continue
		}
		r := *b.against
		for i := range b.tracks {
			t := &b.tracks[i]
			head, tail := t.closed(b, r.From-1, from, r.Zone), t.closed(b, to, r.To, r.Zone)
			switch {
			case t.source == sourceLevel:
				head = tail // only what was read last counts
			case t.source != sourceGain && t.source != sourceTotals:
				continue
			}
			if head != tail || !head && !b.joinedAfter(*t) {
				return true, nil
			}
		}
	}
	return false, nil
}

// closed reports that one of some days is closed by a reading with a number.
func (t *track) closed(b *book, from, to reading.Day, zone *time.Location) bool {
	return slices.ContainsFunc(reading.Closes(t.times, from, to, zone, b.now), func(i int) bool {
		return i >= 0 && t.rows[i].value != nil && (b.metric.Kind != KindRatio || t.rows[i].base != nil)
	})
}

// forget drops what was read.
func (all books) forget() {
	for _, b := range all {
		for i := range b.tracks {
			b.tracks[i].times, b.tracks[i].rows, b.tracks[i].days = nil, nil, nil
		}
	}
}

// beforehand narrows what is compared with where that does not depend on what is read: posts are counted by exact days.
func (all books) beforehand() error {
	for _, b := range all {
		if slices.ContainsFunc(b.tracks, func(t track) bool { return t.source == sourcePosts }) {
			if err := b.narrow(); err != nil {
				return err
			}
		}
	}
	return nil
}

// listed are posts of an account and a media type.
type listed struct {
	ConnectionID string  `sql:"connection_id"`
	MediaType    string  `sql:"media_type"`
	At           *string `sql:"at"`   // when each was published; of all that are stored: the oldest
	What         int     `sql:"what"` // inRanges, allStored, or the index of a range that is only compared with
	Posts        int64   `sql:"posts"`
}

const (
	inRanges  = -1
	allStored = -2
)

// readPosts counts posts by the day, in the zone of the question, on which they were published; of a range that is only
// compared with it counts them all. It finds since when all posts of each account are stored: since ever, or since the
// oldest stored one. One statement gives everything.
func (n *Numbers) readPosts(ctx context.Context, all books, ids []string) error {
	var in []predicate.Post
	var compared []period.Range
	for _, b := range all {
		r := b.query.Range
		in = append(
			in,
			post.And(post.PostedAtGTE(r.From.Begin(r.Zone).UTC()), post.PostedAtLT(r.To.End(r.Zone).UTC())),
		)
		if b.against != nil && !slices.Contains(compared, *b.against) {
			compared = append(compared, *b.against)
		}
	}
	var rows []listed
	err := n.db.Post.Query().
		Where(post.ConnectionIDIn(ids...), post.GoneAtIsNil(), post.CreatedAtLTE(all[0].now), post.Or(in...)).
		Modify(func(s *sql.Selector) {
			s.Select(s.C(post.FieldConnectionID), s.C(post.FieldMediaType)).
				AppendSelectExprAs(sql.Raw(joined(s.Dialect(), store.Instant(s.Dialect(), s.C(post.FieldPostedAt)))), "at").
				AppendSelectExprAs(sql.Raw(strconv.Itoa(inRanges)), "what").
				AppendSelectExprAs(sql.Raw("COUNT(*)"), "posts").
				GroupBy(s.C(post.FieldConnectionID), s.C(post.FieldMediaType))
			stored := postsOf(s.Dialect(), ids, func(c func(string) string) []string {
				return []string{"''", store.Instant(s.Dialect(), "MIN("+c(post.FieldPostedAt)+")"), strconv.Itoa(allStored)}
			})
			s.UnionAll(stored.GroupBy(post.FieldConnectionID))
			for i, r := range compared {
				some := postsOf(s.Dialect(), ids, func(c func(string) string) []string {
					return []string{c(post.FieldMediaType), "CAST(NULL AS text)", strconv.Itoa(i)}
				})
				some.Where(sql.And(
					sql.LTE(some.C(post.FieldCreatedAt), all[0].now),
					sql.GTE(some.C(post.FieldPostedAt), r.From.Begin(r.Zone).UTC()),
					sql.LT(some.C(post.FieldPostedAt), r.To.End(r.Zone).UTC()),
				))
				s.UnionAll(some.GroupBy(post.FieldConnectionID, post.FieldMediaType))
			}
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
		at, err := r.times()
		if err != nil {
			return err
		}
		for _, t := range tracks[r.ConnectionID] {
			types := t.query.Filter.MediaTypes
			switch {
			case r.What == allStored:
				t.extent(r.Posts, at[0])
			case len(types) > 0 && !slices.Contains(types, r.MediaType):
			case r.What == inRanges:
				t.publish(at, t.query.Range.Zone)
			case t.against != nil && *t.against == compared[r.What]:
				t.before += int(r.Posts)
			}
		}
	}
	return nil
}

// postsOf selects numbers of posts that the accounts have, by their account: the columns are the media type, the time
// and what is counted.
func postsOf(dialect string, ids []string, columns func(c func(string) string) []string) *sql.Selector {
	t := sql.Table(post.Table)
	s := sql.Dialect(dialect).Select(t.C(post.FieldConnectionID)).From(t)
	for i, c := range columns(s.C) {
		s.AppendSelectExprAs(sql.Raw(c), []string{"media_type", "at", "what"}[i])
	}
	s.AppendSelectExprAs(sql.Raw("COUNT(*)"), "posts")
	post.ConnectionIDIn(ids...)(s)
	post.GoneAtIsNil()(s)
	return s
}

// joined is an expression of all values of a group in one text: a row for each of a year's posts takes longer.
func joined(d, expression string) string {
	if d == dialect.Postgres {
		return "STRING_AGG(" + expression + ", ',')"
	}
	return "GROUP_CONCAT(" + expression + ", ',')"
}

// times are the times of a line; of one without any the zero time.
func (l *listed) times() ([]time.Time, error) {
	if l.At == nil {
		return []time.Time{{}}, nil
	}
	out := make([]time.Time, 0, l.Posts)
	for one := range strings.SplitSeq(*l.At, ",") {
		at, err := store.ParseInstant(one)
		if err != nil {
			return nil, err
		}
		out = append(out, at)
	}
	return out, nil
}

// publish counts posts by the day in a zone on which they were published.
func (t *track) publish(at []time.Time, zone *time.Location) {
	if t.posts == nil {
		t.posts = map[reading.Day]int{}
	}
	for _, one := range at {
		t.posts[reading.DayOf(one, zone)]++
	}
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
