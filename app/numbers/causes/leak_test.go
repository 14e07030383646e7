package causes_test

import (
	"testing"

	"go.uber.org/goleak"
)

// L5: nothing goes on running when the tests are over.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
