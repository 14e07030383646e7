package demo

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/app/viewer"
)

const (
	days  = 90
	posts = 200 // newest posts the demo begins with, on each platform
	grown = 40  // of them with their growth
)

// Options is what a Demo is made of.
type Options struct {
	Auth      *auth.Auth
	Connect   *connect.Connect
	Syncer    *syncer.Syncer
	Platforms Platforms
	World     *sandbox.World
}

// Platforms is what demo asks of the platform registry.
type Platforms interface{ Specs() []platform.Spec }

// Demo fills a new installation that has the sandbox on.
type Demo struct{ o Options }

// New makes it.
func New(o Options) *Demo { return &Demo{o} }

// Fill makes the demo's sign-ins and, once, connects the demo creator's three accounts through the
// sandbox's consent and gives them their past. It needs the sandbox to be reachable.
func (d *Demo) Fill(ctx context.Context) (password fault.Secret, err error) {
	ctx = viewer.System(ctx, viewer.ReasonStart)
	if password, err = d.o.Auth.Demo.Open(ctx); err != nil {
		return "", err
	}
	done, err := d.o.Auth.Demo.Filled(ctx)
	if err != nil || done {
		return password, err
	}
	creator, err := d.o.Auth.ByEmail(ctx, auth.DemoCreator)
	if fault.Is(err, fault.NotFound) { // deleted before the accounts were made: there is nobody to make them for
		return password, nil
	}
	if err != nil {
		return "", err
	}
	for _, spec := range d.o.Platforms.Specs() {
		if err := d.connect(ctx, creator.ID, spec.ID); err != nil {
			return "", fmt.Errorf("connect the demo's %s account: %w", spec.ID, err)
		}
	}
	return password, d.o.Auth.Demo.Fill(ctx)
}

func (d *Demo) connect(ctx context.Context, creatorID, platformID string) error {
	where, err := d.o.Connect.Begin(ctx, connect.Start{UserID: creatorID, Platform: platformID})
	if err != nil {
		return err
	}
	back, err := d.o.World.Consent(platformID, where, sandbox.Choice{})
	if err != nil {
		return err
	}
	u, err := url.Parse(back)
	if err != nil {
		return fmt.Errorf("read the redirect: %w", err)
	}
	o, err := d.o.Connect.Finish(ctx, connect.Callback{
		Platform: platformID, State: u.Query().Get("state"), Code: fault.Secret(u.Query().Get("code")), UserID: creatorID,
	})
	if err != nil {
		return err
	}
	if o.Reason != "" {
		return fmt.Errorf("the consent ended with %s: %w", o.Reason, o.Cause)
	}
	return d.o.Syncer.Backfill(ctx, o.ConnectionID, syncer.Past{
		Posts: posts, Days: days, Grown: grown,
		Followers: func(externalID string, at time.Time) *int64 { return d.o.World.Followers(platformID, externalID, at) },
		Views: func(externalID string, at time.Time) *int64 {
			n := d.o.World.ViewsAt(platformID, externalID, at)
			return &n
		},
		Counters: func(externalID string, at time.Time) (platform.Post, bool) {
			p, ok := d.o.World.PostAt(platformID, externalID, at)
			var out platform.Post
			out.SetCounters(p.Counters())
			return out, ok
		},
	})
}
