package health

import (
	"context"
	"errors"
	"fmt"
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
	id    string // of the alert, once it can be written
	since time.Time
	told  map[string]time.Time // by channel
}

// unwritable tells, straight away and on all channels at once, that nothing can be written.
func (h *Health) unwritable(ctx context.Context) error {
	now := h.now()
	if h.broke == nil {
		h.broke = &breakage{uuid.Must(uuid.NewV7()).String(), now, map[string]time.Time{}}
	}
	outlets, names, err := h.outlets(ctx)
	if err != nil {
		return err
	}
	r := RuleOf(DatabaseNotWritable)
	m := notify.Message{
		ID: h.broke.id, Event: "opened", Rule: r.ID, Severity: r.Severity, Title: r.Name, Count: 1, FirstSeen: h.broke.since, LastSeen: now,
		Text: strings.Join([]string{notWritable().Message, "First seen " + stamp(h.broke.since) + ".", r.Means, r.Does, r.Todo}, "\n"), Link: h.base + "/admin",
	}
	var wait sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	for _, name := range names {
		if at, ok := h.broke.told[name]; ok && now.Sub(at) < remindAfter {
			continue
		}
		wait.Go(func() {
			soft, cancel := context.WithTimeout(ctx, sendLimit)
			defer cancel()
			err := outlets[name].Send(soft, m)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, fmt.Errorf("tell %s: %w", name, err))
				return
			}
			h.broke.told[name] = now
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

// writableAgain writes down what could not be: the check then ends it like any other alert.
func (h *Health) writableAgain(ctx context.Context) error {
	if h.broke == nil {
		return nil
	}
	b := h.broke
	err := h.store.Tx(ctx, func(tx store.Tx) error {
		q := tx.Alert.Create().SetID(b.id).SetSource(string(h.source)).SetRule(DatabaseNotWritable).SetMessage(notWritable().Message).SetOpenedAt(b.since).SetLastSeenAt(h.now())
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
