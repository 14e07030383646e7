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
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/alert"
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

// announce writes down the messages whose time has come: that an alert has opened, or that it lasts; and, on a channel
// that was not there when it opened, that it is open.
func (h *Health) announce(ctx context.Context, known []*ent.Alert, set AlertSettings, now time.Time) error {
	names, err := h.channelNames(ctx)
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
			if err := h.catchUp(ctx, a, names, set.awake(a.Rule, now)); err != nil {
				return err
			}
			continue
		default:
			event = delivery.EventReminder
		}
		told := false
		err := h.store.Tx(ctx, func(tx store.Tx) error {
			q := tx.Alert.Update().Where(alert.ID(a.ID), alert.ResolvedAtIsNil(), alert.NotifiedAtIsNil())
			if a.NotifiedAt != nil {
				q = tx.Alert.Update().Where(alert.ID(a.ID), alert.ResolvedAtIsNil(), alert.NotifiedAt(*a.NotifiedAt))
			}
			n, err := q.SetNotifiedAt(now).Save(ctx)
			if err != nil || n == 0 { // another process tells it
				return err
			}
			told = true
			return h.write(ctx, tx, a.ID, event, names, set.awake(a.Rule, now))
		})
		if err != nil {
			return fmt.Errorf("announce alert %s: %w", a.Rule, err)
		}
		if told {
			a.NotifiedAt = &now // what follows from it is not told by itself
		}
	}
	return nil
}

// catchUp tells a channel that was not there when an alert opened.
func (h *Health) catchUp(ctx context.Context, a *ent.Alert, names []string, at time.Time) error {
	var have []string
	err := h.store.Client.Delivery.Query().Where(delivery.AlertID(a.ID)).GroupBy(delivery.FieldChannel).Scan(ctx, &have)
	if err != nil {
		return fmt.Errorf("read who was told of alert %s: %w", a.Rule, err)
	}
	fresh := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(have, n) })
	if len(fresh) == 0 {
		return nil
	}
	err = h.store.Tx(ctx, func(tx store.Tx) error { return h.write(ctx, tx, a.ID, delivery.EventOpened, fresh, at) })
	if err != nil && !store.Clash(err) { // another process did
		return fmt.Errorf("tell new channels of alert %s: %w", a.Rule, err)
	}
	return nil
}

// follows reports that another alert speaks for this one: it is open and told of, or was over less than a day ago and
// this is a warning.
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
		return RuleOf(a.Rule).Severity != Critical && now.Sub(*root.ResolvedAt) < day
	}
}

// flapWait is how long a cause that comes and goes must last before it is told of again: not at all twice in a day, then
// longer each time.
func flapWait(a *ent.Alert, known []*ent.Alert, now time.Time) time.Duration {
	n := 0
	for _, o := range known {
		if o.Rule == a.Rule && o.Platform == a.Platform && o.Scope == a.Scope && o.NotifiedAt != nil && now.Sub(o.OpenedAt) < day {
			n++
		}
	}
	if n < flapsAtOnce {
		return 0
	}
	return flapLasts << min(n-flapsAtOnce, 4)
}

// write adds one message a channel.
func (h *Health) write(ctx context.Context, tx store.Tx, alertID string, event delivery.Event, channels []string, at time.Time) error {
	for _, name := range channels {
		n, err := tx.Delivery.Query().Where(delivery.AlertID(alertID), delivery.EventEQ(event), delivery.Channel(name)).Count(ctx)
		if err != nil {
			return err
		}
		err = tx.Delivery.Create().SetAlertID(alertID).SetEvent(event).SetNumber(n + 1).SetChannel(name).SetNextAt(at).SetCreatedAt(h.now()).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
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
