package words_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	templ "github.com/a-h/templ/parser/v2"
	"github.com/a-h/templ/parser/v2/visitor"

	"github.com/truecount/truecount/app/words"
)

// The whole program is read here: what it says, and where it says it.

const root = "../.."

// A literal is one string in the program's Go code, and the calls around it, innermost first.
type literal struct {
	file  string
	line  int
	text  string
	calls []string
}

// A saying is a call that names a message: its id and the placeholders that are given.
type saying struct {
	where string
	id    string
	given []string
	count bool // "Count" is among them
	bad   string
}

type program struct {
	literals []literal
	sayings  []saying
	pages    []literal // text and attributes of .templ files
}

func (l literal) where() string { return l.file + ":" + strconv.Itoa(l.line) }

func readProgram(t *testing.T) program {
	t.Helper()
	var p program
	seen := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		if d.IsDir() {
			if path != root &&
				(strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"ent", "data", "bin", "tmp", "migrations", "testdata", "node_modules"}, rel)) {
				return filepath.SkipDir
			}
			return nil
		}
		switch {
		case strings.HasSuffix(rel, ".templ"):
			seen++
			p.readPage(t, path, rel)
		case strings.HasSuffix(rel, ".go") && !strings.HasSuffix(rel, "_test.go"):
			seen++
			p.readGo(t, path, rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 100 {
		t.Fatalf("got %d files, want the whole program", seen)
	}
	return p
}

func (p *program) readGo(t *testing.T, path, rel string) {
	t.Helper()
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Errorf("parse %s: %v", rel, err)
		return
	}
	var stack []ast.Node
	ast.Inspect(f, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			if n.Tag != nil {
				ast.Inspect(n.Type, func(ast.Node) bool { return true })
				n.Tag = nil
			}
		case *ast.CallExpr:
			p.readCall(set, rel, n)
		case *ast.BasicLit:
			if n.Kind == token.STRING {
				text, err := strconv.Unquote(n.Value)
				if err == nil {
					p.literals = append(p.literals, literal{rel, set.Position(n.Pos()).Line, text, callsAround(stack)})
				}
			}
		}
		stack = append(stack, n)
		return true
	})
}

func callsAround(stack []ast.Node) []string {
	var out []string
	for _, n := range slices.Backward(stack) {
		if call, ok := n.(*ast.CallExpr); ok {
			out = append(out, nameOf(call.Fun))
		}
	}
	return out
}

func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return nameOf(e.X) + "." + e.Sel.Name
	case *ast.CallExpr:
		return nameOf(e.Fun) + "()"
	default:
		return ""
	}
}

