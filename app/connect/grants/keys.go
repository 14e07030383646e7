package grants

import (
	"context"
	"errors"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/vault"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
)

// KeysFit is CheckKeys for whoever may write nothing: a database without a word to check against fits.
func (k *Keys) KeysFit(ctx context.Context) error { return Opens(ctx, k.o.Store, k.o.Vault) }

// TryOpen opens the tokens of the n connections made last, and gives how many it tried and how many of
// them stayed shut. Nothing of them is kept.
func (k *Keys) TryOpen(ctx context.Context, n int) (tried, shut int, err error) {
	rows, err := k.o.Store.Read.Connection.Query().
		Where(connection.AccessSealedNotNil()).
		Order(connection.ByID(sql.OrderDesc())).
		Limit(n).
		All(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("read sealed tokens: %w", err)
	}
	for _, row := range rows {
		if len(sealedOf(row.AccessSealed)) == 0 {
			continue
		}
		tried++
		if _, err := k.Open(row); err != nil {
			shut++
		}
	}
	return tried, shut, nil
}

const keyCheck = "key_check"

// CheckKeys proves that the keyset opens what this database holds. The first time it leaves a
// sealed word to be checked against later.
func (k *Keys) CheckKeys(ctx context.Context) error {
	_, err := k.o.Store.Read.Meta.Get(ctx, keyCheck)
	if !store.Missing(err) {
		return Opens(ctx, k.o.Store, k.o.Vault)
	}
	sealed, err := k.o.Vault.Seal("truecount", "meta:"+keyCheck)
	if err != nil {
		return err
	}
	err = k.o.Store.Client.Meta.Create().SetID(keyCheck).SetValue(sealed).Exec(ctx)
	if store.Clash(err) { // another process was first: its word must open too
		return k.CheckKeys(ctx)
	}
	if err != nil {
		return fmt.Errorf("store the key check: %w", err)
	}
	return nil
}

// Sealed reports whether the database holds something sealed, so that a missing keyset is an error
// and not a reason to make a new one.
func Sealed(ctx context.Context, s *store.Store) (bool, error) {
	_, err := s.Client.Meta.Get(ctx, keyCheck)
	if store.Missing(err) {
		return false, nil
	}
	return err == nil, err
}

// Opens proves that a keyset opens what a database holds, and writes nothing.
func Opens(ctx context.Context, s *store.Store, v *vault.Vault) error {
	m, err := s.Read.Meta.Get(ctx, keyCheck)
	if store.Missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the key check: %w", err)
	}
	if _, err := v.Open(m.Value, "meta:"+keyCheck); err != nil {
		return errors.New(words.English.Say("errors.database.otherKeyset"))
	}
	return nil
}

func purpose(id, field string, version int64) string {
	return fmt.Sprintf("conn:%s:%s:%d", id, field, version)
}

// Seal encrypts a pair for its row, field and version.
func (k *Keys) Seal(id string, version int64, t platform.Token) (access, refresh []byte, err error) {
	if access, err = k.o.Vault.Seal(t.Access, purpose(id, "access", version)); err != nil {
		return nil, nil, err
	}
	refresh, err = k.o.Vault.Seal(t.Refresh, purpose(id, "refresh", version))
	return access, refresh, err
}

// Open decrypts a row's pair.
func (k *Keys) Open(row *ent.Connection) (platform.Token, error) {
	t := platform.Token{Scopes: row.Scopes, Account: row.ID}
	// A column that is NULL comes as a pointer to nothing.
	if row.AccessSealed == nil || len(*row.AccessSealed) == 0 {
		return t, errors.New("the connection holds no token")
	}
	var err error
	if t.Access, err = k.o.Vault.Open(*row.AccessSealed, purpose(row.ID, "access", row.TokenVersion)); err != nil {
		return t, err
	}
	if row.RefreshSealed != nil {
		if t.Refresh, err = k.o.Vault.Open(*row.RefreshSealed, purpose(row.ID, "refresh", row.TokenVersion)); err != nil {
			return t, err
		}
	}
	for to, from := range map[*time.Time]*time.Time{&t.IssuedAt: row.TokenIssuedAt, &t.ExpiresAt: row.TokenExpiresAt,
		&t.RefreshExpiresAt: row.RefreshExpiresAt} {
		if from != nil {
			*to = *from
		}
	}
	return t, nil
}

// SealVerifier seals the PKCE verifier of a consent that is under way; flowID is the flow's.
func (k *Keys) SealVerifier(flowID string, verifier fault.Secret) ([]byte, error) {
	return k.o.Vault.Seal(verifier, "flow:"+flowID+":verifier")
}

// OpenVerifier opens what SealVerifier sealed.
func (k *Keys) OpenVerifier(flowID string, sealed []byte) (fault.Secret, error) {
	return k.o.Vault.Open(sealed, "flow:"+flowID+":verifier")
}
