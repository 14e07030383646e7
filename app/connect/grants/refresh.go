package grants

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
)

const (
	leaseLife  = time.Minute      // of one refresh, the call and the saving of its answer
	callLimit  = 20 * time.Second // of the refresh call
	saveLimit  = 30 * time.Second // how long a database that is in trouble is asked to take the answer
	savePause  = 200 * time.Millisecond
	leasePause = 50 * time.Millisecond

	firstRetry  = 30 * time.Second // after a refresh that failed; doubled each time
	longestWait = time.Hour
	exhausted   = 4 * 24 * time.Hour // without a renewal, when no token lives any more,
	// exhaustedTries is after how many of them at least: four days on a clock that jumped are none.
	exhaustedTries = 24
)

// lease takes the right to refresh, and writes down that a call is about to be made, before it is. A lease that ran out
// is anybody's, and so is one further ahead than any is given: it was taken while a clock was wrong.
func (g *Grants) lease(ctx context.Context, row *ent.Connection) (bool, error) {
	now := g.o.Now()
	n, err := g.o.Store.Client.Connection.Update().Where(
		connection.ID(row.ID), connection.TokenVersion(row.TokenVersion), connection.StatusEQ(row.Status),
		connection.Or(connection.LeaseUntilIsNil(), connection.LeaseUntilLTE(now),
			connection.LeaseUntilGT(now.Add(2*leaseLife))),
	).
		SetLeaseHolder(g.holder).SetLeaseUntil(now.Add(leaseLife)).SetRefreshIntentAt(now).Save(ctx)
	if err != nil {
		return false, fmt.Errorf("take the lease of connection %s: %w", row.ID, err)
	}
	return n == 1, nil
}

// leased reports that somebody refreshes a connection.
func leased(row *ent.Connection, now time.Time) bool {
	return row.LeaseUntil != nil && row.LeaseUntil.After(now) && !row.LeaseUntil.After(now.Add(2*leaseLife))
}

// refresh makes the one call and saves what it brought before anybody may use it: first into a spool
// file beside the database, then into the database. row is as it was before the lease.
func (g *Grants) refresh(
	ctx context.Context,
	p platform.Platform,
	row *ent.Connection,
	old platform.Token,
	force bool,
) (platform.Token, int64, error) {
	keep := context.WithoutCancel(ctx) // an answer that arrives must be kept even when we are told to stop
	place, err := g.openSpoolFile(row.ID)
	if err != nil {
		return platform.Token{}, 0, g.spoolFull(keep, row, err)
	}
	call, cancel := context.WithTimeout(keep, callLimit)
	defer cancel()
	g.o.Step("intent")
	fresh, err := p.Refresh(call, old)
	g.o.Step("answer")
	if err == nil && fresh.Subject != "" && fresh.Subject != row.ExternalID && fresh.Subject != row.AltID {
		err = &platform.Error{
			Platform: row.Platform,
			Step:     platform.StepToken,
			Code:     fault.BadResponse,
			Detail:   words.English.Say("errors.detail.otherAccount"),
		}
	}
	if err == nil && fresh.Access.Empty() {
		err = &platform.Error{
			Platform: row.Platform,
			Step:     platform.StepToken,
			Code:     fault.BadResponse,
			Detail:   words.English.Say("errors.detail.noToken"),
		}
	}
	if err != nil {
		place.drop()
		return g.refreshFailed(keep, p, row, old, force, err)
	}
	if fresh.Refresh.Empty() {
		fresh.Refresh, fresh.RefreshExpiresAt = old.Refresh, old.RefreshExpiresAt
	}
	if fresh.Scopes == nil {
		fresh.Scopes = old.Scopes
	}
	fresh.Account = row.ID
	s, err := g.spooled(row, fresh)
	if err != nil {
		place.drop()
		return platform.Token{}, 0, err
	}
	place.keep(s)
	g.o.Step("spool")
	if err := g.save(keep, p.Spec(), row, s); err != nil {
		place.leave()
		g.o.Refreshed(row.Platform, "failed")
		return platform.Token{}, 0, err
	}
	g.o.Step("commit")
	place.drop()
	g.o.Refreshed(row.Platform, "success")
	if err := g.markServed(keep, row.Platform, row.ID, callToken, fresh.IssuedAt); err != nil {
		return platform.Token{}, 0, err
	}
	return fresh, s.Version, nil
}

