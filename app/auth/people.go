package auth

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/invite"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/session"
	"github.com/truecount/truecount/ent/user"
)

// Person is an account as an admin sees it.
type Person struct {
	User
	Created     time.Time
	SignedIn    *time.Time // last
	Connections int        // that are not disconnected
	Sessions    int        // browsers signed in
}

// People is a page of accounts, and the invitations that wait.
type People struct {
	Search  string
	Rows    []Person
	Total   int
	Page    int
	Pages   int
	Invites []Invitation
}

// Invitation is one that nobody has taken yet.
type Invitation struct {
	ID      string
	Email   string
	Role    string
	Expires time.Time
}

const (
	peoplePage = 50
	inviteLife = 7 * 24 * time.Hour
	resetLife  = time.Hour
	linksLock  = 4_711_201_129 // of two links made at once one works
)

// People lists accounts by e-mail. INVALID: an odd search.
func (a *Auth) People(ctx context.Context, search string, page int) (*People, error) {
	if !utf8.ValidString(search) || strings.ContainsRune(search, 0) || len(search) > 200 {
		return nil, fault.New(fault.Invalid, "This cannot be searched for.")
	}
	out := &People{Search: search}
	ids, err := a.found(ctx, out, search, page)
	if err != nil {
		return nil, err
	}
	if out.Rows, err = a.persons(ctx, ids); err != nil {
		return nil, err
	}
	open, err := a.store.Read.Invite.Query().Where(invite.PurposeEQ(invite.PurposeInvite), invite.UsedAtIsNil(), invite.ExpiresAtGT(a.now())).Order(invite.ByCreatedAt()).Limit(200).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list invitations: %w", err)
	}
	for _, i := range open {
		out.Invites = append(out.Invites, Invitation{i.ID, i.Email, string(i.Role), i.ExpiresAt.UTC()})
	}
	return out, nil
}

const mostFound = 5000 // of a search; more need a longer name

// found gives the ids of one page, and fills in how many pages there are.
func (a *Auth) found(ctx context.Context, out *People, search string, page int) ([]string, error) {
	var ours []predicate.User
	if !a.demo {
		ours = append(ours, user.Demo(false))
	}
	q := a.store.Read.User.Query().Where(ours...).Order(user.ByEmail())
	var all []string // that a search finds, read once
	var err error
	if search != "" {
		all, err = q.Where(user.Or(user.EmailContainsFold(search), user.NameContainsFold(search))).Limit(mostFound).IDs(ctx)
		out.Total = len(all)
	} else if out.Total, err = a.store.Read.User.Query().Count(ctx); err == nil && !a.demo {
		var demo int // few: the whole is counted by an index, and they are taken off
		demo, err = a.store.Read.User.Query().Where(user.EmailIn(DemoAdmin, DemoCreator), user.Demo(true)).Count(ctx)
		out.Total -= demo
	}
	if err != nil {
		return nil, fmt.Errorf("count accounts: %w", err)
	}
	out.Pages = max(1, (out.Total+peoplePage-1)/peoplePage)
	out.Page = min(max(1, page), out.Pages)
	from := (out.Page - 1) * peoplePage
	if search != "" {
		return all[from:min(from+peoplePage, len(all))], nil
	}
	ids, err := q.Offset(from).Limit(peoplePage).IDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return ids, nil
}

