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

// Described gives a registry of platforms that have a Spec and settings and can do nothing, for the tests of rooms that
// only read about platforms. A platform without settings counts as not configured.
func Described(specs []platform.Spec, settings ...config.Platform) *platform.Registry {
	makers := make([]platform.Maker, len(specs))
	for i, s := range specs {
		makers[i] = platform.Maker{Spec: s, New: func(platform.Deps) platform.Platform { return described{spec: s} }}
	}
	return platform.NewRegistry(makers, settings, nil, nil)
}

// described is a platform that nothing can be asked of: a call of it is a mistake of the test, and panics.
type described struct {
	platform.Platform
	spec platform.Spec
}

func (d described) Spec() platform.Spec { return d.spec }
