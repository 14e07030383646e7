package platform

import (
	"encoding/xml"
	"errors"
	"fmt"
	"regexp"
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
	pathData  = regexp.MustCompile(`^M[-+0-9.,\sMmLlHhVvCcSsQqTtAaZzeE]*$`)
)

// icon is an icon.svg: a box of 24 by 24 with paths in it, and nothing else but a title.
type icon struct {
	XMLName xml.Name `xml:"svg"`
	ViewBox string   `xml:"viewBox,attr"`
	Title   string   `xml:"title"`
	Paths   []struct {
		D string `xml:"d,attr"`
	} `xml:"path"`
	Others []struct{ XMLName xml.Name } `xml:",any"`
}

// Mark is the data of the icon's paths, joined into one, for a <path> in a box of 24 by 24 that takes the current
// colour. It is empty when the icon cannot be used; IconError says why.
func (s Spec) Mark() string {
	mark, err := s.mark()
	if err != nil {
		return ""
	}
	return mark
}

// IconError says why an icon cannot be drawn: it is no <svg> of viewBox "0 0 24 24", or holds more than paths.
func (s Spec) IconError() error {
	_, err := s.mark()
	return err
}

func (s Spec) mark() (string, error) {
	var i icon
	if err := xml.Unmarshal([]byte(s.Icon), &i); err != nil {
		return "", fmt.Errorf("is not one <svg> element: %w", err)
	}
	switch {
	case i.ViewBox != "0 0 24 24":
		return "", errors.New(`has no viewBox "0 0 24 24"`)
	case len(i.Others) > 0:
		return "", fmt.Errorf("holds a <%s>, and only a <path> is drawn", i.Others[0].XMLName.Local)
	case len(i.Paths) == 0:
		return "", errors.New("holds no <path>")
	}
	all := make([]string, len(i.Paths))
	for n, p := range i.Paths {
		if !pathData.MatchString(p.D) {
			return "", errors.New("holds a <path> whose data is none, or does not begin with M")
		}
		all[n] = p.D
	}
	return strings.Join(all, " "), nil
}
