package grants

import (
	"context"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
)

const (
	revokeLimit = 10 * time.Second // in all
	revokeTries = 3
)

// Revoke ends a grant at its platform, as far as it can be done. A rotating platform wants an
// access token that lives.
func (g *Grants) Revoke(ctx context.Context, p platform.Platform, t platform.Token) error {
	ctx, cancel := context.WithTimeout(ctx, revokeLimit)
	defer cancel()
	if p.Spec().Renewal.Mode == platform.RenewalRotates && !t.ExpiresAt.IsZero() && !g.o.Now().Before(t.ExpiresAt) &&
		!t.Refresh.Empty() {
		if fresh, err := p.Refresh(ctx, t); err == nil {
			t = fresh
		}
	}
	var err error
	for range revokeTries {
		if err = p.Revoke(ctx, t); err == nil {
			return nil
		}
		if code := fault.CodeOf(err); code != fault.Timeout && code != fault.Network && code != fault.PlatformError {
			return err
		}
		if ctx.Err() != nil {
			return err
		}
	}
	return err
}
