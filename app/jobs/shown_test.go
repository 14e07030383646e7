package jobs_test

import (
	"github.com/truecount/truecount/app/alerts"
	"github.com/truecount/truecount/app/capacity"
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/jobs/jobstest"
)

// shown are the rooms that tell how syncing goes.
type shown struct {
	health   *health.Health
	capacity *capacity.Capacity
	alerts   *alerts.Alerts
	console  *console.Console
}

// show opens them beside the rooms of a harness, as if the process had started now.
func show(y *jobstest.Harness) shown {
	var s shown
	s.health = health.New(
		health.Options{Store: y.Store, Platforms: y.Platforms, Source: "sandbox", Now: y.Now, Started: y.Now()},
	)
	s.capacity = capacity.New(
		capacity.Options{Store: y.Store, Platforms: y.Platforms, Scale: s.health, Source: "sandbox", Now: y.Now},
	)
	s.alerts = alerts.New(alerts.Options{
		Store: y.Store, Platforms: y.Platforms, Health: s.health, Capacity: s.capacity, Source: "sandbox", Now: y.Now, Started: y.Now(),
	})
	s.console = console.New(console.Options{
		Store: y.Store, Platforms: y.Platforms, Health: s.health, Capacity: s.capacity, Alerts: s.alerts, Source: "sandbox", Now: y.Now,
	})
	return s
}
