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
	// Completed lists the platforms whose last scheduled sync has been worked off and that nobody was told of.
	Completed(ctx context.Context) ([]string, error)
	// Told notes that the watcher was told of them.
	MarkReported(ctx context.Context, platformIDs []string) error
}

// Heartbeat tells an outside watcher of each platform's scheduled sync that was worked off.
type Heartbeat struct {
	URL       fault.Secret // empty: nobody is told
	Client    *outbound.Client
	Schedules Schedules
}

// Send tells it. What the watcher did not take is told again at the next minute. Jobs calls it every minute.
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
