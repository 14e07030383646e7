package views_test

import (
	"bytes"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/truecount/truecount/"

// checked is a package of ours with its types.
type checked struct {
	pkg   *types.Package
	info  *types.Info
	files []*ast.File
	fset  *token.FileSet
}

// check parses a package of the module and finds the types of its expressions. Imports come as the compiler exported
// them.
func check(t *testing.T, path string) checked {
	t.Helper()
	var exported, said bytes.Buffer
	list := exec.CommandContext(
		t.Context(), "go", "list", "-export", "-deps", "-f", "{{.ImportPath}}={{.Export}}", "./"+strings.TrimPrefix(path, "views/"),
	)
	list.Stdout, list.Stderr = &exported, &said
	if err := list.Run(); err != nil {
		t.Fatalf("list what %s imports: %v\n%s", path, err, said.String())
	}
	files := map[string]string{}
	for line := range strings.Lines(exported.String()) {
		name, file, _ := strings.Cut(strings.TrimSpace(line), "=")
		files[name] = file
	}
	c := checked{fset: token.NewFileSet()}
	sources, err := filepath.Glob(strings.TrimPrefix(path, "views/") + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range sources {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(c.fset, file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		c.files = append(c.files, f)
	}
	c.info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Defs: map[*ast.Ident]types.Object{},
	}
	conf := types.Config{Importer: importer.ForCompiler(c.fset, "gc", func(name string) (io.ReadCloser, error) {
		return os.Open(files[name])
	})}
	if c.pkg, err = conf.Check(module+path, c.fset, c.files, c.info); err != nil {
		t.Fatal(err)
	}
	return c
}

// writers are the functions that put a number on a page: the methods of words.Printer and the functions of others.
var writers = map[string][]string{
	module + "app/words": {
		"Exact", "Compact", "Short", "CompactFloat", "ExactFloat", "Percent", "Decimal", "SignedPercent", "SignedPoints",
		"SignedCount", "Say", "New",
	},
	module + "views/ui": {"Count", "Rate", "Change", "Delta", "Behind", "Sentence"},
	"strconv":           {"Itoa", "FormatInt", "FormatUint", "FormatFloat"},
	"fmt":               {"Sprint", "Sprintf", "Sprintln"},
}

// bare is a number that a page writes.
type bare struct {
	what  string // its field: analytics.Post.ViewCount; else the expression
	where string
	value bool // the struct that it is a field of says how sure it is
}

// written finds every number that the package hands to a writer, to a drawing of views/ui, or to a function of its own
// that hands it on.
func (c checked) written() []bare {
	passing := map[types.Object]bool{} // functions of the package that hand their own numbers on
	for {
		var out []bare
		found := false
		for _, f := range c.files {
			for _, d := range f.Decls {
				f, ok := d.(*ast.FuncDecl)
				if !ok {
					continue
				}
				for _, e := range c.handed(f, passing) {
					if id, ok := within(e).(*ast.Ident); ok && c.parameter(f, id) {
						found = found || !passing[c.info.Defs[f.Name]]
						passing[c.info.Defs[f.Name]] = true
						continue
					}
					out = append(out, c.bare(e))
				}
			}
		}
		if !found {
			return out
		}
	}
}

// handed are the numbers in a function that somebody else writes.
func (c checked) handed(f *ast.FuncDecl, passing map[types.Object]bool) (out []ast.Expr) {
	take := func(list ...ast.Expr) {
		for _, e := range list {
			if numeric(c.info.Types[e].Type) && c.info.Types[e].Value == nil {
				out = append(out, e)
			}
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if c.writes(n, passing) {
				take(n.Args...)
			}
		case *ast.CompositeLit:
			named, ok := c.info.Types[n].Type.(*types.Named)
			if !ok || named.Obj().Pkg() == nil || named.Obj().Pkg().Path() != module+"views/ui" {
				return true
			}
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					e = kv.Value
				}
				take(e)
			}
		}
		return true
	})
	return out
}

// parameter reports that a name is one of the function's parameters.
func (c checked) parameter(f *ast.FuncDecl, id *ast.Ident) bool {
	o := c.info.Uses[id]
	return o != nil && f.Type.Params.Pos() <= o.Pos() && o.Pos() < f.Type.Params.End()
}

func (c checked) writes(call *ast.CallExpr, passing map[types.Object]bool) bool {
	var name *ast.Ident
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		name = f.Sel
	case *ast.Ident:
		name = f
	default:
		return false
	}
	o, ok := c.info.Uses[name].(*types.Func)
	return ok && o.Pkg() != nil && (passing[o] || slices.Contains(writers[o.Pkg().Path()], o.Name()))
}

// numeric reports a number, or a pointer to one.
func numeric(t types.Type) bool {
	if t == nil {
		return false
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	if named, ok := t.(*types.Named); ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "time" {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsNumeric != 0
}

// within is what an expression takes its number from: without pointers, brackets and conversions.
func within(e ast.Expr) ast.Expr {
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.UnaryExpr:
			e = x.X
		case *ast.CallExpr: // a conversion
			id, ok := x.Fun.(*ast.Ident)
			if !ok || len(x.Args) != 1 || types.Universe.Lookup(id.Name) == nil || id.Name == "len" {
				return e
			}
			e = x.Args[0]
		default:
			return e
		}
	}
}

