package connect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/notice"
	"github.com/truecount/truecount/ent/predicate"
)

// Filter selects connections. Empty fields select all.
type Filter struct {
	Platform string
	Status   string
	Search   string // part of a handle
}

// Chosen is one connection that a filter selects.
type Chosen struct{ ID, Platform, Status string }

func (c *Connect) where(f Filter) []predicate.Connection {
	out := []predicate.Connection{connection.SourceEQ(c.source())}
	if f.Platform != "" {
		out = append(out, connection.Platform(f.Platform))
	}
	if f.Status != "" {
		out = append(out, connection.StatusEQ(connection.Status(f.Status)))
	}
	if f.Search != "" {
		out = append(out, connection.HandleContainsFold(f.Search))
	}
	return out
}

// Choose lists what a filter selects, oldest first.
func (c *Connect) Choose(ctx context.Context, f Filter) ([]Chosen, error) {
	return c.choose(ctx, f)
}

func (c *Connect) choose(ctx context.Context, f Filter, and ...predicate.Connection) ([]Chosen, error) {
	rows, err := c.o.Store.Read.Connection.Query().Where(c.where(f)...).Where(and...).Order(connection.ByID()).
		Select(connection.FieldPlatform, connection.FieldStatus).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("choose connections: %w", err)
	}
	out := make([]Chosen, len(rows))
	for i, r := range rows {
		out[i] = Chosen{r.ID, r.Platform, string(r.Status)}
	}
	return out, nil
}

// Count counts what a filter selects, by platform and status.
func (c *Connect) Count(ctx context.Context, f Filter) (map[string]map[string]int, error) {
	var rows []struct {
		Platform string `json:"platform"`
		Status   string `json:"status"`
		Count    int    `json:"count"`
	}
	err := c.o.Store.Read.Connection.Query().
		Where(c.where(f)...).
		GroupBy(connection.FieldPlatform, connection.FieldStatus).
		Aggregate(ent.Count()).
		Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("count connections: %w", err)
	}
	out := map[string]map[string]int{}
	for _, r := range rows {
		if out[r.Platform] == nil {
			out[r.Platform] = map[string]int{}
		}
		out[r.Platform][r.Status] = r.Count
	}
	return out, nil
}

// Done is how far an action on many came.
type Done struct {
	Done   int
	Failed int // could not be sent, or not written
	Left   int // not come to: the action is to be asked for again
}

const (
	mostChanged = 2000             // connections changed in one go: an answer is waited for
	mostLinked  = 50               // messages sent in one go
	waitedFor   = 15 * time.Second // a page waits 20 s for an answer
)

// PauseAll pauses what a filter selects and can be paused.
func (c *Connect) PauseAll(ctx context.Context, f Filter) (Done, error) {
	list, err := c.choose(ctx, f, connection.StatusIn(lifecycle.SyncableConnections()...))
	if err != nil {
		return Done{}, err
	}
	return each(ctx, list, mostChanged, c.Pause)
}

// ResumeAll resumes what a filter selects and is paused.
func (c *Connect) ResumeAll(ctx context.Context, f Filter) (Done, error) {
	list, err := c.choose(ctx, f, connection.StatusEQ(connection.StatusPaused))
	if err != nil {
		return Done{}, err
	}
	return each(ctx, list, mostChanged, c.Resume)
}

// LinkAll sends a reconnect link to the creator of each connection that a filter selects and that needs one, unless an
// admin sent one within a day. CONFLICT: there is no mail.
func (c *Connect) LinkAll(ctx context.Context, f Filter) (Done, error) {
	if c.o.Notify == nil {
		return Done{}, fault.New(fault.Conflict, words.New("errors.connect.noMail"))
	}
	since := c.o.Now().Add(-linkedApart)
	lost, unsent := connection.StatusEQ(
		connection.StatusNeedsReconnect,
	), connection.Not(
		markedByAdmin(notice.FieldSentAt, since),
	)
	tried := markedByAdmin(notice.FieldCreatedAt, since)
	// Those tried in vain come last: what fails again and again keeps nobody waiting.
	first, err := c.choose(ctx, f, lost, ofActiveOwner(), unsent, connection.Not(tried))
	if err != nil {
		return Done{}, err
	}
	again, err := c.choose(ctx, f, lost, ofActiveOwner(), unsent, tried)
	if err != nil {
		return Done{}, err
	}
	return each(ctx, append(first, again...), mostLinked, func(ctx context.Context, id string) error {
		_, err := c.Notices.makeLink(ctx, id, linkedApart)
		return err
	})
}

// markedByAdmin selects the connections that an admin made a link for, for this loss of access, with that moment after
// since.
func markedByAdmin(moment string, since time.Time) predicate.Connection {
	return func(s *sql.Selector) {
		n := sql.Dialect(s.Dialect()).Table(notice.Table)
		s.Where(sql.Exists(sql.Dialect(s.Dialect()).Select(n.C(notice.FieldID)).From(n).Where(sql.And(
			sql.ColumnsEQ(
				n.C(notice.FieldConnectionID),
				s.C(connection.FieldID),
			),
			sql.ColumnsEQ(n.C(notice.FieldLostAt), s.C(connection.FieldStatusSince)),
			sql.LT(n.C(notice.FieldNumber), 0),
			sql.GT(n.C(moment), since),
		))))
	}
}

// each does something to all of a list, up to so many, within the time an answer is waited for: what somebody else was
// quicker with is passed over, and what it does not come to, also because nobody waits any more, is left.
func each(ctx context.Context, list []Chosen, most int, do func(context.Context, string) error) (Done, error) {
	var d Done
	ctx, cancel := context.WithTimeout(ctx, waitedFor)
	defer cancel()
	for i, x := range list {
		if d.Done+d.Failed >= most || ctx.Err() != nil {
			d.Left = len(list) - i
			break
		}
		err := do(ctx, x.ID)
		var known *fault.Error
		switch {
		case err == nil:
			d.Done++
		case fault.Is(err, fault.Conflict), fault.Is(err, fault.NotFound):
		case errors.As(err, &known):
			d.Failed++
		case ctx.Err() != nil:
			d.Left = len(list) - i
			return d, nil
		default:
			d.Left = len(list) - i
			return d, err
		}
	}
	return d, nil
}
