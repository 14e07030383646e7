package health

import (
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/delivery"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/user"
)

// AlertRow is one alert in a list.
type AlertRow struct {
	ID       string
	Rule     Rule
	Platform string
	Scope    string
	Message  string
	Count    int // the most there were at once
	Opened   time.Time
	LastSeen time.Time
	Told     *time.Time // when somebody was last written to; nil: nobody
	Over     *time.Time
	Acked    *time.Time
	Muted    *time.Time // until when; nil when it is not, or not any more
	Reason   string
	By       string // the name of who acknowledged or muted it
	Follows  string // the id of the alert that speaks for it
}

// AlertQuery is what the list of alerts is asked for.
type AlertQuery struct {
	State    string // "open", "over", "all"; empty is open
	Rule     string
	Platform string
	Page     int
}

// AlertList is the page of alerts.
type AlertList struct {
	AlertQuery
	Open     int // in all
	Rows     []AlertRow
	Total    int // that the query selects
	Pages    int
	Channels []ChannelState
	Settings AlertSettings
}

// ChannelState is how one channel takes messages.
type ChannelState struct {
	Name    string
	Sent    *time.Time // the last one that went out
	Waiting int        // not sent yet
	Error   string     // of the last try, when it failed
	ErrorAt *time.Time // when that was
}

// Alerts lists alerts, newest first. INVALID: an odd query.
func (h *Health) Alerts(ctx context.Context, q AlertQuery) (*AlertList, error) {
	if q.State == "" {
		q.State = "open"
	}
	if !slices.Contains([]string{"open", "over", "all"}, q.State) {
		return nil, fault.New(fault.Invalid, "Alerts are shown as open, over or all.")
	}
	if q.Platform != "" {
		if _, ok := h.platforms.Spec(q.Platform); !ok {
			return nil, fault.New(fault.Invalid, "There is no such platform.")
		}
	}
	if q.Rule != "" && RuleOf(q.Rule).Means == "" {
		return nil, fault.New(fault.Invalid, "There is no such rule.")
	}
	l := &AlertList{AlertQuery: q}
	where := []predicate.Alert{h.mine()}
	switch q.State {
	case "open":
		where = append(where, alert.ResolvedAtIsNil())
	case "over":
		where = append(where, alert.ResolvedAtNotNil())
	}
	if q.Rule != "" {
		where = append(where, alert.Rule(q.Rule))
	}
	if q.Platform != "" {
		where = append(where, alert.Platform(q.Platform))
	}
	var err error
	if l.Open, err = h.OpenAlerts(ctx); err != nil {
		return nil, err
	}
	if l.Total, err = h.db.Alert.Query().Where(where...).Count(ctx); err != nil {
		return nil, fmt.Errorf("count alerts: %w", err)
	}
	l.Pages = pageCount(l.Total)
	l.Page = min(max(1, q.Page), l.Pages)
	rows, err := h.db.Alert.Query().Where(where...).Order(alert.ByOpenedAt(sql.OrderDesc()), alert.ByID(sql.OrderDesc())).
		Offset((l.Page - 1) * pageSize).Limit(pageSize).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read alerts: %w", err)
	}
	if l.Rows, err = h.alertRows(ctx, rows); err != nil {
		return nil, err
	}
	if l.Settings, err = h.AlertSettings(ctx); err != nil {
		return nil, err
	}
	l.Channels, err = h.ChannelStates(ctx)
	return l, err
}

func (h *Health) alertRows(ctx context.Context, rows []*ent.Alert) ([]AlertRow, error) {
	var ids []string
	for _, a := range rows {
		if a.ActedBy != "" {
			ids = append(ids, a.ActedBy)
		}
	}
	names := map[string]string{}
	if len(ids) > 0 {
		users, err := h.db.User.Query().Where(user.IDIn(ids...)).Select(user.FieldName).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read who acted: %w", err)
		}
		for _, u := range users {
			names[u.ID] = u.Name
		}
	}
	now := h.now()
	out := make([]AlertRow, len(rows))
	for i, a := range rows {
		out[i] = AlertRow{
			ID: a.ID, Rule: RuleOf(a.Rule), Platform: a.Platform, Scope: a.Scope, Message: a.Message, Count: a.Occurrences, Opened: a.OpenedAt.UTC(), LastSeen: a.LastSeenAt.UTC(),
			Told: utc(a.NotifiedAt), Over: utc(a.ResolvedAt), Acked: utc(a.AcknowledgedAt), Reason: a.Reason, By: names[a.ActedBy], Follows: a.Follows,
		}
		if muted(a, now) {
			out[i].Muted = utc(a.MutedUntil)
		}
	}
	return out, nil
}

