//go:build linux

package store

import (
	"fmt"
	"syscall"
)

// statfs is asked what a directory lies on; a test puts its own in its place.
var statfs = func(dir string) (int64, error) {
	var s syscall.Statfs_t
	err := syscall.Statfs(dir, &s)
	return int64(s.Type), err //nolint:unconvert // narrower on some machines
}

// Network names the network file system that a directory lies on; empty: none that is known. SQLite's journal needs
// memory that all who write share, and locks that hold: on such a disk the database breaks
// (https://sqlite.org/wal.html, seen 2026-11). The numbers are the kernel's, include/uapi/linux/magic.h.
func Network(dir string) (string, error) {
	kind, err := statfs(dir)
	if err != nil {
		return "", fmt.Errorf("ask what %s lies on: %w", dir, err)
	}
	return networks[uint32(kind)], nil //nolint:gosec // the number has 32 bits, and a sign on some machines
}

var networks = map[uint32]string{
	0x6969: "NFS", 0xFF534D42: "SMB (CIFS)", 0xFE534D42: "SMB 2", 0x517B: "SMB", 0x01021997: "9p", 0x65735546: "FUSE",
	0x00C36400: "Ceph", 0x5346414F: "AFS", 0x0BD00BD0: "Lustre",
}
