package connect

import (
	"context"
	"errors"
	"fmt"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/ent/connection"
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
	rows, err := c.o.Store.Read.Connection.Query().Where(c.where(f)...).Order(connection.ByID()).
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

// Done is how far an action on many came.
type Done struct {
	Done   int
	Failed int // could not be sent, or not written
	Left   int // not come to: the action is to be asked for again
}

const (
	mostChanged = 2000 // connections changed in one go: an answer is waited for
	mostLinked  = 50   // messages sent in one go
)

// PauseAll pauses what a filter selects and can be paused.
func (c *Connect) PauseAll(ctx context.Context, f Filter) (Done, error) {
	return c.each(ctx, f, []string{"connected", "limited", "expiring"}, mostChanged, c.Pause)
}

// ResumeAll resumes what a filter selects and is paused.
func (c *Connect) ResumeAll(ctx context.Context, f Filter) (Done, error) {
	return c.each(ctx, f, []string{"paused"}, mostChanged, c.Resume)
}

// LinkAll sends a reconnect link to the creator of each connection that a filter selects and that needs one. CONFLICT:
// there is no mail.
func (c *Connect) LinkAll(ctx context.Context, f Filter) (Done, error) {
	if c.o.Notify == nil {
		return Done{}, fault.New(fault.Conflict, "Mail is not set up here (SMTP_URL): make the links one by one, and hand them on.")
	}
	return c.each(ctx, f, []string{"needs_reconnect"}, mostLinked, func(ctx context.Context, id string) error {
		_, err := c.Link(ctx, id)
		return err
	})
}

func (c *Connect) each(ctx context.Context, f Filter, statuses []string, most int, do func(context.Context, string) error) (Done, error) {
	var d Done
	for _, s := range statuses {
		if f.Status != "" && f.Status != s {
			continue
		}
		one := f
		one.Status = s
		list, err := c.Choose(ctx, one)
		if err != nil {
			return d, err
		}
		for i, x := range list {
			if d.Done+d.Failed >= most || ctx.Err() != nil {
				d.Left += len(list) - i
				break
			}
			err := do(ctx, x.ID)
			var known *fault.Error
			switch {
			case err == nil:
				d.Done++
			case fault.Is(err, fault.Conflict), fault.Is(err, fault.NotFound): // somebody else was quicker
			case errors.As(err, &known):
				d.Failed++
			default:
				return d, err
			}
		}
	}
	return d, nil
}
