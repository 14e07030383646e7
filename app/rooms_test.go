package app_test

import (
	"go/ast"
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
	{"app/text", "app/words"},
	{
		"app/fault",
		"app/numbers/causes",
		"app/process",
		"app/reading",
		"app/release",
		"app/viewer",
		"ent",
		"ent/*",
		"migrations",
		"static",
		"views/ui",
	},
	{"app/outbound", "app/lifecycle", "app/config", "app/metrics", "app/vault", "app/store", "app/sandbox"},
	{"app/platform", "app/notify", "app/store/storetest", "app/sandbox/sandboxtest", "views/layout"},
	{"app/platform/*"},
	{"app/connect/grants", "app/syncer/planner"},
	{
		"app/auth",
		"app/connect",
		"app/syncer",
		"app/accounts",
		"app/health",
		"app/capacity",
		"app/media",
		"app/tags",
		"app/platform/all",
		"app/health/healthtest",
	},
	{"app/numbers/final", "app/numbers/period", "app/numbers/readings", "app/numbers/usual"},
	{"app/numbers/listing", "app/numbers/sets"},
	{"app/numbers"},
	{"app/numbers/posts"},
	{"app/help", "app/analytics", "app/alerts", "app/console", "app/share", "app/people", "app/backup", "app/demo"},
	{"views/admin/*", "app/jobs", "app/doctor", "views/door", "views/creator", "views/settings", "views/help"},
	{"views/admin", "app/web/edge", "app/jobs/jobstest"},
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
	"github.com/gin-gonic/gin":    {"app/web"},
	"github.com/alexedwards/scs":  {"app/web"},
	"github.com/riverqueue/river": {"app/jobs"},
	"github.com/go-co-op/gocron":  {"app/jobs"},
	"golang.org/x/oauth2":         {"app/platform"},
	"modernc.org/sqlite":          {"app/store"},
	"github.com/jackc/pgx":        {"app/store", "app/store/storetest", "app/jobs"},
	"entgo.io/ent": {
		"app/numbers",
		"app/tags",
		"app/store",
		"app/auth",
		"app/connect",
		"app/syncer",
		"app/analytics",
		"app/accounts",
		"app/health",
		"app/capacity",
		"app/alerts",
		"app/console",
		"app/lifecycle",
		"ent",
	},
	module + "ent": {
		"app/numbers",
		"app/tags",
		"app/store",
		"app/auth",
		"app/connect",
		"app/syncer",
		"app/analytics",
		"app/accounts",
		"app/health",
		"app/capacity",
		"app/alerts",
		"app/console",
		"app/lifecycle",
		"app/jobs/jobstest",
		"ent",
	},
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
		looks[dir] = looks[dir] || strings.Contains(text, "goleak.VerifyTestMain(m") ||
			strings.Contains(text, "storetest.Main(m)")
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

// The largest that a room and a type may be. A room over it is two.
const (
	roomLines   = 3000 // of Go without tests and generated code, and of templ
	typeMethods = 40
)

// overLines and overMethods name what is still too large, and shrink to nothing.
var (
	overLines   = map[string]int{}
	overMethods = map[string]int{}
)

// No room is so large that nobody knows all of it, and no type does everything.
func TestRoomsAreSmall(t *testing.T) {
	t.Parallel()
	root := ".."
	lines, methods := map[string]int{}, map[string]int{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		if d.IsDir() &&
			(strings.HasPrefix(d.Name(), ".") && path != root || rel == "data" || rel == "bin" || rel == "tmp" || rel == "ent") {
			return filepath.SkipDir
		}
		isGo := strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") &&
			!strings.HasSuffix(path, "_templ.go")
		if d.IsDir() || !isGo && !strings.HasSuffix(path, ".templ") {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		room := filepath.ToSlash(filepath.Dir(rel))
		lines[room] += strings.Count(string(b), "\n")
		if isGo {
			return countMethods(path, b, room, methods)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) < 30 || len(methods) < 100 {
		t.Errorf("got %d rooms and %d types with methods, want the whole program", len(lines), len(methods))
	}
	tooLarge(t, "lines", lines, roomLines, overLines)
	tooLarge(t, "methods", methods, typeMethods, overMethods)
}

// countMethods adds up the methods of each type of a file.
func countMethods(path string, source []byte, room string, methods map[string]int) error {
	f, err := parser.ParseFile(token.NewFileSet(), path, source, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, d := range f.Decls {
		m, ok := d.(*ast.FuncDecl)
		if !ok || m.Recv == nil {
			continue
		}
		on := m.Recv.List[0].Type
		if star, ok := on.(*ast.StarExpr); ok {
			on = star.X
		}
		switch generic := on.(type) {
		case *ast.IndexExpr:
			on = generic.X
		case *ast.IndexListExpr:
			on = generic.X
		}
		if name, ok := on.(*ast.Ident); ok {
			methods[room+"."+name.Name]++
		}
	}
	return nil
}

// tooLarge compares sizes with the most that is allowed, and with what is allowed for the moment.
func tooLarge(t *testing.T, what string, sizes map[string]int, most int, forNow map[string]int) {
	t.Helper()
	for name, n := range sizes {
		if n > most && n > forNow[name] {
			t.Errorf("%s: got %d %s, want at most %d", name, n, what, max(most, forNow[name]))
		}
	}
	for name, n := range forNow {
		if sizes[name] <= most {
			t.Errorf(
				"%s: got %d %s, which is small enough: take it off the list of what is over (%d)",
				name,
				sizes[name],
				what,
				n,
			)
		}
	}
}
