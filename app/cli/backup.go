package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/truecount/truecount/app/backup"
	"github.com/truecount/truecount/app/config"
)

type backupCmd struct {
	File string `arg:"" help:"Where to write the copy; it must not exist."`
}

// Run copies the database. It migrates nothing: a copy is made before an upgrade.
func (b backupCmd) Run(w *World) (err error) {
	c, err := w.config()
	if err != nil {
		return err
	}
	path, err := embedded(c, "is copied with pg_dump, and brought back with pg_restore")
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("there is no database at %s", path)
	}
	dir := filepath.Dir(b.File)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("there is no directory %s: make it, or correct the path of the copy", dir)
	}
	s, err := backup.OpenStore(w.Context, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	began := time.Now()
	copied, err := s.Backup(w.Context, b.File)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists: a copy is never written over a file", b.File)
	}
	if err != nil {
		return err
	}
	w.say(fmt.Sprintf("%s: %d bytes, %d connections, in %s; the encryption keyset is not in it: keep a copy of that apart from this one",
		copied.Path, copied.Size, copied.Connections, time.Since(began).Round(time.Millisecond)))
	return nil
}

// embedded gives the path of the SQLite file, or says what a PostgreSQL database needs instead.
func embedded(c config.Config, instead string) (string, error) {
	path, ok := strings.CutPrefix(c.DatabaseURL.Reveal(), "sqlite://")
	if !ok {
		return "", errors.New("a PostgreSQL database " + instead)
	}
	return path, nil
}
