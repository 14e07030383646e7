package grants_test

import (
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/connect/grants"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent/connection"
)

// Of all that come when a held platform may be asked again one is let through, and a success that was asked for
// before the platform refused ends nothing.
func TestOneProbeAndItsSuccess(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("probe@example.test"), "tiktok", sandbox.Choice{})
	before := y.Now()
	y.Advance(time.Minute)
	refused := &platform.Error{
		Platform: "tiktok",
		Step:     platform.StepProfile,
		Code:     fault.AppRefused,
		Status:   403,
		AppWide:  true,
	}
	if err := y.Connect.Grants.Hold(y.Ctx, refused); err != nil {
		t.Fatal(err)
	}
	if err := y.Connect.Grants.Served(y.Ctx, "tiktok", id, before); err != nil {
		t.Fatal(err)
	}
	if since, _, err := y.Connect.Grants.Refusal(y.Ctx, "tiktok"); err != nil || since.IsZero() {
		t.Fatalf("got %s, %v, want the hold to outlive an earlier call's success", since, err)
	}
	y.Advance(15*time.Minute + time.Second)
	// Three processes that have all found that the time has come, before any of them goes on.
	const processes = 3
	var found, all sync.WaitGroup
	found.Add(processes)
	var passed atomic.Int64
	for range processes {
		var looked atomic.Int64
		c := grants.New(
			grants.Options{
				Store:     y.Store,
				Vault:     y.Vault,
				Platforms: y.Platforms,
				Resume:    y.Queue.Resume,
				Source:    "sandbox",
				Now: func() time.Time {
					if looked.Add(1) == 2 {
						found.Done()
						found.Wait()
					}
					return y.Now()
				},
			},
		)
		all.Go(func() {
			if _, err := c.Enter(y.Ctx, "tiktok", id); err == nil {
				passed.Add(1)
			} else if !fault.Is(err, fault.AppRefused) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if _, err := y.Connect.Grants.Enter(y.Ctx, "tiktok", id); err == nil {
		passed.Add(1)
	}
	if passed.Load() != 1 {
		t.Errorf("got %d let through, want one", passed.Load())
	}
	if err := y.Connect.Grants.Served(y.Ctx, "tiktok", id, y.Now()); err != nil {
		t.Fatal(err)
	}
	if since, _, err := y.Connect.Grants.Refusal(y.Ctx, "tiktok"); err != nil || !since.IsZero() {
		t.Errorf("got %s, %v, want the success to end it", since, err)
	}
}

// What lies in the spool and was not sealed by us for that connection and version is not used, whatever its name
// and its version say.
func TestAForgedAnswerInTheSpool(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("forged@example.test"), "tiktok", sandbox.Choice{})
	before := row(y, id)
	spool := filepath.Join(t.TempDir(), "spool")
	if err := os.Mkdir(spool, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(spool, id+".token")
	forged := `{"connection":"` + id + `","version":2,"access":"Zm9yZ2Vk","refresh":"Zm9yZ2Vk","issued":"2026-11-24T12:00:00Z","scopes":[]}`
	if err := os.WriteFile(file, []byte(forged), 0o600); err != nil || before.TokenVersion != 1 {
		t.Fatal(before.TokenVersion, err)
	}
	saved, err := process(y, spool, "never").Unspool(y.Ctx)
	after := row(y, id)
	if err != nil || saved != 0 || after.TokenVersion != before.TokenVersion ||
		string(*after.AccessSealed) != string(*before.AccessSealed) {
		t.Errorf("got %d saved, version %d, %v, want it not used", saved, after.TokenVersion, err)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("got %v, want it removed", err)
	}
}

// What the terms delete leaves no answer of its connection in the spool.
func TestTheTermsEmptyTheSpool(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("spooled@example.test"), "youtube", sandbox.Choice{})
	y.Store.Client.Connection.UpdateOneID(id).
		SetStatus(connection.StatusNeedsReconnect).
		SetDeleteBy(y.Now().Add(-time.Second)).
		ExecX(y.Ctx)
	spool := t.TempDir()
	file := filepath.Join(spool, id+".token")
	if err := os.WriteFile(file, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := connect.New(connect.Options{
		Store: y.Store, Grants: process(y, spool, "never").Grants, Platforms: y.Platforms, Queue: y.Queue, Source: "sandbox", Now: y.Now,
	})
	if got, err := c.Deletions.Sweep(y.Ctx); err != nil || len(got) != 1 || !got[0].Removed {
		t.Fatalf("got %v, %v, want the connection removed", got, err)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("got %v, want nothing left in the spool", err)
	}
}

// Resuming an account lifts its deletion at once, and a sync that comes back late lifts none of an account that
// was disconnected meanwhile.
func TestWhatLiftsADeletion(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.AddAccount(y.Creator("lifts@example.test"), "youtube", sandbox.Choice{})
	if err := y.Connect.Pause(y.Ctx, id); err != nil || row(y, id).DeleteBy == nil {
		t.Fatalf("got %v, %v, want a day of deletion while it is paused", row(y, id).DeleteBy, err)
	}
	if err := y.Connect.Resume(y.Ctx, id); err != nil || row(y, id).DeleteBy != nil {
		t.Errorf("resumed: got %v, %v, want it lifted", row(y, id).DeleteBy, err)
	}
	c := row(y, id)
	if _, err := y.Connect.Disconnect(y.Ctx, c.OwnerID, id, false); err != nil {
		t.Fatal(err)
	}
	err := y.Store.Tx(y.Ctx, func(tx store.Tx) error {
		return y.Connect.Grants.Seen(
			y.Ctx,
			tx,
			id,
			c.TokenVersion,
			platform.Profile{ExternalID: c.ExternalID},
			false,
			false,
			"",
		)
	})
	if err != nil || row(y, id).DeleteBy == nil {
		t.Errorf("disconnected: got %v, %v, want it deleted in its time", row(y, id).DeleteBy, err)
	}
}
