package syncer_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/connectionevent"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/profile"
	"github.com/truecount/truecount/ent/run"
)

// told is an answer from a public report, kept with the adapter it is of.
func told(t *testing.T, platformID, file string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "platform", platformID, "testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// crowd is connections of several creators, all synced once, with access old enough to be renewed.
type crowd struct {
	*jobstest.Harness
	t        *testing.T
	platform string
	ids      []string
	accounts []string
}

func gather(t *testing.T, platformID string, owners ...string) *crowd {
	t.Helper()
	c := &crowd{Harness: jobstest.New(t, jobstest.Options{}), t: t, platform: platformID}
	made := map[string]string{}
	for i, a := range c.World.AddAccounts(platformID, len(owners)) {
		if made[owners[i]] == "" {
			made[owners[i]] = c.Creator(owners[i] + "@example.test")
		}
		c.ids = append(c.ids, c.AddAccount(made[owners[i]], platformID, sandbox.Choice{Account: a.ID}))
		c.accounts = append(c.accounts, a.ID)
	}
	c.RunDue()
	c.Advance(25 * time.Hour) // Instagram renews no younger token
	return c
}

// syncs asks for a sync of each and makes the attempts that are due.
func (c *crowd) syncs(which ...int) {
	c.t.Helper()
	for _, i := range which {
		if row := c.Store.Client.Connection.GetX(c.Ctx, c.ids[i]); row.Status == connection.StatusNeedsReconnect {
			continue
		}
		c.RequestSync(c.ids[i])
	}
	c.RunDue()
}

func (c *crowd) statuses() []string {
	var out []string
	for _, id := range c.ids {
		out = append(out, string(c.Store.Client.Connection.GetX(c.Ctx, id).Status))
	}
	return out
}

func (c *crowd) held() bool {
	n := c.Store.Client.Hold.Query().CountX(c.Ctx)
	return n == 1
}

// newest is the newest run of each connection.
func (c *crowd) newest(i int) (run.State, string) {
	r := c.Store.Client.Run.Query().Where(run.ConnectionID(c.ids[i]), run.KindEQ(run.KindSync)).AllX(c.Ctx)
	last := slices.MaxFunc(r, func(a, b *ent.Run) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return last.State, last.ErrorCode
}

// refusals that no table names, in each platform's words, to calls for data.
var unnamed = map[string]sandbox.Fault{
	"instagram": {
		Platform: "instagram",
		Kind:     sandbox.FaultStatus,
		Status:   400,
		Body:     `{"error":{"code":190,"message":"x","type":"OAuthException"}}`,
	},
	"youtube": {
		Platform: "youtube",
		Endpoint: "/youtube/v3/channels",
		Kind:     sandbox.FaultStatus,
		Status:   401,
		Body:     `{"error":{"code":401,"message":"x"}}`,
	},
	"tiktok": {
		Platform: "tiktok",
		Endpoint: "/v2/user/info/",
		Kind:     sandbox.FaultStatus,
		Status:   401,
		Body:     `{"error":{"code":"moon_phase"}}`,
	},
}

// What the platforms themselves say of the installation stops it, and nobody is blamed. All go on by
// themselves when it is over. // P9
func TestTheInstallationIsRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		platform, file string
		status         int
	}{
		{"instagram", "instagram-app-switched-off.json", 400},
		{"instagram", "instagram-app-switched-off.json", 200},
		{"youtube", "youtube-project-gone.json", 403},
		{"youtube", "youtube-project-suspended.json", 403},
	} {
		t.Run(tc.file, func(t *testing.T) {
			t.Parallel()
			c := gather(t, tc.platform, "a", "a", "b", "c")
			f := c.World.AddFault(
				sandbox.Fault{
					Platform: tc.platform,
					Kind:     sandbox.FaultStatus,
					Status:   tc.status,
					Body:     told(t, tc.platform, tc.file),
				},
			)
			c.syncs(0, 1, 2, 3)
			if !c.held() {
				t.Fatal("got no hold, want the platform held")
			}
			for range 6 * 60 { // minutes
				c.Advance(time.Minute)
				c.Runner.Tick(c.Ctx)
				c.RunDue()
			}
			if got := c.statuses(); !slices.Equal(got, []string{"connected", "connected", "connected", "connected"}) {
				t.Errorf("got %v, want nobody blamed", got)
			}
			if n := c.Store.Client.Run.Query().Where(run.StateEQ(run.StateDead)).CountX(c.Ctx); n != 0 {
				t.Errorf("got %d dead letters, want none", n)
			}
			if n := c.Store.Client.ConnectionEvent.Query().Where(connectionevent.KindIn("lost", "failing")).CountX(c.Ctx); n != 0 {
				t.Errorf("got %d creators told of a failure, want none", n)
			}
			c.World.RemoveFault(f)
			for range 40 {
				c.Advance(time.Minute)
				c.Runner.Tick(c.Ctx)
				c.RunDue()
			}
			if c.held() {
				t.Error("got the platform held after a success, want it over at once")
			}
			for i := range c.ids {
				if s, code := c.newest(i); s != run.StateSuccess && s != run.StatePartial {
					t.Errorf("connection %d: got %s %s, want it to have gone on by itself", i, s, code)
				}
			}
		})
	}
}

