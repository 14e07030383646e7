package syncer

import (
	"context"
	"fmt"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent/run"
)

// scheduled reports whether this attempt is the night's work, which waits when little is left.
func (a *attempt) scheduled() bool { return a.run.Trigger == run.TriggerSchedule }

// checkQuota keeps a scheduled attempt from beginning when only the people's part is left.
func (a *attempt) checkQuota(ctx context.Context) error {
	if !a.scheduled() {
		return nil
	}
	b, known, err := a.s.o.Planner.Budget(ctx, a.run.Platform)
	if err != nil || !known || b.Left >= a.p.Spec().Price.Profile {
		return err
	}
	return &platform.Error{
		Platform: a.run.Platform, Step: platform.StepToken, Code: fault.QuotaExhausted, Status: -1,
		RetryAfter: b.Until.Sub(a.s.o.Now()), AppWide: true,
		Detail: words.English.Say("errors.detail.reserve"),
	}
}

// postsAffordable says why a scheduled attempt leaves the posts to another day: what is left is needed for the
// profiles of those who wait. Nil: it reads them.
func (a *attempt) postsAffordable(ctx context.Context) (*platform.Error, error) {
	if !a.scheduled() {
		return nil, nil
	}
	b, known, err := a.s.o.Planner.Budget(ctx, a.run.Platform)
	if err != nil || !known {
		return nil, err
	}
	price := a.p.Spec().Price
	waiting, err := a.s.o.Store.Read.Run.Query().
		Where(run.Platform(a.run.Platform), run.CompletedAtIsNil(), run.KindEQ(run.KindSync), run.IDNEQ(a.run.ID),
			run.StateNEQ(run.StateRunning), run.Or(run.NextAttemptAtIsNil(), run.NextAttemptAtLT(b.Until))).
		Count(ctx)
	if err != nil {
		return nil, fmt.Errorf("count who waits on %s: %w", a.run.Platform, err)
	}
	if b.Left-price.Posts >= int64(waiting)*price.Profile {
		return nil, nil
	}
	return &platform.Error{
		Platform: a.run.Platform, Step: platform.StepPosts, Code: fault.QuotaExhausted, Status: -1, AppWide: true,
		Detail: words.English.Say("errors.detail.postsLater"),
	}, nil
}
