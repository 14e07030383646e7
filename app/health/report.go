package health

import (
	"context"
	"errors"
	"time"

	"github.com/truecount/truecount/app/store"
)

// What was read stands for as long as ten times what it cost: a small installation is read at every
// call, and a huge one is not brought down by those who ask how it is.
const (
	keepFactor = 10
	keepMost   = 10 * time.Second
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
	h.report, h.until = r, began.Add(min(keepFactor*h.clock().Sub(began), keepMost))
	return r, nil
}

func (h *Health) read(ctx context.Context) (*Report, error) {
	r := &Report{CheckedAt: h.now(), Reasons: []Reason{}, Platforms: []Platform{}}
	refused := h.writable(ctx, r.CheckedAt)
	if refused != nil {
		r.Reasons = append(r.Reasons, notWritable(refused))
	}
	f, err := h.facts(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil, err // the asker has left: that says nothing of the database
		}
		if refused == nil {
			r.Reasons = append(r.Reasons, Reason{Code: DatabaseNotWritable, Message: "The database cannot be read."})
		}
		return r, nil //nolint:nilerr // an unreadable database is what this report is for
	}
	h.fill(r, f)
	return r, nil
}

// notWritable is the reason for a database that takes no writes, or whose file is gone.
func notWritable(refused error) Reason {
	message := "The database does not take writes."
	if errors.Is(refused, store.ErrGone) {
		message = "The database file is missing or was replaced. What is written now is lost: stop Truecount and restore a copy."
	}
	return Reason{Code: DatabaseNotWritable, Message: message}
}

// fill puts the facts into a report.
func (h *Health) fill(r *Report, f *facts) {
	r.Reasons = append(r.Reasons, h.judge(f, contract)...)
	r.Healthy = len(r.Reasons) == 0
	for _, s := range h.platforms.Specs() {
		r.Platforms = append(r.Platforms, h.row(f, s.ID))
	}
}

func (h *Health) row(f *facts, id string) Platform {
	p := f.platform[id]
	return Platform{
		Platform: id, Configured: h.platforms.Configured(id), LastSuccess: p.lastSuccess, NextRun: h.next(f, id),
		Last24h: p.counts, FailureRate: p.rate(), ExpiredTokens: p.expired, DeadLetters: p.dead,
	}
}
