package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/truecount/truecount/app/backup"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/words"
)

type backupCmd struct {
	File string `arg:"" help:"File to write. It must not exist."`
}

// Run copies the database. It migrates nothing: a copy is made before an upgrade.
func (b backupCmd) Run(w *World) (err error) {
	c, err := w.config()
	if err != nil {
		return err
	}
	path, err := embedded(c)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err != nil {
		return failure(words.New("commands.noDatabase", "Path", path))
	}
	dir := filepath.Dir(b.File)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return failure(words.New("commands.backup.noFolder", "Path", dir))
	}
	s, err := backup.OpenStore(w.Context, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	began := time.Now()
	copied, err := s.Backup(w.Context, b.File)
	if errors.Is(err, fs.ErrExist) {
		return failure(words.New("commands.backup.exists", "Path", b.File))
	}
	if err != nil {
		return err
	}
	w.say(words.English.Say(
		"commands.backup.done", "Path", copied.Path, "Bytes", copied.Size, "Connections",
		words.New("commands.connections", "Count", copied.Connections),
		"Length", words.Length(time.Since(began))))
	return nil
}

// embedded gives the path of the SQLite file. A PostgreSQL database is refused: it has tools of its own.
func embedded(c config.Config) (string, error) {
	path, ok := strings.CutPrefix(c.DatabaseURL.Reveal(), "sqlite://")
	if !ok {
		return "", failure(words.New("commands.backup.postgres"))
	}
	return path, nil
}
