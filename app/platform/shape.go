package platform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

const (
	shapeMost  = 360     // bytes of a drawing: with the words around it no more than 400
	shapeDepth = 12      // of nested objects and lists
	shapeItems = 2       // shown of a list
	shapeSkip  = 1 << 20 // bytes read while looking for the end of a list
)

// fieldName is what a key of an API's answer looks like. Anything else may be somebody's text.
var fieldName = regexp.MustCompile(`^[A-Za-z0-9_]{1,40}$`)

// Shape is the shape of an answer that could not be read, without any of its text: keys and
// punctuation stay, every string is "…" and every number 0. It is safe to store and to show to an
// admin, never longer than 400 characters, and costs no more than reading the start of the body.
func Shape(body []byte) string {
	trimmed := bytes.TrimSpace(body)
	switch {
	case len(trimmed) == 0:
		return "empty"
	case trimmed[0] == '<':
		return fmt.Sprintf("html page, %d bytes", len(body))
	case !bytes.ContainsRune([]byte(`{["0123456789-tfn`), rune(trimmed[0])):
		return fmt.Sprintf("text, %d bytes", len(body))
	}
	s := shaper{d: json.NewDecoder(bytes.NewReader(trimmed))}
	s.d.UseNumber()
	err := s.value(0)
	out := s.b.String()
	switch {
	case errors.Is(err, errEnough):
		return out + "…"
	case err != nil && out == "":
		return fmt.Sprintf("text, %d bytes", len(body))
	case err != nil:
		return fmt.Sprintf("truncated json, %d bytes: %s", len(body), out)
	default:
		return out
	}
}

var errEnough = errors.New("the shape is long enough")

type shaper struct {
	d *json.Decoder
	b strings.Builder
}

func (s *shaper) write(text string) error {
	if s.b.Len()+len(text) > shapeMost {
		return errEnough
	}
	s.b.WriteString(text)
	return nil
}

// value draws the next value.
func (s *shaper) value(depth int) error {
	t, err := s.d.Token()
	if err != nil {
		return err
	}
	return s.draw(t, depth)
}

func (s *shaper) draw(t json.Token, depth int) error {
	switch v := t.(type) {
	case json.Delim:
		if depth >= shapeDepth {
			return errEnough
		}
		if v == '{' {
			return s.object(depth)
		}
		return s.list(depth)
	case string:
		return s.write(`"…"`)
	case json.Number:
		return s.write("0")
	case bool:
		return s.write(fmt.Sprint(v))
	default:
		return s.write("null")
	}
}

func (s *shaper) object(depth int) error {
	if err := s.write("{"); err != nil {
		return err
	}
	for first := true; s.d.More(); first = false {
		k, err := s.d.Token()
		if err != nil {
			return err
		}
		name, _ := k.(string)
		if !fieldName.MatchString(name) {
			name = "…"
		}
		sep := ","
		if first {
			sep = ""
		}
		if err := s.write(sep + `"` + name + `":`); err != nil {
			return err
		}
		if err := s.value(depth + 1); err != nil {
			return err
		}
	}
	return s.end("}")
}

func (s *shaper) list(depth int) error {
	if err := s.write("["); err != nil {
		return err
	}
	for n := 0; s.d.More(); n++ {
		if n == shapeItems {
			if err := s.write(",…"); err != nil {
				return err
			}
		}
		if n >= shapeItems { // what follows the list is worth showing
			if s.d.InputOffset() > shapeSkip {
				return errEnough
			}
			var rest json.RawMessage
			if err := s.d.Decode(&rest); err != nil {
				return err
			}
			continue
		}
		if n > 0 {
			if err := s.write(","); err != nil {
				return err
			}
		}
		if err := s.value(depth + 1); err != nil {
			return err
		}
	}
	return s.end("]")
}

func (s *shaper) end(mark string) error {
	if _, err := s.d.Token(); err != nil {
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	return s.write(mark)
}
