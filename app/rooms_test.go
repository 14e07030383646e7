package app_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/truecount/truecount/"

// floors lists every package from the ground up; a package imports only from floors below its own. What
// ends in "/*" is every package below that path. A name that has no folder yet is a room that is planned.
var floors = [][]string{
	{"app/words"},
	{"app/fault", "app/process", "app/reading", "app/release", "app/viewer", "ent", "ent/*", "migrations", "static", "views/ui"},
	{"app/outbound", "app/lifecycle", "app/config", "app/metrics", "app/vault", "app/store", "app/sandbox", "app/help"},
	{"app/platform", "app/notify", "app/store/storetest", "app/sandbox/sandboxtest", "views/layout"},
	{"app/platform/*", "app/health/healthtest"},
	{"app/connect/grants", "app/syncer/planner"},
	{"app/auth", "app/connect", "app/syncer", "app/numbers", "app/health", "app/capacity", "app/media", "app/platform/all"},
	{"app/analytics", "app/alerts", "app/console", "app/share", "app/people", "app/backup", "app/demo"},
	{"app/jobs", "app/doctor", "views/door", "views/creator", "views/admin"},
	{"app/web/edge", "app/jobs/jobstest"},
	{"app/web/*"},
	{"app/web"},
	{"app"},
	{"app/cli"},
	{""},
}

func floorOf(pkg string) (int, bool) {
	for floor, paths := range floors {
		if slices.Contains(paths, pkg) {
			return floor, true
		}
	}
	for floor, paths := range floors {
		for _, p := range paths {
			if strings.HasSuffix(p, "/*") && strings.HasPrefix(pkg, strings.TrimSuffix(p, "*")) {
				return floor, true
			}
		}
	}
	return 0, false
}

// kept lists outside libraries and the only rooms that may import them.
var kept = map[string][]string{
	"github.com/gin-gonic/gin":        {"app/web"},
	"github.com/alexedwards/scs":      {"app/web"},
	"github.com/riverqueue/river":     {"app/jobs"},
	"github.com/go-co-op/gocron":      {"app/jobs"},
	"golang.org/x/oauth2":             {"app/platform"},
	"modernc.org/sqlite":              {"app/store"},
	"github.com/jackc/pgx":            {"app/store", "app/store/storetest", "app/jobs"},
	"entgo.io/ent":                    {"app/store", "app/auth", "app/connect", "app/syncer", "app/analytics", "app/health", "app/capacity", "app/alerts", "app/console", "app/lifecycle", "ent"},
	module + "ent":                    {"app/store", "app/auth", "app/connect", "app/syncer", "app/analytics", "app/health", "app/capacity", "app/alerts", "app/console", "app/lifecycle", "app/jobs/jobstest", "ent"},
	"github.com/tink-crypto/tink-go":  {"app/vault"},
	"github.com/alexedwards/argon2id": {"app/auth"},
	"github.com/alecthomas/kong":      {"app/cli"},
	"github.com/wneessen/go-mail":     {"app/notify"},
	"github.com/nicholas-fedor":       {"app/notify"},
	"github.com/getsentry/sentry-go":  {"app/notify"},
}

// Each room owns one thing and has few doors: the floors hold, neighbours never meet, and a library
// stays in its room.
func TestRooms(t *testing.T) {
	t.Parallel()
	root := ".."
	seen := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != root || rel == "data" || rel == "bin" || rel == "tmp") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		seen++
		pkg := ""
		if i := strings.LastIndex(rel, "/"); i >= 0 {
			pkg = rel[:i]
		}
		check(t, path, pkg)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 100 {
		t.Errorf("got %d files, want the whole program", seen)
	}
}

func check(t *testing.T, path, pkg string) {
	t.Helper()
	floor, known := floorOf(pkg)
	if !known {
		t.Errorf("%s: package %q has no floor", path, pkg)
		return
	}
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Errorf("parse %s: %v", path, err)
		return
	}
	for _, spec := range f.Imports {
		to, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Errorf("%s: import %s: %v", path, spec.Path.Value, err)
			continue
		}
		for library, rooms := range kept {
			in := slices.ContainsFunc(rooms, func(r string) bool { return pkg == r || strings.HasPrefix(pkg, r+"/") })
			if (to == library || strings.HasPrefix(to, library+"/")) && !in {
				t.Errorf("%s: got an import of %s in %q, want it only in %v", path, to, pkg, rooms)
			}
		}
		ours, inside := strings.CutPrefix(to, module)
		if !inside {
			continue
		}
		below, known := floorOf(ours)
		sub := strings.HasPrefix(ours, "ent") && strings.HasPrefix(pkg, "ent") // generated code among itself
		viewer := strings.HasPrefix(pkg, "ent") && ours == "app/viewer"        // the one import of ours a schema may have
		if known && below >= floor && !sub && !viewer {
			t.Errorf("%s: floor %d imports %s of floor %d, want only floors below", path, floor, ours, below)
		}
	}
}

// L5: the tests of every room fail when something goes on running after them.
func TestRoomsLookForLeaks(t *testing.T) {
	t.Parallel()
	looks := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		dir, text := filepath.Dir(path), string(b)
		looks[dir] = looks[dir] || strings.Contains(text, "goleak.VerifyTestMain(m") || strings.Contains(text, "storetest.Main(m)")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, ok := range looks {
		if !ok {
			t.Errorf("app/%s: got tests that do not look for leaks, want a TestMain that does", dir)
		}
	}
}
