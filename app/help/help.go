package help

import (
	"bytes"
	"embed"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

//go:embed docs/*.md
var files embed.FS

// Facts is what a document may say of this installation. Everything in it may be shown to anybody who is signed in.
type Facts struct {
	Base      string // the public address, "https://count.example.com"
	Contact   string // who answers people; empty: nobody is named
	Version   string
	Platforms []Platform
}

// Platform is what the documents say of one platform.
type Platform struct {
	Extends     bool // access is one token that is extended; else a refresh token renews access tokens
	HalfLife    bool // it is extended from half its life on
	ID, Name    string
	RedirectURI string
	Webhooks    []Webhook
	Scopes      []Scope
	Settings    []string // the names of its credentials, "TIKTOK_CLIENT_KEY"
	Review      string   // texts for its review form, as Markdown
	Guide       string   // the platform's own document, as Markdown; empty: there is none
	Kept        bool     // its data may stay after a disconnect
	DeleteDays  int      // where it may not: within how many days it is deleted
	VerifyDays  int      // how many days its numbers may stay without a new reading; 0: no limit
}

// Webhook is an address that a platform calls.
type Webhook struct{ Label, URL string }

// Scope is one permission with its reason.
type Scope struct {
	Name, Label, Why string
	Required         bool
}

// Document is one page of the help.
type Document struct {
	Slug    string // "backup": the last part of its address
	Title   string
	Summary string // its first paragraph, as plain text
	Group   Group  // the heading it is listed under
	HTML    string // safe to write into a page
	parts   []part
}

// part is one section, for the search.
type part struct{ anchor, title, text string }

// Hit is one section that a search found.
type Hit struct {
	Slug, Anchor   string
	Document, Part string // their titles
	Excerpt        string // plain text around the first word
}

// Library is all documents. It does not change once made.
type Library struct {
	documents []Document
}

// New renders the documents with what is known of the installation. The error is of a document that is not well made.
func New(f Facts) (*Library, error) {
	l := &Library{}
	for _, e := range contents(f) {
		d, err := render(e, f)
		if err != nil {
			return nil, fmt.Errorf("help document %s: %w", e.slug, err)
		}
		l.documents = append(l.documents, d)
	}
	return l, nil
}

// Documents lists all documents in the order of the contents.
func (l *Library) Documents() []Document { return l.documents }

// Find gives the document of an address; false: there is none.
func (l *Library) Find(slug string) (Document, bool) {
	i := slices.IndexFunc(l.documents, func(d Document) bool { return d.Slug == slug })
	if i < 0 {
		return Document{}, false
	}
	return l.documents[i], true
}

const (
	longestQuery = 100
	mostHits     = 30
	aroundHit    = 80 // characters of an excerpt before and after the word
)

// Search finds the sections in which every word of a query stands, whatever its case; those whose title has the first
// word come first. At most 30.
func (l *Library) Search(query string) []Hit {
	if len(query) > longestQuery {
		query = query[:longestQuery]
	}
	wanted := strings.Fields(strings.ToLower(query))
	if len(wanted) == 0 {
		return nil
	}
	var titled, rest []Hit
	for _, d := range l.documents {
		for _, p := range d.parts {
			all := strings.ToLower(d.Title + " " + p.title + " " + p.text)
			if slices.ContainsFunc(wanted, func(w string) bool { return !strings.Contains(all, w) }) {
				continue
			}
			h := Hit{Slug: d.Slug, Anchor: p.anchor, Document: d.Title, Part: p.title, Excerpt: excerpt(p.text, wanted[0])}
			if strings.Contains(strings.ToLower(d.Title+" "+p.title), wanted[0]) {
				titled = append(titled, h)
			} else {
				rest = append(rest, h)
			}
		}
	}
	found := append(titled, rest...)
	return found[:min(len(found), mostHits)]
}

// excerpt is a text around a word, cut between words.
func excerpt(s, word string) string {
	runes := []rune(s)
	at := max(0, len([]rune(s[:max(0, strings.Index(strings.ToLower(s), word))])))
	from, to := max(0, at-aroundHit), min(len(runes), at+aroundHit)
	out := string(runes[from:to])
	if from > 0 {
		_, out, _ = strings.Cut(out, " ")
		out = "… " + out
	}
	if to < len(runes) {
		if i := strings.LastIndex(out, " "); i > 0 {
			out = out[:i] + " …"
		}
	}
	return out
}

// render fills a document in and makes HTML of it.
func render(e entry, f Facts) (Document, error) {
	source := e.source
	if source == "" {
		b, err := files.ReadFile("docs/" + e.slug + ".md")
		if err != nil {
			return Document{}, err
		}
		source = string(b)
	}
	t, err := template.New(e.slug).Option("missingkey=error").Parse(source)
	if err != nil {
		return Document{}, err
	}
	var filled bytes.Buffer
	if err := t.Execute(&filled, struct {
		Facts
		Platform Platform
	}{f, e.platform}); err != nil {
		return Document{}, err
	}
	md := goldmark.New(
		goldmark.WithExtensions(extension.Table),
		goldmark.WithParserOptions(parser.WithAutoHeadingID()),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(&copies{slug: e.slug}, 100))),
	)
	src := filled.Bytes()
	tree := md.Parser().Parse(text.NewReader(src))
	d := Document{Slug: e.slug, Group: e.group}
	d.read(tree, src)
	if d.Title == "" || d.Summary == "" {
		return d, fmt.Errorf("it begins with %q and %q, want a title and a paragraph", d.Title, d.Summary)
	}
	var out bytes.Buffer
	if err := md.Renderer().Render(&out, src, tree); err != nil {
		return d, err
	}
	d.HTML = tables.ReplaceAllString(out.String(), `<div class="p-scroll" tabindex="0">$0</div>`)
	return d, nil
}

