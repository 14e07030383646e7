package connect

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
)

// holdFor is how long a platform that refused this installation is left alone.
const holdFor = time.Hour

// Hold notes that a platform refuses this installation: its credentials, its review, its approval.
// Nobody's connection is blamed, and nobody is asked for until the hold ends.
func (c *Connect) Hold(ctx context.Context, e *platform.Error) error { return c.hold(ctx, e) }

func (c *Connect) hold(ctx context.Context, e *platform.Error) error {
	now := c.o.Now()
	old, err := c.o.Store.Read.Hold.Get(ctx, e.Platform)
	if err != nil && !store.Missing(err) {
		return fmt.Errorf("read the hold of %s: %w", e.Platform, err)
	}
	since := now
	if old != nil && now.Sub(old.Until) < holdFor { // it goes on
		since = old.Since
	}
	detail := e.Detail
	if e.Native != "" {
		detail += " (" + e.Native + ")"
	}
	err = c.o.Store.Client.Hold.Create().SetID(e.Platform).SetCode(string(fault.AppRefused)).SetDetail(detail).SetSince(since).SetUntil(now.Add(holdFor)).
		OnConflictColumns("id").UpdateNewValues().Exec(ctx)
	if err != nil {
		return fmt.Errorf("hold %s: %w", e.Platform, err)
	}
	return nil
}

// Held gives the error of a platform that is left alone at present, nil when it is not.
func (c *Connect) Held(ctx context.Context, platformID string) error {
	h, err := c.o.Store.Read.Hold.Get(ctx, platformID)
	if store.Missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the hold of %s: %w", platformID, err)
	}
	wait := h.Until.Sub(c.o.Now())
	if wait <= 0 {
		return nil
	}
	return &platform.Error{
		Platform: platformID, Step: platform.StepToken, Code: fault.AppRefused, RetryAfter: wait, AppWide: true, Status: -1,
		Detail: "the platform refuses this installation; it is asked again later",
	}
}

// Release ends a hold, as when an operator has mended what was wrong.
func (c *Connect) Release(ctx context.Context, platformID string) error {
	err := c.o.Store.Client.Hold.DeleteOneID(platformID).Exec(ctx)
	if err != nil && !store.Missing(err) {
		return fmt.Errorf("release %s: %w", platformID, err)
	}
	return nil
}
