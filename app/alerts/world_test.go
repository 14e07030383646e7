package alerts

import (
	"context"
	"testing"

	"github.com/truecount/truecount/app/capacity"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/health/healthtest"
	"github.com/truecount/truecount/app/notify"
)

type world struct {
	*healthtest.World
	c        *capacity.Capacity
	al       *Alerts
	channels []notify.Channel
	refusal  error // of every write; nil: the database takes them
}

// process opens the room once more, as another process does.
func (w *world) process() *Alerts {
	started := healthtest.Noon.AddDate(0, 0, -1)
	h := health.New(health.Options{
		Store: w.Store, Platforms: w.Platforms, Source: "live", Now: w.Now, Started: started, Writable: func(context.Context) error { return w.refusal },
	})
	w.c = capacity.New(capacity.Options{Store: w.Store, Platforms: w.Platforms, Scale: h, Source: "live", Now: w.Now})
	return New(Options{
		Store: w.Store, Platforms: w.Platforms, Health: h, Capacity: w.c, Source: "live", Now: w.Now, Started: started,
		Channels: func(context.Context) ([]notify.Channel, error) { return w.channels, nil }, BaseURL: "https://count.example.test",
	})
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{World: healthtest.New(t)}
	w.al = w.process()
	return w
}
