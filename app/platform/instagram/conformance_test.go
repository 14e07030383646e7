package instagram_test

import (
	"testing"

	"github.com/truecount/truecount/app/platform/instagram"
	"github.com/truecount/truecount/app/platform/instagram/instagramfake"
	"github.com/truecount/truecount/app/platform/platformtest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	platformtest.Run(t, instagram.Maker, instagramfake.New)
}

// Every recorded answer is a case.
func TestEveryRecording(t *testing.T) {
	t.Parallel()
	platformtest.EveryRecording(t)
}
