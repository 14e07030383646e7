package grants_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/truecount/truecount/app/connect/grants"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/connectionevent"
)

// T11: ninety days in which nothing is synced and the program is away for six lose no grant that did not
// end in that time. GRANTS=1000 makes it as large as the requirement says.
func TestNinetyDays(t *testing.T) {
	t.Parallel()
	each := 4
	if n, err := strconv.Atoi(os.Getenv("GRANTS")); err == nil {
		each = n
	}
	y := jobstest.New(t, jobstest.Options{})
	owner := y.Creator("ninety@example.test")
	for _, p := range platforms {
		for i, a := range y.World.AddAccounts(p, each) {
			y.AddAccount(owner, p, sandbox.Choice{Account: a.ID})
			if i%200 == 199 {
				y.Advance(time.Minute) // TikTok takes so many a minute
			}
		}
	}
	renewed := 0
	for hour := range 90 * 24 {
		y.Advance(time.Hour)
		if day := hour / 24; day >= 40 && day < 46 {
			continue // the program is away
		}
		for {
			n, err := y.Connect.Grants.Renew(y.Ctx)
			if err != nil {
				t.Fatal(err)
			}
			if renewed += n; n == 0 {
				break
			}
		}
		if _, err := y.Connect.Deletions.Sweep(y.Ctx); err != nil {
			t.Fatal(err)
		}
		late := y.Store.Client.Connection.Query().
			Where(connection.PlatformNEQ("instagram"), connection.TokenIssuedAtLT(y.Now().Add(-25*time.Hour))).
			CountX(y.Ctx)
		if late != 0 {
			t.Fatalf("hour %d: got %d grants not exercised for a day", hour, late)
		}
	}
	for _, p := range platforms {
		if n := y.Store.Client.Connection.Query().Where(connection.Platform(p), connection.StatusNotIn(connection.StatusConnected, connection.StatusExpiring)).CountX(y.Ctx); n != 0 {
			t.Errorf("%s: got %d connections lost, want none", p, n)
		}
	}
	// Instagram is extended half way through its life, and never before a day.
	if n := y.World.Calls("instagram")["/refresh_access_token"]; n < int64(each) || n > int64(4*each) {
		t.Errorf("got %d extensions of %d accounts in 90 days, want two or three of each", n, each)
	}
	t.Logf("%d grants on each platform, 90 days: %d renewals, none lost", each, renewed)
}

// T13: only what the platform says of this very grant ends it. An outage, nonsense, a limit and a refusal
// of the installation leave it connected, and the token that lives is used.
func TestKindsOfFailure(t *testing.T) {
	t.Parallel()
	endpoint := map[string]string{"instagram": "/refresh_access_token", "tiktok": tokenPath, "youtube": "/token"}
	type row struct {
		name string
		f    sandbox.Fault
		dead bool
		held bool
	}
	rows := []row{
		{"500", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 500}, false, false},
		{"502", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 502, Body: "<html>"}, false, false},
		{"503", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 503}, false, false},
		{"504", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 504, Body: ""}, false, false},
		{"429", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 429}, false, false},
		{"an account's limit", sandbox.Fault{Kind: sandbox.FaultRateLimit}, false, false},
		{"the app's limit", sandbox.Fault{Kind: sandbox.FaultAppLimit}, false, false},
		{"a page", sandbox.Fault{Kind: sandbox.FaultHTML}, false, false},
		{"nothing", sandbox.Fault{Kind: sandbox.FaultEmpty}, false, false},
		{"null", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 200, Body: "null"}, false, false},
		{"an empty object", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 200, Body: "{}"}, false, false},
		{"cut", sandbox.Fault{Kind: sandbox.FaultCut}, false, false},
		{
			"elsewhere",
			sandbox.Fault{Kind: sandbox.FaultRedirect, Header: map[string]string{"Location": "http://127.0.0.1:1/"}},
			false,
			false,
		},
	}
	word := map[string][2]string{ // what ends a grant, and what refuses the installation, in each platform's words
		"instagram": {
			`{"error":{"code":190,"error_subcode":460,"message":"x"}}`,
			`{"error":{"code":101,"message":"Error validating application"}}`,
		},
		"tiktok": {
			`{"error":"invalid_grant","error_description":"x"}`,
			`{"error":"invalid_client","error_description":"x"}`,
		},
		"youtube": {`{"error":"invalid_grant"}`, `{"error":"invalid_client"}`},
	}
	for _, p := range platforms {
		y := jobstest.New(t, jobstest.Options{})
		owner := y.Creator(p + "@example.test")
		all := append([]row{
			{
				"the installation is refused",
				sandbox.Fault{Kind: sandbox.FaultStatus, Status: 400, Body: word[p][1]},
				false,
				true,
			},
			{"the grant is over", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 400, Body: word[p][0]}, true, false},
		}, rows...)
		for i, a := range y.World.AddAccounts(p, len(all)) {
			r := all[i]
			id := y.AddAccount(owner, p, sandbox.Choice{Account: a.ID})
			y.Advance(31 * 24 * time.Hour) // its turn has come on every platform
			r.f.Platform, r.f.Endpoint = p, endpoint[p]
			planted := y.World.AddFault(r.f)
			_, _, err := y.Connect.Grants.Fresh(y.Ctx, id, 0)
			y.World.RemoveFault(planted)
			got := status(y, id)
			if (got == connection.StatusNeedsReconnect) != r.dead {
				t.Errorf("%s, %s: got %s (%v), want dead %t", p, r.name, got, err, r.dead)
			}
			// Instagram's token still lives: it is given although it could not be renewed.
			if p == "instagram" && !r.dead && err != nil {
				t.Errorf("%s, %s: got %v, want the token that lives", p, r.name, err)
			}
			held := y.Connect.Grants.Held(y.Ctx, p)
			if (held != nil) != r.held || (held != nil && !fault.Is(held, fault.AppRefused)) {
				t.Errorf("%s, %s: got the platform held: %v, want %t", p, r.name, held, r.held)
			}
			if again, err := y.Connect.Grants.AskAgain(y.Ctx, p); err != nil || again != r.held {
				t.Fatalf("%s, %s: asked again: got %t, %v, want %t", p, r.name, again, err, r.held)
			}
			y.Advance(61 * time.Minute)
			if r.name == "cut" && p == "tiktok" {
				continue // it was answered, and a rotated token that never came is gone: see T10
			}
			if _, _, err := y.Connect.Grants.Fresh(y.Ctx, id, 0); (err != nil) != r.dead {
				t.Errorf("%s, after %s: got %v, want it mended: %t", p, r.name, err, !r.dead)
			}
		}
	}
}

