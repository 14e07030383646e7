package cli

import (
	"errors"
	"time"

	"github.com/truecount/truecount/app/backup"
	"github.com/truecount/truecount/app/platform/all"
	"github.com/truecount/truecount/app/words"
)

type restoreCmd struct {
	File string `arg:"" help:"A file that truecount backup made."`
	Yes  bool   `       help:"Restore even if the current database has connections. It is moved aside, not deleted."`
}

// Run tells what the copy means, and puts it in place.
func (r restoreCmd) Run(w *World) (err error) {
	c, err := w.config()
	if err != nil {
		return err
	}
	if _, err := embedded(c); err != nil {
		return err
	}
	re, err := backup.OpenRestore(
		w.Context,
		backup.RestoreOptions{Config: c, Makers: all.Platforms().Makers(), File: r.File, Now: time.Now()},
	)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, re.Close()) }()
	for _, s := range re.Summary() {
		w.say(s)
	}
	if re.NeedsConsent() && !r.Yes {

		if re.Vanished || (!re.Unreadable && re.Since.Present == 0) {
			return failure(words.New("commands.restore.unproven"))
		}
		if re.Unreadable {
			return failure(words.New("commands.restore.unreadableNow", "Aside", re.Aside()))
		}
		return failure(words.New("commands.restore.holds", "Count", re.Since.Present, "Aside", re.Aside()))
	}
	if err := re.Apply(w.Context); err != nil {
		return err
	}
	if re.Replaces {
		w.say(words.English.Say("commands.restore.aside", "Path", re.Aside()))
	}
	w.say(words.English.Say("commands.restore.done", "Path", re.Path))
	return nil
}
