package auth

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/apitoken"
	"github.com/truecount/truecount/ent/attemptcount"
	"github.com/truecount/truecount/ent/invite"
	"github.com/truecount/truecount/ent/session"
)

// Sessions keeps browsers' sessions, by the hash of the cookie's value. It fits the session
// library's store interface by shape.
type Sessions struct {
	auth *Auth
	// UserOf reads the signed-in user's id out of a session's data; empty when nobody is signed in.
	UserOf func(data []byte) string
}

// Sessions gives the store for the session library.
func (a *Auth) Sessions(userOf func([]byte) string) *Sessions {
	return &Sessions{auth: a, UserOf: userOf}
}

// SessionHash is what stands for a session elsewhere: in OAuth flows, never the id itself.
func SessionHash(token string) string { return fault.Secret(token).Digest() }

type foundKey struct{}

// WithSessions gives the context of one request, in which it is remembered which sessions were there when it began.
func WithSessions(ctx context.Context) context.Context {
	return context.WithValue(ctx, foundKey{}, &sync.Map{})
}

func found(ctx context.Context) *sync.Map {
	if m, ok := ctx.Value(foundKey{}).(*sync.Map); ok {
		return m
	}
	return &sync.Map{}
}

// FindCtx gives a session's data while it lives.
func (s *Sessions) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	ctx = viewer.System(ctx, viewer.ReasonSession)
	row, err := s.auth.store.Read.Session.Get(ctx, fault.Secret(token).Digest())
	if store.Missing(err) || (err == nil && !s.auth.now().Before(row.ExpiresAt)) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("find session: %w", err)
	}
	found(ctx).Store(row.ID, true)
	return row.Data, true, nil
}

// CommitCtx saves a session. One that was there when the request began is only changed: if somebody ended it meanwhile,
// it stays ended. What was not there is new, and its token was never given away.
func (s *Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	ctx = viewer.System(ctx, viewer.ReasonSession)
	hash, user := fault.Secret(token).Digest(), s.UserOf(data)
	var err error
	if _, was := found(ctx).Load(hash); was {
		change := s.auth.store.Client.Session.Update().Where(session.ID(hash)).SetData(data).SetExpiresAt(expiry)
		if user == "" {
			change.ClearUserID()
		} else {
			change.SetUserID(user)
		}
		err = change.Exec(ctx)
	} else {
		create := s.auth.store.Client.Session.Create().SetID(hash).SetData(data).SetExpiresAt(expiry)
		if user != "" {
			create.SetUserID(user)
		}
		if err = create.Exec(ctx); err == nil {
			found(ctx).Store(hash, true)
		}
	}
	if err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	return nil
}

// DeleteCtx ends a session.
func (s *Sessions) DeleteCtx(ctx context.Context, token string) error {
	err := s.auth.store.Client.Session.DeleteOneID(fault.Secret(token).Digest()).
		Exec(viewer.System(ctx, viewer.ReasonSession))
	if err != nil && !store.Missing(err) {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// Find is FindCtx for callers without a context.
func (s *Sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx for callers without a context.
func (s *Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx for callers without a context.
func (s *Sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// Sweep drops sessions that are over and counts of failures nobody needs any more.
func (a *Auth) Sweep(ctx context.Context) error {
	if _, err := a.store.Client.Session.Delete().Where(session.ExpiresAtLT(a.now())).Exec(ctx); err != nil {
		return fmt.Errorf("sweep sessions: %w", err)
	}
	if _, err := a.store.Client.AttemptCount.Delete().Where(attemptcount.WindowStartLT(a.now().Add(-2 * hour))).
		Exec(ctx); err != nil {
		return fmt.Errorf("sweep sign-in counts: %w", err)
	}
	if _, err := a.store.Client.Invite.Delete().Where(invite.ExpiresAtLT(a.now().Add(-30 * 24 * time.Hour))).
		Exec(ctx); err != nil {
		return fmt.Errorf("sweep links: %w", err)
	}
	return nil
}

// endAll ends every session and API token of a user.
func endAll(ctx context.Context, tx store.Tx, userID string, now time.Time) error {
	if _, err := tx.Session.Delete().Where(session.UserID(userID)).Exec(ctx); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	if err := tx.APIToken.Update().Where(apitoken.UserID(userID), apitoken.RevokedAtIsNil()).SetRevokedAt(now).
		Exec(ctx); err != nil {
		return fmt.Errorf("end API tokens: %w", err)
	}
	return nil
}