// areas are the names of the catalogue's files: the first part of every id.
func areas() []string {
	var out []string
	for id := range words.Entries("en") {
		out = append(out, id[:strings.Index(id, ".")])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var idShape = regexp.MustCompile(`^(` + strings.Join(areas(), "|") + `)(\.[A-Za-z0-9]+)+$`)

// readCall notes a call with an id in it: what follows the id are placeholders and values in pairs.
func (p *program) readCall(set *token.FileSet, rel string, call *ast.CallExpr) {
	for i, arg := range call.Args {
		id, ok := stringOf(arg)
		if !ok || !idShape.MatchString(id) {
			continue
		}
		name := nameOf(call.Fun)
		if !says(name) {
			continue
		}
		s := saying{where: rel + ":" + strconv.Itoa(set.Position(call.Pos()).Line), id: id}
		rest := call.Args[i+1:]
		if len(rest)%2 != 0 {
			s.bad = "a placeholder without a value"
		}
		for j := 0; j < len(rest); j += 2 {
			name, ok := stringOf(rest[j])
			if !ok {
				s.bad = "a placeholder that is no literal"
				break
			}
			s.given = append(s.given, name)
			s.count = s.count || name == "Count"
		}
		p.sayings = append(p.sayings, s)
		return
	}
}

// says reports a function that takes a message's id and its placeholders.
func says(name string) bool {
	return name == "New" ||
		slices.ContainsFunc(
			[]string{"words.New", "words.Say", ".Say", "ui.Sentence", "Sentence"},
			func(s string) bool { return strings.HasSuffix(name, s) },
		)
}

func stringOf(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

// spoken are the attributes that people read or hear.
var spoken = []string{
	"title",
	"placeholder",
	"aria-label",
	"aria-description",
	"alt",
	"label",
	"data-confirm",
	"data-text",
}

func (p *program) readPage(t *testing.T, path, rel string) {
	t.Helper()
	f, err := templ.Parse(path)
	if err != nil {
		t.Errorf("parse %s: %v", rel, err)
		return
	}
	v := visitor.New()
	v.Text = func(n *templ.Text) error {
		p.pages = append(p.pages, literal{file: rel, line: int(n.Range.From.Line) + 1, text: n.Value})
		return nil
	}
	v.ConstantAttribute = func(n *templ.ConstantAttribute) error {
		if slices.Contains(spoken, n.Key.String()) {
			p.pages = append(p.pages, literal{file: rel, text: n.Value, calls: []string{n.Key.String()}})
		}
		return nil
	}
	if err := f.Visit(v); err != nil {
		t.Errorf("walk %s: %v", rel, err)
	}
}

// Every id in the code is in the catalogue, and every message is used.
func TestEveryMessageIsUsedAndKnown(t *testing.T) {
	t.Parallel()
	entries := words.Entries("en")
	used := map[string]bool{}
	for _, l := range readProgram(t).literals {
		if !idShape.MatchString(l.text) || notMessage(l.text) {
			continue
		}
		used[l.text] = true
		if _, ok := entries[l.text]; !ok {
			t.Errorf("%s: got the id %q, want one of the catalogue", l.where(), l.text)
		}
	}
	for id := range entries {
		if !used[id] && !strings.HasPrefix(id, "format.month.") {
			t.Errorf("got the message %q that nothing says, want it used or taken out", id)
		}
	}
}

// notMessage are strings that look like an id and are something else.
func notMessage(s string) bool {
	switch filepath.Ext(s) {
	case ".css", ".js", ".toml", ".html":
		return true
	default:
		return slices.Contains([]string{}, s)
	}
}

var placeholder = regexp.MustCompile(`\{\{\.([A-Za-z]+)\}\}`)

func placeholders(text string) []string {
	var out []string
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// A message gets the values it has placeholders for, in every plural form and language; one that is named in a table,
// not in a call, has none.
func TestPlaceholders(t *testing.T) {
	t.Parallel()
	p := readProgram(t)
	for _, tag := range words.Languages() {
		entries := words.Entries(tag)
		for id, forms := range entries {
			for form, text := range forms {
				if strings.Count(text, "{{") != len(placeholder.FindAllString(text, -1)) {
					t.Errorf("%s %s.%s: got %q, want plain placeholders alone", tag, id, form, text)
				}
				if form == "other" || form == "one" && strings.HasPrefix(text, "1 ") {
					continue
				}
				for _, name := range placeholders(forms["other"]) {
					if !slices.Contains(placeholders(text), name) && name != "Count" {
						t.Errorf("%s %s.%s: got no {{.%s}}, which the other form has", tag, id, form, name)
					}
				}
			}
			if english := words.Entries("en")[id]; tag != "en" && !slices.Equal(all(forms), all(english)) {
				t.Errorf("%s %s: got placeholders %v, want those of English %v", tag, id, all(forms), all(english))
			}
		}
	}
	entries := words.Entries("en")
	direct := map[string]int{}
	for _, s := range p.sayings {
		forms, ok := entries[s.id]
		if !ok {
			continue
		}
		direct[s.id]++
		want := all(forms)
		if s.bad != "" {
			t.Errorf("%s: got %q with %s", s.where, s.id, s.bad)
		}
		for _, name := range want {
			if !slices.Contains(s.given, name) {
				t.Errorf("%s: got %q without {{.%s}}, which it needs", s.where, s.id, name)
			}
		}
		for _, name := range s.given {
			if !slices.Contains(want, name) && (name != "Count" || len(forms) == 1) {
				t.Errorf("%s: got {{.%s}} for %q, which has no such place", s.where, name, s.id)
			}
		}
		if len(forms) > 1 && !s.count {
			t.Errorf("%s: got %q without Count, which picks its form", s.where, s.id)
		}
	}
	times := map[string]int{}
	for _, l := range p.literals {
		if idShape.MatchString(l.text) {
			times[l.text]++
		}
	}
	for id, forms := range entries {
		if (len(all(forms)) > 0 || len(forms) > 1) && times[id] > direct[id] {
			t.Errorf("got %q, which has placeholders, outside of a call that gives them", id)
		}
	}
}

func all(forms map[string]string) []string {
	var out []string
	for _, text := range forms {
		out = append(out, placeholders(text)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Every language has the plural forms its rules ask for, and nothing empty.
func TestPlurals(t *testing.T) {
	t.Parallel()
	for _, tag := range words.Languages() {
		needed := words.PluralForms(tag)
		for id, forms := range words.Entries(tag) {
			if len(forms) == 0 {
				t.Errorf("%s %s: got no words", tag, id)
			}
			for form := range needed {
				if _, ok := forms[form]; len(forms) > 1 && !ok {
					t.Errorf("%s %s: got no form %q, which the language needs", tag, id, form)
				}
			}
		}
	}
}

var (
	letters  = regexp.MustCompile(`[A-Za-z]{2}`)
	opening  = regexp.MustCompile(`^["“(]?[A-Z][a-z’']* \S`)
	word     = regexp.MustCompile(`[A-Za-z’']{2,}`)
	oneWord  = regexp.MustCompile(`^ ?[A-Z][a-z]+[-a-z]*$`)
	sqlWords = regexp.MustCompile(
		`^[\s(]*(to_char|substr|SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|PRAGMA|WITH|COPY|VACUUM|BEGIN|SET|SHOW|COUNT|MAX|MIN|CAST|COALESCE|CASE|END|ON CONFLICT|ORDER BY|NULLS|LISTEN|NOTIFY|TRUNCATE|LOCK|EXISTS|NOT EXISTS|ATTACH|ANALYZE)\b`,
	)
)

// Words stand in the catalogue, not in the code.
func TestWordsStandInTheCatalogue(t *testing.T) {
	t.Parallel()
	p := readProgram(t)
	met := map[string]bool{}
	complain := func(l literal) {
		if allowed[l.text] != "" {
			met[l.text] = true
			return
		}
		t.Errorf("%s: got the words %q in the code, want them in the catalogue", l.where(), l.text)
	}
	for _, l := range p.pages {
		if letters.MatchString(l.text) {
			complain(l)
		}
	}
	for _, l := range p.literals {
		if !exempt(l) && sentence(l) {
			complain(l)
		}
	}
	for text := range allowed {
		if !met[text] {
			t.Errorf("got %q allowed and not met, want it taken from the list", text)
		}
	}
}

// exempt are strings that no person reads on a page, in a mail or in an answer: logs, wrapped errors, patterns, SQL,
// markup, what only tests use; further the data of the platforms' Specs, the demo platforms' own pages, and the
// documents of the help, which are written as documents.
func exempt(l literal) bool {
	for _, prefix := range []string{"app/platform/", "app/sandbox/", "app/words/", "app/help/", "static/", "app/store/storetest/", "app/jobs/jobstest/", "app/health/healthtest/"} {
		if strings.HasPrefix(l.file, prefix) {
			return true
		}
	}
	if len(l.calls) > 0 && says(l.calls[0]) &&
		oneWord.MatchString(strings.ToUpper(l.text[:min(1, len(l.text))])+strings.ToLower(l.text[min(1, len(l.text)):])) {
		return true // a placeholder's name
	}
	for _, call := range l.calls {
		for _, quiet := range []string{"fmt.Errorf", "wrapped", "errors.New", "panic", "regexp.MustCompile", "sql.Raw", "sql.ExprP", "WriteString", "slog.", "log.", ".Format", "time.Parse", "strings.", "prometheus."} {
			if strings.HasPrefix(call, quiet) || strings.HasSuffix(call, "WriteString") && quiet == "WriteString" ||
				strings.HasSuffix(call, ".Format") && quiet == ".Format" {
				return true
			}
		}
		method := call[strings.LastIndex(call, ".")+1:]
		if slices.Contains(
			[]string{
				"Debug",
				"Info",
				"Warn",
				"Error",
				"DebugContext",
				"InfoContext",
				"WarnContext",
				"ErrorContext",
				"ExecContext",
				"QueryContext",
				"QueryRowContext",
				"Exec",
				"Query",
				"QueryRow",
			},
			method,
		) {
			return true
		}
	}
	return sqlWords.MatchString(l.text)
}

// sentence reports words for people: they begin like a sentence, or are three words or more; in pages also one word
// with a capital.
func sentence(l literal) bool {
	if strings.HasPrefix(l.file, "views/") && oneWord.MatchString(l.text) {
		return true
	}
	if opening.MatchString(l.text) {
		return true
	}
	return strings.Contains(strings.TrimSpace(l.text), " ") && len(word.FindAllString(placeholderless(l.text), -1)) >= 3 &&
		!strings.ContainsAny(l.text, "<>{}=")
}

func placeholderless(s string) string {
	return regexp.MustCompile(`%[-+.0-9]*[a-zA-Z]`).ReplaceAllString(s, "")
}

// The rules of good words that a machine can check.
func TestRulesOfWords(t *testing.T) {
	t.Parallel()
	tooLong := func(text string) string {
		for s := range strings.SplitSeq(strings.NewReplacer("! ", ". ", "? ", ". ", ": ", ". ", "; ", ". ").Replace(text), ". ") {
			if n := len(strings.Fields(s)); n > 20 {
				return s
			}
		}
		return ""
	}
	for id, forms := range words.Entries("en") {
		for _, text := range forms {
			if s := tooLong(text); s != "" {
				t.Errorf("%s: got a sentence of over 20 words: %q", id, s)
			}
			low := strings.ToLower(text)
			for _, phrase := range never {
				if regexp.MustCompile(`\b` + phrase + `\b`).MatchString(low) {
					t.Errorf("%s: got %q in %q, which no product says", id, phrase, text)
				}
			}
			if regexp.MustCompile(`<[a-z/]|&[a-z]+;`).MatchString(text) {
				t.Errorf("%s: got markup in %q", id, text)
			}
			if strings.Contains(text, "!") {
				t.Errorf("%s: got an exclamation mark in %q", id, text)
			}
			if text != strings.TrimSpace(text) || strings.Contains(text, "  ") {
				t.Errorf("%s: got blanks around or within %q", id, text)
			}
			if strings.Contains(text, "e-mail") || strings.Contains(text, "E-mail") || strings.Contains(text, "set-up") ||
				strings.Contains(text, "Set-up") {
				t.Errorf("%s: got an old spelling in %q", id, text)
			}
		}
	}
}

// never are phrases that no message has.
var never = []string{
	"something went wrong", "sorry", "apolog(y|ies|ize)", "oops", "nobody", "somebody", "anybody", "it is told", "is told", "looked after", "looks after",
	"what is over", "please", "shut out", "let in", "did not work", "under way", "dead letter", "made up by the sandbox",
}

// specs are the files that hold the sentences of the platforms' Specs.
var specs = regexp.MustCompile(`^app/platform/[a-z]+/[a-z_]+\.go$`)

// Every retired phrase of the glossary is gone as a whole text.
func TestRetiredPhrases(t *testing.T) {
	t.Parallel()
	said := map[string]string{}
	for id, forms := range words.Entries("en") {
		for _, text := range forms {
			said[bare(text)] = id
		}
	}
	for _, l := range readProgram(t).literals {
		if specs.MatchString(l.file) && l.text != strings.ToLower(l.text) &&
			!strings.HasPrefix(l.file, "app/platform/platformtest/") {
			said[bare(l.text)] = l.where()
		}
	}
	list, err := os.ReadFile("testdata/retired.txt")
	if err != nil {
		t.Fatal(err)
	}
	for phrase := range strings.Lines(string(list)) {
		phrase = strings.TrimSpace(phrase)
		if phrase == "" || strings.HasPrefix(phrase, "#") {
			continue
		}
		shape := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(bare(phrase)), `\*`, ".+") + "$")
		for text, where := range said {
			if shape.MatchString(text) {
				t.Errorf("%s: got the retired phrase %q", where, phrase)
			}
		}
	}
}

// bare is a text without its placeholders' names, its full stop and its capitals.
func bare(s string) string {
	s = placeholder.ReplaceAllString(s, "…")
	return strings.ToLower(strings.Trim(strings.TrimSpace(s), ".…: "))
}
