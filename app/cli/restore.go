package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/backup"
	"github.com/truecount/truecount/app/platform/all"
)

type restoreCmd struct {
	File string `arg:"" help:"The copy, as truecount backup made it."`
	Yes  bool   `help:"Do it, although the present database holds connections. It is moved aside, not deleted."`
}

// Run tells what the copy means, and puts it in place.
func (r restoreCmd) Run(w *World) (err error) {
	c, err := w.config()
	if err != nil {
		return err
	}
	if _, err := embedded(c, "is brought back with pg_restore, from what pg_dump made"); err != nil {
		return err
	}
	re, err := backup.OpenRestore(w.Context, backup.RestoreOptions{Config: c, Makers: all.Platforms().Makers(), File: r.File, Now: time.Now()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, re.Close()) }()
	for _, s := range re.Summary() {
		w.say(s)
	}
	if re.NeedsConsent() && !r.Yes {
		holds := fmt.Sprintf("holds %d connections", re.Since.Present)
		if re.Unreadable {
			holds = "cannot be read"
		}
		if re.Vanished || (!re.Unreadable && re.Since.Present == 0) {
			return errors.New("nothing was done: the present database is missing or newer than the copy, so nothing tells what was erased since the copy was made: add --yes to do it all the same")
		}
		return fmt.Errorf("nothing was done: the present database %s and would be moved to %s: add --yes to do it", holds, re.Aside())
	}
	if err := re.Apply(w.Context); err != nil {
		return err
	}
	if re.Replaces {
		w.say("what was there before is " + re.Aside())
	}
	w.say(re.Path + " is the copy now; next, start truecount serve and run truecount doctor")
	return nil
}
