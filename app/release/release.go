package release

import (
	"runtime"
	"runtime/debug"
)

// Set by the linker: -ldflags "-X github.com/truecount/truecount/app/release.version=v1.2.3 -X ….commit=abc".
var version, commit string

// Info is which build this is.
type Info struct {
	Version string // "v1.2.3"; "devel" for a build that nobody named
	Commit  string // a hash; "unknown" when it was built outside of a checkout
	Go      string // "go1.26.8"
}

// Current is this program's build.
func Current() Info {
	out := Info{Version: version, Commit: commit, Go: runtime.Version()}
	if b, ok := debug.ReadBuildInfo(); ok {
		out.recorded(b)
	}
	if out.Version == "" {
		out.Version = "devel"
	}
	if out.Commit == "" {
		out.Commit = "unknown"
	}
	return out
}

// recorded fills in from what the go command recorded what the linker was not told.
func (i *Info) recorded(b *debug.BuildInfo) {
	if i.Version == "" && b.Main.Version != "(devel)" {
		i.Version = b.Main.Version
	}
	for _, s := range b.Settings {
		if i.Commit == "" && s.Key == "vcs.revision" {
			i.Commit = s.Value
		}
	}
}

// String is one line for people: "v1.2.3, commit abc, go1.26.8".
func (i Info) String() string { return i.Version + ", commit " + i.Commit + ", " + i.Go }
