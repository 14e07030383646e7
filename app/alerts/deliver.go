package alerts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/notify"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/delivery"
)

const (
	remindAfter  = day
	flapsAllowed = 2                // openings of one cause in a day that are announced at once
	flapDelay    = 15 * time.Minute // how long a third one must last, and twice as long each time after
	sendLimit    = 15 * time.Second // of one message
	claimLasts   = time.Minute      // a message that is being sent is left alone by other processes
	tryFor       = day              // then a message is dropped, visibly
	batchSize    = 20               // messages a channel takes in one go,
	channelLimit = 30 * time.Second // and how long it may take for all of them
)

// backoff is the time between two tries of a message: within a quarter of an hour it is delivered, or has failed five
// times for all to see.
var backoff = []time.Duration{
	time.Minute,
	time.Minute,
	2 * time.Minute,
	4 * time.Minute,
	8 * time.Minute,
	15 * time.Minute,
	30 * time.Minute,
	time.Hour,
}

// sender writes the messages and sends them. It knows nothing of rules being checked.
type sender struct {
	store    *store.Store
	source   connection.Source
	now      func() time.Time
	base     string // for the links in messages
	channels func(context.Context) ([]notify.Channel, error)
	nameOf   func(platformID string) string

	mu      sync.Mutex // guards what was sent and is not written down
	unnoted []unnoted

	testing sync.Mutex // guards what became of test messages
	tests   map[string]testResult
}

// Deliver sends the messages whose time has come, and notes what became of them. Jobs calls it every minute.
func (al *Alerts) Deliver(ctx context.Context) error { return al.sender.deliver(ctx) }

// Test sends one message on every channel and waits for what becomes of it. CONFLICT: there is no channel.
func (al *Alerts) Test(ctx context.Context) ([]TestSent, error) { return al.sender.test(ctx) }

