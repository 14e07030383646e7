package health

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/hold"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/schedule"
)

const (
	day      = 24 * time.Hour
	maxHours = 24
)

// facts are what the rules judge. They are read with a constant number of queries a platform.
type facts struct {
	now      time.Time
	clocks   map[string]*ent.Clock
	states   map[run.State]int      // of runs that have not ended
	scope    []predicate.Run        // empty unless there are connections of the other mode
	own      []predicate.Connection // likewise
	platform map[string]*platformFacts
	fresh    bool      // everything is counted anew
	counted  time.Time // when the runs that ended were
}

// counted leaves out the runs that we ended ourselves, because an account was disconnected, paused or
// cancelled: they say nothing of how syncing goes.
var counted = run.Not(run.And(run.StateEQ(run.StateFailed), run.ErrorCodeIn(string(fault.Conflict), string(fault.NotConnected))))

// platformFacts are one platform's.
type platformFacts struct {
	counts      Counts
	hours       []Hour
	durations   int64 // sum, in milliseconds
	timed       int64 // runs the sum is of
	lastSuccess *time.Time
	expired     int // connections that need a reconnect
	tampered    int // of them those whose sealed token is not what we stored
	expiring    int
	live        int        // connections that are not disconnected
	within      int        // of them those that were synced within the objective
	dead        int        // dead letters nobody has settled
	refused     int        // runs the platform refused the app for, since its last success
	broken      int        // runs that failed by the platform's fault, since its last success
	paused      *time.Time // since when an admin paused it
}

func (p *platformFacts) ended() int { return p.counts.Success + p.counts.Partial + p.counts.Failed }

func (h *Health) facts(ctx context.Context, fresh ...bool) (*facts, error) {
	f := &facts{fresh: len(fresh) > 0, now: h.now(), clocks: map[string]*ent.Clock{}, states: map[run.State]int{}, platform: map[string]*platformFacts{}}
	for _, s := range h.platforms.Specs() {
		p := &platformFacts{hours: make([]Hour, maxHours)}
		for i := range p.hours {
			p.hours[i].Start = f.now.Add(time.Duration(i-maxHours) * time.Hour)
		}
		f.platform[s.ID] = p
	}
	clocks, err := h.db.Clock.Query().All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the clocks: %w", err)
	}
	for _, c := range clocks {
		f.clocks[c.ID] = c
	}
	mixed, err := h.other(ctx)
	if err != nil {
		return nil, err
	}
	if mixed {
		f.own = []predicate.Connection{connection.SourceEQ(h.source)}
		f.scope = []predicate.Run{run.HasConnectionWith(f.own...)}
	}
	for _, read := range []func(context.Context, *facts) error{h.readDay, h.readActive, h.readConnections, h.readDead, h.readTrouble} {
		if err := read(ctx, f); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// kept is what was read of the runs that ended, where reading them is dear: the minute's check reads anew, and pages
// take what it found.
type kept struct {
	at      time.Time
	day     map[string]dayFacts
	trouble map[string]troubleFacts
	rest    *rest
}

// troubleFacts are one platform's last success and what went wrong since.
type troubleFacts struct {
	lastSuccess     *time.Time
	refused, broken int
}

// dayFacts are one platform's runs of 24 hours that ended.
type dayFacts struct {
	counts           Counts
	hours            []Hour
	durations, timed int64
}

// holds reports that what is kept may be shown.
func (h *Health) holds(f *facts) bool {
	age := f.now.Sub(h.last.at)
	return h.last.day != nil && h.crowded.Load() && !f.fresh && age >= 0 && age < countsKept
}

// readDay counts the runs that ended in the last 24 hours by platform, hour and state.
func (h *Health) readDay(ctx context.Context, f *facts) error {
	h.remembering.Lock()
	defer h.remembering.Unlock()
	if !h.holds(f) {
		if err := h.countDay(ctx, f); err != nil {
			return err
		}
		h.last = kept{at: f.now, day: map[string]dayFacts{}}
		for id, p := range f.platform {
			h.last.day[id] = dayFacts{p.counts, p.hours, p.durations, p.timed}
		}
	}
	f.counted = h.last.at
	for id, d := range h.last.day {
		p := f.platform[id]
		p.counts, p.durations, p.timed, p.hours = d.counts, d.durations, d.timed, slices.Clone(d.hours)
	}
	return nil
}

func (h *Health) countDay(ctx context.Context, f *facts) error {
	var rows []struct {
		Platform string           `sql:"platform"`
		Hour     int              `sql:"bucket"`
		State    run.State        `sql:"state"`
		Runs     int              `sql:"runs"`
		Limited  int              `sql:"limited"`
		Took     stdsql.NullInt64 `sql:"took"`
		Timed    int64            `sql:"timed"`
	}
	from := f.now.Add(-day)
	err := h.db.Run.Query().Where(run.CompletedAtGTE(from), counted).Where(f.scope...).
		Modify(func(s *sql.Selector) {
			s.SelectExpr(
				sql.Raw("platform"), sql.Raw(hourSince(s, run.FieldCompletedAt, from)+" AS bucket"), sql.Raw("state"), sql.Raw("COUNT(*) AS runs"),
				sql.Raw("SUM(CASE WHEN rate_limited THEN 1 ELSE 0 END) AS limited"),
				sql.Raw("CAST(SUM("+millis(s, "started_at", "completed_at")+") AS BIGINT) AS took"), sql.Raw("COUNT(started_at) AS timed"),
			).GroupBy("platform", "bucket", "state")
		}).Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("count the day's runs: %w", err)
	}
	for _, r := range rows {
		p := f.platform[r.Platform]
		if p == nil {
			continue // a platform this build does not have
		}
		hour := &p.hours[min(max(r.Hour, 0), maxHours-1)]
		switch r.State {
		case run.StateSuccess:
			p.counts.Success += r.Runs
			hour.Good += r.Runs
		case run.StatePartial:
			p.counts.Partial += r.Runs
			hour.Partial += r.Runs
		case run.StateFailed, run.StateDead:
			p.counts.Failed += r.Runs
			hour.Failed += r.Runs
		default: // not ended: the query leaves these out
		}
		p.counts.RateLimited += r.Limited
		p.durations += r.Took.Int64
		p.timed += r.Timed
	}
	return nil
}

