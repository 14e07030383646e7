package vault

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/words"
)

// ErrSealed is what opening answers when key, purpose or bytes are not the ones it was sealed with.
var ErrSealed = errors.New("sealed with another key, for another purpose, or damaged")

// Vault seals with the keyset's primary key and opens with any of its keys. One that was read from a
// file follows the file: a rotation by another process is taken up with the next seal or opening. It is
// safe for concurrent use.
type Vault struct {
	path string // of the keyset file; empty when the keyset came as text

	mu   sync.Mutex
	keys *keys
	seen fs.FileInfo // of the file, as last read
}

// keys is a keyset ready for use.
type keys struct {
	primitive tink.AEAD
	primary   uint32 // id of the key that seals
}

// Load reads a keyset: JSON text when it begins with "{", else the path of a file. A file that
// others may read or write is refused. With an error the Vault is nil: one without keys could only crash later.
func Load(secret fault.Secret) (*Vault, error) {
	text := strings.TrimSpace(secret.Reveal())
	if strings.HasPrefix(text, "{") {
		k, err := parse([]byte(text))
		if err != nil {
			return nil, err
		}
		return &Vault{keys: k}, nil
	}
	k, seen, err := read(text)
	if err != nil {
		return nil, err
	}
	return &Vault{path: text, keys: k, seen: seen}, nil
}

// read reads a keyset file, and tells which it was.
func read(path string) (*keys, fs.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, unreadable(err)
	}
	if info.IsDir() { // its mode would be blamed else
		return nil, nil, errors.New(words.English.Say("errors.keyset.notFile", "Path", path))
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, nil, errors.New(words.English.Say("errors.keyset.exposed", "Path", path))
	}
	b, err := os.ReadFile(path) // #nosec G304 -- the operator names it
	if err != nil {
		return nil, nil, unreadable(err)
	}
	k, err := parse(b)
	return k, info, err
}

// unreadable leaves out the path: a keyset pasted wrong is taken for one.
func unreadable(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("read the keyset's file: %w", err)
}

func parse(text []byte) (*keys, error) {
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
	if err != nil {
		return nil, errors.New(words.English.Say("errors.keyset.unreadable"))
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, errors.New(words.English.Say("errors.keyset.empty"))
	}
	return &keys{primitive, handle.KeysetInfo().GetPrimaryKeyId()}, nil
}

// now gives the keys as the file has them now. A file that cannot be read at the moment leaves those
// that were read before.
func (v *Vault) now() *keys {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.path == "" {
		return v.keys
	}
	// A rotation puts another file in the old one's place: within a tick of the clock their times are the same.
	if info, err := os.Stat(v.path); err != nil || (os.SameFile(info, v.seen) && info.ModTime().Equal(v.seen.ModTime())) {
		return v.keys
	}
	if k, info, err := read(v.path); err == nil {
		v.keys, v.seen = k, info
	}
	return v.keys
}

// File is the path of the keyset file; empty when the keyset came as text.
func (v *Vault) File() string { return v.path }

// Current reports whether something was sealed with the key that seals now. Nothing sealed is current.
func (v *Vault) Current(sealed []byte) bool {
	const version, prefix = 1, 5 // tink's: a version byte and the key's id
	if len(sealed) == 0 {
		return true
	}
	return len(sealed) > prefix && sealed[0] == version && binary.BigEndian.Uint32(sealed[1:prefix]) == v.now().primary
}

// ID names the key that seals now. It is no secret.
func (v *Vault) ID() string { return fmt.Sprintf("%08x", v.now().primary) }

// Rotate adds a key to a keyset file and makes it the one that seals; the old ones go on opening.
func Rotate(path string) error {
	return rewrite(path, func(m *keyset.Manager, _ *keyset.Handle) error {
		id, err := m.Add(aead.AES256GCMKeyTemplate())
		return errors.Join(err, m.SetPrimary(id))
	})
}

// Prune takes every key out of a keyset file but the one that seals.
func Prune(path string) error {
	return rewrite(path, func(m *keyset.Manager, was *keyset.Handle) error {
		var errs []error
		for _, k := range was.KeysetInfo().GetKeyInfo() {
			if k.GetKeyId() != was.KeysetInfo().GetPrimaryKeyId() {
				errs = append(errs, m.Delete(k.GetKeyId()))
			}
		}
		return errors.Join(errs...)
	})
}

// rewrite changes a keyset file in one step: another process sees the old one or the new one.
func rewrite(path string, change func(m *keyset.Manager, was *keyset.Handle) error) error {
	b, err := os.ReadFile(path) // #nosec G304 -- the operator names it
	if err != nil {
		return fmt.Errorf("read keyset file: %w", err)
	}
	was, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(b)))
	if err != nil {
		return errors.New(words.English.Say("errors.keyset.unreadable"))
	}
	m := keyset.NewManagerFromHandle(was)
	cerr := change(m, was)
	is, err := m.Handle()
	if err = errors.Join(cerr, err); err != nil {
		return fmt.Errorf("change the keyset: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return fmt.Errorf("write keyset file: %w", err)
	}
	if err = write(f, is); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write keyset file: %w", err), os.Remove(f.Name()))
	}
	return nil
}

// write puts a keyset into a file, down to the disk, and closes it.
func write(f *os.File, h *keyset.Handle) error {
	var buf bytes.Buffer
	err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&buf))
	if err == nil {
		_, err = f.Write(buf.Bytes())
	}
	return errors.Join(err, f.Sync(), f.Close())
}

// NewFile writes a fresh keyset, mode 0600. It never writes over an existing file (fs.ErrExist).
func NewFile(path string) error {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the keyset's directory: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // #nosec G304 -- the operator names it
	if err != nil {
		return fmt.Errorf("write keyset file: %w", err)
	}
	return write(f, handle)
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
	b, err := v.now().primitive.Encrypt([]byte(secret.Reveal()), []byte(purpose))
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
	b, err := v.now().primitive.Decrypt(sealed, []byte(purpose))
	if err != nil {
		return "", fmt.Errorf("open %s: %w", purpose, ErrSealed)
	}
	return fault.Secret(b), nil
}
