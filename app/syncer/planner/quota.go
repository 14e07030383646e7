package planner

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/quotause"
)

// Ledger keeps what is spent of the quotas in the database, for all processes. It is safe for concurrent
// use.
type Ledger struct {
	store *store.Store
	now   func() time.Time
}

// NewLedger makes the ledger of a store.
func NewLedger(s *store.Store, now func() time.Time) *Ledger { return &Ledger{s, now} }

// Reserve implements outbound.Ledger.
func (l *Ledger) Reserve(ctx context.Context, s outbound.Spend) (outbound.Reserved, error) {
	ctx = viewer.System(ctx, viewer.ReasonQuota)
	if s.Sliding {
		return l.slide(ctx, s)
	}
	row := append(window(s), quotause.WindowStart(s.Start))
	for range 2 {
		n, err := l.store.Client.QuotaUse.Update().
			Where(row...).
			Where(quotause.UsedLTE(s.Limit-s.Cost), quotause.Reserved(0)).
			AddUsed(s.Cost).
			Save(ctx)
		if err != nil {
			return outbound.Reserved{}, fmt.Errorf("spend %s of %s: %w", s.Bucket, s.Platform, err)
		}
		now, err := l.store.Read.QuotaUse.Query().Where(row...).Only(ctx)
		switch {
		case err == nil:
			return outbound.Reserved{OK: n == 1, Used: now.Used + now.Reserved, Free: s.End}, nil
		case !ent.IsNotFound(err):
			return outbound.Reserved{}, fmt.Errorf("read what is spent of %s: %w", s.Platform, err)
		}
		if err := open(l.store.Client, s).Ignore().Exec(ctx); err != nil {
			return outbound.Reserved{}, fmt.Errorf("open the day of %s: %w", s.Platform, err)
		}
	}
	return outbound.Reserved{}, fmt.Errorf("the day of %s cannot be opened", s.Platform)
}

// Exhaust implements outbound.Ledger: what we have not counted of the window is put down to others.
func (l *Ledger) Exhaust(ctx context.Context, s outbound.Spend) error {
	ctx = viewer.System(ctx, viewer.ReasonQuota)
	err := l.store.Tx(ctx, func(tx store.Tx) error {
		if err := open(tx.Client, s).Ignore().Exec(ctx); err != nil {
			return err
		}
		row, err := tx.QuotaUse.Query().Where(window(s)...).Where(quotause.WindowStart(s.Start)).Only(ctx)
		if err != nil {
			return err
		}
		return tx.QuotaUse.UpdateOneID(row.ID).SetReserved(max(1, s.Limit-row.Used)).Exec(ctx)
	})
	if err != nil {
		return fmt.Errorf("note that %s of %s is spent: %w", s.Bucket, s.Platform, err)
	}
	return nil
}

// window selects the rows of a spend's window.
func window(s outbound.Spend) []predicate.QuotaUse {
	return []predicate.QuotaUse{quotause.Platform(s.Platform), quotause.Bucket(s.Bucket), quotause.Scope(s.Scope)}
}

// open makes a spend's row.
func open(db *ent.Client, s outbound.Spend) *ent.QuotaUseUpsertOne {
	return db.QuotaUse.Create().
		SetPlatform(s.Platform).
		SetBucket(s.Bucket).
		SetScope(s.Scope).
		SetWindowStart(s.Start).
		SetWindowEnd(s.End).
		OnConflictColumns(quotause.FieldPlatform, quotause.FieldBucket, quotause.FieldScope, quotause.FieldWindowStart)
}

// slide spends from a window that moves: whatever row counts is added up, and one process does so at a
// time.
func (l *Ledger) slide(ctx context.Context, s outbound.Spend) (got outbound.Reserved, err error) {
	now := l.now()
	err = l.store.Tx(ctx, func(tx store.Tx) error {
		if !l.store.Embedded() { // on SQLite a transaction that writes is alone anyway
			if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`,
				"quota "+s.Platform+" "+s.Bucket+" "+s.Scope); err != nil {
				return fmt.Errorf("wait for the window of %s: %w", s.Platform, err)
			}
		}
		rows, err := tx.QuotaUse.Query().
			Where(window(s)...).
			Where(quotause.WindowEndGT(now), quotause.WindowStartLT(s.End)).
			Order(quotause.ByWindowEnd()).
			All(ctx)
		if err != nil {
			return fmt.Errorf("read what is spent of %s: %w", s.Platform, err)
		}
		got = fits(rows, s)
		if !got.OK {
			return nil
		}
		for _, r := range rows {
			if r.WindowStart.Equal(s.Start) {
				return tx.QuotaUse.UpdateOneID(r.ID).AddUsed(s.Cost).Exec(ctx)
			}
		}
		return tx.QuotaUse.Create().
			SetPlatform(s.Platform).
			SetBucket(s.Bucket).
			SetScope(s.Scope).
			SetWindowStart(s.Start).
			SetWindowEnd(s.End).
			SetUsed(s.Cost).
			Exec(ctx)
	})
	if err != nil {
		return outbound.Reserved{}, fmt.Errorf("spend %s of %s: %w", s.Bucket, s.Platform, err)
	}
	return got, nil
}

// fits adds rows up, the soonest to end first.
func fits(rows []*ent.QuotaUse, s outbound.Spend) outbound.Reserved {
	got := outbound.Reserved{Free: s.End}
	for _, r := range rows {
		got.Used += r.Used
	}
	if got.Used+s.Cost <= s.Limit {
		got.OK, got.Used = true, got.Used+s.Cost
		return got
	}
	left := got.Used
	for _, r := range rows {
		if left -= r.Used; left+s.Cost <= s.Limit {
			got.Free = r.WindowEnd
			break
		}
	}
	return got
}

// quotaKept is how long ended days are kept: what was spent can be looked up for that long. Shorter
// windows are kept no longer than they count.
const quotaKept = 62 * 24 * time.Hour

// Sweep forgets windows that ended long ago.
func (l *Ledger) Sweep(ctx context.Context) error {
	now := l.now()
	_, err := l.store.Client.QuotaUse.Delete().Where(quotause.Or(
		quotause.WindowEndLT(now.Add(-quotaKept)),
		quotause.And(quotause.WindowEndLT(now), quotause.ScopeHasPrefix(outbound.SlidingMark)),
	)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("forget old quota use: %w", err)
	}
	return nil
}
