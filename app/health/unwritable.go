package health

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/truecount/truecount/app/notify"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent/delivery"
)

// breakage is a database that takes no writes: what is told of it is remembered here, for it cannot be written down.
type breakage struct {
	id      string // of the alert, once it can be written
	since   time.Time
	message string
	told    map[string]time.Time // by channel
}

// unwritable tells, straight away and on all channels at once, that nothing can be written, and why.
func (h *Health) unwritable(ctx context.Context, message string) error {
	now := h.now()
	if h.broke == nil {
		h.broke = &breakage{id: uuid.Must(uuid.NewV7()).String(), since: now, told: map[string]time.Time{}}
	}
	h.broke.message = message
	if slices.Contains(h.off, DatabaseNotWritable) || now.Sub(h.broke.since) < h.breakWait(now) {
		return nil
	}
	outlets, names, err := h.outlets(ctx)
	if err != nil {
		return err
	}
	r := RuleOf(DatabaseNotWritable)
	m := notify.Message{
		ID: h.broke.id, Event: "opened", Rule: r.ID, Severity: r.Severity, Title: r.Name, Count: 1, FirstSeen: h.broke.since, LastSeen: now,
		Text: strings.Join([]string{message, "First seen " + stamp(h.broke.since) + ".", r.Means, r.Does, r.Todo}, "\n"), Link: h.base + "/admin",
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		at, ok := h.broke.told[name]
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
	first := len(h.broke.told) == 0
	for i, name := range names {
		if failed[i] != nil {
			failed[i] = fmt.Errorf("tell %s: %w", name, failed[i])
			continue
		}
		h.broke.told[name] = now
	}
	if first && len(h.broke.told) > 0 {
		h.breaks = append(h.breaks, now)
	}
	return errors.Join(failed...)
}

// breakWait is how long a database that comes and goes must be away before somebody is told again.
func (h *Health) breakWait(now time.Time) time.Duration {
	h.breaks = slices.DeleteFunc(h.breaks, func(t time.Time) bool { return now.Sub(t) >= day })
	n := len(h.breaks)
	if len(h.broke.told) > 0 || n < flapsAtOnce {
		return 0
	}
	return flapLasts << min(n-flapsAtOnce, 4)
}

// writableAgain writes down what could not be: the check then ends it like any other alert.
func (h *Health) writableAgain(ctx context.Context) error {
	if h.broke == nil {
		return nil
	}
	b := h.broke
	if slices.Contains(h.off, DatabaseNotWritable) {
		h.broke = nil
		return nil
	}
	err := h.store.Tx(ctx, func(tx store.Tx) error {
		q := tx.Alert.Create().SetID(b.id).SetSource(string(h.source)).SetRule(DatabaseNotWritable).SetMessage(b.message).SetOpenedAt(b.since).SetLastSeenAt(h.now())
		if len(b.told) > 0 {
			q.SetNotifiedAt(b.since)
		}
		a, err := q.Save(ctx)
		if err != nil {
			return err
		}
		for name, at := range b.told {
			err := tx.Delivery.Create().SetAlertID(a.ID).SetEvent(delivery.EventOpened).SetNumber(1).SetChannel(name).SetAttempts(1).SetSentAt(at).SetTriedAt(at).SetCreatedAt(b.since).Exec(ctx)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && !store.Clash(err) {
		return fmt.Errorf("note that the database took no writes: %w", err)
	}
	h.broke = nil
	return nil
}
