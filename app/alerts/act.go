package alerts

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/delivery"
	"github.com/truecount/truecount/ent/predicate"
)

const (
	longestReason = 300 // characters
	actLock       = 4_711_201_131
)

// Acknowledge ends the reminders of an alert, because a person takes care of it. who is that person's id; the reason
// may be empty. NOT_FOUND: there is no such alert; CONFLICT: it is resolved, or was acknowledged already.
func (al *Alerts) Acknowledge(ctx context.Context, id, who, reason string) error {
	return al.act(ctx, id, reason, func(tx store.Tx, a *ent.Alert, now time.Time) error {
		if a.AcknowledgedAt != nil {
			return fault.New(fault.Conflict, words.New("errors.alerts.acknowledged"))
		}
		if err := withdraw(ctx, tx, a.ID, now, droppedAcknowledged, delivery.EventReminder); err != nil {
			return err
		}
		return tx.Alert.UpdateOneID(a.ID).SetAcknowledgedAt(now).SetReason(reason).SetActedBy(who).Exec(ctx)
	})
}

// Mute stops the messages about an alert, and about what opens for the same cause until then. NOT_FOUND; CONFLICT: it
// is over; INVALID: no reason, or more than 90 days.
func (al *Alerts) Mute(ctx context.Context, id, who, reason string, long time.Duration) error {
	if strings.TrimSpace(reason) == "" {
		refused := fault.New(fault.Invalid, words.New("errors.alerts.reason"))
		refused.Fields = map[string]words.Text{"reason": words.New("errors.alerts.reason")}
		return refused
	}
	if long <= 0 || long > 90*day {
		return fault.New(fault.Invalid, words.New("errors.alerts.mute90"))
	}
	return al.act(ctx, id, reason, func(tx store.Tx, a *ent.Alert, now time.Time) error {
		if err := withdraw(ctx, tx, a.ID, now, droppedMuted); err != nil {
			return err
		}
		return tx.Alert.UpdateOneID(a.ID).SetMutedUntil(now.Add(long)).SetReason(reason).SetActedBy(who).Exec(ctx)
	})
}

// Unmute lets messages about an alert be sent again: it ends a mute, or else an acknowledgement. NOT_FOUND; CONFLICT:
// it is over, or neither.
func (al *Alerts) Unmute(ctx context.Context, id, who string) error {
	return al.act(ctx, id, "", func(tx store.Tx, a *ent.Alert, now time.Time) error {
		u := tx.Alert.UpdateOneID(a.ID).SetActedBy(who).ClearMutedUntil()
		switch {
		case muted(a, now):
		case a.AcknowledgedAt != nil:
			u.ClearAcknowledgedAt().SetReason("")
		default:
			return fault.New(fault.Conflict, words.New("errors.alerts.notMuted"))
		}
		return u.Exec(ctx)
	})
}

func (al *Alerts) act(
	ctx context.Context,
	id, reason string,
	do func(tx store.Tx, a *ent.Alert, now time.Time) error,
) error {
	if !text.Storable(id) || !text.Storable(reason) || len([]rune(reason)) > longestReason {
		return fault.New(fault.Invalid, words.New("errors.alerts.longReason", "Number", longestReason))
	}
	return al.store.Tx(ctx, func(tx store.Tx) error {
		if err := tx.Alone(ctx, actLock); err != nil { // of two who press at once, one gets the conflict
			return err
		}
		a, err := tx.Alert.Query().Where(al.mine(), alert.ID(id)).Only(ctx)
		if store.Missing(err) {
			return notFound()
		}
		if err != nil {
			return fmt.Errorf("read alert %s: %w", id, err)
		}
		if a.ResolvedAt != nil {
			return fault.New(fault.Conflict, words.New("errors.alerts.resolved"))
		}
		return do(tx, a, al.now())
	})
}

// withdraw takes messages back that were not sent; without events, all. Why one that was tried had failed stays seen.
func withdraw(
	ctx context.Context,
	tx store.Tx,
	alertID string,
	now time.Time,
	why string,
	events ...delivery.Event,
) error {
	waiting := []predicate.Delivery{delivery.AlertID(alertID), delivery.NextAtNotNil()}
	if len(events) > 0 {
		waiting = append(waiting, delivery.EventIn(events...))
	}
	if err := tx.Delivery.Update().Where(waiting...).Where(delivery.Attempts(0)).SetError(why).Exec(ctx); err != nil {
		return err
	}
	return tx.Delivery.Update().Where(waiting...).ClearNextAt().SetDroppedAt(now).Exec(ctx)
}

// SendAgain sends a message that failed at the next minute. NOT_FOUND; CONFLICT: it was sent.
func (al *Alerts) SendAgain(ctx context.Context, id string) error {
	if !text.Storable(id) {
		return notFound()
	}
	free := delivery.Or(delivery.ClaimedUntilIsNil(), delivery.ClaimedUntilLT(al.now()))
	n, err := al.store.Client.Delivery.Update().
		Where(delivery.ID(id), delivery.SentAtIsNil(), free).
		SetNextAt(al.now()).
		ClearDroppedAt().
		Save(ctx)
	if err != nil {
		return fmt.Errorf("send message %s again: %w", id, err)
	}
	if n == 1 {
		return nil
	}
	there, err := al.db.Delivery.Query().Where(delivery.ID(id)).Exist(ctx)
	if err != nil {
		return fmt.Errorf("read message %s: %w", id, err)
	}
	if !there {
		return notFound()
	}
	return fault.New(fault.Conflict, words.New("errors.alerts.sent"))
}

// keepAlerts is how long an alert that is over is kept, with its messages.
const keepAlerts = 400 * day

// Prune deletes the alerts that were resolved long ago, with their messages. It does so once an hour, however often it
// is called. Jobs calls it every minute.
func (al *Alerts) Prune(ctx context.Context) error {
	al.checking.Lock()
	defer al.checking.Unlock()
	now := al.now()
	if now.Sub(al.pruned) < time.Hour {
		return nil
	}
	if _, err := al.store.Client.Alert.Delete().Where(alert.ResolvedAtLT(now.Add(-keepAlerts))).Exec(ctx); err != nil {
		return fmt.Errorf("forget old alerts: %w", err)
	}
	al.pruned = now
	return nil
}
