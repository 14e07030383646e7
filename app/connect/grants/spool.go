package grants

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
)

// spooled is a refreshed pair on its way into the database. It is written to a file first, so that only a kill between
// the platform's answer and that file, or a disk that is gone with its machine, can lose it. The tokens are sealed, for
// their connection and version alone.
type spooled struct {
	Connection string    `json:"connection"`
	Version    int64     `json:"version"` // the one it becomes
	Access     []byte    `json:"access"`
	Refresh    []byte    `json:"refresh"`
	Issued     time.Time `json:"issued"`
	Expires    time.Time `json:"expires"`
	Ends       time.Time `json:"ends"`
	Scopes     []string  `json:"scopes"`
}

func (g *Grants) spooled(row *ent.Connection, t platform.Token) (spooled, error) {
	version := row.TokenVersion + 1
	access, refresh, err := g.Keys.Seal(row.ID, version, t)
	if err != nil {
		return spooled{}, err
	}
	return spooled{row.ID, version, access, refresh, t.IssuedAt, t.ExpiresAt, t.RefreshExpiresAt, t.Scopes}, nil
}

// token gives what of a pair is no secret. Of its refresh token it only matters that there is one.
func (s spooled) token() platform.Token {
	t := platform.Token{IssuedAt: s.Issued, ExpiresAt: s.Expires, RefreshExpiresAt: s.Ends, Scopes: s.Scopes}
	if len(s.Refresh) > 0 {
		t.Refresh = "sealed"
	}
	return t
}

const (
	spoolSuffix = ".token"
	// spoolRoom is what a place has before its answer is known: more than any pair takes, sealed.
	spoolRoom = 16 << 10
)

// spoolFile is where the answer of a refresh goes. It is made, as large as it needs to be, before the platform is
// asked: a disk without room is known in time, and after the answer one write is left between it and the disk. Nil:
// there is no spoolFile, and the database is tried all the same.
type spoolFile struct{ f *os.File }

// spoolFile makes room for an answer. Of a connection only the holder of its lease does. The error is that of a disk
// without room: then the platform must not be asked.
func (g *Grants) openSpoolFile(id string) (*spoolFile, error) {
	if g.o.Spool == "" {
		return nil, nil //nolint:nilnil // no place is no error
	}
	err := os.MkdirAll(g.o.Spool, 0o700)
	var f *os.File
	if err == nil {
		f, err = os.OpenFile(
			filepath.Join(g.o.Spool, id+spoolSuffix),
			os.O_CREATE|os.O_TRUNC|os.O_WRONLY,
			0o600,
		) // #nosec G304 -- our own directory
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return nil, fmt.Errorf("make room for a token: %w", err)
	case err != nil:
		return nil, nil //nolint:nilnil,nilerr // a directory that is not ours to write: there is no place
	}
	_, err = f.Write(bytes.Repeat([]byte{' '}, spoolRoom))
	if err == nil {
		err = errors.Join(f.Sync(), syncDir(g.o.Spool))
	}
	p := &spoolFile{f}
	if err != nil {
		p.drop()
		return nil, fmt.Errorf("make room for a token: %w", err)
	}
	return p, nil
}

// keep writes an answer and waits until it is on the disk.
func (p *spoolFile) keep(s spooled) {
	if p == nil {
		return
	}
	b, err := json.Marshal(s)
	if err != nil {
		return
	}
	if _, err := p.f.WriteAt(b, 0); err == nil { // what is left of the room is blank, and so no part of it
		_ = p.f.Sync() // the database is tried either way
	}
}

// drop forgets the place: its answer is in the database, or there was none.
func (p *spoolFile) drop() {
	if p == nil {
		return
	}
	_ = p.f.Close()
	_ = os.Remove(p.f.Name()) // one that stays is found to be in the database already
}

// leave lets an answer lie until the database takes it.
func (p *spoolFile) leave() {
	if p != nil {
		_ = p.f.Close() // it is on the disk
	}
}

