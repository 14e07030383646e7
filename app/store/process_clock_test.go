package store_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
)

// J6: replicas whose machines are ten minutes apart go by one clock, the database's, so that none takes a
// run or a lease of another for abandoned, and no token for ended.
func TestReplicasAgreeOnTheTime(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), storetest.PostgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	var clocks []*store.Clock
	for _, off := range []time.Duration{0, 10 * time.Minute, -10 * time.Minute, 300 * time.Millisecond} {
		c := &store.Clock{Local: func() time.Time { return time.Now().Add(off) }}
		if err := c.Set(t.Context(), s, slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
		clocks = append(clocks, c)
	}
	for i, c := range clocks {
		if d := c.Now().Sub(clocks[0].Now()).Abs(); d > 30*time.Second { // a slow machine may be asked late
			t.Errorf("clock %d: got %s from the first, want them together", i, d)
		}
	}
	if skew := clocks[3].Correction(); skew != 0 && skew.Abs() < time.Second {
		t.Errorf("got %s corrected, want less than a second left alone", skew)
	}
}
