package console

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/run"
)

const pageSize = 50 // rows of a list

// Query is what a list is asked for. Empty fields select all; pages count from 1.
type Query struct {
	Platform string
	Code     string // of failures
	Dead     bool   // dead letters alone
	Status   string // of connections
	Search   string // part of a handle
	Page     int
}

// Failures is the list of failed runs and dead letters that wait for somebody.
type Failures struct {
	Query
	Groups []health.FailureGroup // all that wait, whatever the query selects; most first
	Rows   []RunRow
	Total  int // that the query selects
	Pages  int
}

// Connections is the list of connections.
type Connections struct {
	Query
	Statuses map[string]int // of all connections of the platform
	Rows     []ConnectionRow
	Total    int
	More     bool // a search found more than Total
	Pages    int
}

// validate refuses what no list can be asked for. INVALID: an odd value.
func (co *Console) validate(q *Query) error {
	if q.Platform != "" {
		if _, ok := co.platforms.Spec(q.Platform); !ok {
			return fault.New(fault.Invalid, words.New("errors.noPlatform"))
		}
	}
	if !text.Storable(q.Search) || !text.Storable(q.Code) || len(q.Search) > 200 || len(q.Code) > 100 {
		return fault.New(fault.Invalid, words.New("errors.search"))
	}
	if err := KnownStatus(q.Status); err != nil {
		return err
	}
	if q.Page < 1 {
		q.Page = 1
	}
	return nil
}

// KnownStatus reports INVALID for what is no connection's status; empty is all.
func KnownStatus(status string) error {
	if status != "" && connection.StatusValidator(connection.Status(status)) != nil {
		return fault.New(fault.Invalid, words.New("errors.runs.noSuchStatus"))
	}
	return nil
}

// ofThisMode leaves out the connections of the other mode, if there are any: only then does it cost the lists their
// best indexes.
func (co *Console) ofThisMode(ctx context.Context) ([]predicate.Connection, error) {
	mixed, err := co.health.Mixed(ctx)
	if err != nil || !mixed {
		return nil, err
	}
	return []predicate.Connection{connection.SourceEQ(co.source)}, nil
}

// runsOf is the same for runs, of connections with a part of a name in their handle, if one is asked for.
func (co *Console) runsOf(ctx context.Context, search string) ([]predicate.Run, error) {
	own, err := co.ofThisMode(ctx)
	if err != nil {
		return nil, err
	}
	var out []predicate.Run
	if len(own) > 0 {
		out = append(out, run.HasConnectionWith(own...))
	}
	if search == "" {
		return out, nil
	}
	ids, err := co.db.Connection.Query().Where(connection.HandleContainsFold(search)).Limit(maxMatches + 1).IDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("find the accounts: %w", err)
	}
	if len(ids) > maxMatches { // so many that the newest runs are soon found among them
		return append(out, run.HasConnectionWith(connection.HandleContainsFold(search))), nil
	}
	return append(out, run.ConnectionIDIn(ids...)), nil
}

const maxMatches = 300

func pageCount(total int) int { return max(1, (total+pageSize-1)/pageSize) }

// Failures gives a page of the failed runs and dead letters that nobody has retried or dismissed, newest first.
// INVALID: the query holds a value that no list can be asked for.
func (co *Console) Failures(ctx context.Context, q Query) (*Failures, error) {
	if err := co.validate(&q); err != nil {
		return nil, err
	}
	out := &Failures{Query: q}
	var err error
	if out.Groups, err = co.health.FailureGroups(ctx, ""); err != nil {
		return nil, err
	}
	waits, err := co.runsOf(ctx, q.Search)
	if err != nil {
		return nil, err
	}
	waits = append(waits, run.StateIn(lifecycle.FailedRuns()...), run.SettledAtIsNil())
	if q.Platform != "" {
		waits = append(waits, run.Platform(q.Platform))
	}
	if q.Code != "" {
		waits = append(waits, run.ErrorCode(q.Code))
	}
	if q.Dead {
		waits = append(waits, run.StateEQ(run.StateDead))
	}
	if !q.Dead && q.Search == "" { // counted already
		for _, g := range out.Groups {
			if (q.Platform == "" || q.Platform == g.Platform) && (q.Code == "" || q.Code == g.Code) {
				out.Total += g.Count
			}
		}
	} else if out.Total, err = co.db.Run.Query().Where(waits...).Count(ctx); err != nil {
		return nil, fmt.Errorf("count what waits: %w", err)
	}
	out.Pages = pageCount(out.Total)
	out.Page = min(q.Page, out.Pages)
	states := lifecycle.FailedRuns()
	if q.Dead {
		states = states[1:]
	}
	out.Rows, err = co.newest(ctx, waits, states, time.Time{}, (out.Page-1)*pageSize, pageSize)
	return out, err
}