// A refusal that no table names, met by several accounts of several creators, holds the platform, across
// processes; one probe goes out every quarter of an hour, and the first success ends it. // P9
func TestTheNet(t *testing.T) {
	t.Parallel()
	for _, p := range platforms {
		t.Run(p, func(t *testing.T) {
			t.Parallel()
			c := gather(t, p, "a", "a", "b", "c")
			f := c.World.AddFault(unnamed[p])
			c.syncs(0)
			other := c.SecondProcess() // what was met is in the database, not in a process
			for _, i := range []int{1, 2} {
				if c.held() {
					t.Fatalf("held after %d refusals, want three of two creators", i)
				}
				a, err := other.Queue.Sync(c.Ctx, c.ids[i], "admin")
				if err != nil {
					t.Fatal(err)
				}
				if _, err := other.Runner.Attempt(c.Ctx, a.RunID); err != nil {
					t.Fatal(err)
				}
			}
			if !c.held() {
				t.Fatal("got no hold after three refusals, want one")
			}
			c.syncs(3)
			if s, code := c.newest(3); s != run.StateDeferred || code != string(fault.AppRefused) {
				t.Errorf("the fourth: got %s %s, want it to wait unasked", s, code)
			}
			used := c.Store.Client.Run.Query().Where(run.CompletedAtIsNil()).AllX(c.Ctx)
			c.World.ResetCalls()
			for range 2 * 60 { // minutes
				c.Advance(time.Minute)
				c.Runner.Tick(c.Ctx)
				c.RunDue()
				other.RunDue()
			}
			probes := int64(0)
			for _, n := range c.World.Calls(p) {
				probes += n
			}
			if probes < 7 || probes > 3*9 { // a probe may renew access and ask again
				t.Errorf("got %d calls in two hours, want one probe each quarter of an hour", probes)
			}
			if got := c.statuses(); !slices.Equal(got, []string{"connected", "connected", "connected", "connected"}) {
				t.Errorf("got %v, want nobody blamed", got)
			}
			if n := c.Store.Client.Run.Query().Where(run.StateIn(run.StateDead)).CountX(c.Ctx); n != 0 {
				t.Errorf("got %d dead letters of %d runs, want none", n, len(used))
			}
			c.World.RemoveFault(f)
			for range 40 {
				c.Advance(time.Minute)
				c.Runner.Tick(c.Ctx)
				c.RunDue()
			}
			if c.held() {
				t.Error("got the platform held after a success, want it over")
			}
			for i := range c.ids {
				if s, code := c.newest(i); s != run.StateSuccess && s != run.StatePartial {
					t.Errorf("connection %d: got %s %s, want it to have gone on by itself", i, s, code)
				}
			}
		})
	}
}

