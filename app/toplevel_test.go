package app_test

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// The top level of the repository says what the product is made of, and nothing else lies there.
func TestTheTopLevel(t *testing.T) {
	t.Parallel()
	want := []string{
		"README.md",
		"Taskfile.yml",
		"app",
		"ent",
		"go.mod",
		"go.sum",
		"main.go",
		"migrations",
		"static",
		"views",
	}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	ignored := []string{"data", "bin", "tmp", "secrets", "truecount"} // made by running and building; in .gitignore
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".") || slices.Contains(ignored, name) || slices.Contains(want, name) ||
			strings.HasSuffix(name, ".test") ||
			strings.HasSuffix(name, ".out") ||
			strings.HasSuffix(name, ".prof") {
			continue
		}
		t.Errorf("%s lies at the top level: it belongs to one of %v or to a dot-folder", name, want)
	}
}
