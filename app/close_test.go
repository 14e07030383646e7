package app_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/cli"
	"github.com/truecount/truecount/app/viewer"
)

// A command that works without a server stops its work before it closes what that needs: nothing is left under way,
// and nothing of its end is an error.
func TestACommandClosesInOrder(t *testing.T) {
	t.Parallel()
	const base = "http://127.0.0.1:1" // for the consents only
	w, address := abroad(t, base, nil)
	vars := settings(t, w, address, base, "sqlite://"+filepath.Join(t.TempDir(), "test.db"))
	seed(t, w, vars, 3)
	vars["LOG_LEVEL"] = "debug"
	var out, errs safe
	run := func(args ...string) {
		t.Helper()
		code := cli.Run(
			cli.World{Context: t.Context(), Out: &out, Err: &errs, Vars: func() (map[string]string, error) { return vars, nil }},
			args,
		)
		if code != 0 || strings.Contains(errs.String(), "level=ERROR") || strings.Contains(errs.String(), "closed") {
			t.Errorf("%v: got exit %d, %s\n%s, want it to end well", args, code, out.String(), errs.String())
		}
	}
	run("sync", "--wait") // everything is queued already: there is nothing to wait for, and much under way
	run("sync", "--wait", "--connection", first(t, vars))
	if n := look(t, vars); n.running != 0 {
		t.Errorf("got %+v, want no run left under way", n)
	}
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	a, err := app.Open(ctx, app.Options{Platforms: tested, Config: load(t, vars)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	var left int
	if err := a.Store.SQL().QueryRowContext(ctx, `SELECT count(*) FROM river_job WHERE state = 'running'`).Scan(&left); err != nil ||
		left != 0 {
		t.Errorf("got %d jobs left under way, %v, want none", left, err)
	}
}

// first gives a connection of a database.
func first(t *testing.T, vars map[string]string) string {
	t.Helper()
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	a, err := app.Open(ctx, app.Options{Platforms: tested, Config: load(t, vars)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	return a.Store.Client.Connection.Query().FirstIDX(ctx)
}

// safe is what a command writes, from several goroutines.
type safe struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safe) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safe) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
