package people_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/people"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/ent/auditevent"
)

// L5: nothing goes on running when the tests are over.
func TestMain(m *testing.M) { storetest.Main(m) }

// What a platform's terms have us delete is noted in the audit log, once, and nothing is noted before its time.
func TestWhatIsPurgedIsAudited(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	owner := y.Creator("p@example.test")
	id := y.AddAccount(owner, "youtube", sandbox.Choice{})
	y.RunDue()
	room := people.New(people.Options{
		Store: y.Store, Connect: y.Connect, Auth: y.Auth, Log: slog.New(slog.DiscardHandler),
	})
	if _, err := y.Connect.Disconnect(y.Ctx, owner, id, false); err != nil {
		t.Fatal(err)
	}
	spec, _ := y.Platforms.Spec("youtube")
	noted := func() []string {
		return y.Store.Client.AuditEvent.Query().
			Where(auditevent.Action("purge"), auditevent.Result("terms")).
			Select(auditevent.FieldTarget).
			StringsX(y.Ctx)
	}
	for passed := time.Duration(0); passed < spec.DeleteWithin+24*time.Hour; passed += 12 * time.Hour {
		if err := room.PurgeOverdue(y.Ctx); err != nil {
			t.Fatal(err)
		}
		if got := noted(); passed == 0 && len(got) != 0 {
			t.Errorf("before its time: got %v noted", got)
		}
		y.Advance(12 * time.Hour)
	}
	if got := noted(); len(got) != 1 || got[0] != "youtube/"+id {
		t.Errorf("got %v noted, want the one account that was disconnected", got)
	}
}
