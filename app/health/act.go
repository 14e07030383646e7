package health

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/notify"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/delivery"
	"github.com/truecount/truecount/ent/predicate"
)

const (
	longestReason = 300 // characters
	actLock       = 4_711_201_131
)

// Acknowledge ends the reminders of an alert: somebody looks after it. NOT_FOUND; CONFLICT: it is over, or somebody
// does already.
func (h *Health) Acknowledge(ctx context.Context, id, who, reason string) error {
	return h.act(ctx, id, reason, func(tx store.Tx, a *ent.Alert, now time.Time) error {
		if a.AcknowledgedAt != nil {
			return fault.New(fault.Conflict, "Somebody looks after this alert already.")
		}
		if err := withdraw(ctx, tx, a.ID, now, "it was acknowledged", delivery.EventReminder); err != nil {
			return err
		}
		return tx.Alert.UpdateOneID(a.ID).SetAcknowledgedAt(now).SetReason(reason).SetActedBy(who).Exec(ctx)
	})
}

// Mute keeps an alert, and what opens for the same cause until then, from being told of. NOT_FOUND; CONFLICT: it is
// over; INVALID: no reason, or more than 90 days.
func (h *Health) Mute(ctx context.Context, id, who, reason string, long time.Duration) error {
	if strings.TrimSpace(reason) == "" {
		refused := fault.New(fault.Invalid, "Say why it is muted: others will wonder.")
		refused.Fields = map[string]string{"reason": "Say why."}
		return refused
	}
	if long <= 0 || long > 90*day {
		return fault.New(fault.Invalid, "An alert is muted for at most 90 days.")
	}
	return h.act(ctx, id, reason, func(tx store.Tx, a *ent.Alert, now time.Time) error {
		if err := withdraw(ctx, tx, a.ID, now, "it was muted"); err != nil {
			return err
		}
		return tx.Alert.UpdateOneID(a.ID).SetMutedUntil(now.Add(long)).SetReason(reason).SetActedBy(who).Exec(ctx)
	})
}

// Unmute lets an alert be told of again: it ends a mute, or else what was acknowledged. NOT_FOUND; CONFLICT: it is over,
// or neither.
func (h *Health) Unmute(ctx context.Context, id, who string) error {
	return h.act(ctx, id, "", func(tx store.Tx, a *ent.Alert, now time.Time) error {
		u := tx.Alert.UpdateOneID(a.ID).SetActedBy(who).ClearMutedUntil()
		switch {
		case muted(a, now):
		case a.AcknowledgedAt != nil:
			u.ClearAcknowledgedAt().SetReason("")
		default:
			return fault.New(fault.Conflict, "This alert is neither muted nor acknowledged.")
		}
		return u.Exec(ctx)
	})
}

func (h *Health) act(ctx context.Context, id, reason string, do func(tx store.Tx, a *ent.Alert, now time.Time) error) error {
	if !text(id) || !text(reason) || len([]rune(reason)) > longestReason {
		return fault.New(fault.Invalid, fmt.Sprintf("A reason has at most %d characters.", longestReason))
	}
	return h.store.Tx(ctx, func(tx store.Tx) error {
		if err := tx.Alone(ctx, actLock); err != nil { // of two who press at once, one is told
			return err
		}
		a, err := tx.Alert.Query().Where(h.mine(), alert.ID(id)).Only(ctx)
		if store.Missing(err) {
			return errNothing()
		}
		if err != nil {
			return fmt.Errorf("read alert %s: %w", id, err)
		}
		if a.ResolvedAt != nil {
			return fault.New(fault.Conflict, "This alert is over already.")
		}
		return do(tx, a, h.now())
	})
}

// withdraw takes messages back that were not sent; without events, all. Why one that was tried had failed stays seen.
func withdraw(ctx context.Context, tx store.Tx, alertID string, now time.Time, why string, events ...delivery.Event) error {
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
func (h *Health) SendAgain(ctx context.Context, id string) error {
	if !text(id) {
		return errNothing()
	}
	free := delivery.Or(delivery.ClaimedUntilIsNil(), delivery.ClaimedUntilLT(h.now()))
	n, err := h.store.Client.Delivery.Update().Where(delivery.ID(id), delivery.SentAtIsNil(), free).SetNextAt(h.now()).ClearDroppedAt().Save(ctx)
	if err != nil {
		return fmt.Errorf("send message %s again: %w", id, err)
	}
	if n == 1 {
		return nil
	}
	there, err := h.db.Delivery.Query().Where(delivery.ID(id)).Exist(ctx)
	if err != nil {
		return fmt.Errorf("read message %s: %w", id, err)
	}
	if !there {
		return errNothing()
	}
	return fault.New(fault.Conflict, "This message was sent already, or is being sent now.")
}

// tested is what became of the last test message of a channel, by this process.
type tested struct {
	at  time.Time
	err error
}

// Tried is what a channel did with a test message.
type Tried struct {
	Channel string
	Err     error // nil: it took it
}

// Test sends one message on every channel and waits for what becomes of it. CONFLICT: there is no channel.
func (h *Health) Test(ctx context.Context) ([]Tried, error) {
	outlets, names, err := h.outlets(ctx)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fault.New(fault.Conflict, "There is no channel yet: set ALERT_URLS, or SMTP_URL for mail to the admins.")
	}
	now := h.now()
	m := notify.Message{
		ID: "test", Event: "test", Rule: "TEST", Severity: Warning, Title: "Truecount: a test message",
		Text: "This is what an alert looks like here. Nothing is wrong.", Link: h.base + "/admin/alerts", Count: 0, FirstSeen: now, LastSeen: now,
	}
	out := make([]Tried, len(names))
	var wait sync.WaitGroup
	for i, name := range names {
		wait.Add(1)
		go func() {
			defer wait.Done()
			soft, cancel := context.WithTimeout(ctx, sendLimit)
			defer cancel()
			err := outlets[name].Send(soft, m)
			if errors.Is(soft.Err(), context.DeadlineExceeded) && err != nil {
				err = errors.New("no answer in time")
			}
			out[i] = Tried{name, err}
		}()
	}
	wait.Wait()
	h.testing.Lock()
	defer h.testing.Unlock()
	h.tests = map[string]tested{}
	for _, t := range out {
		h.tests[t.Channel] = tested{h.now(), t.Err}
	}
	return out, nil
}

// keptAlerts is how long an alert that is over is kept, with its messages.
const keptAlerts = 400 * day

// Forget deletes the alerts that were over long ago, once an hour.
func (h *Health) Forget(ctx context.Context) error {
	h.checking.Lock()
	defer h.checking.Unlock()
	now := h.now()
	if now.Sub(h.forgot) < time.Hour {
		return nil
	}
	if _, err := h.store.Client.Alert.Delete().Where(alert.ResolvedAtLT(now.Add(-keptAlerts))).Exec(ctx); err != nil {
		return fmt.Errorf("forget old alerts: %w", err)
	}
	h.forgot = now
	return nil
}
