package analytics

import (
	"context"
	stdsql "database/sql"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/snapshot"
)

// The engagement rules of sumsOf, for the database. Both sides count only where both are known.
const (
	sqlSeen    = "COALESCE(views, reach)"
	sqlEngaged = "(COALESCE(likes, 0) + COALESCE(comments, 0) + COALESCE(saves, 0) + COALESCE(shares, 0))"
	sqlBoth    = "(COALESCE(views, reach) > 0 AND COALESCE(likes, comments, saves, shares) IS NOT NULL)"
	sqlRate    = "CASE WHEN " + sqlBoth + " THEN " + sqlEngaged + " * 1.0 / " + sqlSeen + " END"

	sqlEngagedSum = "CAST(SUM(CASE WHEN " + sqlBoth + " THEN " + sqlEngaged + " END) AS BIGINT) AS engaged"
	sqlSeenSum    = "CAST(SUM(CASE WHEN " + sqlBoth + " THEN " + sqlSeen + " END) AS BIGINT) AS seen"
)

// listed selects the posts that the platform still shows.
func listed(connections []string) predicate.Post {
	return post.And(post.ConnectionIDIn(connections...), post.GoneAtIsNil())
}

// rated is how many of the newest posts an account's engagement rate is taken from.
const rated = 50

// newestSums gives both sides of each account's rate: those of its newest 50 posts that have both.
func (a *Analytics) newestSums(ctx context.Context, connections []string) (map[string]sums, error) {
	if len(connections) == 0 {
		return nil, nil
	}
	var rows []struct {
		ConnectionID string           `sql:"connection_id"`
		Engaged      stdsql.NullInt64 `sql:"engaged"`
		Seen         stdsql.NullInt64 `sql:"seen"`
	}
	err := a.db.Post.Query().Where(func(s *sql.Selector) {
		var newest []*sql.Predicate
		for _, id := range connections {
			t := sql.Dialect(s.Dialect()).Select(post.FieldID).From(sql.Table(post.Table)).Limit(rated)
			listed([]string{id})(t)
			newestFirst()(t)
			newest = append(newest, sql.In(s.C(post.FieldID), t))
		}
		s.Where(sql.Or(newest...))
	}).Modify(func(s *sql.Selector) {
		s.SelectExpr(sql.Raw("connection_id"), sql.Raw(sqlEngagedSum), sql.Raw(sqlSeenSum)).GroupBy(post.FieldConnectionID)
	}).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("add up the newest posts: %w", err)
	}
	out := make(map[string]sums, len(rows))
	for _, r := range rows {
		out[r.ConnectionID] = sums{r.Engaged.Int64, r.Seen.Int64}
	}
	return out, nil
}

// series are one metric's daily values.
type series map[string]int64

// snapshots reads one metric of each connection over a span.
func (a *Analytics) snapshots(
	ctx context.Context,
	connections []string,
	metric string,
	span Span,
) (map[string]series, error) {
	if len(connections) == 0 {
		return nil, nil
	}
	rows, err := a.db.Snapshot.Query().
		Where(snapshot.ConnectionIDIn(connections...), snapshot.Metric(metric), snapshot.ValueNotNil(),
			snapshot.DayGTE(key(span.From)), snapshot.DayLTE(key(span.To))).
		Select(snapshot.FieldConnectionID, snapshot.FieldDay, snapshot.FieldValue).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read daily values: %w", err)
	}
	out := map[string]series{}
	for _, r := range rows {
		if out[r.ConnectionID] == nil {
			out[r.ConnectionID] = series{}
		}
		out[r.ConnectionID][r.Day] = *r.Value
	}
	return out, nil
}
