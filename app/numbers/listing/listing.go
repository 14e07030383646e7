package listing

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/synclog"
	"github.com/truecount/truecount/ent/total"
)

// Holding is how many posts of a media type of an account are stored.
type Holding struct {
	Listed int64      // those that the platform still shows
	Oldest *time.Time // when the oldest one was published; nil: not known
}

// Types are an account's, by media type.
type Types map[string]Holding

// Accounts are those of accounts, by the id of the connection.
type Accounts map[string]Types

// Stored counts the posts of accounts by account and media type, as they were stored at a time.
func Stored(ctx context.Context, db *ent.Client, ids []string, now time.Time) (Accounts, error) {
	var rows []struct {
		ConnectionID string  `sql:"connection_id"`
		MediaType    string  `sql:"media_type"`
		Listed       int64   `sql:"listed"`
		At           *string `sql:"at"`
	}
	err := db.Post.Query().Where(post.ConnectionIDIn(ids...), post.CreatedAtLTE(now)).
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
	out := Accounts{}
	for _, r := range rows {
		if out[r.ConnectionID] == nil {
			out[r.ConnectionID] = Types{}
		}
		h := Holding{Listed: r.Listed}
		if r.At != nil {
			at, err := store.ParseInstant(*r.At)
			if err != nil {
				return nil, err
			}
			h.Oldest = &at
		}
		out[r.ConnectionID][r.MediaType] = h
	}
	return out, nil
}

// Newest gives when posts were read last by a time, by account: a reading of their counters is one of the list too.
func Newest(ctx context.Context, db *ent.Client, ids []string, now time.Time) (map[string]time.Time, error) {
	var rows []struct {
		ConnectionID string `sql:"connection_id"`
		At           string `sql:"at"`
	}
	err := db.Total.Query().Where(total.ConnectionIDIn(ids...), total.ObservedAtLTE(now)).
		Modify(func(s *sql.Selector) {
			s.Select(s.C(total.FieldConnectionID)).
				AppendSelectExprAs(sql.Raw(store.Instant(s.Dialect(), sql.Max(s.C(total.FieldObservedAt)))), "at").
				GroupBy(s.C(total.FieldConnectionID))
		}).
		Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("find when posts were read: %w", err)
	}
	out := map[string]time.Time{}
	for _, r := range rows {
		if out[r.ConnectionID], err = store.ParseInstant(r.At); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// runsWithin is so far back that the run of a listing is looked for.
const runsWithin = 30 * 24 * time.Hour

// Runs gives the steps that read lists of posts in the month before a time, the oldest first.
func Runs(ctx context.Context, db *ent.Client, ids []string, now time.Time) ([]*ent.SyncLog, error) {
	rows, err := db.SyncLog.Query().
		Where(
			synclog.ConnectionIDIn(ids...), synclog.SyncTypeEQ(synclog.SyncTypePosts),
			synclog.StatusNEQ(synclog.StatusFailed), synclog.StartedAtLTE(now),
			synclog.StartedAtGT(now.Add(-runsWithin)),
		).
		Order(synclog.ByStartedAt()).
		Select(synclog.FieldConnectionID, synclog.FieldRunID, synclog.FieldStartedAt).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("find the runs that read posts: %w", err)
	}
	return rows, nil
}
