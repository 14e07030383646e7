package app_test

import (
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// turned is a clock that a test turns.
type turned struct{ at atomic.Int64 }

func (c *turned) now() time.Time             { return time.Unix(0, c.at.Load()).UTC() }
func (c *turned) turn(d time.Duration)       { c.at.Add(int64(d)) }
func clockAt(t time.Time) *turned            { c := &turned{}; c.at.Store(t.UnixNano()); return c }
func (c *turned) file() string               { return "truecount-" + c.now().Format("20060102T150405Z") + ".db" }
func ls(t *testing.T, dir string) (s string) { return strings.Join(listed(t, dir), " ") }

func listed(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
