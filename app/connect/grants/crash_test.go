package grants_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/truecount/truecount/app/connect/grants"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/connectionevent"
)

const tokenPath = "/v2/oauth/token/"

// mortal is a process that dies at a step of a refresh.
type mortal struct {
	*grants.Grants
	step string
}

type death struct{}

// process opens grants once more over a harness's database, with a spool of its own machine.
func process(y *jobstest.Harness, spool, dies string) *mortal {
	m := &mortal{step: dies}
	m.Grants = grants.New(grants.Options{
		Store: y.Store, Vault: y.Vault, Platforms: y.Platforms, Resume: y.Queue.Resume, Source: "sandbox", Now: y.Now, Spool: spool,
		Patience: 300 * time.Millisecond,
		Step: func(s string) {
			if s == m.step {
				panic(death{})
			}
		},
	})
	return m
}

// fresh asks for a token, renewed when the given version was refused, and tells whether the process died
// over it.
func (m *mortal) fresh(ctx context.Context, id string, refused int64) (t platform.Token, died bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(death); !ok {
				panic(r)
			}
			died = true
		}
	}()
	t, _, err = m.Fresh(ctx, id, refused)
	return t, false, err
}

func status(y *jobstest.Harness, id string) connection.Status {
	return y.Store.Client.Connection.GetX(y.Ctx, id).Status
}

// T8, T9: a process killed at any step after which the answer was written down, or before the call was
// made, loses no connection: a thousand times over, on a platform that ends a grant whose old token is
// used twice.
func TestAThousandKills(t *testing.T) {
	t.Parallel()
	rounds := 1000
	if testing.Short() || storetest.Postgres() {
		rounds = 200
	}
	y := jobstest.New(t, jobstest.Options{})
	owner := y.Creator("kills@example.test")
	spool := filepath.Join(t.TempDir(), "spool")
	var ids []string
	for _, a := range y.World.AddAccounts("tiktok", 5) {
		ids = append(ids, y.AddAccount(owner, "tiktok", sandbox.Choice{Account: a.ID}))
	}
	steps := []string{"intent", "spool", "commit", "never"}
	for round := range rounds {
		id := ids[round%len(ids)]
		step := steps[(round/len(ids))%len(steps)]
		_, died, err := process(y, spool, step).fresh(y.Ctx, id, y.Store.Client.Connection.GetX(y.Ctx, id).TokenVersion)
		if err != nil || died != (step != "never") {
			t.Fatalf("round %d, dying at %q: died %t, %v", round, step, died, err)
		}
		y.Advance(61 * time.Second) // the lease of the dead process runs out
		next := process(y, spool, "never")
		if _, err := next.Unspool(y.Ctx); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		token, _, err := next.fresh(y.Ctx, id, 0)
		if err != nil || token.Access.Empty() {
			t.Fatalf("round %d, after dying at %q: got %v, want access", round, step, err)
		}
		p, _ := y.Platforms.Get("tiktok")
		if _, err := p.Profile(y.Ctx, token); err != nil {
			t.Fatalf("round %d, after dying at %q: the token does not work: %v", round, step, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(spool, "*")); len(left) != 0 {
		t.Errorf("got %v left in the spool, want nothing", left)
	}
}

// T10: an answer that died with its process is asked for once more with the old token, and what came of
// it is said exactly. Nothing is asked after that.
func TestAnAnswerThatNobodyHas(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("answer@example.test"), "tiktok", sandbox.Choice{})
	y.Advance(25 * time.Hour)
	y.World.ResetCalls()
	if _, died, _ := process(y, "", "answer").fresh(y.Ctx, id, 0); !died {
		t.Fatal("the process did not die")
	}
	y.Advance(61 * time.Second)
	for range 5 {
		_, _, err := process(y, "", "never").fresh(y.Ctx, id, 0)
		if !fault.Is(err, fault.AuthRevoked) {
			t.Fatalf("got %v, want AUTH_REVOKED", err)
		}
		y.Advance(time.Hour)
	}
	if n := y.World.Calls("tiktok")[tokenPath]; n != 2 {
		t.Errorf("got %d refreshes, want the one that was lost and one more", n)
	}
	e := y.Store.Client.ConnectionEvent.Query().Where(connectionevent.Kind(string(grants.EventLost))).OnlyX(y.Ctx)
	if status(y, id) != connection.StatusNeedsReconnect ||
		!strings.HasPrefix(e.Words, "Truecount was stopped while TikTok renewed access") ||
		strings.Contains(e.Words, "ended access") { // T15
		t.Errorf("got %s, %q, want it said that we were stopped", status(y, id), e.Words)
	}
}

// T10: an answer that was cut off on its way is no stop of ours, and is told apart from one.
func TestAnAnswerThatWasCutOff(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("cut@example.test"), "tiktok", sandbox.Choice{})
	y.Advance(25 * time.Hour)
	y.World.AddFault(sandbox.Fault{Platform: "tiktok", Endpoint: tokenPath, Kind: sandbox.FaultCut, Times: 1})
	for range 3 {
		_, _, _ = process(y, t.TempDir(), "never").fresh(y.Ctx, id, 0)
		y.Advance(time.Hour)
	}
	e := y.Store.Client.ConnectionEvent.Query().Where(connectionevent.Kind(string(grants.EventLost))).OnlyX(y.Ctx)
	if !strings.Contains(e.Words, "was lost") || strings.Contains(e.Words, "Truecount was stopped") {
		t.Errorf("got %q, want it said that the answer was lost on its way", e.Words)
	}
}

