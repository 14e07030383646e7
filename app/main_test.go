package app_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/truecount/truecount/app/store/storetest"
)

// L5: nothing goes on running when the tests are over.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, storetest.Cluster(), goleak.Cleanup(func(code int) {
		if dir := builtIn.Load(); dir != nil {
			_ = os.RemoveAll(*dir)
		}
		os.Exit(code)
	}))
}
