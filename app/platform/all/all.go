// Package all is the list of platforms, one line each. It is the only place that names them all.
package all

import (
	"net/http"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/instagram"
	"github.com/truecount/truecount/app/platform/instagram/instagramfake"
	"github.com/truecount/truecount/app/platform/tiktok"
	"github.com/truecount/truecount/app/platform/tiktok/tiktokfake"
	"github.com/truecount/truecount/app/platform/youtube"
	"github.com/truecount/truecount/app/platform/youtube/youtubefake"
	"github.com/truecount/truecount/app/sandbox"
)

// list is the platforms in the order pages show them, each with its stand-in over the sandbox's world.
var list = []struct {
	maker platform.Maker
	face  func(*sandbox.World) http.Handler
}{
	{instagram.Maker, instagramfake.New},
	{tiktok.Maker, tiktokfake.New},
	{youtube.Maker, youtubefake.New},
}

// Makers lists the platforms.
func Makers() []platform.Maker {
	out := make([]platform.Maker, len(list))
	for i, p := range list {
		out[i] = p.maker
	}
	return out
}

// Mount puts every platform's stand-in into the world.
func Mount(w *sandbox.World) {
	for _, p := range list {
		w.Mount(p.maker.Spec.ID, p.face(w))
	}
}

// Declared lists what the platforms ask of the environment.
func Declared() []config.Declared {
	var out []config.Declared
	for _, m := range Makers() {
		out = append(out, m.Spec.Settings)
	}
	return out
}

// Quotas is every platform's quotas as the outgoing client counts them.
func Quotas(settings []config.Platform) map[string]map[string]outbound.Quota {
	out := map[string]map[string]outbound.Quota{}
	for _, m := range Makers() {
		for _, s := range settings {
			if s.ID == m.Spec.ID {
				out[s.ID] = m.Spec.Quotas(s)
			}
		}
	}
	return out
}

// Open opens them all with their settings.
func Open(settings []config.Platform, http *outbound.Client, now func() time.Time) *platform.Registry {
	return platform.NewRegistry(Makers(), settings, http, now)
}
