package auth

import (
	"context"
	"fmt"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent/apitoken"
	"github.com/truecount/truecount/ent/invite"
	"github.com/truecount/truecount/ent/session"
	"github.com/truecount/truecount/ent/user"
)

// Erase deletes what this room keeps of a person, inside the transaction that erases them: sessions, API tokens,
// invitations and links, failed sign-ins, and the account itself. It is called after every other room. The audit log
// stays: it holds ids of our own, and its chain would break. CONFLICT: they are the last admin.
func (a *Auth) Erase(ctx context.Context, tx store.Tx, personID string) error {
	u, err := tx.User.Get(ctx, personID)
	if store.Missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", personID, err)
	}
	if u.Role == user.RoleAdmin {
		if err := tx.Alone(ctx, rolesLock); err != nil {
			return err
		}
		if err := a.anotherAdmin(ctx, tx, u.ID); err != nil {
			return err
		}
	}
	for _, part := range []struct {
		what string
		do   func() (int, error)
	}{
		{"sessions", func() (int, error) { return tx.Session.Delete().Where(session.UserID(u.ID)).Exec(ctx) }},
		{"API tokens", func() (int, error) { return tx.APIToken.Delete().Where(apitoken.UserID(u.ID)).Exec(ctx) }},
		{"invitations", func() (int, error) {
			return tx.Invite.Delete().Where(invite.Or(invite.UserID(u.ID), invite.Email(u.Email))).Exec(ctx)
		}},
		{"failed sign-ins", func() (int, error) { return 0, forget(ctx, tx, u.Email) }},
		{"the account", func() (int, error) { return tx.User.Delete().Where(user.ID(u.ID)).Exec(ctx) }},
	} {
		if _, err := part.do(); err != nil {
			return fmt.Errorf("erase %s of %s: %w", part.what, u.ID, err)
		}
	}
	return nil
}
