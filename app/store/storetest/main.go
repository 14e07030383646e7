package storetest

import (
	"testing"

	"go.uber.org/goleak"
)

// Main runs a package's tests and fails when something goes on running after them. The throw-away
// PostgreSQL does until the process ends: the goroutine that started it must.
func Main(m *testing.M) { goleak.VerifyTestMain(m, Cluster()) }

// Cluster leaves out of a search for leaks what waits for the throw-away PostgreSQL.
func Cluster() goleak.Option {
	return goleak.IgnoreAnyFunction("github.com/truecount/truecount/app/store/storetest.(*Server).Start.func1")
}
