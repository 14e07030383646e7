package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/apitoken"
	"github.com/truecount/truecount/ent/invite"
	"github.com/truecount/truecount/ent/user"
)

// AccessSince is what using a copy of the database would mean for who may come in.
type AccessSince struct {
	Known bool // the present database says what happened since; else nothing does

	Sessions int // of the copy: they end
	Links    int // invitations and new passwords that were not used yet: they end
	Tokens   int // of programs, valid in the copy and not known to be revoked since: they stay
	Admins   int // who can sign in afterwards

	disabled, demoted, revoked []string
	passwords                  map[string]string
}

// Disabled counts the accounts that were disabled since, and stay so.
func (s AccessSince) Disabled() int { return len(s.disabled) }

// Demoted counts those that are no admin's any more, and stay so.
func (s AccessSince) Demoted() int { return len(s.demoted) }

// Revoked counts the tokens that were revoked since, and stay so.
func (s AccessSince) Revoked() int { return len(s.revoked) }

// Passwords counts those that were changed since, and stay so.
func (s AccessSince) Passwords() int { return len(s.passwords) }

// Compare tells what using a copy would revive, and what the database that it takes the place of says against
// that. present may be nil. One that shares no account with the copy is another installation's, and says nothing.
// A copy may have an older schema: only columns that were always there are read and written.
func Compare(ctx context.Context, copied, present *store.Store) (out AccessSince, err error) {
	out.passwords = map[string]string{}
	if out.Sessions, err = copied.Read.Session.Query().Count(ctx); err != nil {
		return out, fmt.Errorf("count the sessions of %s: %w", copied.Path, err)
	}
	if out.Links, err = copied.Read.Invite.Query().Where(invite.UsedAtIsNil()).Count(ctx); err != nil {
		return out, fmt.Errorf("count the links of %s: %w", copied.Path, err)
	}
	then, err := accounts(ctx, copied)
	if err != nil {
		return out, err
	}
	valid, err := tokens(ctx, copied)
	if err != nil {
		return out, err
	}
	now, today := map[string]*ent.User{}, map[string]*ent.APIToken{}
	if present != nil {
		if now, err = accounts(ctx, present); err != nil {
			return out, err
		}
		if today, err = tokens(ctx, present); err != nil {
			return out, err
		}
	}
	for id, was := range then {
		is, shared := now[id]
		out.Known = out.Known || shared
		out.account(was, is)
	}
	for id, was := range valid {
		if was.RevokedAt != nil {
			continue
		}
		if is := today[id]; is != nil && is.RevokedAt != nil {
			out.revoked = append(out.revoked, id)
			continue
		}
		out.Tokens++
	}
	return out, nil
}

// account compares an account of the copy with the same one today, nil when there is none.
func (s *AccessSince) account(was, is *ent.User) {
	admin, open := was.Role == user.RoleAdmin, !was.Disabled
	if is != nil {
		if open && is.Disabled {
			s.disabled, open = append(s.disabled, was.ID), false
		}
		if admin && is.Role != user.RoleAdmin {
			s.demoted, admin = append(s.demoted, was.ID), false
		}
		if is.PasswordHash != was.PasswordHash {
			s.passwords[was.ID] = is.PasswordHash
		}
	}
	if admin && open && !was.Demo {
		s.Admins++
	}
}

func accounts(ctx context.Context, s *store.Store) (map[string]*ent.User, error) {
	rows, err := s.Read.User.Query().
		Select(user.FieldID, user.FieldRole, user.FieldDisabled, user.FieldDemo, user.FieldPasswordHash).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the accounts of %s: %w", s.Path, err)
	}
	out := make(map[string]*ent.User, len(rows))
	for _, row := range rows {
		out[row.ID] = row
	}
	return out, nil
}

func tokens(ctx context.Context, s *store.Store) (map[string]*ent.APIToken, error) {
	rows, err := s.Read.APIToken.Query().Select(apitoken.FieldID, apitoken.FieldRevokedAt).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the API tokens of %s: %w", s.Path, err)
	}
	out := make(map[string]*ent.APIToken, len(rows))
	for _, row := range rows {
		out[row.ID] = row
	}
	return out, nil
}

// Apply ends in a copy what must not live again, and carries over what was compared. The audit log is left as
// it is.
func (s AccessSince) Apply(ctx context.Context, copied *store.Store, now time.Time) error {
	err := copied.Tx(ctx, func(tx store.Tx) error {
		if _, err := tx.Session.Delete().Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.Invite.Delete().Where(invite.UsedAtIsNil()).Exec(ctx); err != nil {
			return err
		}
		for _, id := range s.disabled {
			if err := tx.User.Update().Where(user.ID(id)).SetDisabled(true).Exec(ctx); err != nil {
				return err
			}
		}
		for _, id := range s.demoted {
			if err := tx.User.Update().Where(user.ID(id)).SetRole(user.RoleCreator).Exec(ctx); err != nil {
				return err
			}
		}
		for id, hash := range s.passwords {
			if err := tx.User.Update().Where(user.ID(id)).SetPasswordHash(hash).Exec(ctx); err != nil {
				return err
			}
		}
		for _, id := range s.revoked {
			if err := tx.APIToken.Update().Where(apitoken.ID(id)).SetRevokedAt(now).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("shut out of the copy who was shut out since: %w", err)
	}
	return nil
}
