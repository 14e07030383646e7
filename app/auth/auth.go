package auth

import (
	"context"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/user"
)

// Auth is the front door: who people are, and how they get in. All its methods may be used at once.
type Auth struct {
	Log    *AuditLog
	Tokens *Tokens
	Demo   *Demo

	store   *store.Store
	now     func() time.Time
	demo    bool // the sandbox is on: demo users may sign in
	hash    *hasher
	seals   Seals
	guesses *guesses
}

// part is what the parts of the room share.
type part struct {
	auth  *Auth
	store *store.Store
	now   func() time.Time
	seals Seals
}

// AuditLog holds what people and the program did. It can only grow: each event holds the hash of the one before, and
// the end is sealed.
type AuditLog struct{ part }

// Tokens are the personal API tokens.
type Tokens struct{ part }

// Demo is the demo's sign-ins.
type Demo struct{ part }

// guesses counts wrong passwords, so that guessing is slow and owners are not kept out.
type guesses struct{ part }

// Options is what an Auth is made of.
type Options struct {
	Store *store.Store
	Now   func() time.Time // nil: time.Now
	Demo  bool             // demo users may sign in
	// of the audit log's end and of known browsers; nil: it is chained and not sealed, and none is known
	Seals Seals
}

// New opens the front door.
func New(o Options) *Auth {
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &Auth{store: o.Store, now: o.Now, demo: o.Demo, hash: newHasher(), seals: o.Seals}
	p := part{a, o.Store, o.Now, o.Seals}
	a.Log, a.Tokens, a.Demo, a.guesses = &AuditLog{p}, &Tokens{p}, &Demo{p}, &guesses{p}
	return a
}

// User is a person who signs in.
type User struct {
	ID       string
	Email    string
	Name     string
	Admin    bool
	Disabled bool
	Demo     bool
	Zone     *time.Location
	Theme    string // "light", "dark" or empty
	Epoch    string // another one after a new password or role: sessions from before are over

	mark string // stands for the password it has now
}

func toUser(u *ent.User) User {
	zone, err := time.LoadLocation(u.Timezone)
	if err != nil {
		zone = time.UTC
	}
	return User{
		ID: u.ID, Email: u.Email, Name: u.Name, Admin: u.Role == user.RoleAdmin, Disabled: u.Disabled, Demo: u.Demo,
		Zone: zone, Theme: u.Theme, Epoch: fault.Secret(string(u.Role) + " " + u.PasswordHash).Digest()[:16],
		mark: passwordMark(u.PasswordHash),
	}
}

// NewUser is what an account is made of.
type NewUser struct {
	Email    string
	Name     string
	Role     string // "creator" or "admin"
	Password fault.Secret
	Demo     bool
}

func (n *NewUser) check() error {
	fields := map[string]words.Text{}
	n.Email, n.Name = strings.ToLower(strings.TrimSpace(n.Email)), strings.TrimSpace(n.Name)
	if a, err := mail.ParseAddress(n.Email); err != nil || a.Address != n.Email || len(n.Email) > 254 ||
		clean(n.Email) != n.Email {
		fields["email"] = words.New("errors.auth.email")
	}
	if !nameable(n.Name) {
		fields["name"] = words.New("errors.auth.name")
	}
	if n.Role != "creator" && n.Role != "admin" {
		fields["role"] = words.New("errors.auth.role")
	}
	if s := weak(n.Password); !s.IsZero() {
		fields["password"] = s
	}
	if len(fields) == 0 {
		return nil
	}
	for _, f := range []string{"email", "name", "role", "password"} { // the first is the one line of a command
		if s := fields[f]; !s.IsZero() {
			return &fault.Error{Code: fault.Invalid, Message: s, Fields: fields}
		}
	}
	return nil
}

// Create makes an account and gives its id. INVALID names the fields; CONFLICT: the email is taken.
func (a *Auth) Create(ctx context.Context, n NewUser) (string, error) {
	if err := n.check(); err != nil {
		return "", err
	}
	hash, err := a.hash.make(ctx, n.Password)
	if err != nil {
		return "", err
	}
	var id string
	err = a.store.Tx(ctx, func(tx store.Tx) error {
		id, err = create(ctx, tx, n, hash)
		return err
	})
	return id, err
}