// newest lists runs in some states that nobody has settled and that ended since a moment, the last first. Each state is
// read by itself, as its index runs; the moment is no part of the query, or it would be planned around it.
func (co *Console) newest(
	ctx context.Context,
	where []predicate.Run,
	states []run.State,
	since time.Time,
	from, n int,
) ([]RunRow, error) {
	type ended struct {
		ID string    `sql:"id"`
		At time.Time `sql:"completed_at"`
	}
	var all []ended
	for _, s := range states {
		var some []ended
		err := co.db.Run.Query().Where(run.SettledAtIsNil(), stateIn(s)).Where(where...).
			Order(run.ByCompletedAt(sql.OrderDesc()), run.ByID(sql.OrderDesc())).
			Limit(from+n).Select(run.FieldID, run.FieldCompletedAt).Scan(ctx, &some)
		if err != nil {
			return nil, fmt.Errorf("read what waits: %w", err)
		}
		all = append(all, some...)
	}
	all = slices.DeleteFunc(all, func(e ended) bool { return e.At.Before(since) })
	slices.SortFunc(all, func(a, b ended) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID)) })
	all = all[min(from, len(all)):min(from+n, len(all))]
	if len(all) == 0 {
		return nil, nil
	}
	ids := make([]string, len(all))
	for i, e := range all {
		ids[i] = e.ID
	}
	rows, err := co.runRows(ctx, co.db.Run.Query().Where(run.IDIn(ids...)))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b RunRow) int { return cmp.Compare(slices.Index(ids, a.ID), slices.Index(ids, b.ID)) })
	return rows, nil
}

// is selects states by their names in the text: PostgreSQL's plan for any state walks the whole table for one that no
// row is in (measured, 90 ms instead of 2).
func stateIn(states ...run.State) predicate.Run {
	names := make([]string, len(states))
	for i, s := range states {
		names[i] = "'" + string(s) + "'"
	}
	return func(q *sql.Selector) {
		q.Where(sql.ExprP(q.C(run.FieldState) + " IN (" + strings.Join(names, ", ") + ")"))
	}
}

// ConnectionList gives a page of connections, those that need a person first. INVALID: as for Failures.
func (co *Console) ConnectionList(ctx context.Context, q Query) (*Connections, error) {
	if err := co.validate(&q); err != nil {
		return nil, err
	}
	out := &Connections{Query: q, Statuses: map[string]int{}}
	mine, err := co.ofThisMode(ctx)
	if err != nil {
		return nil, err
	}
	if q.Platform != "" {
		mine = append(mine, connection.Platform(q.Platform))
	}
	var rows []struct {
		Status string `sql:"status"`
		Count  int    `sql:"count"`
	}
	err = co.db.Connection.Query().Where(mine...).GroupBy(connection.FieldStatus).Aggregate(ent.Count()).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("count connections: %w", err)
	}
	for _, r := range rows {
		out.Statuses[r.Status] = r.Count
		if q.Status == "" || q.Status == r.Status {
			out.Total += r.Count
		}
	}
	if q.Status != "" {
		mine = append(mine, connection.StatusEQ(connection.Status(q.Status)))
	}
	if q.Search != "" {
		return co.search(ctx, out, append(mine, connection.HandleContainsFold(q.Search)))
	}
	out.Pages = pageCount(out.Total)
	out.Page = min(q.Page, out.Pages)
	out.Rows, err = co.connectionRows(ctx, co.db.Connection.Query().Where(mine...).
		Order(connection.ByStatus(sql.OrderDesc()), connection.ByHandle(), connection.ByPlatform(), connection.ByID()).
		Offset((out.Page-1)*pageSize).Limit(pageSize))
	return out, err
}

const maxFound = 5000 // of a search; more need a longer name