// persons reads accounts with what they own, by e-mail.
func (a *Auth) persons(ctx context.Context, ids []string) ([]Person, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := a.store.Read.User.Query().Where(user.IDIn(ids...)).Order(user.ByEmail()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	var owned, signed []struct {
		OwnerID string `sql:"owner_id"`
		UserID  string `sql:"user_id"`
		Count   int    `sql:"count"`
	}
	err = a.store.Read.Connection.Query().Where(connection.OwnerIDIn(ids...), connection.StatusNEQ(connection.StatusDisconnected)).
		GroupBy(connection.FieldOwnerID).Aggregate(ent.Count()).Scan(ctx, &owned)
	if err != nil {
		return nil, fmt.Errorf("count connections: %w", err)
	}
	err = a.store.Read.Session.Query().Where(session.UserIDIn(ids...), session.ExpiresAtGT(a.now())).
		GroupBy(session.FieldUserID).Aggregate(ent.Count()).Scan(ctx, &signed)
	if err != nil {
		return nil, fmt.Errorf("count sessions: %w", err)
	}
	connections, sessions := map[string]int{}, map[string]int{}
	for _, o := range owned {
		connections[o.OwnerID] = o.Count
	}
	for _, s := range signed {
		sessions[s.UserID] = s.Count
	}
	out := make([]Person, len(rows))
	for i, u := range rows {
		out[i] = Person{User: toUser(u), Created: u.CreatedAt.UTC(), Connections: connections[u.ID], Sessions: sessions[u.ID]}
		if u.SignedInAt != nil {
			t := u.SignedInAt.UTC()
			out[i].SignedIn = &t
		}
	}
	return out, nil
}

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
		if _, err := tx.Invite.Delete().Where(invite.PurposeEQ(invite.PurposeInvite), invite.Email(n.Email), invite.UsedAtIsNil()).Exec(ctx); err != nil {
			return err
		}
		return tx.Invite.Create().SetTokenHash(token.Digest()).SetPurpose(invite.PurposeInvite).SetRole(invite.Role(role)).SetEmail(n.Email).
			SetExpiresAt(a.now().Add(inviteLife)).Exec(ctx)
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// Uninvite takes an invitation back. NOT_FOUND: it was used, or never was.
func (a *Auth) Uninvite(ctx context.Context, id string) error {
	n, err := a.store.Client.Invite.Delete().Where(invite.ID(clean(id)), invite.PurposeEQ(invite.PurposeInvite), invite.UsedAtIsNil()).Exec(ctx)
	if err != nil {
		return fmt.Errorf("take an invitation back: %w", err)
	}
	if n == 0 {
		return fault.New(fault.NotFound, "There is no such invitation.")
	}
	return nil
}

func errOld() error {
	return fault.New(fault.NotFound, "This link was used, has expired or never was one. Ask for a new one.")
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
		if err := use(ctx, tx, token, a.now()); err != nil {
			return err
		}
		n.Role = string(i.Role)
		id, err = a.enter(ctx, tx, n, hash)
		return err
	})
	if err != nil {
		return User{}, err
	}
	return a.ByID(ctx, id)
}

// use uses a link up, once.
func use(ctx context.Context, tx store.Tx, token fault.Secret, now time.Time) error {
	n, err := tx.Invite.Update().Where(invite.TokenHash(token.Digest()), invite.UsedAtIsNil(), invite.ExpiresAtGT(now)).SetUsedAt(now).Save(ctx)
	if err != nil {
		return fmt.Errorf("use a link: %w", err)
	}
	if n != 1 {
		return errOld()
	}
	return nil
}

// Forgot counts one who forgot their password; it does the same whether there is an account or not.
// TOO_MANY_REQUESTS: asked too often.
func (a *Auth) Forgot(ctx context.Context, email, ip string) error {
	email = strings.ToLower(strings.TrimSpace(email))
	return a.count(ctx, limit{"forgot:" + fault.Secret(email).Digest(), perAccount}, limit{"forgotnet:" + fault.Secret(network(ip)).Digest(), perNetwork})
}

// ForgottenLink makes a link for the account with an address if there is one in use; the empty secret if not. How long
// it takes tells which: it is asked for after the answer.
func (a *Auth) ForgottenLink(ctx context.Context, email string) (User, fault.Secret, error) {
	u, err := a.store.Read.User.Query().Where(user.Email(clean(strings.ToLower(strings.TrimSpace(email))))).Only(ctx)
	if store.Missing(err) || (err == nil && !a.may(u)) {
		return User{}, "", nil
	}
	if err != nil {
		return User{}, "", fmt.Errorf("find user: %w", err)
	}
	token, err := a.resetLink(ctx, u.ID, resetLife)
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
		if _, err := tx.Invite.Delete().Where(invite.PurposeEQ(invite.PurposeReset), invite.UserID(userID), invite.UsedAtIsNil()).Exec(ctx); err != nil {
			return err
		}
		return tx.Invite.Create().SetTokenHash(token.Digest()).SetPurpose(invite.PurposeReset).SetRole(invite.RoleCreator).SetUserID(userID).
			SetExpiresAt(a.now().Add(life)).Exec(ctx)
	})
	if err != nil {
		return "", fmt.Errorf("make a link: %w", err)
	}
	return token, nil
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

