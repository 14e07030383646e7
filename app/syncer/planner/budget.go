package planner

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/ent/quotause"
)

// When a day's allowance of the whole app is short, the night's work is thrifty: every profile comes
// before any posts, those whose posts are oldest come first, and a part stays for whoever asks by day.

// Budget is what the schedule may still spend on a platform today.
type Budget struct {
	Left  int64
	Until time.Time // when the day ends
}

// Budget reads what is left; false where no day limits the app.
func (pl *Planner) Budget(ctx context.Context, platformID string) (Budget, bool, error) {
	p, ok := pl.o.Platforms.Get(platformID)
	if !ok {
		return Budget{}, false, nil
	}
	limit := int64(0)
	settings, _ := pl.o.Platforms.Settings(platformID)
	for _, l := range p.Spec().Limits {
		if l.Suffix != platform.MainBucket || l.By != outbound.ByApp {
			continue
		}
		for _, r := range settings.Quotas[platform.MainBucket] {
			if r.Per == "day" {
				limit = r.Limit
			}
		}
	}
	if limit == 0 {
		return Budget{}, false, nil
	}
	now := pl.o.Now()
	rows, err := pl.o.Store.Read.QuotaUse.Query().
		Where(quotause.Platform(platformID), quotause.Bucket(platform.MainBucket), quotause.Scope(""),
			quotause.WindowStartLTE(now), quotause.WindowEndGT(now)).
		All(ctx)
	if err != nil {
		return Budget{}, false, fmt.Errorf("read what is left of %s: %w", platformID, err)
	}
	b := Budget{Left: limit - limit/platform.KeptShare}
	for _, r := range rows {
		b.Left, b.Until = b.Left-r.Used-r.Reserved, r.WindowEnd
	}
	return b, len(rows) > 0, nil // nothing was spent yet: there is enough
}
