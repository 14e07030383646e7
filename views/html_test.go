package views_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
)

// render gives the parsed page. A component that fails to render ends the test.
func render(t *testing.T, c templ.Component) *html.Node {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatalf("render: %v", err)
	}
	doc, err := html.Parse(&b)
	if err != nil {
		t.Fatalf("parse what was rendered: %v", err)
	}
	return doc
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

// find gives every element below n that fits: "form", "#id", ".class", "[attr]", "[attr=value]", or
// a tag followed by one of them.
func find(n *html.Node, selector string) []*html.Node {
	cut := strings.IndexAny(selector, "#.[")
	tag, rest := selector, ""
	if cut >= 0 {
		tag, rest = selector[:cut], selector[cut:]
	}
	fits := func(e *html.Node) bool {
		if tag != "" && e.Data != tag {
			return false
		}
		switch {
		case rest == "":
			return true
		case rest[0] == '#':
			return attr(e, "id") == rest[1:]
		case rest[0] == '.':
			return slices.Contains(strings.Fields(attr(e, "class")), rest[1:])
		default:
			key, want, exact := strings.Cut(strings.Trim(rest, "[]"), "=")
			return hasAttr(e, key) && (!exact || attr(e, key) == want)
		}
	}
	var out []*html.Node
	for e := range n.Descendants() {
		if e.Type == html.ElementNode && fits(e) {
			out = append(out, e)
		}
	}
	return out
}

func one(t *testing.T, n *html.Node, selector string) *html.Node {
	t.Helper()
	got := find(n, selector)
	if len(got) != 1 {
		t.Fatalf("%s: got %d elements, want 1", selector, len(got))
	}
	return got[0]
}

// words is an element's text with every run of space as one, without what only the no-script
// reader or nobody sees.
func phrases(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(e *html.Node) {
		switch {
		case e.Type == html.TextNode:
			b.WriteString(e.Data)
			return
		case e.Data == "noscript" || e.Data == "dialog" || e.Data == "template":
			return
		}
		for c := range e.ChildNodes() {
			walk(c)
		}
		switch e.Data {
		case "span", "bdi", "strong", "a", "code", "time":
		default:
			b.WriteByte(' ')
		}
	}
	walk(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

func wantWords(t *testing.T, n *html.Node, want ...string) {
	t.Helper()
	got := phrases(n)
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("text: got %q, want it to say %q", got, w)
		}
	}
}

func wantNoWords(t *testing.T, n *html.Node, unwanted ...string) {
	t.Helper()
	got := phrases(n)
	for _, w := range unwanted {
		if strings.Contains(got, w) {
			t.Errorf("text: got %q in it, want it left out", w)
		}
	}
}
