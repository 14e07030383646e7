package youtube_test

import (
	"testing"

	"github.com/truecount/truecount/app/platform/platformtest"
	"github.com/truecount/truecount/app/platform/youtube"
	"github.com/truecount/truecount/app/platform/youtube/youtubefake"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	platformtest.Run(t, youtube.Maker, youtubefake.New)
}

// Every recorded answer is a case.
func TestEveryRecording(t *testing.T) {
	t.Parallel()
	platformtest.EveryRecording(t)
}
