package connect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/vault"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
)

const (
	leaseLife  = time.Minute      // of one refresh, the call and the saving of its answer
	callLimit  = 20 * time.Second // of the refresh call
	saveLimit  = 30 * time.Second // how long a database that is in trouble is asked to take the answer
	leasePause = 50 * time.Millisecond
)

func purpose(id, field string, version int64) string {
	return fmt.Sprintf("conn:%s:%s:%d", id, field, version)
}

// seal encrypts a pair for its row, field and version.
func (c *Connect) seal(id string, version int64, t platform.Token) (access, refresh []byte, err error) {
	if access, err = c.o.Vault.Seal(t.Access, purpose(id, "access", version)); err != nil {
		return nil, nil, err
	}
	refresh, err = c.o.Vault.Seal(t.Refresh, purpose(id, "refresh", version))
	return access, refresh, err
}

// open decrypts a row's pair.
func (c *Connect) open(row *ent.Connection) (platform.Token, error) {
	t := platform.Token{Scopes: row.Scopes, Account: row.ID}
	// A column that is NULL comes as a pointer to nothing.
	if row.AccessSealed == nil || len(*row.AccessSealed) == 0 {
		return t, errors.New("the connection holds no token")
	}
	var err error
	if t.Access, err = c.o.Vault.Open(*row.AccessSealed, purpose(row.ID, "access", row.TokenVersion)); err != nil {
		return t, err
	}
	if row.RefreshSealed != nil {
		if t.Refresh, err = c.o.Vault.Open(*row.RefreshSealed, purpose(row.ID, "refresh", row.TokenVersion)); err != nil {
			return t, err
		}
	}
	for to, from := range map[*time.Time]*time.Time{&t.IssuedAt: row.TokenIssuedAt, &t.ExpiresAt: row.TokenExpiresAt, &t.RefreshExpiresAt: row.RefreshExpiresAt} {
		if from != nil {
			*to = *from
		}
	}
	return t, nil
}

// Fresh gives a token that may be used now, and which version of the stored pair it is, refreshing
// it first when it is due. refused is the version that a platform just refused, 0 for none: that one
// is refreshed whatever its age.
// AUTH_EXPIRED and AUTH_REVOKED mean that the grant is over and the connection says so.
func (c *Connect) Fresh(ctx context.Context, id string, refused int64) (platform.Token, int64, error) {
	for {
		row, err := c.o.Store.Client.Connection.Get(ctx, id)
		if store.Missing(err) {
			return platform.Token{}, 0, fault.New(fault.NotConnected, "The connection is gone.")
		}
		if err != nil {
			return platform.Token{}, 0, fmt.Errorf("read connection %s: %w", id, err)
		}
		p, ok := c.o.Platforms.Get(row.Platform)
		if !ok {
			return platform.Token{}, 0, fault.New(fault.NotConfigured, "The platform "+row.Platform+" is not part of this program.")
		}
		if row.Status == connection.StatusDisconnected || row.Status == connection.StatusNeedsReconnect {
			return platform.Token{}, 0, &platform.Error{Platform: row.Platform, Step: platform.StepToken, Code: fault.AuthRevoked, Detail: "the connection is " + string(row.Status)}
		}
		t, err := c.open(row)
		if err != nil {
			return platform.Token{}, 0, c.tampered(ctx, row, err)
		}
		now, renewal := c.o.Now(), p.Spec().Renewal
		if renewal.Over(t, now) {
			return platform.Token{}, 0, c.over(ctx, row, &platform.Error{Platform: row.Platform, Step: platform.StepToken, Code: fault.AuthExpired, Detail: "access ended and cannot be renewed any more"})
		}
		force := refused != 0 && refused == row.TokenVersion
		if !force && !renewal.Due(t, now) {
			return t, row.TokenVersion, nil
		}
		if renewal.MinAge > 0 && now.Sub(t.IssuedAt) < renewal.MinAge {
			// Refused, and too young to be refreshed: there is nothing left to try.
			return platform.Token{}, 0, c.over(ctx, row, &platform.Error{Platform: row.Platform, Step: platform.StepToken, Code: fault.AuthRevoked, Detail: "a young token was refused"})
		}
		mine, err := c.lease(ctx, row)
		if err != nil {
			return platform.Token{}, 0, err
		}
		if mine {
			return c.refresh(ctx, p, row, t, force)
		}
		// Somebody else refreshes this connection: look again when they may be done.
		select {
		case <-ctx.Done():
			return platform.Token{}, 0, ctx.Err()
		case <-time.After(leasePause):
		}
	}
}

// lease takes the right to refresh, and writes down that a call is about to be made, before it is.
// A lease that ran out is anybody's.
func (c *Connect) lease(ctx context.Context, row *ent.Connection) (bool, error) {
	now := c.o.Now()
	n, err := c.o.Store.Client.Connection.Update().Where(
		connection.ID(row.ID), connection.TokenVersion(row.TokenVersion), connection.StatusEQ(row.Status),
		connection.Or(connection.LeaseUntilIsNil(), connection.LeaseUntilLTE(now)),
	).SetLeaseHolder(c.holder).SetLeaseUntil(now.Add(leaseLife)).SetRefreshIntentAt(now).Save(ctx)
	if err != nil {
		return false, fmt.Errorf("take the lease of connection %s: %w", row.ID, err)
	}
	return n == 1, nil
}

