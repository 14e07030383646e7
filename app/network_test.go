package app

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/store"
)

// Who serves from a network disk is warned at the start, with the disk's kind and what to do; nobody else is.
func TestServingFromANetworkDiskIsWarnedOf(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		path, kind string
		err        error
		warned     bool
	}{
		"NFS":          {"/srv/data/truecount.db", "NFS", nil, true},
		"own disk":     {"/srv/data/truecount.db", "", nil, false},
		"not told":     {"/srv/data/truecount.db", "NFS", errors.New("no such directory"), false},
		"a PostgreSQL": {"", "NFS", nil, false},
	} {
		var said strings.Builder
		a := &App{Store: &store.Store{Path: tc.path}, log: slog.New(slog.NewTextHandler(&said, nil))}
		a.warnOfNetworkDisk(func(dir string) (string, error) {
			if dir != "/srv/data" {
				t.Errorf("%s: got %s asked about, want the database's directory", name, dir)
			}
			return tc.kind, tc.err
		})
		if got := said.String(); strings.Contains(got, "level=WARN") != tc.warned ||
			tc.warned && (!strings.Contains(got, "disk=NFS") || !strings.Contains(got, "PostgreSQL")) {
			t.Errorf("%s: got %q, want a warning: %v", name, got, tc.warned)
		}
	}
}
