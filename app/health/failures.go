package health

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/run"
)

// FailureGroup counts the failed runs and dead letters of one platform that have one reason and wait for an admin.
type FailureGroup struct {
	Platform string
	Code     string // a fault's code
	Count    int
}

// FailureGroups counts what waits to be retried or dismissed by platform and reason, most first. An empty platformID
// counts all platforms.
func (h *Health) FailureGroups(ctx context.Context, platformID string) ([]FailureGroup, error) {
	mixed, err := h.Mixed(ctx)
	if err != nil {
		return nil, err
	}
	waits := []predicate.Run{run.StateIn(lifecycle.FailedRuns()...), run.SettledAtIsNil()}
	if mixed {
		waits = append(waits, run.HasConnectionWith(connection.SourceEQ(h.source)))
	}
	if platformID != "" {
		waits = append(waits, run.Platform(platformID))
	}
	var rows []struct {
		Platform string `sql:"platform"`
		Code     string `sql:"error_code"`
		Count    int    `sql:"count"`
	}
	err = h.db.Run.Query().
		Where(waits...).
		GroupBy(run.FieldPlatform, run.FieldErrorCode).
		Aggregate(ent.Count()).
		Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("group what waits: %w", err)
	}
	var out []FailureGroup
	for _, g := range rows {
		out = append(out, FailureGroup{g.Platform, g.Code, g.Count})
	}
	slices.SortFunc(out, func(a, b FailureGroup) int {
		return cmp.Or(b.Count-a.Count, cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Code, b.Code))
	})
	return out, nil
}
