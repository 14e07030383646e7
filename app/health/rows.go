package health

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/profile"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/user"
)

const (
	maxAttempts = 5  // of the contract's retry rule
	maxRecent   = 25 // runs in the table
	maxRows     = 50 // failed runs, and connections that need someone
)

// RunRow is one run, to be shown in place. An unknown id is NOT_FOUND.
func (h *Health) RunRow(ctx context.Context, id string) (*RunRow, error) {
	if !text(id) {
		return nil, errNothing()
	}
	rows, err := h.runRows(ctx, h.db.Run.Query().Where(run.ID(id), run.HasConnectionWith(connection.SourceEQ(h.source))))
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, errNothing()
	}
	return &rows[0], nil
}

// ConnectionRow is one connection, to be shown in place. An unknown id is NOT_FOUND.
func (h *Health) ConnectionRow(ctx context.Context, id string) (*ConnectionRow, error) {
	if !text(id) {
		return nil, errNothing()
	}
	rows, err := h.connectionRows(ctx, h.db.Connection.Query().Where(connection.ID(id)))
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, errNothing()
	}
	return &rows[0], nil
}

func errNothing() error { return fault.New(fault.NotFound, "There is nothing here.") }

// text reports whether s can be asked of a database: PostgreSQL refuses what is not UTF-8.
func text(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// recent lists runs: those under way, then the newest that ended, as the filter says.
func (h *Health) recent(ctx context.Context, f *facts, filter string) ([]RunRow, error) {
	ended := []predicate.Run{run.CompletedAtNotNil()}
	active := []predicate.Run{is(activeStates...)}
	switch filter {
	case "failed":
		ended = append(ended, run.StateIn(run.StateFailed, run.StateDead), run.CompletedAtGTE(f.now.Add(-7*day)))
		active = nil
	case "limited":
		ended = append(ended, run.RateLimited(true), run.CompletedAtGTE(f.now.Add(-7*day)))
		active = append(active, run.RateLimited(true))
	}
	var out []RunRow
	if active != nil {
		rows, err := h.runRows(ctx, h.db.Run.Query().Where(active...).Where(f.scope...).
			Order(run.ByCreatedAt(sql.OrderDesc()), run.ByID(sql.OrderDesc())).Limit(maxRecent))
		if err != nil {
			return nil, err
		}
		// A run that works comes before one that waits.
		slices.SortStableFunc(rows, func(x, y RunRow) int {
			return cmp.Compare(b2i(y.State == "running"), b2i(x.State == "running"))
		})
		out = rows
	}
	if n := maxRecent - len(out); n > 0 {
		rows, err := h.runRows(ctx, h.db.Run.Query().Where(ended...).Where(f.scope...).
			Order(run.ByCompletedAt(sql.OrderDesc()), run.ByID(sql.OrderDesc())).Limit(n))
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// failures lists the runs of a week that gave up and that nobody has retried or dismissed.
func (h *Health) failures(ctx context.Context, f *facts) ([]RunRow, error) {
	return h.newest(ctx, f.scope, []run.State{run.StateFailed, run.StateDead}, f.now.Add(-7*day), 0, maxRows)
}

func (h *Health) runRows(ctx context.Context, q *ent.RunQuery) ([]RunRow, error) {
	rows, err := q.WithConnection(named).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read runs: %w", err)
	}
	out := make([]RunRow, len(rows))
	for i, r := range rows {
		out[i] = runRow(r)
	}
	return out, nil
}

// named loads what a connection is called by, and no more.
func named(q *ent.ConnectionQuery) {
	q.WithProfile(func(p *ent.ProfileQuery) { p.Select(profile.FieldConnectionID, profile.FieldDisplayName) }).
		Select(connection.FieldOwnerID, connection.FieldPlatform, connection.FieldHandle, connection.FieldStatus)
}

func runRow(r *ent.Run) RunRow {
	c := r.Edges.Connection
	row := RunRow{
		ID: r.ID, ConnectionID: r.ConnectionID, Platform: r.Platform, Handle: handle(c), State: string(r.State), Trigger: string(r.Trigger),
		CreatedAt: r.CreatedAt.UTC(), StartedAt: utc(r.StartedAt), Items: r.Items, Code: r.ErrorCode, Words: words(r), Attempt: r.Attempt,
		MaxAttempts: maxAttempts, NextAttemptAt: utc(r.NextAttemptAt), RateLimited: r.RateLimited, Active: slices.Contains(activeStates, r.State),
	}
	if r.StartedAt != nil && r.CompletedAt != nil {
		d := r.CompletedAt.Sub(*r.StartedAt)
		row.Duration = &d
	}
	row.CanDismiss = (r.State == run.StateFailed || r.State == run.StateDead) && r.SettledAt == nil
	row.CanSync = c != nil && syncs(c.Status)
	row.CanRetry = row.CanDismiss && row.CanSync
	return row
}

// syncs reports that a sync of such a connection can do anything.
func syncs(s connection.Status) bool {
	return s == connection.StatusConnected || s == connection.StatusLimited || s == connection.StatusExpiring
}

func handle(c *ent.Connection) string {
	switch {
	case c == nil:
		return ""
	case c.Handle != "":
		return "@" + strings.TrimPrefix(c.Handle, "@")
	case c.Edges.Profile != nil && c.Edges.Profile.DisplayName != "":
		return c.Edges.Profile.DisplayName
	default:
		return "(no handle)"
	}
}

// words tell what happened to a run: its own message, else what its state comes to.
func words(r *ent.Run) string {
	switch {
	case r.ErrorMessage != "":
		return r.ErrorMessage
	case r.State == run.StateSuccess, r.State == run.StatePartial:
		if r.Items == 1 {
			return "1 item saved."
		}
		return fmt.Sprintf("%d items saved.", r.Items)
	case r.State == run.StateRunning:
		return "Under way."
	default:
		return ""
	}
}

// ids lists the platforms.
func (h *Health) ids() []string {
	var out []string
	for _, s := range h.platforms.Specs() {
		out = append(out, s.ID)
	}
	return out
}

// needing lists the connections that need a person, longest waiting first.
func (h *Health) needing(ctx context.Context) ([]ConnectionRow, error) {
	return h.connectionRows(ctx, h.db.Connection.Query().
		Where(connection.PlatformIn(h.ids()...), connection.StatusIn(connection.StatusNeedsReconnect, connection.StatusExpiring)). // as the index runs
		Order(connection.ByStatusSince(sql.OrderNullsLast()), connection.ByID()).Limit(maxRows))
}

func (h *Health) connectionRows(ctx context.Context, q *ent.ConnectionQuery) ([]ConnectionRow, error) {
	own, err := h.ours(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := q.Where(own...).WithSchedule().
		WithOwner(func(u *ent.UserQuery) { u.Select(user.FieldName) }).
		WithProfile(func(p *ent.ProfileQuery) { p.Select(profile.FieldConnectionID, profile.FieldDisplayName) }).
		Select(connection.FieldOwnerID, connection.FieldPlatform, connection.FieldHandle, connection.FieldStatus, connection.FieldStatusSince,
			connection.FieldStatusCode, connection.FieldStatusDetail, connection.FieldTokenExpiresAt, connection.FieldRefreshExpiresAt).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read connections: %w", err)
	}
	now := h.now()
	out := make([]ConnectionRow, len(rows))
	for i, c := range rows {
		out[i] = ConnectionRow{
			ID: c.ID, Platform: c.Platform, Handle: handle(c), Status: string(c.Status), Since: utc(c.StatusSince),
			Code: c.StatusCode, Words: c.StatusDetail,
		}
		if c.Edges.Owner != nil {
			out[i].Owner = c.Edges.Owner.Name
		}
		if s := c.Edges.Schedule; s != nil {
			out[i].LastSuccess = utc(s.LastSuccessAt)
			if syncs(c.Status) {
				out[i].NextSync = utc(&s.DueAt)
			}
		}
		if out[i].Words == "" {
			out[i].Words = statusWords(c, now)
		}
	}
	return out, nil
}

func statusWords(c *ent.Connection, now time.Time) string {
	switch c.Status {
	case connection.StatusNeedsReconnect:
		return "Access has ended."
	case connection.StatusExpiring:
		end := c.RefreshExpiresAt
		if end == nil {
			end = c.TokenExpiresAt
		}
		if end == nil {
			return "Access ends soon and cannot be renewed."
		}
		return fmt.Sprintf("Access ends %s, in %d days.", end.UTC().Format("2 Jan 15:04 MST"), max(0, int(end.Sub(now)/day)))
	default:
		return ""
	}
}
