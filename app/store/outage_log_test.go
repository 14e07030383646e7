package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/store"
)

// An outage is one line when it begins, one a minute and one at its end, whoever fails because of it; what else goes
// wrong meanwhile is logged as ever.
func TestAnOutageIsThreeLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	c := store.NewOutageLog(slog.NewTextHandler(&out, nil), func() time.Time { return now })
	log := slog.New(c).With("process", "a").WithGroup("g")
	gone := fmt.Errorf("read run 1: %w", errors.New("dial tcp 127.0.0.1:5432: connect: connection refused"))
	lines := func() (all []string) {
		for _, l := range strings.Split(strings.TrimSpace(out.String()), "\n") {
			if l != "" {
				all = append(all, l)
			}
		}
		out.Reset()
		return all
	}
	works := func(err error) func(context.Context) error { return func(context.Context) error { return err } }
	c.Watch(t.Context(), works(nil))
	if got := lines(); len(got) != 0 {
		t.Errorf("got %q while all is well, want nothing", got)
	}
	for range 310 {
		log.Error("a run's outcome could not be stored", "error", gone)
		log.Error("Error fetching jobs", "err", gone.Error()) // as the queue's library does
		log.Error("jobcompleter.BatchCompleter: Too many errors; giving up")
		log.Warn("not ready", "error", gone) // each time that somebody asks
		now = now.Add(20 * time.Second / 310)
	}
	log.Error("sync", "code", "INTERNAL")
	log.Info("served")
	if got := lines(); len(got) != 3 || !strings.Contains(got[0], "the database does not work") ||
		!strings.Contains(got[0], "connection refused") {
		t.Errorf("got %q, want one line of the outage and the two others", got)
	}
	for range 4 { // a look each half minute
		now = now.Add(30 * time.Second)
		c.Watch(t.Context(), works(gone))
	}
	if got := lines(); len(got) != 2 || !strings.Contains(got[1], "failures=1240") {
		t.Errorf("got %q in two minutes, want a line a minute", got)
	}
	c.Watch(t.Context(), works(nil))
	c.Watch(t.Context(), works(nil))
	if got := lines(); len(got) != 1 || !strings.Contains(got[0], "works again") ||
		!strings.Contains(got[0], "after=2m20s") {
		t.Errorf("got %q, want its end once", got)
	}
	log.Error("jobcompleter.BatchCompleter: Too many errors; giving up")
	if got := lines(); len(got) != 1 {
		t.Errorf("got %q outside of an outage, want it logged", got)
	}
	log.Error("again", "error", gone)
	if got := lines(); len(got) != 1 {
		t.Errorf("got %q, want the next one told", got)
	}
}
