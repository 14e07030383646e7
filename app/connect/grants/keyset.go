package grants

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/vault"
)

// Keyset loads the keyset that a database is sealed with: the one that ENCRYPTION_KEYS sets, or else the file at path.
// A missing file is made only for a database that holds nothing sealed: otherwise a new one would lock everything in
// for ever.
func Keyset(ctx context.Context, s *store.Store, set fault.Secret, path string) (*vault.Vault, error) {
	if !set.Empty() {
		v, err := vault.Load(set)
		if err != nil {
			return nil, fmt.Errorf(
				"ENCRYPTION_KEYS cannot be used: %w, for example ENCRYPTION_KEYS=/etc/truecount/keys.json, made by truecount keys new",
				err,
			)
		}
		return v, nil
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		sealed, err := Sealed(ctx, s)
		if err != nil {
			return nil, err
		}
		if sealed {
			return nil, fmt.Errorf(
				"%s is missing and the database holds tokens sealed with it: put it back, or set ENCRYPTION_KEYS",
				path,
			)
		}
	}
	return vault.Ensure(path)
}

// ExistingKeyset is Keyset for whoever may make none: without a file, and with nothing sealed, the error is
// fs.ErrNotExist. A nil store holds nothing.
func ExistingKeyset(ctx context.Context, s *store.Store, set fault.Secret, path string) (*vault.Vault, error) {
	if !set.Empty() {
		return vault.Load(set)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if s != nil {
			if sealed, err := Sealed(ctx, s); err != nil || sealed {
				return nil, errors.Join(err, fmt.Errorf("%s is missing and the database holds tokens sealed with it", path))
			}
		}
		return nil, fs.ErrNotExist
	}
	return vault.Load(fault.Secret(path))
}