// spoolFull gives a lease back under which nothing was asked.
func (g *Grants) spoolFull(ctx context.Context, row *ent.Connection, cause error) error {
	err := g.o.Store.Client.Connection.Update().Where(connection.ID(row.ID), connection.LeaseHolder(g.holder)).
		SetLeaseHolder("").ClearLeaseUntil().SetNillableRefreshIntentAt(row.RefreshIntentAt).Exec(ctx)
	return errors.Join(cause, err)
}

// save puts a new pair into the database, asking one in trouble again for a while.
func (g *Grants) save(ctx context.Context, spec platform.Spec, row *ent.Connection, s spooled) error {
	ctx, cancel := context.WithTimeout(ctx, g.o.Patience)
	defer cancel()
	again := time.NewTicker(savePause)
	defer again.Stop()
	for {
		n, err := g.commit(ctx, spec, row, s)
		switch {
		case err == nil && n == 0 && g.alreadySaved(ctx, s):
			return nil
		case err == nil && n == 0:
			return fault.New(fault.NotConnected, words.New("errors.connect.changed"))
		case err == nil:
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("save the refreshed token of connection %s: %w", row.ID, err)
		case <-again.C:
		}
	}
}

// alreadySaved reports that a pair is in the database: who looked into the spool was a moment faster.
func (g *Grants) alreadySaved(ctx context.Context, s spooled) bool {
	row, err := g.o.Store.Client.Connection.Query().
		Where(connection.ID(s.Connection), connection.TokenVersion(s.Version)).
		Only(ctx)
	return err == nil && row.AccessSealed != nil && bytes.Equal(*row.AccessSealed, s.Access)
}

// commit writes a new pair over the version it was made from. A refresh touches the token alone; only its
// own end can change what a person must do.
func (g *Grants) commit(ctx context.Context, spec platform.Spec, row *ent.Connection, s spooled) (n int, err error) {
	t := s.token()
	err = g.o.Store.Tx(ctx, func(tx store.Tx) error {
		u := tx.Connection.Update().
			Where(connection.ID(row.ID), connection.TokenVersion(s.Version-1),
				connection.StatusNEQ(connection.StatusDisconnected)).
			SetAccessSealed(s.Access).
			SetRefreshSealed(s.Refresh).
			SetTokenVersion(s.Version).
			SetTokenIssuedAt(t.IssuedAt).
			SetScopes(t.Scopes).
			SetRefreshDueAt(spec.Renewal.Next(t)).
			SetRefreshFailures(0).
			ClearRefreshRetryAt().
			ClearFailingSince().
			SetLeaseHolder("").
			ClearLeaseUntil().
			ClearRefreshIntentAt()
		SetEnds(u, t)
		switch by := spec.Renewal.ActBy(t); {
		case row.Status == connection.StatusNeedsReconnect: // a spooled answer shows that access was never over
			u.SetStatus(g.StatusOf(spec, t)).SetStatusCode("").SetStatusDetail("").SetStatusSince(g.o.Now())
		case !by.IsZero() && by.Before(g.o.Now().Add(ExpiringWithin)) && row.Status != connection.StatusPaused:
			u.SetStatus(connection.StatusExpiring)
		case row.Status == connection.StatusExpiring: // it lasts again
			u.SetStatus(g.StatusOf(spec, t)).SetStatusSince(g.o.Now())
		}
		var err error
		if n, err = u.Save(ctx); err != nil || n == 0 {
			return err
		}
		switch {
		case row.Status == connection.StatusNeedsReconnect:
			return g.AddEvent(
				ctx,
				tx,
				row.ID,
				EventRecovered,
				"",
				words.English.Say("creator.event.recovered", "Platform", spec.Name),
			)
		case row.FailingSince != nil:
			return g.AddEvent(
				ctx,
				tx,
				row.ID,
				EventRecovered,
				"",
				words.English.Say("creator.event.renewing", "Platform", spec.Name),
			)
		default:
			return nil
		}
	})
	return n, err
}

// ends writes when a pair ends, or that it is not known. PostgreSQL refuses to set a column twice in
// one statement, so it is one or the other.
func SetEnds(u *ent.ConnectionUpdate, t platform.Token) {
	if t.ExpiresAt.IsZero() {
		u.ClearTokenExpiresAt()
	} else {
		u.SetTokenExpiresAt(t.ExpiresAt)
	}
	if t.RefreshExpiresAt.IsZero() {
		u.ClearRefreshExpiresAt()
	} else {
		u.SetRefreshExpiresAt(t.RefreshExpiresAt)
	}
}

// unexpired reports that the access token can be used at now.
func unexpired(t platform.Token, now time.Time) bool {
	return !t.ExpiresAt.IsZero() && now.Before(t.ExpiresAt)
}