func create(ctx context.Context, tx store.Tx, n NewUser, hash string) (string, error) {
	taken, err := tx.User.Query().Where(user.Email(n.Email)).Exist(ctx)
	if err != nil {
		return "", fmt.Errorf("look for user: %w", err)
	}
	if taken {
		return "", errTaken()
	}
	u, err := tx.User.Create().SetEmail(n.Email).SetName(n.Name).SetRole(user.Role(n.Role)).
		SetPasswordHash(hash).SetDemo(n.Demo).Save(ctx)
	if store.Clash(err) {
		return "", errTaken()
	}
	if err != nil {
		return "", fmt.Errorf("create user: %w", err)
	}
	return u.ID, nil
}

// enter makes the account of who comes by a link, and notes that they are in.
func (a *Auth) enter(ctx context.Context, tx store.Tx, n NewUser, hash string) (string, error) {
	id, err := create(ctx, tx, n, hash)
	if err != nil {
		return "", err
	}
	if err := tx.User.UpdateOneID(id).SetSignedInAt(a.now()).Exec(ctx); err != nil {
		return "", fmt.Errorf("note the sign-in: %w", err)
	}
	return id, nil
}

func errTaken() error {
	s := words.New("errors.auth.taken")
	return &fault.Error{Code: fault.Conflict, Message: s, Fields: map[string]words.Text{"email": s}}
}

// ByID gives the user of a session. NOT_FOUND when there is none, or not any more.
func (a *Auth) ByID(ctx context.Context, id string) (User, error) {
	u, err := a.store.Read.User.Get(ctx, id)
	if err != nil {
		return User{}, store.Fault(err)
	}
	if !a.may(u) {
		return User{}, fault.New(fault.NotFound, words.New("errors.auth.disabled"))
	}
	return toUser(u), nil
}

// ByEmail finds an account whatever its state. NOT_FOUND when there is none.
func (a *Auth) ByEmail(ctx context.Context, email string) (User, error) {
	u, err := a.store.Read.User.Query().Where(user.Email(clean(strings.ToLower(strings.TrimSpace(email))))).Only(ctx)
	if store.Missing(err) {
		return User{}, fault.New(fault.NotFound, words.New("errors.auth.noEmail"))
	}
	if err != nil {
		return User{}, fmt.Errorf("find user: %w", err)
	}
	return toUser(u), nil
}

// may reports whether the account may be used now.
func (a *Auth) may(u *ent.User) bool { return !u.Disabled && (a.demo || !u.Demo) }

// List gives every account, by e-mail.
func (a *Auth) List(ctx context.Context) ([]User, error) {
	rows, err := a.store.Read.User.Query().Order(user.ByEmail()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	out := make([]User, len(rows))
	for i, u := range rows {
		out[i] = toUser(u)
	}
	return out, nil
}

// Disable shuts an account out at once: its sessions, API tokens and links for a new password end. Twice is fine.
// NOT_FOUND: no such account; CONFLICT: it is the last admin who can sign in.
func (a *Auth) Disable(ctx context.Context, email string) error {
	who, err := a.ByEmail(ctx, email)
	if err != nil {
		return err
	}
	return a.store.Tx(ctx, func(tx store.Tx) error {
		if err := tx.Alone(ctx, rolesLock); err != nil {
			return err
		}
		if who.Admin {
			if err := a.anotherAdmin(ctx, tx, who.ID); err != nil {
				return err
			}
		}
		if err := tx.User.UpdateOneID(who.ID).SetDisabled(true).Exec(ctx); err != nil {
			return fmt.Errorf("disable user: %w", err)
		}
		if err := endResets(ctx, tx, who.ID); err != nil {
			return err
		}
		return endAll(ctx, tx, who.ID, a.now())
	})
}

// rolesLock keeps two admins from taking each other's place at once, which would leave none.
const rolesLock = 4_711_201_128

// anotherAdmin reports CONFLICT when nobody else could sign in as an admin.
func (a *Auth) anotherAdmin(ctx context.Context, tx store.Tx, id string) error {
	others := tx.User.Query().Where(user.RoleEQ(user.RoleAdmin), user.Disabled(false), user.IDNEQ(id))
	if !a.demo { // a demo admin who cannot sign in is no other admin
		others.Where(user.Demo(false))
	}
	there, err := others.Exist(ctx)
	if err != nil {
		return fmt.Errorf("look for another admin: %w", err)
	}
	if !there {
		return fault.New(fault.Conflict, words.New("errors.auth.lastAdmin"))
	}
	return nil
}
