package health

import (
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/run"
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
	timed       int64 // runs that began, of those that ended
	lastSuccess *time.Time
	expired     int // connections that need a reconnect
	tampered    int // of them those whose sealed token is not what we stored
	expiring    int
	live        int        // connections that are not disconnected
	within      int        // of them those that were synced within the objective
	dead        int        // dead letters nobody has settled
	refused     int        // runs the platform refused the app for, since its last success
	refusal     string     // what it said then, in words of ours
	broken      int        // runs that failed by the platform's fault, since its last success
	stuck       int        // runs under way without a sign of life
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
	for _, read := range []func(context.Context, *facts) error{h.readDay, h.readActive, h.readStuck, h.readConnections, h.readDead, h.readTrouble} {
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
	counts Counts
	hours  []Hour
	timed  int64
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
			h.last.day[id] = dayFacts{p.counts, p.hours, p.timed}
		}
	}
	f.counted = h.last.at
	for id, d := range h.last.day {
		p := f.platform[id]
		p.counts, p.timed, p.hours = d.counts, d.timed, slices.Clone(d.hours)
	}
	return nil
}

func (h *Health) countDay(ctx context.Context, f *facts) error {
	var rows []struct {
		Platform string    `sql:"platform"`
		Hour     int       `sql:"bucket"`
		State    run.State `sql:"state"`
		Runs     int       `sql:"runs"`
		Limited  int       `sql:"limited"`
		Timed    int64     `sql:"timed"`
	}
	from := f.now.Add(-day)
	err := h.db.Run.Query().Where(run.CompletedAtGTE(from), counted).Where(f.scope...).
		Modify(func(s *sql.Selector) {
			s.SelectExpr(
				sql.Raw("platform"), sql.Raw(hourSince(s, run.FieldCompletedAt, from)+" AS bucket"), sql.Raw("state"), sql.Raw("COUNT(*) AS runs"),
				sql.Raw("SUM(CASE WHEN rate_limited THEN 1 ELSE 0 END) AS limited"),
				sql.Raw("COUNT(started_at) AS timed"),
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

// readStuck counts the runs under way that nobody is at work on.
func (h *Health) readStuck(ctx context.Context, f *facts) error {
	if f.states[run.StateRunning] == 0 {
		return nil
	}
	var rows []struct {
		Platform string `sql:"platform"`
		Count    int    `sql:"count"`
	}
	err := h.db.Run.Query().Where(run.StateEQ(run.StateRunning), run.CompletedAtIsNil(), run.Or(run.ClaimedAtIsNil(), run.ClaimedAtLT(f.now.Add(-deadAfter)))).
		Where(f.scope...).GroupBy(run.FieldPlatform).Aggregate(ent.Count()).Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("count runs without a sign of life: %w", err)
	}
	for _, r := range rows {
		if p := f.platform[r.Platform]; p != nil {
			p.stuck = r.Count
		}
	}
	return nil
}

var activeStates = []run.State{run.StateQueued, run.StateDeferred, run.StateRunning, run.StateRetrying}

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
