package syncer

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/ent/quotause"
	"github.com/truecount/truecount/ent/run"
)

// When a day's allowance of the whole app is short, the night's work is thrifty: every profile comes
// before any posts, those whose posts are oldest come first, and a part stays for whoever asks by day.

// budget is what the schedule may still spend on a platform today.
type budget struct {
	left  int64
	until time.Time // when the day ends
}

// budget reads what is left; false where no day limits the app.
func (s *Syncer) budget(ctx context.Context, platformID string) (budget, bool, error) {
	p, ok := s.o.Platforms.Get(platformID)
	if !ok {
		return budget{}, false, nil
	}
	limit := int64(0)
	settings, _ := s.o.Platforms.Settings(platformID)
	for _, l := range p.Spec().Limits {
		if l.Suffix != platform.MainBucket || l.By != outbound.ByApp {
			continue
		}
		for _, r := range settings.Quotas[platform.MainBucket] {
			if r.Per == "day" {
				limit = r.Limit
			}
		}
	}
	if limit == 0 {
		return budget{}, false, nil
	}
	now := s.o.Now()
	rows, err := s.o.Store.Read.QuotaUse.Query().Where(quotause.Platform(platformID), quotause.Bucket(platform.MainBucket), quotause.Scope(""),
		quotause.WindowStartLTE(now), quotause.WindowEndGT(now)).All(ctx)
	if err != nil {
		return budget{}, false, fmt.Errorf("read what is left of %s: %w", platformID, err)
	}
	b := budget{left: limit - limit/platform.KeptShare}
	for _, r := range rows {
		b.left, b.until = b.left-r.Used-r.Reserved, r.WindowEnd
	}
	return b, len(rows) > 0, nil // nothing was spent yet: there is enough
}

// thrifty reports whether this attempt is the night's work, which waits when little is left.
func (a *attempt) thrifty() bool { return a.run.Trigger == run.TriggerSchedule }

// afford keeps a scheduled attempt from beginning when only the people's part is left.
func (a *attempt) afford(ctx context.Context) error {
	if !a.thrifty() {
		return nil
	}
	b, known, err := a.s.budget(ctx, a.run.Platform)
	if err != nil || !known || b.left >= a.p.Spec().Price.Profile {
		return err
	}
	return &platform.Error{
		Platform: a.run.Platform, Step: platform.StepToken, Code: fault.QuotaExhausted, Status: -1, RetryAfter: b.until.Sub(a.s.o.Now()), AppWide: true,
		Detail: "today's allowance is spent but for what is kept for people who ask",
	}
}

// light says why a scheduled attempt leaves the posts to another day: what is left is needed for the
// profiles of those who wait. Nil: it reads them.
func (a *attempt) light(ctx context.Context) (*platform.Error, error) {
	if !a.thrifty() {
		return nil, nil
	}
	b, known, err := a.s.budget(ctx, a.run.Platform)
	if err != nil || !known {
		return nil, err
	}
	price := a.p.Spec().Price
	waiting, err := a.s.o.Store.Read.Run.Query().Where(run.Platform(a.run.Platform), run.CompletedAtIsNil(), run.KindEQ(run.KindSync), run.IDNEQ(a.run.ID),
		run.StateNEQ(run.StateRunning), run.Or(run.NextAttemptAtIsNil(), run.NextAttemptAtLT(b.until))).Count(ctx)
	if err != nil {
		return nil, fmt.Errorf("count who waits on %s: %w", a.run.Platform, err)
	}
	if b.left-price.Posts >= int64(waiting)*price.Profile {
		return nil, nil
	}
	return &platform.Error{
		Platform: a.run.Platform, Step: platform.StepPosts, Code: fault.QuotaExhausted, Status: -1, AppWide: true,
		Detail: "what is left of today's allowance goes to the profiles of other accounts; these posts are among the first tomorrow",
	}, nil
}
