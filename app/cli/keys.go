package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/vault"
	"github.com/truecount/truecount/app/words"
)

type keysCmd struct {
	New    keysNewCmd    `cmd:"" help:"Create a keyset in a new file."`
	Rotate keysRotateCmd `cmd:"" help:"Add a new encryption key and re-encrypt all stored tokens with it."`
}

type keysNewCmd struct {
	File string `arg:"" help:"File to write. It must not exist."`
}

// Run writes a keyset.
func (k keysNewCmd) Run(w *World) error {
	err := vault.NewFile(k.File)
	if errors.Is(err, fs.ErrExist) {
		return failure(words.New("commands.keys.exists", "Path", k.File))
	}
	return err
}

type keysRotateCmd struct {
	DropOld bool `help:"Remove the old keys from the keyset once nothing needs them."`
}

// Run rotates the keyset while servers go on. A rotation that was stopped half way is gone on with.
func (k keysRotateCmd) Run(w *World) (err error) {
	a, ctx, err := w.openExisting()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	file := a.Keys.File()
	if file == "" {
		return failure(words.New("commands.keys.inline"))
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
		return fmt.Errorf("%w (%s)", err, words.English.Say("commands.keys.stopped", "Count", n))
	}
	if !k.DropOld {
		w.say(words.English.Say("commands.keys.rotated", "Count", n, "Path", file))
		return nil
	}
	// Written before the old keys go, so that nothing hangs on them.
	if err := a.Auth.Log.Record(ctx,
		auth.Event{ActorID: auth.Command, Action: "keys_drop_old", Result: "ok"}); err != nil {
		return err
	}
	if err := vault.Prune(file); err != nil {
		return err
	}
	w.say(words.English.Say("commands.keys.dropped", "Count", n, "Path", file))
	return nil
}
