package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCmd struct{}

// Run prints what this program is.
func (versionCmd) Run(w *World) error {
	version, commit := "devel", "unknown"
	if b, ok := debug.ReadBuildInfo(); ok {
		if b.Main.Version != "" {
			version = b.Main.Version
		}
		for _, s := range b.Settings {
			if s.Key == "vcs.revision" {
				commit = s.Value
			}
		}
	}
	w.say(fmt.Sprintf("truecount %s, commit %s, %s", version, commit, runtime.Version()))
	return nil
}
