package store_test

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/clock"
)

// D1: twenty writers that each read, add and write twenty times lose nothing and are never told to come
// again. On PostgreSQL, where two may read the same, whoever lost tries again.
func TestContention(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	number := func(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
	s.Client.Meta.Create().SetID("n").SetValue(number(0)).ExecX(ctx)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for range 20 {
				err := s.Tx(ctx, func(tx store.Tx) error {
					if !s.Embedded() {
						if _, err := tx.ExecContext(ctx, `SELECT 1 FROM meta WHERE id = 'n' FOR UPDATE`); err != nil {
							return err
						}
					}
					row, err := tx.Meta.Get(ctx, "n")
					if err != nil {
						return err
					}
					return tx.Meta.UpdateOneID("n").SetValue(number(binary.BigEndian.Uint64(row.Value) + 1)).Exec(ctx)
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := binary.BigEndian.Uint64(s.Client.Meta.GetX(ctx, "n").Value); got != 400 {
		t.Errorf("got %d, want 400", got)
	}
}

// What a transaction did before it failed or panicked is not there, and the next one works.
func TestATransactionThatFails(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	boom := errors.New("boom")
	if err := s.Tx(ctx, func(tx store.Tx) error {
		tx.Meta.Create().SetID("a").SetValue([]byte("x")).ExecX(ctx)
		return boom
	}); !errors.Is(err, boom) {
		t.Errorf("got %v, want its own error", err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("got no panic, want it to go on")
			}
		}()
		_ = s.Tx(ctx, func(tx store.Tx) error {
			tx.Meta.Create().SetID("b").SetValue([]byte("x")).ExecX(ctx)
			panic("boom")
		})
	}()
	if n := s.Client.Meta.Query().CountX(ctx); n != 0 {
		t.Errorf("got %d rows, want none", n)
	}
	if err := s.Tx(ctx, func(tx store.Tx) error { return tx.Meta.Create().SetID("c").SetValue([]byte("x")).Exec(ctx) }); err != nil {
		t.Errorf("afterwards: got %v, want it to work", err)
	}
}

// D3: times written in any zone are read back as the same moment and compare like moments.
func TestZones(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	zones := []*time.Location{
		time.UTC,
		time.FixedZone("+14", 14*3600),
		time.FixedZone("-12", -12*3600),
		time.FixedZone("+5:45", 5*3600+45*60),
	}
	for _, name := range []string{"America/New_York", "Australia/Lord_Howe"} {
		if z, err := time.LoadLocation(name); err == nil {
			zones = append(zones, z)
		}
	}
	zone := func() *time.Location { return zones[rand.IntN(len(zones))] }
	base := time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC)
	moments := map[string]time.Time{}
	for i := range 200 {
		id := string(rune('a'+i/26)) + string(rune('a'+i%26))
		at := base.Add(time.Duration(rand.Int64N(int64(72 * time.Hour)))).Truncate(time.Microsecond)
		moments[id] = at
		s.Client.Clock.Create().SetID(id).SetLastAt(at.In(zone())).ExecX(ctx)
	}
	for range 50 {
		pivot := base.Add(time.Duration(rand.Int64N(int64(72 * time.Hour))))
		want := 0
		for _, at := range moments {
			if at.Before(pivot) {
				want++
			}
		}
		if got := s.Client.Clock.Query().Where(clock.LastAtLT(pivot.In(zone()))).CountX(ctx); got != want {
			t.Errorf("before %s: got %d, want %d", pivot, got, want)
		}
	}
	for _, row := range s.Client.Clock.Query().AllX(ctx) {
		if !row.LastAt.Equal(moments[row.ID]) {
			t.Errorf("got %s, want %s", row.LastAt, moments[row.ID])
		}
	}
	var last time.Time
	for _, row := range s.Client.Clock.Query().Order(clock.ByLastAt()).AllX(ctx) {
		if row.LastAt.Before(last) {
			t.Errorf("got %s after %s, want them in order", row.LastAt, last)
		}
		last = *row.LastAt
	}
}

// A look whether somebody serves keeps nobody from beginning to.
func TestLookingKeepsNobodyFromServing(t *testing.T) {
	t.Parallel()
	if storetest.Postgres() {
		t.Skip("any number may serve on PostgreSQL")
	}
	s := storetest.New(t)
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					s.Served()
				}
			}
		})
	}
	for range 50 {
		other, err := store.Open(t.Context(), "sqlite://"+s.Path)
		if err != nil {
			t.Fatal(err)
		}
		if err := other.LockServe(); err != nil {
			t.Error(err)
		}
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	}
	close(done)
	wg.Wait()
}

// N1: several processes that look at once, for the first time, all find that the database takes writes.
func TestWritableAtOnce(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := s.Writable(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
