package cli

import "github.com/truecount/truecount/app/release"

type versionCmd struct{}

// Run prints what this program is.
func (versionCmd) Run(w *World) error {
	w.say("truecount " + release.Current().String())
	return nil
}

type licensesCmd struct{}

// Run prints the notices of everything that is linked in.
func (licensesCmd) Run(w *World) error {
	w.say(release.Notices())
	return nil
}
