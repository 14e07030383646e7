// Package viewer says who is asking. The web edge and the jobs put a viewer into the
// context; the data layer's privacy rules refuse every query that has none.
package viewer

import "context"

// Viewer is who a query runs for.
type Viewer struct {
	UserID string // empty for the system
	Admin  bool
	System bool // our own work: jobs, start-up, sign-in before there is a user
}

type key struct{}

// With puts v into the context.
func With(ctx context.Context, v Viewer) context.Context { return context.WithValue(ctx, key{}, v) }

// System puts the system viewer into the context.
func System(ctx context.Context) context.Context { return With(ctx, Viewer{System: true}) }

// From gives the viewer, and whether there is one.
func From(ctx context.Context) (Viewer, bool) {
	v, ok := ctx.Value(key{}).(Viewer)
	return v, ok
}