// refresh makes the one call and saves what it brought before anybody may use it.
func (c *Connect) refresh(ctx context.Context, p platform.Platform, row *ent.Connection, old platform.Token, force bool) (platform.Token, int64, error) {
	keep := context.WithoutCancel(ctx) // an answer that arrives must be kept even when we are told to stop
	call, cancel := context.WithTimeout(keep, callLimit)
	defer cancel()
	fresh, err := p.Refresh(call, old)
	if err == nil && fresh.Subject != "" && fresh.Subject != row.ExternalID && fresh.Subject != row.AltID {
		err = &platform.Error{Platform: row.Platform, Step: platform.StepToken, Code: fault.BadResponse, Detail: "the answer is of another account"}
	}
	if err == nil && fresh.Access.Empty() {
		err = &platform.Error{Platform: row.Platform, Step: platform.StepToken, Code: fault.BadResponse, Detail: "the answer holds no token"}
	}
	if err != nil {
		return c.unrefreshed(keep, p, row, old, force, err)
	}
	if fresh.Refresh.Empty() {
		fresh.Refresh, fresh.RefreshExpiresAt = old.Refresh, old.RefreshExpiresAt
	}
	if fresh.Scopes == nil {
		fresh.Scopes = old.Scopes
	}
	fresh.Account = row.ID
	version := row.TokenVersion + 1
	if err := c.keep(keep, p.Spec(), row, version, fresh); err != nil {
		c.o.Refreshed(row.Platform, "failed")
		return platform.Token{}, 0, err
	}
	c.o.Refreshed(row.Platform, "success")
	return fresh, version, nil
}

// keep saves a new pair, asking a database in trouble again for a while.
func (c *Connect) keep(ctx context.Context, spec platform.Spec, row *ent.Connection, version int64, t platform.Token) error {
	access, refresh, err := c.seal(row.ID, version, t)
	if err != nil {
		return err
	}
	deadline := time.Now().Add(saveLimit)
	for {
		u := c.o.Store.Client.Connection.Update().Where(connection.ID(row.ID), connection.TokenVersion(row.TokenVersion)).
			SetAccessSealed(access).SetRefreshSealed(refresh).SetTokenVersion(version).SetTokenIssuedAt(t.IssuedAt).
			SetScopes(t.Scopes).
			SetLeaseHolder("").ClearLeaseUntil().ClearRefreshIntentAt()
		ends(u, t)
		// A refresh touches the token alone; only its own end can change what a person must do.
		if by := spec.Renewal.ActBy(t); !by.IsZero() && by.Before(c.o.Now().Add(soon)) && row.Status != connection.StatusPaused {
			u.SetStatus(connection.StatusExpiring)
		}
		n, err := u.Save(ctx)
		if err == nil {
			if n == 0 {
				return fault.New(fault.NotConnected, "The connection changed while its access was renewed.")
			}
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("save the refreshed token of connection %s: %w", row.ID, err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// ends writes when a pair ends, or that it is not known. PostgreSQL refuses to set a column twice in
// one statement, so it is one or the other.
func ends(u *ent.ConnectionUpdate, t platform.Token) {
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

// unrefreshed decides what a refresh that failed means: only a dead grant ends the connection.
func (c *Connect) unrefreshed(ctx context.Context, p platform.Platform, row *ent.Connection, old platform.Token, force bool, cause error) (platform.Token, int64, error) {
	e, ok := platform.AsError(cause)
	if ok && (e.Code == fault.AuthRevoked || e.Code == fault.AuthExpired) {
		c.o.Refreshed(row.Platform, "dead")
		return platform.Token{}, 0, c.over(ctx, row, e)
	}
	c.o.Refreshed(row.Platform, "failed")
	err := c.o.Store.Client.Connection.Update().Where(connection.ID(row.ID), connection.LeaseHolder(c.holder)).
		SetLeaseHolder("").ClearLeaseUntil().ClearRefreshIntentAt().Exec(ctx)
	if err != nil {
		return platform.Token{}, 0, fmt.Errorf("give the lease of connection %s back: %w", row.ID, err)
	}
	if !force && !old.ExpiresAt.IsZero() && c.o.Now().Before(old.ExpiresAt) {
		return old, row.TokenVersion, nil // not new, but it lives
	}
	return platform.Token{}, 0, cause
}

// tampered is a row whose tokens do not open although the keyset is right: it is never used.
func (c *Connect) tampered(ctx context.Context, row *ent.Connection, cause error) error {
	e := &platform.Error{Platform: row.Platform, Step: platform.StepToken, Code: fault.AuthFailed, Detail: "the stored token cannot be opened"}
	if errors.Is(cause, vault.ErrSealed) {
		e.Native = "sealed"
	}
	return c.over(ctx, row, e)
}

// over marks the connection as needing a person and gives the error on.
func (c *Connect) over(ctx context.Context, row *ent.Connection, e *platform.Error) error {
	if err := c.Lost(ctx, row.ID, row.TokenVersion, e.Code, e.Detail); err != nil {
		return errors.Join(e, err)
	}
	return e
}
