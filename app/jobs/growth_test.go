package jobs_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
)

// How fast the database grows: 30 days of GROWTH accounts on each platform, scaled to one account and year.
// It logs and judges nothing.
func TestGrowth(t *testing.T) {
	each, err := strconv.Atoi(os.Getenv("GROWTH"))
	if err != nil {
		t.Skip("measures for a while: set GROWTH=20, the number of accounts")
	}
	y := jobstest.New(t, jobstest.Options{Platform: noPace})
	owner := y.Creator("growth@example.test")
	for _, p := range []string{"instagram", "tiktok", "youtube"} {
		for _, a := range y.World.AddAccounts(p, each) {
			y.AddAccount(owner, p, sandbox.Choice{Account: a.ID})
		}
	}
	y.RunDue()
	size := func() (n float64) {
		t.Helper()
		query := `SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`
		if !y.Store.Embedded() {
			query = `SELECT pg_database_size(current_database())`
		}
		if err := y.Store.SQL().QueryRowContext(y.Ctx, query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	const days = 30
	before := size()
	for range days {
		y.Advance(24 * time.Hour)
		y.Runner.Tick(y.Ctx)
		y.RunDue()
		y.Advance(2 * time.Minute)
		if _, err := y.Connect.Grants.Renew(y.Ctx); err != nil {
			t.Fatal(err)
		}
	}
	per := (size() - before) / float64(3*each) / days
	t.Logf("%.0f bytes an account and day, %.2f MB an account and year", per, per*365/1e6)
	for table, count := range map[string]int{
		"runs": y.Store.Client.Run.Query().CountX(y.Ctx), "sync_logs": y.Store.Client.SyncLog.Query().CountX(y.Ctx),
		"snapshots": y.Store.Client.Snapshot.Query().CountX(y.Ctx), "post_history": y.Store.Client.PostHistory.Query().CountX(y.Ctx),
	} {
		size := 0.0
		query := `SELECT sum(pgsize) FROM dbstat WHERE name IN (SELECT name FROM sqlite_master WHERE tbl_name = $1)`
		if !y.Store.Embedded() {
			query = `SELECT pg_total_relation_size($1::regclass)`
		}
		if err := y.Store.SQL().QueryRowContext(y.Ctx, query, table).Scan(&size); err != nil {
			t.Logf("%s: %d rows, size unknown: %v", table, count, err)
			continue
		}
		t.Logf(
			"%s: %d rows, %.0f bytes a row with its indexes, %.1f rows an account and day",
			table,
			count,
			size/float64(max(count, 1)),
			float64(count)/float64(3*each)/days,
		)
	}
}
