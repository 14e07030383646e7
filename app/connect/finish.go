package connect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/truecount/truecount/app/connect/grants"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/notice"
	"github.com/truecount/truecount/ent/pendingflow"
)

// Reason says why a consent did not become a connection, in the contract's words: one of these, or the Reason of one of
// the platform's Refusals.
type Reason string

// Reasons.
const (
	ReasonAuthDenied     Reason = "auth_denied"
	ReasonMissingScope   Reason = "missing_scope"
	ReasonExchangeFailed Reason = "exchange_failed"
	ReasonProfileFailed  Reason = "profile_failed"
	ReasonAccountInUse   Reason = "account_in_use"
	ReasonWrongAccount   Reason = "wrong_account"
)

// Outcome is how a consent ended. Reason is empty when the account is connected.
type Outcome struct {
	Platform     string
	Reason       Reason
	ConnectionID string
	Handle       string // connected, or the one that was to be reconnected
	Other        string // WrongAccount: the one that came back
	Limited      bool   // connected with permissions missing
	OwnerID      string // whose account it is
	ByLink       bool   // it began with a link: whoever is signed in here may be somebody else
	Popup        bool
	Cause        error // for the log; nil when a person said no
}

// exchangeLimit is how long a code may take: a person is waiting.
const exchangeLimit = 10 * time.Second

// Finish takes what the browser brought back. A state that does not fit is the error INVALID and
// nothing happens; everything else is an Outcome. The code is exchanged once, never again.
func (c *Connect) Finish(ctx context.Context, cb Callback) (Outcome, error) {
	p, ok := c.o.Platforms.Get(cb.Platform)
	if !ok {
		return Outcome{}, fault.New(fault.NotFound, words.New("errors.noPlatform"))
	}
	f, err := c.takeFlow(ctx, cb)
	if err != nil {
		return Outcome{}, err
	}
	cb.UserID = f.userID // a link's browser may be signed in as somebody else
	o := Outcome{
		Platform:     cb.Platform,
		ConnectionID: f.connectionID,
		Popup:        f.popup,
		OwnerID:      f.userID,
		ByLink:       f.noticeID != "",
	}
	switch {
	case !c.issuerMatches(cb):
		return Outcome{}, errState()
	case cb.Refusal == "access_denied" || cb.Refusal == "user_denied":
		o.Reason = ReasonAuthDenied
		return o, nil
	case cb.Refusal != "" || cb.Code.Empty():
		o.Reason, o.Cause = ReasonExchangeFailed, errors.New("the platform sent no code")
		return o, nil
	}
	ctx = context.WithoutCancel(ctx) // a window that closes must not lose a code that was spent
	exchange, cancel := context.WithTimeout(ctx, exchangeLimit)
	defer cancel()
	token, err := p.Exchange(exchange, platform.Exchange{Code: cb.Code, RedirectURI: f.redirectURI, Verifier: f.verifier})
	if err != nil {
		o.Reason, o.Cause = ReasonExchangeFailed, c.Grants.TurnedAway(ctx, err)
		return o, nil
	}
	required, _ := p.Spec().MissingScopes(token.Scopes)
	if len(required) > 0 {
		o.Reason = ReasonMissingScope
		c.abandonGrant(ctx, p, token, cb, f)
		return o, nil
	}
	profile, err := c.fetchProfile(ctx, p, token)
	if err != nil {
		o.Reason, o.Cause = profileFailure(p.Spec(), err), c.Grants.TurnedAway(ctx, err)
		c.abandonGrant(ctx, p, token, cb, f)
		return o, nil
	}
	return c.storeConnection(ctx, p, cb, f, token, profile, o)
}

func (c *Connect) fetchProfile(
	ctx context.Context,
	p platform.Platform,
	token platform.Token,
) (platform.Profile, error) {
	ctx, cancel := context.WithTimeout(ctx, exchangeLimit)
	defer cancel()
	profile, err := p.Profile(ctx, token)
	if err == nil && profile.ExternalID == "" {
		err = &platform.Error{
			Platform: p.Spec().ID,
			Step:     platform.StepProfile,
			Code:     fault.BadResponse,
			Detail:   words.English.Say("errors.detail.noID"),
		}
	}
	return profile, err
}

// profileFailure names the reason of a profile that could not be read: the platform's own, where its Spec knows the
// kind of account.
func profileFailure(spec platform.Spec, err error) Reason {
	e, ok := platform.AsError(err)
	known := false
	if ok {
		_, known = spec.Refusal(e.Native)
	}
	switch {
	case known && e.Code == fault.NotFound:
		return Reason(e.Native)
	case ok && e.Code == fault.ScopeMissing && !e.Unexplained:
		return ReasonMissingScope
	default:
		return ReasonProfileFailed
	}
}

