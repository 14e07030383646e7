package notify

import (
	"context"
	"log/slog"
	"regexp"
	"slices"
	"strings"

	"github.com/getsentry/sentry-go"

	"github.com/truecount/truecount/app/fault"
)

// tags are the attributes of a record that an event may carry; they name a place in our program, or one of
// our own ids.
var tags = []string{"platform", "step", "code", "run", "request", "route", "action"}

// Handler passes every record on, and sends those of level ERROR as one event each.
func (s *Sentry) Handler(next slog.Handler) slog.Handler {
	if s == nil {
		return next
	}
	return &handler{next: next, sentry: s}
}

type handler struct {
	next    slog.Handler
	sentry  *Sentry
	attrs   []slog.Attr
	grouped bool // what is added from here on has a name within a group: none of the tags
}

const stackMost = 8 << 10 // bytes of a stack that are sent

// Enabled implements slog.Handler.
func (h *handler) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelError || h.next.Enabled(ctx, l)
}

// Handle implements slog.Handler.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		e := h.sentry.event(r.Time, scrub(r.Message))
		add := func(a slog.Attr) bool {
			if a.Key == "stack" { // where we fell over: names and lines of ours
				text := a.Value.Resolve().String()
				e.Contexts["stack"] = sentry.Context{"text": scrub(text[:min(len(text), stackMost)])}
			} else if v, ok := tag(a); ok {
				e.Tags[a.Key] = v
			}
			return true
		}
		for _, a := range h.attrs {
			add(a)
		}
		if !h.grouped {
			r.Attrs(add)
		}
		h.sentry.queue(e) //nolint:contextcheck // it is sent after the request that logged it has ended
	}
	if !h.next.Enabled(ctx, r.Level) {
		return nil
	}
	return h.next.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.next = h.next.WithAttrs(attrs)
	if !h.grouped {
		c.attrs = append(slices.Clip(h.attrs), attrs...)
	}
	return &c
}

// WithGroup implements slog.Handler.
func (h *handler) WithGroup(name string) slog.Handler {
	c := *h
	c.next = h.next.WithGroup(name)
	c.grouped = h.grouped || name != ""
	return &c
}

// tag gives an attribute's value if it may be told.
func tag(a slog.Attr) (string, bool) {
	if !slices.Contains(tags, a.Key) {
		return "", false
	}
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		return "", false
	}
	s := v.String()
	if s == "" || len(s) > 200 || strings.ContainsAny(s, "\n\r") || strings.Contains(s, fault.Redacted) || scrub(s) != s {
		return "", false
	}
	return s, true
}

var (
	// A long word of letters and digits is a token, unless it is one of our ids or a digest.
	long   = regexp.MustCompile(`[A-Za-z0-9_.~+=-]{20,}`)
	ours   = regexp.MustCompile(`^([0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32}|[0-9]+)$`)
	digit  = regexp.MustCompile(`[0-9]`)
	letter = regexp.MustCompile(`[A-Za-z]`)
	// An address with a query or a name before its host, a person's address, a value named as a secret.
	private = regexp.MustCompile(
		`(?i)[a-z][a-z0-9+.-]*://[^\s"']*[?@#][^\s"']*|[^\s"'<>@/:]+@[^\s"'<>@/:]+\.[a-z]+|(bearer|basic)\s+\S+|[a-z_-]*(token|secret|password|passwd|key|code|verifier|signature)["']?\s*[=:]\s*["']?[^\s"'&,;]+`,
	)
)

// scrub takes out of a text what may be a secret or a person's address.
func scrub(s string) string {
	s = private.ReplaceAllString(s, fault.Redacted)
	return long.ReplaceAllStringFunc(s, func(word string) string {
		if ours.MatchString(word) || !digit.MatchString(word) || !letter.MatchString(word) {
			return word
		}
		return fault.Redacted
	})
}
