package alerts

import (
	"context"
	"fmt"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/notify"
	"github.com/truecount/truecount/app/outbound"
)

// Schedules is what a Heartbeat asks about scheduled syncs. The syncer answers it.
type Schedules interface {
	// Completed lists the platforms whose last scheduled sync has ended and was not reported yet.
	Completed(ctx context.Context) ([]string, error)
	// MarkReported notes that the watcher accepted the report about them.
	MarkReported(ctx context.Context, platformIDs []string) error
}

// Heartbeat reports to an outside watcher that a platform's scheduled sync has ended.
type Heartbeat struct {
	URL       fault.Secret // empty: nothing is reported
	Client    *outbound.Client
	Schedules Schedules
}

// Send reports what has ended. What the watcher did not accept is reported again a minute later. Jobs calls it every
// minute.
func (h Heartbeat) Send(ctx context.Context) error {
	if h.URL.Empty() {
		return nil
	}
	done, err := h.Schedules.Completed(ctx)
	if err != nil || len(done) == 0 {
		return err
	}
	if err := notify.Ping(ctx, h.Client, h.URL); err != nil {
		return fmt.Errorf("heartbeat: %w", err)
	}
	return h.Schedules.MarkReported(ctx, done)
}
