package syncer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
)

// renew is what an upsert does with a row that is there: every column takes its new value. With
// keepOld an unknown value leaves the old one standing.
func renew(table string, keepOld bool, columns []string, except ...string) func(*sql.UpdateSet) {
	return func(u *sql.UpdateSet) {
		for _, c := range columns {
			switch {
			case slices.Contains(except, c):
			case keepOld:
				u.Set(c, sql.Expr(fmt.Sprintf("COALESCE(excluded.%s, %s.%s)", c, table, c)))
			default:
				u.SetExcluded(c)
			}
		}
	}
}

// dailyValue is one dated value.
type dailyValue struct {
	metric string
	value  int64
}

// snapshots lists what the profile tells of today. What is unknown makes no snapshot.
func (a *attempt) snapshots() []dailyValue {
	if a.profile == nil {
		return nil
	}
	var out []dailyValue
	for _, m := range []struct {
		metric string
		value  *int64
	}{{"follower_count", a.profile.Followers}, {"post_count", a.profile.Posts}, {"view_count", a.profile.Views}} {
		if m.value != nil {
			out = append(out, dailyValue{m.metric, *m.value})
		}
	}
	return out
}

func (a *attempt) keepSnapshots(ctx context.Context, tx store.Tx, now time.Time) error {
	return saveSnapshots(ctx, tx, a.conn.ID, now, a.snapshots())
}

// saveSnapshots writes the values of one UTC day; a later observation of the same day wins.
func saveSnapshots(ctx context.Context, tx store.Tx, connectionID string, at time.Time, values []dailyValue) error {
	if len(values) == 0 {
		return nil
	}
	day := at.UTC().Format(time.DateOnly)
	rows := make([]*ent.SnapshotCreate, len(values))
	for i, m := range values {
		rows[i] = tx.Snapshot.Create().
			SetConnectionID(connectionID).
			SetMetric(m.metric).
			SetDay(day).
			SetValue(m.value).
			SetObservedAt(at)
	}
	return upsertSnapshots(ctx, tx, rows)
}
