package words

import (
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed */*.toml
var files embed.FS

// source is the language that every other one falls back to.
const source = "en"

// A segment is a piece of a message: fixed text, or the name of a placeholder.
type segment struct {
	text string
	slot bool // text is a placeholder's name
}

// pattern is a message in one plural form, cut at its placeholders.
type pattern []segment

// segmentsOf splits "Synced {{.Ago}}" into its segments. Only plain placeholders are known; the tests refuse anything
// else.
func segmentsOf(s string) pattern {
	var out pattern
	for {
		before, rest, found := strings.Cut(s, "{{.")
		if before != "" {
			out = append(out, segment{text: before})
		}
		if !found {
			return out
		}
		name, after, closed := strings.Cut(rest, "}}")
		if !closed {
			return append(out, segment{text: rest})
		}
		out, s = append(out, segment{text: name, slot: true}), after
	}
}

// An entry is one message of a catalogue.
type entry struct {
	fixed string             // the whole message when it has no placeholder and one form
	forms map[string]pattern // by plural form; "other" is always there
}

// A catalogue is one language: its messages and how it writes numbers and dates.
type catalogue struct {
	tag      string
	entries  map[string]entry
	fallback *catalogue // nil for the source language
	format   format
	plurals  *i18n.Localizer
	small    [200]string // plural forms of small counts, looked up once
	missing  sync.Map    // ids and placeholders that were logged
}

// load reads a language's files with go-i18n. The name of a file is the first part of its ids.
func load(tag string, fallback *catalogue) (*catalogue, error) {
	names, err := fs.Glob(files, tag+"/*.toml")
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("read the words of %s: no files (%w)", tag, err)
	}
	c := &catalogue{tag: tag, entries: map[string]entry{}, fallback: fallback}
	for _, name := range names {
		b, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		area := strings.TrimSuffix(path.Base(name), ".toml")
		f, err := i18n.ParseMessageFileBytes(b, tag+".toml", map[string]i18n.UnmarshalFunc{"toml": toml.Unmarshal})
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		for _, m := range f.Messages {
			c.entries[area+"."+m.ID] = compile(m)
		}
	}
	if err := c.learnPlurals(language.Make(tag)); err != nil {
		return nil, err
	}
	c.format = c.readFormat()
	return c, nil
}

func compile(m *i18n.Message) entry {
	e := entry{forms: map[string]pattern{}}
	for form, text := range map[string]string{"zero": m.Zero, "one": m.One, "two": m.Two, "few": m.Few,
		"many": m.Many, "other": m.Other} {
		if text != "" {
			e.forms[form] = segmentsOf(text)
		}
	}
	if len(e.forms) == 1 && !strings.Contains(m.Other, "{{") {
		e.fixed = m.Other
	}
	return e
}

// learnPlurals asks go-i18n which form a count takes. Its rules are reached through a message whose text is the name
// of the form.
func (c *catalogue) learnPlurals(tag language.Tag) error {
	b := i18n.NewBundle(tag)
	probe := &i18n.Message{ID: "form", Zero: "zero", One: "one", Two: "two", Few: "few", Many: "many", Other: "other"}
	if err := b.AddMessages(tag, probe); err != nil {
		return fmt.Errorf("read the plural rules of %s: %w", tag, err)
	}
	c.plurals = i18n.NewLocalizer(b, tag.String())
	for n := range c.small {
		c.small[n] = c.askForm(int64(n))
	}
	return nil
}

func (c *catalogue) askForm(n int64) string {
	form, err := c.plurals.Localize(&i18n.LocalizeConfig{MessageID: "form", PluralCount: n})
	if err != nil || form == "" {
		return "other"
	}
	return form
}

func (c *catalogue) form(n int64) string {
	if n >= 0 && n < int64(len(c.small)) {
		return c.small[n]
	}
	return c.askForm(n)
}

// find gives the entry and the catalogue that holds it: this one, or the source language's.
func (c *catalogue) find(id string) (entry, *catalogue, bool) {
	for at := c; at != nil; at = at.fallback {
		if e, ok := at.entries[id]; ok {
			return e, at, true
		}
	}
	return entry{}, nil, false
}

// miss logs once that an id or one of its placeholders has no words.
func (c *catalogue) miss(what, id string) {
	if _, known := c.missing.LoadOrStore(what+id, true); !known {
		slog.Error("words are missing", "what", what, "id", id, "language", c.tag)
	}
}

// catalogues holds every language that has a folder here, read at the first use.
var catalogues = sync.OnceValue(func() map[string]*catalogue {
	english, err := load(source, nil)
	if err != nil {
		panic(err) // the files are part of the program: TestCatalogue finds this first
	}
	out := map[string]*catalogue{source: english}
	folders, err := fs.ReadDir(files, ".")
	if err != nil {
		panic(err)
	}
	for _, f := range folders {
		if f.Name() == source {
			continue
		}
		if out[f.Name()], err = load(f.Name(), english); err != nil {
			panic(err)
		}
	}
	return out
})

var english = sync.OnceValue(func() *catalogue { return catalogues()[source] })