// abandonGrant gives a grant back that is of no use, unless an earlier connection of this creator might
// stand on it: some platforms end every grant of a person at once.
func (c *Connect) abandonGrant(ctx context.Context, p platform.Platform, token platform.Token, cb Callback, f flow) {
	if f.connectionID != "" {
		return
	}
	there, err := c.o.Store.Read.Connection.Query().Where(connection.OwnerID(cb.UserID), connection.Platform(cb.Platform),
		connection.SourceEQ(c.source()), connection.StatusIn(lifecycle.LiveConnections()...)).Exist(ctx)
	if err != nil || there {
		return
	}
	_ = c.Grants.Revoke(ctx, p, token) // nothing of it is stored: a failure leaves nothing behind here
}

// storeConnection stores the connection and queues its first sync in one transaction.
func (c *Connect) storeConnection(
	ctx context.Context,
	p platform.Platform,
	cb Callback,
	f flow,
	token platform.Token,
	profile platform.Profile,
	o Outcome,
) (Outcome, error) {
	gone := false
	err := c.o.Store.Tx(ctx, func(tx store.Tx) error {
		mine := tx.Connection.Query().Where(connection.SourceEQ(c.source()), connection.Platform(cb.Platform))
		if f.connectionID != "" {
			target, err := c.reconnectTarget(ctx, tx, f)
			if gone = target == nil; gone || err != nil {
				return err
			}
			if target.ExternalID != profile.ExternalID || (f.externalID != "" && f.externalID != profile.ExternalID) {
				o.Reason, o.Handle, o.Other = ReasonWrongAccount, target.Handle, displayName(profile)
				return nil
			}
		}
		row, err := mine.Clone().Where(connection.OwnerID(cb.UserID), connection.ExternalID(profile.ExternalID)).Only(ctx)
		if err != nil && !store.Missing(err) {
			return fmt.Errorf("find the account's connection: %w", err)
		}
		taken, err := mine.Clone().Where(connection.OwnerIDNEQ(cb.UserID), connection.ExternalID(profile.ExternalID),
			connection.StatusNEQ(connection.StatusDisconnected)).Exist(ctx)
		if err != nil {
			return fmt.Errorf("look for another owner: %w", err)
		}
		if taken {
			o.Reason, o.ConnectionID, o.Handle = ReasonAccountInUse, "", ""
			return nil
		}
		status, err := c.saveConnection(ctx, tx, p, row, cb, token, profile, &o)
		if err == nil {
			err = c.endFlow(ctx, tx, f)
		}
		if err != nil || status == connection.StatusPaused {
			return err
		}
		return c.o.Queue.First(ctx, tx, o.ConnectionID)
	})
	if store.Clash(err) { // another creator was a moment faster
		o.Reason, o.ConnectionID, o.Handle = ReasonAccountInUse, "", ""
		return o, nil
	}
	if err != nil {
		return Outcome{}, fmt.Errorf("store the %s connection: %w", cb.Platform, err)
	}
	if gone { // the grant is let lie: whoever consented may have an account of their own here, and revoking could end it
		return Outcome{}, errState()
	}
	return o, nil
}

// reconnectTarget is the connection that a flow was begun for; nil when it is not there any more, for its owner. A flow
// never adds an account in its place: whoever consents may be somebody else.
func (c *Connect) reconnectTarget(ctx context.Context, tx store.Tx, f flow) (*ent.Connection, error) {
	row, err := tx.Connection.Query().
		Where(connection.ID(f.connectionID), connection.OwnerID(f.userID), connection.SourceEQ(c.source())).
		Only(ctx)
	if store.Missing(err) {
		return nil, nil //nolint:nilnil // that it is gone is an answer
	}
	if err != nil {
		return nil, fmt.Errorf("find the connection to reconnect: %w", err)
	}
	alive, err := tx.PendingFlow.Query().Where(pendingflow.ID(f.id)).Exist(ctx)
	if err != nil {
		return nil, fmt.Errorf("find the flow: %w", err)
	}
	if !alive { // it was disconnected while its owner was at the platform
		return nil, nil //nolint:nilnil // as above
	}
	return row, nil
}

// endFlow uses a flow up that ended well, and the link it began with.
func (c *Connect) endFlow(ctx context.Context, tx store.Tx, f flow) error {
	if _, err := tx.PendingFlow.Delete().Where(pendingflow.ID(f.id)).Exec(ctx); err != nil {
		return fmt.Errorf("end a flow: %w", err)
	}
	if f.noticeID == "" {
		return nil
	}
	if err := tx.Notice.Update().Where(notice.ID(f.noticeID), notice.UsedAtIsNil()).SetUsedAt(c.o.Now()).
		Exec(ctx); err != nil {
		return fmt.Errorf("use a link up: %w", err)
	}
	return nil
}

