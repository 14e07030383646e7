package auth

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent/invite"
	"github.com/truecount/truecount/ent/user"
)

// Invite makes a one-time link with which somebody makes their own account; an earlier one for the same address stops
// working. INVALID names the fields; CONFLICT: there is an account.
func (a *Auth) Invite(ctx context.Context, email, role string) (fault.Secret, error) {
	n := NewUser{Email: email, Name: "x", Role: role, Password: "xxxxxxxxxx"}
	if err := n.check(); err != nil {
		return "", err
	}
	token := fault.Random()
	err := a.store.Tx(ctx, func(tx store.Tx) error {
		if err := tx.Alone(ctx, linksLock); err != nil {
			return err
		}
		taken, err := tx.User.Query().Where(user.Email(n.Email)).Exist(ctx)
		if err != nil {
			return fmt.Errorf("look for user: %w", err)
		}
		if taken {
			return errTaken()
		}
		if _, err := tx.Invite.Delete().
			Where(invite.PurposeEQ(invite.PurposeInvite), invite.Email(n.Email), invite.UsedAtIsNil()).Exec(ctx); err != nil {
			return err
		}
		return tx.Invite.Create().
			SetTokenHash(token.Digest()).
			SetPurpose(invite.PurposeInvite).
			SetRole(invite.Role(role)).
			SetEmail(n.Email).
			SetExpiresAt(a.now().Add(inviteLife)).
			Exec(ctx)
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// Uninvite takes an invitation back. NOT_FOUND: it was used, or never was.
func (a *Auth) Uninvite(ctx context.Context, id string) error {
	n, err := a.store.Client.Invite.Delete().
		Where(invite.ID(clean(id)), invite.PurposeEQ(invite.PurposeInvite), invite.UsedAtIsNil()).
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("take an invitation back: %w", err)
	}
	if n == 0 {
		return fault.New(fault.NotFound, words.New("errors.auth.noInvitation"))
	}
	return nil
}

func errOld() error {
	return fault.New(fault.NotFound, words.New("errors.auth.oldLink"))
}

// Invited gives whom a link was made for. NOT_FOUND: it does not work.
func (a *Auth) Invited(ctx context.Context, token fault.Secret) (email string, err error) {
	i, err := a.store.Read.Invite.Query().Where(invite.TokenHash(token.Digest()), invite.PurposeEQ(invite.PurposeInvite),
		invite.UsedAtIsNil(), invite.ExpiresAtGT(a.now())).Only(ctx)
	if store.Missing(err) {
		return "", errOld()
	}
	if err != nil {
		return "", fmt.Errorf("find an invitation: %w", err)
	}
	return i.Email, nil
}

// Accept makes the account of an invitation and uses it up; address and role are the invitation's. NOT_FOUND: the link
// does not work; INVALID names the fields.
func (a *Auth) Accept(ctx context.Context, token fault.Secret, name string, password fault.Secret) (User, error) {
	email, err := a.Invited(ctx, token)
	if err != nil {
		return User{}, err
	}
	n := NewUser{Email: email, Name: name, Role: "creator", Password: password}
	if err := n.check(); err != nil {
		return User{}, err
	}
	hash, err := a.hash.make(ctx, n.Password)
	if err != nil {
		return User{}, err
	}
	var id string
	err = a.store.Tx(ctx, func(tx store.Tx) error {
		i, err := tx.Invite.Query().Where(invite.TokenHash(token.Digest()), invite.PurposeEQ(invite.PurposeInvite)).Only(ctx)
		if err != nil {
			return err
		}
		if err := redeemLink(ctx, tx, token, a.now()); err != nil {
			return err
		}
		n.Role = string(i.Role)
		if id, err = a.enter(ctx, tx, n, hash); err != nil {
			return err
		}
		return forget(ctx, tx, n.Email)
	})
	if err != nil {
		return User{}, err
	}
	return a.ByID(ctx, id)
}

// redeemLink uses a link up, once.
func redeemLink(ctx context.Context, tx store.Tx, token fault.Secret, now time.Time) error {
	n, err := tx.Invite.Update().
		Where(invite.TokenHash(token.Digest()), invite.UsedAtIsNil(), invite.ExpiresAtGT(now)).
		SetUsedAt(now).
		Save(ctx)
	if err != nil {
		return fmt.Errorf("use a link: %w", err)
	}
	if n != 1 {
		return errOld()
	}
	return nil
}

// Forgot counts one who forgot their password; it does the same whether there is an account or not.
// TOO_MANY_REQUESTS: asked too often from one network.
func (a *Auth) Forgot(ctx context.Context, email, ip string) error {
	_, err := a.guesses.count(ctx, resetLimits(strings.ToLower(strings.TrimSpace(email)), ip)...)
	return err
}

// ForgottenLink makes a link for the account with an address if there is one in use; the empty secret if not, or when
// so many were made in the last hour that one of them still works: strangers cannot fill a mailbox, and none that was
// made before ends by it. How long it takes tells which: it is asked for after the answer.
func (a *Auth) ForgottenLink(ctx context.Context, email string) (User, fault.Secret, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	u, err := a.store.Read.User.Query().Where(user.Email(clean(email))).Only(ctx)
	if store.Missing(err) || (err == nil && !a.may(u)) {
		return User{}, "", nil
	}
	if err != nil {
		return User{}, "", fmt.Errorf("find user: %w", err)
	}
	if _, err := a.guesses.count(ctx,
		limit{key: accountKey("mailed", email), most: perHour, span: resetLife}); err != nil {
		if fault.Is(err, fault.TooManyRequests) {
			return toUser(u), "", nil
		}
		return User{}, "", err
	}
	token := fault.Random()
	err = a.store.Tx(ctx, func(tx store.Tx) error { return a.addReset(ctx, tx, u.ID, token, resetLife) })
	return toUser(u), token, err
}

// ResetLink makes a link with which somebody sets a new password, for an admin to hand on; it lasts a day. NOT_FOUND.
func (a *Auth) ResetLink(ctx context.Context, userID string) (User, fault.Secret, error) {
	u, err := a.ByID(ctx, clean(userID))
	if err != nil {
		return User{}, "", err
	}
	token, err := a.resetLink(ctx, u.ID, 24*time.Hour)
	return u, token, err
}

func (a *Auth) resetLink(ctx context.Context, userID string, life time.Duration) (fault.Secret, error) {
	token := fault.Random()
	err := a.store.Tx(ctx, func(tx store.Tx) error {
		if err := tx.Alone(ctx, linksLock); err != nil {
			return err
		}
		if err := endResets(ctx, tx, userID); err != nil {
			return err
		}
		return a.addReset(ctx, tx, userID, token, life)
	})
	if err != nil {
		return "", fmt.Errorf("make a link: %w", err)
	}
	return token, nil
}

func (a *Auth) addReset(ctx context.Context, tx store.Tx, userID string, token fault.Secret, life time.Duration) error {
	err := tx.Invite.Create().
		SetTokenHash(token.Digest()).
		SetPurpose(invite.PurposeReset).
		SetRole(invite.RoleCreator).
		SetUserID(userID).
		SetExpiresAt(a.now().Add(life)).
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("make a link: %w", err)
	}
	return nil
}

// endResets ends the links for a new password that an account has.
func endResets(ctx context.Context, tx store.Tx, userID string) error {
	_, err := tx.Invite.Delete().
		Where(invite.PurposeEQ(invite.PurposeReset), invite.UserID(userID), invite.UsedAtIsNil()).
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("end the links for a password: %w", err)
	}
	return nil
}