// outlets are the channels, by name.
func (s *sender) outlets(ctx context.Context) (map[string]notify.Channel, []string, error) {
	if s.channels == nil {
		return nil, nil, nil
	}
	list, err := s.channels(ctx)
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

func (s *sender) channelNames(ctx context.Context) ([]string, error) {
	_, names, err := s.outlets(ctx)
	return names, err
}

// deliver sends the messages whose time has come, each channel by itself, and notes what became of them. What could
// not be sent is tried again for a day.
func (s *sender) deliver(ctx context.Context) error {
	outlets, names, err := s.outlets(ctx)
	if err != nil {
		return err
	}
	if err := s.storeUnnoted(ctx); err != nil {
		return err // nothing more is sent before what was is written down
	}
	if err := s.dropOrphaned(ctx, names); err != nil {
		return err
	}
	if err := s.sendEarlier(ctx); err != nil {
		return err
	}
	var wait sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	for _, name := range names {
		due, err := s.store.Client.Delivery.Query().
			Where(delivery.Channel(name), delivery.NextAtLTE(s.now()), delivery.HasAlertWith(own(s.source))).
			Order(delivery.ByNextAt(), delivery.ByCreatedAt(), delivery.ByID()).
			Limit(batchSize).
			All(ctx)
		if err != nil {
			return errors.Join(append(errs, fmt.Errorf("read what is to be sent: %w", err))...)
		}
		if len(due) == 0 {
			continue
		}
		wait.Go(func() {
			if err := s.sendAll(ctx, outlets[name], due); err != nil {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, err)
			}
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

// unnoted is a message that was sent, or failed, and of which that could not be written down: it is not sent again.
type unnoted struct {
	d      *ent.Delivery
	failed error
}

func (s *sender) keepUnnoted(d *ent.Delivery, failed error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unnoted = append(s.unnoted, unnoted{d, failed})
}

// storeUnnoted writes down what waits for that.
func (s *sender) storeUnnoted(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.unnoted) > 0 {
		if err := s.record(ctx, s.unnoted[0].d, s.unnoted[0].failed); err != nil {
			return err
		}
		s.unnoted = s.unnoted[1:]
	}
	return nil
}

// longestWait is more than any message waits: an hour between two tries, or a night of quiet hours.
const longestWait = 25 * time.Hour

// sendEarlier sends now what waits for a moment that a clock which was wrong has set.
func (s *sender) sendEarlier(ctx context.Context) error {
	now := s.now()
	err := s.store.Client.Delivery.Update().
		Where(delivery.NextAtGT(now.Add(longestWait)), delivery.HasAlertWith(own(s.source))).
		SetNextAt(now).
		ClearClaimedUntil().
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("realign what is to be sent: %w", err)
	}
	return nil
}

// dropOrphaned drops what has waited a day for a channel that is not set here: another process may have it, or an
// admin may correct the setting.
func (s *sender) dropOrphaned(ctx context.Context, names []string) error {
	now := s.now()
	err := s.store.Client.Delivery.Update().
		Where(delivery.NextAtLTE(now), delivery.ChannelNotIn(names...), delivery.CreatedAtLT(now.Add(-tryFor))).
		ClearNextAt().
		SetDroppedAt(now).
		SetError(droppedNoChannel).
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("drop messages of channels that are gone: %w", err)
	}
	return nil
}

// sendAll sends a channel's messages in turn, until one fails or they have taken their time.
func (s *sender) sendAll(ctx context.Context, c notify.Channel, list []*ent.Delivery) error {
	whole, cancel := context.WithTimeout(ctx, channelLimit)
	defer cancel()
	for _, d := range list {
		if whole.Err() != nil {
			return nil // the rest is sent in a minute
		}
		now := s.now()
		n, err := s.store.Client.Delivery.Update().
			Where(delivery.ID(d.ID), delivery.NextAt(*d.NextAt)).
			SetNextAt(now.Add(claimLasts)).
			SetClaimedUntil(now.Add(claimLasts)).
			Save(ctx)
		if err != nil {
			return fmt.Errorf("take a message: %w", err)
		}
		if n == 0 {
			continue // another process sends it, or it was withdrawn
		}
		// As it is now: it may have been resolved or muted since the message was written.
		if d.Edges.Alert, err = s.store.Client.Alert.Get(ctx, d.AlertID); err != nil {
			return fmt.Errorf("read alert %s: %w", d.AlertID, err)
		}
		if why := s.reasonToDrop(ctx, d); why != "" {
			if err := s.drop(ctx, d, now, why); err != nil {
				return err
			}
			continue
		}
		m, err := s.message(ctx, d)
		if err != nil {
			return err
		}
		soft, cancel := context.WithTimeout(ctx, sendLimit)
		failed := c.Send(soft, m)
		cancel()
		if err := s.record(context.WithoutCancel(ctx), d, failed); err != nil {
			s.keepUnnoted(d, failed)
			return err
		}
		if failed != nil {
			return nil //nolint:nilerr // noted; the rest waits for the next minute: it would fail as well
		}
	}
	return nil
}

// reasonToDrop says why a message is not sent any more.
func (s *sender) reasonToDrop(ctx context.Context, d *ent.Delivery) string {
	a := d.Edges.Alert
	switch {
	case muted(a, s.now()):
		return droppedMuted
	case d.Event == delivery.EventReminder && a.AcknowledgedAt != nil:
		return droppedAcknowledged
	case d.Event == delivery.EventReminder && a.ResolvedAt != nil:
		return droppedOver
	case d.Event == delivery.EventOver && a.ResolvedAt == nil:
		return droppedCameBack
	case d.Event == delivery.EventOver:
		notified, err := s.store.Client.Delivery.Query().
			Where(delivery.AlertID(a.ID), delivery.Channel(d.Channel), delivery.EventNEQ(delivery.EventOver),
				delivery.SentAtNotNil()).
			Exist(ctx)
		if err == nil && !notified {
			return droppedNotNeeded
		}
	}
	return ""
}

func (s *sender) drop(ctx context.Context, d *ent.Delivery, now time.Time, why string) error {
	err := s.store.Client.Delivery.UpdateOneID(d.ID).ClearNextAt().SetDroppedAt(now).SetError(why).Exec(ctx)
	if err != nil && !store.Missing(err) {
		return fmt.Errorf("drop a message: %w", err)
	}
	return nil
}

// record notes what became of a message. One that was withdrawn while it failed is not tried again.
func (s *sender) record(ctx context.Context, d *ent.Delivery, failed error) error {
	now := s.now()
	u := s.store.Client.Delivery.Update().Where(delivery.ID(d.ID)).AddAttempts(1).SetTriedAt(now).ClearClaimedUntil()
	switch {
	case failed == nil:
		u.ClearNextAt().ClearDroppedAt().SetSentAt(now).SetError("")
	case now.Sub(d.CreatedAt) >= tryFor:
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
	err := s.store.Client.Delivery.Update().
		Where(delivery.ID(d.ID), delivery.DroppedAtIsNil()).
		SetNextAt(now.Add(backoff[min(d.Attempts, len(backoff)-1)])).
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("plan a message again: %w", err)
	}
	return nil
}

// message writes a message, of what holds now.
func (s *sender) message(ctx context.Context, d *ent.Delivery) (notify.Message, error) {
	a := d.Edges.Alert
	r := RuleOf(a.Rule)
	m := notify.Message{
		ID: a.ID, Event: string(d.Event), Rule: a.Rule, Severity: string(r.Severity), Platform: a.Platform,
		Count:     a.Occurrences,
		FirstSeen: a.OpenedAt.UTC(), LastSeen: a.LastSeenAt.UTC(), OverAt: store.UTC(a.ResolvedAt),
		Link: s.base + "/admin/alerts/" + a.ID,
	}
	name, w := r.Name, words.In(ctx)
	if a.Platform != "" {
		name = r.title(s.nameOf(a.Platform))
	}
	lines := []string{a.Message, w.Say("alerts.text.first", "At", stamp(a.OpenedAt), "Number", a.Occurrences)}
	switch {
	case a.ResolvedAt != nil:
		m.Title = w.Say("alerts.text.resolved", "Name", name)
		lines = []string{
			w.Say("alerts.text.lasted", "From", stamp(a.OpenedAt), "To", stamp(*a.ResolvedAt), "Number", a.Occurrences),
		}
		m.Event = string(delivery.EventOver)
		left, err := s.leftBy(ctx, a)
		if err != nil {
			return m, err
		}
		lines = append(lines, left...)
	case d.Event == delivery.EventReminder:
		m.Title = w.Say("alerts.text.reminder", "Name", name)
		lines = append(lines, w.Text(r.Means), w.Text(r.Does), w.Text(r.Todo))
	default:
		m.Title = w.Text(name)
		n, err := s.store.Client.Alert.Query().
			Where(own(s.source), alert.Rule(a.Rule), alert.Platform(a.Platform), alert.Scope(a.Scope),
				alert.OpenedAtGT(a.OpenedAt.Add(-day)), alert.OpenedAtLTE(a.OpenedAt)).
			Count(ctx)
		if err != nil {
			return m, fmt.Errorf("count how often alert %s opened: %w", a.Rule, err)
		}
		if n > 1 {
			lines = append(lines, w.Say("alerts.text.flapping", "Number", n))
		}
		lines = append(lines, w.Text(r.Means), w.Text(r.Does), w.Text(r.Todo))
	}
	if s.source == connection.SourceSandbox { // the message says that it is about demo data
		m.Title = w.Say("alerts.text.demo", "Name", m.Title)
	}
	m.Text = strings.Join(slices.DeleteFunc(lines, func(s string) bool { return s == "" }), "\n")
	return m, nil
}

// leftBy lists the alerts that stay open after the alert that covered them is resolved.
func (s *sender) leftBy(ctx context.Context, root *ent.Alert) ([]string, error) {
	open, err := s.store.Client.Alert.Query().
		Where(own(s.source), alert.Follows(root.ID), alert.ResolvedAtIsNil()).
		Order(alert.ByOpenedAt()).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what alert %s leaves: %w", root.ID, err)
	}
	var out []string
	for _, a := range open {
		out = append(out, words.Say(ctx, "alerts.text.left", "Message", a.Message))
	}
	return out, nil
}

