package release

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestRecorded(t *testing.T) {
	t.Parallel()
	b := &debug.BuildInfo{
		Main:     debug.Module{Version: "v0.9.0"},
		Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}},
	}
	for _, tc := range []struct {
		name         string
		linked, want Info
		main         string
	}{
		{"the linker was told", Info{Version: "v1.2.3", Commit: "def"}, Info{Version: "v1.2.3", Commit: "def"}, "v0.9.0"},
		{"the go command recorded it", Info{}, Info{Version: "v0.9.0", Commit: "abc"}, "v0.9.0"},
		{"a build that nobody named", Info{}, Info{Commit: "abc"}, "(devel)"},
	} {
		got, of := tc.linked, *b
		of.Main.Version = tc.main
		if got.recorded(&of); got != tc.want {
			t.Errorf("%s: got %+v, want %+v", tc.name, got, tc.want)
		}
	}
	if now := Current(); now.Version == "" || now.Commit == "" || !strings.HasPrefix(now.Go, "go1.") ||
		!strings.Contains(now.String(), now.Version) {
		t.Errorf("got %+v, want every part known or said to be unknown", now)
	}
}