// hourSince numbers a column's hours from a moment; whole seconds keep the databases agreed.
func hourSince(s *sql.Selector, column string, from time.Time) string {
	if s.Dialect() == dialect.Postgres {
		return fmt.Sprintf("CAST(FLOOR((EXTRACT(EPOCH FROM %s) - %d) / 3600) AS BIGINT)", column, from.Unix())
	}
	return fmt.Sprintf("(CAST(strftime('%%s', %s) AS INTEGER) - %d) / 3600", column, from.Unix())
}

// millis is the time between two columns.
func millis(s *sql.Selector, from, to string) string {
	if s.Dialect() == dialect.Postgres {
		return fmt.Sprintf("CAST(ROUND(EXTRACT(EPOCH FROM (%s - %s)) * 1000) AS BIGINT)", to, from)
	}
	return fmt.Sprintf("CAST(ROUND((julianday(%s) - julianday(%s)) * 86400000) AS INTEGER)", to, from)
}

// readActive counts the runs that have not ended; those that wait for a limit count among the hits.
func (h *Health) readActive(ctx context.Context, f *facts) error {
	var rows []struct {
		Platform string    `sql:"platform"`
		State    run.State `sql:"state"`
		Limited  bool      `sql:"rate_limited"`
		Count    int       `sql:"count"`
	}
	err := h.db.Run.Query().Where(run.StateIn(activeStates...)).Where(f.scope...).
		GroupBy(run.FieldPlatform, run.FieldState, run.FieldRateLimited).Aggregate(ent.Count()).Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("count runs under way: %w", err)
	}
	for _, r := range rows {
		f.states[r.State] += r.Count
		if p := f.platform[r.Platform]; p != nil && r.Limited {
			p.counts.RateLimited += r.Count
		}
	}
	return nil
}

