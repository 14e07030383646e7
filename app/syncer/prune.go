package syncer

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/ent/accountreading"
	"github.com/truecount/truecount/ent/dayreading"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/postage"
	"github.com/truecount/truecount/ent/posthistory"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/snapshot"
	"github.com/truecount/truecount/ent/synclog"
	"github.com/truecount/truecount/ent/total"
)

const (
	pruneBatch = 500 // rows in one short transaction: nobody waits behind it
	pruneMost  = 40  // batches in one go; the next hour takes the rest
	pruneEvery = time.Hour
	// oldestAge is when the last age of a post is settled: what was read for it is no younger than that.
	oldestAge = 98 * 24 * time.Hour
	// unseenEvery is how often posts are looked for that were not seen for long: it reads every post.
	unseenEvery = 6 * time.Hour
)

// Pruned counts what was forgotten.
type Pruned struct{ Logs, Runs, History, Snapshots, Unseen int }

// Prune forgets what is older than it is kept for, oldest first, in small batches. It does so once an hour
// however often it is called; several processes may do it at once. A run that has not ended stays.
func (s *Syncer) Prune(ctx context.Context, keep config.Keep) (Pruned, error) {
	var done Pruned
	now := s.o.Now()
	s.pruning.Lock()
	defer s.pruning.Unlock()
	if doneWithin(s.pruned, now, pruneEvery) {
		return done, nil
	}
	s.pruned = now
	db := s.o.Store.Client
	for _, part := range []struct {
		name string
		keep time.Duration
		n    *int
		// forget deletes at most a batch of what is older than a moment.
		forget func(older time.Time) (int, error)
	}{
		{"log rows", keep.Logs, &done.Logs, func(older time.Time) (int, error) {
			for _, p := range s.o.Platforms.Specs() { // as the index runs
				ids, err := db.SyncLog.Query().Where(synclog.Platform(p.ID), synclog.StartedAtLT(older)).
					Order(synclog.ByStartedAt()).Limit(pruneBatch).IDs(ctx)
				if err != nil {
					return 0, err
				}
				if len(ids) > 0 {
					_, err := db.SyncLog.Delete().Where(synclog.IDIn(ids...)).Exec(ctx)
					return len(ids), err
				}
			}
			return 0, nil
		}},
		{"runs", keep.Runs, &done.Runs, func(older time.Time) (int, error) {
			ids, err := db.Run.Query().Where(run.CompletedAtLT(older)).Order(run.ByCompletedAt()).Limit(pruneBatch).IDs(ctx)
			if err != nil || len(ids) == 0 {
				return 0, err
			}
			return db.Run.Delete().Where(run.IDIn(ids...)).Exec(ctx)
		}},
		{"history of posts", keep.History, &done.History, func(older time.Time) (int, error) {
			ids, err := db.PostHistory.Query().Where(posthistory.ObservedAtLT(older)).Order(posthistory.ByID()).
				Limit(pruneBatch).IDs(ctx)
			if err != nil || len(ids) == 0 {
				return 0, err
			}
			return db.PostHistory.Delete().Where(posthistory.IDIn(ids...)).Exec(ctx)
		}},
		{"post ages", keep.History, &done.History, func(older time.Time) (int, error) {
			long := older.Add(-oldestAge)
			ids, err := db.PostAge.Query().Where(postage.HasPostWith(post.PostedAtLT(long))).Order(postage.ByID()).
				Limit(pruneBatch).IDs(ctx)
			if err != nil || len(ids) == 0 {
				return 0, err
			}
			return db.PostAge.Delete().Where(postage.IDIn(ids...)).Exec(ctx)
		}},
		{"running totals", keep.History, &done.History, func(older time.Time) (int, error) {
			ids, err := db.Total.Query().Where(total.ObservedAtLT(older)).Order(total.ByID()).Limit(pruneBatch).IDs(ctx)
			if err != nil || len(ids) == 0 {
				return 0, err
			}
			return db.Total.Delete().Where(total.IDIn(ids...)).Exec(ctx)
		}},
		{"counts of accounts", keep.History, &done.History, func(older time.Time) (int, error) {
			ids, err := db.AccountReading.Query().
				Where(accountreading.ObservedAtLT(older)).
				Order(accountreading.ByID()).
				Limit(pruneBatch).
				IDs(ctx)
			if err != nil || len(ids) == 0 {
				return 0, err
			}
			return db.AccountReading.Delete().Where(accountreading.IDIn(ids...)).Exec(ctx)
		}},
		{"readings of days", keep.History, &done.History, func(older time.Time) (int, error) {
			ids, err := db.DayReading.Query().
				Where(dayreading.ObservedAtLT(older)).
				Order(dayreading.ByID()).
				Limit(pruneBatch).
				IDs(ctx)
			if err != nil || len(ids) == 0 {
				return 0, err
			}
			return db.DayReading.Delete().Where(dayreading.IDIn(ids...)).Exec(ctx)
		}},
		{"snapshots", keep.Snapshots, &done.Snapshots, func(older time.Time) (int, error) {
			ids, err := db.Snapshot.Query().Where(snapshot.DayLT(older.UTC().Format(time.DateOnly))).
				Order(snapshot.ByID()).Limit(pruneBatch).IDs(ctx)
			if err != nil || len(ids) == 0 {
				return 0, err
			}
			return db.Snapshot.Delete().Where(snapshot.IDIn(ids...)).Exec(ctx)
		}},
	} {
		for range pruneMost {
			if part.keep == 0 || ctx.Err() != nil {
				break
			}
			n, err := part.forget(now.Add(-part.keep))
			if err != nil {
				return done, fmt.Errorf("forget old %s: %w", part.name, err)
			}
			if *part.n += n; n == 0 {
				break
			}
		}
	}
	if doneWithin(s.lookedUnseen, now, unseenEvery) {
		return done, nil
	}
	var err error
	if done.Unseen, err = s.ForgetUnseen(ctx); err == nil {
		s.lookedUnseen = now
	}
	return done, err
}

// doneWithin reports that something was done less than so long ago. A time to come is of a clock that was wrong.
func doneWithin(at, now time.Time, every time.Duration) bool {
	age := now.Sub(at)
	return age >= 0 && age < every
}