// saveConnection makes or renews the connection's row.
func (c *Connect) saveConnection(
	ctx context.Context,
	tx store.Tx,
	p platform.Platform,
	row *ent.Connection,
	cb Callback,
	token platform.Token,
	profile platform.Profile,
	o *Outcome,
) (connection.Status, error) {
	now := c.o.Now()
	id, version := uuid.Must(uuid.NewV7()).String(), int64(1)
	if row != nil {
		id, version = row.ID, row.TokenVersion+1
		profile.Handle = cmp.Or(profile.Handle, row.Handle)
	}
	access, refresh, err := c.Grants.Keys.Seal(id, version, token)
	if err != nil {
		return "", err
	}
	primary, err := c.becomesPrimary(ctx, tx, cb, id)
	if err != nil {
		return "", err
	}
	status := c.Grants.StatusOf(p.Spec(), token)
	if row != nil && row.Status == connection.StatusPaused {
		status = connection.StatusPaused // an admin's decision outlives a new consent
	}
	_, missing := p.Spec().MissingScopes(token.Scopes)
	o.ConnectionID, o.Handle, o.Limited = id, displayName(profile), len(missing) > 0
	code := ""
	if o.Limited {
		code = string(fault.ScopeMissing)
	}
	m := tx.Connection.Create().SetID(id).SetOwnerID(cb.UserID).SetPlatform(cb.Platform).SetSource(c.source()).
		SetExternalID(profile.ExternalID).SetAltID(altID(profile, token)).SetHandle(profile.Handle).
		SetStatus(status).SetStatusCode(code).SetStatusSince(now).SetPrimary(primary).SetScopes(token.Scopes).
		SetAccessSealed(access).SetRefreshSealed(refresh).SetTokenVersion(version).SetTokenIssuedAt(token.IssuedAt).
		SetNillableTokenExpiresAt(grants.TimePointer(token.ExpiresAt)).
		SetNillableRefreshExpiresAt(grants.TimePointer(token.RefreshExpiresAt)).
		SetConsentedAt(now).SetRefreshDueAt(p.Spec().Renewal.Next(token))
	if row == nil {
		if err := m.Exec(ctx); err != nil {
			return "", err
		}
		return status, c.Grants.AddEvent(
			ctx,
			tx,
			id,
			grants.EventConnected,
			"",
			words.English.Say("creator.event.connected", "Account", displayName(profile)),
		)
	}
	u := tx.Connection.Update().Where(connection.ID(id)).SetAltID(altID(profile, token)).SetHandle(profile.Handle).
		SetStatus(status).
		SetStatusCode(code).SetStatusDetail("").SetStatusSince(now).SetPrimary(primary).SetScopes(token.Scopes).
		SetAccessSealed(access).SetRefreshSealed(refresh).SetTokenVersion(version).SetTokenIssuedAt(token.IssuedAt).
		SetConsentedAt(now).
		SetRefreshDueAt(p.Spec().Renewal.Next(token)).
		SetRefreshFailures(0).
		ClearRefreshRetryAt().
		ClearFailingSince().ClearDisconnectedAt().ClearDeleteBy().ClearRefreshIntentAt().SetLeaseHolder("").ClearLeaseUntil()
	grants.SetEnds(u, token)
	if err := u.Exec(ctx); err != nil {
		return "", err
	}
	return status, c.Grants.AddEvent(
		ctx,
		tx,
		id,
		grants.EventConnected,
		"",
		words.English.Say("creator.event.reconnected", "Account", displayName(profile)),
	)
}

// becomesPrimary decides whether the connection is the creator's primary one: it is when no other live one
// is. Those that are over give the place up.
func (c *Connect) becomesPrimary(ctx context.Context, tx store.Tx, cb Callback, id string) (bool, error) {
	taken, err := tx.Connection.Query().
		Where(connection.OwnerID(cb.UserID), connection.Platform(cb.Platform), connection.SourceEQ(c.source()),
			connection.IDNEQ(id), connection.Primary(true), connection.StatusIn(lifecycle.LiveConnections()...)).
		Exist(ctx)
	if err != nil {
		return false, fmt.Errorf("look for the primary connection: %w", err)
	}
	if taken {
		return false, nil
	}
	err = tx.Connection.Update().
		Where(connection.OwnerID(cb.UserID), connection.Platform(cb.Platform), connection.SourceEQ(c.source()),
			connection.IDNEQ(id), connection.Primary(true)).
		SetPrimary(false).
		Exec(ctx)
	if err != nil {
		return false, fmt.Errorf("pass the primary place on: %w", err)
	}
	return true, nil
}

func altID(p platform.Profile, t platform.Token) string {
	if p.AltID != "" {
		return p.AltID
	}
	return t.AltSubject
}

func displayName(p platform.Profile) string {
	if p.Handle != "" {
		return p.Handle
	}
	return p.DisplayName
}
