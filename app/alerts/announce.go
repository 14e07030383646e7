package alerts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/delivery"
)

// announce writes down the messages whose time has come: that an alert has opened, or that it lasts; and, on a channel
// that was not there when it opened, that it is open.
func (al *Alerts) announce(ctx context.Context, known []*ent.Alert, set Settings, now time.Time) error {
	names, err := al.sender.channelNames(ctx)
	if err != nil || len(names) == 0 {
		return err
	}
	for _, a := range known {
		if a.ResolvedAt != nil || muted(a, now) || follows(a, known, now) {
			continue
		}
		event := delivery.EventOpened
		switch {
		case a.NotifiedAt == nil && (a.AcknowledgedAt != nil || now.Sub(a.OpenedAt) < flapWait(a, known, now)):
			continue
		case a.NotifiedAt == nil:
		case a.AcknowledgedAt != nil:
			continue
		case now.Sub(*a.NotifiedAt) < remindAfter:
			if err := al.notifyNewChannels(ctx, a, names, set.afterQuietHours(a.Rule, now)); err != nil {
				return err
			}
			continue
		default:
			event = delivery.EventReminder
		}
		notified := false
		err := al.store.Tx(ctx, func(tx store.Tx) error {
			q := tx.Alert.Update().Where(alert.ID(a.ID), alert.ResolvedAtIsNil(), alert.NotifiedAtIsNil())
			if a.NotifiedAt != nil {
				q = tx.Alert.Update().Where(alert.ID(a.ID), alert.ResolvedAtIsNil(), alert.NotifiedAt(*a.NotifiedAt))
			}
			n, err := q.SetNotifiedAt(now).Save(ctx)
			if err != nil || n == 0 { // another process announces it
				return err
			}
			notified = true
			return al.write(ctx, tx, a.ID, event, names, set.afterQuietHours(a.Rule, now))
		})
		if err != nil {
			return fmt.Errorf("announce alert %s: %w", a.Rule, err)
		}
		if notified {
			a.NotifiedAt = &now // what follows from it is not announced by itself
		}
	}
	return nil
}

// notifyNewChannels announces an open alert on channels that were not set when it opened.
func (al *Alerts) notifyNewChannels(ctx context.Context, a *ent.Alert, names []string, at time.Time) error {
	var have []string
	err := al.store.Client.Delivery.Query().Where(delivery.AlertID(a.ID)).GroupBy(delivery.FieldChannel).Scan(ctx, &have)
	if err != nil {
		return fmt.Errorf("read which channels have messages of alert %s: %w", a.Rule, err)
	}
	fresh := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(have, n) })
	if len(fresh) == 0 {
		return nil
	}
	err = al.store.Tx(ctx, func(tx store.Tx) error { return al.write(ctx, tx, a.ID, delivery.EventOpened, fresh, at) })
	if err != nil && !store.Clash(err) { // another process did
		return fmt.Errorf("announce alert %s on new channels: %w", a.Rule, err)
	}
	return nil
}

// follows reports that another alert covers this one: that one is open and was announced, or it was resolved less than
// a day ago and this one is a warning.
func follows(a *ent.Alert, known []*ent.Alert, now time.Time) bool {
	if a.Follows == "" {
		return false
	}
	i := slices.IndexFunc(known, func(r *ent.Alert) bool { return r.ID == a.Follows })
	if i < 0 {
		return false
	}
	root := known[i]
	switch {
	case muted(root, now):
		return false
	case root.NotifiedAt == nil:
		return follows(root, known, now)
	case root.ResolvedAt == nil:
		return true
	default:
		return RuleOf(a.Rule).Severity != SeverityCritical && now.Sub(*root.ResolvedAt) < day
	}
}

// flapWait is how long a cause that comes and goes must last before it is announced again: twice a day it is announced
// at once, then it must last longer each time.
func flapWait(a *ent.Alert, known []*ent.Alert, now time.Time) time.Duration {
	n := 0
	for _, o := range known {
		if o.Rule == a.Rule && o.Platform == a.Platform && o.Scope == a.Scope && o.NotifiedAt != nil &&
			now.Sub(o.OpenedAt) < day {
			n++
		}
	}
	if n < flapsAllowed {
		return 0
	}
	return flapDelay << min(n-flapsAllowed, 4)
}

// write adds one message a channel.
func (al *Alerts) write(
	ctx context.Context,
	tx store.Tx,
	alertID string,
	event delivery.Event,
	channels []string,
	at time.Time,
) error {
	for _, name := range channels {
		n, err := tx.Delivery.Query().
			Where(delivery.AlertID(alertID), delivery.EventEQ(event), delivery.Channel(name)).
			Count(ctx)
		if err != nil {
			return err
		}
		err = tx.Delivery.Create().
			SetAlertID(alertID).
			SetEvent(event).
			SetNumber(n + 1).
			SetChannel(name).
			SetNextAt(at).
			SetCreatedAt(al.now()).
			Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}