// What does not make a net. One creator's accounts, and accounts with a success between them, are refused
// for themselves: a while later that is proven. What a table names as the grant's own is over at once, of however
// many. // P9
func TestNoNet(t *testing.T) {
	t.Parallel()
	bare := unnamed["instagram"]
	of := func(account string) sandbox.Fault { f := bare; f.Account = account; return f }
	t.Run("one creator", func(t *testing.T) {
		t.Parallel()
		c := gather(t, "instagram", "a", "a", "a", "a")
		c.World.AddFault(bare)
		c.syncs(0, 1, 2, 3)
		if c.held() || slices.Contains(c.statuses(), "needs_reconnect") {
			t.Fatalf("got held %t and %v, want neither", c.held(), c.statuses())
		}
		c.Advance(20 * time.Minute)
		c.RunDue()
		if c.held() || slices.Contains(c.statuses(), "connected") {
			t.Errorf("later: got held %t and %v, want each refused for itself", c.held(), c.statuses())
		}
	})
	t.Run("a success between", func(t *testing.T) {
		t.Parallel()
		c := gather(t, "instagram", "a", "b", "c", "d")
		for i := range 3 {
			c.World.AddFault(of(c.accounts[i]))
		}
		c.syncs(0, 1, 3, 2)
		if c.held() {
			t.Fatal("got the platform held, want none: it answers the fourth")
		}
		c.Advance(20 * time.Minute)
		c.syncs(0)
		c.syncs(3)
		c.syncs(1)
		c.syncs(3)
		c.syncs(2)
		if got := c.statuses(); c.held() ||
			!slices.Equal(got, []string{"needs_reconnect", "needs_reconnect", "needs_reconnect", "connected"}) {
			t.Errorf("later: got held %t and %v, want the three refused for themselves", c.held(), got)
		}
	})
	t.Run("the grants' own", func(t *testing.T) {
		t.Parallel()
		c := gather(t, "instagram", "a", "b", "c", "d")
		f := bare
		f.Body = `{"error":{"code":190,"error_subcode":460,"message":"x"}}`
		c.World.AddFault(f)
		c.syncs(0, 1, 2, 3)
		if c.held() || slices.Contains(c.statuses(), "connected") {
			t.Errorf("got held %t and %v, want four grants that are over", c.held(), c.statuses())
		}
	})
	t.Run("an hour apart", func(t *testing.T) {
		t.Parallel()
		c := gather(t, "youtube", "a", "b", "c")
		c.World.AddFault(
			sandbox.Fault{
				Platform: "youtube",
				Endpoint: "/youtube/v3/channels",
				Kind:     sandbox.FaultStatus,
				Status:   403,
				Body:     `{"error":{"errors":[{"reason":"moonPhase"}]}}`,
				Times:    3,
			},
		)
		for i := range c.ids {
			c.RequestSync(c.ids[i])
			if _, err := c.Runner.Attempt(c.Ctx, c.Store.Client.Run.Query().Where(run.ConnectionID(c.ids[i]), run.CompletedAtIsNil()).OnlyIDX(c.Ctx)); err != nil {
				t.Fatal(err)
			}
			c.Advance(16 * time.Minute)
		}
		if c.held() {
			t.Error("got the platform held, want refusals so far apart to be each its own")
		}
	})
}

// Renewals alone make the net, too. // P9
func TestTheNetOfRenewals(t *testing.T) {
	t.Parallel()
	c := gather(t, "instagram", "a", "b", "c", "d")
	c.Advance(31 * 24 * time.Hour) // half of a token's life
	f := c.World.AddFault(
		sandbox.Fault{
			Platform: "instagram",
			Endpoint: "/refresh_access_token",
			Kind:     sandbox.FaultStatus,
			Status:   400,
			Body:     `{"error":{"code":190,"message":"x"}}`,
		},
	)
	if _, err := c.Connect.Grants.Renew(c.Ctx); err != nil {
		t.Fatal(err)
	}
	if got := c.statuses(); !c.held() || slices.Contains(got, "needs_reconnect") {
		t.Fatalf("got held %t and %v, want the platform held and nobody blamed", c.held(), got)
	}
	c.World.ResetCalls()
	for range 60 {
		c.Advance(time.Minute)
		if _, err := c.Connect.Grants.Renew(c.Ctx); err != nil {
			t.Fatal(err)
		}
	}
	if n := c.World.Calls("instagram")["/refresh_access_token"]; n < 3 || n > 5 {
		t.Errorf("got %d renewals in an hour, want one each quarter", n)
	}
	c.World.RemoveFault(f)
	for range 40 {
		c.Advance(time.Minute)
		if _, err := c.Connect.Grants.Renew(c.Ctx); err != nil {
			t.Fatal(err)
		}
	}
	if got := c.statuses(); c.held() || slices.Contains(got, "needs_reconnect") {
		t.Errorf("after it: got held %t and %v, want all renewed", c.held(), got)
	}
}

