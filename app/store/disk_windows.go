package store

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// Free is how many bytes somebody without privileges may still write where a directory lies.
func Free(dir string) (uint64, error) {
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, fmt.Errorf("ask how much is free: %w", err)
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(path, &free, nil, nil); err != nil {
		return 0, fmt.Errorf("ask how much is free: %w", err)
	}
	return free, nil
}
