package console

import (
	"testing"
	"time"

	"github.com/truecount/truecount/app/alerts"
	"github.com/truecount/truecount/app/capacity"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/health/healthtest"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
)

// rooms are the rooms that the console shows.
type rooms struct {
	h  *health.Health
	c  *capacity.Capacity
	al *alerts.Alerts
	co *Console
}

func open(s *store.Store, platforms *platform.Registry, now func() time.Time) rooms {
	started := healthtest.Noon.AddDate(0, 0, -1)
	var r rooms
	r.h = health.New(health.Options{Store: s, Platforms: platforms, Source: "live", Now: now, Started: started})
	r.c = capacity.New(capacity.Options{Store: s, Platforms: platforms, Scale: r.h, Source: "live", Now: now})
	r.al = alerts.New(
		alerts.Options{
			Store:     s,
			Platforms: platforms,
			Health:    r.h,
			Capacity:  r.c,
			Source:    "live",
			Now:       now,
			Started:   started,
		},
	)
	r.co = New(Options{Store: s, Platforms: platforms, Health: r.h, Capacity: r.c, Alerts: r.al, Source: "live", Now: now})
	return r
}

type world struct {
	*healthtest.World
	rooms
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := healthtest.New(t)
	return &world{w, open(w.Store, w.Platforms, w.Now)}
}

func (w *world) overview(filter string) *Overview {
	w.T.Helper()
	o, err := w.co.Overview(w.Ctx, filter)
	w.Must(err)
	return o
}
