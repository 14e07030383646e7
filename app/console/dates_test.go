package console

import (
	"testing"

	"github.com/truecount/truecount/ent/run"
)

// D3: the first and the last day there are select what lies within them.
func TestFarDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Run("tiktok", run.StateSuccess, day)
	for _, q := range []RunQuery{{From: "0000-01-01"}, {To: "9999-12-31"}, {From: "0001-01-01", To: "9999-12-30"}, {From: "2026-11-23", To: "2026-11-23"}} {
		got, err := w.co.RunList(w.Ctx, q)
		w.Must(err)
		if len(got.Rows) != 1 {
			t.Errorf("%s to %s: got %d runs, want 1", q.From, q.To, len(got.Rows))
		}
	}
}
