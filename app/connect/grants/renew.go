package grants

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/ent/connection"
)

const (
	renewBatch  = 500 // in one sweep; the next minute takes the rest
	renewAtOnce = 4
)

// Renew renews the grants whose turn has come, longest due first, whether or not anything is synced
// with them: half way through the life of one that can only be extended, daily where a refresh token
// must be used to stay alive. It gives how many were renewed; what failed is written down and tried
// again at its time.
func (g *Grants) Renew(ctx context.Context) (int, error) {
	var errs []error
	if _, err := g.Unspool(ctx); err != nil { // it is of those answers alone: the others are renewed
		errs = append(errs, err)
	}
	now := g.o.Now()
	var platforms, extends []string
	for _, s := range g.o.Platforms.Specs() {
		if g.o.Platforms.Configured(s.ID) && g.Held(ctx, s.ID) == nil {
			platforms = append(platforms, s.ID)
		}
		if s.Renewal.Mode == platform.RenewalExtends {
			extends = append(extends, s.ID)
		}
	}
	ids, err := g.o.Store.Read.Connection.Query().Where(
		connection.SourceEQ(g.o.source()),
		connection.PlatformIn(platforms...),
		connection.StatusIn(lifecycle.RenewableConnections()...), connection.AccessSealedNotNil(),
		connection.Or(connection.RefreshDueAtIsNil(), connection.RefreshDueAtLTE(now), connection.RefreshExpiresAtLTE(now),
			connection.And(connection.PlatformIn(extends...), connection.TokenExpiresAtLTE(now))),
		connection.Or(connection.RefreshRetryAtIsNil(), connection.RefreshRetryAtLTE(now)),
	).
		Order(connection.ByRefreshDueAt()).Limit(renewBatch).IDs(ctx)
	if err != nil {
		return 0, errors.Join(append(errs, fmt.Errorf("look for access to renew: %w", err))...)
	}
	var mu sync.Mutex
	done := 0
	var wg sync.WaitGroup
	next := make(chan string)
	for range renewAtOnce {
		wg.Go(func() {
			for id := range next {
				_, _, err := g.fresh(ctx, id, wish{exercise: true})
				mu.Lock()
				if err == nil {
					done++
				} else if _, ok := platform.AsError(err); !ok && !fault.Is(err, fault.NotConnected) {
					errs = append(errs, fmt.Errorf("renew connection %s: %w", id, err))
				}
				mu.Unlock()
			}
		})
	}
	for _, id := range ids {
		if ctx.Err() != nil {
			break
		}
		next <- id
	}
	close(next)
	wg.Wait()
	return done, errors.Join(errs...)
}