// syncDir puts a directory's names on the disk.
func syncDir(path string) error {
	d, err := os.Open(path) // #nosec G304 -- our own directory
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Unspool puts pairs that a killed process, or a database in trouble, left in files into the database, and gives how
// many it saved. What is older than the database's own is dropped. One that cannot be read or saved holds up no other:
// the errors are of those alone.
func (g *Grants) Unspool(ctx context.Context) (saved int, err error) {
	if g.o.Spool == "" {
		return 0, nil
	}
	files, err := filepath.Glob(filepath.Join(g.o.Spool, "*"+spoolSuffix))
	if err != nil {
		return 0, fmt.Errorf("look into the spool: %w", err)
	}
	var errs []error
	for _, path := range files {
		ok, err := g.unspool(ctx, path)
		if err != nil {
			errs = append(errs, err)
		}
		if ok {
			saved++
		}
	}
	return saved, errors.Join(errs...)
}

// unspool saves what a file holds, if it is the answer to the stored pair, and removes it. One that is older than what
// is stored is never applied.

func (g *Grants) unspool(ctx context.Context, path string) (bool, error) {
	b, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // it was on its way, and has arrived
	}
	if err != nil {
		return false, fmt.Errorf("read the spool: %w", err)
	}
	id, _ := strings.CutSuffix(filepath.Base(path), spoolSuffix)
	row, err := g.o.Store.Read.Connection.Query().Where(connection.ID(id)).Only(ctx)
	if err != nil && !store.Missing(err) {
		return false, fmt.Errorf("read connection %s: %w", id, err)
	}
	var s spooled
	unread := json.Unmarshal(b, &s)
	if unread != nil && row != nil && leased(row, g.o.Now()) {
		return false, nil //nolint:nilerr // the platform is being asked
	}
	if row == nil || unread != nil || s.Connection != id || s.Version != row.TokenVersion+1 {
		g.unlink(path)
		// There was no answer, or it is in the database already, or a newer one is.
		return false, nil //nolint:nilerr // nothing is lost
	}
	if _, err := g.o.Vault.Open(s.Access, purpose(id, "access", s.Version)); err != nil {
		g.unlink(path)
		return false, nil //nolint:nilerr // not sealed by us for this place: never used
	}
	p, ok := g.o.Platforms.Get(row.Platform)
	if !ok {
		return false, nil
	}
	n, err := g.commit(ctx, p.Spec(), row, s)
	if err != nil {
		return false, fmt.Errorf("save the spooled token of connection %s: %w", id, err)
	}
	g.unlink(path)
	return n == 1, nil
}

// read gives a file of the spool, of which none is larger than its room. What is no file is none of ours.
func read(path string) ([]byte, error) {
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(fs.ErrNotExist, err)
	}
	f, err := os.Open(path) // #nosec G304 -- our own directory
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(f, 2*spoolRoom))
	return b, errors.Join(err, f.Close())
}

// unlink removes a file of the spool; one that stays is looked at again.
func (g *Grants) unlink(path string) { _ = os.Remove(path) }

// unspoolOne saves the answer of an earlier refresh that lies in the spool, before another is asked for with a token
// that it has replaced. It reports whether there was one.
func (g *Grants) unspoolOne(ctx context.Context, id string) (bool, error) {
	if g.o.Spool == "" {
		return false, nil
	}
	return g.unspool(ctx, filepath.Join(g.o.Spool, id+spoolSuffix))
}

// RemoveSpooled removes renewed tokens of a connection that was erased from the spool.
func (g *Grants) RemoveSpooled(id string) error {
	if g.o.Spool == "" || strings.ContainsAny(id, `*?[\/`) {
		return nil
	}
	files, err := filepath.Glob(filepath.Join(g.o.Spool, id+".*"))
	if err != nil {
		return fmt.Errorf("look into the spool: %w", err)
	}
	var errs []error
	for _, f := range files {
		if err := os.Remove(f); err != nil && !os.IsNotExist(err) {
			errs = append(errs, fmt.Errorf("remove a spooled token: %w", err))
		}
	}
	return errors.Join(errs...)
}

// Spooled counts the tokens that wait in files for the database to take them.
func (g *Grants) Spooled() (int, error) {
	if g.o.Spool == "" {
		return 0, nil
	}
	files, err := filepath.Glob(filepath.Join(g.o.Spool, "*"+spoolSuffix))
	if err != nil {
		return 0, fmt.Errorf("look into the spool: %w", err)
	}
	return len(files), nil
}