// T13: what goes on failing is tried later and later, by nobody in between, and after four days without a
// token that lives it says so and stops. A reconnect, or an answer, ends it, and the timeline has it all.
func TestFourDays(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	owner := y.Creator("four@example.test")
	two := y.World.AddAccounts("tiktok", 2)
	gone, mends := y.AddAccount(
		owner,
		"tiktok",
		sandbox.Choice{Account: two[0].ID},
	), y.AddAccount(
		owner,
		"tiktok",
		sandbox.Choice{Account: two[1].ID},
	)
	y.Advance(25 * time.Hour)
	f := y.World.AddFault(sandbox.Fault{Platform: "tiktok", Endpoint: tokenPath, Kind: sandbox.FaultStatus, Status: 503})
	y.World.ResetCalls()
	for range 3 * 24 * 60 { // every minute for three days
		for _, id := range []string{gone, mends} {
			if _, _, err := y.Connect.Grants.Fresh(y.Ctx, id, 0); err == nil {
				t.Fatal("got a token out of an outage")
			}
		}
		y.Advance(time.Minute)
	}
	if n := y.World.Calls("tiktok")[tokenPath]; n > 2*(8+3*24+2) {
		t.Errorf("got %d refreshes of two connections in three days of outage, want about one an hour each", n)
	}
	if status(y, gone) != connection.StatusConnected {
		t.Errorf("after three days: got %s, want nobody blamed", status(y, gone))
	}
	y.World.RemoveFault(f)
	if _, _, err := y.Connect.Grants.Fresh(y.Ctx, mends, 0); err != nil {
		y.Advance(time.Hour)
		if _, _, err = y.Connect.Grants.Fresh(y.Ctx, mends, 0); err != nil {
			t.Errorf("after the outage: got %v", err)
		}
	}
	y.World.AddFault(sandbox.Fault{Platform: "tiktok", Endpoint: tokenPath, Kind: sandbox.FaultStatus, Status: 503})
	for range 30 {
		_, _, _ = y.Connect.Grants.Fresh(y.Ctx, gone, 0)
		y.Advance(time.Hour)
	}
	row := y.Store.Client.Connection.GetX(y.Ctx, gone)
	if row.Status != connection.StatusNeedsReconnect || row.StatusCode != string(fault.AuthExpired) {
		t.Errorf("after four days: got %s %s, want it said", row.Status, row.StatusCode)
	}
	n := y.World.Calls("tiktok")[tokenPath]
	if _, _, err := y.Connect.Grants.Fresh(y.Ctx, gone, 0); err == nil || y.World.Calls("tiktok")[tokenPath] != n {
		t.Errorf("got %v and another call, want it to have stopped", err)
	}
	said := func(id string) string {
		kinds := y.Store.Client.ConnectionEvent.Query().
			Where(connectionevent.ConnectionID(id)).
			Order(connectionevent.ByID()).
			Select(connectionevent.FieldKind).
			StringsX(y.Ctx)
		return fmt.Sprint(kinds)
	}
	if got, want := said(gone), fmt.Sprint([]grants.EventKind{grants.EventConnected, grants.EventFailing, grants.EventLost}); got != want {
		t.Errorf("got the timeline %s, want %s", got, want)
	}
	if got, want := said(mends), fmt.Sprint([]grants.EventKind{grants.EventConnected, grants.EventFailing, grants.EventRecovered}); got != want {
		t.Errorf("got the timeline %s, want %s", got, want)
	}
}
