package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/app/words"
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
	if !text.Storable(search) || len(search) > 200 {
		return nil, fault.New(fault.Invalid, words.New("errors.search"))
	}
	out := &People{Search: search}
	ids, err := a.found(ctx, out, search, page)
	if err != nil {
		return nil, err
	}
	if out.Rows, err = a.persons(ctx, ids); err != nil {
		return nil, err
	}
	open, err := a.store.Read.Invite.Query().
		Where(invite.PurposeEQ(invite.PurposeInvite), invite.UsedAtIsNil(), invite.ExpiresAtGT(a.now())).
		Order(invite.ByCreatedAt()).
		Limit(200).
		All(ctx)
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
	err = a.store.Read.Connection.Query().
		Where(connection.OwnerIDIn(ids...), connection.StatusNEQ(connection.StatusDisconnected)).
		GroupBy(connection.FieldOwnerID).
		Aggregate(ent.Count()).
		Scan(ctx, &owned)
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

// Person gives one account as an admin sees it. NOT_FOUND.
func (a *Auth) Person(ctx context.Context, id string) (Person, error) {
	list, err := a.persons(ctx, []string{clean(id)})
	if err != nil {
		return Person{}, err
	}
	if len(list) == 0 || (list[0].Demo && !a.demo) {
		return Person{}, fault.New(fault.NotFound, words.New("errors.auth.noPerson"))
	}
	return list[0], nil
}

// Enable lets a disabled account in again. NOT_FOUND.
func (a *Auth) Enable(ctx context.Context, id string) error {
	err := a.store.Client.User.UpdateOneID(clean(id)).SetDisabled(false).Exec(ctx)
	if store.Missing(err) {
		return fault.New(fault.NotFound, words.New("errors.auth.noPerson"))
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
		return fault.New(fault.Invalid, words.New("errors.auth.role"))
	}
	id = clean(id)
	if clean(actorID) == id {
		return fault.New(fault.Conflict, words.New("errors.auth.ownRole"))
	}
	return a.store.Tx(ctx, func(tx store.Tx) error {
		if err := tx.Alone(ctx, rolesLock); err != nil {
			return err
		}
		u, err := tx.User.Query().Where(user.ID(id)).Only(ctx)
		if store.Missing(err) {
			return fault.New(fault.NotFound, words.New("errors.auth.noPerson"))
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
			owns, err := tx.Connection.Query().
				Where(connection.OwnerID(u.ID), connection.StatusNEQ(connection.StatusDisconnected)).Exist(ctx)
			if err != nil {
				return fmt.Errorf("look for connections: %w", err)
			}
			if owns {
				return fault.New(fault.Conflict, words.New("errors.auth.ownsAccounts"))
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
		return fault.New(fault.NotFound, words.New("errors.auth.noPerson"))
	}
	if _, err := a.store.Client.Session.Delete().Where(session.UserID(id)).Exec(ctx); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

// Admins lists who may be written to about the installation.
func (a *Auth) Admins(ctx context.Context) ([]User, error) {
	rows, err := a.store.Read.User.Query().
		Where(user.RoleEQ(user.RoleAdmin), user.Disabled(false), user.Demo(false)).
		Order(user.ByEmail()).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list admins: %w", err)
	}
	out := make([]User, len(rows))
	for i, u := range rows {
		out[i] = toUser(u)
	}
	return out, nil
}
