package auth

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/auditevent"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/user"
)

// TrailQuery is what the audit log is asked for. Empty fields select all.
type TrailQuery struct {
	Action   string
	Actor    string // a user's id, part of their name or e-mail, or Command
	Target   string // how it begins
	From, To string // UTC dates, 2006-01-02, both within
	Before   int    // only events with a smaller id: the next page
}

// TrailRow is one event.
type TrailRow struct {
	ID                                    int
	At                                    time.Time
	Actor                                 string // a name, "command", or empty for nobody
	ActorID                               string
	Action, Target, Result, IP, RequestID string
}

// Trail is a page of the audit log, newest first.
type Trail struct {
	TrailQuery
	Actions []string // that there are
	Rows    []TrailRow
	More    bool
}

const trailPage = 100

// Trail searches the audit log. INVALID: an odd query.
func (l *AuditLog) Trail(ctx context.Context, q TrailQuery) (*Trail, error) {
	rows, err := l.trail(ctx, q, trailPage+1)
	if err != nil {
		return nil, err
	}
	t := &Trail{TrailQuery: q, More: len(rows) > trailPage, Rows: rows[:min(len(rows), trailPage)]}
	t.Actions, err = l.actions(ctx)
	return t, err
}

// actions lists what is in the log, from one to the next by their index: grouping would read all of it.
func (l *AuditLog) actions(ctx context.Context) (out []string, err error) {
	for last := ""; ; {
		next, err := l.store.Read.AuditEvent.Query().
			Where(auditevent.ActionGT(last)).
			Order(auditevent.ByAction()).
			Limit(1).
			Select(auditevent.FieldAction).
			Strings(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the actions: %w", err)
		}
		if len(next) == 0 {
			return out, nil
		}
		last = next[0]
		out = append(out, last)
	}
}

// EachTrail gives every event that a query selects, newest first, in batches.
func (l *AuditLog) EachTrail(ctx context.Context, q TrailQuery, each func([]TrailRow) error) error {
	for {
		rows, err := l.trail(ctx, q, trailPage*10)
		if err != nil || len(rows) == 0 {
			return err
		}
		if err := each(rows); err != nil {
			return err
		}
		q.Before = rows[len(rows)-1].ID
	}
}

func (l *AuditLog) trail(ctx context.Context, q TrailQuery, limit int) ([]TrailRow, error) {
	for _, s := range []string{q.Action, q.Actor, q.Target} {
		if !text.Storable(s) || len(s) > 200 {
			return nil, fault.New(fault.Invalid, words.New("errors.search"))
		}
	}
	var where []predicate.AuditEvent
	if q.Action != "" {
		where = append(where, auditevent.Action(q.Action))
	}
	if q.Target != "" {
		where = append(where, auditevent.TargetHasPrefix(q.Target))
	}
	if q.Before > 0 {
		where = append(where, auditevent.IDLT(q.Before))
	}
	if q.Actor != "" {
		ids, err := l.store.Read.User.Query().
			Where(user.Or(user.ID(q.Actor), user.NameContainsFold(q.Actor), user.EmailContainsFold(q.Actor))).
			Limit(1000).
			IDs(ctx)
		if err != nil {
			return nil, fmt.Errorf("find the actor: %w", err)
		}
		where = append(where, auditevent.ActorIDIn(append(ids, q.Actor)...))
	}
	for _, d := range []struct {
		text string
		add  func(time.Time) predicate.AuditEvent
	}{{q.From, func(t time.Time) predicate.AuditEvent { return auditevent.AtGTE(t) }},
		{q.To, func(t time.Time) predicate.AuditEvent { return auditevent.AtLTE(lastOf(t)) }}} {
		if d.text == "" {
			continue
		}
		t, err := time.Parse(time.DateOnly, d.text)
		if err != nil {
			return nil, fault.New(fault.Invalid, words.New("errors.date"))
		}
		where = append(where, d.add(t))
	}
	rows, err := l.store.Read.AuditEvent.Query().
		Where(where...).
		Order(auditevent.ByID(sql.OrderDesc())).
		Limit(limit).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("search the audit log: %w", err)
	}
	return l.named(ctx, rows)
}

func (l *AuditLog) named(ctx context.Context, rows []*ent.AuditEvent) ([]TrailRow, error) {
	ids := map[string]bool{}
	for _, e := range rows {
		ids[e.ActorID] = true
	}
	var list []string
	for id := range ids {
		list = append(list, id)
	}
	users, err := l.store.Read.User.Query().Where(user.IDIn(list...)).Select(user.FieldName).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("name the actors: %w", err)
	}
	names := map[string]string{Command: "command"}
	for _, u := range users {
		names[u.ID] = u.Name
	}
	out := make([]TrailRow, len(rows))
	for i, e := range rows {
		out[i] = TrailRow{e.ID, e.At.UTC(), names[e.ActorID], e.ActorID, e.Action, e.Target, e.Result, e.IP, e.RequestID}
	}
	return out, nil
}

// lastOf is the last moment of a day that a database can hold; the next day's first would be in the year 10000.
func lastOf(day time.Time) time.Time { return day.AddDate(0, 0, 1).Add(-time.Microsecond) }
