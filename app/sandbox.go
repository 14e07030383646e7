package app

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"time"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/app/viewer"
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
		clients[p.ID] = sandbox.Client{ID: p.ClientID, Secret: p.ClientSecret.Reveal(), RedirectURIs: []string{p.RedirectURI}}
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

const (
	demoDays  = 90
	demoPosts = 200 // newest posts the demo begins with, on each platform
	demoGrown = 40  // of them with their growth
)

// Demo makes the demo's sign-ins and, once, connects the demo creator's three accounts through the
// sandbox's consent and gives them their past. It needs the sandbox to be reachable.
func (a *App) Demo(ctx context.Context) (password fault.Secret, err error) {
	ctx = viewer.System(ctx)
	if password, err = a.Auth.Demo(ctx); err != nil {
		return "", err
	}
	done, err := a.Auth.DemoFilled(ctx)
	if err != nil || done {
		return password, err
	}
	creator, err := a.Auth.ByEmail(ctx, auth.DemoCreator)
	if fault.Is(err, fault.NotFound) { // deleted before the accounts were made: there is nobody to make them for
		return password, nil
	}
	if err != nil {
		return "", err
	}
	for _, spec := range a.Platforms.Specs() {
		if err := a.demoAccount(ctx, creator.ID, spec.ID); err != nil {
			return "", fmt.Errorf("connect the demo's %s account: %w", spec.ID, err)
		}
	}
	return password, a.Auth.FillDemo(ctx)
}

func (a *App) demoAccount(ctx context.Context, creatorID, platformID string) error {
	where, err := a.Connect.Begin(ctx, connect.Start{UserID: creatorID, Platform: platformID})
	if err != nil {
		return err
	}
	back, err := a.World.Consent(platformID, where, sandbox.Choice{})
	if err != nil {
		return err
	}
	u, err := url.Parse(back)
	if err != nil {
		return fmt.Errorf("read the redirect: %w", err)
	}
	o, err := a.Connect.Finish(ctx, connect.Callback{
		Platform: platformID, State: u.Query().Get("state"), Code: fault.Secret(u.Query().Get("code")), UserID: creatorID,
	})
	if err != nil {
		return err
	}
	if o.Reason != "" {
		return fmt.Errorf("the consent ended with %s: %w", o.Reason, o.Cause)
	}
	return a.Syncer.Backfill(ctx, o.ConnectionID, syncer.Past{
		Posts: demoPosts, Days: demoDays, Grown: demoGrown,
		Followers: func(externalID string, at time.Time) *int64 { return a.World.Followers(platformID, externalID, at) },
		Counters: func(externalID string, at time.Time) (platform.Post, bool) {
			p, ok := a.World.PostAt(platformID, externalID, at)
			var out platform.Post
			out.SetCounters(p.Counters())
			return out, ok
		},
	})
}
