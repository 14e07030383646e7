package syncer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/postage"
	"github.com/truecount/truecount/ent/posthistory"
)

// postBatch is how many posts go into one statement: PostgreSQL takes 65,535 parameters, SQLite 32,766.
const postBatch = 200

// counterColumns are what a post's history follows.
var counterColumns = []string{
	post.FieldViews, post.FieldLikes, post.FieldComments, post.FieldShares, post.FieldSaves, post.FieldReach,
	post.FieldInteractions,
}

// keepPosts saves the posts that came and marks those that are gone, never dropping them. A counter
// that did not come keeps its last known value: the counters only grow, and the platforms deliver late.
func (a *attempt) keepPosts(ctx context.Context, tx store.Tx, now time.Time) error {
	totals, err := a.totals(ctx, tx, now)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(a.posts, postBatch) {
		if err := a.keepPart(ctx, tx, part, totals, now); err != nil {
			return err
		}
	}
	if err := totals.save(ctx, tx, now); err != nil {
		return err
	}
	if len(a.gone) == 0 {
		return nil
	}
	gone := tx.Post.Update().
		Where(post.ConnectionID(a.conn.ID), post.GoneAtIsNil(), post.ExternalIDIn(a.gone...)).
		SetGoneAt(now)
	if a.p != nil && a.p.Spec().GoneIsForgotten {
		gone.SetTitle("").
			SetCaption("").
			SetPermalink("").
			SetMediaURL("").
			SetThumbnailURL("").
			ClearAbsent().
			ClearKnownAt().
			ClearViews().
			ClearLikes().
			ClearComments().
			ClearShares().
			ClearSaves().
			ClearReach().
			ClearInteractions()
		_, err := tx.PostHistory.Delete().
			Where(posthistory.HasPostWith(post.ConnectionID(a.conn.ID), post.ExternalIDIn(a.gone...))).
			Exec(ctx)
		if err != nil {
			return fmt.Errorf("forget posts that are gone: %w", err)
		}
		_, err = tx.PostAge.Delete().
			Where(postage.HasPostWith(post.ConnectionID(a.conn.ID), post.ExternalIDIn(a.gone...))).
			Exec(ctx)
		if err != nil {
			return fmt.Errorf("forget the ages of posts that are gone: %w", err)
		}
	}
	if err := gone.Exec(ctx); err != nil {
		return fmt.Errorf("mark posts that are gone: %w", err)
	}
	return nil
}

func (a *attempt) keepPart(
	ctx context.Context,
	tx store.Tx,
	part []platform.Post,
	totals *totals,
	now time.Time,
) error {
	ids := make([]string, len(part))
	for i, p := range part {
		ids[i] = p.ExternalID
	}
	stored, err := tx.Post.Query().Where(post.ConnectionID(a.conn.ID), post.ExternalIDIn(ids...)).
		Select(slices.Concat([]string{
			post.FieldExternalID, post.FieldMediaType, post.FieldPostedAt,
			post.FieldObservedAt, post.FieldKnownAt, post.FieldGoneAt,
		}, counterColumns)...).
		All(ctx)
	if err != nil {
		return fmt.Errorf("read the posts as they were: %w", err)
	}
	old := make(map[string]*ent.Post, len(stored))
	for _, r := range stored {
		old[r.ExternalID] = r
	}
	var whole, counted []*ent.PostCreate
	growth := map[string]*ent.PostHistoryCreate{}
	ages := map[string]aged{}
	for _, p := range part {
		was := old[p.ExternalID]
		if was == nil && p.CountersOnly {
			continue // erased meanwhile: counters alone make no post
		}
		totals.add(was, p)
		if g := totals.ages(was, p, now); !g.empty() {
			ages[p.ExternalID] = g
		}
		row := postRow(tx, a.conn.ID, p, now).SetID(uuid.Must(uuid.NewV7()).String())
		if at := knownAt(was, p); len(at) > 0 {
			row.SetKnownAt(at)
		}
		if p.CountersOnly {
			counted = append(counted, row)
		} else {
			whole = append(whole, row.SetReadAt(now))
		}
		if h := historyRow(tx, was, p); h != nil {
			growth[p.ExternalID] = h.SetObservedAt(now)
		}
	}
	fixed := []string{
		post.FieldID,
		post.FieldConnectionID,
		post.FieldExternalID,
		post.FieldCreatedAt,
		post.FieldGoneAt,
		post.FieldAbsent,
		post.FieldKnownAt,
	}
	if err := upsertPosts(ctx, tx, whole, renew(post.Table, true, post.Columns, fixed...)); err != nil {
		return err
	}
	if err := upsertPosts(ctx, tx, counted,
		renew(post.Table, true, append(slices.Clone(counterColumns), post.FieldObservedAt))); err != nil {
		return err
	}
	if err := saveAges(ctx, tx, a.conn.ID, ages); err != nil {
		return err
	}
	return a.keepGrowth(ctx, tx, old, growth)
}

