package toy_test

import (
	"testing"

	"github.com/truecount/truecount/app/platform/platformtest"
	"github.com/truecount/truecount/app/platform/platformtest/toy"
	"github.com/truecount/truecount/app/platform/platformtest/toy/toyfake"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	platformtest.Run(t, toy.Maker, toyfake.New)
}
