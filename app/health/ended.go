package health

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/ent/connection"
)

// noticed is how long after its end a grant may still be found dead: it is renewed daily.
const noticed = 36 * time.Hour

// EndedAfter counts a platform's accounts whose access ended by itself about so long after consent.
func (h *Health) EndedAfter(ctx context.Context, platformID string, life time.Duration) (int, error) {
	rows, err := h.db.Connection.Query().
		Where(connection.Platform(platformID), connection.SourceEQ(h.source),
			connection.StatusEQ(connection.StatusNeedsReconnect),
			connection.StatusCodeIn(string(fault.AuthRevoked), string(fault.AuthExpired)),
			connection.ConsentedAtNotNil(), connection.StatusSinceNotNil()).
		Select(connection.FieldConsentedAt, connection.FieldStatusSince).All(ctx)
	if err != nil {
		return 0, fmt.Errorf("look at accounts that lost access: %w", err)
	}
	n := 0
	for _, r := range rows {
		if lived := r.StatusSince.Sub(*r.ConsentedAt); lived > life-time.Hour && lived < life+noticed {
			n++
		}
	}
	return n, nil
}
