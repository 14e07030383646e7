//go:build unix

package app

import "syscall"

// Private makes every file of this process its owner's alone.
func Private() { syscall.Umask(0o077) }
