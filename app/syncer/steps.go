package syncer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/schema"
	"github.com/truecount/truecount/ent/synclog"
)

// entry is the row of one step.
type entry struct {
	step       platform.Step
	start, end time.Time
	calls      int64
	trace      []schema.Call
	items      int
	err        error // the step failed
	gap        error // a part of it is missing
}

// addStep writes a step down that began at start, when calls had been made.
func (a *attempt) addStep(step platform.Step, start time.Time, calls int64, items int, err error, gap *platform.Error) {
	e := entry{
		step:  step,
		start: start,
		end:   a.s.o.Now(),
		calls: a.meter.Calls() - calls,
		items: items,
		err:   err,
		trace: a.callsMade(),
	}
	if gap != nil {
		e.gap = gap
	}
	a.entries = append(a.entries, e)
	for _, err := range []error{e.err, e.gap} {
		a.limited = a.limited || hit(err)
	}
}

// callsMade gives the calls made since the last step was written down.
func (a *attempt) callsMade() []schema.Call {
	all := a.meter.Trace()
	fresh := all[min(a.noted, len(all)):]
	a.noted = len(all)
	out := make([]schema.Call, len(fresh))
	for i, c := range fresh {
		out[i] = schema.Call{
			Method: c.Method, Endpoint: c.Endpoint, Status: c.Status, Failure: string(c.Kind),
			Millis: c.Took.Milliseconds(), Units: c.Units, At: c.At.UTC().Truncate(time.Millisecond),
		}
	}
	return out
}

// failedStep is the step that failed, or else the last of which a part is missing.
func (a *attempt) failedStep() platform.Step {
	var out platform.Step
	for _, e := range a.entries {
		if e.err != nil {
			return e.step
		}
		if e.gap != nil {
			out = e.step
		}
	}
	return out
}

// rows makes the log rows on the transaction's client.
func (a *attempt) rows(tx store.Tx) []*ent.SyncLogCreate {
	out := make([]*ent.SyncLogCreate, len(a.entries))
	for i, e := range a.entries {
		c := tx.SyncLog.Create().SetConnectionID(a.conn.ID).SetRunID(a.run.ID).SetPlatform(a.run.Platform).
			SetSyncType(synclog.SyncType(e.step)).SetStatus(synclog.StatusSuccess).SetItemsSynced(e.items).
			SetStartedAt(e.start).SetCompletedAt(e.end).SetDuration(e.end.Sub(e.start).Milliseconds()).
			SetAttempt(a.no).SetAPICalls(e.calls)
		if len(e.trace) > 0 {
			c.SetCalls(e.trace)
		}
		cause := e.err
		switch {
		case e.err != nil:
			c.SetStatus(synclog.StatusFailed)
		case e.gap != nil:
			c.SetStatus(synclog.StatusPartial)
			cause = e.gap
		}
		if cause != nil {
			c.SetErrorCode(string(fault.CodeOf(cause))).SetErrorMessage(Words(cause))
		}
		if p, ok := platform.AsError(cause); ok {
			c.SetSample(p.Sample)
			if hit(p) {
				c.SetRateLimitHit(true)
				if p.RetryAfter > 0 {
					c.SetRateLimitReset(e.end.Add(p.RetryAfter))
				}
			}
		}
		out[i] = c
	}
	return out
}

// hit reports that a platform told us to wait. Our own pace, which asked nobody, is no hit.
func hit(err error) bool {
	p, ok := platform.AsError(err)
	return ok && (p.Code == fault.RateLimit || p.Code == fault.QuotaExhausted) && p.Status >= 0 && !neverSent(p)
}

// Words is what an admin reads: our own words and the platform's code, never a body or a URL.
func Words(err error) string {
	if p, ok := platform.AsError(err); ok {
		s := string(p.Step) + ":"
		if p.Status > 0 {
			s += fmt.Sprintf(" http %d", p.Status)
		}
		if p.Native != "" {
			s += " code " + p.Native
		}
		if p.Detail != "" {
			s += " " + p.Detail
		}
		if p.Metric != "" {
			s += " (" + p.Metric + ")"
		}
		if p.LogID != "" {
			s += " log id " + p.LogID
		}
		if s == string(p.Step)+":" {
			s += " " + inGeneral(p.Code)
		}
		return s
	}
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Message.String()
	}
	return inGeneral(fault.CodeOf(err))
}