// DeliveryRow is one message.
type DeliveryRow struct {
	ID       string
	Event    string // opened, reminder, over
	Channel  string
	Attempts int
	Created  time.Time
	Next     *time.Time // when it is tried; nil when it is over
	Sent     *time.Time
	Dropped  *time.Time
	Error    string
}

// AlertStory is one alert with all there is to know and to do.
type AlertStory struct {
	AlertRow
	Root       *AlertRow  // the one that speaks for it
	Followers  []AlertRow // those it speaks for, open ones
	Deliveries []DeliveryRow
	Groups     []Group // reasons of failed syncs of its platform that wait; of rules that tell of failures
}

// Alert tells one alert's story. An unknown id is NOT_FOUND.
func (h *Health) Alert(ctx context.Context, id string) (*AlertStory, error) {
	if !text(id) {
		return nil, errNothing()
	}
	a, err := h.db.Alert.Query().Where(h.mine(), alert.ID(id)).WithDeliveries(func(q *ent.DeliveryQuery) {
		q.Order(delivery.ByCreatedAt(), delivery.ByID())
	}).Only(ctx)
	if store.Missing(err) {
		return nil, errNothing()
	}
	if err != nil {
		return nil, fmt.Errorf("read alert %s: %w", id, err)
	}
	around, err := h.db.Alert.Query().Where(h.mine(), alert.Or(alert.ID(a.Follows), alert.And(alert.Follows(a.ID), alert.ResolvedAtIsNil()))).Order(alert.ByOpenedAt()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what belongs to alert %s: %w", id, err)
	}
	rows, err := h.alertRows(ctx, append([]*ent.Alert{a}, around...))
	if err != nil {
		return nil, err
	}
	s := &AlertStory{AlertRow: rows[0]}
	for i := range rows[1:] {
		if r := rows[i+1]; r.ID == a.Follows {
			s.Root = &r
		} else {
			s.Followers = append(s.Followers, r)
		}
	}
	for _, d := range a.Edges.Deliveries {
		s.Deliveries = append(s.Deliveries, deliveryRow(d))
	}
	if slices.Contains([]string{FailureRate, DeadLetter, PlatformDown, AppRefused}, a.Rule) {
		f, err := h.groups(ctx, a.Platform)
		if err != nil {
			return nil, err
		}
		s.Groups = f
	}
	return s, nil
}

func deliveryRow(d *ent.Delivery) DeliveryRow {
	return DeliveryRow{
		ID: d.ID, Event: string(d.Event), Channel: d.Channel, Attempts: d.Attempts, Created: d.CreatedAt.UTC(), Next: utc(d.NextAt), Sent: utc(d.SentAt),
		Dropped: utc(d.DroppedAt), Error: d.Error,
	}
}

// ChannelStates tells how each channel takes messages, by the last one it was given, a test among them.
func (h *Health) ChannelStates(ctx context.Context) ([]ChannelState, error) {
	names, err := h.channelNames(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]ChannelState, len(names))
	for i, name := range names {
		c := ChannelState{Name: name}
		mine := []predicate.Delivery{delivery.Channel(name), delivery.HasAlertWith(h.mine())}
		sent, err := h.db.Delivery.Query().Where(mine...).Where(delivery.SentAtNotNil()).Order(delivery.ByTriedAt(sql.OrderDesc())).First(ctx)
		if err != nil && !store.Missing(err) {
			return nil, fmt.Errorf("read what went out: %w", err)
		}
		if sent != nil {
			c.Sent = utc(sent.SentAt)
		}
		last, err := h.db.Delivery.Query().Where(mine...).Where(delivery.TriedAtNotNil()).Order(delivery.ByTriedAt(sql.OrderDesc())).First(ctx)
		if err != nil && !store.Missing(err) {
			return nil, fmt.Errorf("read the last message: %w", err)
		}
		if last != nil && last.SentAt == nil {
			c.Error, c.ErrorAt = last.Error, utc(last.TriedAt)
		}
		h.tested(&c, last)
		if c.Waiting, err = h.db.Delivery.Query().Where(mine...).Where(delivery.NextAtNotNil()).Count(ctx); err != nil {
			return nil, fmt.Errorf("count what waits: %w", err)
		}
		out[i] = c
	}
	return out, nil
}

// tested adds what became of a test message, if that is newer.
func (h *Health) tested(c *ChannelState, last *ent.Delivery) {
	h.testing.Lock()
	defer h.testing.Unlock()
	t, ok := h.tests[c.Name]
	switch {
	case !ok || (last != nil && last.TriedAt.After(t.at)):
	case t.err != nil:
		c.Error, c.ErrorAt = t.err.Error(), &t.at
	default:
		c.Error, c.ErrorAt, c.Sent = "", nil, &t.at
	}
}
