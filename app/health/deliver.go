package health

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/truecount/truecount/app/notify"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/delivery"
)

const (
	remindAfter = day
	flapsAtOnce = 2                // openings of one cause in a day that are told of at once
	flapLasts   = 15 * time.Minute // how long a third one must last, and twice as long each time after
	sendLimit   = 15 * time.Second // of one message
	claimed     = time.Minute      // a message that is being sent is left alone by other processes
	triedFor    = day              // then a message is dropped, visibly
	atOnce      = 20               // messages a channel takes in one go
)

// backoff is the time between two tries of a message: within a quarter of an hour it is delivered, or has failed five
// times for all to see.
var backoff = []time.Duration{time.Minute, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour}

// outlets are the channels, by name.
func (h *Health) outlets(ctx context.Context) (map[string]notify.Channel, []string, error) {
	if h.channels == nil {
		return nil, nil, nil
	}
	list, err := h.channels(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("open the alert channels: %w", err)
	}
	out, names := map[string]notify.Channel{}, make([]string, 0, len(list))
	for _, c := range list {
		out[c.Name()] = c
		names = append(names, c.Name())
	}
	return out, names, nil
}

func (h *Health) channelNames(ctx context.Context) ([]string, error) {
	_, names, err := h.outlets(ctx)
	return names, err
}

