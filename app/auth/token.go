package auth

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/apitoken"
)

// Scope is something that a personal API token may do.
type Scope string

// Scopes.
const (
	ScopeRead   Scope = "read"   // everything that is only looked at
	ScopeSync   Scope = "sync"   // ask for a sync
	ScopeManage Scope = "manage" // connect, disconnect, erase
)

var scopes = []Scope{ScopeRead, ScopeSync, ScopeManage}

// tokenPrefix lets a person and a secret scanner tell what it is.
const tokenPrefix = "tct_"

const (
	lastUseEvery = 5 * time.Minute // how often it is written that a token was used
	longestToken = 10 * 365 * 24 * time.Hour
)

// TokenWish is what a token is to be.
type TokenWish struct {
	Label  string
	Scopes []string      // none: read and sync
	Life   time.Duration // 0: no end
}

// Token is a personal API token as lists show it, without its secret.
type Token struct {
	ID       string
	Label    string
	Scopes   []Scope // empty: it was made before there were scopes and may do everything
	Created  time.Time
	Expires  *time.Time
	LastUsed *time.Time
	Revoked  *time.Time
}

// Access is what a token gives: its owner, and what it may do for them.
type Access struct {
	User
	scopes []Scope
}

// May reports whether the token has a scope.
func (a Access) May(s Scope) bool { return len(a.scopes) == 0 || slices.Contains(a.scopes, s) }

func (w TokenWish) check() (text string, err error) {
	if w.Label == "" || len([]rune(w.Label)) > 100 || clean(w.Label) != w.Label {
		return "", fault.New(fault.Invalid, words.New("errors.token.name"))
	}
	if w.Life < 0 || w.Life > longestToken {
		return "", fault.New(fault.Invalid, words.New("errors.token.life"))
	}
	if len(w.Scopes) == 0 {
		return string(ScopeRead) + "," + string(ScopeSync), nil
	}
	var out []string
	for _, s := range scopes { // in one order, each once
		if slices.Contains(w.Scopes, string(s)) {
			out = append(out, string(s))
		}
	}
	for _, s := range w.Scopes {
		if !slices.Contains(scopes, Scope(s)) {
			return "", fault.New(fault.Invalid, words.New("errors.token.scopes"))
		}
	}
	return strings.Join(out, ","), nil
}

// NewToken makes a personal API token; it is shown once and kept as a hash. INVALID: it cannot be like that.
func (t *Tokens) New(ctx context.Context, userID string, w TokenWish) (fault.Secret, error) {
	text, err := w.check()
	if err != nil {
		return "", err
	}
	token := tokenPrefix + fault.Random().Reveal()
	c := t.store.Client.APIToken.Create().
		SetUserID(userID).
		SetLabel(w.Label).
		SetScopes(text).
		SetCreatedAt(t.now()).
		SetTokenHash(fault.Secret(token).Digest())
	if w.Life > 0 {
		c.SetExpiresAt(t.now().Add(w.Life))
	}
	if err := c.Exec(ctx); err != nil {
		return "", fmt.Errorf("create API token: %w", err)
	}
	return fault.Secret(token), nil
}

// ByToken gives the user behind a personal API token; UNAUTHENTICATED when it is not one that works.
func (t *Tokens) Find(ctx context.Context, token fault.Secret) (Access, error) {
	row, err := t.store.Read.APIToken.Query().Where(apitoken.TokenHash(token.Digest()), apitoken.RevokedAtIsNil()).
		WithUser().Only(ctx)
	if store.Missing(err) {
		return Access{}, fault.New(fault.Unauthenticated, words.New("errors.token.unknown"))
	}
	if err != nil {
		return Access{}, fmt.Errorf("find API token: %w", err)
	}
	now := t.now()
	if row.ExpiresAt != nil && !now.Before(*row.ExpiresAt) {
		return Access{}, fault.New(fault.Unauthenticated, words.New("errors.token.expired"))
	}
	if row.Edges.User == nil || !t.auth.may(row.Edges.User) {
		return Access{}, fault.New(fault.Unauthenticated, words.New("errors.token.disabled"))
	}
	if row.LastUsedAt == nil || now.Sub(*row.LastUsedAt).Abs() > lastUseEvery {
		// Only a hint for the owner: a database that takes no writes must not stop reads.
		_ = t.store.Client.APIToken.UpdateOneID(row.ID).SetLastUsedAt(now).Exec(ctx)
	}
	return Access{toUser(row.Edges.User), toToken(row).Scopes}, nil
}