// tables finds tables, which may be wider than a phone.
var tables = regexp.MustCompile(`(?s)<table>.*?</table>`)

// read takes title, summary and sections out of a tree.
func (d *Document) read(tree ast.Node, src []byte) {
	current := part{}
	for n := tree.FirstChild(); n != nil; n = n.NextSibling() {
		words := plainText(n, src)
		if h, ok := n.(*ast.Heading); ok {
			if h.Level == 1 {
				d.Title = words
				continue
			}
			d.parts = append(d.parts, current)
			id, _ := h.AttributeString("id")
			anchor, _ := id.([]byte)
			current = part{anchor: string(anchor), title: words}
			continue
		}
		if d.Summary == "" && n.Kind() == ast.KindParagraph {
			d.Summary = words
		}
		current.text = strings.TrimSpace(current.text + " " + words)
	}
	d.parts = append(d.parts, current)
}

// plainText is the text of a node without its marks.
func plainText(n ast.Node, src []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, in bool) (ast.WalkStatus, error) {
		if !in {
			if n.Type() == ast.TypeBlock {
				b.WriteByte(' ')
			}
			return ast.WalkContinue, nil
		}
		switch t := n.(type) {
		case *ast.Text:
			b.Write(t.Segment.Value(src))
			if t.SoftLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(t.Value)
		case *ast.FencedCodeBlock:
			for i := range t.Lines().Len() {
				line := t.Lines().At(i)
				b.Write(line.Value(src))
				b.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

// copies writes fenced blocks of the language "copy" with a button, which app.js shows.
type copies struct {
	slug string
	n    int
}

// RegisterFuncs fits goldmark's renderers.
func (c *copies) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindFencedCodeBlock, c.block)
}

func (c *copies) block(w util.BufWriter, src []byte, node ast.Node, in bool) (ast.WalkStatus, error) {
	if !in {
		return ast.WalkContinue, nil
	}
	n, _ := node.(*ast.FencedCodeBlock)
	var b strings.Builder
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		b.Write(line.Value(src))
	}
	code := strings.TrimRight(b.String(), "\n")
	if string(n.Language(src)) != "copy" {
		_, _ = fmt.Fprintf(w, "<pre tabindex=\"0\"><code>%s</code></pre>\n", html.EscapeString(code))
		return ast.WalkSkipChildren, nil
	}
	c.n++
	id := fmt.Sprintf("copy-%s-%d", c.slug, c.n)
	rows := min(14, 1+strings.Count(code, "\n")+len(code)/90)
	_, _ = fmt.Fprintf(
		w,
		`<div class="p-copy"><textarea id="%s" class="textarea" rows="%d" readonly aria-label="%s">%s</textarea>`+
			`<button class="btn" data-variant="outline" data-size="sm" type="button" `+
			`data-copy="%s" hidden>Copy</button></div>`+"\n",
		id,
		rows,
		html.EscapeString(firstLine(code)),
		html.EscapeString(code),
		id,
	)
	return ast.WalkSkipChildren, nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
