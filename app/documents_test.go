package app_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// The documents of the repository stay short where they must, and no link of theirs leads nowhere.
func TestDocuments(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"../README.md", "README.md", "../.github/CONTRIBUTING.md", "../.github/SECURITY.md", "../.github/CHANGELOG.md",
		"../.github/pull_request_template.md",
	} {
		b, err := os.ReadFile(filepath.FromSlash(name))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, m := range markdownLink.FindAllStringSubmatch(string(b), -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") || target == "" {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), filepath.FromSlash(target))); err != nil {
				t.Errorf("%s: got the dead link %q", name, m[1])
			}
		}
		if n := strings.Count(string(b), "\n"); name == "../README.md" && n > 150 {
			t.Errorf("got %d lines in the README, want at most 150: what is longer belongs into app/help", n)
		}
	}
}

var reliabilityRow = regexp.MustCompile(`//.*?\b([OTSWJPDNLKCV][0-9]{1,2})\b`)

// A code that stands in a test's comment is explained in app/README.md.
func TestCodesAreExplained(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	explained := map[string]bool{"N2": true, "N3": true, "N4": true} // of the range that the table names
	for _, m := range regexp.MustCompile(`(?m)^\| ([^|]+) \|`).FindAllStringSubmatch(string(b), -1) {
		for _, id := range regexp.MustCompile(`[A-Z][0-9]+`).FindAllString(m[1], -1) {
			explained[id] = true
		}
	}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	deeper, err := filepath.Glob("*/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range append(files, deeper...) {
		b, err := os.ReadFile(f) // #nosec G304 -- our own
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range reliabilityRow.FindAllStringSubmatch(string(b), -1) {
			seen++
			if !explained[m[1]] {
				t.Errorf("%s: %s is explained nowhere", f, m[1])
			}
		}
	}
	if seen < 50 {
		t.Errorf("got %d codes, want them found", seen)
	}
}
