package platform

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// Colour is a platform's own colour: in lines of charts and in its mark. Both are "#RRGGBB".
type Colour struct {
	Light string // on the light theme's white
	Dark  string // on the dark theme's near-black
}

// dashes tell the lines of a chart apart without their colours; the first platform's line is whole.
var dashes = []string{"", "6 3", "2 3", "9 3 2 3", "12 4", "1 3"}

// Style is the style sheet of the platforms' colours, for the pages to load beside their own: a variable --<id> and a
// class p-of-<id> each, by the order of the list.
func Style(specs []Spec) string {
	var b strings.Builder
	b.WriteString(":root{")
	for _, s := range specs {
		fmt.Fprintf(&b, "--%s:light-dark(%s,%s);", s.ID, s.Colour.Light, s.Colour.Dark)
	}
	b.WriteString("}\n")
	for i, s := range specs {
		fmt.Fprintf(&b, ".p-of-%s{--c:var(--%s)", s.ID, s.ID)
		if dash := dashes[i%len(dashes)]; dash != "" {
			b.WriteString(";--dash:" + dash)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

var (
	hexColour = regexp.MustCompile(`^#[0-9A-F]{6}$`)
	iconRoot  = regexp.MustCompile(`(?s)^\s*<svg[^>]*>(.*)</svg>\s*$`)
	iconTitle = regexp.MustCompile(`(?s)<title>.*?</title>`)
)

// iconElements are the elements and attributes that an icon may be made of: nothing that runs or loads.
var iconElements = map[string][]string{
	"svg": {"role", "fill", "viewBox", "xmlns", "width", "height"}, "title": nil, "g": {"fill", "transform"},
	"path": {
		"d",
		"fill-rule",
		"clip-rule",
		"transform",
	}, "circle": {"cx", "cy", "r"}, "rect": {"x", "y", "width", "height", "rx"}, "polygon": {"points"},
}

// Mark is what is drawn inside the icon's <svg>, for a <symbol> of 24 by 24 that takes the current colour. It is empty
// when the icon cannot be used; IconError says why.
func (s Spec) Mark() string {
	if s.IconError() != nil {
		return ""
	}
	return strings.TrimSpace(iconTitle.ReplaceAllString(iconRoot.FindStringSubmatch(s.Icon)[1], ""))
}

// IconError says why an icon cannot be drawn: it is no single <svg> of viewBox "0 0 24 24", or holds more than shapes.
func (s Spec) IconError() error {
	if !iconRoot.MatchString(s.Icon) {
		return errors.New("is not one <svg> element")
	}
	d := xml.NewDecoder(strings.NewReader(s.Icon))
	box := false
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("is not well formed: %w", err)
		}
		e, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		attrs, known := iconElements[e.Name.Local]
		if !known {
			return fmt.Errorf("holds a <%s>, which is not a shape", e.Name.Local)
		}
		for _, a := range e.Attr {
			if !slices.Contains(attrs, a.Name.Local) {
				return fmt.Errorf("holds the attribute %s of <%s>", a.Name.Local, e.Name.Local)
			}
			box = box || e.Name.Local == "svg" && a.Name.Local == "viewBox" && a.Value == "0 0 24 24"
		}
	}
	if !box {
		return errors.New(`has no viewBox "0 0 24 24"`)
	}
	return nil
}
