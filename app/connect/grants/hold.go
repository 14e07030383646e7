package grants

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/doubt"
	"github.com/truecount/truecount/ent/hold"
)

// probeEvery is how often a platform that refuses this installation is asked again, by one call or one sync.
const probeEvery = 15 * time.Minute

// othersFirst is how long a connection that was refused itself leaves the probe to others: more than the queue spreads
// what waits for one moment.
const othersFirst = 4 * time.Minute

// Hold notes that a platform refuses this installation: its credentials, its review, its approval.
// Nobody's connection is blamed, and one probe asks for all until the platform answers again.
func (hs *Holds) Hold(ctx context.Context, e *platform.Error) error {
	return hs.hold(ctx, e, probeEvery)
}

func (hs *Holds) hold(ctx context.Context, e *platform.Error, wait time.Duration) error {
	now := hs.o.Now()
	old, err := hs.o.Store.Read.Hold.Get(ctx, e.Platform)
	if err != nil && !store.Missing(err) {
		return fmt.Errorf("read the hold of %s: %w", e.Platform, err)
	}
	since := now
	if old != nil { // it goes on: a success would have ended it
		since = old.Since
	}
	detail := e.Detail
	if e.Native != "" {
		detail = strings.TrimSpace(detail + " (" + e.Native + ")")
	}
	err = hs.o.Store.Client.Hold.Create().
		SetID(e.Platform).
		SetCode(string(fault.AppRefused)).
		SetKind(string(kindOfCall(e.Step))).
		SetDetail(detail).
		SetSince(since).
		SetUntil(now.Add(wait)).
		OnConflictColumns("id").
		UpdateNewValues().
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("hold %s: %w", e.Platform, err)
	}
	return nil
}

// callKind is a kind of call. Renewing access may go well where the data is refused, and the other way round.
type callKind string

const (
	callData  callKind = "data"
	callToken callKind = "token"
)

func kindOfCall(s platform.Step) callKind {
	if s == platform.StepToken || s == platform.StepExchange {
		return callToken
	}
	return callData
}

// TurnedAway holds a platform that refused the installation while somebody connected an account, and gives the error
// on.
func (hs *Holds) TurnedAway(ctx context.Context, err error) error {
	if e, ok := platform.AsError(err); ok && e.Code == fault.AppRefused && e.AppWide && e.Status > 0 {
		return errors.Join(err, hs.hold(ctx, e, probeEvery))
	}
	return err
}

// Refusal is since when, and in which words of ours, a platform refuses this installation; the zero time when it
// does not.
func (hs *Holds) Refusal(ctx context.Context, platformID string) (since time.Time, detail string, err error) {
	h, err := hs.o.Store.Read.Hold.Get(ctx, platformID)
	if store.Missing(err) {
		return time.Time{}, "", nil
	}
	if err != nil {
		return time.Time{}, "", fmt.Errorf("read the hold of %s: %w", platformID, err)
	}
	return h.Since.UTC(), h.Detail, nil
}

// Held gives the error of a platform that is left alone at present, nil when it is not, or when the time for
// the next probe has come.
func (hs *Holds) Held(ctx context.Context, platformID string) error {
	_, err := hs.held(ctx, platformID)
	return err
}

// held tells beside it whether there is a hold at all.
func (hs *Holds) held(ctx context.Context, platformID string) (*ent.Hold, error) {
	if probing(ctx, platformID) {
		return nil, nil
	}
	h, err := hs.o.Store.Read.Hold.Get(ctx, platformID)
	if store.Missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the hold of %s: %w", platformID, err)
	}
	if wait := h.Until.Sub(hs.o.Now()); wait > 0 {
		return h, heldError(platformID, wait)
	}
	return h, nil
}

func heldError(platformID string, wait time.Duration) error {
	return &platform.Error{
		Platform: platformID, Step: platform.StepToken, Code: fault.AppRefused, RetryAfter: wait, AppWide: true, Status: -1,
		Detail: words.English.Say("errors.detail.held"),
	}
}

type probeKey struct{}

// probing reports that the work of this context asks a held platform for all.
func probing(ctx context.Context, platformID string) bool {
	of, _ := ctx.Value(probeKey{}).(string)
	return of == platformID
}

// Enter lets work go to a platform, as Held does, and takes the place of the probe when there is a hold whose time
// has come: of all processes one gets it, and the context that it gives is let through from then on. A connection that
// was refused itself lets others go first: a few that are refused for themselves must not hold the platform for all.
func (hs *Holds) Enter(ctx context.Context, platformID, connectionID string) (context.Context, error) {
	h, err := hs.held(ctx, platformID)
	if err != nil || h == nil {
		return ctx, err
	}
	now := hs.o.Now()
	if wait := h.Until.Add(othersFirst).Sub(now); wait > 0 {
		refused, err := hs.o.Store.Read.Doubt.Query().Where(doubt.ConnectionID(connectionID), doubt.Lone(false)).Exist(ctx)
		if err != nil {
			return ctx, fmt.Errorf("read what connection %s was refused: %w", connectionID, err)
		}
		if refused {
			return ctx, heldError(platformID, wait)
		}
	}
	n, err := hs.o.Store.Client.Hold.Update().
		Where(hold.ID(platformID), hold.UntilLTE(now)).
		SetUntil(now.Add(probeEvery)).
		Save(ctx)
	if err != nil {
		return ctx, fmt.Errorf("ask %s for all: %w", platformID, err)
	}
	if n == 0 { // somebody else was faster, or the hold is over
		return ctx, hs.Held(ctx, platformID)
	}
	return context.WithValue(ctx, probeKey{}, platformID), nil
}

// AskAgain ends a hold by an admin's word: they have mended what was wrong. The platform is really asked
// next, and held again if it refuses again. It reports whether there was a hold.
func (hs *Holds) AskAgain(ctx context.Context, platformID string) (bool, error) {
	now := hs.o.Now()
	held := false
	err := hs.o.Store.Tx(ctx, func(tx store.Tx) error {
		old, err := tx.Hold.Get(ctx, platformID)
		if store.Missing(err) {
			return nil
		}
		if err != nil {
			return err
		}
		held = old.Until.After(now)
		// The row stays: it says since when the platform refuses, until a success shows that this is over.
		return tx.Hold.UpdateOneID(platformID).SetUntil(now.Add(-othersFirst)).Exec(ctx) // and whoever comes may ask
	})
	if err != nil {
		return false, fmt.Errorf("end the hold of %s: %w", platformID, err)
	}
	return held, nil
}

// Release forgets a hold, or a pause.
func (hs *Holds) Release(ctx context.Context, id string) error {
	err := hs.o.Store.Client.Hold.DeleteOneID(id).Exec(ctx)
	if err != nil && !store.Missing(err) {
		return fmt.Errorf("release %s: %w", id, err)
	}
	return nil
}
