package app

import (
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/sandbox"
)

// openWorld makes the pretend platforms and points every platform's addresses at them. The
// adapters do not know: they speak HTTP to where the settings say.
func (a *App) openWorld(inside string) error {
	if !a.Config.Sandbox {
		return nil
	}
	a.Config.Platforms = slices.Clone(a.Config.Platforms)
	clients := map[string]sandbox.Client{}
	for i := range a.Config.Platforms {
		p := &a.Config.Platforms[i]
		p.ClientID, p.ClientSecret = "sandbox-"+p.ID, fault.Secret(sandbox.Marker+fault.Random().Reveal())
		clients[p.ID] = sandbox.Client{
			ID:           p.ClientID,
			Secret:       p.ClientSecret.Reveal(),
			RedirectURIs: []string{p.RedirectURI},
		}
		p.URLs, p.Moved = maps.Clone(p.URLs), maps.Clone(p.Moved)
		for suffix, address := range p.URLs {
			real, err := url.Parse(address)
			if err != nil {
				return fmt.Errorf("read the address of %s: %w", p.ID, err)
			}
			base := inside
			if suffix == "AUTHORIZE_URL" { // the browser goes there
				base = a.Config.BaseURL
			}
			p.URLs[suffix], p.Moved[suffix] = base+sandbox.Prefix+"/"+p.ID+real.Path, true
		}
	}
	if inside == "" { // only the server of an installation holds the world; others just queue
		return nil
	}
	var err error
	a.World, err = sandbox.Open(sandbox.Options{
		Path: filepath.Join(a.Config.DataDir, "sandbox.journal"), Now: a.now, Seed: 1, Clients: clients,
	})
	if err != nil {
		return err
	}
	a.closers = append(a.closers, a.World.Close)
	a.list.Mount(a.World)
	return nil
}
