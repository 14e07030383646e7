package tiktok_test

import (
	"testing"

	"github.com/truecount/truecount/app/platform/platformtest"
	"github.com/truecount/truecount/app/platform/tiktok"
	"github.com/truecount/truecount/app/platform/tiktok/tiktokfake"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	platformtest.Run(t, tiktok.Maker, tiktokfake.New)
}

// Every recorded answer is a case.
func TestEveryRecording(t *testing.T) {
	t.Parallel()
	platformtest.EveryRecording(t)
}
