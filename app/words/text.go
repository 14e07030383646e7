package words

import (
	"context"
	"fmt"
	"strconv"
)

// Text is a message that has not been written yet: its id in the catalogue and the values of its placeholders. Read
// models, errors, alerts and mails carry it to the edge, where it is written in the language of whoever reads it.
// The zero Text is no words at all.
type Text struct {
	id   string
	args []any  // placeholder, value, placeholder, value …
	raw  string // words that come from outside the catalogue

	parts   []Text // several texts, written with between in the middle
	between string

	late Value // words that only the language decides
}

// New names a message and gives the values of its placeholders in pairs: New("creator.synced", "Ago", ago). The value
// of "Count" also picks the plural form. A value may be a string, a whole number, another Text or a Value.
func New(id string, args ...any) Text { return Text{id: id, args: args} }

// Plain carries words that do not come from the catalogue: a name, or what a platform or a server said.
func Plain(s string) Text { return Text{raw: s} }

// Written makes a Text of a date or a number alone.
func Written(v Value) Text { return Text{late: v} }

// Sentences puts sentences one after the other; those without words are left out.
func Sentences(parts ...Text) Text { return join(" ", parts) }

// Dots puts short facts one after the other with a middle dot between; those without words are left out.
func Dots(parts ...Text) Text { return join(" · ", parts) }

func join(between string, parts []Text) Text {
	var kept []Text
	for _, t := range parts {
		if !t.IsZero() {
			kept = append(kept, t)
		}
	}
	switch len(kept) {
	case 0:
		return Text{}
	case 1:
		return kept[0]
	default:
		return Text{parts: kept, between: between}
	}
}

// IsZero reports that there are no words.
func (t Text) IsZero() bool { return t.id == "" && t.raw == "" && t.parts == nil && t.late == nil }

// Equal reports that two texts read the same in English; tests compare values that hold texts by it.
func (t Text) Equal(other Text) bool { return t.String() == other.String() }

// ID is the message's id in the catalogue, empty for Plain and for no words.
func (t Text) ID() string { return t.id }

// In writes the text in the language of the context.
func (t Text) In(ctx context.Context) string { return In(ctx).Text(t) }

// String writes the text in English, for logs and commands.
func (t Text) String() string { return English.Text(t) }

// MarshalText writes the text in English: JSON is for programs.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// write makes a Text the value of another's placeholder.
func (t Text) write(p Printer) string { return p.Text(t) }

// A Value is the value of a placeholder that is written in the reader's language: a Text, a date, a shortened number.
type Value interface{ write(p Printer) string }

// value writes one placeholder's value.
func value(p Printer, v any) string {
	switch v := v.(type) {
	case string:
		return v
	case Value:
		return v.write(p)
	case int:
		return p.Exact(int64(v))
	case int64:
		return p.Exact(v)
	case int32:
		return p.Exact(int64(v))
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}

// countOf finds the count that picks the plural form.
func countOf(args []any) (int64, bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == "Count" {
			switch n := args[i+1].(type) {
			case int:
				return int64(n), true
			case int64:
				return n, true
			case int32:
				return int64(n), true
			}
		}
	}
	return 0, false
}
