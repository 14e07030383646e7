package syncer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/refusal"
)

// withdrawn lists the metrics that a platform refuses everybody at present.
func (s *Syncer) withdrawn(ctx context.Context, platformID string) ([]string, error) {
	var rows []struct {
		Metric string `json:"metric"`
		Count  int    `json:"count"`
	}
	err := s.o.Store.Client.Refusal.Query().Where(refusal.Platform(platformID), refusal.AtGT(s.o.Now().Add(-platform.WithdrawnFor))).
		GroupBy(refusal.FieldMetric).Aggregate(ent.Count()).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read what %s refuses: %w", platformID, err)
	}
	var out []string
	for _, r := range rows {
		if r.Count >= platform.WithdrawnFrom {
			out = append(out, r.Metric)
		}
	}
	slices.Sort(out)
	return out, nil
}

// keepRefusals notes the metrics this account was refused altogether, and forgets the refusals of
// those that came: a platform that gives a metric to somebody has not withdrawn it.
func (a *attempt) keepRefusals(ctx context.Context, tx store.Tx, now time.Time) error {
	given := a.given()
	var rows []*ent.RefusalCreate
	for _, g := range a.gaps {
		if g.Refused && g.Metric != "" && !given[g.Metric] {
			rows = append(rows, tx.Refusal.Create().SetConnectionID(a.conn.ID).SetPlatform(a.run.Platform).SetMetric(g.Metric).SetNative(g.Native).SetAt(now))
		}
	}
	if len(rows) > 0 {
		err := tx.Refusal.CreateBulk(rows...).OnConflict(sql.ConflictColumns(refusal.FieldConnectionID, refusal.FieldMetric),
			sql.ResolveWith(func(u *sql.UpdateSet) { u.SetExcluded(refusal.FieldAt); u.SetExcluded(refusal.FieldNative) })).Exec(ctx)
		if err != nil {
			return fmt.Errorf("note what was refused: %w", err)
		}
	}
	of := []predicate.Refusal{refusal.Platform(a.run.Platform)}
	noted, err := tx.Refusal.Query().Where(of...).Unique(true).Select(refusal.FieldMetric).Strings(ctx)
	if err != nil {
		return fmt.Errorf("read what was refused: %w", err)
	}
	noted = slices.DeleteFunc(noted, func(m string) bool { return !given[m] })
	if len(noted) == 0 {
		return nil
	}
	if _, err := tx.Refusal.Delete().Where(append(of, refusal.MetricIn(noted...))...).Exec(ctx); err != nil {
		return fmt.Errorf("forget what was refused: %w", err)
	}
	return nil
}

// given are the metrics that at least one post came with.
func (a *attempt) given() map[string]bool {
	out := map[string]bool{}
	for _, p := range a.posts {
		for metric, n := range counters(p) {
			if n != nil {
				out[metric] = true
			}
		}
	}
	return out
}

// counters are a post's numbers by their Spec id.
func counters(p platform.Post) map[string]*int64 {
	return map[string]*int64{
		"views": p.Views, "likes": p.Likes, "comments": p.Comments, "shares": p.Shares,
		"saves": p.Saves, "reach": p.Reach, "interactions": p.Interactions,
	}
}
