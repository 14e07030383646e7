package analytics

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"time"

	"entgo.io/ent/dialect"
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

// tally is what a set of posts adds up to.
type tally struct {
	posts  int64 // published
	viewed int64 // of them with known views
	views  int64
	sums   sums
}

func (t tally) plus(u tally) tally {
	return tally{t.posts + u.posts, t.viewed + u.viewed, t.views + u.views, t.sums.plus(u.sums)}
}

// days are tallies by date of publication.
type days map[string]tally

func (d days) in(s Span) tally {
	var out tally
	for _, day := range s.days() {
		out = out.plus(d[key(day)])
	}
	return out
}

// published tallies the posts of each connection by day of publication, in two spans' time. Posts
// the platform no longer lists are left out: their numbers do not move any more.
func (a *Analytics) published(ctx context.Context, connections []string, from, to time.Time) (map[string]days, error) {
	if len(connections) == 0 {
		return nil, nil
	}
	var rows []struct {
		ConnectionID string           `sql:"connection_id"`
		Day          string           `sql:"bucket"`
		Posts        int64            `sql:"posts"`
		Viewed       int64            `sql:"viewed"`
		Views        stdsql.NullInt64 `sql:"views_sum"`
		Engaged      stdsql.NullInt64 `sql:"engaged"`
		Seen         stdsql.NullInt64 `sql:"seen"`
	}
	err := a.db.Post.Query().
		Where(listed(connections), post.PostedAtGTE(from), post.PostedAtLT(to.AddDate(0, 0, 1))).
		Modify(func(s *sql.Selector) {
			s.SelectExpr(
				sql.Raw(
					"connection_id",
				),
				sql.Raw(day(s)+" AS bucket"),
				sql.Raw("COUNT(*) AS posts"),
				sql.Raw("COUNT(views) AS viewed"),
				sql.Raw("CAST(SUM(views) AS BIGINT) AS views_sum"),
				sql.Raw(sqlEngagedSum),
				sql.Raw(sqlSeenSum),
			).GroupBy(post.FieldConnectionID, "bucket")
		}).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("add up posts by day: %w", err)
	}
	out := map[string]days{}
	for _, r := range rows {
		if out[r.ConnectionID] == nil {
			out[r.ConnectionID] = days{}
		}
		out[r.ConnectionID][r.Day] = tally{
			posts: r.Posts, viewed: r.Viewed, views: r.Views.Int64, sums: sums{r.Engaged.Int64, r.Seen.Int64},
		}
	}
	return out, nil
}

// day is the UTC date of publication. SQLite keeps times as text that begins with it.
func day(s *sql.Selector) string {
	if s.Dialect() == dialect.Postgres {
		return "to_char(posted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
	}
	return "substr(posted_at, 1, 10)"
}

// listed selects the posts that the platform still shows.
func listed(connections []string) predicate.Post {
	return post.And(post.ConnectionIDIn(connections...), post.GoneAtIsNil())
}

// extent is how far back a connection's stored posts go.
type extent struct {
	stored int64
	oldest string // date, empty without a dated post
}

// covers reports that no post of a day from here on can be missing: we hold older ones, or as many
// as the platform says there are.
func (e extent) covers(from time.Time, own *int64) bool {
	return (e.oldest != "" && e.oldest < key(from)) || (own != nil && e.stored >= *own)
}

func (a *Analytics) extents(ctx context.Context, connections []string) (map[string]extent, error) {
	if len(connections) == 0 {
		return nil, nil
	}
	var rows []struct {
		ConnectionID string            `sql:"connection_id"`
		Stored       int64             `sql:"stored"`
		Oldest       stdsql.NullString `sql:"oldest"`
	}
	err := a.db.Post.Query().Where(listed(connections)).Modify(func(s *sql.Selector) {
		s.SelectExpr(sql.Raw("connection_id"), sql.Raw("COUNT(*) AS stored"), sql.Raw("MIN("+day(s)+") AS oldest")).
			GroupBy(post.FieldConnectionID)
	}).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("count posts: %w", err)
	}
	out := map[string]extent{}
	for _, r := range rows {
		out[r.ConnectionID] = extent{r.Stored, r.Oldest.String}
	}
	return out, nil
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
