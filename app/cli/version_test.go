package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

// CONTRACT 1: the command and the flag say the same, and the notices name what is linked in.
func TestVersionAndLicenses(t *testing.T) {
	t.Parallel()
	run := func(args ...string) string {
		t.Helper()
		var out, wrong bytes.Buffer
		if code := Run(World{Context: context.WithoutCancel(t.Context()), In: strings.NewReader(""), Out: &out, Err: &wrong}, args); code != 0 {
			t.Fatalf("%v: got %d %s, want 0", args, code, &wrong)
		}
		return strings.TrimSpace(out.String())
	}
	version := run("version")
	if !strings.HasPrefix(version, "truecount ") || !strings.Contains(version, "commit ") ||
		!strings.Contains(version, "go1.") ||
		run("--version") != version {
		t.Errorf("got %q and %q, want version, commit and Go version twice", version, run("--version"))
	}
	if got := run("licenses"); !strings.Contains(got, "github.com/gin-gonic/gin v") ||
		!strings.Contains(got, "Permission is hereby granted") {
		t.Errorf("got %.200q, want modules and the texts they are under", got)
	}
}
