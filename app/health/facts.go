package health

import (
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/run"
)

const (
	day      = 24 * time.Hour
	maxHours = 24
)

// Facts are what is judged and shown of syncing at one moment. They are read with a constant number of queries a
// platform.
type Facts struct {
	Now time.Time // when they were read
	// when the runs that ended were counted: Now, or somewhat earlier where that is expensive
	CountedAt time.Time
	Platforms map[string]*PlatformFacts // by id; every platform of this build has an entry
	Active    map[run.State]int         // runs that have not ended, of all platforms
	// Runs and Connections select what belongs to this installation's mode, live or sandbox. They are empty while the
	// database holds nothing of the other mode.
	Runs        []predicate.Run
	Connections []predicate.Connection

	clocks map[string]*ent.Clock
	fresh  bool // everything is counted anew
}

// LastTick is when the scheduler last ticked; nil when it never did.
func (f *Facts) LastTick() *time.Time {
	if c := f.clocks[tick]; c != nil {
		return store.UTC(c.LastAt)
	}
	return nil
}

// counted leaves out the runs that we ended ourselves, because an account was disconnected, paused or
// cancelled: they say nothing of how syncing goes.
var counted = run.Not(
	run.And(run.StateEQ(run.StateFailed), run.ErrorCodeIn(string(fault.Conflict), string(fault.NotConnected))),
)

// PlatformFacts are the facts of one platform, configured or not.
type PlatformFacts struct {
	Counts         Counts     // of the runs that ended in the last 24 hours
	Hours          []Hour     // 24, oldest first
	LastSuccess    *time.Time // nil: none yet
	Live           int        // connections that are not disconnected
	Fresh          int        // of them those that were synced within the objective, 26 hours
	NeedsReconnect int        // connections whose access is over
	Tampered       int        // of those that need a reconnect: the sealed token is not what we stored
	Expiring       int        // connections whose access will end soon and cannot be renewed
	DeadLetters    int        // those that nobody has retried or dismissed
	Refused        int        // runs the platform refused the app for, since its last success
	Refusal        string     // what it said then, in words of ours
	Broken         int        // runs that failed by the platform's fault, since its last success
	Stuck          int        // runs under way without a sign of life
	Paused         *time.Time // since when an admin has paused it; nil: it is not

	timed int64 // runs that began, of those that ended
}

// Ended counts the runs that ended in the last 24 hours.
func (p *PlatformFacts) Ended() int { return p.Counts.Success + p.Counts.Partial + p.Counts.Failed }

// Facts reads the facts. Where counting is expensive they are what the last minute's check found.
func (h *Health) Facts(ctx context.Context) (*Facts, error) { return h.facts(ctx, false) }

// FreshFacts reads the facts anew, however expensive that is. The minute's check of the alerts calls it.
func (h *Health) FreshFacts(ctx context.Context) (*Facts, error) { return h.facts(ctx, true) }

