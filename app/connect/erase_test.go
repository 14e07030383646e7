package connect_test

import (
	"testing"
	"time"

	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/ent/connection"
)

// strict is the registry with a platform that calls us and whose terms do not let data be kept after that.
type strictPlatform struct {
	platform.Platform
	said *platform.Event
}

func (p strictPlatform) Spec() platform.Spec {
	spec := p.Platform.Spec()
	spec.Hooks = []platform.HookAddress{{}}
	return spec
}

func (p strictPlatform) Hook(string, platform.HookCall) (platform.Event, error) { return *p.said, nil }

// K1: a platform's own word that access ended starts the same clock as a disconnect here, and never puts off what
// is due earlier.
func TestAWebhookStartsTheClock(t *testing.T) {
	t.Parallel()
	b := stand(t)
	var said platform.Event
	platforms := platformtest.Wrapped(b.platforms, func(p platform.Platform) platform.Platform {
		if p.Spec().ID != "youtube" {
			return p
		}
		return strictPlatform{p, &said}
	})
	c := connect.New(
		connect.Options{
			Store:     b.store,
			Grants:    b.Grants,
			Platforms: platforms,
			Queue:     noQueue{},
			Source:    "sandbox",
			Now:       b.now,
		},
	)
	me := b.creator(t, "hook@example.test")
	o := b.connect(t, connect.Start{UserID: me, Platform: "youtube"}, sandbox.Choice{})
	row := b.store.Read.Connection.GetX(b.ctx, o.ConnectionID)
	b.turn(time.Hour)
	said = platform.Event{Kind: platform.EventDeauthorized, Subject: row.ExternalID, At: b.now()}
	if _, err := c.ReceiveHook(b.ctx, "youtube", "", platform.HookCall{}); err != nil {
		t.Fatal(err)
	}
	got := b.store.Read.Connection.GetX(b.ctx, row.ID)
	if want := b.now().Add(7 * 24 * time.Hour); got.Status != connection.StatusNeedsReconnect || got.DeleteBy == nil ||
		!got.DeleteBy.Equal(want) {
		t.Errorf("got %s with deletion by %v, want needs_reconnect by %s", got.Status, got.DeleteBy, want)
	}
	b.turn(7*24*time.Hour + time.Second)
	if purged, err := c.Deletions.Sweep(b.ctx); err != nil || len(purged) != 1 || !purged[0].Removed {
		t.Errorf("got %v, %v, want it purged", purged, err)
	}
}
