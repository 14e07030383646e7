package syncer

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent/accountreading"
	"github.com/truecount/truecount/ent/audience"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/dayreading"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/postage"
	"github.com/truecount/truecount/ent/posthistory"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/profile"
	"github.com/truecount/truecount/ent/quotause"
	"github.com/truecount/truecount/ent/refusal"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/schedule"
	"github.com/truecount/truecount/ent/snapshot"
	"github.com/truecount/truecount/ent/synclog"
	"github.com/truecount/truecount/ent/total"
)

// Erase deletes what this room keeps of a person, inside the transaction that erases them: everything that was synced
// of their connections, how it was synced, and what they spent of the quotas.
func (s *Syncer) Erase(ctx context.Context, tx store.Tx, personID string) error {
	rows, err := tx.Connection.Query().
		Where(connection.OwnerID(personID)).
		Select(connection.FieldExternalID, connection.FieldAltID).
		All(ctx)
	if err != nil {
		return fmt.Errorf("read the connections of %s: %w", personID, err)
	}
	for _, row := range rows {
		if err := s.erase(ctx, tx, connection.ID(row.ID)); err != nil {
			return err
		}
		if _, err := tx.Schedule.Delete().Where(schedule.ConnectionID(row.ID)).Exec(ctx); err != nil {
			return fmt.Errorf("erase the schedule of connection %s: %w", row.ID, err)
		}
		for _, who := range []string{row.ID, row.ExternalID, row.AltID} {
			if who == "" {
				continue
			}
			if _, err := tx.QuotaUse.Delete().Where(quotause.ScopeHasSuffix(who)).Exec(ctx); err != nil {
				return fmt.Errorf("erase what connection %s spent: %w", row.ID, err)
			}
		}
	}
	return nil
}

// Purge deletes everything that was synced of a connection that goes on living, inside tx: profile, posts with their
// history, snapshots, audience, and the record of its syncs. Its schedule stays.
func (s *Syncer) Purge(ctx context.Context, tx store.Tx, connectionID string) error {
	return s.erase(ctx, tx, connection.ID(connectionID))
}

func (s *Syncer) erase(ctx context.Context, tx store.Tx, of predicate.Connection) error {
	for _, part := range []struct {
		what string
		do   func() (int, error)
	}{
		{"post history", func() (int, error) {
			return tx.PostHistory.Delete().Where(posthistory.HasPostWith(post.HasConnectionWith(of))).Exec(ctx)
		}},
		{"post ages", func() (int, error) {
			return tx.PostAge.Delete().Where(postage.HasConnectionWith(of)).Exec(ctx)
		}},
		{"posts", func() (int, error) { return tx.Post.Delete().Where(post.HasConnectionWith(of)).Exec(ctx) }},
		{"profile", func() (int, error) { return tx.Profile.Delete().Where(profile.HasConnectionWith(of)).Exec(ctx) }},
		{"snapshots", func() (int, error) { return tx.Snapshot.Delete().Where(snapshot.HasConnectionWith(of)).Exec(ctx) }},
		{"counts of the account", func() (int, error) {
			return tx.AccountReading.Delete().Where(accountreading.HasConnectionWith(of)).Exec(ctx)
		}},
		{"running totals", func() (int, error) { return tx.Total.Delete().Where(total.HasConnectionWith(of)).Exec(ctx) }},
		{"readings of days", func() (int, error) {
			return tx.DayReading.Delete().Where(dayreading.HasConnectionWith(of)).Exec(ctx)
		}},
		{"audience", func() (int, error) { return tx.Audience.Delete().Where(audience.HasConnectionWith(of)).Exec(ctx) }},
		{"refused metrics",
			func() (int, error) { return tx.Refusal.Delete().Where(refusal.HasConnectionWith(of)).Exec(ctx) }},
		{"sync logs", func() (int, error) { return tx.SyncLog.Delete().Where(synclog.HasConnectionWith(of)).Exec(ctx) }},
		{"runs", func() (int, error) { return tx.Run.Delete().Where(run.HasConnectionWith(of)).Exec(ctx) }},
	} {
		if _, err := part.do(); err != nil {
			return fmt.Errorf("erase %s: %w", part.what, err)
		}
	}
	return nil
}

// forgetBatch is how many posts are forgotten in one transaction.
const forgetBatch = 500

// ForgetUnseen is run every few hours and looks that much ahead, so that nothing is kept longer than the terms allow.
// It deletes the posts that a platform's terms do not let us keep, because they were not seen for so long, and gives
// how many there were. It works in small transactions.
func (s *Syncer) ForgetUnseen(ctx context.Context) (n int, err error) {
	for _, spec := range s.o.Platforms.Specs() {
		if spec.VerifyWithin == 0 {
			continue
		}
		for {
			some, err := s.forgetSome(ctx, spec.ID, s.o.Now().Add(unseenEvery+pruneEvery-spec.VerifyWithin))
			n += some
			if err != nil {
				return n, fmt.Errorf("forget posts of %s that were not seen: %w", spec.ID, err)
			}
			if some < forgetBatch {
				break
			}
		}
	}
	return n, nil
}

func (s *Syncer) forgetSome(ctx context.Context, platformID string, before time.Time) (n int, err error) {
	err = s.o.Store.Tx(ctx, func(tx store.Tx) error {
		ids, err := tx.Post.Query().Where(post.HasConnectionWith(connection.Platform(platformID)), post.ObservedAtLT(before)).
			Order(post.ByObservedAt(sql.OrderAsc())).Limit(forgetBatch).IDs(ctx)
		if err != nil || len(ids) == 0 {
			return err
		}
		if _, err := tx.PostHistory.Delete().Where(posthistory.PostIDIn(ids...)).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.PostAge.Delete().Where(postage.PostIDIn(ids...)).Exec(ctx); err != nil {
			return err
		}
		n, err = tx.Post.Delete().Where(post.IDIn(ids...)).Exec(ctx)
		return err
	})
	return n, err
}
