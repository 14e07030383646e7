package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"github.com/truecount/truecount/app/syncer"
)

// RunnerOptions is what a Runner is made of.
type RunnerOptions struct {
	Queue   *Queue
	Syncer  *syncer.Syncer
	Workers int               // accounts synced at once in this process; at least 1
	Zone    *time.Location    // of the schedules
	Crons   map[string]string // platform id -> cron line
	Report  Report            // told what became of each attempt. May be nil.
	// EveryMinute is done one after another in the minute's tick, after what is due was enqueued. What fails is logged.
	EveryMinute map[string]func(context.Context) error
	// OnTheSide is what waits for others (mail, messages, platforms) or watches the tick itself: each has a clock of its
	// own, every minute, and none holds another up.
	OnTheSide map[string]func(context.Context) error
}

// Runner takes work from the queue and keeps the clock. It makes what Start began stop with Stop.
type Runner struct {
	o      RunnerOptions
	queue  *Queue
	engine engine
	clock  clock
	slots  slots

	scan    sync.Mutex
	scanned string // the run up to which jobs were looked for
}

// NewRunner makes a Runner; it takes no work before Start or Work.
func NewRunner(o RunnerOptions) (*Runner, error) {
	if o.Workers < 1 {
		o.Workers = 1
	}
	if o.Report == nil {
		o.Report = func(context.Context, string, string, syncer.Decision) {}
	}
	var platforms []string
	for _, s := range o.Queue.o.Platforms.Specs() {
		platforms = append(platforms, s.ID)
	}
	r := &Runner{o: o, queue: o.Queue, slots: newSlots(platforms, o.Workers)}
	cfg, err := r.config()
	if err != nil {
		return nil, err
	}
	r.engine, err = open(o.Queue.o.Store, cfg)
	return r, err
}

const (
	attemptLimit = 2 * time.Minute                          // of one attempt
	jobLimit     = attemptLimit + slotWait + 10*time.Second // of one that also waited for a slot
	rescueAfter  = 5 * time.Minute                          // a job whose process is gone goes to another one
)

func (r *Runner) config() (*river.Config, error) {
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, &worker{runner: r}); err != nil {
		return nil, fmt.Errorf("register the worker: %w", err)
	}
	queues := map[string]river.QueueConfig{}
	for id := range r.slots.own {
		queues[id] = river.QueueConfig{MaxWorkers: r.slots.most()}
	}
	if len(queues) == 0 {
		queues[river.QueueDefault] = river.QueueConfig{MaxWorkers: 1}
	}
	return &river.Config{
		Queues: queues, Workers: workers,
		JobTimeout: jobLimit, RescueStuckJobsAfter: rescueAfter, CompletedJobRetentionPeriod: 48 * time.Hour,
		FetchCooldown: 10 * time.Millisecond, FetchPollInterval: 200 * time.Millisecond,
		Logger: slog.New(errorsOnly{r.queue.o.Log.Handler()}), PollOnly: r.queue.o.Store.Embedded(),
	}, nil
}
