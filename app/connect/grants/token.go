package grants

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/vault"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
)

var detailEnded = words.English.Say("errors.detail.ended")

// wish is what is wanted of a connection's token.
type wish struct {
	refused  int64 // the version that a platform just refused, 0 for none: it is renewed whatever its age
	exercise bool  // it is renewed although nobody needs it, when its turn has come
}

// Fresh gives a token that may be used now, and which version of the stored pair it is, refreshing
// it first when it is due. refused is the version that a platform just refused, 0 for none: that one
// is refreshed whatever its age.
// AUTH_EXPIRED and AUTH_REVOKED mean that the grant is over and the connection says so.
func (g *Grants) Fresh(ctx context.Context, id string, refused int64) (platform.Token, int64, error) {
	return g.fresh(ctx, id, wish{refused: refused})
}

func (g *Grants) fresh(ctx context.Context, id string, want wish) (platform.Token, int64, error) {
	for {
		row, err := g.o.Store.Read.Connection.Get(ctx, id)
		if store.Missing(err) {
			return platform.Token{}, 0, fault.New(fault.NotConnected, words.New("errors.connect.gone"))
		}
		if err != nil {
			return platform.Token{}, 0, fmt.Errorf("read connection %s: %w", id, err)
		}
		p, ok := g.o.Platforms.Get(row.Platform)
		if !ok {
			return platform.Token{}, 0, fault.New(
				fault.NotConfigured,
				words.New("errors.connect.unknownPlatform", "Platform", row.Platform),
			)
		}
		if row.Status == connection.StatusDisconnected || row.Status == connection.StatusNeedsReconnect {
			return platform.Token{}, 0, &platform.Error{
				Platform: row.Platform,
				Step:     platform.StepToken,
				Code:     fault.AuthRevoked,
				Detail:   words.English.Say("errors.detail.status", "Status", string(row.Status)),
			}
		}
		t, err := g.Keys.Open(row)
		if err != nil {
			return platform.Token{}, 0, g.markTampered(ctx, row, err)
		}
		now := g.o.Now()
		force := want.refused != 0 && want.refused == row.TokenVersion
		if r := p.Spec().Renewal; r.Ended(t, now) && r.Mode != platform.RenewalExtends &&
			t.Refresh.Empty() { // there is nothing to renew it with
			if !force {
				return t, row.TokenVersion, nil // whether it is over is the platform's to say: our clock may be wrong
			}
			return platform.Token{}, 0, g.markOver(
				ctx,
				row,
				&platform.Error{Platform: row.Platform, Step: platform.StepToken, Code: fault.AuthExpired, Detail: detailEnded},
			)
		}
		if due, err := g.due(ctx, p.Spec(), row, t, want, force); !due {
			return t, row.TokenVersion, err
		}
		if saved, err := g.unspoolOne(ctx, id); err != nil || saved {
			if err != nil {
				return platform.Token{}, 0, err
			}
			continue
		}
		if ctx, err = g.Enter(ctx, row.Platform, row.ID); err != nil {
			return platform.Token{}, 0, err
		}
		mine, err := g.lease(ctx, row)
		if err != nil {
			return platform.Token{}, 0, err
		}
		if mine {
			return g.refresh(ctx, p, row, t, force)
		}
		// Somebody else refreshes this connection: look again when they may be done.
		select {
		case <-ctx.Done():
			return platform.Token{}, 0, ctx.Err()
		case <-time.After(leasePause):
		}
	}
}

// due decides whether a token is renewed now. If not, it is as good as it gets, or the error says why
// nothing can be done at present.
func (g *Grants) due(
	ctx context.Context,
	spec platform.Spec,
	row *ent.Connection,
	t platform.Token,
	want wish,
	force bool,
) (bool, error) {
	now := g.o.Now()
	age := now.Sub(t.IssuedAt)
	young := age > -wrong && age < spec.Renewal.MinAge // one of a time to come was written while a clock was wrong
	turn := want.exercise && (row.RefreshDueAt == nil || !now.Before(*row.RefreshDueAt)) || spec.Renewal.Ended(t, now)
	switch {
	case young && force:
		// Refused, and too young to be renewed: that proves nothing, a block of the account ends otherwise than a grant.
		return false, &platform.Error{
			Platform: row.Platform, Step: platform.StepToken, Code: fault.AuthFailed, Native: platform.NativeYoung,
			Status: -1, Unexplained: true,
			Detail: words.English.Say("errors.detail.tooYoung"),
		}
	case young, !force && !turn && !spec.Renewal.Due(t, now):
		return false, nil
	}
	usable := unexpired(t, now) && !force
	if err := g.Held(ctx, row.Platform); err != nil {
		if usable {
			return false, nil
		}
		return false, err
	}
	if row.RefreshRetryAt != nil && now.Before(*row.RefreshRetryAt) {
		if usable {
			return false, nil
		}
		return false, &platform.Error{
			Platform: row.Platform, Step: platform.StepToken, Code: fault.PlatformError,
			RetryAfter: row.RefreshRetryAt.Sub(now), Status: -1,
			Detail: words.English.Say("errors.detail.justFailed"),
		}
	}
	return true, nil
}

// markTampered is a row whose tokens do not open although the keyset is right: it is never used, and left
// as it is.
func (g *Grants) markTampered(ctx context.Context, row *ent.Connection, cause error) error {
	e := &platform.Error{
		Platform: row.Platform,
		Step:     platform.StepToken,
		Code:     fault.AuthFailed,
		Detail:   words.English.Say("errors.detail.unreadable"),
	}
	if errors.Is(cause, vault.ErrSealed) {
		e.Native = platform.NativeSealed
	}
	return g.markOver(ctx, row, e)
}

// markOver marks the connection as needing a person and gives the error on.
func (g *Grants) markOver(ctx context.Context, row *ent.Connection, e *platform.Error) error {
	detail := e.Detail
	if e.Native == platform.NativeSealed {
		detail = platform.NativeSealed
	}
	if err := g.Lost(ctx, row.ID, row.TokenVersion, e.Code, detail); err != nil {
		return errors.Join(e, err)
	}
	return e
}