// After a gateway's 5xx, too, nobody knows whether the old token was spent; after a limit it is known that it was not.
func TestAnAnswerThatAGatewayGave(t *testing.T) {
	t.Parallel()
	for code, lost := range map[int]bool{502: true, 504: true, 429: false} {
		y := jobstest.New(t, jobstest.Options{})
		id := y.AddAccount(y.Creator("gateway@example.test"), "tiktok", sandbox.Choice{})
		y.Advance(25 * time.Hour)
		for _, f := range []sandbox.Fault{{Status: code, Body: "<html>"}, {Status: 400, Body: `{"error":"invalid_grant"}`}} {
			f.Platform, f.Endpoint, f.Kind, f.Times = "tiktok", tokenPath, sandbox.FaultStatus, 1
			y.World.AddFault(f)
			_, _, _ = process(y, t.TempDir(), "never").fresh(y.Ctx, id, 0)
			y.Advance(time.Hour)
		}
		e := y.Store.Client.ConnectionEvent.Query().Where(connectionevent.Kind(string(grants.EventLost))).OnlyX(y.Ctx)
		if strings.Contains(e.Words, "was lost") != lost || strings.Contains(e.Words, "Truecount was stopped") {
			t.Errorf("%d: got %q, want it said that the answer was lost on its way: %t", code, e.Words, lost)
		}
	}
}