// Deliver sends the messages whose time has come, each channel by itself, and notes what became of them. What could
// not be sent is tried again for a day.
func (h *Health) Deliver(ctx context.Context) error {
	now := h.now()
	due, err := h.store.Client.Delivery.Query().Where(delivery.NextAtLTE(now), delivery.HasAlertWith(h.mine())).Order(delivery.ByNextAt(), delivery.ByCreatedAt(), delivery.ByID()).
		WithAlert().Limit(500).All(ctx)
	if err != nil {
		return fmt.Errorf("read what is to be sent: %w", err)
	}
	if len(due) == 0 {
		return nil
	}
	outlets, _, err := h.outlets(ctx)
	if err != nil {
		return err
	}
	byChannel := map[string][]*ent.Delivery{}
	for _, d := range due {
		byChannel[d.Channel] = append(byChannel[d.Channel], d)
	}
	var wait sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	for name, list := range byChannel {
		wait.Add(1)
		go func() {
			defer wait.Done()
			if err := h.drain(ctx, outlets[name], list); err != nil {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
		}()
	}
	wait.Wait()
	return errors.Join(errs...)
}

// drain sends a channel's messages in turn, until one fails.
func (h *Health) drain(ctx context.Context, c notify.Channel, list []*ent.Delivery) error {
	for i, d := range list {
		now := h.now()
		if i == atOnce || (c == nil && now.Sub(d.CreatedAt) < triedFor) { // another process may have this channel
			return nil
		}
		if why := h.needless(ctx, d, c); why != "" {
			if err := h.drop(ctx, d, now, why); err != nil {
				return err
			}
			continue
		}
		n, err := h.store.Client.Delivery.Update().Where(delivery.ID(d.ID), delivery.NextAt(*d.NextAt)).SetNextAt(now.Add(claimed)).SetClaimedUntil(now.Add(claimed)).Save(ctx)
		if err != nil {
			return fmt.Errorf("take a message: %w", err)
		}
		if n == 0 {
			continue // another process sends it
		}
		m, err := h.compose(ctx, d)
		if err != nil {
			return err
		}
		soft, cancel := context.WithTimeout(ctx, sendLimit)
		failed := c.Send(soft, m)
		cancel()
		if err := h.sent(context.WithoutCancel(ctx), d, failed); err != nil {
			return err
		}
		if failed != nil {
			return nil //nolint:nilerr // noted; the rest waits for the next minute: it would fail as well
		}
	}
	return nil
}

// needless says why a message is not sent any more.
func (h *Health) needless(ctx context.Context, d *ent.Delivery, c notify.Channel) string {
	a := d.Edges.Alert
	switch {
	case c == nil:
		return "this channel is not set any more"
	case d.Event == delivery.EventReminder && a.ResolvedAt != nil:
		return "it was over"
	case d.Event == delivery.EventOver && a.ResolvedAt == nil:
		return "it came back"
	case d.Event == delivery.EventOver:
		told, err := h.store.Client.Delivery.Query().Where(delivery.AlertID(a.ID), delivery.Channel(d.Channel), delivery.EventNEQ(delivery.EventOver), delivery.SentAtNotNil()).Exist(ctx)
		if err == nil && !told {
			return "the first message says it"
		}
	}
	return ""
}

func (h *Health) drop(ctx context.Context, d *ent.Delivery, now time.Time, why string) error {
	err := h.store.Client.Delivery.UpdateOneID(d.ID).ClearNextAt().SetDroppedAt(now).SetError(why).Exec(ctx)
	if err != nil && !store.Missing(err) {
		return fmt.Errorf("drop a message: %w", err)
	}
	return nil
}

// sent notes what became of a message.
func (h *Health) sent(ctx context.Context, d *ent.Delivery, failed error) error {
	now := h.now()
	u := h.store.Client.Delivery.UpdateOneID(d.ID).AddAttempts(1).SetTriedAt(now).ClearClaimedUntil()
	switch {
	case failed == nil:
		u.ClearNextAt().SetSentAt(now).SetError("")
	case now.Sub(d.CreatedAt) >= triedFor:
		u.ClearNextAt().SetDroppedAt(now).SetError(failed.Error())
	default:
		u.SetNextAt(now.Add(backoff[min(d.Attempts, len(backoff)-1)])).SetError(failed.Error())
	}
	if err := u.Exec(ctx); err != nil && !store.Missing(err) {
		return fmt.Errorf("note a message: %w", err)
	}
	return nil
}

// compose writes a message, of what holds now.
func (h *Health) compose(ctx context.Context, d *ent.Delivery) (notify.Message, error) {
	a := d.Edges.Alert
	r := RuleOf(a.Rule)
	m := notify.Message{
		ID: a.ID, Event: string(d.Event), Rule: a.Rule, Severity: r.Severity, Platform: a.Platform, Count: a.Occurrences,
		FirstSeen: a.OpenedAt.UTC(), LastSeen: a.LastSeenAt.UTC(), OverAt: utc(a.ResolvedAt), Link: h.base + "/admin/alerts/" + a.ID,
	}
	name := r.Name
	if a.Platform != "" {
		name = r.title(h.nameOf(a.Platform))
	}
	lines := []string{a.Message, fmt.Sprintf("First seen %s, affected: %d.", stamp(a.OpenedAt), a.Occurrences)}
	switch {
	case a.ResolvedAt != nil:
		m.Title = "Over: " + name
		lines = []string{fmt.Sprintf("It lasted from %s to %s; affected at most: %d.", stamp(a.OpenedAt), stamp(*a.ResolvedAt), a.Occurrences)}
		m.Event = string(delivery.EventOver)
		left, err := h.left(ctx, a)
		if err != nil {
			return m, err
		}
		lines = append(lines, left...)
	case d.Event == delivery.EventReminder:
		m.Title = "Still: " + name
		lines = append(lines, r.Means, r.Does, r.Todo)
	default:
		m.Title = name
		n, err := h.store.Client.Alert.Query().Where(h.mine(), alert.Rule(a.Rule), alert.Platform(a.Platform), alert.Scope(a.Scope), alert.OpenedAtGT(a.OpenedAt.Add(-day)), alert.OpenedAtLTE(a.OpenedAt)).Count(ctx)
		if err != nil {
			return m, fmt.Errorf("count how often alert %s opened: %w", a.Rule, err)
		}
		if n > 1 {
			lines = append(lines, fmt.Sprintf("It comes and goes: %d times in 24 hours.", n))
		}
		lines = append(lines, r.Means, r.Does, r.Todo)
	}
	if h.source == connection.SourceSandbox { // made up, and so it says
		m.Title = "Sandbox: " + m.Title
	}
	m.Text = strings.Join(slices.DeleteFunc(lines, func(s string) bool { return s == "" }), "\n")
	return m, nil
}

func stamp(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04 MST") }

// left lists what an alert that is over leaves to be done.
func (h *Health) left(ctx context.Context, root *ent.Alert) ([]string, error) {
	open, err := h.store.Client.Alert.Query().Where(h.mine(), alert.Follows(root.ID), alert.ResolvedAtIsNil()).Order(alert.ByOpenedAt()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what alert %s leaves: %w", root.ID, err)
	}
	var out []string
	for _, a := range open {
		out = append(out, "What is left: "+a.Message)
	}
	return out, nil
}
