package sets

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/numbers/readings"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/posthistory"
	"github.com/truecount/truecount/ent/posttag"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/tag"
	"github.com/truecount/truecount/ent/total"
)

// Question says whose growth is wanted.
type Question struct {
	Grown      []string          // ids of the connections of whose posts the growth is wanted
	Published  []string          // and of those of which it is when they were published
	Windows    []readings.Window // apart from each other, in order
	Known      time.Time         // what was read later is not known
	Counters   []reading.Counter
	Tags       []string  // of posts with one of them; empty: of all
	MediaTypes []string  // likewise
	By         period.By // ByTag or ByWeekdayHour; empty: no groups
	Zone       *time.Location
}

// where are the posts that a question is of.
func (q Question) where(accounts []string) []predicate.Post {
	out := []predicate.Post{post.ConnectionIDIn(accounts...), post.CreatedAtLTE(q.Known)}
	if len(q.Tags) > 0 {
		out = append(out, post.HasTagsWith(posttag.HasTagWith(tag.NameIn(q.Tags...))))
	}
	if len(q.MediaTypes) > 0 {
		out = append(out, post.MediaTypeIn(q.MediaTypes...))
	}
	return out
}

// Gain is what one reading of a post found that it had gained since the one before. A nil counter gained nothing that
// is known.
type Gain struct {
	Account  string
	Post     string
	PostedAt *time.Time
	At       time.Time
	Counters reading.Counters
}

// line is a reading of a post that found a change.
type line struct {
	ID           string     `sql:"id"`
	ConnectionID string     `sql:"connection_id"`
	PostedAt     *time.Time `sql:"posted_at"`
	CreatedAt    time.Time  `sql:"created_at"`
	ObservedAt   time.Time  `sql:"observed_at"`
	N0           *int64     `sql:"n0"`
	N1           *int64     `sql:"n1"`
	N2           *int64     `sql:"n2"`
	N3           *int64     `sql:"n3"`
	N4           *int64     `sql:"n4"`
	N5           *int64     `sql:"n5"`
	N6           *int64     `sql:"n6"`
}

func (l *line) numbers() [7]*int64 { return [7]*int64{l.N0, l.N1, l.N2, l.N3, l.N4, l.N5, l.N6} }

// gains reads what posts gained at each reading in the windows, in one statement for each window, and one more for each
// counter where there are posts that were new. The data layer keeps it to the viewer's own posts.
func (q Question) gains(ctx context.Context, db *ent.Client) ([]Gain, error) {
	if !slices.Contains(q.Counters, reading.Views) { // which a rate is over
		q.Counters = append(slices.Clone(q.Counters), reading.Views)
	}
	var out []Gain
	var firsts map[string]reading.Firsts
	for _, w := range q.Windows {
		lines, err := q.read(ctx, db, w)
		if err != nil {
			return nil, err
		}
		for i := range lines {
			l := &lines[i]
			if l.ObservedAt.Before(w.From) { // where the post stood before
				continue
			}
			var was *line
			if i > 0 && lines[i-1].ID == l.ID {
				was = &lines[i-1]
			}
			if was == nil && firsts == nil {
				if firsts, err = q.firsts(ctx, db); err != nil {
					return nil, err
				}
			}
			out = append(out, Gain{
				Account: l.ConnectionID, Post: l.ID, PostedAt: l.PostedAt, At: l.ObservedAt.UTC(),
				Counters: q.gained(was, l, firsts[l.ConnectionID]),
			})
		}
	}
	return out, nil
}

// gained is what a reading of a post found that it had gained. A counter that was not known before starts from 0 if
// the post was published after the account's first reading of that counter, and was stored then for the first time.
func (q Question) gained(was, is *line, first reading.Firsts) reading.Counters {
	g := reading.Gained{Returned: was == nil && is.CreatedAt.Before(is.ObservedAt)}
	if is.PostedAt != nil {
		g.PostedAt = *is.PostedAt
	}
	n := is.numbers()
	for i, c := range q.Counters {
		g.Is[c] = n[i]
		if was != nil {
			g.Was[c] = was.numbers()[i]
		}
	}
	sum := reading.Growth{}
	sum.Add(g, first)
	return sum[""]
}

// read gives the readings in a window that found a change, and of each post the one before them, by post and time.
func (q Question) read(ctx context.Context, db *ent.Client, w readings.Window) ([]line, error) {
	var lines []line
	err := db.Post.Query().Where(q.where(q.Grown)...).
		Modify(func(s *sql.Selector) {
			h, before := sql.Table(posthistory.Table).As("h"), sql.Table(posthistory.Table).As("b")
			last := sql.Dialect(s.Dialect()).Select(sql.Max(before.C(posthistory.FieldObservedAt))).From(before)
			last.Where(sql.And(
				sql.ColumnsEQ(before.C(posthistory.FieldPostID), s.C(post.FieldID)),
				sql.LT(before.C(posthistory.FieldObservedAt), w.From),
			))
			s.Join(h).On(s.C(post.FieldID), h.C(posthistory.FieldPostID))
			// As one range of the index: from the last reading before the window, where there is one.
			s.Where(sql.And(
				sql.LTE(h.C(posthistory.FieldObservedAt), w.To), sql.LTE(h.C(posthistory.FieldObservedAt), q.Known),
				sql.P(func(b *sql.Builder) {
					b.Ident(h.C(posthistory.FieldObservedAt)).WriteString(" >= COALESCE((").Join(last).WriteString("), ").
						Arg(w.From).WriteString(")")
				}),
			))
			s.Select(
				s.C(post.FieldID), s.C(post.FieldConnectionID), s.C(post.FieldPostedAt), s.C(post.FieldCreatedAt),
				h.C(posthistory.FieldObservedAt),
			)
			for i, c := range q.Counters {
				s.AppendSelectAs(h.C(c.String()), fmt.Sprintf("n%d", i))
			}
		}).
		Scan(ctx, &lines)
	if err != nil {
		return nil, fmt.Errorf("read how posts grew: %w", err)
	}
	slices.SortFunc(lines, func(x, y line) int {
		return cmp.Or(cmp.Compare(x.ID, y.ID), x.ObservedAt.Compare(y.ObservedAt))
	})
	return lines, nil
}

// firsts are the times at which each account's counters were first read.
func (q Question) firsts(ctx context.Context, db *ent.Client) (map[string]reading.Firsts, error) {
	out := map[string]reading.Firsts{}
	for _, c := range q.Counters {
		var rows []struct {
			ConnectionID string    `sql:"connection_id"`
			ObservedAt   time.Time `sql:"observed_at"`
		}
		err := db.Total.Query().Where(total.ConnectionIDIn(q.Grown...)).
			Modify(func(s *sql.Selector) {
				t := sql.Table(total.Table).As("older")
				older := sql.Dialect(s.Dialect()).Select(sql.Min(t.C(total.FieldObservedAt))).From(t)
				older.Where(sql.And(
					sql.ColumnsEQ(t.C(total.FieldConnectionID), s.C(total.FieldConnectionID)), sql.NotNull(t.C(c.String())),
				))
				s.Where(sql.EQ(s.C(total.FieldObservedAt), older))
				s.Select(s.C(total.FieldConnectionID), s.C(total.FieldObservedAt))
			}).
			Scan(ctx, &rows)
		if err != nil {
			return nil, fmt.Errorf("find the first readings of %s: %w", c, err)
		}
		for _, r := range rows {
			of := out[r.ConnectionID]
			of[c] = &r.ObservedAt
			out[r.ConnectionID] = of
		}
	}
	return out, nil
}
