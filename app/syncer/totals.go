package syncer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/accountreading"
	"github.com/truecount/truecount/ent/total"
)

// totals are the running totals of one account while an attempt is saved: those of the reading before, and what this
// one adds. A nil one keeps none.
type totals struct {
	a      *attempt
	before map[string]reading.Counters // by media type
	first  reading.Firsts
	gained reading.Growth
	posts  map[string]int // by media type, how many posts came
}

// totals reads where the account's running totals stand. They are kept of a reading that brought the posts, and only
// where the platform's terms, or the operator's setting, let us add its numbers up.
func (a *attempt) totals(ctx context.Context, tx store.Tx, now time.Time) (*totals, error) {
	if !a.read || restricted(a) {
		return nil, nil
	}
	t := &totals{a: a, before: map[string]reading.Counters{}, gained: reading.Growth{}, posts: map[string]int{}}
	newest, err := t.atEdge(ctx, tx, sql.Max)
	if err != nil {
		return nil, err
	}
	for _, row := range newest {
		t.before[row.MediaType] = store.TotalCounters(row)
	}
	if len(newest) == 0 || t.forgotten(newest[0].ObservedAt, now) {
		return t, nil
	}
	t.first, err = t.firsts(ctx, tx)
	return t, err
}

// restricted reports that the platform's terms forbid what we compute from its numbers, and that the operator has no
// permission for it.
func restricted(a *attempt) bool {
	settings, _ := a.s.o.Platforms.Settings(a.conn.Platform)
	return a.p == nil || a.p.Spec().DerivedRestricted && !settings.Derived
}

// forgotten reports that so much time went by since the last reading that the platform's terms had us delete posts:
// those that come back are not new.
func (t *totals) forgotten(last, now time.Time) bool {
	within := t.a.p.Spec().VerifyWithin
	return within > 0 && now.Sub(last) > within-unseenEvery-pruneEvery
}

// firsts reads when each counter of the account was first read.
func (t *totals) firsts(ctx context.Context, tx store.Tx) (first reading.Firsts, err error) {
	oldest, err := t.atEdge(ctx, tx, sql.Min)
	if err != nil {
		return first, err
	}
	note := func(rows ...*ent.Total) {
		for _, row := range rows {
			for i, n := range store.TotalCounters(row) {
				if n != nil && first[i] == nil {
					first[i] = &row.ObservedAt
				}
			}
		}
	}
	note(oldest...)
	var known reading.Counters // at the newest reading: what is unknown there was never read
	for _, n := range t.before {
		known = reading.Plus(known, n)
	}
	for _, c := range reading.All() {
		if known[c] == nil || first[c] != nil {
			continue
		}
		row, err := tx.Total.Query().
			Where(total.ConnectionID(t.a.conn.ID), func(s *sql.Selector) { s.Where(sql.NotNull(s.C(c.String()))) }).
			Order(total.ByObservedAt()).
			First(ctx)
		if err != nil {
			return first, fmt.Errorf("look for the first reading of %s: %w", c, err)
		}
		first[c] = &row.ObservedAt
	}
	return first, nil
}

// atEdge reads the rows of the account's oldest or newest reading.
func (t *totals) atEdge(ctx context.Context, tx store.Tx, edge func(string) string) ([]*ent.Total, error) {
	rows, err := tx.Total.Query().Where(total.ConnectionID(t.a.conn.ID), func(s *sql.Selector) {
		at := sql.Dialect(s.Dialect()).Select(edge(total.FieldObservedAt)).From(sql.Table(total.Table))
		at.Where(sql.EQ(total.FieldConnectionID, t.a.conn.ID))
		s.Where(sql.In(s.C(total.FieldObservedAt), at))
	}).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the running totals: %w", err)
	}
	return rows, nil
}

// add notes what a post gained since the reading before; was is nil for a post that is new.
func (t *totals) add(was *ent.Post, p platform.Post) {
	if t == nil {
		return
	}
	g := reading.Gained{MediaType: string(p.MediaType), PostedAt: p.PostedAt, Is: p.Counters()}
	if was != nil {
		g.MediaType, g.Was, g.Returned = was.MediaType, store.PostCounters(was), was.GoneAt != nil
		if was.PostedAt != nil {
			g.PostedAt = *was.PostedAt
		}
	}
	t.gained.Add(g, t.first)
	t.posts[g.MediaType]++
}

// save writes where the totals stand after this reading: a row for each media type that the account ever had, also for
// one that gained nothing, because that is known now.
func (t *totals) save(ctx context.Context, tx store.Tx, now time.Time) error {
	if t == nil {
		return nil
	}
	types := slices.Collect(maps.Keys(t.before))
	for mediaType := range t.gained {
		if _, known := t.before[mediaType]; !known {
			types = append(types, mediaType)
		}
	}
	slices.Sort(types)
	rows := make([]*ent.TotalCreate, len(types))
	for i, mediaType := range types {
		rows[i] = store.SetTotalCounters(tx.Total.Create(), reading.Plus(t.before[mediaType], t.gained[mediaType])).
			SetConnectionID(t.a.conn.ID).
			SetMediaType(mediaType).
			SetObservedAt(now).
			SetRunID(runID(t.a)).
			SetPosts(t.posts[mediaType])
	}
	return saveTotals(ctx, tx, rows)
}

func saveTotals(ctx context.Context, tx store.Tx, rows []*ent.TotalCreate) error {
	for some := range slices.Chunk(rows, postBatch) {
		err := tx.Total.CreateBulk(some...).
			OnConflictColumns(total.FieldConnectionID, total.FieldObservedAt, total.FieldMediaType).
			UpdateNewValues().
			Exec(ctx)
		if err != nil {
			return fmt.Errorf("save the running totals: %w", err)
		}
	}
	return nil
}

// runID is the run that the attempt is of; empty for a demo's past.
func runID(a *attempt) string {
	if a.run == nil {
		return ""
	}
	return a.run.ID
}

// accountReading is what the profile says of the account's own counts.
func accountReading(
	tx store.Tx,
	connectionID, runID string,
	p platform.Profile,
	at time.Time,
) *ent.AccountReadingCreate {
	return tx.AccountReading.Create().
		SetConnectionID(connectionID).
		SetRunID(runID).
		SetObservedAt(at).
		SetNillableFollowers(p.Followers).
		SetNillableFollowing(p.Following).
		SetNillablePostCount(p.Posts).
		SetNillableViewCount(p.Views).
		SetNillableLikeCount(p.Likes)
}

func saveReadings(ctx context.Context, tx store.Tx, rows ...*ent.AccountReadingCreate) error {
	for some := range slices.Chunk(rows, postBatch) {
		err := tx.AccountReading.CreateBulk(some...).
			OnConflictColumns(accountreading.FieldConnectionID, accountreading.FieldObservedAt).
			UpdateNewValues().
			Exec(ctx)
		if err != nil {
			return fmt.Errorf("save the account's counts: %w", err)
		}
	}
	return nil
}