func toToken(row *ent.APIToken) Token {
	t := Token{
		ID:       row.ID,
		Label:    row.Label,
		Created:  row.CreatedAt.UTC(),
		Expires:  inUTC(row.ExpiresAt),
		LastUsed: inUTC(row.LastUsedAt),
		Revoked:  inUTC(row.RevokedAt),
	}
	if row.Scopes != "" {
		for s := range strings.SplitSeq(row.Scopes, ",") {
			t.Scopes = append(t.Scopes, Scope(s))
		}
	}
	return t
}

func inUTC(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

// Works reports whether the token is of use now.
func (t Token) Works(now time.Time) bool {
	return t.Revoked == nil && (t.Expires == nil || now.Before(*t.Expires))
}

// State is a token's in a word.
func (t Token) State(now time.Time) string {
	switch {
	case t.Revoked != nil:
		return "revoked"
	case !t.Works(now):
		return "expired"
	default:
		return "active"
	}
}

// Names are its scopes; one that was made before there were any has all.
func (t Token) Names() []string {
	list := t.Scopes
	if len(list) == 0 {
		list = scopes
	}
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

const mostTokens = 500 // of one person in a list

// Tokens lists an account's tokens, newest first, those that work before the others.
func (t *Tokens) List(ctx context.Context, userID string) ([]Token, error) {
	rows, err := t.store.Read.APIToken.Query().
		Where(apitoken.UserID(clean(userID))).
		Order(apitoken.ByCreatedAt(sql.OrderDesc()), apitoken.ByID(sql.OrderDesc())).
		Limit(mostTokens).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list API tokens: %w", err)
	}
	out := make([]Token, len(rows))
	for i, row := range rows {
		out[i] = toToken(row)
	}
	slices.SortStableFunc(out, func(x, y Token) int {
		switch now := t.now(); {
		case x.Works(now) == y.Works(now):
			return 0
		case x.Works(now):
			return -1
		default:
			return 1
		}
	})
	return out, nil
}

// Working counts the tokens of an account that are of use now.
func (t *Tokens) Working(ctx context.Context, userID string) (int, error) {
	n, err := t.store.Read.APIToken.Query().Where(apitoken.UserID(clean(userID)), apitoken.RevokedAtIsNil(),
		apitoken.Or(apitoken.ExpiresAtIsNil(), apitoken.ExpiresAtGT(t.now()))).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("count API tokens: %w", err)
	}
	return n, nil
}

// Revoke ends a token; userID is whose it must be, empty for anybody's. It gives whose it is; twice is fine. NOT_FOUND.
func (t *Tokens) Revoke(ctx context.Context, userID, tokenID string) (owner string, err error) {
	row, err := t.store.Read.APIToken.Query().Where(apitoken.ID(clean(tokenID))).Only(ctx)
	if store.Missing(err) || (err == nil && userID != "" && row.UserID != clean(userID)) {
		return "", fault.New(fault.NotFound, words.New("errors.token.none"))
	}
	if err != nil {
		return "", fmt.Errorf("find API token: %w", err)
	}
	if err := t.store.Client.APIToken.Update().Where(apitoken.ID(row.ID), apitoken.RevokedAtIsNil()).
		SetRevokedAt(t.now()).Exec(ctx); err != nil {
		return "", fmt.Errorf("revoke API token: %w", err)
	}
	return row.UserID, nil
}

// RevokeAll ends every token of an account, and gives how many that were.
func (t *Tokens) RevokeAll(ctx context.Context, userID string) (int, error) {
	n, err := t.store.Client.APIToken.Update().
		Where(apitoken.UserID(clean(userID)), apitoken.RevokedAtIsNil()).
		SetRevokedAt(t.now()).
		Save(ctx)
	if err != nil {
		return 0, fmt.Errorf("revoke API tokens: %w", err)
	}
	return n, nil
}
