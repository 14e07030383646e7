package grants_test

import (
	"context"
	"errors"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/vault"
	"github.com/truecount/truecount/ent/connection"
)

// T3: the keys are rotated while tokens are read and renewed, stopped half way and gone on with; then the
// old key is taken out, and every token still opens, in a process that was never told too. GRANTS=10000 makes
// it as large as the requirement says.
func TestKeysRotate(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	owner := y.Creator("rotate@example.test")
	many := 60
	if n, err := strconv.Atoi(os.Getenv("GRANTS")); err == nil {
		many = n
	}
	var ids []string
	for i, a := range y.World.AddAccounts("tiktok", many) {
		ids = append(ids, y.AddAccount(owner, "tiktok", sandbox.Choice{Account: a.ID}))
		if i%200 == 199 {
			y.Advance(time.Minute) // TikTok takes so many a minute
		}
	}
	if err := y.Connect.Grants.Keys.CheckKeys(y.Ctx); err != nil {
		t.Fatal(err)
	}
	server := y.SecondProcess()
	stop, halt := context.WithCancel(y.Ctx)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := w; stop.Err() == nil; i++ {
				id := ids[i%many]
				refused := int64(0)
				if i%7 == 0 {
					refused = server.Store.Client.Connection.GetX(y.Ctx, id).TokenVersion
				}
				if _, _, err := server.Connect.Grants.Fresh(y.Ctx, id, refused); err != nil {
					t.Errorf("a token could not be read while the keys were rotated: %v", err)
					return
				}
			}
		})
	}
	began := time.Now()
	if err := vault.Rotate(y.Vault.File()); err != nil {
		t.Fatal(err)
	}
	half, cut := context.WithCancel(y.Ctx)
	if _, err := y.Connect.Grants.Keys.Reseal(half, func(int) { cut() }); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if _, err := y.Connect.Grants.Keys.Reseal(y.Ctx, nil); err != nil {
		t.Fatal(err)
	}
	halt()
	wg.Wait()
	if _, err := y.Connect.Grants.Keys.Reseal(y.Ctx, nil); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d connections sealed anew in %s", many, time.Since(began).Round(time.Millisecond))
	if n, err := y.Connect.Grants.Keys.Outdated(y.Ctx); n != 0 || err != nil {
		t.Errorf("got %d rows on an old key, %v, want none", n, err)
	}
	if err := vault.Prune(y.Vault.File()); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		for _, p := range []*jobstest.Harness{y, server} {
			if _, _, err := p.Connect.Grants.Fresh(y.Ctx, id, 0); err != nil {
				t.Fatalf("after the old key is gone: %v", err)
			}
		}
	}
	// T4: the word that a start is checked against went along; another keyset is refused.
	fresh, err := vault.Load(fault.Secret(y.Vault.File()))
	if err != nil {
		t.Fatal(err)
	}
	y.Vault = fresh
	if err := y.SecondProcess().Connect.Grants.Keys.CheckKeys(y.Ctx); err != nil {
		t.Errorf("with the keyset of one key: %v", err)
	}
	n := y.Store.Client.Connection.Query().Where(connection.StatusEQ(connection.StatusConnected)).CountX(y.Ctx)
	if n != many {
		t.Errorf("got %d connections connected, want all %d", n, many)
	}
}
