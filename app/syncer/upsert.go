package syncer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/snapshot"
)

// renew is what an upsert does with a row that is there: every column takes its new value. With
// keepOld an unknown value leaves the old one standing.
func renew(table string, keepOld bool, columns []string, except ...string) func(*sql.UpdateSet) {
	return func(u *sql.UpdateSet) {
		for _, c := range columns {
			switch {
			case slices.Contains(except, c):
			case keepOld:
				u.Set(c, sql.Expr(fmt.Sprintf("COALESCE(excluded.%s, %s.%s)", c, table, c)))
			default:
				u.SetExcluded(c)
			}
		}
	}
}

// postBatch is how many posts go into one statement: PostgreSQL takes 65,535 parameters, SQLite 32,766.
const postBatch = 200

// keepPosts saves the posts that came. A counter that did not come keeps its last known value: the
// counters only grow, and the platforms deliver late. Posts that the platform no longer lists are
// marked, never dropped.
func (a *attempt) keepPosts(ctx context.Context, tx store.Tx, now time.Time) error {
	for part := range slices.Chunk(a.posts, postBatch) {
		rows := make([]*ent.PostCreate, len(part))
		for i, p := range part {
			rows[i] = postRow(tx, a.conn.ID, p, now)
		}
		err := tx.Post.CreateBulk(rows...).OnConflict(
			sql.ConflictColumns(post.FieldConnectionID, post.FieldExternalID),
			sql.ResolveWith(func(u *sql.UpdateSet) {
				renew(post.Table, true, post.Columns, post.FieldID, post.FieldConnectionID, post.FieldExternalID, post.FieldCreatedAt, post.FieldGoneAt)(u)
				u.SetNull(post.FieldGoneAt) // it is there again
			}),
		).Exec(ctx)
		if err != nil {
			return fmt.Errorf("save posts: %w", err)
		}
	}
	if !a.whole || (len(a.posts) == 0 && (a.profile.Posts == nil || *a.profile.Posts > 0)) {
		return nil
	}
	settings, _ := a.s.o.Platforms.Settings(a.run.Platform)
	gone := tx.Post.Update().Where(post.ConnectionID(a.conn.ID), post.GoneAtIsNil())
	ids := make([]string, len(a.posts))
	var oldest time.Time
	for i, p := range a.posts {
		ids[i] = p.ExternalID
		if !p.PostedAt.IsZero() && (oldest.IsZero() || p.PostedAt.Before(oldest)) {
			oldest = p.PostedAt
		}
	}
	if len(ids) > 0 {
		gone.Where(post.ExternalIDNotIn(ids...))
	}
	if len(a.posts) >= settings.PostLimit { // older ones were not looked at
		if oldest.IsZero() {
			return nil
		}
		gone.Where(post.PostedAtGT(oldest))
	}
	if err := gone.SetGoneAt(now).Exec(ctx); err != nil {
		return fmt.Errorf("mark posts that are gone: %w", err)
	}
	return nil
}

func postRow(tx store.Tx, connectionID string, p platform.Post, now time.Time) *ent.PostCreate {
	c := tx.Post.Create().SetConnectionID(connectionID).SetExternalID(p.ExternalID).SetMediaType(string(p.MediaType)).
		SetTitle(p.Title).SetCaption(p.Caption).SetPermalink(p.Permalink).SetMediaURL(p.MediaURL).SetThumbnailURL(p.ThumbnailURL).
		SetNillableDurationSeconds(p.DurationSeconds).SetNillableViews(p.Views).SetNillableLikes(p.Likes).SetNillableComments(p.Comments).
		SetNillableShares(p.Shares).SetNillableSaves(p.Saves).SetNillableReach(p.Reach).SetNillableInteractions(p.Interactions).
		SetInsightsNever(p.InsightsNever).SetObservedAt(now).SetCreatedAt(now)
	if !p.PostedAt.IsZero() {
		c.SetPostedAt(p.PostedAt)
	}
	return c
}

// measured is one dated value.
type measured struct {
	metric string
	value  int64
}

// snapshots lists what the profile tells of today. What is unknown makes no snapshot.
func (a *attempt) snapshots() []measured {
	if a.profile == nil {
		return nil
	}
	var out []measured
	for _, m := range []struct {
		metric string
		value  *int64
	}{{"follower_count", a.profile.Followers}, {"post_count", a.profile.Posts}, {"view_count", a.profile.Views}} {
		if m.value != nil {
			out = append(out, measured{m.metric, *m.value})
		}
	}
	return out
}

func (a *attempt) keepSnapshots(ctx context.Context, tx store.Tx, now time.Time) error {
	return saveSnapshots(ctx, tx, a.conn.ID, now, a.snapshots())
}

// saveSnapshots writes the values of one UTC day; a later observation of the same day wins.
func saveSnapshots(ctx context.Context, tx store.Tx, connectionID string, at time.Time, values []measured) error {
	if len(values) == 0 {
		return nil
	}
	day := at.UTC().Format(time.DateOnly)
	rows := make([]*ent.SnapshotCreate, len(values))
	for i, m := range values {
		rows[i] = tx.Snapshot.Create().SetConnectionID(connectionID).SetMetric(m.metric).SetDay(day).SetValue(m.value).SetObservedAt(at)
	}
	err := tx.Snapshot.CreateBulk(rows...).OnConflict(
		sql.ConflictColumns(snapshot.FieldConnectionID, snapshot.FieldMetric, snapshot.FieldDay),
		sql.ResolveWith(func(u *sql.UpdateSet) { u.SetExcluded(snapshot.FieldValue); u.SetExcluded(snapshot.FieldObservedAt) }),
	).Exec(ctx)
	if err != nil {
		return fmt.Errorf("save snapshots: %w", err)
	}
	return nil
}
