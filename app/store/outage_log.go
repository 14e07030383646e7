package store

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// OutageLog is a log in which an outage of the database is one line when it begins, one a minute and one at its end,
// however much fails because of it.
type OutageLog struct {
	slog.Handler
	*outage
}

// outage is the one under way; began is zero without one.
type outage struct {
	now func() time.Time
	out slog.Handler

	mu            sync.Mutex
	began, logged time.Time
	failed        int // all in all
}

// NewOutageLog makes one that hands lines on to h.
func NewOutageLog(h slog.Handler, now func() time.Time) *OutageLog {
	return &OutageLog{h, &outage{now: now, out: h}}
}

// Handle implements slog.Handler.
func (c *OutageLog) Handle(ctx context.Context, r slog.Record) error {
	if r.Level < slog.LevelWarn {
		return c.Handler.Handle(ctx, r)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	lasts := !c.began.IsZero()
	switch {
	case lasts && (isOutage(r) || bare(r)):
		c.failed++
		return nil
	case !isOutage(r):
		return c.Handler.Handle(ctx, r)
	}
	c.failed++
	c.began, c.logged = c.now(), c.now()
	first := slog.NewRecord(
		r.Time,
		slog.LevelError,
		"the database does not work; what fails because of it is told once a minute",
		r.PC,
	)
	first.AddAttrs(slog.String("first", r.Message))
	r.Attrs(func(a slog.Attr) bool { first.AddAttrs(a); return true })
	return c.Handler.Handle(ctx, first)
}

// WithAttrs implements slog.Handler.
func (c *OutageLog) WithAttrs(a []slog.Attr) slog.Handler {
	return &OutageLog{c.Handler.WithAttrs(a), c.outage}
}

// WithGroup implements slog.Handler.
func (c *OutageLog) WithGroup(name string) slog.Handler {
	return &OutageLog{c.Handler.WithGroup(name), c.outage}
}

// bare reports a line of the queue's library without its cause: "Too many errors; giving up", several times a minute.
func bare(r slog.Record) bool {
	return r.NumAttrs() == 0 && strings.HasPrefix(r.Message, "jobcompleter.")
}

// isOutage reports a line about a database that itself refuses. Libraries log their errors as text.
func isOutage(r slog.Record) bool {
	found := false
	r.Attrs(func(a slog.Attr) bool {
		switch v := a.Value.Any().(type) {
		case error:
			found = Down(v)
		case string:
			found = (a.Key == "err" || a.Key == "error") && Down(errors.New(v))
		}
		return !found
	})
	return found
}

// Watch logs that an outage goes on, once a minute, or that it is over. works asks the database; it is called while
// there is an outage alone.
func (o *outage) Watch(ctx context.Context, works func(context.Context) error) {
	o.mu.Lock()
	began := o.began
	o.mu.Unlock()
	if began.IsZero() {
		return
	}
	err := works(ctx)
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.now()
	line := slog.NewRecord(now, slog.LevelWarn, "the database works again", 0)
	if err != nil {
		if now.Sub(o.logged) < time.Minute {
			return
		}
		line = slog.NewRecord(now, slog.LevelError, "the database still does not work", 0)
		line.AddAttrs(slog.Any("error", err))
	}
	o.logged = now
	line.AddAttrs(slog.Duration("after", now.Sub(o.began).Round(time.Second)), slog.Int("failures", o.failed))
	_ = o.out.Handle(ctx, line) // nobody is left to be told that a line cannot be logged
	if err == nil {
		o.began, o.failed = time.Time{}, 0
	}
}
