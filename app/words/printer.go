package words

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"
)

// Printer writes messages, numbers and dates in one language, and times in one zone. The zero Printer is English and
// writes times in UTC.
type Printer struct {
	c    *catalogue
	zone *time.Location // nil: UTC
}

// English is the printer where nobody's language is known: logs, commands, answers to programs.
var English Printer

func (p Printer) book() *catalogue {
	if p.c == nil {
		return english()
	}
	return p.c
}

// Language is the tag for a page's lang attribute: "en".
func (p Printer) Language() string { return p.book().tag }

// InZone is the printer that writes times of which nobody says the zone in this one; nil is UTC.
func (p Printer) InZone(zone *time.Location) Printer {
	p.zone = zone
	return p
}

type contextKey struct{}

// With puts a language into the context; web does so for each request and the senders of mail for each addressee.
func With(ctx context.Context, p Printer) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// In gives the printer of the context's language, English when it has none.
func In(ctx context.Context) Printer {
	if p, ok := ctx.Value(contextKey{}).(Printer); ok {
		return p
	}
	return English
}

// Say writes a message in the language of the context; args are as in New.
func Say(ctx context.Context, id string, args ...any) string { return In(ctx).Say(id, args...) }

// Languages lists the tags that have a catalogue, in alphabetical order.
func Languages() []string { return slices.Sorted(maps.Keys(catalogues())) }

// For gives the printer of a language that has a catalogue.
func For(tag string) (Printer, bool) {
	c, ok := catalogues()[tag]
	return Printer{c: c}, ok
}

// Match gives the best language for a browser's Accept-Language header; English when none fits.
func Match(header string) Printer {
	tags := []string{source}
	for _, tag := range Languages() {
		if tag != source {
			tags = append(tags, tag)
		}
	}
	wanted, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(tags) == 1 {
		return English
	}
	known := make([]language.Tag, len(tags))
	for i, tag := range tags {
		known[i] = language.Make(tag)
	}
	_, i, _ := language.NewMatcher(known).Match(wanted...)
	p, _ := For(tags[i])
	return p
}

// Text writes a text; the zero Text is "".
func (p Printer) Text(t Text) string {
	switch {
	case t.parts != nil:
		out := make([]string, len(t.parts))
		for i, part := range t.parts {
			out[i] = p.Text(part)
		}
		return strings.Join(out, t.between)
	case t.late != nil:
		return t.late.write(p)
	case t.id != "":
		return p.Say(t.id, t.args...)
	default:
		return t.raw
	}
}

// Say writes a message. An id that is not in the catalogue is written as it is, a placeholder without a value as its
// name; both are logged once. Neither happens where the tests of this package pass.
func (p Printer) Say(id string, args ...any) string {
	c := p.book()
	e, from, ok := c.find(id)
	if !ok {
		c.miss("message", id)
		return id
	}
	if e.fixed != "" {
		return e.fixed
	}
	return Printer{from, p.zone}.fill(id, e, args)
}

func (p Printer) fill(id string, e entry, args []any) string {
	form := "other"
	if len(e.forms) > 1 {
		if n, ok := countOf(args); ok {
			form = p.book().form(n)
		}
	}
	parts, ok := e.forms[form]
	if !ok {
		parts = e.forms["other"]
	}
	var b strings.Builder
	for _, s := range parts {
		if !s.slot {
			b.WriteString(s.text)
			continue
		}
		v, ok := argument(args, s.text)
		if !ok {
			p.book().miss("value of "+s.text, id)
			b.WriteString(s.text)
			continue
		}
		b.WriteString(value(p, v))
	}
	return b.String()
}

func argument(args []any, name string) (any, bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return args[i+1], true
		}
	}
	return nil, false
}
