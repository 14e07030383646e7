package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/platform/all"
)

// TestNoPlatformIsNamed: what is true of one platform alone stands in its folder below app/platform. No text in the
// code of another room, and no line of a view, a style sheet, a script or the description of the API, holds a
// platform's id or name; tests, comments and documents may.
func TestNoPlatformIsNamed(t *testing.T) {
	t.Parallel()
	var words []string
	for _, m := range all.Platforms().Makers() {
		words = append(words, regexp.QuoteMeta(m.Spec.ID), regexp.QuoteMeta(m.Spec.Name))
	}
	named := regexp.MustCompile(`(?i)(^|[^a-z0-9])(` + strings.Join(words, "|") + `)([^a-z0-9]|$)`)
	seen := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(path, ".."+string(filepath.Separator)))
		if d.IsDir() {
			if strings.HasPrefix(d.Name(), ".") && path != ".." || rel == "app/platform" || rel == "data" || rel == "bin" ||
				rel == "tmp" ||
				d.Name() == "testdata" ||
				strings.HasSuffix(d.Name(), "test") { // healthtest and its like
				return filepath.SkipDir
			}
			return nil
		}
		var texts map[int]string
		switch {
		case strings.HasSuffix(rel, "_test.go"), strings.HasSuffix(rel, "_templ.go"):
			return nil
		case strings.HasSuffix(rel, ".go"):
			texts, err = literals(path)
		case strings.HasSuffix(rel, ".templ"),
			strings.HasSuffix(rel, ".css"),
			strings.HasSuffix(rel, ".js"),
			strings.HasSuffix(rel, "openapi.json"):
			texts, err = lines(path)
		default:
			return nil
		}
		seen++
		for line, text := range texts {
			if named.MatchString(text) {
				t.Errorf("%s:%d: got %q, which names a platform: its Spec should say it", rel, line, strings.TrimSpace(text))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 100 {
		t.Errorf("got %d files, want the whole program", seen)
	}
}

// literals are the texts of a Go file by their line.
func literals(path string) (map[int]string, error) {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	out := map[int]string{}
	ast.Inspect(f, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BasicLit:
			if x.Kind == token.STRING {
				out[set.Position(x.Pos()).Line] += x.Value
			}
		}
		return true
	})
	return out, nil
}

// lines are the lines of another file, without those that are a comment.
func lines(path string) (map[int]string, error) {
	b, err := os.ReadFile(path) // #nosec G304 -- a file of the tree
	if err != nil {
		return nil, err
	}
	out := map[int]string{}
	for i, line := range strings.Split(string(b), "\n") {
		if !strings.HasPrefix(strings.TrimSpace(line), "//") {
			out[i+1] = line
		}
	}
	return out, nil
}
