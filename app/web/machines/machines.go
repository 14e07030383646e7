package machines

import (
	"context"
	"net/http"

	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/jobs"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/web/edge"
)

// Options is what these routes are made of.
type Options struct {
	Connect *connect.Connect
	Planner *planner.Planner
	Queue   *jobs.Queue
	Health  *health.Health
	Metrics http.Handler
	// Ready reports why the database or its migrations are not ready; nil when they are.
	Ready func(context.Context) error
}

// API is everything that programs ask without being a creator.
type API struct {
	*edge.Edge
	o Options
}

// New makes the routes.
func New(e *edge.Edge, o Options) *API { return &API{Edge: e, o: o} }
