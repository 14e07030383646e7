package creators

import (
	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/analytics"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/jobs"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/web/edge"
)

// Options is what the creator's pages are made of.
type Options struct {
	Accounts  *accounts.Accounts
	Analytics *analytics.Analytics
	Numbers   *numbers.Numbers
	Connect   *connect.Connect
	Queue     *jobs.Queue
}

// Pages is everything that creators see.
type Pages struct {
	*edge.Edge
	o Options
}

// New makes the creator's pages.
func New(e *edge.Edge, o Options) *Pages { return &Pages{Edge: e, o: o} }
