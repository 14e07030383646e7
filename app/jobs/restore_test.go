package jobs_test

import (
	"testing"
	"time"

	"github.com/truecount/truecount/app/alerts"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/connection"
)

// D5: a database from before a rotation holds refresh tokens that are used up. Each is found out by one
// call, its creator is asked, and one alert counts them all.
func TestAnOldBackup(t *testing.T) {
	t.Parallel()
	const each = 8
	y := jobstest.New(t, jobstest.Options{})
	owner := y.Creator("old@example.test")
	var backup []*ent.Connection
	for _, a := range y.World.AddAccounts("tiktok", each) {
		backup = append(
			backup,
			y.Store.Client.Connection.GetX(y.Ctx, y.AddAccount(owner, "tiktok", sandbox.Choice{Account: a.ID})),
		)
	}
	y.Advance(25 * time.Hour)
	if n, err := y.Connect.Grants.Renew(y.Ctx); n != each || err != nil {
		t.Fatalf("got %d renewed, %v, want %d", n, err, each)
	}
	for _, row := range backup {
		y.Store.Client.Connection.UpdateOneID(row.ID).
			SetAccessSealed(*row.AccessSealed).
			SetRefreshSealed(*row.RefreshSealed).
			SetTokenVersion(row.TokenVersion).
			SetTokenIssuedAt(*row.TokenIssuedAt).
			SetTokenExpiresAt(*row.TokenExpiresAt).
			SetRefreshDueAt(*row.RefreshDueAt).
			ExecX(y.Ctx)
	}
	y.World.ResetCalls()
	h := show(y)
	for range 10 { // sweeps of ten minutes
		if _, err := y.Connect.Grants.Renew(y.Ctx); err != nil {
			t.Fatal(err)
		}
		if err := h.alerts.Check(y.Ctx); err != nil {
			t.Fatal(err)
		}
		y.Advance(time.Minute)
	}
	if got := y.World.Calls("tiktok")["/v2/oauth/token/"]; got != each {
		t.Errorf("got %d calls for %d used-up tokens, want one each", got, each)
	}
	if n := y.Store.Client.Connection.Query().Where(connection.StatusEQ(connection.StatusNeedsReconnect)).CountX(y.Ctx); n != each {
		t.Errorf("got %d that ask their creator, want %d", n, each)
	}
	alerts := y.Store.Client.Alert.Query().Where(alert.ResolvedAtIsNil(), alert.Rule(alerts.RuleTokenExpired)).AllX(y.Ctx)
	if len(alerts) != 1 || alerts[0].Occurrences != each {
		t.Errorf("got %v, want one alert of %d", alerts, each)
	}
}