// keepGrowth writes history rows by their posts' external ids. The ids of posts that were not there before
// are read back: whoever saved a post first gave it its id.
func (a *attempt) keepGrowth(
	ctx context.Context,
	tx store.Tx,
	old map[string]*ent.Post,
	growth map[string]*ent.PostHistoryCreate,
) error {
	if len(growth) == 0 {
		return nil
	}
	var history []*ent.PostHistoryCreate
	var fresh []string
	for id, h := range growth {
		if was := old[id]; was != nil {
			history = append(history, h.SetPostID(was.ID))
		} else {
			fresh = append(fresh, id)
		}
	}
	if len(fresh) > 0 {
		posts, err := tx.Post.Query().
			Where(post.ConnectionID(a.conn.ID), post.ExternalIDIn(fresh...)).
			Select(post.FieldExternalID).
			All(ctx)
		if err != nil {
			return fmt.Errorf("read the posts that are new: %w", err)
		}
		for _, p := range posts {
			history = append(history, growth[p.ExternalID].SetPostID(p.ID))
		}
	}
	if len(history) == 0 {
		return nil
	}
	err := tx.PostHistory.CreateBulk(history...).
		OnConflictColumns(posthistory.FieldPostID, posthistory.FieldObservedAt).
		UpdateNewValues().
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("save how posts grew: %w", err)
	}
	return nil
}

func upsertPosts(ctx context.Context, tx store.Tx, rows []*ent.PostCreate, set func(*sql.UpdateSet)) error {
	if len(rows) == 0 {
		return nil
	}
	err := tx.Post.CreateBulk(rows...).OnConflict(
		sql.ConflictColumns(post.FieldConnectionID, post.FieldExternalID),
		sql.ResolveWith(func(u *sql.UpdateSet) {
			set(u)
			u.SetExcluded(post.FieldAbsent)  // why a counter is missing is told anew each time
			u.SetExcluded(post.FieldKnownAt) // and so is since when
			u.SetNull(post.FieldGoneAt)      // it is there again
		}),
	).Exec(ctx)
	if err != nil {
		return fmt.Errorf("save posts: %w", err)
	}
	return nil
}

// knownAt dates the counters that are kept from an earlier reading, because this one did not bring them.
func knownAt(was *ent.Post, p platform.Post) map[string]time.Time {
	if was == nil {
		return nil
	}
	out := map[string]time.Time{}
	before := store.PostCounters(was)
	for i, came := range p.Counters() {
		if before[i] == nil || came != nil || !reading.Counter(i).Shown() {
			continue
		}
		name := reading.Counter(i).String()
		at, dated := was.KnownAt[name]
		if !dated {
			at = was.ObservedAt
		}
		out[name] = at.UTC()
	}
	return out
}

// historyRow makes the history row of a post whose counters changed; nil when none did, or none is known.
func historyRow(tx store.Tx, was *ent.Post, p platform.Post) *ent.PostHistoryCreate {
	if was == nil {
		was = &ent.Post{}
	}
	changed := false
	now := func(is, came *int64) *int64 {
		if came == nil {
			return is
		}
		changed = changed || is == nil || *is != *came
		return came
	}
	n := store.PostCounters(was)
	for i, came := range p.Counters() {
		n[i] = now(n[i], came)
	}
	if !changed {
		return nil
	}
	return store.SetHistoryCounters(tx.PostHistory.Create(), n)
}

func postRow(tx store.Tx, connectionID string, p platform.Post, now time.Time) *ent.PostCreate {
	c := tx.Post.Create().SetConnectionID(connectionID).SetExternalID(p.ExternalID).SetMediaType(string(p.MediaType)).
		SetTitle(p.Title).
		SetCaption(p.Caption).SetPermalink(p.Permalink).SetMediaURL(p.MediaURL).SetThumbnailURL(p.ThumbnailURL).
		SetNillableDurationSeconds(p.DurationSeconds).
		SetNillableItems(p.Items).
		SetInsightsNever(p.InsightsNever).SetVisibility(p.Visibility).SetBroadcast(p.Broadcast).
		SetObservedAt(now).SetCreatedAt(now)
	store.SetPostCounters(c, p.Counters())
	if !p.PostedAt.IsZero() {
		c.SetPostedAt(p.PostedAt)
	}
	if len(p.Absent) > 0 {
		why := make(map[string]string, len(p.Absent))
		for metric, reason := range p.Absent {
			why[metric] = string(reason)
		}
		c.SetAbsent(why)
	}
	return c
}
