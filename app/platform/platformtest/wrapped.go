package platformtest

import (
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/platform"
)

// Wrapped gives a registry like r in which every platform is what wrap makes of it, for tests in which one platform
// answers in its own way.
func Wrapped(r *platform.Registry, wrap func(platform.Platform) platform.Platform) *platform.Registry {
	var makers []platform.Maker
	var settings []config.Platform
	for _, spec := range r.Specs() {
		p, _ := r.Get(spec.ID)
		set, _ := r.Settings(spec.ID)
		settings = append(settings, set)
		p = wrap(p)
		makers = append(makers, platform.Maker{Spec: spec, New: func(platform.Deps) platform.Platform { return p }})
	}
	return platform.NewRegistry(makers, settings, nil, nil)
}
