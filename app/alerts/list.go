package alerts

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/delivery"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/user"
)

const pageSize = 50 // alerts on a page

// Row is one alert in a list. Times are UTC; nil is never.
type Row struct {
	ID       string
	Rule     Rule
	Platform string
	Scope    string
	Message  string
	Count    int // the most there were at once
	Opened   time.Time
	LastSeen time.Time
	Notified *time.Time // when somebody was last written to
	Resolved *time.Time // when its cause had gone
	Acked    *time.Time // when a person took it on
	Muted    *time.Time // until when; nil when it is not, or not any more
	Reason   string
	By       string // the name of who acknowledged or muted it
	Follows  string // the id of the alert that speaks for it
}

// Query is what the list of alerts is asked for.
type Query struct {
	State    string // "open", "over", "all"; empty is open
	Rule     string
	Platform string
	Page     int
}

// List is the page of alerts.
type List struct {
	Query
	Open     int // in all
	Rows     []Row
	Total    int // that the query selects
	Pages    int
	Channels []ChannelState
	Settings Settings
}

// ChannelState is how one channel takes messages.
type ChannelState struct {
	Name    string
	Sent    *time.Time // the last one that went out
	Waiting int        // not sent yet
	Error   string     // of the last try, when it failed
	ErrorAt *time.Time // when that was
}

// List gives a page of alerts, newest first, and beside it the channels and the settings. INVALID: the query names a
// state, rule or platform that does not exist.
func (al *Alerts) List(ctx context.Context, q Query) (*List, error) {
	if q.State == "" {
		q.State = "open"
	}
	if !slices.Contains([]string{"open", "over", "all"}, q.State) {
		return nil, fault.New(fault.Invalid, words.New("errors.alerts.state"))
	}
	if q.Platform != "" {
		if _, ok := al.platforms.Spec(q.Platform); !ok {
			return nil, fault.New(fault.Invalid, words.New("errors.noPlatform"))
		}
	}
	if q.Rule != "" && !Known(q.Rule) {
		return nil, fault.New(fault.Invalid, words.New("errors.alerts.noSuchRule"))
	}
	l := &List{Query: q}
	where := []predicate.Alert{al.mine()}
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
	if l.Open, err = al.CountOpen(ctx); err != nil {
		return nil, err
	}
	if l.Total, err = al.db.Alert.Query().Where(where...).Count(ctx); err != nil {
		return nil, fmt.Errorf("count alerts: %w", err)
	}
	l.Pages = max(1, (l.Total+pageSize-1)/pageSize)
	l.Page = min(max(1, q.Page), l.Pages)
	rows, err := al.db.Alert.Query().
		Where(where...).
		Order(alert.ByOpenedAt(sql.OrderDesc()), alert.ByID(sql.OrderDesc())).
		Offset((l.Page - 1) * pageSize).
		Limit(pageSize).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read alerts: %w", err)
	}
	if l.Rows, err = al.rows(ctx, rows); err != nil {
		return nil, err
	}
	if l.Settings, err = al.Settings(ctx); err != nil {
		return nil, err
	}
	l.Channels, err = al.ChannelStates(ctx)
	return l, err
}

func (al *Alerts) rows(ctx context.Context, rows []*ent.Alert) ([]Row, error) {
	var ids []string
	for _, a := range rows {
		if a.ActedBy != "" {
			ids = append(ids, a.ActedBy)
		}
	}
	names := map[string]string{}
	if len(ids) > 0 {
		users, err := al.db.User.Query().Where(user.IDIn(ids...)).Select(user.FieldName).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read who acted: %w", err)
		}
		for _, u := range users {
			names[u.ID] = u.Name
		}
	}
	now := al.now()
	out := make([]Row, len(rows))
	for i, a := range rows {
		out[i] = Row{
			ID: a.ID, Rule: RuleOf(a.Rule), Platform: a.Platform, Scope: a.Scope, Message: a.Message, Count: a.Occurrences,
			Opened: a.OpenedAt.UTC(), LastSeen: a.LastSeenAt.UTC(), Notified: store.UTC(a.NotifiedAt),
			Resolved: store.UTC(a.ResolvedAt), Acked: store.UTC(a.AcknowledgedAt),
			Reason: a.Reason, By: names[a.ActedBy], Follows: a.Follows,
		}
		if muted(a, now) {
			out[i].Muted = store.UTC(a.MutedUntil)
		}
	}
	return out, nil
}

// DeliveryRow is one message on one channel, sent or not.
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

