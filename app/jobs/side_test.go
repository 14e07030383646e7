package jobs_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/truecount/truecount/app/jobs"
	"github.com/truecount/truecount/app/jobs/jobstest"
)

// A chore that hangs, as a mail server that never answers makes it, holds up neither the tick nor what watches it, nor
// the end; and the tick that hangs does not hold up the watch.
func TestWhatHangsHoldsUpNothing(t *testing.T) {
	t.Parallel()
	y := jobstest.New(t, jobstest.Options{})
	hang, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	watched, sent, ticked := newBell(), newBell(), newBell()
	q := runner(t, y, jobs.RunnerOptions{
		Zone: time.UTC, Workers: 1,
		Crons: map[string]string{"instagram": "0 3 * * *", "tiktok": "0 3 * * *", "youtube": "0 3 * * *"},
		OnTheSide: map[string]func(context.Context) error{
			"watch": func(context.Context) error { watched.ring(); return nil },
			"mail":  func(ctx context.Context) error { sent.ring(); <-ctx.Done(); return ctx.Err() },
		},
		EveryMinute: map[string]func(context.Context) error{
			"hang": func(context.Context) error { ticked.ring(); <-hang.Done(); return nil },
		},
	}, nil)
	if err := q.Start(y.Ctx, false); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]*bell{"the watch": watched, "the mail": sent, "the tick": ticked} {
		select {
		case <-b.rung:
		case <-time.After(30 * time.Second):
			t.Errorf("%s has not begun", name)
		}
	}
	stop()
	if err := q.Stop(y.Ctx, time.Second); err != nil {
		t.Error(err)
	}
}

// bell rings once.
type bell struct {
	once sync.Once
	rung chan struct{}
}

func newBell() *bell { return &bell{rung: make(chan struct{})} }

func (b *bell) ring() { b.once.Do(func() { close(b.rung) }) }
