//go:build unix

package process

import "syscall"

// Private makes every file of this process its owner's alone.
func Private() { syscall.Umask(0o077) }
