package storetest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// sweep removes what clusters of earlier test processes left: a server goes away with its process,
// its files do not.
func sweep() {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), "truecount-pg-*"))
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		if err != nil || time.Since(info.ModTime()) < 10*time.Minute || alive(filepath.Join(dir, "data", "postmaster.pid")) {
			continue
		}
		_ = os.RemoveAll(dir)
	}
}

// alive reports whether the server that wrote a pid file still runs.
func alive(pidFile string) bool {
	b, err := os.ReadFile(pidFile) // #nosec G304 -- of a directory of ours
	if err != nil {
		return false
	}
	line, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	return err == nil && pid > 0 && syscall.Kill(pid, 0) == nil
}
