package app_test

import (
	"flag"
	"os"
	"runtime"
	"strconv"
	"testing"

	"go.uber.org/goleak"

	"github.com/truecount/truecount/app/store/storetest"
)

// more lets more tests run at once than there are cores, unless somebody says how many: most of them wait for
// processes, platforms and browsers.
func more() {
	flag.Parse()
	set := false
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == "test.parallel" })
	if set {
		return
	}
	if err := flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))); err != nil {
		panic(err)
	}
}

// L5: nothing goes on running when the tests are over.
func TestMain(m *testing.M) {
	more()
	goleak.VerifyTestMain(m, storetest.Cluster(), goleak.Cleanup(func(code int) {
		if dir := builtIn.Load(); dir != nil {
			_ = os.RemoveAll(*dir)
		}
		os.Exit(code)
	}))
}