func (c checked) bare(e ast.Expr) bare {
	e = within(e)
	at := c.fset.Position(e.Pos())
	b := bare{where: at.Filename + ":" + strconv.Itoa(at.Line), what: types.ExprString(e)}
	s, ok := e.(*ast.SelectorExpr)
	if !ok || c.info.Selections[s] == nil {
		return b
	}
	owner := c.info.Selections[s].Recv()
	if p, ok := owner.Underlying().(*types.Pointer); ok {
		owner = p.Elem()
	}
	if named, ok := owner.(*types.Named); ok {
		b.what = named.Obj().Pkg().Name() + "." + named.Obj().Name() + "." + s.Sel.Name
		b.value = stated(named)
	}
	return b
}

// stated reports that a struct has a state of package numbers.
func stated(n *types.Named) bool {
	s, ok := n.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for f := range s.Fields() {
		if named, ok := f.Type().(*types.Named); ok && named.Obj().Name() == "State" &&
			named.Obj().Pkg().Path() == module+"app/numbers" {
			return true
		}
	}
	return false
}

// plain are the numbers that pages write without a state, and why each may be.
var plain = map[string]string{
	"accounts.Connection.FollowerCount": "the platform's count; the card says why it is unknown and when it was read",
	"analytics.PlatformRow.Followers":   "the platform's count; the row says why it is unknown and when it was read",
	"analytics.Number.Value":            "a post's counter; the row says why it is unknown, the page when it was read",
	"analytics.Post.ViewCount":          "a post's counter, with the reason where it is unknown",
	"analytics.Post.LikeCount":          "a post's counter, with the reason where it is unknown",
	"analytics.Post.CommentCount":       "a post's counter, with the reason where it is unknown",
	"analytics.Post.EngagementRate":     "of a post's counters, with the reason where it is unknown",
	"analytics.Part.Value":              "a part of an audience as the platform gives it; the head says for when",
	"analytics.Part.Percent":            "a part of an audience as the platform gives it; the head says for when",
	"analytics.Point.Value":             "a day of a line: what is incomplete is no point",
	"numbers.Operand.Value":             "what a figure is made of, below the figure and its state",

	"posts.VsUsual.Age":    "the age at which a ratio, which has a state, is taken",
	"posts.VsUsual.Posts":  "how many posts a ratio, which has a state, is against",
	"posts.VsUsual.Median": "what a ratio, which has a state, is against",
	"posts.VsUsual.Q25":    "around what a ratio, which has a state, is against",
	"posts.VsUsual.Q75":    "around what a ratio, which has a state, is against",
	"*u.Q25 / *u.Median":   "a place in a drawing",
	"*u.Q75 / *u.Median":   "a place in a drawing",
	"posts.Patterns.Posts": "posts behind ratios, each of which has a state",
	"posts.Patterns.Days":  "how far back is looked",
	"posts.Kind.Posts":     "posts behind a ratio, which has a state",
	"posts.Cell.Posts":     "posts behind a ratio, which has a state",

	"accounts.Connection.DeleteDays": "days that are left",
	"accounts.Step.Items":            "posts that a sync brought",
	"analytics.AudienceChart.More":   "rows that are not shown",
	"analytics.PlatformRow.Days":     "days between two readings",
	"analytics.Post.Items":           "pictures of a carousel",
	"analytics.PostTable.Page":       "of a table",
	"analytics.PostTable.Pages":      "of a table",
	"analytics.PostTable.Total":      "rows that match a filter",
	"analytics.Total.Days":           "days that a total is of",
	"creator.query.page":             "of a table, in an address",
	"numbers.Readings.Count":         "readings behind a figure",
	"analytics.Overview.Syncing":     "syncs under way",
	"causes.Shown.Value":             "what an app shows, as it was typed",
	"causes.Shown.Step":              "how exact what was typed is",
	"d":                              "what an app shows less a figure that stands beside it",
	"creator.called.count":           "calls of a sync",
	"known":                          "days of a period that are covered",
	"over":                           "days of a period that are over",
	"more":                           "days that are not covered",
	"part":                           "how complete a figure usually is by now, beside it",
	"len(v.Value.Parts)":             "accounts behind a figure",
	"len(v.Calls)":                   "rows of a table",
	"len(v.Operands)":                "rows of a table",

	"10 * i + 1":       "a place in a drawing",
	"10 * len(v.Days)": "the width of a drawing",
	"s / 3600":         "the length of a film",
	"s / 60":           "the length of a film",
	"s / 60 % 60":      "the length of a film",
	"s % 60":           "the length of a film",

	"analytics.Post.Bar": "the length of a bar beside its number",
}

// V1: a creator's page writes no number without its state. What it writes is the field of a value of package numbers,
// or of a type that has such a state; the few others are listed, with the reason.
func TestFiguresCarryTheirState(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	valued := 0
	for _, b := range check(t, "views/creator").written() {
		if b.value {
			valued++
			continue
		}
		if used[b.what] = true; plain[b.what] == "" {
			t.Errorf("%s writes %s, which has no state: write a value of package numbers, or say here why not", b.where, b.what)
		}
	}
	for what := range plain {
		if !used[what] {
			t.Errorf("no page writes %s any more: take it out of the list", what)
		}
	}
	if valued < 5 {
		t.Errorf("got %d numbers with a state, want those of the big numbers and of explanations", valued)
	}
}
