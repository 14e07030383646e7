package alerts

import (
	"context"
	"fmt"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent/delivery"
)

// Erase deletes what this room keeps of a person, inside the transaction that erases them: the messages about alerts
// that went to their mailbox. Alerts themselves count, and name nobody.
func (al *Alerts) Erase(ctx context.Context, tx store.Tx, personID string) error {
	u, err := tx.User.Get(ctx, personID)
	if store.Missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", personID, err)
	}
	if _, err := tx.Delivery.Delete().Where(delivery.Channel("e-mail " + u.Email)).Exec(ctx); err != nil {
		return fmt.Errorf("erase messages about alerts: %w", err)
	}
	return nil
}
