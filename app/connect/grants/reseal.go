package grants

import (
	"context"
	"errors"
	"fmt"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/meta"
)

const resealBatch = 200

// Reseal seals with the present key whatever was sealed with an older one, while all else goes on, and
// gives how many connections it sealed anew. It may be stopped and begun again. What does not open is
// left as it is and is an error at the end: it was changed in the database, or its key is lost.
func (k *Keys) Reseal(ctx context.Context, progress func(done int)) (int, error) {
	if err := k.resealCheck(ctx); err != nil {
		return 0, err
	}
	done := 0
	var errs []error
	for again := true; again; {
		again = false
		for after := ""; ; {
			rows, err := k.o.Store.Read.Connection.Query().
				Where(connection.IDGT(after), connection.Or(connection.AccessSealedNotNil(), connection.RefreshSealedNotNil())).
				Order(connection.ByID()).
				Limit(resealBatch).
				All(ctx)
			if err != nil {
				return done, fmt.Errorf("read sealed tokens: %w", err)
			}
			if len(rows) == 0 {
				break
			}
			for _, row := range rows {
				changed, raced, err := k.resealRow(ctx, row)
				switch {
				case err != nil:
					errs = append(errs, fmt.Errorf("connection %s: %w", row.ID, err))
				case raced:
					again = true // it was renewed in this moment: the next round looks at it
				case changed:
					done++
				}
			}
			after = rows[len(rows)-1].ID
			if progress != nil {
				progress(done)
			}
		}
	}
	return done, errors.Join(errs...)
}

func (k *Keys) resealRow(ctx context.Context, row *ent.Connection) (changed, raced bool, err error) {
	access, refresh := sealedOf(row.AccessSealed), sealedOf(row.RefreshSealed)
	if k.o.Vault.Current(access) && k.o.Vault.Current(refresh) {
		return false, false, nil
	}
	t, err := k.Open(row)
	if err != nil {
		return false, false, err
	}
	newAccess, newRefresh, err := k.Seal(row.ID, row.TokenVersion, t)
	if err != nil {
		return false, false, err
	}
	n, err := k.o.Store.Client.Connection.Update().
		Where(connection.ID(row.ID), connection.TokenVersion(row.TokenVersion), connection.AccessSealed(access)).
		SetAccessSealed(newAccess).
		SetRefreshSealed(newRefresh).
		Save(ctx)
	return n == 1, n == 0, err
}

// resealCheck seals the word that a start is checked against.
func (k *Keys) resealCheck(ctx context.Context) error {
	m, err := k.o.Store.Read.Meta.Get(ctx, keyCheck)
	if store.Missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the key check: %w", err)
	}
	if k.o.Vault.Current(m.Value) {
		return nil
	}
	word, err := k.o.Vault.Open(m.Value, "meta:"+keyCheck)
	if err != nil {
		return err
	}
	sealed, err := k.o.Vault.Seal(word, "meta:"+keyCheck)
	if err != nil {
		return err
	}
	return k.o.Store.Client.Meta.Update().Where(meta.ID(keyCheck)).SetValue(sealed).Exec(ctx)
}

// Outdated counts the connections that are sealed with an older key.
func (k *Keys) Outdated(ctx context.Context) (int, error) {
	n := 0
	for after := ""; ; {
		rows, err := k.o.Store.Read.Connection.Query().
			Where(connection.IDGT(after), connection.AccessSealedNotNil()).
			Order(connection.ByID()).
			Limit(resealBatch).
			Select(connection.FieldAccessSealed, connection.FieldRefreshSealed).
			All(ctx)
		if err != nil {
			return 0, fmt.Errorf("read sealed tokens: %w", err)
		}
		if len(rows) == 0 {
			return n, nil
		}
		for _, row := range rows {
			if !k.o.Vault.Current(sealedOf(row.AccessSealed)) || !k.o.Vault.Current(sealedOf(row.RefreshSealed)) {
				n++
			}
		}
		after = rows[len(rows)-1].ID
	}
}

// sealedOf reads a column that may be NULL.
func sealedOf(b *[]byte) []byte {
	if b == nil {
		return nil
	}
	return *b
}