// A permission that the app lost is refused to all although their tokens hold it: the platform is held, and nobody
// is blamed, at a renewal as at a sync. // P9
func TestTheAppLosesAPermission(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]sandbox.Fault{
		"renewal": {Platform: "instagram", Endpoint: "/refresh_access_token", Status: 400, Body: `{"error":{"code":10,"message":"x"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := gather(t, f.Platform, "a", "b", "c", "d")
			try := func() {
				t.Helper()
				if _, err := c.Connect.Grants.Renew(c.Ctx); err != nil {
					t.Fatal(err)
				}
			}
			c.Advance(31 * 24 * time.Hour) // half of a token's life
			f.Kind = sandbox.FaultStatus
			planted := c.World.AddFault(f)
			try()
			if got := c.statuses(); !c.held() || slices.Contains(got, "needs_reconnect") {
				t.Fatalf("got held %t and %v, want the platform held and nobody blamed", c.held(), got)
			}
			c.World.RemoveFault(planted)
			for range 4 {
				c.Advance(20 * time.Minute)
				try()
			}
			if got := c.statuses(); c.held() || slices.Contains(got, "needs_reconnect") {
				t.Errorf("after it: got held %t and %v, want all served", c.held(), got)
			}
		})
	}
}

// One account of two is held back by the platform: it alone waits, its token is kept and its owner is told
// what to do there. // P9
func TestOneAccountIsHeldBack(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"368": told(t, "instagram", "instagram-one-account-blocked.json"),
		"459": `{"error":{"code":190,"error_subcode":459,"message":"x"}}`,
		"464": `{"error":{"code":190,"error_subcode":464,"message":"x"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := gather(t, "instagram", "a", "b", "c", "d")
			version := c.Store.Client.Connection.GetX(c.Ctx, c.ids[0]).TokenVersion
			f := c.World.AddFault(
				sandbox.Fault{Platform: "instagram", Account: c.accounts[0], Kind: sandbox.FaultStatus, Status: 400, Body: body},
			)
			c.syncs(0, 1)
			row := c.Store.Client.Connection.GetX(c.Ctx, c.ids[0])
			if row.Status != connection.StatusConnected || row.StatusCode != platform.BlockedCode ||
				row.TokenVersion != version ||
				row.AccessSealed == nil {
				t.Errorf(
					"got %s %s at version %d, want it connected, held back, and its token kept",
					row.Status,
					row.StatusCode,
					row.TokenVersion,
				)
			}
			if s, code := c.newest(0); s != run.StateFailed || code != string(fault.AuthFailed) {
				t.Errorf("got %s %s, want the run over", s, code)
			}
			if s, _ := c.newest(1); s != run.StateSuccess || c.held() {
				t.Errorf("the other: got %s, held %t, want success", s, c.held())
			}
			for _, call := range []string{"/refresh_access_token"} {
				if n := c.World.Calls("instagram")[call]; n != 0 {
					t.Errorf("got %d renewals of a token that lives, want none", n)
				}
			}
			// Half of the token's life goes by, and in the end all of it: what is held back is no end of the grant.
			renews := func(i, days int) {
				t.Helper()
				before := c.Store.Client.Connection.GetX(c.Ctx, c.ids[i]).TokenVersion
				for range days {
					c.Advance(24 * time.Hour)
					if _, err := c.Connect.Grants.Renew(c.Ctx); err != nil {
						t.Fatal(err)
					}
				}
				row := c.Store.Client.Connection.GetX(c.Ctx, c.ids[i])
				if row.Status != connection.StatusConnected || row.StatusCode != platform.BlockedCode ||
					row.TokenVersion != before ||
					row.FailingSince != nil {
					t.Errorf(
						"renewed %d days on: got %s %s, failing since %v, want it held back and no more",
						days,
						row.Status,
						row.StatusCode,
						row.FailingSince,
					)
				}
			}
			renews(0, 50)
			if n := c.World.Calls("instagram")["/refresh_access_token"]; n == 0 || c.held() {
				t.Errorf("got %d renewals, held %t, want them asked for", n, c.held())
			}
			c.World.RemoveFault(f)
			c.syncs(0)
			if row := c.Store.Client.Connection.GetX(c.Ctx, c.ids[0]); row.StatusCode != "" ||
				row.Status != connection.StatusConnected {
				t.Errorf("let through again: got %s %s, want connected", row.Status, row.StatusCode)
			}
			c.World.AddFault(
				sandbox.Fault{
					Platform: "instagram",
					Endpoint: "/refresh_access_token",
					Account:  c.accounts[0],
					Kind:     sandbox.FaultStatus,
					Status:   400,
					Body:     body,
				},
			)
			renews(0, 100)
		})
	}
}

