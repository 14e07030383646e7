package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/truecount/truecount/app/vault"
)

type keysCmd struct {
	New keysNewCmd `cmd:"" help:"Write a fresh keyset to a new file."`
}

type keysNewCmd struct {
	File string `arg:"" help:"Where to write it; it must not exist."`
}

// Run writes a keyset.
func (k keysNewCmd) Run(w *World) error {
	err := vault.NewFile(k.File)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists: a keyset is never written over", k.File)
	}
	return err
}