func (h *Health) facts(ctx context.Context, fresh bool) (*Facts, error) {
	f := &Facts{
		fresh:     fresh,
		Now:       h.now(),
		clocks:    map[string]*ent.Clock{},
		Active:    map[run.State]int{},
		Platforms: map[string]*PlatformFacts{},
	}
	for _, s := range h.platforms.Specs() {
		p := &PlatformFacts{Hours: make([]Hour, maxHours)}
		for i := range p.Hours {
			p.Hours[i].Start = f.Now.Add(time.Duration(i-maxHours) * time.Hour)
		}
		f.Platforms[s.ID] = p
	}
	clocks, err := h.db.Clock.Query().All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the clocks: %w", err)
	}
	for _, c := range clocks {
		f.clocks[c.ID] = c
	}
	mixed, err := h.Mixed(ctx)
	if err != nil {
		return nil, err
	}
	if mixed {
		f.Connections = []predicate.Connection{connection.SourceEQ(h.source)}
		f.Runs = []predicate.Run{run.HasConnectionWith(f.Connections...)}
	}
	for _, read := range []func(context.Context, *Facts) error{h.readDay, h.readActive, h.readStuck,
		h.readConnections, h.readDead, h.readTrouble} {
		if err := read(ctx, f); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// remembered is what was read of the runs that ended, where reading them is expensive: the minute's check reads anew,
// and pages take what it found.
type remembered struct {
	at      time.Time
	day     map[string]dayFacts
	trouble map[string]troubleFacts
	history *History
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

// reusable reports that what is kept may be shown.
func (h *Health) reusable(f *Facts) bool {
	age := f.Now.Sub(h.last.at)
	return h.last.day != nil && h.large.Load() && !f.fresh && age >= 0 && age < countsKept
}

// readDay counts the runs that ended in the last 24 hours by platform, hour and state.
func (h *Health) readDay(ctx context.Context, f *Facts) error {
	h.remembering.Lock()
	defer h.remembering.Unlock()
	if !h.reusable(f) {
		if err := h.countDay(ctx, f); err != nil {
			return err
		}
		h.last = remembered{at: f.Now, day: map[string]dayFacts{}}
		for id, p := range f.Platforms {
			h.last.day[id] = dayFacts{p.Counts, p.Hours, p.timed}
		}
	}
	f.CountedAt = h.last.at
	for id, d := range h.last.day {
		p := f.Platforms[id]
		p.Counts, p.timed, p.Hours = d.counts, d.timed, slices.Clone(d.hours)
	}
	return nil
}

func (h *Health) countDay(ctx context.Context, f *Facts) error {
	var rows []struct {
		Platform string    `sql:"platform"`
		Hour     int       `sql:"bucket"`
		State    run.State `sql:"state"`
		Runs     int       `sql:"runs"`
		Limited  int       `sql:"limited"`
		Timed    int64     `sql:"timed"`
	}
	from := f.Now.Add(-day)
	err := h.db.Run.Query().Where(run.CompletedAtGTE(from), counted).Where(f.Runs...).
		Modify(func(s *sql.Selector) {
			s.SelectExpr(
				sql.Raw(
					"platform",
				),
				sql.Raw(store.HoursSince(s, run.FieldCompletedAt, from)+" AS bucket"),
				sql.Raw("state"),
				sql.Raw("COUNT(*) AS runs"),
				sql.Raw("SUM(CASE WHEN rate_limited THEN 1 ELSE 0 END) AS limited"),
				sql.Raw("COUNT(started_at) AS timed"),
			).GroupBy("platform", "bucket", "state")
		}).Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("count the day's runs: %w", err)
	}
	for _, r := range rows {
		p := f.Platforms[r.Platform]
		if p == nil {
			continue // a platform this build does not have
		}
		hour := &p.Hours[min(max(r.Hour, 0), maxHours-1)]
		switch r.State {
		case run.StateSuccess:
			p.Counts.Success += r.Runs
			hour.Good += r.Runs
		case run.StatePartial:
			p.Counts.Partial += r.Runs
			hour.Partial += r.Runs
		case run.StateFailed, run.StateDead:
			p.Counts.Failed += r.Runs
			hour.Failed += r.Runs
		default: // not ended: the query leaves these out
		}
		p.Counts.RateLimited += r.Limited
		p.timed += r.Timed
	}
	return nil
}

// readActive counts the runs that have not ended; those that wait for a limit count among the hits.
func (h *Health) readActive(ctx context.Context, f *Facts) error {
	var rows []struct {
		Platform string    `sql:"platform"`
		State    run.State `sql:"state"`
		Limited  bool      `sql:"rate_limited"`
		Count    int       `sql:"count"`
	}
	err := h.db.Run.Query().Where(run.StateIn(lifecycle.ActiveRuns()...)).Where(f.Runs...).
		GroupBy(run.FieldPlatform, run.FieldState, run.FieldRateLimited).Aggregate(ent.Count()).Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("count runs under way: %w", err)
	}
	for _, r := range rows {
		f.Active[r.State] += r.Count
		if p := f.Platforms[r.Platform]; p != nil && r.Limited {
			p.Counts.RateLimited += r.Count
		}
	}
	return nil
}

// readStuck counts the runs under way that nobody is at work on.
func (h *Health) readStuck(ctx context.Context, f *Facts) error {
	if f.Active[run.StateRunning] == 0 {
		return nil
	}
	var rows []struct {
		Platform string `sql:"platform"`
		Count    int    `sql:"count"`
	}
	err := h.db.Run.Query().
		Where(run.StateEQ(run.StateRunning), run.CompletedAtIsNil(),
			run.Or(run.ClaimedAtIsNil(), run.ClaimedAtLT(f.Now.Add(-deadAfter)))).
		Where(f.Runs...).
		GroupBy(run.FieldPlatform).
		Aggregate(ent.Count()).
		Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("count runs without a sign of life: %w", err)
	}
	for _, r := range rows {
		if p := f.Platforms[r.Platform]; p != nil {
			p.Stuck = r.Count
		}
	}
	return nil
}

func (h *Health) readDead(ctx context.Context, f *Facts) error {
	var rows []struct {
		Platform string `sql:"platform"`
		Count    int    `sql:"count"`
	}
	err := h.db.Run.Query().Where(run.StateEQ(run.StateDead), run.SettledAtIsNil()).Where(f.Runs...).
		GroupBy(run.FieldPlatform).Aggregate(ent.Count()).Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("count dead letters: %w", err)
	}
	for _, r := range rows {
		if p := f.Platforms[r.Platform]; p != nil {
			p.DeadLetters = r.Count
		}
	}
	return nil
}
