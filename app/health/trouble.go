package health

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/hold"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/run"
)

// platformFaults are the codes that tell of the platform, not of one account or of us.
var platformFaults = []string{
	string(fault.Timeout),
	string(fault.Network),
	string(fault.PlatformError),
	string(fault.BadResponse),
}

// readTrouble finds each platform's last success and counts what has gone wrong since.
func (h *Health) readTrouble(ctx context.Context, f *Facts) error {
	pauses, err := h.db.Hold.Query().Where(hold.CodeEQ(platform.PausedCode)).All(ctx)
	if err != nil {
		return fmt.Errorf("read what is paused: %w", err)
	}
	for _, p := range pauses {
		if of := f.Platforms[platform.PausedBy(p.ID)]; of != nil {
			of.Paused = store.UTC(&p.Since)
		}
	}
	h.remembering.Lock()
	defer h.remembering.Unlock()
	if h.last.trouble == nil || !h.reusable(f) {
		found := map[string]troubleFacts{}
		for id := range f.Platforms {
			if found[id], err = h.troubleOf(ctx, f, id); err != nil {
				return err
			}
		}
		h.last.trouble = found
	}
	for id, t := range h.last.trouble {
		p := f.Platforms[id]
		p.LastSuccess, p.Refused, p.Broken = t.lastSuccess, t.refused, t.broken
		held, err := h.db.Hold.Query().
			Where(hold.ID(id), hold.UntilGT(f.Now.Add(-platform.DoubtFor))).
			All(ctx)
			// the next probe may be on its way
		if err != nil {
			return fmt.Errorf("read whether %s is held: %w", id, err)
		}
		for _, x := range held {
			p.Refused, p.Refusal = max(p.Refused, 1), x.Detail
		}
	}
	return nil
}

func (h *Health) troubleOf(ctx context.Context, f *Facts, id string) (t troubleFacts, err error) {
	last, err := h.db.Run.Query().
		Where(run.Platform(id), run.KindEQ(run.KindSync), run.CompletedAtNotNil(), run.StateIn(lifecycle.GoodRuns()...)).
		Where(f.Runs...).
		Order(run.ByCompletedAt(sql.OrderDesc())).Select(run.FieldCompletedAt).First(ctx)
	if err != nil && !ent.IsNotFound(err) {
		return t, fmt.Errorf("find the last success: %w", err)
	}
	if last != nil {
		t.lastSuccess = store.UTC(last.CompletedAt)
	}
	if t.refused, err = h.since(ctx, f, id, t.lastSuccess, 7*day, string(fault.AppRefused)); err != nil {
		return t, err
	}
	t.broken, err = h.since(ctx, f, id, t.lastSuccess, day, platformFaults...)
	return t, err
}

// since counts the runs with one of the codes that ended, or are tried again, since the platform's
// last success, at most so long ago.
func (h *Health) since(
	ctx context.Context,
	f *Facts,
	id string,
	last *time.Time,
	most time.Duration,
	codes ...string,
) (int, error) {
	from := f.Now.Add(-most)
	if last != nil && last.After(from) {
		from = *last
	}
	n := 0
	for _, part := range []predicate.Run{ // apart, so that each finds its index
		run.And(run.CompletedAtGT(from), run.StateIn(lifecycle.FailedRuns()...)),
		run.And(run.CompletedAtIsNil(), run.StartedAtGT(from), run.StateIn(lifecycle.PostponedRuns()...)),
	} {
		m, err := h.db.Run.Query().Where(run.Platform(id), run.ErrorCodeIn(codes...), part).Where(f.Runs...).Count(ctx)
		if err != nil {
			return 0, fmt.Errorf("count troubled runs: %w", err)
		}
		n += m
	}
	return n, nil
}
