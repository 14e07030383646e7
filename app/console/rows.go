package console

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/profile"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/user"
)

const (
	maxRecent = 25 // runs in the table
	maxRows   = 50 // failed runs, and connections that need someone
)

// RunRow is one run, to be shown in place. An unknown id is NOT_FOUND.
func (co *Console) RunRow(ctx context.Context, id string) (*RunRow, error) {
	if !text.Storable(id) {
		return nil, notFound()
	}
	rows, err := co.runRows(
		ctx,
		co.db.Run.Query().Where(run.ID(id), run.HasConnectionWith(connection.SourceEQ(co.source))),
	)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, notFound()
	}
	return &rows[0], nil
}

// ConnectionRow is one connection, to be shown in place. An unknown id is NOT_FOUND.
func (co *Console) ConnectionRow(ctx context.Context, id string) (*ConnectionRow, error) {
	if !text.Storable(id) {
		return nil, notFound()
	}
	rows, err := co.connectionRows(ctx, co.db.Connection.Query().Where(connection.ID(id)))
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, notFound()
	}
	return &rows[0], nil
}

func notFound() error { return fault.New(fault.NotFound, words.New("errors.nothing")) }

// recent lists runs: those under way, then the newest that ended, as the filter says.
func (co *Console) recent(ctx context.Context, f *health.Facts, filter string) ([]RunRow, error) {
	ended := []predicate.Run{run.CompletedAtNotNil()}
	active := []predicate.Run{stateIn(lifecycle.ActiveRuns()...)}
	switch filter {
	case "failed":
		ended = append(ended, run.StateIn(lifecycle.FailedRuns()...), run.CompletedAtGTE(f.Now.Add(-7*day)))
		active = nil
	case "limited":
		ended = append(ended, run.RateLimited(true), run.CompletedAtGTE(f.Now.Add(-7*day)))
		active = append(active, run.RateLimited(true))
	}
	var out []RunRow
	if active != nil {
		rows, err := co.runRows(ctx, co.db.Run.Query().Where(active...).Where(f.Runs...).
			Order(run.ByCreatedAt(sql.OrderDesc()), run.ByID(sql.OrderDesc())).Limit(maxRecent))
		if err != nil {
			return nil, err
		}
		// A run that works comes before one that waits.
		slices.SortStableFunc(rows, func(x, y RunRow) int {
			return -cmp.Compare(runningRank(x), runningRank(y))
		})
		out = rows
	}
	if n := maxRecent - len(out); n > 0 {
		rows, err := co.runRows(ctx, co.db.Run.Query().Where(ended...).Where(f.Runs...).
			Order(run.ByCompletedAt(sql.OrderDesc()), run.ByID(sql.OrderDesc())).Limit(n))
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}

// runningRank is 1 for a run that works, 0 for one that waits.
func runningRank(r RunRow) int {
	if r.State == string(run.StateRunning) {
		return 1
	}
	return 0
}

// failures lists the runs of a week that gave up and that nobody has retried or dismissed.
func (co *Console) failures(ctx context.Context, f *health.Facts) ([]RunRow, error) {
	return co.newest(ctx, f.Runs, lifecycle.FailedRuns(), f.Now.Add(-7*day), 0, maxRows)
}

func (co *Console) runRows(ctx context.Context, q *ent.RunQuery) ([]RunRow, error) {
	rows, err := q.WithConnection(withFields).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read runs: %w", err)
	}
	connections := make([]*ent.Connection, len(rows))
	for i, r := range rows {
		connections[i] = r.Edges.Connection
	}
	if err := co.addNames(ctx, connections...); err != nil {
		return nil, err
	}
	out := make([]RunRow, len(rows))
	for i, r := range rows {
		out[i] = runRow(r)
	}
	return out, nil
}

