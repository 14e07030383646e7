package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/vault"
)

type keysCmd struct {
	New    keysNewCmd    `cmd:"" help:"Write a fresh keyset to a new file."`
	Rotate keysRotateCmd `cmd:"" help:"Add a new encryption key and seal every stored token with it."`
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

type keysRotateCmd struct {
	DropOld bool `help:"Take the old keys out of the keyset, once nothing is sealed with them."`
}

// Run rotates the keyset while servers go on. A rotation that was stopped half way is gone on with.
func (k keysRotateCmd) Run(w *World) (err error) {
	a, ctx, err := w.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	file := a.Keys.File()
	if file == "" {
		return errors.New("ENCRYPTION_KEYS holds the keyset itself: put it into a file (mode 0600), set ENCRYPTION_KEYS to its path and restart, then rotate")
	}
	left, err := a.Connect.Grants.Keys.Outdated(ctx)
	if err != nil {
		return err
	}
	if left == 0 && !k.DropOld {
		if err := vault.Rotate(file); err != nil {
			return err
		}
		// The new key seals the end of the audit log from here on.
		if err := a.Auth.Log.Record(ctx, auth.Event{ActorID: auth.Command, Action: "keys_rotate", Result: "ok"}); err != nil {
			return err
		}
	}
	return k.reseal(ctx, w, a, file)
}

func (k keysRotateCmd) reseal(ctx context.Context, w *World, a *app.App, file string) error {
	n, err := a.Connect.Grants.Keys.Reseal(ctx, nil)
	if err != nil {
		return fmt.Errorf("%d connections are sealed anew, and no old key was removed: %w", n, err)
	}
	if !k.DropOld {
		w.say(fmt.Sprintf("a new key seals: %d connections are sealed anew; when every server of this database has read %s, keys rotate --drop-old removes the old ones", n, file))
		return nil
	}
	// Written before the old keys go, so that nothing hangs on them.
	if err := a.Auth.Log.Record(ctx, auth.Event{ActorID: auth.Command, Action: "keys_drop_old", Result: "ok"}); err != nil {
		return err
	}
	if err := vault.Prune(file); err != nil {
		return err
	}
	w.say(fmt.Sprintf("%d connections are sealed anew, and %s holds one key", n, file))
	return nil
}