// refreshFailed decides what a refresh that failed means. Of all kinds only a dead grant asks for
// consent: an account that is held back waits for its owner, a platform that refuses the installation is
// left alone, a limit is waited for, and all else is tried again later and later, the old token serving as
// long as it lives.
func (g *Grants) refreshFailed(
	ctx context.Context,
	p platform.Platform,
	row *ent.Connection,
	old platform.Token,
	force bool,
	cause error,
) (platform.Token, int64, error) {
	e, ok := platform.AsError(cause)
	if !ok {
		e = &platform.Error{Platform: row.Platform, Step: platform.StepToken, Code: fault.Internal, Cause: cause}
	}
	now, spec := g.o.Now(), p.Spec()
	kind, err := g.classifyRefusal(ctx, row, e, force)
	if err != nil {
		return platform.Token{}, 0, err
	}
	if kind == dead {
		g.o.Refreshed(row.Platform, "dead")
		switch {
		case spec.Renewal.Ended(old, now): // as we knew
			e.Code, e.Detail = fault.AuthExpired, detailEnded
		case spec.Renewal.Mode == platform.RenewalRotates:
			e.Detail = lostAnswerWords(row, spec.Name, e.Detail)
		}
		return platform.Token{}, 0, g.markOver(ctx, row, e)
	}
	g.o.Refreshed(row.Platform, "failed")
	if kind == heldBack {
		if err := g.Block(ctx, row.ID, row.TokenVersion, e.Detail); err != nil {
			return platform.Token{}, 0, err
		}
	}
	lives := unexpired(old, now)
	if row.FailingSince != nil && now.Sub(*row.FailingSince) >= exhausted && row.RefreshFailures >= exhaustedTries &&
		!lives &&
		kind != refusedApp &&
		kind != heldBack {
		return platform.Token{}, 0, g.markOver(ctx, row, &platform.Error{
			Platform: row.Platform, Step: platform.StepToken, Code: fault.AuthExpired, Native: e.Native, LogID: e.LogID,
			Detail: words.English.Say("errors.detail.fourDays"),
		})
	}
	if err := g.noteFailure(ctx, row, kind, e, now); err != nil {
		return platform.Token{}, 0, err
	}
	if !force && lives {
		return old, row.TokenVersion, nil // not new, but it lives
	}
	return platform.Token{}, 0, e
}

// lostAnswerWords says why a platform refuses a token that it took before: a call was made with it whose answer nobody
// has. Unless that call's failure was written down, its process ended before it could be, and that is ours.
func lostAnswerWords(row *ent.Connection, name, detail string) string {
	switch {
	case row.RefreshIntentAt == nil:
		return detail
	case row.RefreshRetryAt == nil || !row.RefreshIntentAt.Before(*row.RefreshRetryAt):
		return platform.DetailStopped
	default:
		return words.English.Say("errors.detail.lostAnswer", "Platform", name)
	}
}

// noteFailure writes down that a renewal failed, and when it is tried again.
func (g *Grants) noteFailure(
	ctx context.Context,
	row *ent.Connection,
	kind failureKind,
	e *platform.Error,
	now time.Time,
) error {
	failures := row.RefreshFailures
	wait := max(e.RetryAfter, firstRetry)
	if kind == transient || kind == ours {
		wait = max(e.RetryAfter, min(firstRetry<<min(failures, 10), longestWait))
		failures++
	}
	if kind == heldBack { // no failure of ours or theirs, and only its owner can end it
		wait = max(e.RetryAfter, longestWait)
	}
	err := g.o.Store.Tx(ctx, func(tx store.Tx) error {
		u := tx.Connection.Update().Where(connection.ID(row.ID), connection.LeaseHolder(g.holder)).
			SetLeaseHolder("").ClearLeaseUntil().SetRefreshFailures(failures).SetRefreshRetryAt(now.Add(wait))
		if !outcomeUnknown(e) {
			u.ClearRefreshIntentAt() // an answer came: the old token was not spent
		}
		first := row.FailingSince == nil && (kind == transient || kind == ours)
		if first {
			u.SetFailingSince(now)
		}
		n, err := u.Save(ctx)
		if err != nil || n == 0 || !first {
			return err
		}
		return g.AddEvent(ctx, tx, row.ID, EventFailing, string(e.Code), failingWords(g.PlatformName(row.Platform), kind, e))
	})
	if err != nil {
		return fmt.Errorf("give the lease of connection %s back: %w", row.ID, err)
	}
	return nil
}
