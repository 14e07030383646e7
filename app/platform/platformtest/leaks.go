package platformtest

import (
	"bytes"
	"context"
	"runtime/pprof"
	"strings"
	"time"
)

// patience is how long a goroutine may take to end.
const patience = 20 * time.Second

// clean runs one operation and fails the test when something it began still goes on after the client
// is closed. What it begins is known by a label, so that tests beside it do not count. // P2
func (s *fixture) clean(run func() error) (err error) {
	s.Helper()
	label := s.Name()
	pprof.Do(s.Context(), pprof.Labels("operation", label), func(context.Context) { err = run() })
	s.client.Close()
	until := time.Now().Add(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for running(label) {
		if time.Now().After(until) {
			s.Errorf("got a goroutine of %s after it ended, want none", label)
			return err
		}
		<-tick.C
	}
	return err
}

// running reports whether a goroutine bears a label.
func running(label string) bool {
	var b bytes.Buffer
	if pprof.Lookup("goroutine").WriteTo(&b, 1) != nil {
		return false
	}
	return strings.Contains(b.String(), `"operation":"`+label+`"`)
}