// T9: what lies in the spool is used before a platform is asked with a token it has replaced; what is older than the
// stored token is dropped, never applied.
func TestWhatLiesInTheSpool(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("lies@example.test"), "tiktok", sandbox.Choice{})
	spool := filepath.Join(t.TempDir(), "spool")
	file := filepath.Join(spool, id+".token")
	y.Advance(25 * time.Hour)
	if _, died, _ := process(y, spool, "spool").fresh(y.Ctx, id, 0); !died {
		t.Fatal("the process did not die")
	}
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	y.Advance(61 * time.Second)
	y.World.ResetCalls()
	next := process(y, spool, "never")
	token, _, err := next.fresh(y.Ctx, id, 0)
	if err != nil || y.World.Calls("tiktok")[tokenPath] != 0 {
		t.Fatalf("got %v after %d refreshes, want the answer that lay there", err, y.World.Calls("tiktok")[tokenPath])
	}
	p, _ := y.Platforms.Get("tiktok")
	if _, err := p.Profile(y.Ctx, token); err != nil {
		t.Errorf("its token does not work: %v", err)
	}
	before := y.Store.Client.Connection.GetX(y.Ctx, id)
	for _, again := range []func() error{
		func() error { _, err := next.Unspool(y.Ctx); return err },
		func() error { y.Advance(25 * time.Hour); _, _, err := next.fresh(y.Ctx, id, 0); return err },
	} {
		if err := os.WriteFile(file, old, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := again(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(file); !os.IsNotExist(err) {
			t.Errorf("got %v, want an entry of the past dropped", err)
		}
	}
	if after := y.Store.Client.Connection.GetX(y.Ctx, id); after.TokenVersion != before.TokenVersion+1 {
		t.Errorf("got version %d after %d, want one refresh and nothing of the past", after.TokenVersion, before.TokenVersion)
	}
	if token, _, err = next.fresh(y.Ctx, id, 0); err == nil {
		_, err = p.Profile(y.Ctx, token)
	}
	if err != nil {
		t.Errorf("the token does not work: %v", err)
	}
}

// T8: a disk that has no room for the answer is known before the platform is asked. /dev/full takes nothing.
func TestNoRoomForTheAnswer(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("room@example.test"), "tiktok", sandbox.Choice{})
	spool := t.TempDir()
	file := filepath.Join(spool, id+".token")
	if err := os.Symlink("/dev/full", file); err != nil {
		t.Fatal(err)
	}
	y.Advance(25 * time.Hour)
	y.World.ResetCalls()
	m := process(y, spool, "never")
	if _, _, err := m.fresh(y.Ctx, id, 0); err == nil || len(y.World.Calls("tiktok")) != 0 {
		t.Errorf("got %v and %v asked, want nothing asked", err, y.World.Calls("tiktok"))
	}
	_ = os.Remove(file)
	if _, _, err := m.fresh(y.Ctx, id, 0); err != nil || y.World.Calls("tiktok")[tokenPath] != 1 {
		t.Errorf("got %v after %d refreshes, want access at once when there is room", err, y.World.Calls("tiktok")[tokenPath])
	}
}

// T15: the time between a refresh's answer and the file that keeps it, the longest but for one in a hundred.
func BenchmarkAnswerToSpool(b *testing.B) {
	y := jobstest.New(b, jobstest.Options{})
	id := y.AddAccount(y.Creator("window@example.test"), "tiktok", sandbox.Choice{})
	var answered time.Time
	var took []time.Duration
	c := grants.New(grants.Options{
		Store: y.Store, Vault: y.Vault, Platforms: y.Platforms, Resume: y.Queue.Resume, Source: "sandbox", Now: y.Now, Spool: filepath.Join(b.TempDir(), "spool"),
		Step: func(s string) {
			switch s {
			case "answer":
				answered = time.Now()
			case "spool":
				took = append(took, time.Since(answered))
			}
		},
	})
	for b.Loop() {
		if _, _, err := c.Fresh(y.Ctx, id, y.Store.Client.Connection.GetX(y.Ctx, id).TokenVersion); err != nil {
			b.Fatal(err)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100])/float64(time.Millisecond), "ms-p99")
	b.ReportMetric(float64(took[len(took)/2])/float64(time.Millisecond), "ms-p50")
}

