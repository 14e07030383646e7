//go:build unix

package app

import "syscall"

func umask() { syscall.Umask(0o077) }
