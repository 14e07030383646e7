package visitors

import (
	"context"

	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/help"
	"github.com/truecount/truecount/app/web/edge"
)

// Options is what these pages are made of.
type Options struct {
	Connect *connect.Connect
	Help    *help.Library
	// Mail writes to a person. nil: there is no mail.
	Mail func(ctx context.Context, to, subject, text string) error
}

// Pages is everything that can be seen without being signed in.
type Pages struct {
	*edge.Edge
	o Options
}

// New makes the pages.
func New(e *edge.Edge, o Options) *Pages { return &Pages{Edge: e, o: o} }
