package alerts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/notify"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent/delivery"
)

// outage is a database that takes no writes. What was reported about it is kept in memory, as it cannot be written
// down.
type outage struct {
	id       string // of the alert, once it can be written
	since    time.Time
	message  string
	reported map[string]time.Time // by channel
}

// reportOutage sends a message at once on all channels that nothing can be written, and why.
func (al *Alerts) reportOutage(ctx context.Context, refused error) error {
	now := al.now()
	r := RuleOf(health.ReasonDatabaseNotWritable)
	e := evaluation{Alerts: al, refused: refused}
	holds, err := e.check(ctx, r)
	if err != nil || len(holds) == 0 {
		return err
	}
	message := holds[0].Message
	if al.outage == nil {
		al.outage = &outage{id: uuid.Must(uuid.NewV7()).String(), since: now, reported: map[string]time.Time{}}
	}
	al.outage.message = message
	if slices.Contains(al.off, r.ID) || now.Sub(al.outage.since) < al.outageWait(now) {
		return nil
	}
	outlets, names, err := al.sender.outlets(ctx)
	if err != nil {
		return err
	}
	m := notify.Message{
		ID: al.outage.id, Event: "opened", Rule: r.ID, Severity: string(r.Severity), Title: r.Name.String(), Count: 1,
		FirstSeen: al.outage.since, LastSeen: now, Link: al.sender.base + "/admin",
		Text: strings.Join(
			[]string{
				message,
				words.English.Say("alerts.text.since", "At", stamp(al.outage.since)),
				r.Means.String(),
				r.Does.String(),
				r.Todo.String(),
			},
			"\n",
		),
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		at, ok := al.outage.reported[name]
		return ok && now.Sub(at) < remindAfter
	})
	failed := make([]error, len(names))
	var wait sync.WaitGroup
	for i, name := range names {
		wait.Go(func() {
			soft, cancel := context.WithTimeout(ctx, sendLimit)
			defer cancel()
			failed[i] = outlets[name].Send(soft, m)
		})
	}
	wait.Wait()
	first := len(al.outage.reported) == 0
	for i, name := range names {
		if failed[i] != nil {
			failed[i] = fmt.Errorf("report the outage on %s: %w", name, failed[i])
			continue
		}
		al.outage.reported[name] = now
	}
	if first && len(al.outage.reported) > 0 {
		al.reportedOutages = append(al.reportedOutages, now)
	}
	return errors.Join(failed...)
}

// outageWait is how long a database that comes and goes must be away before it is reported again.
func (al *Alerts) outageWait(now time.Time) time.Duration {
	al.reportedOutages = slices.DeleteFunc(al.reportedOutages, func(t time.Time) bool { return now.Sub(t) >= day })
	n := len(al.reportedOutages)
	if len(al.outage.reported) > 0 || n < flapsAllowed {
		return 0
	}
	return flapDelay << min(n-flapsAllowed, 4)
}

// endOutage writes down the outage's alert once the database takes writes. The check then resolves it like any other.
func (al *Alerts) endOutage(ctx context.Context) error {
	if al.outage == nil {
		return nil
	}
	b := al.outage
	if slices.Contains(al.off, health.ReasonDatabaseNotWritable) {
		al.outage = nil
		return nil
	}
	err := al.store.Tx(ctx, func(tx store.Tx) error {
		q := tx.Alert.Create().
			SetID(b.id).
			SetSource(string(al.source)).
			SetRule(health.ReasonDatabaseNotWritable).
			SetMessage(b.message).
			SetOpenedAt(b.since).
			SetLastSeenAt(al.now())
		if len(b.reported) > 0 {
			q.SetNotifiedAt(b.since)
		}
		a, err := q.Save(ctx)
		if err != nil {
			return err
		}
		for name, at := range b.reported {
			err := tx.Delivery.Create().
				SetAlertID(a.ID).
				SetEvent(delivery.EventOpened).
				SetNumber(1).
				SetChannel(name).
				SetAttempts(1).
				SetSentAt(at).
				SetTriedAt(at).
				SetCreatedAt(b.since).
				Exec(ctx)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && !store.Clash(err) {
		return fmt.Errorf("note that the database took no writes: %w", err)
	}
	al.outage = nil
	return nil
}