// A lost answer that another process gave up on is healed when its own machine returns with the spool.
func TestTheSpoolHeals(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("heals@example.test"), "tiktok", sandbox.Choice{})
	spool := filepath.Join(t.TempDir(), "spool")
	y.Advance(25 * time.Hour)
	if _, died, _ := process(y, spool, "spool").fresh(y.Ctx, id, 0); !died {
		t.Fatal("the process did not die")
	}
	files, _ := filepath.Glob(filepath.Join(spool, "*"))
	if len(files) != 1 {
		t.Fatalf("got %v, want one file", files)
	}
	info, err := os.Stat(files[0])
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v, want it readable by its owner alone", info.Mode(), err) // L2
	}
	if b, _ := os.ReadFile(files[0]); strings.Contains(string(b), sandbox.Marker) {
		t.Error("got a token in clear in the spool") // T1
	}
	y.Store.Client.Connection.UpdateOneID(id).
		SetStatus(connection.StatusNeedsReconnect).
		SetStatusCode("AUTH_REVOKED").
		ExecX(y.Ctx)
	n, err := process(y, spool, "never").Unspool(y.Ctx)
	if err != nil || n != 1 || status(y, id) != connection.StatusConnected {
		t.Errorf("got %d saved, %v, %s, want the connection back", n, err, status(y, id))
	}
	// A file of another connection, or one that is damaged, changes nothing.
	for name, content := range map[string]string{id + ".token": "{", "other.token": `{"connection":"` + id + `","version":99}`, id + "x.token": "null"} {
		if err := os.WriteFile(filepath.Join(spool, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := process(y, spool, "never").Unspool(y.Ctx); n != 0 || err != nil {
		t.Errorf("got %d saved of nonsense, %v", n, err)
	}
}

// T8, D2: while the database takes no writes, no refresh is asked for and reads go on; a database that
// fails just when the answer is there loses nothing; all mends itself when it works again.
func TestADatabaseThatTakesNothing(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("full@example.test"), "tiktok", sandbox.Choice{})
	spool := filepath.Join(t.TempDir(), "spool")
	y.Advance(25 * time.Hour)
	y.World.ResetCalls()
	allow := storetest.Deny(t, y.Store.SQL(), y.Store.Dialect, "connections")
	if _, _, err := process(y, spool, "never").fresh(y.Ctx, id, 0); err == nil {
		t.Error("got a token, want an error while nothing can be written")
	}
	if n := y.World.Calls("tiktok")[tokenPath]; n != 0 {
		t.Errorf("got %d refreshes that could not be written down, want none", n)
	}
	if status(y, id) != connection.StatusConnected {
		t.Errorf("got %s, want nobody blamed", status(y, id))
	}
	allow()
	// It fails again just when the answer is there.
	var again func()
	m := process(y, spool, "never")
	late := grants.New(grants.Options{
		Store: y.Store, Vault: y.Vault, Platforms: y.Platforms, Resume: y.Queue.Resume, Source: "sandbox", Now: y.Now, Spool: spool, Patience: 300 * time.Millisecond,
		Step: func(s string) {
			if s == "answer" {
				again = storetest.Deny(t, y.Store.SQL(), y.Store.Dialect, "connections")
			}
		},
	})
	if _, _, err := late.Fresh(y.Ctx, id, 0); err == nil {
		t.Error("got a token that could not be stored")
	}
	again()
	y.Advance(61 * time.Second)
	if n, err := m.Unspool(y.Ctx); err != nil || n != 1 {
		t.Errorf("got %d saved, %v, want the answer recovered", n, err)
	}
	if _, _, err := m.fresh(y.Ctx, id, 0); err != nil || y.World.Calls("tiktok")[tokenPath] != 1 {
		t.Errorf("got %v after %d refreshes, want access after one", err, y.World.Calls("tiktok")[tokenPath])
	}
}

// T7: three processes with fifty callers each make one refresh, and every caller has a token that works.
func TestThreeProcessesRefreshOnce(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("three@example.test"), "tiktok", sandbox.Choice{})
	y.Advance(25 * time.Hour)
	y.World.ResetCalls()
	p, _ := y.Platforms.Get("tiktok")
	var wg sync.WaitGroup
	for range 3 {
		m := process(y, "", "never")
		for range 50 {
			wg.Go(func() {
				token, _, err := m.Fresh(y.Ctx, id, 0)
				if err == nil {
					_, err = p.Profile(y.Ctx, token)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	if n := y.World.Calls("tiktok")[tokenPath]; n != 1 {
		t.Errorf("got %d refreshes, want 1", n)
	}
}

// T2: a token moved or changed in the database in any of six ways is detected, never sent, left as it is,
// and said.
func TestSwappedRows(t *testing.T) {
	t.Parallel()
	for name, swap := range map[string]func(y *jobstest.Harness, a, b string){
		"access of another": func(y *jobstest.Harness, a, b string) {
			y.Store.Client.Connection.UpdateOneID(a).SetAccessSealed(*y.Store.Client.Connection.GetX(y.Ctx, b).AccessSealed).ExecX(y.Ctx)
		},
		"refresh of another": func(y *jobstest.Harness, a, b string) {
			y.Store.Client.Connection.UpdateOneID(a).SetRefreshSealed(*y.Store.Client.Connection.GetX(y.Ctx, b).RefreshSealed).ExecX(y.Ctx)
		},
		"fields swapped": func(y *jobstest.Harness, a, _ string) {
			row := y.Store.Client.Connection.GetX(y.Ctx, a)
			y.Store.Client.Connection.UpdateOneID(a).SetAccessSealed(*row.RefreshSealed).SetRefreshSealed(*row.AccessSealed).ExecX(y.Ctx)
		},
		"version changed": func(y *jobstest.Harness, a, _ string) {
			y.Store.Client.Connection.UpdateOneID(a).AddTokenVersion(1).ExecX(y.Ctx)
		},
		"a byte changed": func(y *jobstest.Harness, a, _ string) {
			sealed := append([]byte{}, *y.Store.Client.Connection.GetX(y.Ctx, a).AccessSealed...)
			sealed[len(sealed)-1] ^= 1
			y.Store.Client.Connection.UpdateOneID(a).SetAccessSealed(sealed).ExecX(y.Ctx)
		},
		"cut": func(y *jobstest.Harness, a, _ string) {
			y.Store.Client.Connection.UpdateOneID(a).SetAccessSealed((*y.Store.Client.Connection.GetX(y.Ctx, a).AccessSealed)[:10]).ExecX(y.Ctx)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := jobstest.New(t, jobstest.Options{})
			owner := y.Creator("swap@example.test")
			two := y.World.AddAccounts("tiktok", 2)
			a, b := y.AddAccount(
				owner,
				"tiktok",
				sandbox.Choice{Account: two[0].ID},
			), y.AddAccount(
				owner,
				"tiktok",
				sandbox.Choice{Account: two[1].ID},
			)
			swap(y, a, b)
			before := *y.Store.Client.Connection.GetX(y.Ctx, a).AccessSealed
			y.World.ResetCalls()
			if _, _, err := y.Connect.Grants.Fresh(y.Ctx, a, 0); !fault.Is(err, fault.AuthFailed) {
				t.Errorf("got %v, want AUTH_FAILED", err)
			}
			row := y.Store.Client.Connection.GetX(y.Ctx, a)
			if row.Status != connection.StatusNeedsReconnect || row.StatusDetail != platform.NativeSealed ||
				string(*row.AccessSealed) != string(before) {
				t.Errorf("got %s, %q, want it to need its creator and be left as it is", row.Status, row.StatusDetail)
			}
			if n := len(y.World.Calls("tiktok")); n != 0 {
				t.Errorf("got %v sent, want nothing", y.World.Calls("tiktok"))
			}
			if y.Store.Client.ConnectionEvent.Query().
				Where(connectionevent.Kind(string(grants.EventTampered))).
				CountX(y.Ctx) !=
				1 {
				t.Error("got no word of it in the timeline")
			}
			if _, _, err := y.Connect.Grants.Fresh(y.Ctx, b, 0); err != nil {
				t.Errorf("the other one: got %v, want it untouched", err)
			}
		})
	}
}
