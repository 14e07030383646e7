// Package vault seals and opens secrets with an authenticated keyset. What is sealed is bound to
// a purpose (owner, field, version): moved to another row it does not open. It knows no table and
// no platform, and never prints a key.
package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/truecount/truecount/app/fault"
)

// ErrSealed is what opening answers when key, purpose or bytes are not the ones it was sealed with.
var ErrSealed = errors.New("sealed with another key, for another purpose, or damaged")

// Vault seals with the keyset's primary key and opens with any of its keys.
type Vault struct{ primitive tink.AEAD }

// Load reads a keyset: JSON text when it begins with "{", else the path of a file. A file that
// others may read or write is refused.
func Load(keys fault.Secret) (*Vault, error) {
	text := strings.TrimSpace(keys.Reveal())
	if !strings.HasPrefix(text, "{") {
		info, err := os.Stat(text)
		if err != nil {
			return nil, fmt.Errorf("read keyset file: %w", err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			return nil, fmt.Errorf("keyset file %s may be read by others: chmod 600 it", text)
		}
		b, err := os.ReadFile(text) // #nosec G304 -- the operator names it
		if err != nil {
			return nil, fmt.Errorf("read keyset file: %w", err)
		}
		text = string(b)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(strings.NewReader(text)))
	if err != nil {
		return nil, errors.New("the keyset cannot be read: it must be what truecount keys new writes")
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, errors.New("the keyset holds no usable encryption key")
	}
	return &Vault{primitive}, nil
}

// NewFile writes a fresh keyset, mode 0600. It never writes over an existing file (fs.ErrExist).
func NewFile(path string) error {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	var buf bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&buf)); err != nil {
		return fmt.Errorf("write keyset: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the keyset's directory: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // #nosec G304 -- the operator names it
	if err != nil {
		return fmt.Errorf("write keyset file: %w", err)
	}
	if _, err := f.Write(buf.Bytes()); err != nil {
		return errors.Join(fmt.Errorf("write keyset file: %w", err), f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}

// Ensure makes the keyset file when there is none and loads it.
func Ensure(path string) (*Vault, error) {
	if err := NewFile(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return Load(fault.Secret(path))
}

// Seal encrypts a secret for a purpose. An empty secret seals to nil.
func (v *Vault) Seal(secret fault.Secret, purpose string) ([]byte, error) {
	if secret.Empty() {
		return nil, nil
	}
	b, err := v.primitive.Encrypt([]byte(secret.Reveal()), []byte(purpose))
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", purpose, err)
	}
	return b, nil
}

// Open decrypts what Seal made for the same purpose; nil opens to the empty secret. It answers
// ErrSealed when anything is not as it was.
func (v *Vault) Open(sealed []byte, purpose string) (fault.Secret, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	b, err := v.primitive.Decrypt(sealed, []byte(purpose))
	if err != nil {
		return "", fmt.Errorf("open %s: %w", purpose, ErrSealed)
	}
	return fault.Secret(b), nil
}
