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

// Entry is one platform: its adapter, and the fake that stands in for it over the sandbox's world.
type Entry struct {
	Maker platform.Maker
	Fake  func(*sandbox.World) http.Handler
}

// List is platforms in the order in which pages show them. It is a value: a program is opened with a list, and nothing
// is registered globally.
type List []Entry

// Platforms gives the list that Truecount is built with. A new platform is one more line.
func Platforms() List {
	return List{
		{instagram.Maker, instagramfake.New},
		{tiktok.Maker, tiktokfake.New},
		{youtube.Maker, youtubefake.New},
	}
}

// Makers lists the adapters.
func (l List) Makers() []platform.Maker {
	out := make([]platform.Maker, len(l))
	for i, e := range l {
		out[i] = e.Maker
	}
	return out
}

// Mount puts every platform's fake into the world.
func (l List) Mount(w *sandbox.World) {
	for _, e := range l {
		w.Mount(e.Maker.Spec.ID, e.Fake(w))
	}
}

// Declared lists what the platforms ask of the environment; config reads their settings by it.
func (l List) Declared() []config.Declared {
	out := make([]config.Declared, len(l))
	for i, e := range l {
		out[i] = e.Maker.Spec.Settings
	}
	return out
}

// Quotas gives each platform's quotas, by its id and by bucket, as the outgoing client counts them. A platform without
// settings has none.
func (l List) Quotas(settings []config.Platform) map[string]map[string]outbound.Quota {
	out := map[string]map[string]outbound.Quota{}
	for _, e := range l {
		for _, s := range settings {
			if s.ID == e.Maker.Spec.ID {
				out[s.ID] = e.Maker.Spec.Quotas(s)
			}
		}
	}
	return out
}

// Open opens every adapter with its settings.
func (l List) Open(settings []config.Platform, http *outbound.Client, now func() time.Time) *platform.Registry {
	return platform.NewRegistry(l.Makers(), settings, http, now)
}