// A block that is met after the account itself was given stays: its owner is told once, however many runs meet it,
// and the connection is let through when a whole run was.
func TestABlockAfterTheProfile(t *testing.T) {
	t.Parallel()
	c := gather(t, "instagram", "a")
	f := c.World.AddFault(
		sandbox.Fault{
			Platform: "instagram",
			Endpoint: "/{version}/me/media",
			Kind:     sandbox.FaultStatus,
			Status:   400,
			Body:     told(t, "instagram", "instagram-one-account-blocked.json"),
		},
	)
	for range 3 {
		c.syncs(0)
		if row := c.Store.Client.Connection.GetX(c.Ctx, c.ids[0]); row.StatusCode != platform.BlockedCode ||
			row.Status != connection.StatusConnected {
			t.Errorf("got %s %s, want it connected and held back", row.Status, row.StatusCode)
		}
		c.Advance(2 * time.Hour)
	}
	events := c.Store.Client.ConnectionEvent.Query().
		Where(connectionevent.ConnectionID(c.ids[0]), connectionevent.Code(platform.BlockedCode)).
		CountX(c.Ctx)
	if events != 1 {
		t.Errorf("got its owner told %d times, want once", events)
	}
	c.World.RemoveFault(f)
	c.syncs(0)
	if row := c.Store.Client.Connection.GetX(c.Ctx, c.ids[0]); row.StatusCode != "" ||
		row.Status != connection.StatusConnected {
		t.Errorf("let through again: got %s %s, want connected", row.Status, row.StatusCode)
	}
}

// A token of less than a day that is refused without a word of the grant proves nothing.
func TestAYoungTokenIsRefused(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("young@example.test"), "instagram", sandbox.Choice{})
	y.RunDue()
	f := y.World.AddFault(unnamed["instagram"])
	y.RequestSync(id)
	y.RunDue()
	if c := y.Store.Client.Connection.GetX(y.Ctx, id); c.Status != connection.StatusConnected {
		t.Errorf("got %s, want it connected", c.Status)
	}
	y.World.RemoveFault(f)
	y.Advance(20 * time.Minute)
	y.RunDue()
	if c := y.Store.Client.Connection.GetX(y.Ctx, id); c.Status != connection.StatusConnected {
		t.Errorf("answered again: got %s, want connected", c.Status)
	}
	if n := y.Store.Client.Run.Query().Where(run.StateEQ(run.StateSuccess)).CountX(y.Ctx); n != 2 {
		t.Errorf("got %d successes, want two", n)
	}
}

