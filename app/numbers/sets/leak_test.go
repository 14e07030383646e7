package sets

import (
	"testing"

	"github.com/truecount/truecount/app/store/storetest"
)

// L5: nothing goes on running when the tests are over.
func TestMain(m *testing.M) { storetest.Main(m) }