// Story is one alert with all there is to know and to do.
type Story struct {
	Row
	Root       *Row  // the one that speaks for it
	Followers  []Row // those it speaks for, open ones
	Deliveries []DeliveryRow
	Groups     []health.FailureGroup // reasons of failed syncs of its platform that wait; of rules about failures
}

// Story gives one alert with its root, its followers and its messages. An unknown id is NOT_FOUND.
func (al *Alerts) Story(ctx context.Context, id string) (*Story, error) {
	if !text.Storable(id) {
		return nil, notFound()
	}
	a, err := al.db.Alert.Query().Where(al.mine(), alert.ID(id)).WithDeliveries(func(q *ent.DeliveryQuery) {
		q.Order(delivery.ByCreatedAt(), delivery.ByID())
	}).Only(ctx)
	if store.Missing(err) {
		return nil, notFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read alert %s: %w", id, err)
	}
	around, err := al.db.Alert.Query().
		Where(al.mine(), alert.Or(alert.ID(a.Follows), alert.And(alert.Follows(a.ID), alert.ResolvedAtIsNil()))).
		Order(alert.ByOpenedAt()).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what belongs to alert %s: %w", id, err)
	}
	rows, err := al.rows(ctx, append([]*ent.Alert{a}, around...))
	if err != nil {
		return nil, err
	}
	s := &Story{Row: rows[0]}
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
	if slices.Contains(
		[]string{health.ReasonFailureRate, RuleDeadLetter, health.ReasonPlatformDown, health.ReasonAppRefused},
		a.Rule,
	) {
		f, err := al.health.FailureGroups(ctx, a.Platform)
		if err != nil {
			return nil, err
		}
		s.Groups = f
	}
	return s, nil
}

func deliveryRow(d *ent.Delivery) DeliveryRow {
	return DeliveryRow{
		ID: d.ID, Event: string(d.Event), Channel: d.Channel, Attempts: d.Attempts, Created: d.CreatedAt.UTC(),
		Next: store.UTC(d.NextAt), Sent: store.UTC(d.SentAt),
		Dropped: store.UTC(d.DroppedAt), Error: d.Error,
	}
}

// ChannelStates says whether each channel accepts messages, by the last one it was given. A test message counts.
func (al *Alerts) ChannelStates(ctx context.Context) ([]ChannelState, error) {
	names, err := al.sender.channelNames(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]ChannelState, len(names))
	for i, name := range names {
		c := ChannelState{Name: name}
		mine := []predicate.Delivery{delivery.Channel(name), delivery.HasAlertWith(al.mine())}
		sent, err := al.db.Delivery.Query().
			Where(mine...).
			Where(delivery.SentAtNotNil()).
			Order(delivery.ByTriedAt(sql.OrderDesc())).
			First(ctx)
		if err != nil && !store.Missing(err) {
			return nil, fmt.Errorf("read what went out: %w", err)
		}
		if sent != nil {
			c.Sent = store.UTC(sent.SentAt)
		}
		last, err := al.db.Delivery.Query().
			Where(mine...).
			Where(delivery.TriedAtNotNil()).
			Order(delivery.ByTriedAt(sql.OrderDesc())).
			First(ctx)
		if err != nil && !store.Missing(err) {
			return nil, fmt.Errorf("read the last message: %w", err)
		}
		if last != nil && last.SentAt == nil {
			c.Error, c.ErrorAt = last.Error, store.UTC(last.TriedAt)
		}
		al.sender.addTest(&c, last)
		if c.Waiting, err = al.db.Delivery.Query().Where(mine...).Where(delivery.NextAtNotNil()).Count(ctx); err != nil {
			return nil, fmt.Errorf("count what waits: %w", err)
		}
		out[i] = c
	}
	return out, nil
}

func notFound() error { return fault.New(fault.NotFound, words.New("errors.nothing")) }

// WorstOpen gives the message of the open alert that needs somebody most, whether it is critical, and how many others
// are open. An empty message: none is open. Console asks it for the banner.
func (al *Alerts) WorstOpen(ctx context.Context) (message string, critical bool, others int, err error) {
	open, err := al.db.Alert.Query().Where(al.mine(), alert.ResolvedAtIsNil()).All(ctx)
	if err != nil {
		return "", false, 0, fmt.Errorf("read open alerts: %w", err)
	}
	if len(open) == 0 {
		return "", false, 0, nil
	}
	slices.SortFunc(open, func(a, b *ent.Alert) int {
		return cmp.Or(cmp.Compare(rank(a.Rule), rank(b.Rule)), cmp.Compare(a.OpenedAt.UnixNano(), b.OpenedAt.UnixNano()))
	})
	return open[0].Message, RuleOf(open[0].Rule).Severity == SeverityCritical, len(open) - 1, nil
}
