package syncer

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

// Ledger keeps what is spent of the days' quotas in the database, for all processes. It is safe for
// concurrent use.
type Ledger struct {
	store *store.Store
	now   func() time.Time
}

// NewLedger makes the ledger of a store.
func NewLedger(s *store.Store, now func() time.Time) *Ledger { return &Ledger{s, now} }

// Reserve implements outbound.Ledger.
func (l *Ledger) Reserve(ctx context.Context, s outbound.Spend) (used int64, ok bool, err error) {
	ctx = viewer.System(ctx)
	row := []predicate.QuotaUse{
		quotause.Platform(s.Platform), quotause.Bucket(s.Bucket), quotause.Scope(s.Scope), quotause.WindowStart(s.Start),
	}
	for range 2 {
		n, err := l.store.Client.QuotaUse.Update().Where(row...).Where(quotause.UsedLTE(s.Limit - s.Cost)).AddUsed(s.Cost).Save(ctx)
		if err != nil {
			return 0, false, fmt.Errorf("spend %s of %s: %w", s.Bucket, s.Platform, err)
		}
		now, err := l.store.Client.QuotaUse.Query().Where(row...).Only(ctx)
		switch {
		case err == nil:
			return now.Used, n == 1, nil
		case !ent.IsNotFound(err):
			return 0, false, fmt.Errorf("read what is spent of %s: %w", s.Platform, err)
		}
		err = l.store.Client.QuotaUse.Create().SetPlatform(s.Platform).SetBucket(s.Bucket).SetScope(s.Scope).
			SetWindowStart(s.Start).SetWindowEnd(s.End).
			OnConflictColumns(quotause.FieldPlatform, quotause.FieldBucket, quotause.FieldScope, quotause.FieldWindowStart).Ignore().Exec(ctx)
		if err != nil {
			return 0, false, fmt.Errorf("open the day of %s: %w", s.Platform, err)
		}
	}
	return 0, false, fmt.Errorf("the day of %s cannot be opened", s.Platform)
}

// quotaKept is how long ended windows are kept: what was spent can be looked up for that long.
const quotaKept = 62 * 24 * time.Hour

// Sweep forgets windows that ended long ago.
func (l *Ledger) Sweep(ctx context.Context) error {
	_, err := l.store.Client.QuotaUse.Delete().Where(quotause.WindowEndLT(l.now().Add(-quotaKept))).Exec(ctx)
	if err != nil {
		return fmt.Errorf("forget old quota use: %w", err)
	}
	return nil
}