// Reset sets a new password by a link and uses it up; every session and API token of the account ends. NOT_FOUND: the
// link does not work; INVALID: the password cannot be used.
func (a *Auth) Reset(ctx context.Context, token, password fault.Secret) (User, error) {
	u, err := a.Resets(ctx, token)
	if err != nil {
		return User{}, err
	}
	if s := weak(password); s != "" {
		return User{}, &fault.Error{Code: fault.Invalid, Message: s, Fields: map[string]string{"password": s}}
	}
	hash, err := a.hash.make(ctx, password)
	if err != nil {
		return User{}, err
	}
	err = a.store.Tx(ctx, func(tx store.Tx) error {
		if err := use(ctx, tx, token, a.now()); err != nil {
			return err
		}
		if err := tx.User.UpdateOneID(u.ID).SetPasswordHash(hash).Exec(ctx); err != nil {
			return fmt.Errorf("set the password: %w", err)
		}
		return endAll(ctx, tx, u.ID, a.now())
	})
	return u, err
}

// Enable lets a disabled account in again. NOT_FOUND.
func (a *Auth) Enable(ctx context.Context, id string) error {
	err := a.store.Client.User.UpdateOneID(clean(id)).SetDisabled(false).Exec(ctx)
	if store.Missing(err) {
		return fault.New(fault.NotFound, "There is no such account.")
	}
	if err != nil {
		return fmt.Errorf("enable user: %w", err)
	}
	return nil
}

// SetRole makes an account an admin's or a creator's; its sessions end. NOT_FOUND; CONFLICT: it is one's own, the last
// admin's, or one that owns accounts and would be an admin's; INVALID: no such role.
func (a *Auth) SetRole(ctx context.Context, actorID, id, role string) error {
	if role != "admin" && role != "creator" {
		return fault.New(fault.Invalid, "The role is creator or admin.")
	}
	id = clean(id)
	if clean(actorID) == id {
		return fault.New(fault.Conflict, "Nobody changes their own role: ask another admin.")
	}
	return a.store.Tx(ctx, func(tx store.Tx) error {
		if err := tx.Alone(ctx, rolesLock); err != nil {
			return err
		}
		u, err := tx.User.Query().Where(user.ID(id)).Only(ctx)
		if store.Missing(err) {
			return fault.New(fault.NotFound, "There is no such account.")
		}
		if err != nil {
			return fmt.Errorf("read user: %w", err)
		}
		if string(u.Role) == role {
			return nil
		}
		if u.Role == user.RoleAdmin {
			if err := a.anotherAdmin(ctx, tx, u.ID); err != nil {
				return err
			}
		} else {
			owns, err := tx.Connection.Query().Where(connection.OwnerID(u.ID), connection.StatusNEQ(connection.StatusDisconnected)).Exist(ctx)
			if err != nil {
				return fmt.Errorf("look for connections: %w", err)
			}
			if owns {
				return fault.New(fault.Conflict, "This person has connected accounts, and admins own none: make them a second sign-in instead.")
			}
		}
		if err := tx.User.UpdateOneID(u.ID).SetRole(user.Role(role)).Exec(ctx); err != nil {
			return fmt.Errorf("change the role: %w", err)
		}
		return endAll(ctx, tx, u.ID, a.now())
	})
}

// SignOutEverywhere ends every session of an account; its API tokens go on. NOT_FOUND.
func (a *Auth) SignOutEverywhere(ctx context.Context, id string) error {
	id = clean(id)
	there, err := a.store.Read.User.Query().Where(user.ID(id)).Exist(ctx)
	if err != nil {
		return fmt.Errorf("read user: %w", err)
	}
	if !there {
		return fault.New(fault.NotFound, "There is no such account.")
	}
	if _, err := a.store.Client.Session.Delete().Where(session.UserID(id)).Exec(ctx); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

// Admins lists who may be written to about the installation.
func (a *Auth) Admins(ctx context.Context) ([]User, error) {
	rows, err := a.store.Read.User.Query().Where(user.RoleEQ(user.RoleAdmin), user.Disabled(false), user.Demo(false)).Order(user.ByEmail()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list admins: %w", err)
	}
	out := make([]User, len(rows))
	for i, u := range rows {
		out[i] = toUser(u)
	}
	return out, nil
}
