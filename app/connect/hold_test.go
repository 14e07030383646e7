package connect_test

import (
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/sandbox"
)

// F12, F38: of all that come when a held platform may be asked again one is let through, and a success that was asked for
// before the platform refused ends nothing.
func TestOneProbeAndItsSuccess(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.Join(y.Creator("probe@example.test"), "tiktok", sandbox.Choice{})
	before := y.Now()
	y.Turn(time.Minute)
	refused := &platform.Error{Platform: "tiktok", Step: platform.StepProfile, Code: fault.AppRefused, Status: 403, AppWide: true}
	if err := y.Connect.Hold(y.Ctx, refused); err != nil {
		t.Fatal(err)
	}
	if err := y.Connect.Served(y.Ctx, "tiktok", id, before); err != nil {
		t.Fatal(err)
	}
	if since, _, err := y.Connect.Refusal(y.Ctx, "tiktok"); err != nil || since.IsZero() {
		t.Fatalf("got %s, %v, want the hold to outlive an earlier call's success", since, err)
	}
	y.Turn(15*time.Minute + time.Second)
	rooms := []*jobstest.Yard{y, y.Another(), y.Another()}
	var passed atomic.Int64
	var all sync.WaitGroup
	for i := range 9 {
		all.Go(func() {
			if _, err := rooms[i%3].Connect.Enter(y.Ctx, "tiktok", id); err == nil {
				passed.Add(1)
			} else if !fault.Is(err, fault.AppRefused) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if _, err := y.Connect.Enter(y.Ctx, "tiktok", id); err == nil {
		passed.Add(1)
	}
	if passed.Load() != 1 {
		t.Errorf("got %d let through, want one", passed.Load())
	}
	if err := y.Connect.Served(y.Ctx, "tiktok", id, y.Now()); err != nil {
		t.Fatal(err)
	}
	if since, _, err := y.Connect.Refusal(y.Ctx, "tiktok"); err != nil || !since.IsZero() {
		t.Errorf("got %s, %v, want the success to end it", since, err)
	}
}

// F4, F38: what lies in the spool and was not sealed by us for that connection and version is not used, whatever its name
// and its version say.
func TestAForgedAnswerInTheSpool(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	id := y.Join(y.Creator("forged@example.test"), "tiktok", sandbox.Choice{})
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
	if err != nil || saved != 0 || after.TokenVersion != before.TokenVersion || string(*after.AccessSealed) != string(*before.AccessSealed) {
		t.Errorf("got %d saved, version %d, %v, want it not used", saved, after.TokenVersion, err)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("got %v, want it removed", err)
	}
}
