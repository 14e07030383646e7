package cli

import (
	"syscall"
	"testing"
)

// A closed terminal is a word to stop like any other: it ends the process with grace.
func TestSignals(t *testing.T) { //nolint:paralleltest // signals are the process's
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT} {
		ctx, stop := signals()
		if err := syscall.Kill(syscall.Getpid(), s); err != nil {
			t.Fatal(err)
		}
		<-ctx.Done()
		stop()
	}
}
