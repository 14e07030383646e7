//go:build unix

package store

import (
	"fmt"
	"syscall"
)

// Free is how many bytes somebody without privileges may still write where a directory lies.
func Free(dir string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, fmt.Errorf("ask how much is free: %w", err)
	}
	return s.Bavail * uint64(s.Bsize), nil // #nosec G115 -- a block has a size above 0
}
