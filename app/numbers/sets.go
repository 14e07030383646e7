package numbers

import (
	"context"
	"slices"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/numbers/sets"
	"github.com/truecount/truecount/app/reading"
)

// A set is some posts: those with a tag, or those that were published at a time of the week. Running totals are kept of
// all posts of a media type, so that of a set they are added up from the readings of each post.

// ofSet reports that the question is of a set of posts, or cut into sets.
func (q Query) ofSet() bool { return len(q.Filter.Tags) > 0 || q.cut }

// bySet makes, of a question whose series is cut into sets of posts, the one that is cut: what it is made of are posts,
// also where the platform has a figure of the whole account.
func (n *Numbers) bySet(list []*accounts.Account, q Query) (*book, error) {
	if !q.Series || q.By != period.ByTag && q.By != period.ByWeekdayHour {
		return nil, nil
	}
	q.cut, q.Compare = true, period.CompareNone
	return n.book(list, q)
}

// readSets answers the questions about sets: it puts the growth of the posts that they are of into their tracks.
func (n *Numbers) readSets(ctx context.Context, all books) error {
	for _, b := range all {
		if !b.query.ofSet() {
			continue
		}
		m, err := sets.Read(ctx, n.db, b.setQuestion())
		if err != nil {
			return err
		}
		if !b.query.cut {
			b.tracks = b.setTracks(m.All)
			continue
		}
		for _, key := range m.Keys {
			own := *b
			own.query.Parts = false
			own.tracks = b.setTracks(m.Of[key])
			b.sets = append(b.sets, set{key, &own})
		}
	}
	return nil
}

// setQuestion asks for the posts of a question about sets.
func (b *book) setQuestion() sets.Question {
	one := books{b}
	q := sets.Question{
		Grown: one.accounts(sourceTotals), Published: one.accounts(sourcePosts), Windows: one.windows(true), Known: b.now,
		Counters: b.metric.counters, Tags: b.query.Filter.Tags, MediaTypes: b.query.Filter.MediaTypes,
		Zone: b.query.Range.Zone,
	}
	if b.query.cut {
		q.By = b.query.By
	}
	return q
}

// set is a group of posts, and the same question about it.
type set struct {
	key string
	of  *book
}

// setTracks are the tracks with the growth of some members in place of that of all posts. At a reading that did not
// bring the counters, nothing is known of a set either.
func (b *book) setTracks(list []sets.Member) []track {
	out := slices.Clone(b.tracks)
	for i := range out {
		t := &out[i]
		switch t.source {
		case sourcePosts:
			t.posts = map[reading.Day]int{}
			for _, one := range list {
				if one.Published && one.Account == t.acc.Row.ID && one.PostedAt != nil {
					t.posts[reading.DayOf(*one.PostedAt, b.query.Range.Zone)]++
				}
			}
		case sourceTotals:
			t.rows = b.setRows(*t, list)
		default:
		}
	}
	return out
}

// setRows are the rows of a track with what some members had gained by then.
func (b *book) setRows(t track, list []sets.Member) []row {
	rows := slices.Clone(t.rows)
	value, base := sets.Gained(list, t.acc.Row.ID, t.times, b.metric.counters)
	var sum, over float64
	for i := range rows {
		sum, over = sum+value[i], over+base[i]
		if rows[i].value != nil {
			v := sum
			rows[i].value = &v
		}
		if rows[i].base != nil {
			v := over
			rows[i].base = &v
		}
	}
	return rows
}

// bySets is the series by sets of posts.
func (b *book) bySets() []Bucket {
	out := make([]Bucket, len(b.cut.sets))
	for i, s := range b.cut.sets {
		out[i] = Bucket{Range: b.query.Range, Group: s.key, Value: s.of.value(b.query.Range)}
	}
	return out
}