// inGeneral is a code said in general, for an error that says nothing more.
func inGeneral(c fault.Code) string {
	w := words.English
	switch c {
	case fault.Timeout:
		return w.Say("errors.code.timeout")
	case fault.Network:
		return w.Say("errors.code.network")
	case fault.RateLimit:
		return w.Say("errors.code.rateLimit")
	case fault.QuotaExhausted:
		return w.Say("errors.code.quota")
	case fault.PlatformError:
		return w.Say("errors.code.platform")
	case fault.BadResponse:
		return w.Say("errors.code.response")
	case fault.AuthFailed, fault.AuthRevoked:
		return w.Say("errors.code.refused")
	case fault.AuthExpired:
		return w.Say("errors.code.expired")
	case fault.ScopeMissing:
		return w.Say("errors.code.permission")
	case fault.NotFound:
		return w.Say("errors.code.gone")
	case fault.AppRefused:
		return w.Say("errors.code.app")
	default:
		return w.Say("errors.code.internal")
	}
}

func (a *attempt) stepToken(ctx context.Context) error {
	start, calls := a.s.o.Now(), a.meter.Calls()
	var err error
	a.token, a.version, err = a.s.o.Grants.Fresh(ctx, a.conn.ID, 0)
	a.addStep(platform.StepToken, start, calls, 0, err, nil)
	return err
}

func (a *attempt) stepProfile(ctx context.Context) error {
	start, calls := a.s.o.Now(), a.meter.Calls()
	a.asked = start
	var profile platform.Profile
	err := a.ask(ctx, func(t platform.Token) error {
		var err error
		profile, err = a.p.Profile(ctx, t)
		return err
	})
	if err == nil && profile.ExternalID != a.conn.ExternalID {
		err = &platform.Error{
			Platform: a.run.Platform,
			Step:     platform.StepProfile,
			Code:     fault.BadResponse,
			Detail:   words.English.Say("errors.detail.otherAccount"),
		}
	}
	if err != nil {
		a.addStep(platform.StepProfile, start, calls, 0, err, nil)
		return a.markLost(ctx, err, true)
	}
	a.profile = &profile
	gap := first(profile.Gaps)
	a.gaps = append(a.gaps, profile.Gaps...)
	a.addStep(platform.StepProfile, start, calls, 1, nil, gap)
	return nil
}

func (a *attempt) stepPosts(ctx context.Context) error {
	start, calls := a.s.o.Now(), a.meter.Calls()
	later, err := a.postsAffordable(ctx)
	if err != nil {
		return err
	}
	if later != nil {
		a.gaps = append(a.gaps, later)
		a.addStep(platform.StepPosts, start, calls, 0, nil, later)
		return nil
	}
	q, err := a.query(ctx)
	if err != nil {
		return err
	}
	var batch platform.Batch
	err = a.ask(ctx, func(t platform.Token) error {
		var err error
		batch, err = a.p.Posts(ctx, t, q)
		return err
	})
	a.posts, a.gone, a.listed, a.read, a.page = batch.Posts, batch.Gone, batch.Listed, err == nil, batch.Page
	var posts, metrics []*platform.Error
	for _, g := range batch.Gaps {
		if g.Step == platform.StepMetrics {
			metrics = append(metrics, g)
		} else {
			posts = append(posts, g)
		}
	}
	if fault.CodeOf(err) == fault.ScopeMissing { // the list itself was not permitted: known, and no failure
		p, _ := platform.AsError(err)
		posts, err = append(posts, p), nil
	}
	a.gaps = append(append(a.gaps, posts...), metrics...)
	a.addStep(platform.StepPosts, start, calls, len(a.posts), err, first(posts))
	at, n := a.s.o.Now(), len(a.snapshots())
	a.addStep(platform.StepMetrics, at, a.meter.Calls(), n, nil, first(metrics))
	return a.markLost(ctx, err, false)
}

func first(gaps []*platform.Error) *platform.Error {
	if len(gaps) == 0 {
		return nil
	}
	return gaps[0]
}
