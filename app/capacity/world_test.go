package capacity

import (
	"testing"

	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/health/healthtest"
	"github.com/truecount/truecount/app/platform"
)

type world struct {
	*healthtest.World
	c *Capacity
}

// open makes the room of a world, with a registry.
func open(w *healthtest.World, platforms *platform.Registry) *Capacity {
	h := health.New(health.Options{Store: w.Store, Platforms: w.Platforms, Source: "live", Now: w.Now})
	return New(Options{Store: w.Store, Platforms: platforms, Scale: h, Source: "live", Now: w.Now})
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := healthtest.New(t)
	return &world{w, open(w, w.Platforms)}
}
