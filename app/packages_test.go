package app_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// A stranger finds what a package is for in one place: each has its comment in doc.go, and only there.
func TestPackageCommentsStandInDocGo(t *testing.T) {
	t.Parallel()
	documented, packages := map[string]bool{}, map[string]bool{}
	for _, root := range []string{".", "../views", "../static", "../migrations"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && d.Name() == "testdata" {
				return filepath.SkipDir
			}
			if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_templ.go") {
				return nil
			}
			dir := filepath.Dir(path)
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				return err
			}
			if !strings.HasSuffix(path, "_test.go") {
				packages[dir] = true
			}
			if f.Doc == nil {
				return nil
			}
			if d.Name() != "doc.go" {
				t.Errorf("%s: got a comment of the package here, want it in doc.go", path)
				return nil
			}
			documented[dir] = true
			comment := f.Doc.Text()
			if want := "Package " + f.Name.Name + " "; !strings.HasPrefix(comment, want) || strings.Count(comment, ".") < 2 {
				t.Errorf("%s: got %q, want sentences that begin with %q", path, comment, want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(packages) < 50 {
		t.Errorf("got %d packages, want the whole program", len(packages))
	}
	for dir := range packages {
		if !documented[dir] {
			t.Errorf("%s: got no comment of the package, want one in its doc.go", dir)
		}
	}
}