// addNames loads the display names of accounts that have no handle. Profiles hold numbers, so an admin may not read
// them: the program reads the name alone for them. nil connections are left out.
func (co *Console) addNames(ctx context.Context, list ...*ent.Connection) error {
	var ids []string
	for _, c := range list {
		if c != nil && c.Handle == "" {
			ids = append(ids, c.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	names, err := co.db.Profile.Query().Where(profile.ConnectionIDIn(ids...)).
		Select(profile.FieldConnectionID, profile.FieldDisplayName).All(viewer.System(ctx, viewer.ReasonNames))
	if err != nil {
		return fmt.Errorf("read the names of accounts: %w", err)
	}
	for _, p := range names {
		for _, c := range list {
			if c != nil && c.ID == p.ConnectionID {
				c.Edges.Profile = p
			}
		}
	}
	return nil
}

// withFields loads what a connection is called by, and no more.
func withFields(q *ent.ConnectionQuery) {
	q.Select(connection.FieldOwnerID, connection.FieldPlatform, connection.FieldHandle, connection.FieldStatus)
}

func runRow(r *ent.Run) RunRow {
	c := r.Edges.Connection
	row := RunRow{
		ID: r.ID, ConnectionID: r.ConnectionID, Platform: r.Platform, Handle: handle(c), State: string(r.State),
		Trigger:   string(r.Trigger),
		CreatedAt: r.CreatedAt.UTC(), StartedAt: store.UTC(r.StartedAt), Items: r.Items, Code: r.ErrorCode,
		Words: outcome(r), Attempt: r.Attempt,
		MaxAttempts: lifecycle.MaxAttempts, NextAttemptAt: store.UTC(r.NextAttemptAt), RateLimited: r.RateLimited,
		Active: lifecycle.RunActive(r.State),
	}
	if r.StartedAt != nil && r.CompletedAt != nil {
		d := r.CompletedAt.Sub(*r.StartedAt)
		row.Duration = &d
	}
	row.CanDismiss = lifecycle.RunFailed(r.State) && r.SettledAt == nil
	row.CanSync = c != nil && lifecycle.Syncable(c.Status)
	row.CanRetry = row.CanDismiss && row.CanSync
	return row
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

// ids lists the platforms.
func (co *Console) ids() []string {
	var out []string
	for _, s := range co.platforms.Specs() {
		out = append(out, s.ID)
	}
	return out
}

// waitingConnections lists the connections that need a person, longest waiting first.
func (co *Console) waitingConnections(ctx context.Context) ([]ConnectionRow, error) {
	return co.connectionRows(ctx, co.db.Connection.Query().
		Where(connection.PlatformIn(co.ids()...), connection.StatusIn(lifecycle.WaitingConnections()...)).
		// as the index runs
		Order(connection.ByStatusSince(sql.OrderNullsLast()), connection.ByID()).Limit(maxRows))
}

func (co *Console) connectionRows(ctx context.Context, q *ent.ConnectionQuery) ([]ConnectionRow, error) {
	own, err := co.ofThisMode(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := q.Where(own...).WithSchedule().
		WithOwner(func(u *ent.UserQuery) { u.Select(user.FieldName) }).
		Select(connection.FieldOwnerID, connection.FieldPlatform, connection.FieldHandle, connection.FieldStatus,
			connection.FieldStatusSince,
			connection.FieldStatusCode, connection.FieldStatusDetail, connection.FieldTokenExpiresAt,
			connection.FieldRefreshExpiresAt).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read connections: %w", err)
	}
	if err := co.addNames(ctx, rows...); err != nil {
		return nil, err
	}
	now := co.now()
	out := make([]ConnectionRow, len(rows))
	for i, c := range rows {
		out[i] = ConnectionRow{
			ID: c.ID, Platform: c.Platform, Handle: handle(c), Status: string(c.Status), Since: store.UTC(c.StatusSince),
			Code: c.StatusCode, Words: c.StatusDetail,
		}
		if c.Edges.Owner != nil {
			out[i].Owner = c.Edges.Owner.Name
		}
		if s := c.Edges.Schedule; s != nil {
			out[i].LastSuccess = store.UTC(s.LastSuccessAt)
			if lifecycle.Syncable(c.Status) {
				out[i].NextSync = store.UTC(&s.DueAt)
			}
		}
		if out[i].Words == "" {
			out[i].Words = statusWords(c, now)
		}
	}
	return out, nil
}
