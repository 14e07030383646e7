package numbers

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent/synclog"
	"github.com/truecount/truecount/ent/total"
)

// listing is one reading of the list of an account's posts.
type listing struct {
	at    time.Time
	runID string // of an explanation; empty: not known
}

// readListings finds when the list of posts was read last, as it was known at the time that is asked for. Only a
// question of the past, or of which runs brought it, takes a statement.
func (n *Numbers) readListings(ctx context.Context, all books) error {
	tracks := all.tracks(sourcePosts)
	for _, of := range tracks {
		for _, t := range of {
			if at := t.postsAt(); at != nil && !at.After(t.now) {
				t.listed = &listing{at: *at}
			}
		}
	}
	ids := all.accounts(sourcePosts)
	if len(ids) == 0 {
		return nil
	}
	if !all[0].query.AsOf.IsZero() {
		if err := n.earlierListings(ctx, tracks, ids, all[0].now); err != nil {
			return err
		}
	}
	if all.traced() {
		return n.listingRuns(ctx, tracks, ids, all[0].now)
	}
	return nil
}

// earlierListings takes the newest reading of the posts' counters by then: it is one of the list too.
func (n *Numbers) earlierListings(ctx context.Context, tracks map[string][]entry, ids []string, now time.Time) error {
	var rows []struct {
		ConnectionID string `sql:"connection_id"`
		At           string `sql:"at"`
	}
	err := n.db.Total.Query().Where(total.ConnectionIDIn(ids...), total.ObservedAtLTE(now)).
		Modify(func(s *sql.Selector) {
			s.Select(s.C(total.FieldConnectionID)).
				AppendSelectExprAs(sql.Raw(store.Instant(s.Dialect(), sql.Max(s.C(total.FieldObservedAt)))), "at").
				GroupBy(s.C(total.FieldConnectionID))
		}).
		Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("find when posts were read: %w", err)
	}
	for _, r := range rows {
		at, err := store.ParseInstant(r.At)
		if err != nil {
			return err
		}
		for _, t := range tracks[r.ConnectionID] {
			if t.listed == nil {
				t.listed = &listing{at: at}
			}
		}
	}
	return nil
}

// listingRuns finds the run of each reading: the newest one that read the list by then.
func (n *Numbers) listingRuns(ctx context.Context, tracks map[string][]entry, ids []string, now time.Time) error {
	rows, err := n.db.SyncLog.Query().
		Where(
			synclog.ConnectionIDIn(ids...), synclog.SyncTypeEQ(synclog.SyncTypePosts),
			synclog.StatusNEQ(synclog.StatusFailed), synclog.StartedAtLTE(now),
			synclog.StartedAtGT(now.Add(-listingsWithin)),
		).
		Order(synclog.ByStartedAt()).
		Select(synclog.FieldConnectionID, synclog.FieldRunID, synclog.FieldStartedAt).
		All(ctx)
	if err != nil {
		return fmt.Errorf("find the runs that read posts: %w", err)
	}
	for _, r := range rows {
		for _, t := range tracks[r.ConnectionID] {
			if t.listed != nil && !r.StartedAt.After(t.listed.at) {
				t.listed.runID = r.RunID
			}
		}
	}
	return nil
}

// listingsWithin is so far back that the run of a listing is looked for.
const listingsWithin = 30 * 24 * time.Hour

// published counts the posts of the range. Days before the oldest stored post are not covered, unless all are stored.
func (t track) published(b *book, r period.Range, f figure) figure {
	if t.listed == nil {
		return t.nothing(f, false)
	}
	at, compared := t.listed.at, b.against != nil && r == *b.against && r != b.query.Range
	for d := r.From; d <= r.To; d++ {
		if d.End(r.Zone).After(t.since) && !d.Begin(r.Zone).After(at) {
			f.days++
			if !compared {
				f.value += float64(t.posts[d])
			}
		}
	}
	if compared { // those published in days that are not covered are not stored
		f.value = float64(t.before)
	}
	if f.days == 0 {
		return t.nothing(f, true)
	}
	f.state, f.at, f.took = StateDerived, utc(&at), time.Duration(f.days)*24*time.Hour
	return f
}

// postsAt is when the account's posts were last read; nil: never.
func (t track) postsAt() *time.Time {
	if t.acc.Schedule == nil {
		return nil
	}
	return utc(t.acc.Schedule.PostsReadAt)
}
