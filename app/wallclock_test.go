package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// wallClocks are the places that read the machine's clock, how often each does, and why. Everything else goes by the
// Now that it was given.
var wallClocks = map[string]struct {
	times int
	why   string
}{
	"accounts/accounts.go":     {1, "Now when none is given"},
	"analytics/analytics.go":   {1, "Now when none is given"},
	"auth/auth.go":             {1, "Now when none is given"},
	"cli/backup.go":            {2, "how long a command took, for its line"},
	"cli/doctor.go":            {1, "when the report was made: there may be no database to ask"},
	"cli/restore.go":           {1, "the database is not open: nobody has another clock"},
	"cli/sync.go":              {2, "how long a progress bar has been drawn"},
	"store/process_clock.go":   {1, "the machine's clock itself, corrected by the database's"},
	"connect/connect.go":       {1, "Now when none is given"},
	"connect/grants/grants.go": {1, "Now when none is given"},
	"doctor/doctor.go":         {2, "Now when none is given, and the machine's clock that is looked at"},
	"health/health.go":         {1, "Now when none is given"},
	"alerts/alerts.go":         {1, "Now when none is given"},
	"capacity/capacity.go":     {1, "Now when none is given"},
	"console/console.go":       {1, "Now when none is given"},
	"backup/installation.go":   {2, "when a marker was written, for people to read"},
	"jobs/queue.go":            {1, "Now when none is given"},
	"numbers/numbers.go":       {1, "Now when none is given"},
	"notify/sentry.go":         {1, "the time of an event in another program"},
	"notify/webhook.go":        {1, "the time of a signature that another program checks"},
	"platform/registry.go":     {1, "Now when none is given"},
	"outbound/client.go": {
		2,
		"Now when none is given, and the end of a call, which a context counts by the machine's clock",
	},
	"sandbox/sandbox.go":        {1, "Now when none is given"},
	"syncer/planner/planner.go": {1, "Now when none is given"},
	"syncer/syncer.go":          {1, "Now when none is given"},
	"web/edge/edge.go":          {1, "Now when none is given"},
}

// The time is the one that a room was given, never the machine's beside it: who reads both compares what does
// not belong together, and no test can turn it.
func TestRoomsGoByTheirOwnClock(t *testing.T) {
	t.Parallel()
	found := map[string][]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if strings.HasSuffix(path, "test") { // a room for tests alone
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		files := token.NewFileSet()
		f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" &&
				(s.Sel.Name == "Now" || s.Sel.Name == "Since" || s.Sel.Name == "Until") {
				found[path] = append(found[path], files.Position(s.Pos()).String())
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < len(wallClocks)/2 {
		t.Fatalf("got %d files that read the clock, want the rooms looked at", len(found))
	}
	for path, at := range found {
		if want := wallClocks[filepath.ToSlash(path)]; len(at) > want.times {
			t.Errorf(
				"%s reads the machine's clock %d times (%s), want %d: use the room's Now, or say here why not",
				path,
				len(at),
				strings.Join(at, ", "),
				want.times,
			)
		}
	}
	for path, w := range wallClocks {
		if len(found[filepath.FromSlash(path)]) != w.times || w.why == "" {
			t.Errorf(
				"%s: got %d readings, want the %d that are allowed here, with a reason",
				path,
				len(found[filepath.FromSlash(path)]),
				w.times,
			)
		}
	}
}
