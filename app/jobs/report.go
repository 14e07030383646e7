package jobs

import (
	"context"
	"log/slog"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/app/syncer/planner"
)

// Report is told what became of an attempt.
type Report func(ctx context.Context, runID, platform string, d syncer.Decision)

// Reporter gives a function that logs what became of an attempt, and tells failed of a run that gave up. failed may be
// nil. The Runner reports what its jobs made; the syncer reports what was stored later.
func Reporter(log *slog.Logger, failed func(runID, platform string, d syncer.Decision)) Report {
	return func(ctx context.Context, runID, platform string, d syncer.Decision) {
		if failed != nil && (d.State == planner.StateFailed || d.State == planner.StateDead) {
			failed(runID, platform, d)
		}
		level := slog.LevelWarn
		switch {
		case d.Code == "", d.State == planner.StateQueued: // done, or given back: nobody has to do anything
			level = slog.LevelInfo
		case d.Code == fault.Internal, d.Code == fault.BadResponse: // ours to mend: nobody else will
			level = slog.LevelError
		default: // the platform's, or a wait
		}
		attrs := []slog.Attr{
			slog.String("run", runID),
			slog.String("platform", platform),
			slog.String("state", string(d.State)),
		}
		for _, a := range []slog.Attr{slog.String("step", string(d.Step)), slog.String("code", string(d.Code)),
			slog.String("words", d.Words)} {
			if a.Value.String() != "" {
				attrs = append(attrs, a)
			}
		}
		if d.Panic != nil {
			level, attrs = slog.LevelError, append(
				attrs,
				slog.String("panic", d.Panic.Value),
				slog.String("stack", d.Panic.Stack),
			)
		}
		log.LogAttrs(ctx, level, "sync", attrs...)
	}
}
