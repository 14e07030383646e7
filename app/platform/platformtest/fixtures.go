package platformtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// EveryRecording fails the test when a recorded answer beside the caller is in no test: what was
// collected must mean something.
func EveryRecording(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob("testdata/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("got %d recorded answers, %v, want some", len(files), err)
	}
	tests, _ := filepath.Glob("*_test.go")
	var all strings.Builder
	for _, f := range tests {
		b, err := os.ReadFile(f) // #nosec G304 -- a test of ours
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	for _, f := range files {
		if name := filepath.Base(f); name != "fuzz" && !strings.Contains(all.String(), `"`+name) {
			t.Errorf("%s is in no test", name)
		}
	}
}