// Resets gives whose password a link sets. NOT_FOUND: it does not work.
func (a *Auth) Resets(ctx context.Context, token fault.Secret) (User, error) {
	i, err := a.store.Read.Invite.Query().Where(invite.TokenHash(token.Digest()), invite.PurposeEQ(invite.PurposeReset),
		invite.UsedAtIsNil(), invite.ExpiresAtGT(a.now())).Only(ctx)
	if store.Missing(err) {
		return User{}, errOld()
	}
	if err != nil {
		return User{}, fmt.Errorf("find a link: %w", err)
	}
	u, err := a.ByID(ctx, i.UserID)
	if fault.Is(err, fault.NotFound) {
		return User{}, errOld()
	}
	return u, err
}

// Reset sets a new password by a link and uses it up; every session, API token and other link of the account ends, and
// what was counted against it is forgotten. NOT_FOUND: the
// link does not work; INVALID: the password cannot be used.
func (a *Auth) Reset(ctx context.Context, token, password fault.Secret) (User, error) {
	u, err := a.Resets(ctx, token)
	if err != nil {
		return User{}, err
	}
	if s := weak(password); !s.IsZero() {
		return User{}, &fault.Error{Code: fault.Invalid, Message: s, Fields: map[string]words.Text{"password": s}}
	}
	hash, err := a.hash.make(ctx, password)
	if err != nil {
		return User{}, err
	}
	err = a.store.Tx(ctx, func(tx store.Tx) error {
		if err := redeemLink(ctx, tx, token, a.now()); err != nil {
			return err
		}
		if err := tx.User.UpdateOneID(u.ID).SetPasswordHash(hash).Exec(ctx); err != nil {
			return fmt.Errorf("set the password: %w", err)
		}
		if err := endResets(ctx, tx, u.ID); err != nil {
			return err
		}
		if err := forget(ctx, tx, u.Email); err != nil {
			return err
		}
		return endAll(ctx, tx, u.ID, a.now())
	})
	u.mark = passwordMark(hash)
	return u, err
}
