package connect

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
)

// spooled is a refreshed pair on its way into the database. It is written to a file first, so that only
// a kill between the platform's answer and that file can lose it. The tokens are sealed, for their
// connection and version alone.
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

func (c *Connect) spooled(row *ent.Connection, t platform.Token) (spooled, error) {
	version := row.TokenVersion + 1
	access, refresh, err := c.seal(row.ID, version, t)
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

const spoolSuffix = ".token"

// spool writes a pair to its file and gives its path; empty when there is no place for it, or it could
// not be written: the database is tried all the same.
func (c *Connect) spool(s spooled) string {
	if c.o.Spool == "" {
		return ""
	}
	b, err := json.Marshal(s)
	if err != nil || os.MkdirAll(c.o.Spool, 0o700) != nil {
		return ""
	}
	path := filepath.Join(c.o.Spool, s.Connection+spoolSuffix)
	f, err := os.CreateTemp(c.o.Spool, s.Connection+".*") // 0600
	if err != nil {
		return ""
	}
	_, werr := f.Write(b)
	serr, cerr := f.Sync(), f.Close()
	if werr != nil || serr != nil || cerr != nil || os.Rename(f.Name(), path) != nil {
		_ = os.Remove(f.Name())
		return ""
	}
	return path
}

func (c *Connect) unlink(path string) {
	if path != "" {
		_ = os.Remove(path) // one that stays is found to be in the database already
	}
}

// Unspool puts pairs that a killed process, or a database in trouble, left in files into the database,
// and gives how many it saved. What is older than the database's own is dropped.
func (c *Connect) Unspool(ctx context.Context) (saved int, err error) {
	if c.o.Spool == "" {
		return 0, nil
	}
	files, err := filepath.Glob(filepath.Join(c.o.Spool, "*"+spoolSuffix))
	if err != nil {
		return 0, fmt.Errorf("look into the spool: %w", err)
	}
	for _, path := range files {
		ok, err := c.unspool(ctx, path)
		if err != nil {
			return saved, err
		}
		if ok {
			saved++
		}
		c.unlink(path)
	}
	return saved, nil
}

func (c *Connect) unspool(ctx context.Context, path string) (bool, error) {
	b, err := os.ReadFile(path) // #nosec G304 -- our own directory
	if err != nil {
		return false, fmt.Errorf("read the spool: %w", err)
	}
	var s spooled
	id, _ := strings.CutSuffix(filepath.Base(path), spoolSuffix)
	if json.Unmarshal(b, &s) != nil || s.Connection != id {
		return false, nil //nolint:nilerr // not ours, or damaged: of no use to anybody
	}
	row, err := c.o.Store.Read.Connection.Query().Where(connection.ID(id), connection.TokenVersion(s.Version-1)).Only(ctx)
	if store.Missing(err) {
		return false, nil // it is in the database, or a newer one is, or the connection is gone
	}
	if err != nil {
		return false, fmt.Errorf("read connection %s: %w", id, err)
	}
	if _, err := c.o.Vault.Open(s.Access, purpose(id, "access", s.Version)); err != nil {
		return false, nil //nolint:nilerr // not sealed by us for this place: never used
	}
	p, ok := c.o.Platforms.Get(row.Platform)
	if !ok {
		return false, nil
	}
	n, err := c.put(ctx, p.Spec(), row, s)
	if err != nil {
		return false, fmt.Errorf("save the spooled token of connection %s: %w", id, err)
	}
	return n == 1, nil
}