// search fills in what a search finds: all of it is read once, and a page of it shown.
func (co *Console) search(ctx context.Context, out *Connections, where []predicate.Connection) (*Connections, error) {
	type found struct{ ID, Status, Handle, Platform string }
	var all []found
	err := co.db.Connection.Query().Where(where...).Limit(maxFound).
		Select(connection.FieldID, connection.FieldStatus, connection.FieldHandle, connection.FieldPlatform).Scan(ctx, &all)
	if err != nil {
		return nil, fmt.Errorf("search connections: %w", err)
	}
	slices.SortFunc(all, func(a, b found) int {
		return cmp.Or(
			cmp.Compare(b.Status, a.Status),
			cmp.Compare(a.Handle, b.Handle),
			cmp.Compare(a.Platform, b.Platform),
			cmp.Compare(a.ID, b.ID),
		)
	})
	out.Total, out.More = len(all), len(all) == maxFound
	out.Pages = pageCount(out.Total)
	out.Page = min(out.Page, out.Pages)
	var ids []string
	for _, f := range all[(out.Page-1)*pageSize : min(out.Page*pageSize, len(all))] {
		ids = append(ids, f.ID)
	}
	if len(ids) == 0 {
		return out, nil
	}
	if out.Rows, err = co.connectionRows(ctx, co.db.Connection.Query().Where(connection.IDIn(ids...))); err != nil {
		return nil, err
	}
	slices.SortFunc(
		out.Rows,
		func(a, b ConnectionRow) int { return cmp.Compare(slices.Index(ids, a.ID), slices.Index(ids, b.ID)) },
	)
	return out, nil
}

// RunQuery is what the list of runs is asked for. Empty fields select all.
type RunQuery struct {
	Platform string
	State    string // a run state; "limited": those that met a rate limit
	Code     string
	Search   string // part of a handle
	From, To string // UTC dates of the asking, 2006-01-02, both within
	Page     int
}

// Runs is a page of runs, newest first.
type Runs struct {
	RunQuery
	Rows []RunRow
	More bool // there are older ones
}

const maxPage = 200 // pages back; a narrower query leads further

// RunList gives a page of runs by when they were asked for, newest first. INVALID: as for Failures, an unknown state,
// or a date that is none.
func (co *Console) RunList(ctx context.Context, q RunQuery) (*Runs, error) {
	if err := co.validate(&Query{Platform: q.Platform, Code: q.Code, Search: q.Search}); err != nil {
		return nil, err
	}
	q.Page = min(max(1, q.Page), maxPage)
	where, err := co.runsOf(ctx, q.Search)
	if err != nil {
		return nil, err
	}
	if q.Platform != "" {
		where = append(where, run.Platform(q.Platform))
	}
	switch {
	case q.State == "limited":
		where = append(where, run.RateLimited(true))
	case q.State != "" && run.StateValidator(run.State(q.State)) != nil:
		return nil, fault.New(fault.Invalid, words.New("errors.runs.noSuchResult"))
	case q.State != "":
		where = append(where, run.StateEQ(run.State(q.State)))
	}
	if q.Code != "" {
		where = append(where, run.ErrorCode(q.Code))
	}
	for _, d := range []struct {
		text string
		add  func(time.Time) predicate.Run
	}{{q.From, func(t time.Time) predicate.Run { return run.CreatedAtGTE(t) }},
		{q.To, func(t time.Time) predicate.Run { return run.CreatedAtLTE(lastOf(t)) }}} {
		if d.text == "" {
			continue
		}
		t, err := time.Parse(time.DateOnly, d.text)
		if err != nil {
			return nil, fault.New(fault.Invalid, words.New("errors.date"))
		}
		where = append(where, d.add(t))
	}
	rows, err := co.runRows(
		ctx,
		co.db.Run.Query().Where(where...).Order(run.ByCreatedAt(sql.OrderDesc()), run.ByID(sql.OrderDesc())).
			Offset((q.Page-1)*pageSize).Limit(pageSize+1),
	)
	if err != nil {
		return nil, err
	}
	out := &Runs{RunQuery: q, Rows: rows, More: len(rows) > pageSize && q.Page < maxPage}
	out.Rows = rows[:min(len(rows), pageSize)]
	return out, nil
}

// lastOf is the last moment of a day that a database can hold; the next day's first would be in the year 10000.
func lastOf(day time.Time) time.Time { return day.AddDate(0, 0, 1).Add(-time.Microsecond) }
