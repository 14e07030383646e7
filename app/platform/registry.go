package platform

import (
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/outbound"
)

// Registry holds the opened adapters with their settings, in the order of the list they came from. It is the one answer
// to which platforms there are: connect and the syncer take adapters from it, all other rooms Specs. It never changes
// once made, so that it may be used by several goroutines at once.
type Registry struct {
	order   []string
	entries map[string]entry
}

type entry struct {
	platform Platform
	settings config.Platform
}

// NewRegistry opens every maker with its settings. A platform without settings is opened with none and counts as not
// configured; settings of a platform that no maker has are left alone. http and now go to every adapter; a nil now is
// the machine's clock.
func NewRegistry(makers []Maker, settings []config.Platform, http *outbound.Client, now func() time.Time) *Registry {
	if now == nil {
		now = time.Now
	}
	r := &Registry{entries: map[string]entry{}}
	byID := map[string]config.Platform{}
	for _, s := range settings {
		byID[s.ID] = s
	}
	for _, m := range makers {
		s := byID[m.Spec.ID]
		r.order = append(r.order, m.Spec.ID)
		r.entries[m.Spec.ID] = entry{m.New(Deps{Settings: s, HTTP: http, Now: now}), s}
	}
	return r
}

// Get gives the adapter of a platform; false: there is no such platform. One that is not configured is there too.
func (r *Registry) Get(id string) (Platform, bool) {
	e, ok := r.entries[id]
	return e.platform, ok
}

// Has reports whether there is such a platform, configured or not.
func (r *Registry) Has(id string) bool {
	_, ok := r.entries[id]
	return ok
}

// Spec says what a platform is and gives; false: there is no such platform.
func (r *Registry) Spec(id string) (Spec, bool) {
	e, ok := r.entries[id]
	if !ok {
		return Spec{}, false
	}
	return e.platform.Spec(), true
}

// Specs lists every platform, configured or not, in the order of the list. The slice is the caller's own.
func (r *Registry) Specs() []Spec {
	out := make([]Spec, 0, len(r.order))
	for _, id := range r.order {
		out = append(out, r.entries[id].platform.Spec())
	}
	return out
}

// Settings gives what the environment says of a platform; false: there is no such platform.
func (r *Registry) Settings(id string) (config.Platform, bool) {
	e, ok := r.entries[id]
	return e.settings, ok
}

// Configured reports whether a platform has both halves of its credentials.
func (r *Registry) Configured(id string) bool { return r.entries[id].settings.Configured() }
