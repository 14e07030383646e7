package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent/invite"
	"github.com/truecount/truecount/ent/user"
)

const setupLife = 24 * time.Hour

// FirstLink makes the one-time token with which the first admin is made. It is empty when there is
// an admin already; an earlier link stops working.
func (a *Auth) FirstLink(ctx context.Context) (fault.Secret, error) {
	token := ""
	err := a.store.Tx(ctx, func(tx store.Tx) error {
		there, err := tx.User.Query().Where(user.RoleEQ(user.RoleAdmin), user.Demo(false)).Exist(ctx)
		if err != nil || there {
			return err
		}
		if _, err := tx.Invite.Delete().Where(invite.PurposeEQ(invite.PurposeSetup)).Exec(ctx); err != nil {
			return err
		}
		token = fault.Random().Reveal()
		return tx.Invite.Create().
			SetTokenHash(fault.Secret(token).Digest()).
			SetPurpose(invite.PurposeSetup).
			SetRole(invite.RoleAdmin).
			SetExpiresAt(a.now().Add(setupLife)).
			Exec(ctx)
	})
	if err != nil {
		return "", fmt.Errorf("make the set-up link: %w", err)
	}
	return fault.Secret(token), nil
}

func errLink() error {
	return fault.New(fault.NotFound, words.New("errors.auth.oldSetup"))
}

// LinkWorks reports NOT_FOUND when a set-up link cannot be used.
func (a *Auth) LinkWorks(ctx context.Context, token fault.Secret) error {
	_, err := a.store.Read.Invite.Query().Where(invite.TokenHash(token.Digest()), invite.PurposeEQ(invite.PurposeSetup),
		invite.UsedAtIsNil(), invite.ExpiresAtGT(a.now())).OnlyID(ctx)
	if store.Missing(err) {
		return errLink()
	}
	if err != nil {
		return fmt.Errorf("find the set-up link: %w", err)
	}
	return nil
}

// Setup makes the first admin and uses the link up. NOT_FOUND: the link does not work; INVALID
// names the fields.
func (a *Auth) Setup(ctx context.Context, token fault.Secret, n NewUser) (User, error) {
	n.Role, n.Demo = "admin", false
	if err := a.LinkWorks(ctx, token); err != nil {
		return User{}, err
	}
	if err := n.check(); err != nil {
		return User{}, err
	}
	hash, err := a.hash.make(ctx, n.Password)
	if err != nil {
		return User{}, err
	}
	var id string
	err = a.store.Tx(ctx, func(tx store.Tx) error {
		used, err := tx.Invite.Update().
			Where(invite.TokenHash(token.Digest()), invite.UsedAtIsNil(), invite.ExpiresAtGT(a.now())).
			SetUsedAt(a.now()).
			Save(ctx)
		if err != nil {
			return fmt.Errorf("use the set-up link: %w", err)
		}
		if used != 1 {
			return errLink()
		}
		id, err = a.enter(ctx, tx, n, hash)
		return err
	})
	if err != nil {
		return User{}, err
	}
	return a.ByID(ctx, id)
}
