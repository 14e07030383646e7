package syncer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/postage"
)

// aged is how many views a post had at the ages that it reached between two readings, by their place in reading.Ages.
// The number at an age is settled when the first reading after it comes: the post's row still says then what the
// reading before found, and when. A history could not say that, because a reading that finds no change leaves no row.
type aged struct {
	views [reading.AgeCount]*float64
	read  [reading.AgeCount]*int64 // of the later reading, in microseconds since 1970
}

func (g aged) empty() bool { return g == aged{} }

// settle notes the ages that a post reached after one reading and until the next. before is nil for a post whose views
// were not known before; it starts from 0 then, with fromZero.
func (g *aged) settle(before *reading.Point, now reading.Point, postedAt time.Time, fromZero bool) {
	since, points := postedAt, []reading.Point{now}
	if before != nil {
		since, points = before.At, []reading.Point{*before, now}
	}
	for i, days := range reading.Ages() {
		moment := reading.AgeMoment(postedAt, days)
		if moment.After(now.At) || !moment.After(since) {
			continue
		}
		if v, known := reading.AtAge(points, postedAt, days, fromZero && before == nil); known {
			at := now.At.UnixMicro()
			g.views[i], g.read[i] = &v, &at
		}
	}
}

// ages notes what a post's views were at the ages that it reached since the reading before; was is nil for a post that
// is new. Like the totals, they are computed only where the platform's terms let us.
func (t *totals) ages(was *ent.Post, p platform.Post, now time.Time) aged {
	var out aged
	views := p.Counters()[reading.Views]
	if t == nil || views == nil {
		return out
	}
	postedAt := p.PostedAt
	var before *reading.Point
	returned := false
	if was != nil {
		if was.PostedAt != nil {
			postedAt = *was.PostedAt
		}
		returned = was.GoneAt != nil
		if was.Views != nil {
			at, dated := was.KnownAt[reading.Views.String()]
			if !dated {
				at = was.ObservedAt
			}
			before = &reading.Point{At: at, N: *was.Views}
		}
	}
	if postedAt.IsZero() {
		return out
	}
	first := t.first[reading.Views]
	fromZero := !returned && first != nil && postedAt.After(*first)
	out.settle(before, reading.Point{At: now, N: *views}, postedAt, fromZero)
	return out
}

// saveAges saves the ages of an account's posts by the posts' external ids. What an earlier reading settled stays.
func saveAges(ctx context.Context, tx store.Tx, connectionID string, byPost map[string]aged) error {
	if len(byPost) == 0 {
		return nil
	}
	externals := make([]string, 0, len(byPost))
	for id := range byPost {
		externals = append(externals, id)
	}
	slices.Sort(externals)
	rows, err := tx.Post.Query().
		Where(post.ConnectionID(connectionID), post.ExternalIDIn(externals...)).
		Select(post.FieldExternalID).
		All(ctx)
	if err != nil {
		return fmt.Errorf("read the posts that reached an age: %w", err)
	}
	creates := make([]*ent.PostAgeCreate, len(rows))
	for i, r := range rows {
		g := byPost[r.ExternalID]
		creates[i] = store.SetAges(tx.PostAge.Create(), g.views, g.read).SetConnectionID(connectionID).SetPostID(r.ID)
	}
	if len(creates) == 0 {
		return nil
	}
	err = tx.PostAge.CreateBulk(creates...).OnConflict(
		sql.ConflictColumns(postage.FieldPostID),
		sql.ResolveWith(renew(postage.Table, true, postage.Columns,
			postage.FieldID, postage.FieldConnectionID, postage.FieldPostID)),
	).Exec(ctx)
	if err != nil {
		return fmt.Errorf("save what posts had at an age: %w", err)
	}
	return nil
}
