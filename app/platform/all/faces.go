package all

import (
	"net/http"

	"github.com/truecount/truecount/app/platform/instagram/instagramfake"
	"github.com/truecount/truecount/app/platform/tiktok/tiktokfake"
	"github.com/truecount/truecount/app/platform/youtube/youtubefake"
	"github.com/truecount/truecount/app/sandbox"
)

// faces are the platforms' stand-ins over the sandbox's world.
var faces = map[string]func(*sandbox.World) http.Handler{
	"instagram": instagramfake.New,
	"tiktok":    tiktokfake.New,
	"youtube":   youtubefake.New,
}

// Mount puts every platform's stand-in into the world.
func Mount(w *sandbox.World) {
	for _, m := range Makers() {
		if face, ok := faces[m.Spec.ID]; ok {
			w.Mount(m.Spec.ID, face(w))
		}
	}
}
