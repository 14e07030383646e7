package health

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// Gauges are the numbers a monitor reads, by platform. Every platform that is configured has an
// entry; a platform without a success has none in LastSuccess.
type Gauges struct {
	Connections map[[2]string]int // platform and status
	DeadLetters map[string]int
	Queue       map[string]int // runs that have not ended
	LastSuccess map[string]time.Time
}

// Gauges counts them, with three queries and one a platform. An error means that nothing could be read.
func (h *Health) Gauges(ctx context.Context) (*Gauges, error) {
	g := &Gauges{
		Connections: map[[2]string]int{},
		DeadLetters: map[string]int{},
		Queue:       map[string]int{},
		LastSuccess: map[string]time.Time{},
	}
	for _, s := range h.platforms.Specs() {
		if h.platforms.Configured(s.ID) {
			g.DeadLetters[s.ID], g.Queue[s.ID] = 0, 0
		}
	}
	var statuses []struct {
		Platform, Status string
		Count            int
	}
	err := h.db.Connection.Query().Where(connection.SourceEQ(h.source)).
		GroupBy(connection.FieldPlatform, connection.FieldStatus).Aggregate(ent.Count()).Scan(ctx, &statuses)
	if err != nil {
		return nil, fmt.Errorf("count connections: %w", err)
	}
	for _, r := range statuses {
		g.Connections[[2]string{r.Platform, r.Status}] = r.Count
	}
	mine := run.HasConnectionWith(connection.SourceEQ(h.source))
	var counts []struct {
		Platform string
		Count    int
	}
	err = h.db.Run.Query().
		Where(mine, run.StateEQ(run.StateDead), run.SettledAtIsNil()).
		GroupBy(run.FieldPlatform).
		Aggregate(ent.Count()).
		Scan(ctx, &counts)
	if err != nil {
		return nil, fmt.Errorf("count dead letters: %w", err)
	}
	for _, r := range counts {
		g.DeadLetters[r.Platform] = r.Count
	}
	counts = nil
	err = h.db.Run.Query().
		Where(mine, run.CompletedAtIsNil()).
		GroupBy(run.FieldPlatform).
		Aggregate(ent.Count()).
		Scan(ctx, &counts)
	if err != nil {
		return nil, fmt.Errorf("count the queue: %w", err)
	}
	for _, r := range counts {
		g.Queue[r.Platform] = r.Count
	}
	for _, s := range h.platforms.Specs() {
		last, err := h.db.Run.Query().
			Where(mine, run.Platform(s.ID), run.KindEQ(run.KindSync), run.StateIn(lifecycle.GoodRuns()...)).
			Order(run.ByCompletedAt(sql.OrderDesc())).
			Select(run.FieldCompletedAt).
			First(ctx)
		switch {
		case ent.IsNotFound(err):
		case err != nil:
			return nil, fmt.Errorf("find the last success of %s: %w", s.ID, err)
		case last.CompletedAt != nil:
			g.LastSuccess[s.ID] = *last.CompletedAt
		}
	}
	return g, nil
}
