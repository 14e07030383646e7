package grants_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/store/storetest"
)

// stuck has a database refuse every change of one connection alone.
func stuck(t *testing.T, y *jobstest.Harness, id string) {
	t.Helper()
	queries := []string{
		`CREATE TRIGGER stuck BEFORE UPDATE ON connections WHEN OLD.id = '` + id + `' BEGIN SELECT RAISE(ABORT, 'stuck'); END`,
	}
	if storetest.Postgres() {
		queries = []string{
			`CREATE FUNCTION stuck() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'stuck'; END $$ LANGUAGE plpgsql`,
			`CREATE TRIGGER stuck BEFORE UPDATE ON connections FOR EACH ROW WHEN (OLD.id = '` + id + `') EXECUTE FUNCTION stuck()`,
		}
	}
	for _, q := range queries {
		if _, err := y.Store.SQL().ExecContext(y.Ctx, q); err != nil {
			t.Fatal(err)
		}
	}
}

// An answer in the spool that cannot be stored holds up neither the other answers nor the renewal of other access;
// what is wrong with it is told.
func TestOneAnswerThatIsStuck(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	owner := y.Creator("stuck@example.test")
	spool := filepath.Join(t.TempDir(), "spool")
	var ids []string
	for _, a := range y.World.AddAccounts("tiktok", 3) {
		ids = append(ids, y.AddAccount(owner, "tiktok", sandbox.Choice{Account: a.ID}))
	}
	slices.Sort(ids) // the spool is gone through in this order
	y.Advance(25 * time.Hour)
	for _, id := range ids[:2] {
		if _, died, err := process(y, spool, "spool").fresh(y.Ctx, id, 0); !died {
			t.Fatalf("got %v, want the process to die with its answer in the spool", err)
		}
	}
	y.Advance(61 * time.Second)
	stuck(t, y, ids[0])
	if _, err := process(y, spool, "never").Renew(y.Ctx); err == nil {
		t.Error("got no error, want the stuck answer told of")
	}
	for i, want := range []int64{1, 2, 2} {
		if got := row(y, ids[i]).TokenVersion; got != want {
			t.Errorf("connection %d: got version %d, want %d", i, got, want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(spool, "*")); len(left) != 1 || filepath.Base(left[0]) != ids[0]+".token" {
		t.Errorf("got %v in the spool, want the stuck answer kept", left)
	}
}
