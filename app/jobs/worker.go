package jobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/app/viewer"
)

// syncArgs is all a job knows. One job stands for one run.
type syncArgs struct {
	RunID string `json:"run_id"`
}

// Kind names the job in the queue's tables.
func (syncArgs) Kind() string { return "sync" }

// slotWait is how long a job waits for a slot before others have a go: shorter than what is taken for
// abandoned.
const slotWait = 20 * time.Second

type worker struct {
	river.WorkerDefaults[syncArgs]
	runner *Runner
}

// Attempt makes one attempt of a run here and now. The zero Decision means that somebody else has it
// or that it is over; an error, that its outcome could not be stored.
func (r *Runner) Attempt(ctx context.Context, runID string) (syncer.Decision, error) {
	return r.o.Syncer.Run(viewer.System(ctx, viewer.ReasonSync), runID, r.verdict)
}

// Work makes one attempt. The run's own row says what happens next; the queue only carries it
// there: a wait is a snooze, which holds no worker and counts no attempt.
func (w *worker) Work(ctx context.Context, job *river.Job[syncArgs]) error {
	r := w.runner
	soon, done := context.WithTimeout(ctx, slotWait)
	back, err := r.slots.take(soon, job.Queue)
	done()
	if err != nil {
		return river.JobSnooze(0) // this process ends, or all it has is at work: nothing was begun
	}
	defer back()
	ctx, cancel := context.WithTimeout(ctx, attemptLimit)
	defer cancel()
	d, err := r.Attempt(ctx, job.Args.RunID)
	if err != nil {
		r.queue.o.Log.ErrorContext(ctx, "a run's outcome could not be stored", "run", job.Args.RunID, "error", err)
		return river.JobSnooze(databaseRetry) // the database is in trouble, and the job must outlast that
	}
	if d.State != "" && !d.Early {
		r.o.Report(ctx, job.Args.RunID, job.Queue, d)
	}
	if d.Ended() {
		return nil
	}
	return river.JobSnooze(max(0, d.At.Sub(r.queue.o.Now())))
}

// databaseRetry is after how long a job looks again whether its run's outcome can be stored.
const databaseRetry = 15 * time.Second

// errorsOnly keeps the queue library's chatter out of the log: what matters of it is in our own tables.
type errorsOnly struct{ slog.Handler }

// Enabled lets errors alone through.
func (h errorsOnly) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelError && h.Handler.Enabled(ctx, l)
}

// Handle drops what is the ordinary end of a stopped process.
func (h errorsOnly) Handle(ctx context.Context, r slog.Record) error {
	if ctx.Err() != nil {
		return nil //nolint:nilerr // whose process stops has no failure to tell
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps the filter.
func (h errorsOnly) WithAttrs(a []slog.Attr) slog.Handler { return errorsOnly{h.Handler.WithAttrs(a)} }

// WithGroup keeps the filter.
func (h errorsOnly) WithGroup(n string) slog.Handler { return errorsOnly{h.Handler.WithGroup(n)} }
