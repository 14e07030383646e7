package backup

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/store"
)

// keeper makes copies every hour and keeps three, of an empty database, on a clock that a test turns.
type keeper struct {
	*Copies
	t   *testing.T
	now time.Time
	dir string
}

func newKeeper(t *testing.T, change ...func(*Options)) *keeper {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Migrate(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	k := &keeper{t: t, now: time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC), dir: filepath.Join(t.TempDir(), "copies")}
	o := Options{
		Store: s, Dir: k.dir, Every: time.Hour, Keep: 3, Started: k.now,
		Now: func() time.Time { return k.now }, Log: slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&o)
	}
	k.Copies = New(o)
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	})
	return k
}

// run asks for a copy and waits for its end, if one was begun.
func (k *keeper) run() {
	k.t.Helper()
	if err := k.Run(k.t.Context()); err != nil {
		k.t.Fatal(err)
	}
	k.done.Wait()
}

// file is the name of a copy that is made now.
func (k *keeper) file() string { return "truecount-" + k.now.Format(copyStamp) + ".db" }

// ls lists the directory of the copies.
func (k *keeper) ls() string {
	k.t.Helper()
	entries, err := os.ReadDir(k.dir)
	if err != nil {
		k.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func (k *keeper) write(names ...string) {
	k.t.Helper()
	if err := os.MkdirAll(k.dir, 0o700); err != nil {
		k.t.Fatal(err)
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(k.dir, name), nil, 0o600); err != nil {
			k.t.Fatal(err)
		}
	}
}

// D4: copies are made by their names' age, the oldest go, and nothing else in the directory is touched.
func TestScheduledCopies(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	if at, err := k.Last(); !at.IsZero() || err != nil {
		t.Errorf("before any: got %v, %v", at, err)
	}
	k.write("truecount-20300101T000000Z.db") // of a clock that was wrong once
	for range 5 {
		at := k.now
		k.run()
		if got, err := k.Last(); err != nil || !got.Equal(at) {
			t.Fatalf("got the last copy of %s, %v, want one of %s", got, err, at)
		}
		k.now = k.now.Add(59 * time.Minute)
		k.run()
		if dir := k.ls(); strings.Contains(dir, k.file()) {
			t.Errorf("after 59 minutes: got %s, want no further copy", dir)
		}
		if at.Hour() == 4 { // what is not a scheduled copy stays, what a killed process left goes
			k.write(
				"truecount-mine.db",
				"truecount-20200101T000000Z.db.gz",
				".truecount-20261101T000000Z.db.77.part",
				".other.db.1.part",
			)
		}
		k.now = k.now.Add(time.Minute)
	}
	const want = ".other.db.1.part truecount-20200101T000000Z.db.gz truecount-20261123T070000Z.db truecount-20261123T080000Z.db truecount-20300101T000000Z.db truecount-mine.db"
	if got := k.ls(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, err := store.Inspect(t.Context(), filepath.Join(k.dir, "truecount-20261123T080000Z.db")); err != nil {
		t.Errorf("got %v, want a whole copy", err)
	}
}

// A copy that cannot be made is told, tried again after an hour, and stops nothing.
func TestACopyThatFails(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, func(o *Options) { o.Every = 24 * time.Hour })
	taken := k.file()
	if err := os.MkdirAll(filepath.Join(k.dir, taken), 0o700); err != nil { // the name is taken by something that is no copy
		t.Fatal(err)
	}
	for range 3 {
		k.run()
		if at, err := k.Last(); !at.IsZero() || err == nil {
			t.Fatalf("got %v, %v, want the failure", at, err)
		}
		if got := k.Trouble(t.Context()); !strings.Contains(got, "The last attempt failed") {
			t.Errorf("got %q told, want that the try failed", got)
		}
		k.now = k.now.Add(20 * time.Minute)
	}
	k.run()
	if at, err := k.Last(); err != nil || !at.Equal(k.now) {
		t.Errorf("after an hour: got %v, %v, want a copy", at, err)
	}
	if got, want := k.ls(), taken+" "+k.file(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := k.Trouble(t.Context()); got != "" {
		t.Errorf("got %q told, want nothing", got)
	}
}

// A copy that is late is told, two hours after it was due and not before. A process that has just begun has its time.
func TestALateCopyIsTold(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	for after, want := range map[time.Duration]bool{0: false, 3 * time.Hour: false, 3*time.Hour + time.Minute: true} {
		k.now = k.o.Started.Add(after)
		if got := k.Trouble(t.Context()); (got != "") != want {
			t.Errorf("%s after the start: got %q, want it told: %v", after, got, want)
		}
	}
}

// What must not be copied is not: the sandbox's numbers, and nothing with copies off. After the end none begins.
func TestNoCopies(t *testing.T) {
	t.Parallel()
	ended := newKeeper(t)
	if err := ended.Close(); err != nil {
		t.Fatal(err)
	}
	for name, k := range map[string]*keeper{
		"copies off": newKeeper(t, func(o *Options) { o.Every = 0 }), "the sandbox": newKeeper(t, func(o *Options) { o.Sandbox = true }), "ended": ended,
	} {
		if err := k.Run(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(k.dir); err == nil {
			t.Errorf("%s: got copies in %s, want none", name, k.dir)
		}
		if name != "ended" && (k.KeptUntil() != nil || k.Trouble(t.Context()) != "") {
			t.Errorf("%s: got copies promised, want none", name)
		}
	}
}
