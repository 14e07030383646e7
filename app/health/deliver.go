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
	atOnce      = 20               // messages a channel takes in one go,
	drainLimit  = 30 * time.Second // and how long it may take for them
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
	outlets, names, err := h.outlets(ctx)
	if err != nil {
		return err
	}
	if err := h.noteAll(ctx); err != nil {
		return err // nothing more is sent before what was is written down
	}
	if err := h.orphans(ctx, names); err != nil {
		return err
	}
	if err := h.realign(ctx); err != nil {
		return err
	}
	var wait sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	for _, name := range names {
		due, err := h.store.Client.Delivery.Query().Where(delivery.Channel(name), delivery.NextAtLTE(h.now()), delivery.HasAlertWith(h.mine())).
			Order(delivery.ByNextAt(), delivery.ByCreatedAt(), delivery.ByID()).Limit(atOnce).All(ctx)
		if err != nil {
			return errors.Join(append(errs, fmt.Errorf("read what is to be sent: %w", err))...)
		}
		if len(due) == 0 {
			continue
		}
		wait.Go(func() {
			if err := h.drain(ctx, outlets[name], due); err != nil {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, err)
			}
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

// notes are the messages that were sent, or failed, and of which that could not be written down: they are not sent again.
type notes struct {
	mu   sync.Mutex
	list []note
}

type note struct {
	d      *ent.Delivery
	failed error
}

func (n *notes) put(d *ent.Delivery, failed error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = append(n.list, note{d, failed})
}

// noteAll writes down what waits for that.
func (h *Health) noteAll(ctx context.Context) error {
	h.notes.mu.Lock()
	defer h.notes.mu.Unlock()
	for len(h.notes.list) > 0 {
		if err := h.sent(ctx, h.notes.list[0].d, h.notes.list[0].failed); err != nil {
			return err
		}
		h.notes.list = h.notes.list[1:]
	}
	return nil
}

// furthest is more than any message waits: an hour between two tries, or a night of quiet hours.
const furthest = 25 * time.Hour

// realign sends now what waits for a moment that a clock which was wrong has set.
func (h *Health) realign(ctx context.Context) error {
	now := h.now()
	err := h.store.Client.Delivery.Update().Where(delivery.NextAtGT(now.Add(furthest)), delivery.HasAlertWith(h.mine())).SetNextAt(now).ClearClaimedUntil().Exec(ctx)
	if err != nil {
		return fmt.Errorf("realign what is to be sent: %w", err)
	}
	return nil
}

// orphans drops what has waited a day for a channel that is not set here: another process may have it, or a setting is
// mended.
func (h *Health) orphans(ctx context.Context, names []string) error {
	now := h.now()
	err := h.store.Client.Delivery.Update().Where(delivery.NextAtLTE(now), delivery.ChannelNotIn(names...), delivery.CreatedAtLT(now.Add(-triedFor))).
		ClearNextAt().SetDroppedAt(now).SetError("this channel is not set any more").Exec(ctx)
	if err != nil {
		return fmt.Errorf("drop messages of channels that are gone: %w", err)
	}
	return nil
}

// drain sends a channel's messages in turn, until one fails or they have taken their time.
func (h *Health) drain(ctx context.Context, c notify.Channel, list []*ent.Delivery) error {
	whole, cancel := context.WithTimeout(ctx, drainLimit)
	defer cancel()
	for _, d := range list {
		if whole.Err() != nil {
			return nil // the rest is sent in a minute
		}
		now := h.now()
		n, err := h.store.Client.Delivery.Update().Where(delivery.ID(d.ID), delivery.NextAt(*d.NextAt)).SetNextAt(now.Add(claimed)).SetClaimedUntil(now.Add(claimed)).Save(ctx)
		if err != nil {
			return fmt.Errorf("take a message: %w", err)
		}
		if n == 0 {
			continue // another process sends it, or it was withdrawn
		}
		// As it is now: it may have ended or been muted since the message was written.
		if d.Edges.Alert, err = h.store.Client.Alert.Get(ctx, d.AlertID); err != nil {
			return fmt.Errorf("read alert %s: %w", d.AlertID, err)
		}
		if why := h.needless(ctx, d); why != "" {
			if err := h.drop(ctx, d, now, why); err != nil {
				return err
			}
			continue
		}
		m, err := h.compose(ctx, d)
		if err != nil {
			return err
		}
		soft, cancel := context.WithTimeout(ctx, sendLimit)
		failed := c.Send(soft, m)
		cancel()
		if err := h.sent(context.WithoutCancel(ctx), d, failed); err != nil {
			h.notes.put(d, failed)
			return err
		}
		if failed != nil {
			return nil //nolint:nilerr // noted; the rest waits for the next minute: it would fail as well
		}
	}
	return nil
}

// needless says why a message is not sent any more.
func (h *Health) needless(ctx context.Context, d *ent.Delivery) string {
	a := d.Edges.Alert
	switch {
	case muted(a, h.now()):
		return "it was muted"
	case d.Event == delivery.EventReminder && a.AcknowledgedAt != nil:
		return "it was acknowledged"
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

// sent notes what became of a message. One that was withdrawn while it failed is not tried again.
func (h *Health) sent(ctx context.Context, d *ent.Delivery, failed error) error {
	now := h.now()
	u := h.store.Client.Delivery.Update().Where(delivery.ID(d.ID)).AddAttempts(1).SetTriedAt(now).ClearClaimedUntil()
	switch {
	case failed == nil:
		u.ClearNextAt().ClearDroppedAt().SetSentAt(now).SetError("")
	case now.Sub(d.CreatedAt) >= triedFor:
		u.ClearNextAt().SetDroppedAt(now).SetError(failed.Error())
	default:
		u.SetError(failed.Error())
	}
	if err := u.Exec(ctx); err != nil {
		return fmt.Errorf("note a message: %w", err)
	}
	if failed == nil {
		return nil
	}
	err := h.store.Client.Delivery.Update().Where(delivery.ID(d.ID), delivery.DroppedAtIsNil()).SetNextAt(now.Add(backoff[min(d.Attempts, len(backoff)-1)])).Exec(ctx)
	if err != nil {
		return fmt.Errorf("plan a message again: %w", err)
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