// One post of many refuses its insights although the permission is granted: the others have theirs, it has a
// reason, and the connection stays as it is. // P9
func TestOnePostIsRefused(t *testing.T) {
	t.Parallel()
	c := gather(t, "instagram", "a")
	ids := c.Store.Client.Post.Query().Where(post.ConnectionID(c.ids[0])).Select(post.FieldExternalID).StringsX(c.Ctx)
	settled := c.Store.Client.Post.Query().Where(post.ConnectionID(c.ids[0]), post.InsightsNever(true)).CountX(c.Ctx)
	bad := c.Store.Client.Post.Query().
		Where(post.ConnectionID(c.ids[0]), post.InsightsNever(false)).
		FirstX(c.Ctx).
		ExternalID
	c.Store.Client.Post.Update().ClearViews().ClearReach().ExecX(c.Ctx)
	c.World.AddFault(sandbox.Fault{Platform: "instagram", Kind: sandbox.FaultRefusePost, Body: bad})
	c.syncs(0)
	if s, code := c.newest(0); s != run.StateSuccess {
		t.Errorf("got %s %s, want success", s, code)
	}
	if got := c.statuses()[0]; got != "connected" {
		t.Errorf("got %s, want connected", got)
	}
	if n := c.Store.Client.Post.Query().Where(post.ConnectionID(c.ids[0]), post.ViewsNotNil(), post.ReachNotNil()).CountX(c.Ctx); n < len(
		ids,
	)-1-settled {
		t.Errorf("got %d posts with views and reach, want all but one of %d", n, len(ids)-settled)
	}
	p := c.Store.Client.Post.Query().Where(post.ExternalID(bad)).OnlyX(c.Ctx)
	if p.Views != nil || p.Absent["views"] != string(platform.AbsenceRefused) {
		t.Errorf("got %v %v, want the reason", p.Views, p.Absent)
	}
}

// A list that is too much at once is asked for with fewer posts, and the size is remembered.
func TestAListThatIsTooMuch(t *testing.T) {
	t.Parallel()
	c := gather(t, "instagram", "a")
	n := c.Store.Client.Post.Query().Where(post.ConnectionID(c.ids[0])).CountX(c.Ctx)
	if n <= 12 {
		t.Fatalf("got %d posts, want more than two short pages", n)
	}
	c.Store.Client.Post.Delete().ExecX(c.Ctx)
	c.World.AddFault(sandbox.Fault{Platform: "instagram", Kind: sandbox.FaultTooMuch})
	c.syncs(0)
	if s, code := c.newest(0); s != run.StateSuccess && s != run.StatePartial || code == string(fault.PlatformError) {
		t.Errorf("got %s %s, want the posts stored", s, code)
	}
	if got := c.Store.Client.Post.Query().Where(post.ConnectionID(c.ids[0])).CountX(c.Ctx); got != n {
		t.Errorf("got %d posts, want %d", got, n)
	}
	size := c.Store.Client.Profile.Query().Where(profile.ConnectionID(c.ids[0])).OnlyX(c.Ctx).PageSize
	if size != 6 {
		t.Errorf("got %d posts at a time remembered, want 6", size)
	}
	first := c.World.Calls("instagram")["/{version}/me/media"]
	c.World.ResetCalls()
	c.Advance(time.Hour)
	c.syncs(0)
	if again := c.World.Calls("instagram")["/{version}/me/media"]; again == 0 || again >= first {
		t.Errorf("got %d lists the next time, want fewer than %d: the size is known", again, first)
	}
}

// P9: a few accounts that are refused for themselves do not hold the platform for all: those that were not refused ask
// first, and their success ends it.
func TestAFewCannotHoldThePlatform(t *testing.T) {
	t.Parallel()
	c := gather(t, "youtube", "a", "a", "b", "c")
	for i := range 3 {
		f := unnamed["youtube"]
		f.Account = c.accounts[i]
		c.World.AddFault(f)
	}
	c.syncs(0, 1, 2)
	if !c.held() {
		t.Fatal("got no hold, want one for three accounts of two creators")
	}
	c.syncs(3)
	for range 20 {
		c.Advance(time.Minute)
		c.Runner.Tick(c.Ctx)
		c.RunDue()
	}
	if c.held() {
		t.Error("got the platform held after twenty minutes, want the fourth account's success to have ended it")
	}
	if s, code := c.newest(3); s != run.StateSuccess {
		t.Errorf("the fourth: got %s %s, want success", s, code)
	}
}
