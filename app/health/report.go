package health

import (
	"context"
	"errors"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
)

// Report tells whether syncing is well. It answers also when the database does not: then that is
// the reason, and nothing is said of platforms that could not be read.
func (h *Health) Report(ctx context.Context) (*Report, error) {
	h.reporting.Lock()
	defer h.reporting.Unlock()
	began := h.clock()
	if h.report != nil && began.Before(h.until) {
		return h.report, nil
	}
	r, err := h.read(ctx)
	if err != nil {
		return nil, err
	}
	h.report, h.until = r, began.Add(store.ReuseFor(h.clock().Sub(began)))
	return r, nil
}

func (h *Health) read(ctx context.Context) (*Report, error) {
	r := &Report{CheckedAt: h.now(), Reasons: []Reason{}, Platforms: []Platform{}}
	refused := h.Writable(ctx)
	if refused != nil {
		r.Reasons = append(r.Reasons, NotWritable(refused))
	}
	f, err := h.Facts(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil, err // the asker has left: that says nothing of the database
		}
		if refused == nil {
			r.Reasons = append(
				r.Reasons,
				Reason{Code: ReasonDatabaseNotWritable, Message: words.New("health.reason.unreadable")},
			)
		}
		return r, nil //nolint:nilerr // an unreadable database is what this report is for
	}
	h.fill(r, f)
	return r, nil
}

// NotWritable is the reason for a database that takes no writes, or whose file is gone.
func NotWritable(refused error) Reason {
	message := words.New("health.reason.readOnly")
	if errors.Is(refused, store.ErrGone) {
		message = words.New("health.reason.gone")
	}
	return Reason{Code: ReasonDatabaseNotWritable, Message: message}
}

// ReportOf makes the report of facts that were read already.
func (h *Health) ReportOf(ctx context.Context, f *Facts) Report {
	r := Report{CheckedAt: f.Now, Reasons: []Reason{}, Platforms: []Platform{}}
	if refused := h.Writable(ctx); refused != nil {
		r.Reasons = append(r.Reasons, NotWritable(refused))
	}
	h.fill(&r, f)
	return r
}

// fill puts the facts into a report.
func (h *Health) fill(r *Report, f *Facts) {
	r.Reasons = append(r.Reasons, h.Judge(f, Contract())...)
	r.Healthy = len(r.Reasons) == 0
	for _, s := range h.platforms.Specs() {
		r.Platforms = append(r.Platforms, h.Platform(f, s.ID))
	}
}

// Platform gives one platform's part of the report.
func (h *Health) Platform(f *Facts, id string) Platform {
	p := f.Platforms[id]
	return Platform{
		Platform: id, Configured: h.platforms.Configured(id), LastSuccess: p.LastSuccess, NextRun: h.next(f, id),
		Last24h: p.Counts, FailureRate: p.FailureRate(), ExpiredTokens: p.NeedsReconnect, DeadLetters: p.DeadLetters,
	}
}