var activeStates = []run.State{run.StateQueued, run.StateDeferred, run.StateRunning, run.StateRetrying}

// countsKept is how long the counts of connections are kept where counting is dear; the minute's check
// counts anew.
const (
	countsKept = 90 * time.Second
	dear       = 20_000 // connections, or runs a day
)

func endedIn(f *facts) int {
	n := 0
	for _, p := range f.platform {
		n += p.ended()
	}
	return n
}

// population is how many connections of a platform are in a state.
type population struct{ live, expired, expiring, tampered, fresh int }

func (h *Health) readConnections(ctx context.Context, f *facts) error {
	h.counting.Lock()
	defer h.counting.Unlock()
	if h.counts == nil || f.fresh || !f.now.Before(h.counted) {
		counts, err := h.count(ctx, f)
		if err != nil {
			return err
		}
		h.counts, h.counted = counts, f.now
		total := 0
		for _, n := range counts {
			total += n.live
		}
		if h.crowded.Store(total >= dear || endedIn(f) >= dear); total >= dear {
			h.counted = f.now.Add(countsKept)
		}
	}
	for id, n := range h.counts {
		if p := f.platform[id]; p != nil {
			p.live, p.expired, p.expiring, p.tampered, p.within = n.live, n.expired, n.expiring, n.tampered, n.fresh
		}
	}
	return nil
}

func (h *Health) count(ctx context.Context, f *facts) (map[string]population, error) {
	var rows []struct {
		Platform string            `sql:"platform"`
		Status   connection.Status `sql:"status"`
		Count    int               `sql:"count"`
	}
	err := h.db.Connection.Query().Where(connection.StatusNEQ(connection.StatusDisconnected)).Where(f.own...).
		GroupBy(connection.FieldPlatform, connection.FieldStatus).Aggregate(ent.Count()).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("count connections: %w", err)
	}
	out := map[string]population{}
	lost := false
	for _, r := range rows {
		n := out[r.Platform]
		n.live += r.Count
		switch r.Status {
		case connection.StatusNeedsReconnect:
			n.expired += r.Count
			lost = true
		case connection.StatusExpiring:
			n.expiring += r.Count
		default: // nothing to do about them
		}
		out[r.Platform] = n
	}
	if err := h.countFresh(ctx, f, out); err != nil {
		return nil, err
	}
	if !lost {
		return out, nil
	}
	return out, h.countTampered(ctx, f, out)
}

// objective is the age of a last success up to which an account is as fresh as we promise.
const objective = 26 * time.Hour

func (h *Health) countFresh(ctx context.Context, f *facts, out map[string]population) error {
	var rows []struct {
		Platform string `sql:"platform"`
		Count    int    `sql:"count"`
	}
	mine := append([]predicate.Connection{connection.StatusNEQ(connection.StatusDisconnected)}, f.own...)
	err := h.db.Schedule.Query().Where(schedule.LastSuccessAtGTE(f.now.Add(-objective)), schedule.HasConnectionWith(mine...)).
		GroupBy(schedule.FieldPlatform).Aggregate(ent.Count()).Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("count fresh connections: %w", err)
	}
	for _, r := range rows {
		n := out[r.Platform]
		n.fresh = r.Count
		out[r.Platform] = n
	}
	return nil
}

func (h *Health) countTampered(ctx context.Context, f *facts, out map[string]population) error {
	var rows []struct {
		Platform string `sql:"platform"`
		Count    int    `sql:"count"`
	}
	err := h.db.Connection.Query().Where(connection.StatusEQ(connection.StatusNeedsReconnect), connection.StatusDetail(platform.NativeSealed)).Where(f.own...).
		GroupBy(connection.FieldPlatform).Aggregate(ent.Count()).Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("count tampered connections: %w", err)
	}
	for _, r := range rows {
		n := out[r.Platform]
		n.tampered = r.Count
		out[r.Platform] = n
	}
	return nil
}