// testResult is what became of the last test message of a channel, by this process.
type testResult struct {
	at  time.Time
	err error
}

// TestSent is what a channel did with a test message.
type TestSent struct {
	Channel string
	Err     error // nil: the channel accepted the message
}

// test sends one message on every channel and waits for what becomes of it. CONFLICT: there is no channel.
func (s *sender) test(ctx context.Context) ([]TestSent, error) {
	outlets, names, err := s.outlets(ctx)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fault.New(
			fault.Conflict,
			words.New("errors.alerts.noChannel"),
		)
	}
	now := s.now()
	m := notify.Message{
		ID: "test", Event: "test", Rule: "TEST", Severity: string(SeverityWarning),
		Title: words.Say(ctx, "alerts.text.testTitle"),
		Text:  words.Say(ctx, "alerts.text.test"), Link: s.base + "/admin/alerts", Count: 0, FirstSeen: now, LastSeen: now,
	}
	out := make([]TestSent, len(names))
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
			out[i] = TestSent{name, err}
		}()
	}
	wait.Wait()
	s.testing.Lock()
	defer s.testing.Unlock()
	s.tests = map[string]testResult{}
	for _, t := range out {
		s.tests[t.Channel] = testResult{s.now(), t.Err}
	}
	return out, nil
}

// addTest adds what became of a test message, if that is newer.
func (s *sender) addTest(c *ChannelState, last *ent.Delivery) {
	s.testing.Lock()
	defer s.testing.Unlock()
	t, ok := s.tests[c.Name]
	switch {
	case !ok || (last != nil && last.TriedAt.After(t.at)):
	case t.err != nil:
		c.Error, c.ErrorAt = t.err.Error(), &t.at
	default:
		c.Error, c.ErrorAt, c.Sent = "", nil, &t.at
	}
}