func (h *Health) readDead(ctx context.Context, f *facts) error {
	var rows []struct {
		Platform string `sql:"platform"`
		Count    int    `sql:"count"`
	}
	err := h.db.Run.Query().Where(run.StateEQ(run.StateDead), run.SettledAtIsNil()).Where(f.scope...).
		GroupBy(run.FieldPlatform).Aggregate(ent.Count()).Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("count dead letters: %w", err)
	}
	for _, r := range rows {
		if p := f.platform[r.Platform]; p != nil {
			p.dead = r.Count
		}
	}
	return nil
}

// platformFaults are the codes that tell of the platform, not of one account or of us.
var platformFaults = []string{string(fault.Timeout), string(fault.Network), string(fault.PlatformError), string(fault.BadResponse)}

// readTrouble finds each platform's last success and counts what has gone wrong since.
func (h *Health) readTrouble(ctx context.Context, f *facts) error {
	pauses, err := h.db.Hold.Query().Where(hold.CodeEQ(platform.PausedCode)).All(ctx)
	if err != nil {
		return fmt.Errorf("read what is paused: %w", err)
	}
	for _, p := range pauses {
		if of := f.platform[platform.PausedBy(p.ID)]; of != nil {
			of.paused = utc(&p.Since)
		}
	}
	h.remembering.Lock()
	defer h.remembering.Unlock()
	if h.last.trouble == nil || !h.holds(f) {
		found := map[string]troubleFacts{}
		for id := range f.platform {
			if found[id], err = h.troubleOf(ctx, f, id); err != nil {
				return err
			}
		}
		h.last.trouble = found
	}
	for id, t := range h.last.trouble {
		p := f.platform[id]
		p.lastSuccess, p.refused, p.broken = t.lastSuccess, t.refused, t.broken
		held, err := h.db.Hold.Query().Where(hold.ID(id), hold.UntilGT(f.now)).Exist(ctx)
		if err != nil {
			return fmt.Errorf("read whether %s is held: %w", id, err)
		}
		if held {
			p.refused = max(p.refused, 1)
		}
	}
	return nil
}

func (h *Health) troubleOf(ctx context.Context, f *facts, id string) (t troubleFacts, err error) {
	last, err := h.db.Run.Query().
		Where(run.Platform(id), run.KindEQ(run.KindSync), run.CompletedAtNotNil(), run.StateIn(run.StateSuccess, run.StatePartial)).Where(f.scope...).
		Order(run.ByCompletedAt(sql.OrderDesc())).Select(run.FieldCompletedAt).First(ctx)
	if err != nil && !ent.IsNotFound(err) {
		return t, fmt.Errorf("find the last success: %w", err)
	}
	if last != nil {
		t.lastSuccess = utc(last.CompletedAt)
	}
	if t.refused, err = h.since(ctx, f, id, t.lastSuccess, 7*day, string(fault.AppRefused)); err != nil {
		return t, err
	}
	t.broken, err = h.since(ctx, f, id, t.lastSuccess, day, platformFaults...)
	return t, err
}

// since counts the runs with one of the codes that ended, or are tried again, since the platform's
// last success, at most so long ago.
func (h *Health) since(ctx context.Context, f *facts, id string, last *time.Time, most time.Duration, codes ...string) (int, error) {
	from := f.now.Add(-most)
	if last != nil && last.After(from) {
		from = *last
	}
	n := 0
	for _, part := range []predicate.Run{ // apart, so that each finds its index
		run.And(run.CompletedAtGT(from), run.StateIn(run.StateFailed, run.StateDead)),
		run.And(run.CompletedAtIsNil(), run.StartedAtGT(from), run.StateIn(run.StateDeferred, run.StateRetrying)),
	} {
		m, err := h.db.Run.Query().Where(run.Platform(id), run.ErrorCodeIn(codes...), part).Where(f.scope...).Count(ctx)
		if err != nil {
			return 0, fmt.Errorf("count troubled runs: %w", err)
		}
		n += m
	}
	return n, nil
}
